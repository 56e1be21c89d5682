"""The words of a review for people in city hall: its one sentence, its notice, its sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from geo.registry import statute
from geo.registry.finding import VERDICT_NAMES, Case, Finding, Verdict
from geo.registry.rows import Row

NOTICE = "심사 보조이며 처분이 아님"

_OTHER_ACT = (
    "국토계획법에 따른 개발행위허가의 진입도로 기준(개발규모 5천 ㎡ 미만 4 m, 5천~3만 ㎡ 6 m, 3만 ㎡ 이상 8 m)은 따로 "
    "확인해야 한다."
)
_PAST_PERMIT = "과거에 허가나 사용승인이 있었다는 사실만으로 도로 지정이 추정되지 않는다(대법원 2017두50843)."


def applicability(case: Case) -> str:
    """Say whether 법 44-47 bind the site, and why."""
    zones = ", ".join(case.zoning.names) or "용도지역 미상"
    place = f"{case.site.emd}({zones})"
    if case.binds is None:
        why = "도시지역 또는 지구단위계획구역의 경계에 걸쳐 있어" if case.zoning.rows else "용도지역 자료가 없어"
        return f"{place}: 면 지역의 대지가 {why} 건축법 제44조부터 제47조까지의 적용을 허가권자가 정해야 한다."
    if case.binds:
        return f"{place}: 건축법 제44조부터 제47조까지가 적용된다."
    return f"{place}: 도시지역과 지구단위계획구역이 아닌 면이므로 건축법 제44조부터 제47조까지가 적용되지 않는다."


def whole(case: Case, verdict: Verdict, findings: Sequence[Finding], permits: Iterable[Row]) -> str:
    """Return the verdict and its reasons: the tests that decided it, in the order they were made."""
    said = [f"{case.site.address}: {VERDICT_NAMES[verdict]}."]
    by_id = {each.id: each for each in findings}
    if verdict == "NOT_APPLICABLE":
        said += [by_id["articles_44_47_apply"].sentence, _OTHER_ACT]
    elif verdict in ("PASS", "PASS_WITH_SETBACK"):
        said.append(by_id["art44_2m"].sentence)
        said += [
            by_id[each].sentence for each in ("setback", "corner_cut") if by_id[each].verdict == "PASS_WITH_SETBACK"
        ]
    else:
        no_road = by_id["road_established"].verdict == verdict != "REVIEW"
        said += [
            each.sentence for each in findings if each.verdict == verdict and not (no_road and each.id == "art44_2m")
        ]
    if case.gfa_m2 is None and verdict in ("PASS", "PASS_WITH_SETBACK"):
        said.append(by_id["art28_2"].sentence)
    if not case.roads and verdict in ("FAIL", "REVIEW", "UNKNOWN_COVERAGE") and any(_granted(row) for row in permits):
        said.append(_PAST_PERMIT)
    return " ".join(said)


def _granted(row: Row) -> bool:
    return row.get("approved_on") is not None or row.get("used_on") is not None


def whole_before_the_text(case: Case, by_text_held: Verdict) -> str:
    """Return the answer for a day before the law text held, and what that text would give."""
    return (
        f"{case.site.address}: {VERDICT_NAMES['REVIEW']}. 기준일 {case.as_of}의 법령 조문을 가지고 있지 않아"
        f"({statute.DECREE}만 보유) 그날의 법으로 담당자가 확인해야 한다. "
        f"보유한 조문으로 보면 '{VERDICT_NAMES[by_text_held]}'이다."
    )


def before_the_text(case: Case, finding: Finding) -> str:
    """Say what the text held would give on a day for which it is not known to be the law."""
    return f"기준일 {case.as_of}의 조문이 없다. 보유한 조문으로는 {VERDICT_NAMES[finding.verdict]}: {finding.sentence}"


def sources(case: Case, coverage: Iterable[Row]) -> list[dict[str, Any]]:
    """Return what the review stands on: law, parcels, roads, zoning, completeness of the register."""
    drawn = " (합성 자료)"
    found: list[dict[str, Any]] = [
        {"name": "건축법", "detail": statute.ACT, "as_of": None},
        {"name": "건축법 시행령", "detail": statute.DECREE, "as_of": statute.TEXT_HELD_SINCE.isoformat()},
        {"name": "연속지적도", "detail": "편집도이며 경계 확정의 근거가 아님" + (drawn if _synthetic(case) else ""),
         "as_of": None},
    ]  # fmt: skip
    for road in case.fronts:
        detail = f"{road.row.get('geometry_source') or '도형 출처 미상'}, 오차 ±{road.accuracy_m:g} m"
        detail += f", {road.row['notice_no']}" if road.row.get("notice_no") else ""
        when = road.row.get("announced_on") or road.row.get("designated_on")
        found.append({"name": f"도로 {road.name}", "detail": detail + (drawn if road.row.get("synthetic") else ""),
                      "as_of": None if when is None else str(when)})  # fmt: skip
    for each in case.site.recognitions:
        when = None if each.decided_on is None else each.decided_on.isoformat()
        detail = f"{each.kind}, {each.document_no or '문서 미등록'}"
        found.append({"name": "허가권자 인정", "detail": detail, "as_of": when})
    for row in case.zoning.rows:
        when = row.get("notice_on")
        found.append({"name": row["name"], "detail": row.get("notice_no") or row["kind"],
                      "as_of": None if when is None else str(when)})  # fmt: skip
    for row in coverage:
        basis = {"GAMOK": "가목", "NAMOK": "나목"}.get(row["legal_basis"], row["legal_basis"])
        when = row.get("complete_as_of")
        found.append({"name": f"{basis} 도로 구축 완료 구역", "detail": row.get("source") or "",
                      "as_of": None if when is None else str(when)})  # fmt: skip
    return found


def _synthetic(case: Case) -> bool:
    return any(row.get("synthetic") for row in case.site.parcels)
