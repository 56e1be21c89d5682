"""Runs and their changes in the city's database, and out of it as files."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    select,
)
from sqlalchemy.sql import Select

from geo.change.classes import KOREAN
from geo.crs import CITY, LONLAT
from geo.database import METADATA, City, Geo, overlaps, read, write
from geo.errors import BadInput, NotFound
from geo.frame import check
from geo.geometry_type import decode
from geo.grid import Bounds
from geo.statement import BOX, Snapshot, Statement, box, snapshot

RUNS = Table(
    "change_runs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("before_on", Text, nullable=False),
    Column("after_on", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("area_km2", Float, nullable=False),
    Column("counts", Text, nullable=False),
    Column("residual_m", Float),
    Column("unaligned", Float, nullable=False),
    Column("hidden_m2", Float),
)
HIDDEN = Table(
    "change_hidden",
    METADATA,
    Column("fid", Integer, primary_key=True),
    Column("run", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("geom", Geo("MULTIPOLYGON"), nullable=False),
)
CHANGES = Table(
    "changes",
    METADATA,
    Column("fid", Integer, primary_key=True),
    Column("run", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("change_id", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("area_m2", Float, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("aligned", Boolean, nullable=False),
    Column("verdict", Text),
    Column("verdict_by", Text),
    Column("verdict_at", Text),
    Column("verdict_note", Text),
    Column("geom", Geo("MULTIPOLYGON"), nullable=False),
    UniqueConstraint("run", "n"),
    UniqueConstraint("run", "change_id"),
)
VERDICTS = Table(
    "change_verdicts",
    METADATA,
    Column("n", Integer, primary_key=True),
    Column("run", Text, nullable=False),
    Column("change_id", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("verdict_by", Text, nullable=False),
    Column("verdict_at", Text, nullable=False),
    Column("verdict_note", Text),
)
VERDICT = ("verdict", "verdict_by", "verdict_at", "verdict_note")
COLUMNS = tuple(str(column.name) for column in CHANGES.columns if column.name not in ("fid", "geom"))
DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON", ".fgb": "FlatGeobuf", ".parquet": "GeoParquet"}


def runs(city: City) -> list[dict[str, Any]]:
    """Return every run, the newest pair of dates first."""
    with read(city, RUNS) as connection:
        rows = connection.execute(select(RUNS).order_by(RUNS.c.after_on.desc(), RUNS.c.before_on.desc(), RUNS.c.id))
        return [_told(dict(row)) for row in rows.mappings()]


def run(city: City, id: str) -> dict[str, Any]:
    """Return one run. Raises NotFound."""
    with read(city, RUNS) as connection:
        row = connection.execute(select(RUNS).where(RUNS.c.id == id)).mappings().first()
    if row is None:
        held = ", ".join(r["id"] for r in runs(city)) or "none; make one with 'geo change detect BEFORE AFTER'"
        raise NotFound(
            f"no change run {id!r}; there are: {held}", korean=f"변화탐지 결과 {id!r}이(가) 없습니다.", parameter="run"
        )
    return _told(dict(row))


def _told(row: dict[str, Any]) -> dict[str, Any]:
    told = {str(name): value for name, value in row.items()}  # names as plain strings, which is what JSON writers take
    return told | {"counts": json.loads(row["counts"])}


def changes(
    city: City,
    run: str,
    *,
    classes: Collection[str] = (),
    min_score: float = 0.0,
    bbox: Bounds | None = None,
) -> gpd.GeoDataFrame:
    """Return a run's changes with COLUMNS, in the order of `n` (surest first), EPSG:5186.

    `classes` keeps those classes alone, `bbox` (EPSG:5186) those whose envelope meets it. Raises NotFound for the run
    and BadInput for a class there is not.
    """
    _known(city, run)
    unknown = [name for name in classes if name not in KOREAN]
    if unknown:
        raise BadInput(
            f"no class {unknown[0]!r}; there are {', '.join(KOREAN)}",
            korean=f"{unknown[0]!r}은(는) 변화 분류가 아닙니다. 가능한 값: {', '.join(KOREAN)}",
            parameter="class",
        )
    wanted = select(CHANGES).where(CHANGES.c.run == run, CHANGES.c.score >= min_score).order_by(CHANGES.c.n)
    if classes:
        wanted = wanted.where(CHANGES.c["class"].in_(list(classes)))
    with read(city, RUNS, CHANGES) as connection:
        if bbox is not None:
            wanted = wanted.where(overlaps(connection, CHANGES, bbox))
        rows = [dict(row) for row in connection.execute(wanted).mappings()]
    return _frame(rows)


def _known(city: City, id: str) -> None:
    run(city, id)


def _photographed_near(held: Snapshot) -> Select[Any]:
    near = overlaps(held, CHANGES, BOX)
    columns = (CHANGES.c[name] for name in (*COLUMNS, "geom"))
    order = (CHANGES.c.after.desc(), CHANGES.c.run, CHANGES.c.n)
    return select(*columns).where(near, CHANGES.c.after <= bindparam("on")).order_by(*order)


_NEAR = Statement(_photographed_near)


def one(connection: Connection, run: str, n: int) -> dict[str, Any]:
    """Return change `n` of a run. Raises NotFound."""
    row = connection.execute(select(CHANGES).where(CHANGES.c.run == run, CHANGES.c.n == n)).mappings().first()
    if row is None:
        raise NotFound(
            f"run {run!r} has no change {n}", korean=f"변화탐지 결과 {run!r}에 {n}번 변화가 없습니다.", parameter="n"
        )
    return dict(row)


def change(city: City, run: str, n: int) -> gpd.GeoDataFrame:
    """Return one change as `changes` does. Raises NotFound."""
    _known(city, run)
    with read(city, CHANGES) as connection:
        return _frame([one(connection, run, n)])


def touching(city: City, geometry: BaseGeometry, on: date) -> list[dict[str, Any]]:
    """Return the changes that overlap `geometry` (EPSG:5186) and were photographed by the day `on`, newest first."""
    with snapshot(city, RUNS, CHANGES) as held:
        rows = _NEAR.rows(held, {**box(geometry.bounds), "on": on.isoformat()})
        shapes = decode(held, [row[-1] for row in rows])
    found = []
    for values, shape in zip(rows, shapes, strict=True):
        if shape is not None and shape.intersection(geometry).area > 0:
            row = dict(zip(COLUMNS, values, strict=False))
            flags = {name: bool(row[name]) for name in ("synthetic", "aligned")}  # SQLite holds them as numbers
            found.append(row | flags | {"label": KOREAN[row["class"]]})
    return found


def _frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows, columns=[column.name for column in CHANGES.columns])
    frame = gpd.GeoDataFrame(table[list(COLUMNS)], geometry=list(table["geom"]), crs=CITY)
    return check(frame, COLUMNS, ("MultiPolygon",))


def hidden(city: City, run: str) -> gpd.GeoDataFrame:
    """Return the ground of a run that was not compared: kind (cloud, shadow), at (before, after); EPSG:5186."""
    _known(city, run)
    with read(city, HIDDEN) as connection:
        rows = connection.execute(select(HIDDEN).where(HIDDEN.c.run == run).order_by(HIDDEN.c.fid)).mappings().all()
    table = {name: [row[name] for row in rows] for name in ("kind", "at")}
    return gpd.GeoDataFrame(table, geometry=[row["geom"] for row in rows], crs=CITY)


def save(city: City, row: dict[str, Any], found: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> None:
    """Save a run, its changes and its hidden `places` in one transaction, in place of that id's.

    Verdicts stay with their change.
    """
    counts = {name: int(n) for name, n in found["class"].value_counts().items()}
    hidden_m2 = round(shapely.union_all(places.geometry.to_numpy()).area, 1)
    row = row | {"counts": json.dumps(counts, sort_keys=True), "hidden_m2": hidden_m2}
    with write(city, RUNS, CHANGES, VERDICTS, HIDDEN) as connection:
        given = select(VERDICTS).where(VERDICTS.c.run == row["id"]).order_by(VERDICTS.c.n)  # the newest is the last
        verdicts = {v["change_id"]: {name: v[name] for name in VERDICT} for v in connection.execute(given).mappings()}
        connection.execute(CHANGES.delete().where(CHANGES.c.run == row["id"]))
        connection.execute(HIDDEN.delete().where(HIDDEN.c.run == row["id"]))
        connection.execute(RUNS.delete().where(RUNS.c.id == row["id"]))
        connection.execute(RUNS.insert().values(row))
        none = dict.fromkeys(VERDICT)
        shared = {"run": row["id"], "before": row["before_on"], "after": row["after_on"], "synthetic": row["synthetic"]}
        records = found.drop(columns="geometry").to_dict("records")
        rows = [
            {**record, **shared, **verdicts.get(record["change_id"], none), "n": n, "geom": geometry}
            for n, (record, geometry) in enumerate(zip(records, found.geometry, strict=True), 1)
        ]
        if rows:
            connection.execute(CHANGES.insert(), rows)
        under = [{"run": row["id"], "kind": place.kind, "at": place.at, "geom": place.geometry}
                 for place in places.itertuples()]  # fmt: skip
        if under:
            connection.execute(HIDDEN.insert(), under)


def export(city: City, run: str, path: Path) -> Path:
    """Write a run's changes to `path` as its ending says: .gpkg, .parquet, .geojson, .fgb. Raises BadInput for others.

    GeoJSON is in longitude and latitude (RFC 7946), the others in EPSG:5186; a file already there is replaced whole.
    """
    driver = DRIVERS.get(path.suffix.lower())
    if driver is None:
        raise BadInput(f"{path.name}: exports end in {', '.join(DRIVERS)}")
    if not path.parent.is_dir():
        raise NotFound(f"no folder {path.parent}")
    found = changes(city, run)
    found.insert(found.columns.get_loc("class") + 1, "label", found["class"].map(KOREAN))
    temporary = path.with_name(f".{uuid4().hex}{path.suffix.lower()}")
    try:
        if driver == "GeoParquet":
            found.to_parquet(temporary)
        elif driver == "GeoJSON":
            found.to_crs(LONLAT).to_file(temporary, driver=driver, RFC7946="YES")
        else:
            found.to_file(temporary, driver=driver, layer="changes")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path
