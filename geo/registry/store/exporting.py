"""A kind of the register into a file, its format by the ending, and a polygon out of one."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import geopandas as gpd

from geo.crs import LONLAT
from geo.database import City
from geo.errors import BadInput, NotFound
from geo.registry import columns
from geo.registry.store.reading import everything

_DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf"}


def export(city: City, kind: str, path: Path) -> int:
    """Write every row of `kind` to `path` (.gpkg, .geojson, .parquet, .fgb) and return how many there are.

    The columns are those of an import; none of them holds personal data. GeoJSON is longitude, latitude (RFC 7946),
    the others EPSG:5186. A file of that name is replaced, when the new one is whole.
    """
    wanted = columns.kind(kind)
    ending = path.suffix.lower()
    if ending not in (*_DRIVERS, ".parquet"):
        raise BadInput(f"{path.name}: export to .gpkg, .geojson, .parquet or .fgb", parameter="file")
    if not path.parent.is_dir():
        raise NotFound(f"no folder {path.parent}")
    held = everything(city, kind)[[*wanted.columns, "geometry"]]
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
        made = Path(folder) / path.name
        _write(held, made, ending, kind)
        shutil.move(made, path)
    return len(held)


def _write(held: gpd.GeoDataFrame, made: Path, ending: str, kind: str) -> None:
    if ending == ".parquet":
        held.to_parquet(made, index=False)
    elif ending == ".geojson":
        held.to_crs(LONLAT).to_file(made, driver="GeoJSON", COORDINATE_PRECISION=9, RFC7946="NO", engine="pyogrio")
    else:
        held.to_file(made, driver=_DRIVERS[ending], layer=kind, engine="pyogrio")
