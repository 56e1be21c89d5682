"""Statements asked often, compiled once for each store, and the snapshot of a city that answers them by its driver.

SQLAlchemy's connection and result cost several times what such a question costs: a thread keeps a connection of its own
to a GeoPackage, and begins and ends one reading transaction on it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

from sqlalchemy import Dialect, Engine, Table, bindparam
from sqlalchemy.sql import Select

from geo.database import City, ensure
from geo.grid import Bounds

BOX = cast(Bounds, tuple(bindparam(side) for side in ("left", "bottom", "right", "top")))
"""Stands for bounds in `database.overlaps`; `box` gives its values."""


def box(bounds: Bounds, within_m: float = 0.0) -> dict[str, float]:
    """Return the values of BOX for `bounds` widened by so many metres, EPSG:5186."""
    left, bottom, right, top = bounds
    return {"left": left - within_m, "bottom": bottom - within_m, "right": right + within_m, "top": top + within_m}


class Snapshot:
    """A city's data in the state of one moment."""

    def __init__(self, city: City, driver: Any) -> None:
        self.city = city
        self.dialect = city.engine.dialect
        self.driver = driver
        """The DB-API connection, in a transaction that only reads."""


class _Mine(threading.local):
    """What a thread has of its own: the snapshots it has open, and a connection to each GeoPackage it has read."""

    def __init__(self) -> None:
        self.open: dict[Engine, Snapshot] = {}
        self.drivers: dict[Engine, Any] = {}


_mine = _Mine()


@contextmanager
def snapshot(city: City, *tables: Table) -> Iterator[Snapshot]:
    """Open a snapshot for reading `tables`; inside another of the same city it is that one, so that answers agree."""
    ensure(city, tables)
    engine = city.engine
    if engine in _mine.open:
        yield _mine.open[engine]
        return
    begin = _geopackage if engine.dialect.name == "sqlite" else _postgis
    with begin(engine) as driver:
        _mine.open[engine] = Snapshot(city, driver)
        try:
            yield _mine.open[engine]
        finally:
            del _mine.open[engine]


@contextmanager
def _geopackage(engine: Engine) -> Iterator[Any]:
    if engine not in _mine.drivers:
        connection = engine.raw_connection()
        _mine.drivers[engine] = connection.driver_connection
        connection.detach()  # or it would take a place of the pool for as long as the thread lives
    driver = _mine.drivers[engine]
    driver.execute("BEGIN")
    try:
        yield driver
    finally:
        driver.execute("ROLLBACK")


@contextmanager
def _postgis(engine: Engine) -> Iterator[Any]:
    with _repeatable(engine).connect() as connection:
        yield connection.connection.driver_connection


@cache
def _repeatable(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="REPEATABLE READ")


class Statement:
    """A query with named parameters; building and compiling one anew costs more than its answer."""

    def __init__(self, build: Callable[[Snapshot], Select[Any]]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, held: Snapshot, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return its rows, values as the driver gives them: flags as 0 and 1 from SQLite, geometries encoded."""
        name = held.dialect.name
        if name not in self._compiled:
            self._compiled[name] = _Compiled(self._build(held), held.dialect)
        compiled = self._compiled[name]
        found: list[tuple[Any, ...]] = held.driver.execute(compiled.text, compiled.bound(given)).fetchall()
        return found


class _Compiled:
    """A query in the words of one store."""

    def __init__(self, query: Select[Any], dialect: Dialect) -> None:
        done = query.compile(dialect=dialect)
        self.text = str(done)
        self._order = done.positiontup
        self._constants = {key: value for key, value in done.params.items() if value is not None}

    def bound(self, given: Mapping[str, Any]) -> Any:
        """Return the values of the parameters as the driver takes them."""
        values = {**self._constants, **given}
        return values if self._order is None else [values[key] for key in self._order]
