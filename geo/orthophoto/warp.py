"""Laying pixels on another grid: copied where pixel falls on pixel, else moved by the exact projection."""

import math
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.crs import transformer
from geo.grid import Grid
from geo.raster import Raster

BLOCK_PX = 512
TOLERANCE_PX = 1 / 32
"""How far, in source pixels, a block's perspective may stray from the exact projection before it is split."""
_ALIGNED_PX = 1e-4  # of a pixel: round-off in what sheets state as their corner
_HALF = 0.5 - 1e-3  # weight from which a pixel has ground; a hair under half, so that neighbours leave no seam


class Source(Protocol):
    """Pixels that can be read by window."""

    @property
    def grid(self) -> Grid:
        """All its pixels."""
        ...

    @property
    def bands(self) -> int:
        """Number of bands."""
        ...

    def window(self, col: int, row: int, width: int, height: int) -> Raster:
        """Read a part; what lies outside `grid` is not valid."""
        ...


def blank(grid: Grid, bands: int) -> Raster:
    """Return a raster without ground."""
    # stored pixel by pixel, as codecs and OpenCV take it; seen band by band
    pixels = np.zeros((grid.height, grid.width, bands), np.uint8)
    return Raster(pixels.transpose(2, 0, 1), np.zeros((grid.height, grid.width), np.bool_), grid)


def interleaved(raster: Raster) -> NDArray[Any]:
    """Return pixels as (height, width, bands), contiguous; copied only where they are not stored so."""
    return np.ascontiguousarray(raster.data.transpose(1, 2, 0))


def same_crs(a: Grid, b: Grid) -> bool:
    """Tell whether two grids lie in one CRS."""
    return a.crs is b.crs or a.crs == b.crs  # comparing takes PROJ longer than moving a tile's corners


def offset(source: Grid, target: Grid) -> tuple[int, int] | None:
    """Return column and row, in `source`, of the first pixel of `target`, or None unless pixel falls on pixel."""
    a, b = source.transform, target.transform
    if not same_crs(source, target):
        return None
    span = max(target.width, target.height)
    if any(abs(p - q) * span > _ALIGNED_PX * source.cell for p, q in ((a.a, b.a), (a.b, b.b), (a.d, b.d), (a.e, b.e))):
        return None
    col, row = ~a @ (b.c, b.f)
    if abs(col - round(col)) > _ALIGNED_PX or abs(row - round(row)) > _ALIGNED_PX:
        return None
    return round(col), round(row)


def lay(source: Source, target: Grid) -> Raster:
    """Return `source` on `target`: the very pixels where the grids are aligned, else bilinear.

    A target with wider pixels is sampled, not averaged: hand in a source whose pixels are half as wide at least.
    """
    shift = offset(source.grid, target)
    if shift is not None:
        part = source.window(*shift, target.width, target.height)
        return Raster(part.data, part.valid, target)
    out = blank(target, source.bands)
    inside = touched(source.grid, target)
    if inside is None:
        return out
    pins = list(_pins(projection(source.grid, target), target, *inside))
    reach = _reach(source.grid, [corners for *_, corners in pins])
    if reach is None:
        return out
    left, top, right, bottom = reach
    read = source.window(left, top, right - left, bottom - top)
    if not read.valid.any():
        return out
    pixels, valid = interleaved(read), read.valid
    laid = interleaved(out)  # a view: blank() stores pixel by pixel
    for col, row, width, height, corners in pins:
        _warp(pixels, valid, corners - (left, top), laid, out.valid, (col, row, width, height))
    return out


def touched(source: Grid, target: Grid) -> tuple[int, int, int, int] | None:
    """Return column, row, width and height of the part of `target` that `source` can reach, or None."""
    edge = np.linspace(0, 1, 21)
    zero, one = np.zeros(21), np.ones(21)
    cols = np.concatenate([edge, edge, zero, one]) * source.width
    rows = np.concatenate([zero, one, edge, edge]) * source.height
    t, back = source.transform, ~target.transform
    x, y = transformer(source.crs, target.crs).transform(t.a * cols + t.b * rows + t.c, t.d * cols + t.e * rows + t.f)
    col, row = back.a * x + back.b * y + back.c, back.d * x + back.e * y + back.f
    here = np.isfinite(col) & np.isfinite(row)
    if not here.any():
        return None
    left, top = max(math.floor(col[here].min()) - 1, 0), max(math.floor(row[here].min()) - 1, 0)
    right = min(math.ceil(col[here].max()) + 1, target.width)
    bottom = min(math.ceil(row[here].max()) + 1, target.height)
    return (left, top, right - left, bottom - top) if left < right and top < bottom else None


Project = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
"""Takes columns and rows of pixel corners in one grid to those in another, as (..., 2)."""


def projection(source: Grid, target: Grid) -> Project:
    """Return what tells where pixel corners of `target` lie in `source`."""
    t, back = target.transform, ~source.transform
    move = None if same_crs(source, target) else transformer(target.crs, source.crs).transform

    def project(cols: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = t.a * cols + t.b * rows + t.c, t.d * cols + t.e * rows + t.f
        if move:
            x, y = move(x, y)
        return np.stack([back.a * x + back.b * y + back.c, back.d * x + back.e * y + back.f], -1)

    return project


_Pin = tuple[int, int, int, int, NDArray[np.float64]]
_UNIT = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float32)
_NODES = np.array([[[0.5, 0], [0, 0.5], [0.5, 0.5], [1, 0.5], [0.5, 1]]], np.float32)
_PROBE = np.concatenate([_UNIT, _NODES[0]]).astype(np.float64)  # float32 holds web coordinates to a metre only


def _pins(project: Project, target: Grid, col: int, row: int, width: int, height: int) -> Iterator[_Pin]:
    """Cut the part of a grid into blocks whose four corners, projected exactly, carry the pixels between them.

    Blocks are those of the whole grid, whatever the part, so that sheets side by side leave no seam.
    """
    for top in range(row - row % BLOCK_PX, row + height, BLOCK_PX):
        for left in range(col - col % BLOCK_PX, col + width, BLOCK_PX):
            block = left, top, min(BLOCK_PX, target.width - left), min(BLOCK_PX, target.height - top)
            yield from _split(project, *block)


def _split(project: Project, col: int, row: int, width: int, height: int) -> Iterator[_Pin]:
    exact = project(col + _PROBE[:, 0] * width, row + _PROBE[:, 1] * height)
    if not np.isfinite(exact).all():
        exact = np.where(np.isfinite(exact), exact, -1e9)  # beyond the projection there is no ground
    matrix = cv2.getPerspectiveTransform(_UNIT, (exact[:4] - exact[0]).astype(np.float32))
    stray = np.abs(cv2.perspectiveTransform(_NODES, matrix)[0] - (exact[4:] - exact[0])).max()
    if stray <= TOLERANCE_PX or max(width, height) <= 8:
        yield col, row, width, height, exact[:4]
        return
    w, h = max(width // 2, 1), max(height // 2, 1)
    for left, part_w in ((col, w), (col + w, width - w)):
        for top, part_h in ((row, h), (row + h, height - h)):
            if part_w and part_h:
                yield from _split(project, left, top, part_w, part_h)


def _reach(source: Grid, pins: list[NDArray[np.float64]]) -> tuple[int, int, int, int] | None:
    """Return the window of `source`, ends excluded, from which the blocks take their pixels."""
    low, high = np.min([c.min(0) for c in pins], 0), np.max([c.max(0) for c in pins], 0)
    left, top = max(math.floor(low[0]) - 2, 0), max(math.floor(low[1]) - 2, 0)
    right, bottom = min(math.ceil(high[0]) + 2, source.width), min(math.ceil(high[1]) + 2, source.height)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _warp(
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    corners: NDArray[np.float64],
    laid: NDArray[Any],
    ground: NDArray[np.bool_],
    block: tuple[int, int, int, int],
) -> None:
    """Fill one block of `laid` and `ground` from the pixels between its `corners`."""
    col, row, width, height = block
    left, top = max(math.floor(corners[:, 0].min()) - 2, 0), max(math.floor(corners[:, 1].min()) - 2, 0)
    right = min(math.ceil(corners[:, 0].max()) + 2, valid.shape[1])
    bottom = min(math.ceil(corners[:, 1].max()) + 2, valid.shape[0])
    if left >= right or top >= bottom:
        return
    part, mask = pixels[top:bottom, left:right], valid[top:bottom, left:right]
    if not mask.any():
        return
    # pixel corners to pixel centres, which is what OpenCV counts from
    to = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float32) - np.float32(0.5)
    matrix = cv2.getPerspectiveTransform(to, (corners - (left, top) - 0.5).astype(np.float32))
    here = np.s_[row : row + height, col : col + width]
    moved = _moved(part, matrix, (width, height))  # black where there is no ground
    if mask.all() and _within(corners - (left, top), mask.shape):
        laid[here] = moved
        ground[here] = True
        return
    weight = _moved(mask.astype(np.float32), matrix, (width, height))
    seen = weight >= _HALF
    edge, flat = np.flatnonzero(seen & (weight < 1 - 1e-3)), moved.reshape(-1, moved.shape[2])
    flat[edge] = np.rint(flat[edge] / weight.reshape(-1, 1)[edge]).clip(0, 255)
    laid[here] = kept(moved, seen)
    ground[here] = seen


def _moved(pixels: NDArray[Any], matrix: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    if pixels.ndim == 2 or pixels.shape[2] != 3:
        return cv2.warpPerspective(pixels, matrix, size, flags=flags).reshape(*size[::-1], *pixels.shape[2:])
    # the same values from four bands in less than half the time that three take
    moved = cv2.warpPerspective(cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA), matrix, size, flags=flags)
    return cv2.cvtColor(moved, cv2.COLOR_RGBA2RGB)


def _within(corners: NDArray[np.float64], shape: tuple[int, ...]) -> bool:
    """Tell whether a block takes no pixel from outside its source."""
    height, width = shape
    return bool((corners >= 0.5).all() and (corners <= (width - 0.5, height - 0.5)).all())


def _bands(pixels: NDArray[Any]) -> NDArray[Any]:
    return pixels if pixels.ndim == 3 else pixels[..., None]


def kept(pixels: NDArray[Any], where: NDArray[np.bool_]) -> NDArray[Any]:
    """Return (height, width, bands) pixels as they are `where` that holds, and black elsewhere."""
    return _bands(cv2.copyTo(pixels, where.view(np.uint8)))


def halve(raster: Raster, grid: Grid) -> Raster:
    """Return `raster` on `grid`, whose pixels hold two by two of its own: the mean of those that show ground."""
    size = (grid.width, grid.height)
    pixels, valid = interleaved(raster), raster.valid
    mean = _bands(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    if valid.all():
        return Raster(mean.transpose(2, 0, 1), np.ones(mean.shape[:2], np.bool_), grid)
    quarter = valid.view(np.uint8)
    count = cv2.resize(4 * quarter, size, interpolation=cv2.INTER_AREA)
    seen = count >= 2
    mean = kept(mean, seen)
    rows, cols = np.divmod(
        np.flatnonzero(seen & (count < 4)), grid.width
    )  # at the edge alone the mean is not that of all four
    total = sum(
        pixels[2 * rows + down, 2 * cols + across].astype(np.uint16)
        * quarter[2 * rows + down, 2 * cols + across][:, None]
        for down in (0, 1)
        for across in (0, 1)
    )
    parts = count[rows, cols][:, None]
    mean[rows, cols] = (2 * total + parts) // (2 * parts)  # halves go up, as OpenCV has it
    return Raster(mean.transpose(2, 0, 1), seen, grid)
