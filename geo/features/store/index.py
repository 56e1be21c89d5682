"""The spatial index beside a table: how large each row is drawn, and how far all of them reach."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, MetaData, Table, func, select

from geo.database import geometry_column
from geo.features.collections import Collection
from geo.grid import Bounds

_SIDES = ("minx", "miny", "maxx", "maxy")


def _rtree(table: Table) -> Table:
    """Return the R-tree that GeoPackage names so (OGC 12-128r17, F.3)."""
    names = ("id", *_SIDES)
    return Table(f"rtree_{table.name}_{geometry_column(table).name}", MetaData(), *map(Column, names))


def _sides(connection: Connection, table: Table) -> list[ColumnElement[Any]]:
    if connection.dialect.name == "sqlite":
        index = _rtree(table)
        return [index.c[side] for side in _SIDES]
    shape = geometry_column(table)
    return [getattr(func, name)(shape) for name in ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")]


def reach(connection: Connection, collection: Collection) -> Bounds | None:
    """Return left, bottom, right, top of a collection, EPSG:5186; None when it is empty."""
    table = collection.table
    left, bottom, right, top = _sides(connection, table)
    query = select(func.min(left), func.min(bottom), func.max(right), func.max(top))
    if connection.dialect.name == "sqlite":
        query = query.select_from(_rtree(table))
        if collection.layer:
            query = query.where(_rtree(table).c.id.in_(select(table.c.fid).where(collection.mine)))
    else:
        query = query.where(collection.mine)
    found = connection.execute(query).one()
    return None if found[0] is None else (found[0], found[1], found[2], found[3])


def largest(connection: Connection, collection: Collection, bounds: Bounds, most: int) -> ColumnElement[bool]:
    """Return the condition that a row is one of the `most` largest that `bounds` touch; of equals, a fixed sample."""
    raise NotImplementedError
