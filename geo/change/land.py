"""What the ground is at each date and what its change means, by thresholds a reader can follow."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# What one date shows, by its colour and roughness. MURKY is water that is turbid or shallow, as in paddies; SEALED is
# grey, white or of a colour that neither soil nor leaves have: roofs, concrete, asphalt.
SHADE, MURKY, WOODS, GREEN, SOIL, BARE, WATER, PAVED, GREY, SEALED = range(10)

CELL_M = 1.0
"""The pixel size it is told at: crowns and waves of ripples, not leaves and ripples."""
SHADE_BELOW = 76  # mean grey value; the darkest roofs are lost with the shade
LEAF = 0.06  # excess green (Woebbecke 1995) over brightness
NDVI_LEAF, NDWI_WET = 0.3, 0.2  # with near infrared: Rouse 1974, McFeeters 1996
WOODS_BELOW, WOODS_ROUGH = 105, 7  # woods are darker and rougher than meadow and crops,
CROWN_PX = 11  # over a crown or two
WET_PX = 5
WET_SMOOTH, WET_GREEN, WET_LEAF = 4.0, 0.025, 0.2  # water is smooth, a little green and no more,
WET_BELOW, WET_WARM = 125, 0.12  # neither bright nor brown;
DEEP_BELOW, DEEP_WARM = 92, 0.05  # a pond is darker than a flooded paddy,
BLUE_BELOW, BLUE_WARM = 97, -0.04  # or bluer, as red light does not come back from the deep
SOIL_WARM, PAVED_WARM = 0.055, 0.022  # red less blue over brightness: earth, then yards
GREY_FROM, GREY_TO = 112, 165  # grey that is neither slate nor white is as often concrete, or film over a field
BARE_WARM, BARE_ABOVE, BARE_GREEN = 0.135, 142, 0.045  # freshly dug soil is bright and yellow; a ploughed field is not
PAINT = -0.045  # excess green of brick, red and violet roofs; no soil has so little
CLEARED_ABOVE, TRACK_ABOVE = 112, 118  # ground without trees is bright, a track too; woods without leaves are not

# What a transition means, (earlier, later) -> code. All others are season, or nothing: a field is green in one survey
# and ploughed in the next.
CLEARED, DUG, WET, DRY, LAID = range(1, 6)
TRANSITIONS = {
    **{(WOODS, later): CLEARED for later in (SOIL, BARE)},
    **{(earlier, BARE): DUG for earlier in (MURKY, GREEN, SOIL, PAVED, GREY)},
    **{(earlier, WATER): WET for earlier in (WOODS, GREEN, SOIL, BARE, PAVED, GREY)},
    **{(WATER, later): DRY for later in (SOIL, BARE, PAVED, GREY)},
    **{(earlier, later): LAID for earlier in (WOODS, GREEN, SOIL, BARE) for later in (PAVED, GREY, SEALED)},
}
LEAST_COLOUR = 0.35  # of the colour change, see `colour`


def kinds(bands: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what each pixel shows, SHADE to SEALED, shape (height, width), from (height, width, 3 or 4).

    The fourth band is near infrared.
    """
    rgb = np.ascontiguousarray(bands[..., :3])
    smooth = cv2.blur(rgb, (3, 3)).astype(np.float32)
    red, green, blue = cv2.split(smooth)
    total = red + green + blue + 1
    mean, warm, leaf = total / 3, (red - blue) / total, 3 * green / total - 1
    leafy = (leaf > LEAF) & (warm > 0)  # a green roof is as blue as it is red
    wet = (leaf > WET_GREEN) & (leaf < WET_LEAF) & (mean < WET_BELOW) & (warm < WET_WARM)
    if bands.shape[2] > 3:
        infrared = cv2.blur(np.ascontiguousarray(bands[..., 3]), (3, 3)).astype(np.float32)
        leafy = infrared - red > NDVI_LEAF * (infrared + red + 1)
        wet = green - infrared > NDWI_WET * (green + infrared + 1)
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    wet &= roughness(gray, WET_PX) < WET_SMOOTH
    kind = np.full(mean.shape, SEALED, np.uint8)
    kind[(warm > -PAVED_WARM) & (mean > GREY_FROM) & (mean < GREY_TO)] = GREY
    kind[warm > PAVED_WARM] = PAVED
    kind[warm > SOIL_WARM] = SOIL
    kind[(warm > BARE_WARM) & (mean > BARE_ABOVE)] = BARE
    kind[leaf < PAINT] = SEALED
    kind[leafy | ((kind == BARE) & (leaf > BARE_GREEN))] = GREEN
    shade = mean < SHADE_BELOW
    kind[shade] = SHADE
    crowns = cv2.blur(leafy.astype(np.uint8) * np.uint8(255), (CROWN_PX, CROWN_PX)) > 127
    dark = cv2.blur(gray, (CROWN_PX, CROWN_PX)) < WOODS_BELOW
    kind[(leafy | shade) & crowns & dark & (roughness(gray, CROWN_PX) > WOODS_ROUGH)] = WOODS
    deep = ((mean < DEEP_BELOW) & (warm < DEEP_WARM)) | ((mean < BLUE_BELOW) & (warm < BLUE_WARM))
    kind[wet] = np.where(deep[wet], WATER, MURKY)
    return kind


def roughness(picture: NDArray[np.generic], window_px: int) -> NDArray[np.float32]:
    """Return the standard deviation of grey values over a window; sums of whole numbers, exact in any block."""
    gray = picture.astype(np.float32)
    size = window_px, window_px  # sums of whole numbers under 2^24, which single precision holds
    total, squares = (cv2.boxFilter(v, cv2.CV_32F, size, normalize=False) for v in (gray, gray * gray))
    n = window_px**2
    return np.asarray(np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0)), np.float32)


def colour(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the length of the change vector (Malila 1980) of smoothed colours; 1 is 90 grey values."""
    difference = cv2.absdiff(cv2.blur(first, (3, 3)), cv2.blur(second, (3, 3))).astype(np.float32)
    squares = cv2.transform(difference * difference, np.ones((1, 3), np.float32))
    return np.asarray(np.minimum(cv2.sqrt(squares) / 90, 2), np.float32)


def tint(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how far the logarithm of red over blue changed, of smoothed colours; light and shade change it little."""
    red, blue = (
        [cv2.blur(np.ascontiguousarray(date[..., band]), (3, 3)).astype(np.float32) + 1 for date in (first, second)]
        for band in (0, 2)
    )
    return np.asarray(np.abs(np.log(red[1] * blue[0] / (red[0] * blue[1]))), np.float32)


def transitions(
    earlier: NDArray[np.uint8], later: NDArray[np.uint8], second: NDArray[np.uint8], moved: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Return the code of each pixel (0: none) from the kinds at both dates, the later picture and the colour change."""
    code = _MEANING[earlier, later]
    gray = cv2.cvtColor(second[..., :3].copy(), cv2.COLOR_RGB2GRAY)
    wide, narrow = (cv2.blur(gray, (n, n)) for n in (CROWN_PX, WET_PX))
    inside = cv2.erode((earlier == WOODS).astype(np.uint8), disc(CROWN_PX // 2)) > 0
    code[(code == CLEARED) & ~(inside & ((wide > CLEARED_ABOVE) | (narrow > TRACK_ABOVE)))] = 0
    code[moved < LEAST_COLOUR] = 0
    return code


def disc(radius: int) -> NDArray[np.uint8]:
    """Return a round kernel."""
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


_MEANING = np.zeros((10, 10), np.uint8)
for (_earlier, _later), _code in TRANSITIONS.items():
    _MEANING[_earlier, _later] = _code
