"""The tests of access: is there a road by law (법 2①11), and do 2 m of the site meet one (법 44①)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import shapely

from geo.registry import frontage, statute
from geo.registry.finding import OUTSIDE, Case, Finding, Input, Verdict, contact_inputs, metres
from geo.registry.fronting import Fronting
from geo.registry.parcel import STREET, Recognised
from geo.registry.use import is_farm_hut

_DECIMALS = 4  # a tenth of a millimetre: what lies below is the noise of coordinates, not the site
_ALL_ROAD = "대지 전체가 도로 구역 안에 있어 건축할 땅이 남지 않으므로"


@dataclass(frozen=True)
class Reach:
    """How surely a length of the site meets roads."""

    answer: Literal["YES", "OPEN", "NO"]
    longest_m: float
    total_m: float
    road: Fronting | None
    """The road that decides; None where several together do, or none does."""
    doubt: str = ""


def road_established(case: Case) -> Finding:
    """Say whether a road by law (법 2①11) lies at the site on the day."""
    reasons = tuple(Input(f"status:{each.uid}", each.standing.reason, each.name, case.as_of) for each in case.fronts)

    def found(verdict: Verdict, sentence: str) -> Finding:
        return Finding("road_established", verdict, sentence, "고시 또는 지정·공고", None, None, reasons)

    roads = [each for each in case.fronts if each.is_road]
    maybe = [each for each in case.fronts if each.may_be_road]
    if case.binds is False:
        return found("NOT_APPLICABLE", "건축법 제44조부터 제47조까지가 적용되지 않으므로 도로 여부를 따지지 않는다.")
    if case.ground.is_empty:
        return found("FAIL", f"{_ALL_ROAD} 접도 의무(건축법 제44조제1항)를 갖출 수 없다.")
    if roads:
        return found("PASS", " ".join(f"{each.name}: {each.standing.reason}." for each in roads))
    if maybe:
        return found("REVIEW", " ".join(f"{each.name}: {each.standing.reason}." for each in maybe))
    said = " ".join(f"{each.name}: {each.standing.reason}." for each in case.fronts) + _road_parcels(case)
    if case.covered:
        return found(
            "FAIL", f"대지에 접한 건축법상 도로가 없어 접도 의무(건축법 제44조제1항)를 갖추지 못한다. {said}".strip()
        )
    return found("UNKNOWN_COVERAGE", f"대지에 접한 도로를 찾지 못했고, {OUTSIDE}. {said}".strip())


def _road_parcels(case: Case) -> str:
    """Name the parcels of 지목 도로 beside the site, which by themselves are no road (법제처 16-0162)."""
    near = [
        row["jibun"] or row["pnu"]
        for row in case.site.streets
        if row["jimok"] in STREET and row["geometry"].dwithin(case.site.geometry, 0.5)
    ]
    if not near:
        return ""
    names = ", ".join(near)
    return (
        f" 지목이 도로인 필지({names})가 접하나 지정·공고나 고시가 없으면 건축법상 도로가 아니다"
        "(법제처 16-0162). 1976-02-01 전부터 통행한 너비 4 m 이상의 길이면 부칙(법률 제2852호)을 검토한다."
    )


def reach(case: Case, roads: Sequence[Fronting], need_m: float) -> Reach:
    """Say whether `need_m` of the site meet one or more of `roads` without interruption, within the data's error."""
    if not roads:
        return Reach("NO", 0.0, 0.0, None)
    best = max(roads, key=lambda each: each.contact.longest_m - each.accuracy_m)
    single = _answer(best.contact.longest_m, best.contact.total_m, best.accuracy_m, need_m)
    joint = best.contact if len(roads) == 1 else _joint(case, roads)
    error = max(each.accuracy_m for each in roads)
    together = _answer(joint.longest_m, joint.total_m, error, need_m)
    deciding = best if single == "YES" or single == together else None
    longest = best.contact.longest_m if deciding else joint.longest_m
    total = best.contact.total_m if deciding else joint.total_m
    gap = best.contact.gap_m if deciding else joint.gap_m
    if "YES" in (single, together):
        allowed = best.accuracy_m if deciding else error
        if round(gap - allowed, _DECIMALS) > 0:
            doubt = f"도로와 대지의 도형이 {metres(gap)} m 떨어져 있어 그 사이 땅을 확인해야 한다"
            return Reach("OPEN", longest, total, deciding, doubt)
        return Reach("YES", longest, total, deciding)
    if together == "OPEN":
        return Reach("OPEN", longest, total, deciding, _open(joint, error, need_m))
    loose = sum(each.loose.total_m for each in roads if not each.contact.lines)
    if loose and round(joint.total_m + loose + error - need_m, _DECIMALS) >= 0:
        far = max(each.loose.gap_m for each in roads if not each.contact.lines)
        return Reach(
            "OPEN", longest, total, None, f"도로 도형이 대지에서 {metres(far)} m 떨어져 있으나 자료의 오차 안이다"
        )
    return Reach("NO", longest, total, deciding)


def _joint(case: Case, roads: Sequence[Fronting]) -> frontage.Contact:
    return frontage.contact(case.ground, shapely.union_all([each.shape for each in roads]))


def _answer(longest_m: float, total_m: float, error_m: float, need_m: float) -> Literal["YES", "OPEN", "NO"]:
    if round(longest_m - error_m - need_m, _DECIMALS) >= 0:
        return "YES"
    return "OPEN" if total_m > 0 and round(total_m + error_m - need_m, _DECIMALS) >= 0 else "NO"


def _open(contact: frontage.Contact, error_m: float, need_m: float) -> str:
    longest, total = contact.longest_m, contact.total_m
    pieces = len(contact.lines)
    if pieces > 1 and round(total - error_m - need_m, _DECIMALS) >= 0 > round(longest + error_m - need_m, _DECIMALS):
        return (
            f"접한 길이가 {pieces}곳으로 나뉘어 합계 {metres(total)} m, 가장 긴 곳이 {metres(longest)} m이므로 "
            f"이어진 {metres(need_m)} m를 갖추어야 하는지 허가권자가 판단해야 한다"
        )
    low, high = max(longest - error_m, 0.0), total + error_m
    return (
        f"잰 길이 {metres(longest)} m(합계 {metres(total)} m)의 오차 ±{metres(error_m)} m 안에 "
        f"기준 {metres(need_m)} m가 있다({metres(low)}~{metres(high)} m)"
    )


def art44(case: Case) -> Finding:
    """Test whether 2 m of the site meet a road (법 44①)."""
    if case.binds is False:
        return Finding("art44_2m", "NOT_APPLICABLE", "건축법 제3조제2항에 따라 접도 의무가 없다.", statute.CONTACT_M)
    sure = reach(case, case.roads, statute.CONTACT_M)
    inputs = tuple(each for road in case.fronts for each in contact_inputs(road, case.as_of))

    def found(verdict: Verdict, sentence: str) -> Finding:
        measured = round(sure.longest_m, 3)
        return Finding("art44_2m", verdict, sentence, statute.CONTACT_M, measured, "m", inputs)

    if sure.answer == "YES":
        return found(
            "PASS",
            f"{_where(sure)} {metres(sure.longest_m)} m 접하여 기준 2 m 이상이다(건축법 제44조제1항).{_narrow(case)}",
        )
    exempt = _exempt(case)
    if exempt is not None:
        return found(*exempt)
    if sure.answer == "OPEN":
        return found("REVIEW", f"{_where(sure)} 접한 길이(건축법 제44조제1항)를 확정할 수 없다: {sure.doubt}.")
    maybe = reach(case, (*case.roads, *case.maybe_roads), statute.CONTACT_M)
    if maybe.answer != "NO":
        reasons = " ".join(f"{each.name}: {each.standing.reason}." for each in case.maybe_roads)
        return found("REVIEW", f"도로로 인정되어야 접도 2 m(건축법 제44조제1항)를 갖춘다. {reasons}")
    return found(*_short(case, sure))


def _where(found: Reach) -> str:
    return f"{found.road.name}에" if found.road is not None else "도로에"


def _short(case: Case, sure: Reach) -> tuple[Verdict, str]:
    if case.ground.is_empty:
        return "FAIL", f"{_ALL_ROAD} 도로에 접할 수 없다(건축법 제44조제1항)."
    if sure.total_m > 0:
        lacking = metres(statute.CONTACT_M - sure.total_m + 0.0099)
        short = f"도로에 {metres(sure.total_m)} m 접하여 기준 2 m에 {lacking} m 모자란다(건축법 제44조제1항)"
    elif any(each.is_road and each.motor_only for each in case.fronts):
        short = "자동차전용도로에만 접하여 접한 도로로 보지 않는다(건축법 제44조제1항)"
    else:
        short = "건축법상 도로에 2 m 이상 접하지 않는다(건축법 제44조제1항)"
    return ("FAIL", f"{short}.") if case.covered else ("UNKNOWN_COVERAGE", f"{short}. 다만 {OUTSIDE}.")


def _exempt(case: Case) -> tuple[Verdict, str] | None:
    """Answer by what 법 44① sets in the road's place: a recognition with its document, or a 농막."""
    if case.use is not None and is_farm_hut(case.use, case.gfa_m2):
        if case.gfa_m2 is None:
            return "REVIEW", "농막이면 접도 의무가 없으나 연면적이 주어지지 않아 농막인지 확인해야 한다."
        return "PASS", "농막이므로 접도 의무가 없다(건축법 제44조제1항제3호)."
    for kind, what in (("공지", "제2호: 건축이 금지된 공지"), ("출입지장없음", "제1호: 출입에 지장 없음")):
        document = recognised(case, "공지" if kind == "공지" else "출입지장없음")
        if document:
            return "PASS", f"허가권자가 인정하였다(건축법 제44조제1항{what}, {document})."
        if document == "":
            return "REVIEW", f"허가권자의 인정(건축법 제44조제1항{what})을 증명하는 문서가 등록되지 않았다."
    return None


def recognised(case: Case, kind: Recognised) -> str | None:
    """Return the document of a recognition in force on the day, "" where it has none, None where there is none."""
    found = [each for each in case.site.recognitions if each.kind == kind]
    decided = [each.document_no for each in found if each.holds(case.as_of)]
    return decided[0] if decided else "" if found else None


def _narrow(case: Case) -> str:
    """Tell of a way into the site narrower than 2 m, which by itself is no breach (법제처)."""
    lines = tuple(line for road in case.roads for line in road.contact.lines)
    width = frontage.passage_m(case.ground, lines, up_to_m=statute.CONTACT_M)
    if width is None:
        return ""
    return f" 대지 안 통로가 가장 좁은 곳에서 {metres(width)} m이나, 출입에 지장이 없으면 위반이 아니다."
