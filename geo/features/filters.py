"""A CQL2 tree as one condition over a collection's table: values are bound, names looked up, nothing is spliced."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, Float, and_, cast, false, func, literal, not_, or_, true

from geo.database import geometry_column, overlaps
from geo.errors import Unreadable
from geo.features import temporal
from geo.features.collections import Collection, Property
from geo.features.dialects import RELATIONS, Condition, Dialect, Value, taught
from geo.features.ogc_crs import OgcCrs
from geo.features.temporal import End, Span
from geo.features.terms import DATES, GEOMETRY, Term, counted, instant, json_list, shape, wrong
from geo.geometry_type import Geo

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
_CONVERSE = {relation: relation for relation in RELATIONS} | {"within": "contains", "contains": "within"}
_MOST_WILDCARDS = 8  # of one pattern: each may be tried at every letter


def condition(connection: Connection, collection: Collection, tree: Any, crs: OgcCrs) -> Condition:
    """Return the rows of `collection` that a filter means; its geometries are in `crs`.

    Raises Unreadable, naming the property, the function or the value that cannot be.
    """
    return _Filter(collection, taught(connection), connection, crs).condition(tree)


def related(connection: Connection, collection: Collection, relation: str, ground: BaseGeometry) -> Condition:
    """Return the rows whose geometry stands in `relation` to `ground`, EPSG:5186."""
    shape = geometry_column(collection.table)
    if relation == "disjoint":
        return and_(shape.is_not(None), not_(related(connection, collection, "intersects", ground)))
    if ground.is_empty:
        return false()
    words = taught(connection)
    exactly = (
        words.meets(collection.table, ground)
        if relation == "intersects"
        else words.spatial(relation, shape, literal(ground, Geo("GEOMETRY")))
    )
    return and_(overlaps(connection, collection.table, ground.bounds), exactly)


def equal(collection: Collection, known: Property, text: str, words: Dialect) -> Condition:
    """Return the rows whose property has the value that `text` stands for. Raises Unreadable, naming the property."""
    value = collection.value(known, words)
    if known.kind == "list":
        return words.contains(value, literal(json_list([text])))
    if known.kind not in ("number", "integer", "flag"):
        found: Condition = value == text
        return found
    try:
        meant = {"true": True, "false": False}[text] if known.kind == "flag" else float(text)
    except (KeyError, ValueError):
        raise Unreadable(
            f"{known.name} {text[:40]!r} is no {known.kind}",
            korean=f"{known.name}: '{text[:40]}'은(는) {known.kind} 값이 아닙니다.",
            parameter=known.name,
        ) from None
    same: Condition = value == meant
    return same


@dataclass(frozen=True)
class _Filter:
    collection: Collection
    words: Dialect
    connection: Connection
    crs: OgcCrs

    def condition(self, node: Any) -> Condition:
        if isinstance(node, bool):
            return true() if node else false()
        if not isinstance(node, dict) or "op" not in node:
            return self._flag(self.term(node))
        op, args = node["op"], node.get("args", [])
        if op in ("and", "or"):
            if len(args) < 2:
                raise wrong(f"{op!r} takes two arguments or more", f"{op}의 인수는 둘 이상입니다")
            return (and_ if op == "and" else or_)(*map(self.condition, args))
        if op in _COMPARISONS:
            return self._compared(op, *self._terms(op, args, 2))
        if op.startswith("s_") and op[2:] in RELATIONS:
            return self._spatial(op[2:], *self._terms(op, args, 2))
        if op.lower() in temporal.RELATIONS:
            one, other = counted(op, args, 2)
            return temporal.related(op.lower(), self._span(one), self._span(other))
        if op in _PREDICATES:
            count, predicate = _PREDICATES[op]
            return predicate(self, *counted(op, args, count))
        raise wrong(f"there is no function {op!r} that is true or false", f"'{op}' 함수는 없습니다")

    def term(self, node: Any) -> Term:
        """Return a part of the filter that has a value."""
        if isinstance(node, bool):
            return Term("flag", literal(node))
        if isinstance(node, int | float):
            return Term("number", literal(float(node)))
        if isinstance(node, str):
            return Term("text", literal(node))
        if isinstance(node, list):
            return Term("list", literal(json_list(node)))
        if not isinstance(node, dict):
            raise wrong("NULL is no value; use IS NULL", "NULL과는 비교할 수 없습니다. IS NULL을 쓰십시오")
        if "property" in node:
            return self._property(node["property"])
        if "op" in node:
            return self._computed(node["op"], node.get("args", []))
        if "date" in node or "timestamp" in node:
            return instant(node)
        if "bbox" in node or "type" in node:
            return Term(GEOMETRY, self.crs.ground(shape(node), "filter"))
        raise wrong(f"{str(node)[:60]} has no value", "값이 아닌 것을 비교합니다")

    def _property(self, name: Any) -> Term:
        if name == GEOMETRY:
            return Term(GEOMETRY, geometry_column(self.collection.table))
        for known in self.collection.properties:
            if known.name == name:
                return Term(known.kind, self.collection.value(known, self.words))
        names = ", ".join((*(each.name for each in self.collection.properties), GEOMETRY))
        raise wrong(
            f"{self.collection.id} has no property {name!r}; it has {names}", f"'{name}' 속성은 없습니다. {names}"
        )

    def _computed(self, op: str, args: Any) -> Term:
        if op in ("casei", "accenti"):
            (text,) = self._terms(op, args, 1)
            fold = self.words.caseless if op == "casei" else self.words.unaccented
            return Term("text", fold(text.of("text")))
        if op not in _ARITHMETIC:
            raise wrong(f"there is no function {op!r}", f"'{op}' 함수는 없습니다")
        one, other = (cast(term.of("number"), Float()) for term in self._terms(op, args, 2))
        return Term("number", _ARITHMETIC[op](self.words, one, other))

    def _terms(self, op: str, args: Any, count: int) -> list[Term]:
        return [self.term(arg) for arg in counted(op, args, count)]

    def _flag(self, term: Term) -> Condition:
        flag: Condition = term.of("flag") == true()
        return flag

    def _compared(self, op: str, one: Term, other: Term) -> Condition:
        if one.kind in DATES or other.kind in DATES:
            return temporal.compared(_COMPARISONS[op], one.end, other.end)
        if one.group != other.group or one.kind in (GEOMETRY, "list"):
            raise wrong(
                f"{one.kind} and {other.kind} cannot be compared", f"{one.kind}와 {other.kind}는 비교할 수 없습니다"
            )
        found: Condition = _COMPARISONS[op](one.value, other.value)
        return found

    def _spatial(self, relation: str, one: Term, other: Term) -> Condition:
        one.of(GEOMETRY), other.of(GEOMETRY)
        one_given, other_given = (isinstance(term.value, BaseGeometry) for term in (one, other))
        if one_given and other_given:
            return true() if getattr(shapely, relation)(one.value, other.value) else false()
        if one_given:
            return related(self.connection, self.collection, _CONVERSE[relation], one.value)
        if other_given:
            return related(self.connection, self.collection, relation, other.value)
        return self.words.spatial(relation, one.value, other.value)

    def _span(self, node: Any) -> Span:
        if isinstance(node, dict) and "interval" in node:
            first, last = counted("interval", node["interval"], 2)
            return self._bound(first), self._bound(last)
        end = self.term(node).end
        return end, end

    def _bound(self, node: Any) -> End:
        if isinstance(node, str):
            return End("date", None if node in temporal.OPEN else temporal.read(node, "filter"))
        return self.term(node).end

    def _not(self, node: Any) -> Condition:
        return not_(self.condition(node))

    def _between(self, node: Any, low: Any, high: Any) -> Condition:
        value, least, most = (self.term(each) for each in (node, low, high))
        return and_(self._compared(">=", value, least), self._compared("<=", value, most))

    def _in(self, node: Any, values: Any) -> Condition:
        if not isinstance(values, list):
            raise wrong("'in' needs a list", "in 다음에는 목록이 와야 합니다")
        value = self.term(node)
        return or_(false(), *(self._compared("=", value, self.term(each)) for each in values))

    def _like(self, node: Any, pattern: Any) -> Condition:
        if json.dumps(pattern).count("%") > _MOST_WILDCARDS:
            raise wrong(f"a pattern has more than {_MOST_WILDCARDS} '%'", f"like의 %는 {_MOST_WILDCARDS}개까지입니다")
        return self.words.like(self.term(node).of("text"), self.term(pattern).of("text"))

    def _is_null(self, node: Any) -> Condition:
        found: Condition = self.term(node).value.is_(None)
        return found

    def _a_contains(self, one: Any, other: Any) -> Condition:
        return self.words.contains(*self._lists(one, other))

    def _a_contained_by(self, one: Any, other: Any) -> Condition:
        return self._a_contains(other, one)

    def _a_equals(self, one: Any, other: Any) -> Condition:
        return and_(self._a_contains(one, other), self._a_contains(other, one))

    def _a_overlaps(self, one: Any, other: Any) -> Condition:
        return self.words.overlaps(*self._lists(one, other))

    def _lists(self, one: Any, other: Any) -> tuple[Value, Value]:
        return self.term(one).of("list"), self.term(other).of("list")


_PREDICATES: dict[str, tuple[int, Callable[..., Condition]]] = {
    "not": (1, _Filter._not),
    "between": (3, _Filter._between),
    "in": (2, _Filter._in),
    "like": (2, _Filter._like),
    "isNull": (1, _Filter._is_null),
    "a_contains": (2, _Filter._a_contains),
    "a_containedBy": (2, _Filter._a_contained_by),
    "a_equals": (2, _Filter._a_equals),
    "a_overlaps": (2, _Filter._a_overlaps),
}
_ARITHMETIC: dict[str, Callable[[Dialect, Value, Value], Value]] = {
    "+": lambda words, one, other: one + other,
    "-": lambda words, one, other: one - other,
    "*": lambda words, one, other: one * other,
    "/": lambda words, one, other: one / func.nullif(other, 0.0),
    "div": lambda words, one, other: words.whole(one / func.nullif(other, 0.0)),
    "%": lambda words, one, other: words.remainder(one, other),
    "^": lambda words, one, other: words.power(one, other),
}
