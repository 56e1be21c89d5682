"""Features as files: GeoPackage, GeoParquet and FlatGeobuf in EPSG:5186, CSV with well-known text in degrees."""

from __future__ import annotations

import csv
import io
from typing import Any

import geopandas as gpd
import shapely

from geo.crs import CITY
from geo.features.ogc_crs import CRS84
from geo.features.wanted import Rows

_DRIVERS = {"gpkg": "GPKG", "fgb": "FlatGeobuf"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet compute a cell (OWASP, CSV injection)


def file(rows: Rows, form: str) -> bytes:
    """Return features as a file of one of the forms gpkg, parquet, fgb, csv."""
    if form == "csv":
        return _csv(rows)
    names = [each.name for each in rows.collection.properties]
    table = dict(zip(names, rows.columns, strict=True))
    frame = gpd.GeoDataFrame(table, geometry=list(rows.shapes), crs=CITY)
    out = io.BytesIO()
    if form == "parquet":
        frame.to_parquet(out, index=False)
    else:
        lists = {each.name: each.kind for each in rows.collection.properties if each.kind == "list"}
        for name in lists:
            frame[name] = [None if value is None else ";".join(value) for value in frame[name]]
        frame.to_file(out, driver=_DRIVERS[form], layer=rows.collection.id, engine="pyogrio")
    return out.getvalue()


def _csv(rows: Rows) -> bytes:
    """Return a table that Excel opens in Korean; a cell that it would compute begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*(each.name for each in rows.collection.properties), "WKT"])
    shapes = [None if s is None else shapely.to_wkt(s, rounding_precision=8) for s in CRS84.written(rows.shapes)]
    for *values, shape in zip(*rows.columns, shapes, strict=True):
        writer.writerow([*map(_cell, values), shape])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        value = ";".join(value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
