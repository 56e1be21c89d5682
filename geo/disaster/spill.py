"""Where water spills: the level at which each cell of a terrain is reached from a seed, and the ridges on the way.

Every cell drains to a pit; two pits that adjoin are parted by the lowest saddle between them. The smallest highest
saddle on any way from the seed's pit (a minimum spanning tree holds it) is the level that a pit waits for, and a cell
is reached at that level or its own height, whichever is higher. This is exact, with no level chosen beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from geo.errors import BadInput

Heights = NDArray[np.floating[Any]]
Index = NDArray[np.int32]
_BLOCK = 2_000_000  # cells looked at in one go: temporaries stay small beside the terrain
_HALF = ((0, 1), (1, -1), (1, 0), (1, 1))  # the neighbours whose other half has the cell as its neighbour


@dataclass(frozen=True, slots=True, eq=False)
class Pits:
    """The pits of a terrain as a tree that grows from the seed's pit along the lowest ridges."""

    of_cell: Index
    """Number of the pit that each cell drains to, shape (height, width)."""
    reached_m: NDArray[np.float64]
    """Level of the seed's pool at which water enters each pit; -inf for the seed's own, inf where it never does."""
    before: Index
    """The pit that spills into each pit; its own number for the seed's and for those never reached."""
    ridge_m: NDArray[np.float64]
    """Height of the ridge between each pit and the one before it; -inf for the seed's."""


def pits(z: Heights, seed: tuple[int, int]) -> Pits:
    """Return the pits of `z` (metres, inf where there is no ground) as reached from the cell `seed` (row, column).

    Eight neighbours connect. Raises BadInput where the seed has no ground.
    """
    height, width = z.shape
    row, col = seed
    if not (0 <= row < height and 0 <= col < width) or not np.isfinite(z[row, col]):
        raise BadInput(f"the seed at row {row}, column {col} lies outside the ground of {height} x {width} cells")
    if z.size >= 2**31:
        raise BadInput(f"{z.size:,} cells are more than a terrain may have; cut it")
    of_cell, count = _drained(z)
    start = int(of_cell[row, col])
    first, second, ridge = _saddles(z, of_cell, count)
    order = np.argsort(ridge, kind="stable")
    rank = np.empty(len(order))
    rank[order] = np.arange(1, len(order) + 1)  # scipy takes a weight of 0 for no edge
    tree = minimum_spanning_tree(coo_array((rank, (first, second)), shape=(count, count)).tocsr()).tocoo()
    del first, second, rank
    _, before = breadth_first_order(tree.tocsr(), start, directed=False)
    heights = ridge[order][tree.data.astype(np.int64) - 1]
    ridge_m = np.full(count, np.inf)
    down = before[tree.col] == tree.row
    ridge_m[tree.col[down]] = heights[down]
    up = before[tree.row] == tree.col
    ridge_m[tree.row[up]] = heights[up]
    ridge_m[start] = -np.inf
    before = np.where(before < 0, np.arange(count, dtype=np.int32), before).astype(np.int32)
    return Pits(of_cell, highest_on_the_way(before, ridge_m), before, ridge_m)


def highest_on_the_way(before: Index, ridge_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the highest ridge between each pit and the root of its tree, by doubling the steps taken at once."""
    highest, ahead = ridge_m.copy(), before.copy()
    while True:
        further = ahead[ahead]
        np.maximum(highest, highest[ahead], out=highest)
        if np.array_equal(further, ahead):
            return highest
        ahead = further


def _drained(z: Heights) -> tuple[Index, int]:
    """Return the number of the pit that each cell drains to, and how many pits there are."""
    width = z.shape[1]
    ahead = np.empty(z.shape, np.int32)
    for top, bottom, ring in _blocks(z):
        # the lowest of the nine, and of equals the first in reading order: a strict order, so no way runs in a circle
        lowest = np.full((bottom - top, width), np.inf, z.dtype)
        offset = np.zeros(lowest.shape, np.int32)
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                there = ring[1 + down : 1 + down + bottom - top, 1 + right : 1 + right + width]
                lower = there < lowest
                np.copyto(lowest, there, where=lower)
                np.copyto(offset, np.int32(down * width + right), where=lower)
        place = np.arange(top * width, bottom * width, dtype=np.int32).reshape(lowest.shape)
        ahead[top:bottom] = place + offset
    flat: Index = ahead.reshape(-1)
    while True:
        further = flat[flat]
        if np.array_equal(further, flat):
            break
        flat = further
    del further, ahead
    number = np.cumsum(flat == np.arange(z.size, dtype=np.int32), dtype=np.int32)
    count = int(number[-1])
    number -= 1
    return number[flat].reshape(z.shape), count


def _blocks(z: Heights) -> Iterator[tuple[int, int, Heights]]:
    """Yield first row, last row + 1 and the rows between with a ring of one cell, inf beyond the terrain."""
    height, width = z.shape
    rows = max(_BLOCK // width, 1)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        ring = np.full((bottom - top + 2, width + 2), np.inf, z.dtype)
        first, last = max(top - 1, 0), min(bottom + 1, height)
        ring[first - top + 1 : last - top + 1, 1:-1] = z[first:last]
        yield top, bottom, ring


def _saddles(z: Heights, of_cell: Index, count: int) -> tuple[Index, Index, NDArray[np.float64]]:
    """Return each pair of pits that adjoin, the smaller number first, and the lowest saddle between them."""
    keys, ridges = np.empty(0, np.int64), np.empty(0, z.dtype)
    for top, bottom, _ in _blocks(z):
        found = [(keys, ridges)]
        for down, right in _HALF:
            here = slice(top, min(bottom, z.shape[0] - down)), slice(max(-right, 0), z.shape[1] - max(right, 0))
            rows, cols = here
            there = (
                slice(rows.start + down, max(rows.stop, rows.start) + down),
                slice(cols.start + right, cols.stop + right),
            )
            a, b = of_cell[here], of_cell[there]
            parted = a != b
            saddle = np.maximum(z[here][parted], z[there][parted])
            dry = np.isfinite(saddle)
            low, high = np.minimum(a[parted], b[parted])[dry], np.maximum(a[parted], b[parted])[dry]
            found.append((low * np.int64(count) + high, saddle[dry]))
        keys, ridges = _lowest(*(np.concatenate(part) for part in zip(*found, strict=True)))
    first, second = np.divmod(keys, count)
    return first.astype(np.int32), second.astype(np.int32), ridges.astype(np.float64)


def _lowest(keys: NDArray[np.int64], values: Heights) -> tuple[NDArray[np.int64], Heights]:
    """Return each key once, with the lowest of its values."""
    if not len(keys):
        return keys, values
    order = np.argsort(keys)
    keys, values = keys[order], values[order]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    return keys[starts], np.minimum.reduceat(values, starts)
