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

# What one date shows, by its colour and roughness. MURKY is water that is
# turbid or shallow, as in paddies.
SHADE, MURKY, WOODS, GREEN, SOIL, BARE, WATER, PAVED, BUILT = range(9)

SHADE_BELOW = 76  # mean grey value; the darkest roofs are lost with the shade
LEAF = 0.06  # excess green over brightness
WOODS_BELOW, WOODS_ROUGH = 105, 8  # woods are darker and rougher than meadow and crops,
CROWN_PX = 21  # over some 10 m, a crown or two
WET_SMOOTH, WET_GREEN, WET_LEAF = 4.5, 0.025, 0.12  # water is smooth, a little green and no more,
WET_BELOW, WET_WARM = 125, 0.12  # neither bright nor brown;
DEEP_BELOW, DEEP_WARM = 92, 0.05  # a pond is darker than a flooded paddy
SOIL_WARM, PAVED_WARM = 0.055, 0.022  # red less blue over brightness: earth, then yards and concrete
GREY_FROM, GREY_TO = 112, 165  # grey that is neither slate nor white is as often concrete, or film over a field
BARE_WARM, BARE_ABOVE, BARE_GREEN = 0.135, 142, 0.045  # freshly dug soil is bright and yellow; a ploughed field is not
PAINT = -0.045  # excess green of brick, red and violet roofs; no soil has so little
CLEARED_ABOVE, TRACK_ABOVE = 112, 118  # ground without trees is bright, a track too; woods without leaves are not

# What a transition means, (earlier, later) -> code. All others are season, or nothing: a field is green in one survey
# and ploughed in the next.
BUILT_GAINED, BUILT_LOST, CLEARED, DUG, WET, DRY = range(1, 7)
TRANSITIONS = {
    # a new building brings its shade, and a roof has a dark side: a patch that is all dark is dropped by `judge`
    **{(earlier, later): BUILT_GAINED for earlier in (GREEN, SOIL, BARE, PAVED) for later in (BUILT, SHADE)},
    **{(earlier, later): BUILT_LOST for earlier in (BUILT, SHADE) for later in (GREEN, SOIL, BARE, PAVED)},
    (WOODS, BUILT): BUILT_GAINED,
    **{(WOODS, later): CLEARED for later in (SOIL, BARE)},
    **{(earlier, BARE): DUG for earlier in (MURKY, GREEN, SOIL, PAVED)},
    **{(earlier, WATER): WET for earlier in (WOODS, GREEN, SOIL, BARE, PAVED)},
    **{(WATER, later): DRY for later in (GREEN, SOIL, BARE, PAVED)},
}
EVIDENCE = ("probability", "colour", "beside_roof", "dark", "film")
LAND_COLOUR, BUILT_COLOUR = 0.35, 0.45  # least length of the colour change, see detect.colour
COLOUR_STEPS = 100

SMALLEST_M2 = {
    "building_gained": 30,  # a house; smaller sheds need finer imagery than 0.5 m
    "building_lost": 30,
    "building_extended": 30,
    "vegetation_loss": 400,
    "earthwork": 1500,  # less is a field in another dress
    "road": 200,
    "water": 400,
}
LEAST_WIDTH_M, LEAST_HOUSE_M = 2.6, 3.4  # twice the area over the perimeter; thinner are edges and cars
LEAST_SCORE = 0.42  # of a building; less is a roof in another light
ROAD_LONG, ROAD_WIDE_M = 10.0, 9.0  # times as long as wide, and no wider
ROAD_STRAIGHT = 0.7  # of its length lies between its ends; the rags of a field wind
COMPACT = 0.6  # share of its smallest rectangle that a building fills
FILM_FROM, FILM_TO, FILM_COLOUR, FILM_ROUGH = 165, 218, 20, 11  # grey values; see _doubts
FILM_SHARE, FILM_M2 = 0.4, 150  # of a patch at least so large: a greenhouse, which is no building
DARK_BELOW, DARK_SHARE = 92, 0.6  # a dark patch is shade under another sun,
SHADE_BESIDE, SHADE_WIDE_M = 0.02, 4.5  # where it lies beside a roof that stayed or is as narrow as shade
BESIDE_ROOF_M = 2
BESIDE_M2 = 8.0  # of an extension lies so near: some 4 m of wall


def kinds(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what each pixel shows, SHADE to BUILT, shape (height, width), from (height, width, 3)."""
    red, green, blue = (channel.astype(np.float32) for channel in cv2.split(cv2.blur(rgb, (5, 5))))
    total = red + green + blue + 1
    mean, warm, leaf = total / 3, (red - blue) / total, (2 * green - red - blue) / total
    kind = np.full(mean.shape, BUILT, np.uint8)
    kind[(warm > PAVED_WARM) | ((warm > -PAVED_WARM) & (mean > GREY_FROM) & (mean < GREY_TO))] = PAVED
    kind[warm > SOIL_WARM] = SOIL
    kind[(warm > BARE_WARM) & (mean > BARE_ABOVE)] = BARE
    kind[leaf < PAINT] = BUILT
    leafy = (leaf > LEAF) & (warm > 0)  # a green roof is as blue as it is red
    kind[leafy | ((kind == BARE) & (leaf > BARE_GREEN))] = GREEN
    shade = mean < SHADE_BELOW
    kind[shade] = SHADE
    crowns = cv2.blur(leafy.astype(np.uint8) * np.uint8(255), (CROWN_PX, CROWN_PX)) > 127
    dark = cv2.cvtColor(cv2.blur(rgb, (CROWN_PX, CROWN_PX)), cv2.COLOR_RGB2GRAY) < WOODS_BELOW
    kind[(leafy | shade) & crowns & dark & (roughness(rgb, CROWN_PX) > WOODS_ROUGH)] = WOODS
    wet = (leaf > WET_GREEN) & (leaf < WET_LEAF) & (mean < WET_BELOW) & (warm < WET_WARM)
    wet &= roughness(rgb, detect.WINDOW_PX) < WET_SMOOTH
    kind[wet] = np.where((mean[wet] < DEEP_BELOW) & (warm[wet] < DEEP_WARM), WATER, MURKY)
    return kind


def roughness(rgb: NDArray[np.uint8], window_px: int) -> NDArray[np.float32]:
    """Return the standard deviation of grey values over a window; sums of whole numbers, exact in any block."""
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    depth = cv2.CV_32F if window_px**2 * 255**2 < 2**24 else cv2.CV_64F  # whole numbers that the type still holds
    total, squares = (cv2.boxFilter(v, depth, (window_px, window_px), normalize=False) for v in (gray, gray * gray))
    n = window_px**2
    return np.asarray(np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0)), np.float32)


def transitions(before: Raster, after: Raster, probability: Raster) -> tuple[Raster, Raster]:
    """Return the code of each changed pixel (0: none), and the EVIDENCE to be summed over a patch."""
    same_grid(before, after)
    same_grid(before, probability)
    first, second = (np.ascontiguousarray(np.moveaxis(r.data[:3], 0, 2)) for r in (before, after))
    earlier, later = kinds(first), kinds(second)
    code = _MEANING[earlier, later]
    wide, narrow = (cv2.cvtColor(cv2.blur(second, (n, n)), cv2.COLOR_RGB2GRAY) for n in (CROWN_PX, detect.WINDOW_PX))
    inside = cv2.erode((earlier == WOODS).astype(np.uint8), _round(CROWN_PX // 3)) > 0
    code[(code == CLEARED) & ~(inside & ((wide > CLEARED_ABOVE) | (narrow > TRACK_ABOVE)))] = 0
    moved = np.minimum(detect.colour(first, second) * COLOUR_STEPS, 255).astype(np.uint8)
    built = (code == BUILT_GAINED) | (code == BUILT_LOST)
    enough = np.where(built, BUILT_COLOUR, LAND_COLOUR) * COLOUR_STEPS
    code[(moved < enough) & ~(built & detect.mask(probability))] = 0
    out = np.zeros_like(code)
    for value in range(1, int(_MEANING.max()) + 1):
        patch = cv2.morphologyEx((code == value).astype(np.uint8), cv2.MORPH_CLOSE, _round(3))
        patch = cv2.morphologyEx(patch, cv2.MORPH_OPEN, _round(2))
        out[(patch > 0) & (out == 0)] = value
    out[~probability.valid] = 0
    roof = cv2.morphologyEx(((earlier == BUILT) & (later == BUILT)).astype(np.uint8), cv2.MORPH_OPEN, _round(4))
    beside = cv2.dilate(roof, _round(round(BESIDE_ROOF_M / before.grid.cell)))
    lost = code == BUILT_LOST
    dark, film = (np.where(lost, a, b) for a, b in zip(_doubts(first), _doubts(second), strict=True))
    seen = np.stack([probability.data[0], moved, beside, dark, film])
    return Raster(out[None], probability.valid, before.grid), Raster(seen, probability.valid, before.grid)


def _doubts(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return where what looks like a roof may be shade, and where film over a tunnel: pale and ribbed all over."""
    smooth = np.asarray(cv2.blur(rgb, (5, 5)), np.uint8)
    gray = cv2.cvtColor(smooth, cv2.COLOR_RGB2GRAY)
    colourless = cv2.absdiff(smooth[..., 0], smooth[..., 2]) < FILM_COLOUR
    ribbed = roughness(rgb, detect.WINDOW_PX) > FILM_ROUGH
    film = (gray > FILM_FROM) & (gray < FILM_TO) & colourless & ribbed
    return (gray < DARK_BELOW).astype(np.uint8), film.astype(np.uint8)


def _round(radius: int) -> NDArray[np.uint8]:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


_MEANING = np.zeros((9, 9), np.uint8)
for (_earlier, _later), _code in TRANSITIONS.items():
    _MEANING[_earlier, _later] = _code


def judge(patches: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the patches that are changes, with `class` and `score` (0 to 1).

    Needs code, px, the sums of EVIDENCE and area_m2; what is too small or too thin for its class is left out.
    """
    outline = patches.geometry.to_numpy()
    area_m2 = patches["area_m2"].to_numpy()
    length_m = shapely.length(outline) / 2
    width_m = area_m2 / np.maximum(length_m, 1e-6)
    code = patches["code"].to_numpy()
    reach_m = shapely.minimum_bounding_radius(outline) * 2
    road = (length_m > ROAD_LONG * width_m) & (width_m <= ROAD_WIDE_M) & (reach_m > ROAD_STRAIGHT * length_m)
    share = {name: (patches[name] / patches["px"]).to_numpy() for name in EVIDENCE}
    conditions = [np.isin(code, (WET, DRY)), road, code == BUILT_LOST, code == CLEARED, code == DUG,
                  share["beside_roof"] * area_m2 >= BESIDE_M2]  # fmt: skip
    names = ["water", "road", "building_lost", "vegetation_loss", "earthwork", "building_extended"]
    named = patches.assign(**{"class": np.select(conditions, names, "building_gained")})
    built = named["class"].str.startswith("building").to_numpy()
    sure = 1 - np.exp(-share["colour"] / COLOUR_STEPS / np.where(built, BUILT_COLOUR, LAND_COLOUR))
    named["score"] = np.round(np.where(built, (sure + share["probability"] / 255) / 2, sure), 3)
    house = area_m2 >= COMPACT * shapely.area(shapely.minimum_rotated_rectangle(outline))
    house &= (width_m >= LEAST_HOUSE_M) & (named["score"].to_numpy() >= LEAST_SCORE)
    shade = (share["beside_roof"] > SHADE_BESIDE) | (width_m < SHADE_WIDE_M)
    house &= ~((share["dark"] > DARK_SHARE) & shade)
    house &= ~((share["film"] > FILM_SHARE) & (area_m2 > FILM_M2))
    smallest = named["class"].map(SMALLEST_M2).to_numpy()
    return named[(area_m2 >= smallest) & (width_m >= LEAST_WIDTH_M) & (house | ~built)]
