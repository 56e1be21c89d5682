"""The tests of building lines: how far they fall back from narrow roads, what is cut from corners (법 46①, 영 31)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import shapely
from shapely.geometry.base import BaseGeometry

from geo.registry import building_line, frontage, statute
from geo.registry.building_line import Corner
from geo.registry.finding import Case, Finding, Input, Verdict, metres, width_input
from geo.registry.fronting import Fronting


@dataclass(frozen=True)
class Cut:
    """One corner of the site and what is cut from it."""

    corner: Corner
    leg_m: int
    """For the present widths and the angle as drawn."""
    legs: tuple[int, ...]
    """Every leg that the doubtful facts allow, rising."""
    area_m2: float
    """Of the triangle by the statute's table."""
    shape: BaseGeometry
    """What it takes from the site, EPSG:5186."""


def setback(case: Case, cuts: Iterable[Cut]) -> Finding:
    """Test every road that the site meets for the width that the law asks of it (법 46①)."""
    facing = [each for each in (*case.roads, *case.maybe_roads) if each.duty is not None]
    inputs = [width_input(each, case.as_of) for each in facing]
    inputs += [Input(f"setback_m:{each.uid}", each.duty.setback_m, "법 46①") for each in facing if each.duty]
    worst = max(facing, key=lambda each: each.duty.setback_m if each.duty else 0.0, default=None)
    lost = round(total_deduction(case, cuts).area, 3)
    inputs.append(Input("deduction_total_m2", lost, "후퇴 부분과 가각전제 부분의 합집합(영 119①1가)"))
    verdict, sentence = _setback(case, facing)
    return Finding(
        id="setback",
        verdict=verdict,
        sentence=sentence,
        required=worst.duty.required_m if worst is not None and worst.duty is not None else None,
        measured=worst.width.value_m if worst is not None else None,
        unit="m",
        inputs=tuple(inputs),
    )


def _setback(case: Case, facing: list[Fronting]) -> tuple[Verdict, str]:
    if case.binds is False:
        return "NOT_APPLICABLE", "건축법 제3조제2항에 따라 적용되지 않는다."
    if not facing:
        return "NOT_APPLICABLE", "건축선을 정할 도로에 접하지 않는다."
    told: list[str] = []
    verdict: Verdict = "PASS"
    for road in facing:
        duty, sentence = road.duty, _told(road)
        if duty is None:
            continue
        if duty.doubts:
            verdict = "REVIEW"
            sentence += f" 다만 {', '.join(duty.doubts)}."
        elif road.may_be_road and duty.setback_m > 0:
            verdict = "REVIEW"
            sentence += f" 다만 도로인지 확인해야 한다({road.standing.reason})."
        elif duty.setback_m > 0 and verdict == "PASS":
            verdict = "PASS_WITH_SETBACK"
        told.append(sentence)
    return verdict, " ".join(told)


def _told(road: Fronting) -> str:
    duty = road.duty
    if duty is None:
        return ""
    width = "알 수 없음" if road.width.value_m is None else f"{metres(road.width.value_m)} m"
    facts = f"{road.name}의 너비 {width}, 소요너비 {metres(duty.required_m)} m"
    if duty.setback_m == 0:
        return f"{facts}: 후퇴하지 않는다."
    whole = statute.is_obstacle(road.row.get("opposite_obstacle"))
    how = f"반대쪽이 {road.row['opposite_obstacle']}이어서 이쪽이 모두" if whole else "양쪽이 반씩"
    lost = statute.deduction_m2(duty.setback_m, road.meeting.total_m)
    return (
        f"{facts}: {how} 물러나 도로경계선에서 {duty.setback_m:g} m 후퇴한 선이 건축선이다"
        f"(건축법 제46조제1항, 대지면적에서 {lost:g} ㎡ 제외)."
    )


def cuts(case: Case) -> tuple[Cut, ...]:
    """Find the corners of the site between roads by law, and what the table of 영 31① cuts from them."""
    roads = {each.uid: each for each in case.roads if each.duty is not None and each.contact.lines}
    accuracy = max((each.accuracy_m for each in roads.values()), default=0.0)
    contacts = [(uid, road.contact.lines) for uid, road in roads.items()]
    found = []
    for corner in building_line.corners(contacts, accuracy_m=accuracy):
        first, second = (roads[uid] for uid in corner.roads)
        leg = statute.corner_leg_m(corner.angle_deg, first.width.value_m or 0, second.width.value_m or 0)
        legs = {leg, *_legs(corner, first, second)}
        shape = building_line.cut(corner, leg, case.ground)
        if any(legs) and (leg == 0 or shape.area > 0.01 or len(legs) > 1):
            area = statute.cut_area_m2(leg, corner.angle_deg)
            found.append(Cut(corner, leg, tuple(sorted(legs)), area, shape))
    return tuple(found)


def _legs(corner: Corner, first: Fronting, second: Fronting) -> Iterable[int]:
    """Return the legs for every angle within the error, and for widths before and after the set-back."""
    angles = {corner.angle_deg - corner.error_deg, corner.angle_deg, corner.angle_deg + corner.error_deg}
    for angle, after in product(angles, (False, True)):
        yield statute.corner_leg_m(angle, *(_width(road, after=after) for road in (first, second)))


def _width(road: Fronting, *, after: bool) -> float:
    width = road.width.value_m or 0.0
    return max(width, road.duty.required_m) if after and road.duty is not None else width


def corner_cut(case: Case, found: tuple[Cut, ...]) -> Finding:
    """Test the corners of the site (영 31①)."""
    inputs = [Input(f"angle_deg:{n}", each.corner.angle_deg, "대지 경계") for n, each in enumerate(found, 1)]

    def finding(verdict: Verdict, sentence: str, leg: int | None = None) -> Finding:
        return Finding("corner_cut", verdict, sentence, leg, None, "m", tuple(inputs))

    if case.binds is False:
        return finding("NOT_APPLICABLE", "건축법 제3조제2항에 따라 적용되지 않는다.")
    if not found:
        return finding("NOT_APPLICABLE", "가각전제를 할 도로 모퉁이가 없다.")
    told: list[str] = []
    verdict: Verdict = "PASS_WITH_SETBACK"
    for each in found:
        angle = f"교차각 {each.corner.angle_deg:g}°의 모퉁이"
        if len(each.legs) > 1:
            verdict = "REVIEW"
            told.append(
                f"{angle}는 교차점에서(건축법 시행령 제31조제1항) {each.legs[0]}~{each.legs[-1]} m를 물러나야 하나, "
                "각도의 오차 또는 후퇴 뒤의 너비를 쓰는지에 따라 달라 허가권자가 정해야 한다."
            )
        else:
            told.append(
                f"{angle}는 교차점에서 각 {each.leg_m} m를 물러난 선이 건축선이다"
                f"(건축법 시행령 제31조제1항, {each.area_m2:g} ㎡)."
            )
    return finding(verdict, " ".join(told), max(each.legs[-1] for each in found))


def total_deduction(case: Case, found: Iterable[Cut]) -> BaseGeometry:
    """Return all ground between roads and building lines, each square metre once (영 119①1가)."""
    taken = [
        building_line.strip(road.meeting.lines, case.ground, road.duty.setback_m)
        for road in case.roads
        if road.duty is not None and road.duty.setback_m > 0
    ]
    taken += (each.shape for each in found)
    return shapely.union_all(taken) if taken else frontage.NOTHING
