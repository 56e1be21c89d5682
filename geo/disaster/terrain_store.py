"""Terrain read from files: heights with what must be known of them, and the culverts and levees they do not show."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyogrio
import rasterio
from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.errors import RasterioIOError

from geo.crs import CITY
from geo.disaster.terrain import Culvert, Ridge, Terrain, burned, raised
from geo.errors import BadInput, Unreadable
from geo.grid import Grid
from geo.raster import Raster

ASSUMED_SIGMA_M = {True: 0.25, False: 0.5}
"""Vertical error where the file has no tag `sigma_m`, by whether it is synthetic: assumed."""


def terrain(path: Path, lines: Path | None = None) -> Terrain:
    """Return the terrain in a GeoTIFF (EPSG:5186, metres); tags `dem_is_synthetic`, `sigma_m`, `vertical_datum`.

    `lines` is a vector file of lines, each with `invert_m` (a culvert, burned in) or `crest_m` (a levee, raised).
    Raises Unreadable, or BadInput naming what is wrong.
    """
    ground = _heights(path)
    if lines is None:
        return ground
    culverts, ridges = _lines(lines)
    name = f"{ground.name} + {lines.name} sha256:{_sha(lines)}"
    return replace(raised(burned(ground, culverts), ridges), name=name)


def _lines(path: Path) -> tuple[list[Culvert], list[Ridge]]:
    try:
        frame = pyogrio.read_dataframe(path)
    except (DataSourceError, DataLayerError) as error:
        raise Unreadable(f"{path}: no lines that can be read ({error})") from error
    if frame.crs is None:
        raise BadInput(f"{path.name}: the lines have no CRS")
    culverts: list[Culvert] = []
    ridges: list[Ridge] = []
    for row in frame.to_crs(CITY).to_dict("records"):
        levels = {name: row.get(name) for name in ("invert_m", "crest_m")}
        given = {name: float(level) for name, level in levels.items() if level is not None and level == level}
        shape = row["geometry"]
        if len(given) != 1 or shape is None or shape.geom_type not in ("LineString", "MultiLineString"):
            raise BadInput(f"{path.name}: {str(row)[:120]} must be a line with one of invert_m and crest_m")
        if "invert_m" in given:
            culverts.append(Culvert(shape, given["invert_m"]))
        else:
            ridges.append(Ridge(shape, given["crest_m"]))
    return culverts, ridges


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _heights(path: Path) -> Terrain:
    try:
        with rasterio.open(path) as source:
            tags, heights = source.tags(), source.read(1, out_dtype="float64")
            valid = source.dataset_mask().astype(bool) & np.isfinite(heights)
            if source.crs is None or source.crs.to_epsg() != CITY.to_epsg():
                raise BadInput(f"{path.name}: the terrain's CRS is {source.crs}; it must be EPSG:5186")
            grid = Grid(CITY, source.transform, source.width, source.height)
    except RasterioIOError as error:
        raise Unreadable(f"{path}: no terrain that can be read ({error})") from error
    if tags.get("unit", "m") != "m":
        raise BadInput(f"{path.name}: heights are in {tags['unit']!r}; they must be in metres")
    synthetic = tags.get("dem_is_synthetic", "").lower() == "true"
    sigma = _sigma(path, tags.get("sigma_m"), ASSUMED_SIGMA_M[synthetic])
    name = f"{path.name} sha256:{_sha(path)}"
    raster = Raster(np.where(valid, heights, 0.0)[None], valid, grid)
    return Terrain(raster, name, synthetic, sigma, tags.get("vertical_datum", "not stated"))


def _sigma(path: Path, said: str | None, otherwise: float) -> float:
    if said is None:
        return otherwise
    try:
        return float(said)
    except ValueError:
        raise BadInput(f"{path.name}: sigma_m is {said!r}; it must be metres") from None
