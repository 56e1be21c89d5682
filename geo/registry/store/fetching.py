"""Rows of the register as plain records: the few statements that a review asks, compiled once for each store.

A frame of a handful of rows costs milliseconds, a statement built anew a fifth of one; both are more than the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Connection, Dialect, Table, bindparam, select
from sqlalchemy.sql import Select

from geo.database import Geo, overlaps
from geo.registry.columns import KINDS
from geo.registry.rows import Row
from geo.registry.store.tables import SOURCES

BOX = cast(Any, tuple(bindparam(side) for side in ("left", "bottom", "right", "top")))
_IMPORTED = (SOURCES.c.file.label("source_file"), SOURCES.c.imported_at, SOURCES.c.crs.label("source_crs"))


@dataclass(frozen=True)
class Prepared:
    """One statement as the driver takes it."""

    text: str
    order: tuple[str, ...] | None
    """Names of the parameters by place, None where the driver takes names."""
    constants: Mapping[str, Any]

    def run(self, connection: Connection, given: Mapping[str, Any]) -> list[Any]:
        """Return its rows, values as the driver gives them."""
        values = {**self.constants, **given}
        bound = values if self.order is None else tuple(values[name] for name in self.order)
        return cast(list[Any], connection.exec_driver_sql(self.text, bound).fetchall())


def prepared(query: Select[Any], dialect: Dialect) -> Prepared:
    """Compile a query with named parameters once, to be run many times."""
    done = query.compile(dialect=dialect)
    order = tuple(done.positiontup) if done.positiontup is not None else None
    return Prepared(str(done), order, {name: value for name, value in done.params.items() if value is not None})


Condition = Callable[[Connection, Table], ColumnElement[bool]]


class Asked:
    """A statement for the rows of one kind of the register that meet a condition with named parameters."""

    def __init__(self, table: Table, condition: Condition) -> None:
        self.kind = KINDS[table.name]
        self.table = table
        self.condition = condition
        self.flags = tuple(field.name for field in self.kind.fields if field.type == "flag")
        self.names = (*self.kind.columns, "source_file", "imported_at", "source_crs", "geometry")
        self.compiled: dict[str, tuple[Prepared, Callable[[Any], BaseGeometry | None]]] = {}

    def rows(self, connection: Connection, given: Mapping[str, Any]) -> list[Row]:
        """Return the kind's columns, `source`, `imported_on`, `source_file`, `source_crs` and geometry, EPSG:5186."""
        statement, decoded = self._on(connection)
        return [self._row(values, decoded) for values in statement.run(connection, given)]

    def within(self, connection: Connection, geometry: BaseGeometry, within_m: float) -> list[Row]:
        """Return the rows within so many metres of `geometry`: candidates from the index, the answer from GEOS."""
        found = self.rows(connection, box(geometry, within_m))
        if not found:
            return found
        near = shapely.dwithin(geometry, [row["geometry"] for row in found], within_m)
        return [row for row, is_near in zip(found, near, strict=True) if is_near]

    def _on(self, connection: Connection) -> tuple[Prepared, Callable[[Any], BaseGeometry | None]]:
        dialect = connection.dialect
        if dialect.name not in self.compiled:
            fields = [self.table.c[name] for name in self.kind.columns]
            query = (
                select(*fields, *_IMPORTED, self.table.c.geom)
                .join_from(self.table, SOURCES, self.table.c.source_id == SOURCES.c.id)
                .where(self.condition(connection, self.table))
                .order_by(self.table.c.fid)
            )
            decoded = cast(Geo, self.table.c.geom.type).result_processor(dialect, None)
            self.compiled[dialect.name] = prepared(query, dialect), decoded
        return self.compiled[dialect.name]

    def _row(self, values: Any, decoded: Callable[[Any], BaseGeometry | None]) -> Row:
        row: Row = dict(zip(self.names, values, strict=True))
        row["geometry"] = decoded(row["geometry"])
        for name in self.flags:
            if row[name] is not None:
                row[name] = bool(row[name])
        row["synthetic"] = bool(row["synthetic"])
        if row.get("source") is None:  # coverage has one of its own: who found the register complete
            row["source"] = row["source_file"]
        row["imported_on"] = row.pop("imported_at")[:10]
        return row


def box(geometry: BaseGeometry, within_m: float = 0.0) -> dict[str, float]:
    """Return the parameters of BOX for what lies within so many metres of `geometry`."""
    left, bottom, right, top = geometry.bounds
    return {"left": left - within_m, "bottom": bottom - within_m, "right": right + within_m, "top": top + within_m}


def in_box(connection: Connection, table: Table) -> ColumnElement[bool]:
    """Return the condition that a row's envelope meets BOX."""
    return overlaps(connection, table, BOX)


@cache
def near(table: Table) -> Asked:
    """Return the statement for the rows of `table` whose envelope meets BOX."""
    return Asked(table, in_box)
