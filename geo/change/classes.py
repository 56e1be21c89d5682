"""What a changed patch is, and whether it is large and sure enough to be told of: rules a reader can follow."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.change import detect, land, model

KOREAN = {
    "building_gained": "건물 신축",
    "building_lost": "건물 철거",
    "building_extended": "건물 증축",
    "vegetation_loss": "식생 훼손",
    "earthwork": "토공(절·성토)",
    "road": "도로",
    "water": "수면 변화",
}
SMALLEST_M2 = {
    "building_gained": 30,  # a house; smaller sheds need finer imagery than 0.5 m
    "building_lost": 30,
    "building_extended": 30,
    "vegetation_loss": 400,
    "earthwork": 2000,  # less is a field in another dress
    "road": 200,
    "water": 300,
}
LEAST_WIDTH_M = 2.6  # twice the area over the perimeter; thinner are edges and cars
ROAD_REACH_M = 75.0  # from end to end; shorter are edges of fields
ROAD_LONG, ROAD_WIDE_M = 12.0, 9.0  # times as long as wide, and no wider
ROAD_STRAIGHT = 0.6  # of its length lies between its ends, forecourts included; the rags of a field wind
LEAST_WATER_M = 7.0  # wide; narrower are banks at another water level
SHADE_SHARE = 0.15  # of a patch lies by a shadow, where a roof throws one
LEAST_WING = 0.5  # of the probability that a standing roof grew, see detect
BESIDE_M2 = 8.0  # of an extension lies within detect.BESIDE_PX of a standing building: some 4 m of wall


def judge(patches: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the patches that are changes, with `class` and `score` (0 to 1).

    Needs code, px, the sums of detect.EVIDENCE and area_m2; what is too small or too thin for its class is left out.
    """
    outline, code = patches.geometry.to_numpy(), patches["code"].to_numpy()
    area_m2 = patches["area_m2"].to_numpy()
    length_m = shapely.length(outline) / 2
    width_m = area_m2 / np.maximum(length_m, 1e-6)
    share = {name: (patches[name] / patches["px"]).to_numpy() for name in detect.EVIDENCE}
    built, extended = code > land.LAID, share["beside"] * area_m2 >= BESIDE_M2
    reach_m = shapely.minimum_bounding_radius(outline) * 2
    road = (reach_m >= ROAD_REACH_M) & (reach_m >= ROAD_LONG * width_m) & (width_m <= ROAD_WIDE_M)
    road &= reach_m >= ROAD_STRAIGHT * length_m
    classes = {
        "building_lost": code == detect.BUILT_LOST,
        "building_extended": built & extended,
        "building_gained": built,
        "water": np.isin(code, (land.WET, land.DRY)) & (width_m >= LEAST_WATER_M),
        "road": np.isin(code, (land.CLEARED, land.DUG, land.LAID)) & road,
        "vegetation_loss": code == land.CLEARED,
        "earthwork": code == land.DUG,
    }
    name = np.select(list(classes.values()), list(classes), "")
    real = model.calibrated((patches["chance"] / np.maximum(patches["likely"], 1)).to_numpy() / 255)
    moved = 1 - np.exp(-share["colour"] / detect.COLOUR_STEPS / land.LEAST_COLOUR)
    told = area_m2 >= np.array([SMALLEST_M2.get(one, np.inf) for one in name])
    wing = share["wing"] / 255
    sure = np.where(name == "building_extended", wing >= LEAST_WING, real >= model.LEAST_SCORE)
    told &= (width_m >= LEAST_WIDTH_M) & (~built | (_roof(share) & sure))
    score = np.select([name == "building_extended", built], [np.maximum(real, wing), real], moved)
    return patches.assign(**{"class": name, "score": np.round(score, 3)})[told]


def _roof(share: dict[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Return which patches can be a roof: no woods and no water, and of the colour of earth only with its shadow."""
    return (share["wild"] <= 0.5) & ((share["earthy"] < 0.5) | (share["shaded"] > SHADE_SHARE))
