"""Files from outside: opened only in the four accepted formats, text decoded by evidence, geometry left as bytes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow
import pyarrow.parquet
import pyogrio
from pyogrio.errors import CRSError as PyogrioCRSError
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo import audit
from geo.digest import sha256
from geo.errors import BadFile, NotFound, Unreadable
from geo.registry.store import dbase

Chooser = Callable[[Sequence[str]], Mapping[str, str]]
"""Told a file's columns, says which of them is which field; the others are not read."""

MOST_ROWS = 2_000_000
_LARGEST_FACTS = 50_000_000  # bytes
_DRIVERS = {".shp": "ESRI Shapefile", ".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON"}
_PARQUET = (".parquet", ".geoparquet")
_OGR_ERRORS = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, PyogrioCRSError)


@dataclass(frozen=True)
class Delivered:
    """What a file holds: the chosen columns by field, WKB as it came, and what the file says of itself."""

    columns: Mapping[str, Sequence[Any]]
    wkb: Sequence[bytes | None]
    crs: CRS | None
    encoding: str
    sha256: str


def read(path: Path, layer: str, choose: Chooser) -> Delivered:
    """Read a shapefile, GeoPackage, GeoJSON or GeoParquet file; of several layers the one named `layer`.

    Raises NotFound, Unreadable when it is not what its ending says, BadFile for what breaks the contract.
    """
    if not path.is_file():
        raise NotFound(f"no file {path}")
    path = path.resolve()  # an absolute path of a real file: no driver prefix, no virtual file system
    ending = path.suffix.lower()
    if path.name == "city.gpkg" and (path.parent / audit.KEY).exists():
        # GDAL brings a SQLite of its own, and closing the file there drops the locks that ours holds on it
        raise BadFile(f"{path} is a city's own database: export from it instead")
    if ending not in (*_DRIVERS, *_PARQUET):
        raise BadFile(f"{path.name}: files come as .shp, .gpkg, .geojson, .json, .parquet or .geoparquet")
    _check_beginning(path, ending)
    if ending in _PARQUET:
        return _read_parquet(path, choose)
    encoding = dbase.encoding(path) if ending == ".shp" else "UTF-8"
    try:
        return _read_ogr(path, layer, choose, encoding)
    except _OGR_ERRORS as error:
        raise Unreadable(f"{path.name} cannot be read: {str(error).splitlines()[0][:200]}") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path.name}: its text is not {encoding}") from error


def _check_beginning(path: Path, ending: str) -> None:
    with path.open("rb") as file:
        start = file.read(100)
    if not start:
        raise Unreadable(f"{path.name} is empty")
    good = {
        ".shp": start[:4] == b"\x00\x00\x27\x0a",  # ESRI Shapefile Technical Description, 1998: file code 9994
        ".gpkg": start[:16] == b"SQLite format 3\x00" and start[68:72] in (b"GPKG", b"GP10", b"GP11"),
    }.get(ending)
    if ending in _PARQUET:
        good = start[:4] == b"PAR1"
    if good is None:
        good = start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    if not good:
        raise Unreadable(f"{path.name} is not what its ending says: it begins with {start[:8]!r}")


def _read_ogr(path: Path, layer: str, choose: Chooser, encoding: str) -> Delivered:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of dropped M values and sidecar files: what matters is checked after
        found = _layer(path, layer)
        info = pyogrio.read_info(path, layer=found, encoding=encoding)
        expected = _DRIVERS[path.suffix.lower()]
        if info["driver"] != expected:
            raise Unreadable(f"{path.name} is {info['driver']}, not {expected}")
        if info["features"] > MOST_ROWS:
            raise BadFile(f"{path.name} has {info['features']:,} rows, more than {MOST_ROWS:,}")
        chosen = choose(list(info["fields"]))
        # an explicit list keeps what was not asked for, names of owners among it, out of memory and database
        meta, _, wkb, values = pyogrio.raw.read(
            path, layer=found, encoding=encoding, columns=list(chosen), datetime_as_string=True
        )
    columns = {chosen[name]: list(column) for name, column in zip(meta["fields"], values, strict=True)}
    if wkb is None:
        raise BadFile(f"{path.name} has no geometry")
    return Delivered(columns, list(wkb), _crs(meta["crs"], path), encoding, sha256(path))


def _layer(path: Path, wanted: str) -> str:
    layers = [str(name) for name, geometry in pyogrio.list_layers(path) if geometry is not None]
    if len(layers) == 1:
        return layers[0]
    if wanted not in layers:
        raise BadFile(f"{path.name} has the layers {', '.join(layers) or 'none'}: name the one to import {wanted!r}")
    return wanted


def _crs(text: str | None, path: Path) -> CRS | None:
    if not text:
        return None
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise BadFile(f"{path.name}: its coordinate system cannot be read; name it with --crs") from error


def _read_parquet(path: Path, choose: Chooser) -> Delivered:
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            if file.metadata.num_rows > MOST_ROWS:
                raise BadFile(f"{path.name} has {file.metadata.num_rows:,} rows, more than {MOST_ROWS:,}")
            geo = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
            primary, held = _primary(geo, path)
            chosen = choose([name for name in file.schema_arrow.names if name != primary])
            table = file.read(columns=[*chosen, primary])
    except (pyarrow.ArrowException, json.JSONDecodeError, RecursionError) as error:
        raise Unreadable(f"{path.name} cannot be read as GeoParquet: {str(error).splitlines()[0][:200]}") from error
    columns = {field: table[name].to_pylist() for name, field in chosen.items()}
    # GeoParquet 1.1: without "crs" it is longitude, latitude; null means that nobody knows
    crs = held.get("crs", "EPSG:4326")
    return Delivered(columns, table[primary].to_pylist(), _crs(_projjson(crs), path), "UTF-8", sha256(path))


def _projjson(crs: Any) -> str | None:
    return json.dumps(crs) if isinstance(crs, dict) else crs


def _primary(geo: Any, path: Path) -> tuple[str, Mapping[str, Any]]:
    """Return the geometry column's name and what the file says of it."""
    if isinstance(geo, dict) and isinstance(geo.get("columns"), dict):
        name = geo.get("primary_column")
        held = geo["columns"].get(name)
        if isinstance(name, str) and isinstance(held, dict):
            if held.get("encoding") != "WKB":
                raise BadFile(f"{path.name}: its geometry is not WKB but {held.get('encoding')!r}")
            return name, held
    raise BadFile(f"{path.name} is Parquet without the geometry that GeoParquet tells of")


def facts(path: Path) -> Any:
    """Return what a JSON file of facts holds. Raises NotFound, BadFile when it is too large, Unreadable."""
    if not path.is_file():
        raise NotFound(f"no file {path}")
    if path.stat().st_size > _LARGEST_FACTS:
        raise BadFile(f"{path.name} is larger than {_LARGEST_FACTS:,} bytes")
    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"{path.name} is no JSON: {error}") from error
