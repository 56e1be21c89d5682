"""A statement asked often: compiled once for each kind of database, run by the driver with named values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlalchemy import Connection, bindparam
from sqlalchemy.sql import Select

from geo.grid import Bounds

BOX = cast(Bounds, tuple(bindparam(side) for side in ("left", "bottom", "right", "top")))
"""Stands for bounds in `database.overlaps`; `box` gives its values."""


def box(bounds: Bounds, within_m: float = 0.0) -> dict[str, float]:
    """Return the values of BOX for `bounds` widened by so many metres, EPSG:5186."""
    left, bottom, right, top = bounds
    return {"left": left - within_m, "bottom": bottom - within_m, "right": right + within_m, "top": top + within_m}


class Statement:
    """A query with named parameters; building and compiling one anew costs more than its answer."""

    def __init__(self, build: Callable[[Connection], Select[Any]]) -> None:
        self._build = build
        self._compiled: dict[str, tuple[str, tuple[str, ...] | None, dict[str, Any]]] = {}

    def rows(self, connection: Connection, given: Mapping[str, Any]) -> list[Any]:
        """Return its rows, values as the driver gives them: flags as 0 and 1 from SQLite, geometries encoded."""
        name = connection.dialect.name
        if name not in self._compiled:
            done = self._build(connection).compile(dialect=connection.dialect)
            order = None if done.positiontup is None else tuple(done.positiontup)
            constants = {key: value for key, value in done.params.items() if value is not None}
            self._compiled[name] = str(done), order, constants
        text, order, constants = self._compiled[name]
        values = {**constants, **given}
        bound = values if order is None else tuple(values[key] for key in order)
        if not connection.in_transaction():
            connection.begin()
        # the driver itself: SQLAlchemy's result of one row costs more than the query
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text, bound)
            return list(cursor.fetchall())
        finally:
            cursor.close()
