"""The disaster zones, facilities and works near a site, as plain rows: what one parcel's review asks of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Boolean, Table, or_, select
from sqlalchemy.sql import Select

from geo.database import City, overlaps
from geo.disaster.store import FACILITIES, WORKS, ZONES
from geo.disaster.zone import Row, status
from geo.geometry_type import decode
from geo.grid import Bounds
from geo.statement import BOX, Snapshot, Statement, box, snapshot

_NAMES = tuple(column.name for column in ZONES.columns if column.name not in ("fid", "geom"))
_FLAGS = tuple(column.name for column in ZONES.columns if isinstance(column.type, Boolean))


def _near(held: Snapshot) -> Select[Any]:
    where = or_(ZONES.c.geom.is_(None), overlaps(held, ZONES, BOX))
    return select(*(ZONES.c[name] for name in _NAMES), ZONES.c.geom).where(where).order_by(ZONES.c.fid)


_STATEMENT = Statement(_near)


def zones_near(city: City, bounds: Bounds, on: date) -> list[Row]:
    """Return the zones whose envelope meets `bounds` (EPSG:5186) or that have no geometry, `status` as of a day."""
    with snapshot(city, ZONES) as held:
        rows = _STATEMENT.rows(held, box(bounds))
        shapes = decode(held, [row[-1] for row in rows])
    return [_row(row[:-1], shape, on) for row, shape in zip(rows, shapes, strict=True)]


def _row(values: Sequence[Any], geometry: Any, on: date) -> Row:
    row: Row = dict(zip(_NAMES, values, strict=True))
    flags = {name: None if row[name] is None else bool(row[name]) for name in _FLAGS}
    stands = status(row["designated_on"], row["released_on"], on)
    return row | flags | {"geometry": geometry, "status": stands, "status_on": on.isoformat()}


_TOLD = ("id", "name", "zone_id", "geometry_quality", "synthetic", "source", "source_date")


def _meeting(table: Table) -> Statement:
    columns = [*(table.c[name] for name in _TOLD), table.c.geom]
    return Statement(lambda held: select(*columns).where(overlaps(held, table, BOX)).order_by(table.c.fid))


_BUILT = {"facility": _meeting(FACILITIES), "work": _meeting(WORKS)}


def built_near(city: City, bounds: Bounds) -> list[Row]:
    """Return the facilities and works whose envelope meets `bounds` (EPSG:5186), each with its `layer`."""
    found = []
    with snapshot(city, FACILITIES, WORKS) as held:
        for layer, statement in _BUILT.items():
            rows = statement.rows(held, box(bounds))
            for row, shape in zip(rows, decode(held, [row[-1] for row in rows]), strict=True):
                told = dict(zip(_TOLD, row[:-1], strict=True))
                found.append({**told, "layer": layer, "synthetic": bool(told["synthetic"]), "geometry": shape})
    return found
