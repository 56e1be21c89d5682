"""The planted review cases: one site for each kind of road, with the verdict read off the articles by hand."""

from dataclasses import dataclass
from typing import Any

from sample_data.axes import CORE, ICHEON, NEW, NORTH, Axes

HOUSE = ("단독주택", 150.0)
FACTORY = ("공장", 3200.0)


@dataclass(frozen=True)
class Case:
    """A site: the lot under p, q of `axes`; `expect` for `building` (use, 연면적 m2) as of `as_of`.

    For a day before the law text in hand the answer is REVIEW, whatever the road was then.
    """

    key: str
    what: str
    axes: Axes
    p: float
    q: float
    expect: dict[str, Any]
    building: tuple[str, float] = HOUSE
    number: tuple[int, int] | None = None
    as_of: str = "2026-11-01"


def _passes(required_m: float = 4.0) -> dict[str, Any]:
    return {"verdict": "PASS", "required_width_m": required_m, "setback_m": 0.0}


def _back(setback_m: float, required_m: float = 4.0) -> dict[str, Any]:
    return {"verdict": "PASS_WITH_SETBACK", "required_width_m": required_m, "setback_m": setback_m}


def _fails(test: str) -> dict[str, Any]:
    return {"verdict": "FAIL", "failing_test": test}


REVIEW = {"verdict": "REVIEW"}


def cases() -> list[Case]:
    """Return every planted case; article numbers are of 건축법 and its 시행령."""
    c = CORE
    return [
        Case("THROUGH4", "통과도로 4 m (나목)", c, 64, 60, _passes()),
        Case("THROUGH6", "통과도로 6 m (가목 고시)", c, 14, 60, _passes()),
        Case("THROUGH3", "통과도로 3 m: 양쪽 0.5 m씩 (법 46①)", c, 116, 60, _back(0.5), number=(100, 1)),
        Case("RIVER3", "통과도로 3 m, 반대쪽 하천: 한쪽이 전부 (법 46① 단서)", c, 455, 60, _back(1.0)),
        Case("SLOPE3", "통과도로 3 m, 반대쪽 경사지 (법 46① 단서)", c, 100, -119, _back(1.0)),
        Case("DEAD9", "막다른 9 m, 너비 2 m (영 3의3 2호)", c, 15, -25, _passes(2.0)),
        Case("DEAD25", "막다른 25 m, 너비 3 m (영 3의3 2호)", c, 95, -22, _passes(3.0)),
        Case("DEAD30", "막다른 30 m, 너비 2 m: 3 m 필요", c, 325, -25, _back(0.5, 3.0)),
        Case("DEAD60", "막다른 60 m, 너비 4 m, 도시지역: 6 m 필요", c, 150, -54, _back(1.0, 6.0)),
        Case("DEAD60W", "막다른 60 m, 너비 6 m, 도시지역", c, 215, -54, _passes(6.0)),
        Case("TERRAIN3", "지형 곤란 지정구간 3 m 통과도로 (영 3의3 1호)", c, 40, 178, _passes(3.0)),
        Case("TERRAIN50", "지형 곤란 지정구간 3 m, 막다른 50 m (영 3의3 1호)", c, 270, -46, _passes(3.0)),
        Case("PLANNED4", "예정도로 4 m (법 2①11 본문)", c, 92, 178, _passes()),
        Case("CHANGED", "2018년 3 m에서 4 m로 변경된 도로", c, 430, 60, _passes()),
        Case("CHANGED", "같은 대지, 변경 전(2015년): 그날의 법령 없음", c, 430, 60, REVIEW, as_of="2015-06-01"),
        Case("PART4", "필지 일부가 도로인 지정도로 4 m", c, 116, 178, _passes()),
        Case("NOLINE", "중심선이 없는 지정도로 4 m", c, 168, 60, _passes()),
        Case("PRE1999", "1999-02-08 전 지정, 공고번호 없음", c, 220, 60, _passes()),
        Case("CUSTOMARY", "사실상 통로, 위원회 심의로 지정 (법 45①2)", c, 352, 178, _passes()),
        Case("CONSENT", "동의 6명 중 4명만 확인된 지정도로", c, 404, 178, _passes()),
        Case("VAGUE", "위치와 너비가 특정되지 않은 지정도로 (2017두50843)", c, 196, 178, REVIEW),
        Case("MISFIT", "대장 4.0 m, 도형 3.4 m: 불일치", c, 248, 178, REVIEW),
        Case("DISPUTED", "지정 근거가 다투어지는 도로", c, 272, 60, REVIEW),
        Case("OLD1976", "1976년 이전 통행로 (법률 2852호 부칙 2항)", c, 300, 178, REVIEW),
        Case("ABOLISHED", "2023년에 폐지된 도로", c, 324, 60, _fails("art44_2m")),
        Case("ABOLISHED", "같은 대지, 폐지 전(2020년): 그날의 법령 없음", c, 324, 60, REVIEW, as_of="2020-06-01"),
        Case("UNREGISTERED", "지목만 도로, 지정도 고시도 없음 (법제처 16-0162)", c, 376, 60, _fails("art44_2m")),
        Case("MAIN", "너비 1.5 m 목으로만 접한 대지 (법 44①)", c, 390, -40, _fails("art44_2m")),
        Case("R37", "자동차전용도로에만 접한 대지 (법 44① 괄호)", c, -315, 457, _fails("art44_2m")),
        Case("FE1", "공장 3,200 ㎡, 6 m 도로 (영 28②)", c, -590, 130, _passes(), building=FACTORY),
        Case("FE2", "공장 3,200 ㎡, 4 m 도로뿐 (영 28②)", c, -590, 185, _fails("art28_2"), building=FACTORY),
        Case("", "구축 완료 구역 밖, 대장에 없는 길", c, -640, -370, {"verdict": "UNKNOWN_COVERAGE"}),
        Case("CN1", "비도시 면, 3 m 도로 (법 3②)", NORTH, 60, 43, {"verdict": "NOT_APPLICABLE"}),
        Case("IN4", "비도시 읍, 막다른 60 m, 4 m (영 3의3 표)", ICHEON, 75, 122, _passes()),
        Case("DN4", "비도시 면의 지구단위계획구역, 막다른 40 m, 4 m", NEW, 95, 113, _passes()),
    ]
