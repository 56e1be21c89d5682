"""How far the second survey lies beside the first: sub-pixel shifts on a fixed lattice, and moving by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from geo.change import lattice
from geo.grid import Bounds, Grid
from geo.raster import Raster, Reader

Run = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""Applies a function to many things in order: `map`, or the `map` of an executor."""
Progress = Callable[[Iterable[Any], str, int | None], Iterable[Any]]
"""Goes through items and shows how far it is: items, title, total."""


def silent(items: Iterable[Any], title: str, total: int | None) -> Iterable[Any]:
    """Show nothing."""
    return items


MEASURE_CELL_M = 1.0  # 256 px windows; a tenth of a pixel is a tenth of a metre
REACH, FADE = 5, 1.0  # nodes from which a value is drawn, and over which its weight falls by e
MARGIN = REACH + 1  # nodes around the area, so that the value of a node never depends on the area asked for
LEAF, DARK, SHADE = 0.05, 95, 55  # excess green over brightness and grey value of crowns; grey value of shade
LEAST_QUIET = 0.25  # share of a window's ground without leaves and shade
LEAST_GROUND = 0.15  # share of a window that both surveys must show
FARTHEST_M = 5.0  # a survey that lies farther off is faulty, not shifted
RESPONSE = 0.06  # share of the correlation's energy in its peak; unrelated ground gives 0.02 to 0.04
RESIDUAL_M = 0.35  # what a second measurement may find after the first is undone
AGREE_M = 0.75  # from the median of the nodes around
STEP = 32  # shifts are rounded to 1/32 px, the step of cv2.remap: moving is then exact in any window


@dataclass(frozen=True, slots=True)
class Shift:
    """One node's measurement: the second survey's content lies `dx_m` east and `dy_m` north of the first's."""

    dx_m: float
    dy_m: float
    response: float
    """0 to 1; 0 where there was nothing to measure by, such as woods alone."""
    residual_m: float
    ground: bool
    """Whether both surveys show enough ground."""


NO_GROUND = Shift(0.0, 0.0, 0.0, 0.0, False)


@dataclass(frozen=True, slots=True, eq=False)
class ShiftField:
    """Shifts over an area, and where none could be trusted."""

    field: lattice.Field
    """dx_m, dy_m, and quality: 1 where measured, 0 where nothing near could be."""
    residual_m: float
    """Median residual over the trusted nodes; NaN when there are none."""
    unaligned: float
    """Share of the nodes with ground on both dates around which no shift could be trusted."""
    lost: float
    """The same of the nodes that had something to measure by, which woods have not."""


def measure(first: Raster, second: Raster) -> Shift:
    """Measure the shift around a node by phase correlation of gradients."""
    grid = first.grid
    both = cv2.erode((first.valid & second.valid).astype(np.uint8), np.ones((9, 9), np.uint8))
    if both.mean() < LEAST_GROUND:
        return NO_GROUND
    size = grid.width, grid.height
    weight = cv2.createHanningWindow(size, cv2.CV_32F) * cv2.blur(both.astype(np.float32), (9, 9))
    quiet = 1 - np.maximum(_restless(first), _restless(second))
    if quiet[both > 0].mean() < LEAST_QUIET:
        return Shift(0.0, 0.0, 0.0, 0.0, True)
    weight *= quiet
    a, b = _edges(first), _edges(second)
    (dx, dy), response = cv2.phaseCorrelate(_centred(a, weight), _centred(b, weight))
    back = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    undone = np.asarray(cv2.warpAffine(b, back, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP), np.float32)
    (rx, ry), _ = cv2.phaseCorrelate(_centred(a, weight), _centred(undone, weight))
    return Shift(dx * grid.cell, -dy * grid.cell, float(response), float(np.hypot(rx, ry)) * grid.cell, True)


def _edges(raster: Raster) -> NDArray[np.float32]:
    """Return the strength of edges, which season and haze change less than colour."""
    pixels = np.ascontiguousarray(np.moveaxis(raster.data[:3], 0, 2), np.float32)
    gray = cv2.GaussianBlur(cv2.transform(pixels, np.full((1, 3), 1 / 3, np.float32)), (0, 0), 1.0)
    slope = cv2.magnitude(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1))
    return np.asarray(cv2.log(slope + 1), np.float32)


def _restless(raster: Raster) -> NDArray[np.float32]:
    """Return where edges move with the sun, 0 to 1: crowns and shade, which would be taken for a shift."""
    red, green, blue = raster.data[:3].astype(np.float32)
    total = red + green + blue
    crowns = (2 * green - red - blue > LEAF * total) & (total < 3 * DARK)
    leaf = cv2.blur(crowns.astype(np.float32), (9, 9)) * 2
    shade = cv2.dilate((total < 3 * SHADE).astype(np.float32), np.ones((5, 5), np.uint8))
    return np.asarray(np.minimum(np.maximum(leaf, shade), 1), np.float32)


def _centred(values: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return weighted values about their mean, so that the window itself does not correlate."""
    mean = float((values * weight).sum() / weight.sum())
    return (values - np.float32(mean)) * weight


def estimate(before: Reader, after: Reader, bounds: Bounds, run: Run = map, progress: Progress = silent) -> ShiftField:
    """Measure the shifts of `after` against `before` over `bounds` (EPSG:5186), and beyond it by MARGIN nodes."""
    first, (rows, cols) = lattice.nodes(bounds, MARGIN)
    parts = lattice.squares(first, (rows, cols))
    work = partial(lattice.measured, measure, before, after, MEASURE_CELL_M)
    table = np.zeros((rows, cols, 5))
    for part in progress(run(work, parts), "alignment", len(parts)):
        for (i, j), s in part:
            table[j - first[1], i - first[0]] = s.dx_m, s.dy_m, s.response, s.residual_m, s.ground
    return _settle(first, *np.moveaxis(table, 2, 0))


def _settle(first: lattice.Node, dx: Any, dy: Any, response: Any, residual: Any, ground: Any) -> ShiftField:
    """Keep what passes the gate, and give every node the mean of what was kept around it, nearest first."""
    good = (response >= RESPONSE) & (residual <= RESIDUAL_M) & (np.hypot(dx, dy) <= FARTHEST_M)
    off = np.hypot(dx - _median_around(dx, good), dy - _median_around(dy, good))
    good &= off <= AGREE_M
    near = np.exp(-(np.hypot(*np.mgrid[-2:3, -2:3]) ** 2) / (2 * 0.6**2))
    weight = ndimage.convolve(np.where(good, response, 0.0), near, mode="constant")
    known = weight > 0
    smooth = [
        np.where(known, ndimage.convolve(np.where(good, d * response, 0.0), near, mode="constant"), 0.0)
        / np.where(known, weight, 1.0)
        for d in (dx, dy)
    ]
    ground = ground > 0
    return ShiftField(
        lattice.Field(first, np.stack([*smooth, known.astype(float)])),
        float(np.median(residual[good])) if good.any() else float("nan"),
        float((ground & ~known).sum() / max(ground.sum(), 1)),
        float(((response > 0) & ~known).sum() / max((response > 0).sum(), 1)),
    )


def _median_around(values: NDArray[np.float64], good: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the median of the good values among the nine nodes around each; the value itself where none is."""
    framed = np.pad(np.where(good, values, np.nan), 1, constant_values=np.nan)
    nine = np.lib.stride_tricks.sliding_window_view(framed, (3, 3)).reshape(*values.shape, 9)
    none = np.isnan(nine).all(axis=2)
    nine = np.where(none[..., None], 0.0, nine)
    return np.where(none, values, np.nanmedian(nine, axis=2))


def shifted(reader: Reader, field: ShiftField, grid: Grid) -> Raster:
    """Read a survey on `grid` (north up, EPSG:5186) with its shift undone; each pixel to 1/32 px, cubic."""
    margin = int(np.ceil(FARTHEST_M / grid.cell)) + 3
    wide = reader(grid.window(-margin, -margin, grid.width + 2 * margin, grid.height + 2 * margin))
    dx_m, dy_m, _ = field.field.steps(grid)
    steps = np.rint(np.stack([dx_m, -dy_m], axis=2) / np.float32(grid.cell) * STEP).astype(np.int32)
    place = np.empty((grid.height, grid.width, 2), np.int16)
    place[..., 0] = np.arange(grid.width) + margin
    place[..., 1] = np.arange(grid.height)[:, None] + margin
    part = (steps[..., 1] % STEP * STEP + steps[..., 0] % STEP).astype(np.uint16)  # as cv2.convertMaps lays them down
    pixels = np.ascontiguousarray(np.moveaxis(wide.data, 0, 2))
    at = place + lattice.spread((steps // STEP).astype(np.int16), grid)
    moved = cv2.remap(pixels, at, lattice.spread(part, grid), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    ground = np.ones((grid.height, grid.width), bool)
    if not wide.valid.all():
        nearest = place + lattice.spread(((steps + STEP // 2) // STEP).astype(np.int16), grid)
        none = np.empty(0, np.uint16)
        ground = cv2.remap(wide.valid.astype(np.uint8), nearest, none, cv2.INTER_NEAREST) > 0
    return Raster(np.moveaxis(moved, 2, 0), ground, grid)
