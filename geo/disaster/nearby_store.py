"""The disaster zones near a site, as plain rows: what the review of one parcel asks of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Boolean, or_, select
from sqlalchemy.sql import Select

from geo.database import City, overlaps
from geo.disaster.store import ZONES
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
