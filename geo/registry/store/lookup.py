"""One parcel at a glance: its register row, the roads it meets for how many metres, the permits that stand on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam, cast, join, null, select, union_all
from sqlalchemy.sql import CompoundSelect, Select

from geo.database import City, read
from geo.errors import NotFound
from geo.geometry_type import decode
from geo.registry import pnu as numbers
from geo.registry.rows import Row
from geo.registry.store.tables import ADJACENCY, PARCELS, PERMITS, ROADS, SITES
from geo.statement import Snapshot, Statement, snapshot

_PARCEL = tuple(PARCELS.c[name] for name in ("pnu", "jibun", "jimok", "area_m2", "geom"))
_ROAD = (
    *(ROADS.c[n] for n in ("road_uid", "designation_no", "name", "legal_basis", "status", "valid_from", "valid_to")),
    ROADS.c.width_m,
    ADJACENCY.c.total_m,
    ADJACENCY.c.longest_m,
)
_PERMIT = tuple(PERMITS.c[name] for name in ("permit_id", "permit_no", "kind", "state", "applied_on", "use"))
_WIDE = (*_PARCEL, *_ROAD, *_PERMIT)


@dataclass(frozen=True)
class Lookup:
    """What is held about one parcel now; `parcel` has its geometry, EPSG:5186."""

    parcel: Row
    roads: Sequence[Row]
    """Each with `total_m` and `longest_m` of contact with the parcel as drawn, longest first."""
    permits: Sequence[Row]


def _together(_: Snapshot) -> CompoundSelect[Any]:
    """Ask for the three side by side in one round: a row of one holds nothing in the columns of the others."""

    def only(own: Sequence[Column[Any]]) -> Select[Any]:
        return select(*(column if column in set(own) else cast(null(), column.type) for column in _WIDE))

    pnu: ColumnElement[str] = bindparam("pnu")
    meets, stands = ADJACENCY.c.road_uid == ROADS.c.road_uid, SITES.c.permit_id == PERMITS.c.permit_id
    return union_all(
        only(_PARCEL).where(PARCELS.c.pnu == pnu),
        only(_ROAD).select_from(join(ADJACENCY, ROADS, meets)).where(ADJACENCY.c.pnu == pnu),
        only(_PERMIT).select_from(join(SITES, PERMITS, stands)).where(SITES.c.pnu == pnu),
    )


_EVERYTHING = Statement(_together)


def _places(*parts: Sequence[Column[Any]]) -> Iterator[tuple[slice, tuple[str, ...]]]:
    """Yield where each part stands in a row, and its names; its first column is its key, and never empty."""
    start = 0
    for part in parts:
        yield slice(start, start + len(part)), tuple(column.name for column in part)
        start += len(part)


_PLACES = tuple(_places(_PARCEL, _ROAD, _PERMIT))


def lookup(city: City, pnu: str) -> Lookup:
    """Return what is held about the parcel of that PNU. Raises BadInput and NotFound."""
    with snapshot(city, PARCELS, ROADS, PERMITS, SITES, ADJACENCY) as held:
        rows = _EVERYTHING.rows(held, {"pnu": numbers.check(pnu)})
        parcels, roads, permits = (
            [dict(zip(names, row[part], strict=True)) for row in rows if row[part.start] is not None]
            for part, names in _PLACES
        )
        for parcel in parcels:
            (parcel["geometry"],) = decode(held, [parcel.pop("geom")])
    if not parcels:
        raise NotFound(f"parcel {pnu} is not in the register", korean=f"{pnu} 필지가 대장에 없습니다.", parameter="pnu")
    roads.sort(key=lambda road: (-road["total_m"], road["road_uid"]))
    permits.sort(key=lambda permit: str(permit["permit_id"]))
    return Lookup(parcels[0], roads, permits)


_BUILT_ON = ("대", "장", "공장용지", "학", "학교용지", "주", "주유소용지", "창", "창고용지", "종", "종교용지")
"""지목 on which buildings stand; footprints are not held."""


def sites_beside(city: City, road_uid: str) -> tuple[Row, list[tuple[str, ...]]]:
    """Return a road and the sites that meet it: each permit's parcels, and built-on parcels by themselves.

    Raises NotFound.
    """
    with read(city, PARCELS, ROADS, PERMITS, SITES, ADJACENCY) as connection:
        roads = connection.execute(select(ROADS).where(ROADS.c.road_uid == road_uid)).mappings().all()
        if not roads:
            korean = f"도로 {road_uid}이(가) 대장에 없습니다."
            raise NotFound(f"no road {road_uid!r} is in the register", korean=korean, parameter="id")
        beside = select(ADJACENCY.c.pnu).where(ADJACENCY.c.road_uid == road_uid)
        parcels = connection.execute(
            select(PARCELS.c.pnu, PARCELS.c.jimok).where(PARCELS.c.pnu.in_(beside)).order_by(PARCELS.c.pnu)
        ).all()
        named = select(SITES.c.permit_id).where(SITES.c.pnu.in_(beside))
        held = select(SITES.c.permit_id, SITES.c.pnu).join_from(SITES, PARCELS, SITES.c.pnu == PARCELS.c.pnu)
        stands = connection.execute(held.where(SITES.c.permit_id.in_(named)).order_by(SITES.c.n)).all()
    whole: dict[str, list[str]] = {}
    for permit_id, pnu in stands:
        whole.setdefault(permit_id, []).append(pnu)
    sites = {frozenset(pnus): tuple(pnus) for pnus in whole.values()}
    taken = frozenset().union(*sites)
    alone = [(pnu,) for pnu, jimok in parcels if pnu not in taken and jimok in _BUILT_ON]
    return dict(roads[0]), sorted([*sites.values(), *alone])
