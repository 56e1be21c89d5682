"""An open city: its folder and its database, a GeoPackage or PostGIS behind the same SQLAlchemy Core tables."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    Table,
    Text,
    Transaction,
    create_engine,
    event,
    func,
    inspect,
    literal_column,
    select,
)
from sqlalchemy.exc import OperationalError

from geo import geopackage
from geo.errors import Busy, NotFound
from geo.geometry_type import SRID, Geo, OfStore
from geo.grid import Bounds

__all__ = ["METADATA", "SRID", "City", "Geo", "afterwards", "note", "noted", "open_city", "overlaps", "read", "write"]

METADATA = MetaData()
_PATIENCE_MS = 10_000  # how long an edit waits for another, as for a whole layer's import


@dataclass(frozen=True)
class City:
    """One city's data: a folder for files and the engine of its database."""

    folder: Path
    engine: Engine


META = Table("city_meta", METADATA, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))


def open_city(folder: Path, url: str | None = None, *, create: bool = False) -> City:
    """Open the city in `folder`; its database is `city.gpkg` there, or `url` (postgresql+psycopg://...).

    Raises NotFound when there is none and `create` is False.
    """
    folder = folder.resolve()
    file = folder / "city.gpkg"
    if not (create or url or file.exists()):
        raise NotFound(
            f"no city in {folder}: build the sample with 'geo up', or import data with 'geo registry import'"
        )
    if create:
        folder.mkdir(parents=True, exist_ok=True)
    return City(folder, _engine(url or f"sqlite:///{file}"))


@cache
def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours to say
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_PATIENCE_MS}"):
        connection.execute(f"PRAGMA {pragma}")
    # The R-tree triggers call these: a program that lacks them cannot write, and so cannot bypass history and audit.
    for place, name in enumerate(("min_x", "max_x", "min_y", "max_y")):
        connection.create_function(f"paju_{name}", 1, _envelope_reader(place), deterministic=True)


def _envelope_reader(place: int) -> Callable[[bytes], float]:
    return lambda blob: cast(float, struct.unpack_from("<d", blob, 8 + 8 * place)[0])


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def read(city: City, *tables: Table) -> Iterator[Connection]:
    """Open a connection for reading `tables`, which are created empty where they are missing."""
    ensure(city, tables)
    with city.engine.connect() as connection:
        yield connection


@contextmanager
def write(city: City, *tables: Table) -> Iterator[Connection]:
    """Open one transaction over `tables`: all of it is saved at the end, or nothing.

    One transaction writes at a time on either store, so what it computes from other rows stays true. Raises Busy when
    another one has been writing for more than ten seconds.
    """
    ensure(city, tables)
    with city.engine.connect().execution_options(write=True) as connection:
        deeds: list[Callable[[], None]] = []
        connection.info[_AFTERWARDS] = deeds
        with _alone(connection):
            yield connection
    for deed in deeds:
        deed()


def _alone(connection: Connection) -> Transaction:
    """Begin a transaction when no other one writes: BEGIN IMMEDIATE in SQLite, on PostGIS a lock left at its end."""
    try:
        begun = connection.begin()
        if connection.dialect.name != "sqlite":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_PATIENCE_MS}")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({SRID})")
    except OperationalError as error:
        raise Busy(
            "the register is being written by somebody else, as by the import of a whole layer; try again later",
            korean="다른 작업(자료 일괄 반입 등)이 대장을 쓰고 있습니다. 잠시 뒤 다시 시도하십시오.",
        ) from error
    return begun


_AFTERWARDS = "paju_afterwards"


def afterwards(connection: Connection, deed: Callable[[], None]) -> None:
    """Do `deed` when the transaction of `write` has been saved, and not at all when it has not."""
    connection.info[_AFTERWARDS].append(deed)


_ensured: set[tuple[Engine, tuple[Table, ...]]] = set()


def ensure(city: City, tables: tuple[Table, ...]) -> bool:
    """Create those of `tables` that the city's database does not have yet; say whether they had to be looked for."""
    if (city.engine, tables) in _ensured:
        return False
    with city.engine.connect() as connection:  # a first reading must not wait for whoever writes
        whole = all(_absent(connection, table) == [] for table in tables)
    if not whole:
        _create(city, tables)
    _ensured.add((city.engine, tables))
    return True


def _absent(connection: Connection, table: Table) -> list[Column[Any]] | None:
    """Return the columns that the database lacks, None when it has no such table."""
    if not inspect(connection).has_table(table.name):
        return None
    present = connection.execute(select(literal_column("*")).select_from(table).limit(0)).keys()
    return [column for column in table.columns if column.name not in present]


def _create(city: City, tables: tuple[Table, ...]) -> None:
    with city.engine.connect().execution_options(write=True) as connection, _alone(connection):
        is_new = connection.dialect.name == "sqlite" and geopackage.make(connection)
        for table in tables:
            absent = _absent(connection, table)
            if absent is None:
                table.create(connection)
                _register(connection, table)
            for column in absent or ():  # a city of an earlier version: what it does not say is null
                type_ = column.type.compile(connection.dialect)
                connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {type_}")
    if is_new:
        # GDAL reads the application id from the file's header, which a checkpoint writes; later it would wait for
        # every reader, the one that asks among them
        with city.engine.connect() as connection:
            connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def geometry_column(table: Table) -> Column[BaseGeometry]:
    """Return the geometry column of `table`. Raises NotFound when it has none."""
    column = _geometry_or_none(table)
    if column is None:
        raise NotFound(f"table {table.name} has no geometry")
    return column


def _geometry_or_none(table: Table) -> Column[BaseGeometry] | None:
    return next((column for column in table.columns if isinstance(column.type, Geo)), None)


def _register(connection: Connection, table: Table) -> None:
    """Index a new table's geometry, and in a GeoPackage register it so that GIS programs open it."""
    column = _geometry_or_none(table)
    name, run = table.name, connection.exec_driver_sql
    if connection.dialect.name != "sqlite":
        if column is not None:
            run(f"CREATE INDEX {name}_geom ON {name} USING GIST ({column.name})")
        return
    kind = "attributes" if column is None else "features"
    run("INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, ?, ?, ?)",
        (name, kind, name, None if column is None else SRID))  # fmt: skip
    if column is None:
        return
    run("INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)",
        (name, column.name, cast(Geo, column.type).kind, SRID))  # fmt: skip
    run("INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index', ?, 'write-only')",
        (name, column.name, "http://www.geopackage.org/spec120/#extension_rtree"))  # fmt: skip
    index, geom = _rtree(table), f'NEW."{column.name}"'
    key = next(iter(table.primary_key.columns)).name
    run(f"CREATE VIRTUAL TABLE {index} USING rtree(id, minx, maxx, miny, maxy)")
    envelope = ", ".join(f"paju_{place}({geom})" for place in ("min_x", "max_x", "min_y", "max_y"))
    put = f"INSERT OR REPLACE INTO {index} SELECT NEW.{key}, {envelope} WHERE {geom} IS NOT NULL"
    drop = f"DELETE FROM {index} WHERE id = OLD.{key}"  # noqa: S608
    run(f"CREATE TRIGGER {index}_insert AFTER INSERT ON {name} BEGIN {put}; END")
    run(f"CREATE TRIGGER {index}_update AFTER UPDATE ON {name} BEGIN {drop}; {put}; END")
    # the last condition is always true; naming our function keeps other programs from deleting, too
    ours = f'paju_min_x(coalesce(OLD."{column.name}", zeroblob(16))) IS NOT NULL'
    run(f"CREATE TRIGGER {index}_delete AFTER DELETE ON {name} BEGIN {drop} AND {ours}; END")


def _rtree(table: Table) -> str:
    return f"rtree_{table.name}_{geometry_column(table).name}"


def overlaps(held: OfStore, table: Table, bounds: Bounds) -> ColumnElement[bool]:
    """Return the condition that a row's envelope meets `bounds` (EPSG:5186), answered from the spatial index.

    R-tree coordinates are rounded outwards to float32: refine with the geometry where it matters.
    """
    left, bottom, right, top = bounds
    column = geometry_column(table)
    if held.dialect.name != "sqlite":
        return cast(ColumnElement[bool], column.op("&&")(func.ST_MakeEnvelope(left, bottom, right, top, SRID)))
    index = spatial_index(table)
    key = next(iter(table.primary_key.columns))
    inside = (index.c.minx <= right) & (index.c.maxx >= left) & (index.c.miny <= top) & (index.c.maxy >= bottom)
    return key.in_(select(literal_column("id")).select_from(index).where(inside))


@cache
def spatial_index(table: Table) -> Table:
    """Return a GeoPackage table's R-tree; one object for each, or every query with it would be compiled anew."""
    return Table(_rtree(table), MetaData(), *(Column(c) for c in ("id", "minx", "maxx", "miny", "maxy")))


def note(city: City, key: str, value: str) -> None:
    """Set one fact about the whole city, such as `synthetic`."""
    with write(city, META) as connection:
        connection.execute(META.delete().where(META.c.key == key))
        connection.execute(META.insert().values(key=key, value=value))


def noted(city: City, key: str) -> str | None:
    """Return one fact about the whole city, or None."""
    with read(city, META) as connection:
        return connection.scalar(select(META.c.value).where(META.c.key == key))
