"""Rows of the register as plain records: the few statements that a review asks, compiled once for each store.

A frame of a handful of rows costs milliseconds, a statement built anew a fifth of one; both are more than the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.sql import Select

from geo.database import overlaps
from geo.geometry_type import decode
from geo.registry.columns import KINDS
from geo.registry.rows import Row
from geo.registry.store.tables import SOURCES
from geo.statement import BOX, Snapshot, Statement, box

_IMPORTED = (SOURCES.c.file.label("source_file"), SOURCES.c.imported_at, SOURCES.c.crs.label("source_crs"))
Condition = Callable[[Snapshot, Table], ColumnElement[bool]]


class Asked:
    """The rows of one kind of the register that meet a condition with named parameters."""

    def __init__(self, table: Table, condition: Condition) -> None:
        self.kind = KINDS[table.name.removesuffix("_history")]
        self.table = table
        self.condition = condition
        self.flags = tuple(field.name for field in self.kind.fields if field.type == "flag")
        self.names = (*self.kind.columns, "source_file", "imported_at", "source_crs", "geometry")
        self.statement = Statement(self._query)

    def _query(self, held: Snapshot) -> Select[Any]:
        fields = [self.table.c[name] for name in self.kind.columns]
        return (
            select(*fields, *_IMPORTED, self.table.c.geom)
            .join_from(self.table, SOURCES, self.table.c.source_id == SOURCES.c.id)
            .where(self.condition(held, self.table))
            .order_by(self.table.c.fid)
        )

    def rows(self, held: Snapshot, given: Mapping[str, Any]) -> list[Row]:
        """Return the kind's columns, `source`, `imported_on`, `source_file`, `source_crs` and geometry, EPSG:5186."""
        found = self.statement.rows(held, given)
        shapes = decode(held, [values[-1] for values in found])
        return [self._row(values, shape) for values, shape in zip(found, shapes, strict=True)]

    def within(self, held: Snapshot, geometry: BaseGeometry, within_m: float) -> list[Row]:
        """Return the rows within so many metres of `geometry`: candidates from the index, the answer from GEOS."""
        found = self.rows(held, box(geometry.bounds, within_m))
        return [row for row in found if geometry.dwithin(row["geometry"], within_m)]

    def _row(self, values: Sequence[Any], shape: BaseGeometry | None) -> Row:
        row: Row = dict(zip(self.names, values, strict=True))
        row["geometry"] = shape
        for name in self.flags:
            if row[name] is not None:
                row[name] = bool(row[name])
        row["synthetic"] = bool(row["synthetic"])
        if row.get("source") is None:  # coverage has one of its own: who found the register complete
            row["source"] = row["source_file"]
        row["imported_on"] = row.pop("imported_at")[:10]
        return row


def in_box(held: Snapshot, table: Table) -> ColumnElement[bool]:
    """Return the condition that a row's envelope meets BOX."""
    return overlaps(held, table, BOX)


@cache
def near(table: Table) -> Asked:
    """Return the statement for the rows of `table` whose envelope meets BOX."""
    return Asked(table, in_box)
