"""Vector tiles of a collection: where a tile would hold too much, its largest rows, found in the index alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, cast, func, select

from geo.database import City, overlaps
from geo.features import tile as drawing
from geo.features.collections import Collection
from geo.features.dialects import dialect
from geo.features.store.asking import asking
from geo.features.store.reading import chosen, rows
from geo.grid import Bounds, TileMatrixSet

_KEPT = 512  # tiles in memory: 30 MB as they come, 150 MB at the very most


@lru_cache(maxsize=_KEPT)
def tile(city: City, collection: Collection, version: str, tms: TileMatrixSet, z: int, x: int, y: int) -> bytes:
    """Return a collection's tile, empty where it has nothing to show; `version` is what `shelf.version` says.

    Raises NotFound outside the matrix set.
    """
    grid = tms.tile(z, x, y)
    with asking(city, collection) as connection:
        some = _largest(connection, collection, drawing.reach(grid))
        query = chosen(connection, collection).where(collection.table.c.fid.in_(some))
        found = rows(connection, collection, connection.execute(query).all())
    return drawing.draw(found, grid)


@lru_cache(maxsize=_KEPT)
def reach(city: City, collection: Collection, version: str) -> Bounds | None:
    """Return left, bottom, right, top of a collection in its `version`, EPSG:5186; None when it is empty."""
    with asking(city, collection) as connection:
        _, left, bottom, right, top = dialect(connection).envelopes(collection.table)
        query = select(func.min(left), func.min(bottom), func.max(right), func.max(top))
        found = connection.execute(_mine(query, collection, connection)).one()
    return None if found[0] is None else (found[0], found[1], found[2], found[3])


def _largest(connection: Connection, collection: Collection, bounds: Bounds) -> Select[Any]:
    """Return the query for the rows that `bounds` touch, the largest if there are many; of equals a fixed sample."""
    key, left, bottom, right, top = dialect(connection).envelopes(collection.table)
    spread = cast(key, BigInteger) * 2_654_435_761 % 4_294_967_296  # Knuth's multiplicative hash
    query = select(key).order_by(((right - left) * (top - bottom)).desc(), spread).limit(drawing.MOST_ROWS)
    if connection.dialect.name == "sqlite":
        x0, y0, x1, y1 = bounds
        query = query.where(left <= x1, right >= x0, bottom <= y1, top >= y0)
    else:
        query = query.where(overlaps(connection, collection.table, bounds))
    return _mine(query, collection, connection)


def _mine(query: Select[Any], collection: Collection, connection: Connection) -> Select[Any]:
    if connection.dialect.name != "sqlite":
        return query.where(collection.mine)
    if collection.layer:  # the index is common to all layers
        table = collection.table
        key = next(iter(query.get_final_froms())).c.id
        return query.where(key.in_(select(table.c.fid).where(collection.mine)))
    return query
