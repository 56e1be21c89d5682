"""A collection's features, out of the city's database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, Integer, Select, func, select, type_coerce
from sqlalchemy.types import NullType

from geo.database import City, geometry_column
from geo.errors import NotFound, Unreadable
from geo.features import filters, temporal
from geo.features.collections import Collection
from geo.features.dialects import Condition, taught, words
from geo.features.store.asking import asking
from geo.features.store.shelf import version
from geo.features.wanted import Page, Rows, Wanted
from geo.geometry_type import OfStore, decode

_MOST_COUNTS = 1_000
_FLAGS = {None: None, 0: False, 1: True}
_counts: dict[tuple[Any, ...], int] = {}


def page(city: City, collection: Collection, wanted: Wanted, *, limit: int, after: str | None = None) -> Page:
    """Return the features wanted that follow the identifier `after`, at most `limit`, and how many there are in all.

    They come in the order of their identifiers, so that pages stay right when rows come and go between them.
    """
    counted = (str(city.engine.url), collection.id, version(city, collection), wanted)
    with asking(city, collection) as connection:
        conditions = _conditions(connection, collection, wanted)
        key = collection.table.c[collection.id_column]
        later = () if after is None else (key > _identifier(collection, after, "cursor"),)
        # first which, then what: geometries are not carried through a sort of 400,000 rows
        which = select(collection.table.c.fid).where(*conditions, *later).order_by(key).limit(limit + 1)
        query = chosen(connection, collection).where(collection.table.c.fid.in_(which)).order_by(key)
        found = connection.execute(query).all()
        matched = _matched(connection, collection, conditions, counted)
        shown = rows(connection, collection, found[:limit])
    return Page(shown, matched, shown.ids[-1] if len(found) > limit else None)


def item(city: City, collection: Collection, id: str) -> Rows:
    """Return the one feature named `id`. Raises NotFound."""
    key = collection.table.c[collection.id_column]
    with asking(city, collection) as connection:
        named = collection.mine, key == _identifier(collection, id, "featureId")
        found = rows(connection, collection, connection.execute(chosen(connection, collection).where(*named)).all())
    if not found.ids:
        raise NotFound(
            f"no {collection.id} {id!r}", korean=f"{collection.title} '{id}'이(가) 없습니다.", parameter="featureId"
        )
    return found


def everything(city: City, collection: Collection, wanted: Wanted, *, most: int) -> Rows:
    """Return all features wanted. Raises Unreadable, naming `limit`, for more than `most`."""
    found = page(city, collection, wanted, limit=most)
    if found.following is not None:
        raise Unreadable(
            f"{found.matched:,} features are more than {most:,} at once: narrow them by bbox or filter",
            korean=f"{found.matched:,}건은 한 번에 너무 많습니다({most:,}건까지). bbox나 filter로 줄이십시오.",
            parameter="limit",
        )
    return found.rows


def chosen(held: OfStore, collection: Collection) -> Select[Any]:
    """Return the query for what `rows` takes: fid, geometry undecoded, each property, the identifier if it is none."""
    table = collection.table
    geometry = type_coerce(geometry_column(table), NullType())
    values = [collection.value(each, words(held)).label(f"p{n}") for n, each in enumerate(collection.properties)]
    if _identifying(collection) is None:
        values.append(table.c[collection.id_column].label("id"))
    return select(table.c.fid.label("n"), geometry.label("shape"), *values)


def _identifying(collection: Collection) -> int | None:
    """Return the place of the property that is the identifier, too, or None; a value is not fetched twice."""
    names = [each.name for each in collection.properties]
    return names.index(collection.id_column) if collection.id_column in names and not collection.layer else None


def rows(held: OfStore, collection: Collection, found: Sequence[Any]) -> Rows:
    """Return the rows of a query of `chosen`."""
    place_of_id = _identifying(collection)
    empty: list[tuple[Any, ...]] = [()] * (2 + len(collection.properties) + (place_of_id is None))
    fids, stored, *columns = zip(*found, strict=True) if found else empty
    ids = columns.pop() if place_of_id is None else columns[place_of_id]
    shapes = decode(held, stored)
    for place, each in enumerate(collection.properties):
        if each.kind == "flag":  # SQLite holds them as numbers
            columns[place] = tuple(map(_FLAGS.__getitem__, columns[place]))
        elif each.kind == "list":
            columns[place] = tuple(None if text is None else tuple(json.loads(text)) for text in columns[place])
    return Rows(collection, fids, ids, tuple(columns), shapes)


def _conditions(connection: Connection, collection: Collection, wanted: Wanted) -> list[Condition]:
    conditions, told = [collection.mine], taught(connection)
    known = {each.name: each for each in collection.properties}
    if wanted.ground is not None:
        conditions.append(filters.related(connection, collection, "intersects", wanted.ground))
    if wanted.filter is not None:
        conditions.append(filters.condition(connection, collection, orjson.loads(wanted.filter), wanted.filter_crs))
    for name, text in wanted.equal:
        conditions.append(filters.equal(collection, known[name], text, told))
    if wanted.during is not None and collection.when is not None:
        start, end = (known.get(name) if name else None for name in collection.when)
        if start is not None:
            last = None if end is None else collection.value(end, told)
            conditions.append(temporal.during(wanted.during, start.kind, collection.value(start, told), last))
    return conditions


def _matched(
    connection: Connection, collection: Collection, conditions: Sequence[Condition], key: tuple[Any, ...]
) -> int:
    """Count the features wanted, once for each version of the data: 400,000 rows are not counted for every page."""
    if key not in _counts:
        for old in list(islice(_counts, max(len(_counts) - _MOST_COUNTS, 0))):
            _counts.pop(old, None)
        query = select(func.count()).select_from(collection.table).where(*conditions)
        _counts[key] = connection.scalar(query) or 0
    return _counts[key]


def _identifier(collection: Collection, text: str, parameter: str) -> str | int:
    if not isinstance(collection.table.c[collection.id_column].type, Integer):
        return text
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Unreadable(
            f"{parameter} {text[:40]!r} is no number",
            korean=f"{parameter} '{text[:40]}'은(는) 수가 아닙니다.",
            parameter=parameter,
        )
    return int(text)
