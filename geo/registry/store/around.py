"""What stands around a site on a day, in one reading: the roads, permits, zones and coverage that its review needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Engine, Table, and_, bindparam, or_, select, true

from geo.database import City
from geo.registry import permit
from geo.registry.parcel import Recognition, Site
from geo.registry.rows import Row, day, words
from geo.registry.store.fetching import Asked, in_box, near
from geo.registry.store.tables import (
    COVERAGE,
    FOREVER,
    HISTORY,
    PERMITS,
    RECOGNITIONS,
    ROADS,
    SITES,
    SOURCES,
    ZONING,
)
from geo.statement import Snapshot, Statement, box, snapshot

NEAR_M = 30.0  # of a site: roads it may front, and those whose corner cuts it
SLIVER_M2 = 0.01


@dataclass(frozen=True)
class Surroundings:
    """Rows of the register around one site, as of a day; geometries EPSG:5186."""

    roads: Sequence[Row]
    permits: Sequence[Row]
    zoning: Sequence[Row]
    coverage: Sequence[Row]


def surroundings(city: City, site: Site, on: date) -> Surroundings:
    """Return what a review of `site` needs, as plain rows; `roads_near` and its like give the same as frames."""
    ground = site.geometry
    shapely.prepare(ground)
    past = HISTORY["roads"], HISTORY["permits"]
    with snapshot(city, ROADS, PERMITS, *past, SITES, ZONING, COVERAGE, SOURCES) as held:
        return Surroundings(
            roads=roads(held, ground, on),
            permits=permits(held, site.pnus, on),
            zoning=zoning(held, ground, on),
            coverage=coverage(held, ground),
        )


def roads(held: Snapshot, geometry: BaseGeometry, on: date) -> list[Row]:
    """Return every road within 30 m of `geometry`, `in_force` on the day or not, abolished ones too."""
    day = on.isoformat()
    found = near(ROADS).within(held, geometry, NEAR_M)
    for row in found:
        ended = row["status"] == "ABOLISHED" if row["valid_to"] is None else row["valid_to"] <= day
        row["in_force"] = row["valid_from"] <= day and not ended
    past = _past().rows(held, {**box(geometry.bounds, NEAR_M), "on": day})
    if past:  # a change came after the day: what the road was then stands in place of what it became
        then = {row["road_uid"]: row | {"in_force": True} for row in past}
        met = [row for row in then.values() if geometry.dwithin(row["geometry"], NEAR_M)]
        found = [row for row in found if row["road_uid"] not in then] + met
    return found


@cache
def _past() -> Asked:
    """Ask for slices of legal time that have ended and are still what the register says of their days."""

    def true_then(held: Snapshot, table: Table) -> ColumnElement[bool]:
        known = table.c.recorded_to == FOREVER
        on: ColumnElement[str] = bindparam("on")
        return and_(in_box(held, table), known, table.c.valid_from <= on, table.c.valid_to > on)

    return Asked(HISTORY["roads"], true_then)


@cache
def _applied() -> Asked:
    def of_parcel(_: Snapshot, table: Table) -> ColumnElement[bool]:
        named = table.c.permit_id.in_(select(SITES.c.permit_id).where(SITES.c.pnu == bindparam("pnu")))
        return and_(named, or_(table.c.applied_on.is_(None), table.c.applied_on <= bindparam("on")))

    return Asked(PERMITS, of_parcel)


def permits(held: Snapshot, pnus: Sequence[str], on: date) -> list[Row]:
    """Return the permits whose site holds one of `pnus`, as they stood on the day; none applied for after it."""
    found: dict[str, Row] = {}
    for pnu in pnus:
        found.update((row["permit_id"], row) for row in _applied().rows(held, {"pnu": pnu, "on": on.isoformat()}))
    then = (permit.on(_slice(held, row, on.isoformat()), on) for row in found.values())
    return [row for row in then if row is not None]


def _slice(held: Snapshot, row: Row, on: str) -> Row:
    """Return what a permit was before it was changed, where the change came after the day."""
    if (row["valid_from"] or "") <= on:
        return row
    return next(iter(_changed().rows(held, {"permit_id": row["permit_id"], "on": on})), row)


@cache
def _changed() -> Asked:
    def true_then(_: Snapshot, table: Table) -> ColumnElement[bool]:
        on: ColumnElement[str] = bindparam("on")
        begun = or_(table.c.valid_from.is_(None), table.c.valid_from <= on)
        named = table.c.permit_id == bindparam("permit_id")
        return and_(named, table.c.recorded_to == FOREVER, begun, table.c.valid_to > on)

    return Asked(HISTORY["permits"], true_then)


def zoning(held: Snapshot, geometry: BaseGeometry, on: date) -> list[Row]:
    """Return the zones in force on the day that share ground with `geometry`."""
    day = on.isoformat()
    found = []
    for row in _layer(held, ZONING).touching(geometry):
        begun = row["valid_from"] is None or row["valid_from"] <= day
        if begun and (row["valid_to"] is None or row["valid_to"] > day) and _share_ground(row["geometry"], geometry):
            found.append(dict(row))
    return found


def _share_ground(zone: BaseGeometry, geometry: BaseGeometry) -> bool:
    if zone.covers(geometry) or geometry.area == 0:
        return True
    return bool(zone.intersection(geometry).area > SLIVER_M2)


def coverage(held: Snapshot, geometry: BaseGeometry) -> list[Row]:
    """Return where the register is complete, of what touches `geometry`."""
    return [dict(row) for row in _layer(held, COVERAGE).touching(geometry)]


def recognitions(held: Snapshot, pnus: Sequence[str], ground: BaseGeometry) -> tuple[Recognition, ...]:
    """Return what the authority has recognised for a site of these parcels, or of more."""
    return tuple(
        Recognition(row["kind"], row["document_no"], day(row["decided_on"]), day(row["valid_to"]))
        for row in _layer(held, RECOGNITIONS).touching(ground)
        if {*pnus} <= {*words(row["pnus"])}
    )


class _Layer:
    """A whole layer in memory, its shapes prepared: zones are few, large, and the same for every site."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        shapes = [row["geometry"] for row in rows]
        shapely.prepare(shapes)
        for shape in shapes:  # the first question builds the index, and no two threads may build it together
            shape.covers(shape.point_on_surface().buffer(0.01))
        self.tree = shapely.STRtree(shapes)

    def touching(self, geometry: BaseGeometry) -> list[Row]:
        """Return the rows that touch `geometry`, in the order they came in."""
        if not self.rows:
            return []
        _, places = self.tree.query(np.array([geometry], dtype=object), predicate="intersects")
        return [self.rows[place] for place in sorted(places.tolist())]


_known: dict[tuple[Engine, Table], tuple[list[tuple[Any, ...]], _Layer]] = {}
_loading = Lock()


@cache
def _every(table: Table) -> Asked:
    return Asked(table, lambda _, __: true())


def _layer(held: Snapshot, table: Table) -> _Layer:
    """Return zoning or coverage whole; these change by import alone, which adds a source in the same transaction."""
    place = held.city.engine, table
    version = held.once(_NEWEST)  # what tells one state of the imported layers from the next
    known = _known.get(place)
    if known is None or known[0] != version:
        with _loading:
            known = version, _Layer(_every(table).rows(held, {}))
            _known[place] = known
    return known[1]


_NEWEST = Statement(
    lambda _: select(SOURCES.c.id, SOURCES.c.sha256, SOURCES.c.imported_at).order_by(SOURCES.c.id.desc()).limit(1)
)
