"""One parcel at a glance: its register row, the roads it meets for how many metres, the permits that stand on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.sql import Select

from geo.database import City, read
from geo.errors import NotFound
from geo.geometry_type import decode
from geo.registry import pnu as numbers
from geo.registry.rows import Row
from geo.registry.store.tables import ADJACENCY, PARCELS, PERMITS, ROADS, SITES
from geo.statement import Snapshot, Statement, snapshot

_PARCEL = ("pnu", "jibun", "jimok", "area_m2")
_ROAD = ("road_uid", "designation_no", "name", "legal_basis", "status", "valid_from", "valid_to", "width_m")
_CONTACT = ("total_m", "longest_m")
_PERMIT = ("permit_id", "permit_no", "kind", "state", "applied_on", "use")


@dataclass(frozen=True)
class Lookup:
    """What is held about one parcel now; `parcel` has its geometry, EPSG:5186."""

    parcel: Row
    roads: Sequence[Row]
    """Each with `total_m` and `longest_m` of contact with the parcel as drawn, longest first."""
    permits: Sequence[Row]


def _parcel(_: Snapshot) -> Select[Any]:
    return select(*(PARCELS.c[name] for name in _PARCEL), PARCELS.c.geom).where(PARCELS.c.pnu == bindparam("pnu"))


def _roads(_: Snapshot) -> Select[Any]:
    columns = (*(ROADS.c[name] for name in _ROAD), *(ADJACENCY.c[name] for name in _CONTACT))
    joined = select(*columns).join_from(ADJACENCY, ROADS, ADJACENCY.c.road_uid == ROADS.c.road_uid)
    return joined.where(ADJACENCY.c.pnu == bindparam("pnu")).order_by(ADJACENCY.c.total_m.desc(), ROADS.c.road_uid)


def _permits(_: Snapshot) -> Select[Any]:
    joined = select(*(PERMITS.c[name] for name in _PERMIT)).join_from(
        SITES, PERMITS, SITES.c.permit_id == PERMITS.c.permit_id
    )
    return joined.where(SITES.c.pnu == bindparam("pnu")).order_by(PERMITS.c.permit_id)


_ASKED = tuple(Statement(each) for each in (_parcel, _roads, _permits))


def lookup(city: City, pnu: str) -> Lookup:
    """Return what is held about the parcel of that PNU. Raises BadInput and NotFound."""
    given = {"pnu": numbers.check(pnu)}
    with snapshot(city, PARCELS, ROADS, PERMITS, SITES, ADJACENCY) as held:
        parcels, roads, permits = (statement.rows(held, given) for statement in _ASKED)
        shapes = decode(held, [row[-1] for row in parcels])
    if not parcels:
        raise NotFound(f"parcel {pnu} is not in the register", korean=f"{pnu} 필지가 대장에 없습니다.", parameter="pnu")
    return Lookup(
        {**dict(zip(_PARCEL, parcels[0], strict=False)), "geometry": shapes[0]},
        [dict(zip((*_ROAD, *_CONTACT), row, strict=True)) for row in roads],
        [dict(zip(_PERMIT, row, strict=True)) for row in permits],
    )


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
