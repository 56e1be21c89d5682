"""What the register holds, as frames: what stands around a site as of a day, and whole kinds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Connection, Table, select, true

from geo import frame
from geo.crs import CITY
from geo.database import City, overlaps, read
from geo.registry.columns import KINDS
from geo.registry.rows import Row
from geo.registry.store import around
from geo.registry.store.tables import COVERAGE, CURRENT, HISTORY, PARCELS, PERMITS, ROADS, SITES, SOURCES, ZONING
from geo.statement import snapshot


def roads_near(city: City, geometry: BaseGeometry, on: date) -> gpd.GeoDataFrame:
    """Return every road within 30 m of `geometry` (EPSG:5186), `in_force` on the day or not, abolished ones too."""
    with snapshot(city, ROADS, HISTORY["roads"], SOURCES) as held:
        return _framed("roads", around.roads(held, geometry, on), "in_force")


def permits_of(city: City, pnus: Sequence[str], on: date) -> gpd.GeoDataFrame:
    """Return the permits whose site holds one of `pnus`, as they stood on the day; none applied for after it."""
    with snapshot(city, PERMITS, HISTORY["permits"], SITES, SOURCES) as held:
        return _framed("permits", around.permits(held, pnus, on))


def zoning_at(city: City, geometry: BaseGeometry, on: date) -> gpd.GeoDataFrame:
    """Return the zones in force on the day that share ground with `geometry` (EPSG:5186)."""
    with snapshot(city, ZONING, SOURCES) as held:
        return _framed("zoning", around.zoning(held, geometry, on))


def coverage_at(city: City, geometry: BaseGeometry) -> gpd.GeoDataFrame:
    """Return where the register is complete, of what touches `geometry` (EPSG:5186)."""
    with snapshot(city, COVERAGE, SOURCES) as held:
        return _framed("coverage", around.coverage(held, geometry))


def _framed(kind: str, rows: Sequence[Row], *more: str) -> gpd.GeoDataFrame:
    names = [*KINDS[kind].columns, "source_file", "source_crs", "geometry", "source", "imported_on", *more]
    names = list(dict.fromkeys(names))  # coverage has a source of its own
    return _checked(pd.DataFrame([[row[name] for name in names] for row in rows], columns=names, dtype=object), kind)


def _checked(rows: pd.DataFrame, kind: str) -> gpd.GeoDataFrame:
    for field in KINDS[kind].fields:
        if field.type in ("number", "count"):
            rows[field.name] = rows[field.name].astype(float)
    for name in ("synthetic", "in_force"):
        if name in rows:
            rows[name] = rows[name].astype(bool)
    return frame.check(gpd.GeoDataFrame(rows, geometry="geometry", crs=CITY), KINDS[kind].columns)


def permits(city: City) -> gpd.GeoDataFrame:
    """Return every permit."""
    with read(city, PERMITS, SOURCES) as connection:
        return _frame(connection, PERMITS, true())


def parcels_at(city: City, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return every parcel that a geometry of `places` (EPSG:5186) touches."""
    with read(city, PARCELS, SOURCES) as connection:
        if places.empty:
            return _frame(connection, PARCELS, ~true())
        left, bottom, right, top = places.total_bounds
        found = _frame(connection, PARCELS, overlaps(connection, PARCELS, (left, bottom, right, top)))
    rows = np.unique(shapely.STRtree(found.geometry).query(places.geometry, predicate="intersects")[1])
    return found.iloc[rows].reset_index(drop=True)


def sources(city: City) -> pd.DataFrame:
    """Return every file imported, oldest first: kind, file, sha256, rows, crs, encoding, imported_at, officer."""
    with read(city, SOURCES) as connection:
        rows = connection.execute(select(SOURCES).order_by(SOURCES.c.id)).mappings().all()
    return pd.DataFrame(rows, columns=[column.name for column in SOURCES.columns])


def everything(city: City, kind: str) -> gpd.GeoDataFrame:
    """Return every row of a kind."""
    with read(city, CURRENT[kind], SOURCES) as connection:
        return _frame(connection, CURRENT[kind], true())


def _frame(connection: Connection, table: Table, condition: ColumnElement[bool]) -> gpd.GeoDataFrame:
    """Return rows: the kind's columns, `source`, `imported_on`, `source_file`, `source_crs`, geometry EPSG:5186."""
    kind = KINDS[table.name]
    fields = [table.c[name] for name in kind.columns]
    imported = (SOURCES.c.file.label("source_file"), SOURCES.c.imported_at, SOURCES.c.crs.label("source_crs"))
    query = (
        select(*fields, *imported, table.c.geom)
        .join_from(table, SOURCES, table.c.source_id == SOURCES.c.id)
        .where(condition)
        .order_by(table.c.fid)
    )
    names = [*kind.columns, "source_file", "imported_at", "source_crs", "geometry"]
    rows = pd.DataFrame(connection.execute(query).all(), columns=names, dtype=object)
    if "source" not in kind.columns:  # coverage has one of its own: who found the register complete
        rows["source"] = rows["source_file"]
    rows["imported_on"] = rows["imported_at"].str[:10]
    return _checked(rows.drop(columns="imported_at"), kind.name)
