"""Bringing the second survey to the light of the first: gain and offset from ground that did not change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from geo.change import lattice
from geo.change.align import Progress, Run, silent
from geo.grid import Bounds
from geo.raster import Raster, Reader

MEASURE_CELL_M = 2.0
STRIP_PX = 64  # rows that are lit at once: in single precision they stay in the processor's cache
POOL = 9  # nodes across that share their invariant pixels
MARGIN = POOL // 2
PRIOR_PX = 100  # pixels that speak for "no difference"; keeps places with few invariant pixels from running away
PRIOR_SPREAD = 30.0  # grey values
GREY = 0.08  # difference of bands, as a share of brightness, up to which a pixel may be road, concrete or white roof
ALIKE = 0.7  # correlation of the two dates under which a node's pixels are fields that only look invariant


@dataclass(frozen=True, slots=True, eq=False)
class Tone:
    """Gain and offset per band over an area: second = gain * first + offset, in grey values."""

    field: lattice.Field
    """gain of red, green, blue, then offset of red, green, blue."""

    def undo(self, after: Raster) -> Raster:
        """Return the second survey in the light of the first, uint8; bands beside red, green and blue stay."""
        pixels = np.ascontiguousarray(np.moveaxis(after.data, 0, 2))
        lit, grid = pixels.copy(), after.grid
        for top in range(0, grid.height, STRIP_PX):
            strip = grid.window(0, top, grid.width, min(STRIP_PX, grid.height - top))
            rows = slice(top, top + strip.height)
            values = np.moveaxis(self.field.steps(strip), 0, 2)
            gain, offset = values[..., :3], values[..., 3:]
            times, plus = (lattice.spread(part, strip) for part in (1 / gain, -offset / gain))
            part = cv2.multiply(np.ascontiguousarray(pixels[rows, :, :3]), times, dtype=cv2.CV_32F)
            lit[rows, :, :3] = cv2.add(part, plus, dtype=cv2.CV_8U)  # rounded, 0 to 255
        return Raster(np.moveaxis(lit, 2, 0), after.valid, grid)


def measure(first: Raster, second: Raster) -> NDArray[np.float64]:
    """Return per band n, sums of x, y, xx, yy of the invariant pixels around a node; shape (3, 5)."""
    both = first.valid & second.valid
    seen = [raster.data[:3, both] for raster in (first, second)]
    plain = _plain(seen[0].astype(np.int16)) & _plain(seen[1].astype(np.int16))
    x, y = (date[:, plain] for date in seen)
    keep = np.ones(x.shape[1], bool)
    for _ in range(3):
        if keep.sum() < 50:
            return np.zeros((3, 5))
        rest = np.abs(y - _line(x, y, keep)).mean(axis=0)
        keep &= rest <= max(2.5 * float(np.median(rest[keep])), 3.0)
    a, b = (date[:, keep].astype(np.float64) for date in (x, y))
    sums = np.stack([np.full(3, a.shape[1]), a.sum(1), b.sum(1), (a * a).sum(1), (b * b).sum(1)], axis=1)
    return np.asarray(sums * _trust(a, b))


def _trust(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return how far the pixels of a node may speak, 0 to 1, by how the dates follow each other."""
    gray_x, gray_y = x.mean(axis=0), y.mean(axis=0)
    if gray_x.std() < 1 or gray_y.std() < 1:
        return 0.0
    return float(np.clip((np.corrcoef(gray_x, gray_y)[0, 1] - ALIKE) / (1 - ALIKE), 0, 1))


def _plain(rgb: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Return where a pixel is grey, and neither cut off at black nor at white."""
    red, green, blue = rgb
    least, most = np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)
    limit = (red + green + blue + 1) * np.float32(GREY)
    lit = (least > 8) & (most < 247)
    return np.asarray(lit & (np.abs(2 * green - red - blue) < limit) & (np.abs(red - blue) < limit))


def _line(x: NDArray[np.uint8], y: NDArray[np.uint8], keep: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return y as the quartiles of the kept pixels foretell it from x."""
    qx, qy = _quartiles(x[:, keep]), _quartiles(y[:, keep])
    gain = np.clip((qy[2] - qy[0] + 5) / (qx[2] - qx[0] + 5), 0.5, 2.0).astype(np.float32)[:, None]
    return np.asarray(gain * x + (qy[1][:, None] - gain * qx[1][:, None]).astype(np.float32), np.float32)


def _quartiles(bands: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the quartiles of each band, shape (3, bands)."""
    parts = np.arange(1, 4) / 4 * bands.shape[1]
    return np.stack([np.searchsorted(np.cumsum(np.bincount(band, minlength=256)), parts) for band in bands], axis=1)


def estimate(before: Reader, after: Reader, bounds: Bounds, run: Run = map, progress: Progress = silent) -> Tone:
    """Measure the light of `after` against `before` over `bounds` (EPSG:5186)."""
    first, (rows, cols) = lattice.nodes(bounds, MARGIN)
    parts = lattice.squares(first, (rows, cols))
    work = partial(lattice.measured, measure, before, after, MEASURE_CELL_M)
    sums = np.zeros((rows, cols, 3, 5))
    for part in progress(run(work, parts), "radiometry", len(parts)):
        for (i, j), held in part:
            sums[j - first[1], i - first[0]] = held
    pool = np.ones((POOL, POOL, 1, 1))
    return Tone(lattice.Field(first, _fit(ndimage.convolve(sums, pool, mode="constant"))))


def _fit(sums: Any) -> NDArray[np.float64]:
    """Return gains and offsets, shape (6, rows, cols), of the reduced major axis drawn towards gain 1, offset 0."""
    n, sx, sy, sxx, syy = np.moveaxis(sums, 3, 0)
    some = np.maximum(n, 1)
    mx, my = sx / some, sy / some
    prior = PRIOR_PX * PRIOR_SPREAD**2
    gain = np.sqrt((np.maximum(syy - n * my**2, 0) + prior) / (np.maximum(sxx - n * mx**2, 0) + prior))
    gain = np.clip(gain, 0.5, 2.0)
    offset = (my - gain * mx) * n / (n + PRIOR_PX)
    return np.concatenate([np.moveaxis(gain, 2, 0), np.moveaxis(offset, 2, 0)])
