"""Values on a fixed lattice over the ground: the same place gets the same value whatever is being processed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.crs import CITY
from geo.grid import Bounds, Grid
from geo.raster import Raster, Reader

T = TypeVar("T")

SPACING_M = 256.0
"""Distance of nodes; nodes stand on multiples of it in EPSG:5186. A power of two keeps interpolation exact."""

SQUARE = 4
"""Nodes a side that are read at once; squares start on multiples of it."""

STEP_M = 4.0
"""Where pixels are moved and lit, a value holds for a square of this side, on multiples of it: it changes little."""

Node = tuple[int, int]
"""x and y of a node in units of SPACING_M."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Some values per node, read between nodes by bilinear interpolation."""

    first: Node
    """The south-west node."""
    values: NDArray[np.float64]
    """Shape (values, nodes northward, nodes eastward)."""

    def on(self, grid: Grid) -> NDArray[np.float32]:
        """Return the values at the pixel centres of a north-up `grid` in EPSG:5186, shape (values, height, width)."""
        left, _, _, top = grid.bounds
        x = (left + (np.arange(grid.width) + 0.5) * grid.cell) / SPACING_M - self.first[0]
        y = (top - (np.arange(grid.height) + 0.5) * grid.cell) / SPACING_M - self.first[1]
        i, s = _split(x, self.values.shape[2])
        j, t = _split(y, self.values.shape[1])
        rows = self.values[:, j] * (1 - t)[:, None] + self.values[:, j + 1] * t[:, None]
        single, share = rows.astype(np.float32), s.astype(np.float32)
        out = np.empty((len(single), grid.height, grid.width), np.float32)
        for node in np.unique(i):  # a few: columns between the same nodes are mixed in one go
            part = slice(*np.searchsorted(i, (node, node + 1)))
            west, east = single[:, :, node, None], single[:, :, node + 1, None]
            out[:, :, part] = west * (1 - share[part]) + east * share[part]
        return out

    def steps(self, grid: Grid) -> NDArray[np.float32]:
        """Return one value per square of STEP_M over a north-up `grid` in EPSG:5186, shape (values, rows, columns)."""
        return self.on(Grid.cover(grid.bounds, CITY, STEP_M))

    def near(self, bounds: Bounds) -> Field:
        """Return the field with only the nodes that `bounds` (EPSG:5186) needs; its values there are the same."""
        left, bottom, right, top = (edge / SPACING_M for edge in bounds)
        i, i1 = _around(left - self.first[0], right - self.first[0], self.values.shape[2])
        j, j1 = _around(bottom - self.first[1], top - self.first[1], self.values.shape[1])
        return Field((self.first[0] + i, self.first[1] + j), self.values[:, j:j1, i:i1])


def _around(low: float, high: float, nodes: int) -> tuple[int, int]:
    start = min(max(math.floor(low), 0), nodes - 2)
    return start, min(max(math.ceil(high) + 1, start + 2), nodes)


def _split(at: NDArray[Any], nodes: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    whole = np.clip(np.floor(at), 0, nodes - 2).astype(np.intp)
    return whole, np.clip(at - whole, 0.0, 1.0)


def spread(steps: NDArray[Any], grid: Grid) -> NDArray[Any]:
    """Return on the pixels of `grid` what stands per square of STEP_M over it, shape (rows, columns, ...)."""
    left, _, _, top = grid.bounds
    over = Grid.cover(grid.bounds, CITY, STEP_M).bounds
    cols = np.floor((left - over[0] + (np.arange(grid.width) + 0.5) * grid.cell) / STEP_M).astype(np.intp)
    rows = np.floor((over[3] - top + (np.arange(grid.height) + 0.5) * grid.cell) / STEP_M).astype(np.intp)
    return np.asarray(steps.take(cols, axis=1).take(rows, axis=0))


def tiles(bounds: Bounds, side_m: float, cell_m: float) -> list[Grid]:
    """Return the squares on multiples of `side_m` that hold `bounds` (EPSG:5186), row by row from the south-west."""
    left, bottom, right, top = (edge / side_m for edge in bounds)
    return [
        Grid.cover((i * side_m, j * side_m, (i + 1) * side_m, (j + 1) * side_m), CITY, cell_m)
        for j in range(math.floor(bottom), math.ceil(top))
        for i in range(math.floor(left), math.ceil(right))
    ]


def nodes(bounds: Bounds, margin: int) -> tuple[Node, tuple[int, int]]:
    """Return the south-west node and the rows and columns of the lattice over `bounds` and `margin` nodes around."""
    left, bottom, right, top = (edge / SPACING_M for edge in bounds)
    first = math.floor(left) - margin, math.floor(bottom) - margin
    last = max(math.ceil(right), math.floor(left) + 1) + margin, max(math.ceil(top), math.floor(bottom) + 1) + margin
    return first, (last[1] - first[1] + 1, last[0] - first[0] + 1)


def squares(first: Node, shape: tuple[int, int]) -> list[list[Node]]:
    """Return the nodes from the south-west one on, `shape` rows and columns, by the squares that are read at once."""
    held: dict[Node, list[Node]] = {}
    for j in range(first[1], first[1] + shape[0]):
        for i in range(first[0], first[0] + shape[1]):
            held.setdefault((i // SQUARE, j // SQUARE), []).append((i, j))
    return list(held.values())


def measured(
    measure: Callable[[Raster, Raster], T], before: Reader, after: Reader, cell_m: float, nodes: Sequence[Node]
) -> list[tuple[Node, T]]:
    """Return the nodes of one square with what `measure` tells of both dates in the SPACING_M around each."""
    i0, j0 = (edge // SQUARE * SQUARE for edge in nodes[0])
    left, bottom, side = (i0 - 0.5) * SPACING_M, (j0 - 0.5) * SPACING_M, SQUARE * SPACING_M
    grid = Grid.cover((left, bottom, left + side, bottom + side), CITY, cell_m)
    dates, px = (before(grid), after(grid)), round(SPACING_M / cell_m)
    found = []
    for i, j in nodes:
        col, row = (i - i0) * px, (j0 + SQUARE - 1 - j) * px
        here, own = np.s_[row : row + px, col : col + px], grid.window(col, row, px, px)
        first, second = (Raster(date.data[:, *here], date.valid[here], own) for date in dates)
        found.append(((i, j), measure(first, second)))
    return found
