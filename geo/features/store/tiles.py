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
from geo.statement import BOX, Snapshot, Statement, box, snapshot

_KEPT = 512  # tiles in memory: 30 MB as they come, 150 MB at the very most


@lru_cache(maxsize=_KEPT)
def tile(city: City, collection: Collection, version: str, tms: TileMatrixSet, z: int, x: int, y: int) -> bytes:
    """Return a collection's tile, empty where it has nothing to show; `version` is what `shelf.version` says.

    Raises NotFound outside the matrix set.
    """
    grid = tms.tile(z, x, y)
    ground = drawing.reach(grid)
    with snapshot(city, collection.table) as held:
        given = box(ground)
        answer = _some(collection).rows(held, given)
        if len(answer) > drawing.MOST_ROWS:
            answer = _largest(collection).rows(held, given)
        found = rows(held, collection, answer)
    return drawing.draw(found, grid, ground)


@lru_cache(maxsize=_KEPT)
def _some(collection: Collection) -> Statement:
    """Return the statement for the rows that BOX touches, and one more than a tile may hold if there are many."""
    fid, most = collection.table.c.fid, drawing.MOST_ROWS + 1
    return Statement(lambda held: chosen(held, collection).where(fid.in_(_touched(held, collection).limit(most))))


@lru_cache(maxsize=_KEPT)
def _largest(collection: Collection) -> Statement:
    """Return the statement for the largest of the rows that BOX touches; of equals a fixed sample."""

    def query(held: Snapshot) -> Select[Any]:
        key, left, bottom, right, top = words(held).envelopes(collection.table)
        spread = cast(key, BigInteger) * 2_654_435_761 % 4_294_967_296  # Knuth's multiplicative hash
        order = ((right - left) * (top - bottom)).desc(), spread
        first = _touched(held, collection).order_by(*order).limit(drawing.MOST_ROWS)
        return chosen(held, collection).where(collection.table.c.fid.in_(first))

    return Statement(query)


@lru_cache(maxsize=_KEPT)
def reach(city: City, collection: Collection, version: str) -> Bounds | None:
    """Return left, bottom, right, top of a collection in its `version`, EPSG:5186; None when it is empty."""
    with asking(city, collection) as connection:
        _, left, bottom, right, top = words(connection).envelopes(collection.table)
        query = select(func.min(left), func.min(bottom), func.max(right), func.max(top))
        found = connection.execute(_mine(query, collection, connection)).one()
    return None if found[0] is None else (found[0], found[1], found[2], found[3])


def _touched(held: OfStore, collection: Collection) -> Select[Any]:
    """Return the query for the keys of the rows that BOX touches, out of the index alone."""
    key, left, bottom, right, top = words(held).envelopes(collection.table)
    x0, y0, x1, y1 = BOX
    if held.dialect.name == "sqlite":
        touched = and_(left <= x1, right >= x0, bottom <= y1, top >= y0)
    else:
        touched = overlaps(held, collection.table, BOX)
    return _mine(select(key).where(touched), collection, held)


def _mine(query: Select[Any], collection: Collection, held: OfStore) -> Select[Any]:
    if held.dialect.name != "sqlite" or not collection.layer:
        return query.where(collection.mine)
    table = collection.table  # the index is common to all layers
    key = next(iter(query.get_final_froms())).c.id
    return query.where(key.in_(select(table.c.fid).where(collection.mine)))
