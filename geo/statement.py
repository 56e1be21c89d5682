"""Statements asked often, compiled once for each store, and the snapshot of a city that answers them by its driver.

SQLAlchemy's connection and result cost several times what such a question costs: a thread keeps a connection of its own
to a GeoPackage, and begins and ends one reading transaction on it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any, cast

from sqlalchemy import Dialect, Engine, Table, bindparam
from sqlalchemy.sql.selectable import SelectBase

from geo.database import City, ensure
from geo.grid import Bounds

_MAPPED_BYTES = 1 << 40  # the whole file, as far as SQLite allows: a page read is a page copied
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
        self._asked: dict[Statement, list[tuple[Any, ...]]] = {}

    def once(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Return the rows of a statement without parameters, which stay what they are."""
        if statement not in self._asked:
            self._asked[statement] = statement.rows(self, {})
        return self._asked[statement]


class _Mine(threading.local):
    """What a thread has of its own: the snapshots it has open, and a connection to each GeoPackage it has read."""

    def __init__(self) -> None:
        self.open: dict[Engine, Snapshot] = {}
        self.drivers: dict[Engine, Any] = {}


_mine = _Mine()


def snapshot(city: City, *tables: Table) -> AbstractContextManager[Snapshot]:
    """Open a snapshot for reading `tables`; inside another of the same city it is that one, so that answers agree."""
    are_new, held = ensure(city, tables), _mine.open.get(city.engine)
    if held is None:
        return _opened(city)
    if are_new and held.dialect.name == "sqlite":  # its moment may be one when they were not there yet
        held.driver.rollback()
        held.driver.execute("BEGIN")
    return nullcontext(held)


@contextmanager
def _opened(city: City) -> Iterator[Snapshot]:
    engine = city.engine
    driver, end = (_begin_geopackage if engine.dialect.name == "sqlite" else _begin_postgis)(engine)
    held = _mine.open[engine] = Snapshot(city, driver)
    try:
        yield held
    finally:
        del _mine.open[engine]
        end()


def _begin_geopackage(engine: Engine) -> tuple[Any, Callable[[], None]]:
    if engine not in _mine.drivers:
        connection = engine.raw_connection()
        _mine.drivers[engine] = connection.driver_connection
        connection.detach()  # or it would take a place of the pool for as long as the thread lives
        _mine.drivers[engine].execute(f"PRAGMA mmap_size={_MAPPED_BYTES}")
    driver = _mine.drivers[engine]
    driver.execute("BEGIN")
    return driver, driver.rollback


def _begin_postgis(engine: Engine) -> tuple[Any, Callable[[], None]]:
    connection = _repeatable(engine).connect()
    return connection.connection.driver_connection, connection.close


@cache
def _repeatable(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="REPEATABLE READ")


class Statement:
    """A query with named parameters; building and compiling one anew costs more than its answer."""

    def __init__(self, build: Callable[[Snapshot], SelectBase]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, held: Snapshot, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return its rows, values as the driver gives them: flags as 0 and 1 from SQLite, geometries encoded."""
        compiled = self._compiled.get(held.dialect.name)
        if compiled is None:
            compiled = self._compiled[held.dialect.name] = _Compiled(self._build(held), held.dialect)
        found: list[tuple[Any, ...]] = held.driver.execute(compiled.text, compiled.bound(given)).fetchall()
        return found


class _Compiled:
    """A query in the words of one store."""

    def __init__(self, query: SelectBase, dialect: Dialect) -> None:
        done = query.compile(dialect=dialect)
        self.text = str(done)
        self._order = done.positiontup
        self._constants = {key: value for key, value in done.params.items() if value is not None}

    def bound(self, given: Mapping[str, Any]) -> Any:
        """Return the values of the parameters as the driver takes them."""
        values = {**self._constants, **given}
        return values if self._order is None else [values[key] for key in self._order]
