"""Ground that one date hides: clouds and deep shadow, told from both dates by rules a reader can follow."""

from __future__ import annotations

from functools import partial

import cv2
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from rasterio.features import geometry_mask
from shapely.geometry.base import BaseGeometry

from geo.change import land, lattice, polygons
from geo.change.align import Progress, Run, silent
from geo.crs import CITY
from geo.grid import Bounds, Grid
from geo.raster import Raster, Reader

COLUMNS = ("kind", "at", "geometry")
"""cloud or shadow; before or after: the date that hides the ground."""

# Looked at in squares of lattice.STEP_M, 4 m. A cloud is bright, white, far brighter than the other date, as wide as
# a large hall and fades at its edge; a white roof, a row of greenhouses, sand and concrete end at a sharp one.
BRIGHT, RISE = 200, 60  # mean grey value; above the other date
WHITE = 0.06  # of the grey value at most that bands differ by
ROUGH = 50  # grey values within 12 m at most
LEAST_RADIUS = 5  # squares: 44 m across
FADED = 30  # grey values above the other date, where a cloud ends
REACH = 6  # squares around it, where its haze may be
STEEP, SHARP_SHARE = (
    0.6,
    0.25,
)  # of the rise within REACH, in 12 m: a sharp edge; the share of a cloud's end that is one

BLACK, LIT = 22, 60  # mean grey value of deep shadow, in which 8 bits hold no texture; of the other date at least
WET_GREEN = 0.03  # excess green over brightness: black water is greenish, shadow is not
LEAST_SHADOW = 4  # squares: 64 m2

SQUARE_M = 1024.0
"""What is decided in one go: on multiples of it, so that a place is hidden or not whatever area is asked for,"""
AROUND_M = 256.0
"""from this far around it."""

_CODES = {1: ("cloud", "before"), 2: ("cloud", "after"), 3: ("shadow", "before"), 4: ("shadow", "after")}


def estimate(
    before: Reader, after: Reader, bounds: Bounds, run: Run = map, progress: Progress = silent
) -> gpd.GeoDataFrame:
    """Return the hidden places over `bounds` (EPSG:5186) with COLUMNS, MultiPolygons."""
    squares = lattice.tiles(bounds, SQUARE_M, lattice.STEP_M)
    parts = list(progress(run(partial(_square, before, after), squares), "cloud and shadow", len(squares)))
    joined = polygons.join(parts)
    told = pd.DataFrame([_CODES[code] for code in joined["code"]], columns=list(COLUMNS[:2]))
    return gpd.GeoDataFrame(told, geometry=[_areas(shape) for shape in joined.geometry], crs=CITY)


def none() -> gpd.GeoDataFrame:
    """Return no place, in the form of `estimate`."""
    return gpd.GeoDataFrame({"kind": [], "at": []}, geometry=[], crs=CITY)


def within(places: gpd.GeoDataFrame, ground: BaseGeometry) -> gpd.GeoDataFrame:
    """Return what of the places lies inside `ground` (EPSG:5186)."""
    inside = places[places.intersection(ground).area > 0]
    return inside.set_geometry([_areas(shape) for shape in inside.intersection(ground)], crs=CITY)


def _areas(shape: BaseGeometry) -> BaseGeometry:
    areas = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.normalize(shapely.MultiPolygon(areas))


def shown(places: gpd.GeoDataFrame, grid: Grid) -> NDArray[np.bool_] | None:
    """Return which pixels of `grid` (EPSG:5186) lie outside the hidden places; None when all do."""
    near = places.geometry[places.intersects(shapely.box(*grid.bounds))]
    if near.empty:
        return None
    return np.asarray(geometry_mask(near, (grid.height, grid.width), grid.transform))


def _square(before: Reader, after: Reader, square: Grid) -> gpd.GeoDataFrame:
    around = round(AROUND_M / square.cell)
    wide = square.window(-around, -around, square.width + 2 * around, square.height + 2 * around)
    inner = np.s_[around:-around, around:-around]
    codes = look(before(wide), after(wide))[inner]
    if not codes.any():
        return polygons.none(())
    ground = np.ones(codes.shape, bool)
    return polygons.trace(Raster(codes[None], ground, square), (), ())


def look(before: Raster, after: Raster) -> NDArray[np.uint8]:
    """Return what hides each square of 4 m: 0 nothing, else cloud or deep shadow and the date that it lies over."""
    both = before.valid & after.valid
    codes = np.zeros(both.shape, np.uint8)
    if both.any():
        dates = [np.ascontiguousarray(np.moveaxis(date.data[:3], 0, 2), np.float32) for date in (before, after)]
        for code, rule, here, there in ((3, _shadow, 0, 1), (4, _shadow, 1, 0), (1, _cloud, 0, 1), (2, _cloud, 1, 0)):
            codes[rule(dates[here], dates[there], both)] = code
    return codes


def _cloud(here: NDArray[np.float32], there: NDArray[np.float32], both: NDArray[np.bool_]) -> NDArray[np.bool_]:
    red, green, blue = cv2.split(here)
    gray = here.mean(axis=2)
    rise = gray - there.mean(axis=2)
    white = (np.abs(red - blue) <= WHITE * gray) & (np.abs(green - gray) <= WHITE * gray)
    bright = white & both & (gray >= BRIGHT) & (rise >= RISE) & (_range(gray) <= ROUGH)
    core = cv2.morphologyEx(_framed(bright), cv2.MORPH_OPEN, land.disc(LEAST_RADIUS))
    count, labels = cv2.connectedComponents(_framed((rise >= FADED) & both), connectivity=4)
    rim = np.where(labels > 0, 0, cv2.dilate(labels.astype(np.float32), land.disc(1))).astype(np.intp)
    steep = _framed((_range(rise) > STEEP * cv2.dilate(rise, land.disc(REACH))) | ~both, 1)
    squares, sharp = (np.bincount(rim.ravel(), of, count) for of in (None, cv2.dilate(steep, land.disc(1)).ravel()))
    cloud = (np.bincount(labels[core > 0], minlength=count) > 0) & (sharp <= SHARP_SHARE * squares)
    cloud[0] = False
    whole = cv2.dilate(cloud[labels].astype(np.uint8), land.disc(REACH)) > 0
    return np.asarray(whole[REACH:-REACH, REACH:-REACH] & both)


def _range(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how much values differ within 12 m."""
    return np.asarray(cv2.morphologyEx(values, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), np.float32)


def _framed(mask: NDArray[np.bool_], edge: int = 0) -> NDArray[np.uint8]:
    """Return a mask with a frame around it: what is not seen is no cloud, and no soft edge."""
    return np.pad(mask.astype(np.uint8), REACH, constant_values=edge)


def _shadow(here: NDArray[np.float32], there: NDArray[np.float32], both: NDArray[np.bool_]) -> NDArray[np.bool_]:
    gray, green = here.mean(axis=2), here[..., 1]
    black = both & (gray <= BLACK) & (green <= gray * (1 + WET_GREEN) + 1) & (there.mean(axis=2) >= LIT)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(black.astype(np.uint8), connectivity=4)
    large = stats[:, cv2.CC_STAT_AREA] >= LEAST_SHADOW
    large[0] = False
    return np.asarray(large[labels])
