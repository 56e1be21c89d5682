"""What a filter asks of either store: PostGIS answers by functions of its own, SQLite by shapely and Python."""

from __future__ import annotations

import json
import math
import re
import threading
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any
from typing import cast as typed

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Float,
    Integer,
    Numeric,
    Table,
    Text,
    case,
    cast,
    collate,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from geo.database import geometry_column, spatial_index
from geo.geometry_type import Geo, OfStore, shape_of
from geo.grid import Bounds

Value = ColumnElement[Any]
Condition = ColumnElement[bool]
RELATIONS = ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")
_ANY = Geo("GEOMETRY")
_MARKS = "[\u0300-\u036f]"  # combining diacritical marks: what an accent is in form NFD
_TYPES: dict[str, TypeEngine[Any]] = {"number": Float(), "integer": Integer(), "flag": Boolean()}


class PostGIS:
    """PostgreSQL with PostGIS."""

    def member(self, document: Value, name: str, kind: str) -> Value:
        """Return a member of a JSON object held as text."""
        found = cast(document, JSONB)[name].astext
        return cast(found, _TYPES[kind]) if kind in _TYPES else found

    def spatial(self, relation: str, one: Value, other: Value) -> Condition:
        """Return whether two geometries stand in one of RELATIONS."""
        return typed(Condition, getattr(func, f"ST_{relation.capitalize()}")(one, cast(other, _ANY), type_=Boolean()))

    def meets(self, table: Table, ground: BaseGeometry) -> Condition:
        """Return whether a row's geometry intersects `ground`."""
        return self.spatial("intersects", geometry_column(table), literal(ground, _ANY))

    def envelopes(self, table: Table) -> list[Value]:
        """Return a row's key and envelope: left, bottom, right, top."""
        shape = geometry_column(table)
        return [table.c.fid, func.ST_XMin(shape), func.ST_YMin(shape), func.ST_XMax(shape), func.ST_YMax(shape)]

    def contains(self, one: Value, other: Value) -> Condition:
        """Return whether a list, held as JSON text, has all members of another."""
        return cast(one, JSONB).contains(cast(other, JSONB))

    def overlaps(self, one: Value, other: Value) -> Condition:
        """Return whether two lists, held as JSON text, have a member in common."""
        members = func.jsonb_array_elements(cast(one, JSONB)).table_valued("value")
        common = select(members.c.value).where(cast(other, JSONB).contains(cast(members.c.value, JSONB))).exists()
        return case((one.is_not(None), common))

    def caseless(self, words: Value) -> Value:
        """Return text without the difference of upper and lower case."""
        return func.lower(collate(words, "und-x-icu"), type_=Text())  # the database's own may know ASCII alone

    def unaccented(self, words: Value) -> Value:
        """Return text without accents."""
        apart = func.normalize(words, text("NFD"))
        return func.normalize(func.regexp_replace(apart, _MARKS, "", "g"), text("NFC"), type_=Text())

    def like(self, words: Value, pattern: Value) -> Condition:
        """Return whether text fits a pattern of % and _, with a backslash before one that stands for itself."""
        return words.like(pattern, escape="\\")

    def remainder(self, one: Value, other: Value) -> Value:
        """Return what is left of a division, NULL by zero."""
        return func.mod(cast(one, Numeric()), func.nullif(cast(other, Numeric()), 0), type_=Float())

    def power(self, one: Value, other: Value) -> Value:
        """Return a power."""
        return func.power(one, other, type_=Float())

    def whole(self, number: Value) -> Value:
        """Return a number without its fraction."""
        return func.trunc(number, type_=Float())


class SQLite:
    """The GeoPackage: the same words, most of them Python functions that `teach` brings to a connection."""

    def member(self, document: Value, name: str, kind: str) -> Value:
        """Return a member of a JSON object held as text."""
        return func.json_extract(document, f'$."{name}"', type_=_TYPES.get(kind, Text()))

    def spatial(self, relation: str, one: Value, other: Value) -> Condition:
        """Return whether two geometries stand in one of RELATIONS."""
        return typed(Condition, getattr(func, f"paju_{relation}")(one, other, type_=Boolean()))

    def meets(self, table: Table, ground: BaseGeometry) -> Condition:
        """Return whether a row's geometry intersects `ground`; what lies well inside is known by its envelope."""
        exactly = self.spatial("intersects", geometry_column(table), literal(ground, _ANY))
        inner = _inner(ground)
        if inner is None:
            return exactly
        key, left, bottom, right, top = self.envelopes(table)
        x0, y0, x1, y1 = inner
        inside = select(key).where(left >= x0, bottom >= y0, right <= x1, top <= y1)
        return or_(table.c.fid.in_(inside), exactly)

    def envelopes(self, table: Table) -> list[Value]:
        """Return a row's key and envelope from the R-tree: left, bottom, right, top, rounded outwards."""
        index = spatial_index(table).c
        return [index.id, index.minx, index.miny, index.maxx, index.maxy]

    def contains(self, one: Value, other: Value) -> Condition:
        """Return whether a list, held as JSON text, has all members of another."""
        return typed(Condition, func.paju_has_all(one, other, type_=Boolean()))

    def overlaps(self, one: Value, other: Value) -> Condition:
        """Return whether two lists, held as JSON text, have a member in common."""
        return typed(Condition, func.paju_has_any(one, other, type_=Boolean()))

    def caseless(self, words: Value) -> Value:
        """Return text without the difference of upper and lower case."""
        return func.paju_caseless(words, type_=Text())

    def unaccented(self, words: Value) -> Value:
        """Return text without accents."""
        return func.paju_unaccented(words, type_=Text())

    def like(self, words: Value, pattern: Value) -> Condition:
        """Return whether text fits a pattern of % and _, with a backslash before one that stands for itself."""
        return typed(Condition, func.paju_like(words, pattern, type_=Boolean()))

    def remainder(self, one: Value, other: Value) -> Value:
        """Return what is left of a division, NULL by zero."""
        return func.paju_remainder(one, other, type_=Float())

    def power(self, one: Value, other: Value) -> Value:
        """Return a power, NULL where there is none."""
        return func.paju_power(one, other, type_=Float())

    def whole(self, number: Value) -> Value:
        """Return a number without its fraction."""
        return func.paju_whole(number, type_=Float())


Dialect = PostGIS | SQLite


def words(held: OfStore) -> Dialect:
    """Return the words of a store."""
    return SQLite() if held.dialect.name == "sqlite" else PostGIS()


def taught(connection: Connection) -> Dialect:
    """Return the words for a connection, which then knows those that are ours."""
    if connection.dialect.name == "sqlite" and _TAUGHT not in connection.info:
        for name, (arguments, function) in _FUNCTIONS.items():
            driver = typed(Any, connection.connection.driver_connection)
            driver.create_function(name, arguments, function, deterministic=True)
        connection.info[_TAUGHT] = True
    return words(connection)


def _inner(ground: BaseGeometry) -> Bounds | None:
    """Return bounds that lie within `ground`, as wide as a few trials find them."""
    left, bottom, right, top = ground.bounds
    for share in (0.0, 0.01, 0.03, 0.1, 0.25):
        dx, dy = share * (right - left), share * (top - bottom)
        inner = left + dx, bottom + dy, right - dx, top - dy
        if ground.covers(shapely.box(*inner)):
            return inner
    return None


_TAUGHT = "paju_filter_functions"


def _prepare(blob: bytes) -> BaseGeometry:
    shape = typed(BaseGeometry, shape_of(blob))
    shapely.prepare(shape)
    return shape


class _Mine(threading.local):
    """Prepared geometries of one thread: GEOS builds their index at the first question, and two threads at it crash."""

    def __init__(self) -> None:
        self.prepared = lru_cache(maxsize=32)(_prepare)


_mine = _Mine()


def _related(relation: str, one: bytes | None, other: bytes | None) -> bool | None:
    """Compare a row's geometry with the filter's, which is prepared: it is the same for every row."""
    shape = shape_of(one)
    if shape is None or other is None:
        return None
    answer: Callable[..., Any] = getattr(shapely, _CONVERSE[relation])
    return bool(answer(_mine.prepared(other), shape))


_CONVERSE = {relation: relation for relation in RELATIONS} | {"within": "contains", "contains": "within"}


def _null_in(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that answers NULL where it is given NULL, or where arithmetic has no answer."""

    def answer(*values: Any) -> Any:
        if None in values:
            return None
        try:
            found = function(*values)
        except ArithmeticError:
            return None
        return None if isinstance(found, complex) else found

    return answer


def _unaccented(words: str) -> str:
    return unicodedata.normalize("NFC", re.sub(_MARKS, "", unicodedata.normalize("NFD", words)))


@lru_cache(maxsize=32)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"\\.|[%_]|[^%_\\]+|\\$", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(part) or re.escape(part.removeprefix("\\")) for part in parts), re.DOTALL)


def _members(words: str) -> set[Any]:
    return set(json.loads(words))


_FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    **{f"paju_{relation}": (2, partial(_related, relation)) for relation in RELATIONS},
    "paju_has_all": (2, _null_in(lambda one, other: _members(one) >= _members(other))),
    "paju_has_any": (2, _null_in(lambda one, other: bool(_members(one) & _members(other)))),
    "paju_caseless": (1, _null_in(lambda words: str(words).lower())),
    "paju_unaccented": (1, _null_in(lambda words: _unaccented(str(words)))),
    "paju_like": (2, _null_in(lambda words, pattern: _expression(pattern).fullmatch(str(words)) is not None)),
    "paju_remainder": (2, _null_in(lambda one, other: math.fmod(one, other) if other else None)),
    "paju_power": (2, _null_in(lambda one, other: one**other)),
    "paju_whole": (1, _null_in(math.trunc)),
}
