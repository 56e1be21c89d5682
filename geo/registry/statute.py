"""The law of roads and sites (건축법 2, 3, 44-47; 영 3의3, 28, 31, 119) as pure functions over facts, and `judge`.

Text held: 건축법 as of 법률 제21901호 (these articles unchanged in it) and 건축법 시행령, 대통령령 제36746호,
in force since 2026-10-06. Earlier wording is not held, so a day before that is answered REVIEW by the review.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import radians, sin
from typing import Any, Literal

from geo.errors import BadInput
from geo.registry.facts import Building, Entry, Way, Zone, exact, read_building, read_way, read_zone
from geo.registry.use import is_factory, is_farm_hut, is_left_to_ordinance

TEXT_HELD_SINCE = date(2026, 10, 6)  # 건축법 시행령, 대통령령 제36746호
ACT = "건축법(법률 제21901호, 2026-09-08 공포; 제2·3·44·45·46조는 이 개정에 없음)"
DECREE = "건축법 시행령(대통령령 제36746호, 2026-10-06 시행)"

CONTACT_M = 2.0  # 법 44①
LARGE_ROAD_M = 6.0  # 영 28②
LARGE_CONTACT_M = 4.0  # 영 28②
LARGE_GFA_M2 = 2000.0  # 영 28②
LARGE_FACTORY_GFA_M2 = 3000.0  # 영 28②, 공장
THROUGH_ROAD_M = 4.0  # 법 2①11
TERRAIN_ROAD_M = 3.0  # 영 3의3 1호
DEAD_ENDS = ((10.0, 2.0), (35.0, 3.0))  # 영 3의3 2호: under this length, this width
LONG_DEAD_END_M = 6.0  # 영 3의3 2호, 35 m and over
LONG_DEAD_END_RURAL_M = 4.0  # the same in an 읍 or 면 that is not 도시지역
OBSTACLES = ("경사지", "하천", "철도", "선로")  # 법 46① 단서; '그 밖에 이와 유사한 것' is the authority's to say

Word = Literal["PASS", "FAIL", "NOT_TRIGGERED", "ORDINANCE"]


@dataclass(frozen=True)
class Rule:
    """A test of the review and the article it stands on."""

    article: str
    in_force_since: str | None
    """First day on which the text held is known to be in force; None where the sources give none."""


RULES = {
    "articles_44_47_apply": Rule("건축법 제3조제2항", None),
    "road_established": Rule("건축법 제2조제1항제11호, 제45조", None),
    "art44_2m": Rule("건축법 제44조제1항", None),
    "art28_2": Rule("건축법 시행령 제28조제2항", TEXT_HELD_SINCE.isoformat()),
    "setback": Rule("건축법 제46조제1항, 같은 법 시행령 제3조의3", TEXT_HELD_SINCE.isoformat()),
    "corner_cut": Rule("건축법 제46조제1항, 같은 법 시행령 제31조제1항", TEXT_HELD_SINCE.isoformat()),
}


def articles_44_47_apply(zone: Zone) -> bool:
    """Say whether 법 44-47 bind the site (법 3②): not in a 면 that is neither 도시지역 nor 지구단위계획구역.

    Islands of a 동 or 읍 with fewer than 500 people are left out too; Paju has none.
    """
    return zone.urban or zone.district_unit_plan or zone.emd_type != "면"


def required_width_m(way: Way, zone: Zone) -> float:
    """Return the width that a road must have to be one (법 2①11, 영 3의3)."""
    if not way.dead_end:
        return TERRAIN_ROAD_M if way.terrain_designated else THROUGH_ROAD_M
    if way.length_m is None:
        raise BadInput("a dead end must say its length", parameter="length_m")
    length = exact(way.length_m)
    for under, width in DEAD_ENDS:
        if length < exact(under):
            return width
    if way.terrain_designated:
        return TERRAIN_ROAD_M
    return LONG_DEAD_END_RURAL_M if not zone.urban and zone.emd_type in ("읍", "면") else LONG_DEAD_END_M


def is_obstacle(opposite: str | None) -> bool:
    """Say whether 경사지, 하천, 철도 or 선로부지 stands opposite, so that this side yields all (법 46① 단서)."""
    words = "" if opposite is None else "".join(opposite.split())
    return "없" not in words and any(name in words for name in OBSTACLES)


def setback_m(way: Way, required_m: float) -> float:
    """Return how far the building line falls back from the road's edge: half of what is missing, or all of it."""
    missing = max(exact(required_m) - exact(way.width_m), Decimal(0))
    return float(missing if is_obstacle(way.opposite) else missing / 2)


def deduction_m2(setback: float, frontage_m: float, *, article: Literal["46①", "46②"] = "46①") -> float:
    """Return what the site area loses to a set-back (영 119①1가): under 46① only, a line under 46② takes nothing."""
    if article == "46②":
        return 0.0
    return float(round(exact(setback) * exact(frontage_m), 3))


def contact_word(contact_m: float, building: Building) -> Word:
    """Return whether 2 m of the site meet a road (법 44①), a 농막 being free of it (44①3)."""
    free = is_farm_hut(building.use, building.gfa_m2)
    return "PASS" if free or exact(contact_m) >= exact(CONTACT_M) else "FAIL"


def large_gfa_m2(use: str) -> float:
    """Return the total floor area from which 영 28② binds a building of this use."""
    return LARGE_FACTORY_GFA_M2 if is_factory(use) else LARGE_GFA_M2


def large_building_word(building: Building, width_m: float, contact_m: float) -> Word:
    """Return whether a large building has 4 m of a road 6 m wide (영 28②).

    The width is the road's present one. ORDINANCE: 건축조례, which is not held, says whether the rule binds at all.
    """
    if exact(building.gfa_m2) < exact(large_gfa_m2(building.use)):
        return "NOT_TRIGGERED"
    if is_left_to_ordinance(building.use):
        return "ORDINANCE"
    wide = exact(width_m) >= exact(LARGE_ROAD_M)
    return "PASS" if wide and exact(contact_m) >= exact(LARGE_CONTACT_M) else "FAIL"


def corner_leg_m(angle_deg: float, road_width_m: float, crossing_width_m: float) -> int:
    """Return the leg that is cut from a corner (영 31①), 0 where the table has none."""
    angle, widths = exact(angle_deg), (exact(road_width_m), exact(crossing_width_m))
    if angle >= 120 or min(widths) < 4 or max(widths) >= 8:
        return 0
    wide_roads = sum(width >= 6 for width in widths)
    return ((2, 3, 4) if angle < 90 else (2, 2, 3))[wide_roads]


def cut_area_m2(leg_m: float, angle_deg: float) -> float:
    """Return the area of the triangle cut from a corner, to 0.001 m2."""
    return round(leg_m * leg_m * sin(radians(angle_deg)) / 2, 3)


def judge(document: Any) -> dict[str, Any]:
    """Return `document` ({"road": [...], "corner": [...], ...}) with `expect` filled in by the law.

    Raises BadInput naming the entry and the fact that is missing or cannot be.
    """
    if not isinstance(document, Mapping) or not ("road" in document or "corner" in document):
        raise BadInput('expected {"road": [...], "corner": [...]}', parameter="road")
    judged = dict(document)
    for kind, expect in (("road", _road), ("corner", _corner)):
        if kind in document:
            judged[kind] = [dict(item.members) | {"expect": expect(item)} for item in _entries(kind, document[kind])]
    return judged


def _entries(kind: str, values: Any) -> list[Entry]:
    if not isinstance(values, list):
        raise BadInput(f"{kind} is not a list of entries", parameter=kind)
    entries = [Entry(f"{kind} entry {number}", value) for number, value in enumerate(values, 1)]
    for entry in entries:
        if entry.members.get("id") is None:
            raise BadInput(f"{entry.where}: the id is missing", parameter="id")
        entry.where = f"{kind} {entry.members['id']}"
    return entries


def _road(entry: Entry) -> dict[str, Any]:
    zone, way, building = read_zone(entry), read_way(entry), read_building(entry)
    contact, frontage = entry.number("contact_m"), entry.optional_number("frontage_m")
    with_frontage = frontage is not None
    if not articles_44_47_apply(zone):
        expect: dict[str, Any] = {"arts_44_47_apply": False, "required_width_m": None, "setback_m": None}
        expect |= {"art44_2m": "N/A", "art28_2": "N/A"}
        return expect | ({"site_area_deduction_m2": None} if with_frontage else {}) | {"overall": "N/A"}
    required = required_width_m(way, zone)
    setback = setback_m(way, required)
    contact_is, large_is = contact_word(contact, building), large_building_word(building, way.width_m, contact)
    expect = {"arts_44_47_apply": True, "required_width_m": required, "setback_m": setback}
    expect |= {"art44_2m": contact_is, "art28_2": large_is}
    if frontage is not None:
        expect["site_area_deduction_m2"] = deduction_m2(setback, frontage)
    return expect | {"overall": _overall(contact_is, large_is, setback)}


def _overall(contact_is: Word, large_is: Word, setback: float) -> str:
    if "FAIL" in (contact_is, large_is):
        return "FAIL"
    if large_is == "ORDINANCE":
        return "REVIEW"
    return "PASS_WITH_SETBACK" if setback > 0 else "PASS"


def _corner(entry: Entry) -> dict[str, Any]:
    angle = entry.number("angle_deg", above=0, below=360)
    leg = corner_leg_m(angle, entry.number("road_width_m", above=0), entry.number("crossing_width_m", above=0))
    return {"leg_m": leg, "cut_area_m2": cut_area_m2(leg, angle)}
