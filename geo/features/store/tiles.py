"""Vector tiles of a collection: where a tile would hold too much, its largest rows, found in the index alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Select, and_, cast, func, select

from geo.database import City, overlaps
from geo.features import tile as drawing
from geo.features.collections import Collection
from geo.features.dialects import words
from geo.features.store.asking import asking
from geo.features.store.reading import chosen, rows
from geo.geometry_type import OfStore
from geo.grid import Bounds, TileMatrixSet
from geo.statement import BOX, Statement, box, snapshot

_KEPT = 512  # tiles in memory: 30 MB as they come, 150 MB at the very most


@lru_cache(maxsize=_KEPT)
def tile(city: City, collection: Collection, version: str, tms: TileMatrixSet, z: int, x: int, y: int) -> bytes:
    """Return a collection's tile, empty where it has nothing to show; `version` is what `shelf.version` says.

    Raises NotFound outside the matrix set.
    """
    grid = tms.tile(z, x, y)
    with snapshot(city, collection.table) as held:
        found = rows(held, collection, _drawn(collection).rows(held, box(drawing.reach(grid))))
    return drawing.draw(found, grid)


@lru_cache(maxsize=_KEPT)
def _drawn(collection: Collection) -> Statement:
    """Return the statement for the rows that BOX touches, the largest if there are many."""
    fid = collection.table.c.fid
    return Statement(lambda held: chosen(held, collection).where(fid.in_(_largest(held, collection))))


@lru_cache(maxsize=_KEPT)
def reach(city: City, collection: Collection, version: str) -> Bounds | None:
    """Return left, bottom, right, top of a collection in its `version`, EPSG:5186; None when it is empty."""
    with asking(city, collection) as connection:
        _, left, bottom, right, top = words(connection).envelopes(collection.table)
        query = select(func.min(left), func.min(bottom), func.max(right), func.max(top))
        found = connection.execute(_mine(query, collection, connection)).one()
    return None if found[0] is None else (found[0], found[1], found[2], found[3])


def _largest(held: OfStore, collection: Collection) -> Select[Any]:
    """Return the query for the rows that BOX touches, the largest if there are many; of equals a fixed sample."""
    key, left, bottom, right, top = words(held).envelopes(collection.table)
    spread = cast(key, BigInteger) * 2_654_435_761 % 4_294_967_296  # Knuth's multiplicative hash
    query = select(key).order_by(((right - left) * (top - bottom)).desc(), spread).limit(drawing.MOST_ROWS)
    x0, y0, x1, y1 = BOX
    if held.dialect.name == "sqlite":
        touched = and_(left <= x1, right >= x0, bottom <= y1, top >= y0)
    else:
        touched = overlaps(held, collection.table, BOX)
    return _mine(query.where(touched), collection, held)


def _mine(query: Select[Any], collection: Collection, held: OfStore) -> Select[Any]:
    if held.dialect.name != "sqlite" or not collection.layer:
        return query.where(collection.mine)
    table = collection.table  # the index is common to all layers
    key = next(iter(query.get_final_froms())).c.id
    return query.where(key.in_(select(table.c.fid).where(collection.mine)))
