"""The disaster zones, facilities and works near a site, as plain rows: what one parcel's review asks of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Table, exists, or_, select
from sqlalchemy.sql.selectable import SelectBase

from geo.database import City, overlaps
from geo.disaster.store import FACILITIES, WORKS, ZONES
from geo.disaster.zone import Row, status
from geo.geometry_type import decode
from geo.grid import Bounds
from geo.statement import BOX, Snapshot, Statement, box, snapshot

_TABLES = (ZONES, FACILITIES, WORKS)
_NAMES = tuple(column.name for column in ZONES.columns if column.name not in ("fid", "geom"))
_FLAGS = tuple(column.name for column in ZONES.columns if isinstance(column.type, Boolean))


def _any(held: Snapshot) -> SelectBase:
    zoned, *built = (exists(table.c.fid).where(_meets(held, table)) for table in _TABLES)
    return select(zoned, or_(*built))


_ANY = Statement(_any)


def _meets(held: Snapshot, table: Table) -> ColumnElement[bool]:
    inside = overlaps(held, table, BOX)
    return or_(table.c.geom.is_(None), inside) if table is ZONES else inside


def _meeting(table: Table, names: Sequence[str]) -> Statement:
    columns = [*(table.c[name] for name in names), table.c.geom]
    return Statement(lambda held: select(*columns).where(_meets(held, table)).order_by(table.c.fid))


_ZONED = _meeting(ZONES, _NAMES)


def near(city: City, bounds: Bounds, on: date) -> tuple[list[Row], list[Row]]:
    """Return the zones whose envelope meets `bounds` (EPSG:5186) or that have no geometry, `status` as of a day, and
    the facilities and works whose envelope does, each with its `layer`.
    """
    with snapshot(city, *_TABLES) as held:
        ((zoned, built),) = _ANY.rows(held, box(bounds))  # nearly no site has any: one question in place of three
        return _zones(held, bounds, on) if zoned else [], _built(held, bounds) if built else []


def _zones(held: Snapshot, bounds: Bounds, on: date) -> list[Row]:
    rows = _ZONED.rows(held, box(bounds))
    shapes = decode(held, [row[-1] for row in rows])
    return [_row(row[:-1], shape, on) for row, shape in zip(rows, shapes, strict=True)]


def _row(values: Sequence[Any], geometry: Any, on: date) -> Row:
    row: Row = dict(zip(_NAMES, values, strict=True))
    flags = {name: None if row[name] is None else bool(row[name]) for name in _FLAGS}
    stands = status(row["designated_on"], row["released_on"], on)
    return row | flags | {"geometry": geometry, "status": stands, "status_on": on.isoformat()}


_TOLD = ("id", "name", "zone_id", "geometry_quality", "synthetic", "source", "source_date")


_BUILT = {"facility": _meeting(FACILITIES, _TOLD), "work": _meeting(WORKS, _TOLD)}


def _built(held: Snapshot, bounds: Bounds) -> list[Row]:
    found = []
    for layer, statement in _BUILT.items():
        rows = statement.rows(held, box(bounds))
        for row, shape in zip(rows, decode(held, [row[-1] for row in rows]), strict=True):
            told = dict(zip(_TOLD, row[:-1], strict=True))
            found.append({**told, "layer": layer, "synthetic": bool(told["synthetic"]), "geometry": shape})
    return found
