"""How probable it is that something was built, cleared or dug between two dates, per pixel, without a learned model."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.raster import Raster, same_grid

Pixel = TypeVar("Pixel", np.uint8, np.float32)

REACH_PX = 56
"""How far a pixel's score looks around itself; a halo at least as wide gives the same score in any window."""

WINDOW_PX = 9  # of the structural measures
LENGTHS_PX = (3, 7, 13, 21)  # lines of the building index at half resolution, up to the narrow side of a small factory
STRONG_EDGE = 24.0  # mean gradient, grey values, that counts as structure rather than noise

# Weights of (colour, orientation, building index, structure): change vector analysis (Malila 1980), histograms of
# oriented gradients (Dalal 2005), morphological building index (Huang 2011), SSIM (Wang 2004). The even chance lies
# where the mean of them marks some 3 % of a changing town; the slope makes the middle half of scores readable.
WEIGHTS = np.array([1.0, 2.0, 1.0, 0.5], np.float32)
EVEN = np.float32(2.4)
SLOPE = np.float32(3.0)
STEPS = 50  # per unit, before smoothing: whole numbers sum up alike in any window


def score(before: Raster, after: Raster) -> Raster:
    """Return the probability of change, one band of uint8 0 to 255, of two aligned RGB rasters on one grid."""
    same_grid(before, after)
    first, second = (np.ascontiguousarray(np.moveaxis(r.data[:3], 0, 2)) for r in (before, after))
    total = WEIGHTS[0] * colour(first, second) + WEIGHTS[1] * orientation(first, second)
    total += WEIGHTS[2] * building(first, second) + WEIGHTS[3] * structure(first, second)
    green = cv2.min(vegetation(first), vegetation(second))
    total *= 1 - green * np.float32(1 / 255)
    smooth = cv2.blur(np.minimum(total * STEPS, 255).astype(np.uint8), (7, 7))
    valid = before.valid & after.valid
    return Raster(np.where(valid, _TABLE[smooth], 0)[None].astype(np.uint8), valid, before.grid)


_TABLE = np.rint(255 / (1 + np.exp(-SLOPE * (np.arange(256) / STEPS - EVEN)))).astype(np.uint8)


def mask(probability: Raster) -> NDArray[np.bool_]:
    """Return where change is more probable than not, without specks under 3 px or gaps under 5 px across."""
    yes = (probability.data[0] >= 128).astype(np.uint8)
    yes = cv2.morphologyEx(yes, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    closed: NDArray[np.bool_] = cv2.morphologyEx(yes, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
    return closed


def vegetation(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return how green a pixel is, 0 to 255: excess green (Woebbecke 1995) over brightness, full from 0.12 on."""
    red, green, blue = (channel.astype(np.float32) for channel in cv2.split(cv2.blur(rgb, (5, 5))))
    excess = (2 * green - red - blue) / (red + green + blue + 1)
    return np.clip((excess - 0.02) * (255 / 0.10), 0, 255).astype(np.uint8)


def colour(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the length of the change vector of smoothed colours; 1 is 90 grey values."""
    difference = cv2.absdiff(cv2.blur(first, (5, 5)), cv2.blur(second, (5, 5))).astype(np.float32)
    squares = np.einsum("ijk,ijk->ij", difference, difference)
    return np.asarray(np.minimum(np.sqrt(squares) / 90, 2), np.float32)


def structure(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return 1 - SSIM of grey values over a window, 0 to 2; sums of whole numbers, so exact in any window."""
    x, y = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) for image in (first, second))
    size, area = (WINDOW_PX, WINDOW_PX), WINDOW_PX**2
    mx, my = (cv2.boxFilter(v, cv2.CV_32F, size, normalize=False) / area for v in (x, y))
    xx, yy, xy = (cv2.boxFilter(v, cv2.CV_32F, size, normalize=False) / area for v in (x * x, y * y, x * y))
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    alike = (2 * mx * my + c1) * (2 * (xy - mx * my) + c2)
    alike /= (mx * mx + my * my + c1) * (xx + yy - mx * mx - my * my + c2)
    return np.asarray(1 - np.clip(alike, -1, 1), np.float32)


def orientation(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how differently edges run around a pixel, 0 to 1, at half resolution; weak edges count little."""
    a, b = (_directions(_half(image)) for image in (first, second))
    apart = np.abs(a - b).sum(axis=0)
    strength = np.maximum(a, b).sum(axis=0)
    return _whole(apart / (strength + STRONG_EDGE), first)


def _directions(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the mean strength of edges across four directions, shape (4, height, width)."""
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    gx, gy = cv2.Sobel(gray, cv2.CV_16S, 1, 0), cv2.Sobel(gray, cv2.CV_16S, 0, 1)
    energies = (gx, gy, gx + gy, gx - gy)
    size = (WINDOW_PX, WINDOW_PX)
    boxes = [cv2.boxFilter(np.abs(e).astype(np.float32), cv2.CV_32F, size, normalize=False) for e in energies]
    return np.asarray(np.stack(boxes) / (WINDOW_PX**2 * 4), np.float32)


def building(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how differently a place looks like a roof, 0 to 1, at half resolution."""
    a, b = (building_index(image) for image in (first, second))
    return np.asarray(cv2.absdiff(a, b) / np.float32(64), np.float32)


def building_index(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the morphological building index, 0 to 255: brighter than its surroundings at the scales of roofs."""
    red, green, blue = cv2.split(rgb)
    bright = _half(np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8))
    total = np.zeros(bright.shape, np.uint16)
    for line in _lines():
        hats = [cv2.morphologyEx(bright, cv2.MORPH_TOPHAT, kernel) for kernel in line]
        for shorter, longer in pairwise(hats):
            total += np.asarray(longer - shorter, np.uint16)
    return _whole((total // 4).clip(0, 255).astype(np.uint8), rgb)


def _lines() -> list[list[NDArray[np.uint8]]]:
    """Return line kernels of every length along each of four directions."""
    flat = [np.ones((1, n), np.uint8) for n in LENGTHS_PX]
    slant = [np.eye(max(3, round(n / 1.414) | 1), dtype=np.uint8) for n in LENGTHS_PX]
    return [flat, [k.T.copy() for k in flat], slant, [k[::-1].copy() for k in slant]]


def _half(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = (image.shape[1] + 1) // 2, (image.shape[0] + 1) // 2
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _whole(half: NDArray[Pixel], like: NDArray[np.uint8]) -> NDArray[Pixel]:
    size = like.shape[1], like.shape[0]
    return np.asarray(cv2.resize(half, size, interpolation=cv2.INTER_NEAREST), half.dtype)
