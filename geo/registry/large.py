"""The test of large buildings: do 4 m of the site meet a road 6 m wide (영 28②)."""

from __future__ import annotations

from typing import Literal

from geo.registry import statute
from geo.registry.facts import Building
from geo.registry.finding import OUTSIDE, Case, Finding, Input, Verdict, metres, width_input
from geo.registry.reach import reach, recognised
from geo.registry.use import is_left_to_ordinance


def art28(case: Case) -> Finding:
    """Test whether a large building has 4 m of a road 6 m wide (영 28②)."""
    required = {"width_m": statute.LARGE_ROAD_M, "contact_m": statute.LARGE_CONTACT_M}
    widest = max(case.roads, key=lambda each: (each.width.value_m or 0, each.contact.longest_m), default=None)
    measured = None
    if widest is not None:
        measured = {"width_m": widest.width.value_m, "contact_m": round(widest.contact.longest_m, 3)}
    asked = (Input("use", case.use, "신청"), Input("gfa_m2", case.gfa_m2, "신청"))
    inputs = (*asked, *(width_input(each, case.as_of) for each in case.roads))
    verdict, sentence = _large(case)
    return Finding("art28_2", verdict, sentence, required, measured, "m", inputs)


def _large(case: Case) -> tuple[Verdict, str]:
    if case.binds is False:
        return "NOT_APPLICABLE", "건축법 제3조제2항에 따라 적용되지 않는다."
    if case.gfa_m2 is None:
        return "NOT_APPLICABLE", (
            "연면적이 주어지지 않아 2,000 ㎡(공장 3,000 ㎡) 미만으로 보았다. "
            "그 이상이면 너비 6 m 이상 도로에 4 m 이상 접해야 한다(건축법 시행령 제28조제2항)."
        )
    limit = statute.large_gfa_m2(case.use or "")
    size = f"연면적 {case.gfa_m2:,g} ㎡"
    if statute.large_building_word(Building(case.use or "-", case.gfa_m2), 0, 0) == "NOT_TRIGGERED":
        return "NOT_APPLICABLE", f"{size}로 {limit:,g} ㎡ 미만이므로 적용되지 않는다."
    answer, why = _six_by_four(case)
    rule = "너비 6 m 이상 도로에 4 m 이상(건축법 시행령 제28조제2항)"
    if answer == "YES":
        return "PASS", f"{size}: {rule} 접한다({why})."
    if case.use is not None and is_left_to_ordinance(case.use):
        return (
            "REVIEW",
            f"{size}의 {case.use}: 파주시 건축 조례로 정하는 규모이면 제외되므로 조례를 확인해야 한다({why}).",
        )
    if case.use is None:
        return "REVIEW", f"{size}: 용도가 주어지지 않아 적용 여부를 정할 수 없다. 적용되면 {rule} 접해야 하나 {why}."
    if recognised(case, "출입지장없음") is not None:
        return "REVIEW", f"{size}: 출입 지장 없음의 인정이 이 요건까지 면제하는지 다툼이 있다(법제처 16-0229). {why}."
    if answer == "OPEN":
        return "REVIEW", f"{size}: {rule} 접해야 하나 확정할 수 없다: {why}."
    if not case.covered:
        return "UNKNOWN_COVERAGE", f"{size}: {rule} 접해야 하나 {why}. 다만 {OUTSIDE}."
    return "FAIL", f"{size}: {rule} 접해야 하나 {why}."


def _six_by_four(case: Case) -> tuple[Literal["YES", "OPEN", "NO"], str]:
    """Say whether one road is 6 m wide along 4 m of the site, and which road decides."""
    doubt, shortfall = "", ""
    for road in (*case.roads, *case.maybe_roads):
        width = road.width.value_m or 0.0
        along = reach(case, [road], statute.LARGE_CONTACT_M)
        after = max(width, road.duty.required_m) if road.duty else width
        told = f"{road.name}의 너비 {metres(width)} m, 접한 길이 {metres(along.longest_m)} m"
        sure = width - road.width.band_m >= statute.LARGE_ROAD_M and not road.width.disagrees
        may = width + road.width.band_m >= statute.LARGE_ROAD_M or after >= statute.LARGE_ROAD_M or road.width.disagrees
        if sure and along.answer == "YES" and road.is_road:
            return "YES", told
        if may and along.answer != "NO":
            reason = along.doubt or (road.standing.reason if road.may_be_road else "")
            late = (
                "후퇴하여 확보될 너비를 6 m로 볼지 허가권자가 판단해야 한다"
                if width < statute.LARGE_ROAD_M <= after
                else ""
            )
            doubt = doubt or f"{told}{'; ' if reason or late else ''}{reason or late}"
        shortfall = shortfall or f"{told}로 {_lacking(width, along.longest_m)} 모자란다"
    if doubt:
        return "OPEN", doubt
    return "NO", shortfall or "접한 도로가 없다"


def _lacking(width_m: float, contact_m: float) -> str:
    """Name what is wanting of width and of contact, to the centimetre above."""
    pairs = (("너비가", statute.LARGE_ROAD_M, width_m), ("접한 길이가", statute.LARGE_CONTACT_M, contact_m))
    return ", ".join(f"{name} {metres(need - got + 0.0099)} m" for name, need, got in pairs if got < need)
