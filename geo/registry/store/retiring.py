"""Parcels whose ground others have taken (분할, 합병): found when a file brings the others, and named by them after."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, func, select

from geo.database import overlaps
from geo.registry.delivery import Geometries
from geo.registry.store.parts import in_parts
from geo.registry.store.tables import FOREVER, HISTORY, PARCELS

_COVERED = 0.9  # of a parcel's ground: edges move when ground is surveyed anew
_LEAST_SHARE = 0.01  # of the smaller of two parcels: less is the error of drawing along an edge
_PAST = HISTORY["parcels"]


def superseded(connection: Connection, written: Geometries, delivered: Collection[str]) -> Iterator[tuple[str, int]]:
    """Yield PNU and fid of each parcel that a file did not deliver, and whose ground the parcels it wrote cover."""
    left, bottom, right, top = shapely.total_bounds(written).tolist()
    inside = select(PARCELS.c.pnu, PARCELS.c.fid).where(overlaps(connection, PARCELS, (left, bottom, right, top)))
    others = {pnu: fid for pnu, fid in connection.execute(inside) if pnu not in delivered}
    tree = shapely.STRtree(written)
    for some in in_parts(others):
        for pnu, ground in connection.execute(select(PARCELS.c.pnu, PARCELS.c.geom).where(PARCELS.c.pnu.in_(some))):
            over = written[tree.query(ground, predicate="intersects")]
            if shapely.union_all(over).intersection(ground).area > _COVERED * ground.area:
                yield pnu, others[pnu]


def successors(connection: Connection, pnu: str) -> tuple[str, ...] | None:
    """Return the parcels that now stand on the ground of a retired one; None when it was never held."""
    query = select(_PAST.c.geom).where(_PAST.c.pnu == pnu).order_by(_PAST.c.recorded_to.desc()).limit(1)
    ground: BaseGeometry | None = connection.scalar(query)
    if ground is None:
        return None
    left, bottom, right, top = ground.bounds
    inside = overlaps(connection, PARCELS, (left, bottom, right, top))
    near = connection.execute(select(PARCELS.c.pnu, PARCELS.c.geom).where(inside).order_by(PARCELS.c.pnu))
    return tuple(
        number
        for number, shape in near
        if ground.intersection(shape).area > _LEAST_SHARE * min(ground.area, shape.area)
    )


def standing(connection: Connection, pnus: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return, for those of `pnus` that have been retired, the parcels that took their place."""
    retired: list[str] = []
    for some in in_parts(dict.fromkeys(pnus)):
        here = select(PARCELS.c.pnu)
        gone = select(_PAST.c.pnu).distinct().where(_PAST.c.pnu.in_(some), _PAST.c.pnu.not_in(here))
        retired += connection.scalars(gone)
    return {pnu: successors(connection, pnu) or () for pnu in retired}


def versions(connection: Connection, pnus: Sequence[str]) -> dict[str, int]:
    """Return how many versions the history holds of those of `pnus` that were held before and come back."""
    found: dict[str, int] = {}
    for some in in_parts(pnus):
        counted = select(_PAST.c.pnu, func.count()).where(_PAST.c.pnu.in_(some), _PAST.c.recorded_to != FOREVER)
        found.update((pnu, number) for pnu, number in connection.execute(counted.group_by(_PAST.c.pnu)))
    return found
