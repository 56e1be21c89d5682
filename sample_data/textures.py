"""Textures anchored to the ground, so that neighbouring sheets join: noise, crowns of trees, the relief's shade."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_data import terrain
from sample_data.axes import SIDE_M

Plane = NDArray[np.float32]
TILE = 1024
"""Pixels after which the fine textures repeat, 512 m."""
COARSE_M = 8.0
PX_M = 0.5


@cache
def fine(seed: int, power: float) -> Plane:
    """Return noise of deviation 1 that repeats without a seam, TILE x TILE; a higher power is softer."""
    white = np.random.default_rng((81, seed)).standard_normal((TILE, TILE))
    f = np.fft.fftfreq(TILE)
    k = np.hypot(*np.meshgrid(f, f))
    k[0, 0] = np.inf
    k = np.maximum(k, 4 / TILE)
    noise = np.real(np.fft.ifft2(np.fft.fft2(white) * k**-power))
    return (noise / noise.std()).astype(np.float32)


@cache
def coarse(seed: int) -> Plane:
    """Return slow noise over the whole town and a rim around it, a value every COARSE_M metres, deviation 1."""
    cells = int(SIDE_M / COARSE_M) + 64
    white = np.random.default_rng((82, seed)).standard_normal((cells, cells))
    f = np.fft.fftfreq(cells)
    k = np.maximum(np.hypot(*np.meshgrid(f, f)), 1.5 / cells)
    noise = np.real(np.fft.ifft2(np.fft.fft2(white) * k**-1.3))
    return (noise / noise.std()).astype(np.float32)


@cache
def crowns() -> tuple[Plane, Plane]:
    """Return the height of a closed canopy in metres and each crown's own tint (deviation 1), TILE x TILE, no seam."""
    random = np.random.default_rng(83)
    height = np.zeros((TILE, TILE), np.float32)
    tint = np.zeros((TILE, TILE), np.float32)
    count = 15_000
    centres, radii = random.uniform(0, TILE, (count, 2)), random.gamma(7, 0.62, count) + 2.2
    tops, tints = random.normal(10, 1.6, count), random.standard_normal(count)
    for (cx, cy), radius, top, own in zip(centres, radii, tops, tints, strict=True):
        reach = int(radius) + 1
        ys, xs = np.arange(int(cy) - reach, int(cy) + reach + 1), np.arange(int(cx) - reach, int(cx) + reach + 1)
        d2 = ((ys - cy) ** 2)[:, None] + ((xs - cx) ** 2)[None, :]
        bump = top - 4.5 * d2 / radius**2
        at = np.ix_(ys % TILE, xs % TILE)
        higher = (d2 < radius**2) & (bump > height[at])
        height[at] = np.where(higher, bump, height[at])
        tint[at] = np.where(higher, own, tint[at])
    return height, tint


@cache
def canopy(azimuth: float, elevation: float) -> Plane:
    """Return the light on the canopy (about 0.3 in gaps to 1.4 on lit flanks) under a sun, degrees."""
    height, _ = crowns()
    rough = height + fine(3, 0.6) * 0.35
    rough = cv2.GaussianBlur(np.pad(rough, 8, mode="wrap"), (0, 0), 0.8)[8:-8, 8:-8]
    east = (np.roll(rough, -1, 1) - np.roll(rough, 1, 1)) / (2 * PX_M)
    south = (np.roll(rough, -1, 0) - np.roll(rough, 1, 0)) / (2 * PX_M)
    a, e = np.radians(azimuth), np.radians(elevation)
    sun = np.array([np.sin(a) * np.cos(e), np.cos(a) * np.cos(e), np.sin(e)])
    steep = 0.45  # crowns are leaves, not stone: soften
    normal = np.sqrt(1 + steep**2 * (east**2 + south**2))
    light = (-steep * east * sun[0] + steep * south * sun[1] + sun[2]) / normal
    gaps = np.clip((height - 3.0) / 5.0, 0.0, 1.0)
    return (np.clip(0.35 + 0.75 * light, 0.25, 1.4) * (0.42 + 0.58 * gaps)).astype(np.float32)


@cache
def relief(azimuth: float, elevation: float) -> Plane:
    """Return the light on the terrain relative to flat ground, 2 m cells, row 0 in the north."""
    z = cv2.GaussianBlur(terrain.heights(), (0, 0), 4)
    south, east = np.gradient(z, terrain.CELL_M)
    a, e = np.radians(azimuth), np.radians(elevation)
    light = -east * np.sin(a) * np.cos(e) + south * np.cos(a) * np.cos(e) + np.sin(e)
    light /= np.sqrt(1 + east**2 + south**2) * np.sin(e)
    return np.clip(light, 0.55, 1.25).astype(np.float32)


def tiled(tile: Plane, col: int, row: int, width: int, height: int) -> Plane:
    """Return the window of a repeating tile that begins at pixel col, row of the town."""
    return tile[np.ix_(np.arange(row, row + height) % TILE, np.arange(col, col + width) % TILE)]


def stretched(plane: Plane, cell_m: float, rim: int, col: int, row: int, width: int, height: int) -> Plane:
    """Return the window of a coarse plane whose first cell lies `rim` cells outside the town's north-west corner."""
    step = PX_M / cell_m
    shift_x, shift_y = (col + 0.5) * step - 0.5 + rim, (row + 0.5) * step - 0.5 + rim
    move = np.array([[step, 0, shift_x], [0, step, shift_y]], np.float32)
    return cv2.warpAffine(
        plane, move, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
