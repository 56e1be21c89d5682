"""Which changes no permit explains: by place, kind, state and date, with the reason in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.change.classes import KOREAN, SMALLEST_M2
from geo.frame import check

BUILDINGS = frozenset({"building_gained", "building_lost", "building_extended"})

# What a permit of each kind allows to change on the ground.
ALLOWS: dict[str, frozenset[str]] = {
    "건축허가": BUILDINGS,  # Building Act 11; a demolition goes with the rebuilding that it makes room for
    "건축신고": BUILDINGS,  # Building Act 14
    "개발행위허가": frozenset({"earthwork", "road", "water"}),  # National Land Planning Act 56
    "산지전용허가": frozenset({"vegetation_loss", "earthwork"}),  # Mountainous Districts Management Act 14
    "농지전용허가": frozenset({"earthwork"}),  # Farmland Act 34; the use of land, not the building on it
    "사도개설허가": frozenset({"road"}),  # Private Road Act 4
    "도로점용허가": frozenset(),  # Road Act 61: occupying a road, nothing built beside it
    "도로폐지신청": frozenset(),
}

# In which states a permit allows work: granted, begun, approved for use.
IN_FORCE = frozenset({"허가", "착공", "사용승인"})

# What an officer says after a look, and whether that makes the change a real one (None: not settled yet).
VERDICTS: dict[str, bool | None] = {
    "confirmed": True,  # something changed, and nothing allows it
    "permitted": True,  # something changed, and a permit allows it that the list did not know
    "false": False,  # nothing changed
    "watch": None,  # to be looked at again
}

# National Land Planning Act 76 and its decree, tables 15 to 23: zones kept for farming, woods and nature, where few
# buildings are allowed at all.
STRICT_ZONES = ("녹지", "보전관리", "생산관리", "농림", "자연환경보전")
ZONE_WEIGHT = 1.5

OWN_SHARE = 0.5  # of the change lies on the permit's site, all of its parcels together
TOUCHED_SHARE, TOUCHED_M2 = 0.05, 10.0  # of a change on a parcel; less is the inaccuracy of outlines
NEAR_M = 30.0  # permits named though their site is another

PERMIT_COLUMNS = (
    "permit_id", "permit_no", "kind", "state", "approved_on", "used_on", "ended_on", "main_pnu", "pnus",
    "deemed_under",
)  # fmt: skip
CHANGE_COLUMNS = ("change_id", "class", "before", "after")


@dataclass(frozen=True, slots=True)
class _Permit:
    id: str
    name: str
    kind: str
    state: str
    approved_on: str | None
    used_on: str | None
    ended_on: str | None
    site: frozenset[str]

    @property
    def order(self) -> tuple[str, str]:
        """The oldest permit answers first."""
        return self.approved_on or "9999", self.id


def unpermitted(changes: gpd.GeoDataFrame, permits: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return `changes` with explained, permit_id (or None), reason (a Korean sentence) and pnus (the parcels touched).

    `permits` (points on main parcels) and `parcels` need hold only what lies near; all EPSG:5186. The dates `before`
    and `after` of a change are those of its two photographs.
    """
    check(changes, CHANGE_COLUMNS, ("Polygon", "MultiPolygon"))
    check(permits, PERMIT_COLUMNS)
    check(parcels, ("pnu",))
    known = [_permit(row) for row in permits[list(PERMIT_COLUMNS)].to_dict("records")]
    on: dict[str, list[_Permit]] = {}
    for permit in known:
        for pnu in permit.site:
            on.setdefault(pnu, []).append(permit)
    answers = []
    for change in changes.to_dict("records"):
        shares = _shares(change["geometry"], parcels)
        around = permits.sindex.query(change["geometry"], predicate="dwithin", distance=NEAR_M)
        near = {permit.id: permit for pnu in shares for permit in on.get(pnu, [])}
        near |= {known[i].id: known[i] for i in around}
        answers.append(_answer(change, shares, sorted(near.values(), key=lambda permit: permit.order)))
    told = pd.DataFrame(answers, columns=["explained", "permit_id", "reason", "pnus"], index=changes.index)
    return changes.assign(**{name: told[name] for name in told.columns})


def reviewed(changes: gpd.GeoDataFrame, *, unpermitted: bool) -> dict[str, int | float | None]:
    """Return how many of a list were judged and how, and its precision among those that were settled.

    Right is a real change, and in the list of those that no permit explains, only one that is confirmed.
    """
    given = changes["verdict"].value_counts()
    count = {name: int(given.get(name, 0)) for name in VERDICTS}
    settled = sum(n for name, n in count.items() if VERDICTS[name] is not None)
    right = count["confirmed"] if unpermitted else count["confirmed"] + count["permitted"]
    precision = round(right / settled, 4) if settled else None
    return {"listed": len(changes), "judged": sum(count.values()), **count, "precision": precision}


def ranked(changes: gpd.GeoDataFrame, zoning: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return changes in the order in which an inspector visits them, with `zone` (or None) and `priority`.

    The priority is score x doublings of SMALLEST_M2 x ZONE_WEIGHT where building is restricted.
    """
    inside = gpd.GeoDataFrame(geometry=changes.representative_point(), crs=changes.crs)
    zones = zoning.loc[zoning["kind"].eq("용도지역"), ["name", "geometry"]]
    zone = gpd.sjoin(inside, zones, predicate="within").groupby(level=0)["name"].first().reindex(changes.index)
    size = np.log2(1 + changes["area_m2"] / changes["class"].map(SMALLEST_M2))
    strict = zone.fillna("").str.contains("|".join(STRICT_ZONES)).map({True: ZONE_WEIGHT, False: 1.0})
    named = zone.astype(object).where(zone.notna(), None)
    told = changes.assign(zone=named, priority=(changes["score"] * size * strict).round(3))
    return told.sort_values(["priority", "n"], ascending=[False, True])


def _permit(row: dict[str, object]) -> _Permit:
    def text(name: str) -> str | None:
        value = row[name]
        return None if value is None or pd.isna(value) or value == "" else str(value)[:19]  # type: ignore[call-overload]

    def day(name: str) -> str | None:
        value = text(name)
        return value[:10] if value else None

    pnus = str(row["pnus"]).split(";") if text("pnus") else []
    site = frozenset(pnu.strip() for pnu in [*pnus, text("main_pnu") or ""] if pnu.strip())
    kind = text("kind") or "인허가"
    deemed = f"({text('deemed_under')} 의제)" if text("deemed_under") else ""
    name = f"{kind} {text('permit_no') or row['permit_id']}{deemed}"
    return _Permit(str(row["permit_id"]), name, kind, text("state") or "상태 미상", day("approved_on"),
                   day("used_on"), day("ended_on"), site)  # fmt: skip


def _shares(shape: shapely.Geometry, parcels: gpd.GeoDataFrame) -> dict[str, float]:
    """Return the share of a change on each parcel that it truly touches, the largest first."""
    whole = float(shapely.area(shape))
    rows = parcels.sindex.query(shape, predicate="intersects")
    part = shapely.area(shapely.intersection(parcels.geometry.to_numpy()[rows], shape))
    share = sorted(zip(part, parcels["pnu"].to_numpy()[rows], strict=True), key=lambda pair: (-pair[0], pair[1]))
    enough = min(TOUCHED_M2, TOUCHED_SHARE * whole)
    return {str(pnu): float(area / whole) for area, pnu in share if area > enough}


def _answer(
    change: dict[str, str], shares: dict[str, float], near: Iterable[_Permit]
) -> tuple[bool, str | None, str, tuple[str, ...]]:
    pnus, what = tuple(shares), KOREAN[change["class"]]
    against = []
    for permit in near:
        fault = _fault(permit, change, shares)
        if fault is None:
            sentence = f"{permit.name}({permit.approved_on} 허가, 현재 {permit.state})에 따른 {what}입니다."
            return True, permit.id, sentence, pnus
        against.append(f"{permit.name}: {fault}")
    if against:
        return False, None, f"{what}에 맞는 인허가가 없습니다. {'; '.join(against)}.", pnus
    if not pnus:
        return False, None, f"{_with(what, '이', '가')} 있는 곳의 필지 자료가 없어 인허가를 대조하지 못했습니다.", pnus
    return False, None, f"{_with(what, '이', '가')} 있는 필지와 그 주변 {NEAR_M:.0f} m 안에 인허가가 없습니다.", pnus


def _fault(permit: _Permit, change: dict[str, str], shares: dict[str, float]) -> str | None:
    """Return why a permit does not explain a change, or None when it does: place, kind, state, date."""
    own = sum(share for pnu, share in shares.items() if pnu in permit.site)
    if own == 0:
        return "다른 필지의 인허가임"
    if change["class"] not in ALLOWS.get(permit.kind, frozenset()):
        return f"{_with(KOREAN[change['class']], '을', '를')} 허용하는 종류가 아님"
    if permit.state not in IN_FORCE:
        ended = f"({permit.ended_on})" if permit.ended_on else ""
        return f"{permit.state} 상태{ended}라 효력이 없음"
    if permit.approved_on is None:
        return "허가일이 없음"
    if permit.approved_on > change["after"]:
        return f"허가일({permit.approved_on})이 촬영일({change['after']})보다 늦음"
    if permit.ended_on is not None and permit.ended_on <= change["after"]:
        return f"촬영일({change['after']}) 전에 끝남({permit.ended_on})"
    if permit.used_on is not None and permit.used_on < change["before"]:
        return f"앞선 촬영일({change['before']}) 전에 이미 사용승인됨({permit.used_on})"
    if own < OWN_SHARE:
        return f"변화 면적의 {own:.0%}만 허가 대지 안에 있음"
    return None


def _with(word: str, closed: str, opened: str) -> str:
    """Return `word` with the particle that fits what stands before a bracket: `closed` after a final consonant."""
    last = [ord(letter) - 0xAC00 for letter in word.split("(")[0] if "가" <= letter <= "힣"][-1]
    return word + (closed if last % 28 else opened)
