"""What the ground is at each date and what its change means, by thresholds a reader can follow."""

from __future__ import annotations

import cv2
import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.change import detect
from geo.raster import Raster, same_grid

KOREAN = {
    "building_gained": "건물 신축",
    "building_lost": "건물 철거",
    "building_extended": "건물 증축",
    "vegetation_loss": "식생 훼손",
    "earthwork": "토공(절·성토)",
    "road": "도로",
    "water": "수면 변화",
}

# What one date shows. SHADE hides the ground: nothing is said of a change to or from it.
SHADE, WOODS, GREEN, SOIL, BARE, WATER, BUILT = range(7)

SHADE_BELOW = 42  # mean grey value
GREEN_ABOVE = 0.06  # excess green over brightness
WOODS_BELOW, WOODS_ROUGH = 105, 8  # woods are darker and rougher than meadow and crops,
CROWN_PX = 21  # over some 10 m, a crown or two
WATER_BELOW, WATER_SMOOTH, WATER_WARM = 110, 5, 0.02  # water is dark, smooth, and not brown
SOIL_WARM = 0.05  # red less blue over brightness
BARE_ABOVE = 150  # freshly dug soil is bright; a ploughed field is not

# What a transition means, (earlier, later) -> code. All others are season, or nothing: a field is green in one survey
# and ploughed in the next.
BUILT_GAINED, BUILT_LOST, CLEARED, DUG, WET, DRY = range(1, 7)
TRANSITIONS = {
    **{(earlier, BUILT): BUILT_GAINED for earlier in (WOODS, GREEN, SOIL, BARE, WATER)},
    **{(BUILT, later): BUILT_LOST for later in (WOODS, GREEN, SOIL, BARE)},
    **{(WOODS, later): CLEARED for later in (GREEN, SOIL)},
    **{(earlier, BARE): DUG for earlier in (WOODS, GREEN, SOIL, WATER)},
    **{(earlier, WATER): WET for earlier in (WOODS, GREEN, SOIL, BARE, BUILT)},
    **{(WATER, later): DRY for later in (GREEN, SOIL)},
}
EVIDENCE = ("probability", "colour", "beside_roof")
LAND_COLOUR = 0.25  # length of the colour change, see detect.colour, under which land is taken as unchanged
COLOUR_STEPS = 100

SMALLEST_M2 = {
    "building_gained": 30,  # a house; smaller sheds need finer imagery than 0.5 m
    "building_lost": 30,
    "building_extended": 30,
    "vegetation_loss": 150,
    "earthwork": 150,
    "road": 100,
    "water": 150,
}
LEAST_WIDTH_M = 3.0  # twice the area over the perimeter; thinner patches are edges that did not meet
ROAD_LONG = 8.0  # times as long as wide
BESIDE_ROOF_M = 4
BESIDE_SHARE = 0.15


def kinds(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what each pixel shows, SHADE to BUILT, shape (height, width), from (height, width, 3)."""
    red, green, blue = (channel.astype(np.float32) for channel in cv2.split(cv2.blur(rgb, (5, 5))))
    total = red + green + blue + 1
    mean, warm = total / 3, (red - blue) / total
    leafy = (2 * green - red - blue) / total > GREEN_ABOVE
    shade = mean < SHADE_BELOW
    kind = np.full(mean.shape, BUILT, np.uint8)
    kind[warm > SOIL_WARM] = SOIL
    kind[(warm > SOIL_WARM) & (mean > BARE_ABOVE)] = BARE
    kind[(mean < WATER_BELOW) & (roughness(rgb, detect.WINDOW_PX) < WATER_SMOOTH) & (warm < WATER_WARM)] = WATER
    kind[leafy] = GREEN
    kind[shade] = SHADE
    crowns = cv2.blur(leafy.astype(np.uint8) * np.uint8(255), (CROWN_PX, CROWN_PX)) > 127
    dark = cv2.cvtColor(cv2.blur(rgb, (CROWN_PX, CROWN_PX)), cv2.COLOR_RGB2GRAY) < WOODS_BELOW
    kind[(leafy | shade) & crowns & dark & (roughness(rgb, CROWN_PX) > WOODS_ROUGH)] = WOODS
    return kind


def roughness(rgb: NDArray[np.uint8], window_px: int) -> NDArray[np.float32]:
    """Return the standard deviation of grey values over a window; sums of whole numbers, exact in any block."""
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    total, squares = (
        cv2.boxFilter(v, cv2.CV_64F, (window_px, window_px), normalize=False) for v in (gray, gray * gray)
    )
    n = window_px**2
    return np.asarray(np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0)), np.float32)


def transitions(before: Raster, after: Raster, probability: Raster) -> tuple[Raster, Raster]:
    """Return the code of each changed pixel (0: none), and the EVIDENCE to be summed over a patch."""
    same_grid(before, after)
    same_grid(before, probability)
    first, second = (np.ascontiguousarray(np.moveaxis(r.data[:3], 0, 2)) for r in (before, after))
    earlier, later = kinds(first), kinds(second)
    code = _MEANING[earlier, later]
    moved = np.minimum(detect.colour(first, second) * COLOUR_STEPS, 255).astype(np.uint8)
    built = (code == BUILT_GAINED) | (code == BUILT_LOST)
    code[~np.where(built, detect.mask(probability), moved >= LAND_COLOUR * COLOUR_STEPS)] = 0
    out = np.zeros_like(code)
    for value in range(1, int(_MEANING.max()) + 1):
        patch = cv2.morphologyEx((code == value).astype(np.uint8), cv2.MORPH_CLOSE, _round(3))
        patch = cv2.morphologyEx(patch, cv2.MORPH_OPEN, _round(3))
        out[(patch > 0) & (out == 0)] = value
    out[~probability.valid] = 0
    roof = cv2.morphologyEx(((earlier == BUILT) & (later == BUILT)).astype(np.uint8), cv2.MORPH_OPEN, _round(4))
    beside = cv2.dilate(roof, _round(round(BESIDE_ROOF_M / before.grid.cell)))
    seen = np.stack([probability.data[0], moved, beside])
    return Raster(out[None], probability.valid, before.grid), Raster(seen, probability.valid, before.grid)


def _round(radius: int) -> NDArray[np.uint8]:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


_MEANING = np.zeros((7, 7), np.uint8)
for (_earlier, _later), _code in TRANSITIONS.items():
    _MEANING[_earlier, _later] = _code


def judge(patches: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the patches that are changes, with `class` and `score` (0 to 1).

    Needs code, px, the sums of EVIDENCE and area_m2; what is too small or too thin for its class is left out.
    """
    length_m = shapely.length(patches.geometry.to_numpy()) / 2
    width_m = patches["area_m2"].to_numpy() / np.maximum(length_m, 1e-6)
    code = patches["code"].to_numpy()
    long = length_m > ROAD_LONG * width_m
    extended = patches["beside_roof"] / patches["px"] > BESIDE_SHARE
    conditions = [code == BUILT_LOST, code == CLEARED, code == DUG, (code == WET) | (code == DRY), long, extended]
    names = ["building_lost", "vegetation_loss", "earthwork", "water", "road", "building_extended"]
    named = patches.assign(**{"class": np.select(conditions, names, "building_gained")})
    built = named["class"].str.startswith(("building", "road"))
    colour = patches["colour"] / patches["px"] / COLOUR_STEPS
    sure = np.where(built, patches["probability"] / patches["px"] / 255, 1 - np.exp(-colour / LAND_COLOUR))
    named["score"] = np.round(sure, 3)
    smallest = named["class"].map(SMALLEST_M2)
    return named[(named["area_m2"] >= smallest) & (width_m >= LEAST_WIDTH_M)]
