"""What the city knows of changed buildings: approvals for use, ground without any permit, its officers' verdicts."""

from __future__ import annotations

import cv2
import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

from geo.change import model
from geo.change.training.refit import UNKNOWN
from geo.crs import CITY
from geo.grid import Grid
from geo.raster import Raster

BUILDING_PERMITS = ("건축허가", "건축신고")  # Building Act 11 and 14
MOST_QUIET = 240
"""Parcels without a permit that are looked at: more teach nothing new and take long."""
AGREED_PX = 9
"""Ground this near to where the maps of buildings differ is left to the officers."""
MARGIN_M = 8.0
MOST_M = 256.0
"""A window is cut to this size around the middle of what is known."""
COLUMNS = ("kind", "geometry")
"""kind: approved, quiet, changed, unchanged."""


def known(
    permits: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, changes: gpd.GeoDataFrame, dates: tuple[str, str]
) -> gpd.GeoDataFrame:
    """Return ground of which something is known between two `dates` (ISO), with COLUMNS, EPSG:5186.

    `permits` need kind, used_on, pnus and main_pnu; `parcels` pnu; `changes` class and verdict.
    """
    used = permits[permits["kind"].isin(BUILDING_PERMITS) & permits["used_on"].between(*dates, inclusive="right")]
    sites = [set(filter(None, [row.main_pnu, *(row.pnus or "").split(";")])) for row in used.itertuples()]
    approved = [parcels.loc[parcels["pnu"].isin(site)].union_all() for site in sites]
    quiet = parcels[~parcels["pnu"].isin(set().union(*sites) | set(permits["main_pnu"]))]
    quiet = quiet.iloc[:: max(1, -(-len(quiet) // MOST_QUIET))]
    built = changes[changes["class"].str.startswith("building")]
    right, wrong = (changes_of.geometry for changes_of in (
        built[built["verdict"].isin(["confirmed", "permitted"])], built[built["verdict"].eq("false")]))  # fmt: skip
    shapes = {"approved": approved, "quiet": list(quiet.geometry), "changed": list(right), "unchanged": list(wrong)}
    rows = [(kind, shape) for kind, some in shapes.items() for shape in some if not shape.is_empty]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=list(COLUMNS)), geometry="geometry", crs=CITY)


def window(shape: BaseGeometry) -> Grid:
    """Return the grid of 0.5 m around `shape` that the model's features are read on."""
    step = model.STRIDE_PX * model.CELL_M
    left, bottom, right, top = shape.buffer(MARGIN_M).bounds
    x, y = (left + right) / 2, (bottom + top) / 2
    half = MOST_M / 2
    west, south, east, north = max(left, x - half), max(bottom, y - half), min(right, x + half), min(top, y + half)
    low, high = np.floor(np.array((west, south)) / step) * step, np.ceil(np.array((east, north)) / step) * step
    return Grid.cover((float(low[0]), float(low[1]), float(high[0]), float(high[1])), CITY, model.CELL_M)


def label(kind: str, shape: BaseGeometry, seen: Raster) -> NDArray[np.uint8]:
    """Return 1 where a building changed, 0 where none did, else UNKNOWN; `seen` are the bands of model.probabilities.

    A permit does not tell where on its site the building stands, nor does its absence prove that none was built:
    there the maps of buildings tell, which the fitted head has no part in.
    """
    size = seen.grid.height, seen.grid.width
    inside = rasterize([shape], out_shape=size, transform=seen.grid.transform, dtype="uint8") == 1
    before, after = (band >= 128 for band in seen.data[1:])
    differ = cv2.dilate((before != after).astype(np.uint8), np.ones((AGREED_PX, AGREED_PX), np.uint8))
    values = {
        "approved": np.where(after & ~before, 1, UNKNOWN),
        "quiet": np.where(differ, UNKNOWN, 0),
        "changed": np.ones(size, np.uint8),
        "unchanged": np.zeros(size, np.uint8),
    }
    return np.where(inside & seen.valid, values[kind], UNKNOWN).astype(np.uint8)
