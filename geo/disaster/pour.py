"""How a volume lies on a terrain: the pool stands at a ridge while the pit behind it fills (fill, spill, merge).

After Barnes, Callaghan and Wickert 2020 (Earth Surface Dynamics 8, 431-445), for one pool that rises from one seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.disaster.spill import Index, Pits, highest_on_the_way

Array = NDArray[np.float64]
Cells = NDArray[np.int64]


class Ground:
    """Cells that fill from one pit: their places in the terrain, heights, pits, and levels at which they get wet."""

    def __init__(self, place: Cells, z: Array, pit: Index, link: Array) -> None:
        order = np.argsort(link, kind="stable")
        self.place, self.z, self.pit, self.link = place[order], z[order], pit[order], link[order]
        self._starts = np.flatnonzero(np.append(True, self.link[1:] != self.link[:-1]))  # of each distinct level
        ends = np.append(self._starts[1:], len(self.link))
        levels = self.link[self._starts]
        self._base = float(self.z.min())
        below = np.append(0.0, np.cumsum(self.z - self._base))
        self._before = (levels - self._base) * self._starts - below[self._starts]
        self._after = (levels - self._base) * ends - below[ends]
        self._ends, self._below = ends, below

    def rise(self, volume: float) -> tuple[float, int, float]:
        """Return the level for a volume (cells x m), how many of the cells are reached, and what is left to spill.

        What is left is 0 but where the level stands at a ridge with the ground behind it not yet full.
        """
        last = max(int(np.searchsorted(self._before, volume, "right")) - 1, 0)
        if volume < self._after[last]:
            return float(self.link[self._starts[last]]), int(self._starts[last]), volume - float(self._before[last])
        cells = int(self._ends[last])
        return self._base + (volume + float(self._below[cells])) / cells, cells, 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """The part of the pits' tree that fills from one root; pits outside it have a `reached_m` of NaN."""

    before: Index
    ridge_m: Array
    reached_m: Array


def surface(ground: Ground, pits: Pits, volume: float, size: int) -> tuple[float, Array]:
    """Return the pool's level and the level of the water over each of `size` cells (-inf: dry) for cells x m held."""
    levels = np.full(size, -np.inf)
    level, cells, left = ground.rise(volume)
    levels[ground.place[:cells]] = level
    pool_m = level
    tree = _Tree(pits.before, pits.ridge_m, pits.reached_m)
    while left > 0:
        behind = _behind(ground, tree, level)
        for root in _in_turn(behind, tree.before):
            inside = behind[ground.pit] == root
            inside &= ground.z < level
            depth = level - ground.z[inside]
            if depth.sum() > left:
                break
            left -= float(depth.sum())
            levels[ground.place[inside]] = level
        else:  # rounding alone is left
            break
        tree = _under(tree, behind, root)
        z, pit = ground.z[inside], ground.pit[inside]
        ground = Ground(ground.place[inside], z, pit, np.maximum(z, tree.reached_m[pit]))
        level, cells, left = ground.rise(left)
        levels[ground.place[:cells]] = level
    return pool_m, levels


def _behind(ground: Ground, tree: _Tree, level: float) -> Index:
    """Return for each pit first reached at `level` the pit just behind the ridge by which it is; -1 for others."""
    waits = tree.reached_m == level
    ahead = np.arange(len(waits), dtype=np.int32)
    inner = waits & (tree.ridge_m < level)
    ahead[inner] = tree.before[inner]
    while not np.array_equal(further := ahead[ahead], ahead):
        ahead = further
    return np.where(waits, ahead, np.int32(-1))


def _in_turn(behind: Index, before: Index) -> list[int]:
    """Return the pits just behind a ridge, each after the one that it is reached through."""
    roots = np.unique(behind[behind >= 0]).tolist()
    through = {root: int(behind[before[root]]) for root in roots}

    def steps(root: int) -> int:
        count = 0
        while (root := through[root]) in through:
            count += 1
        return count

    return sorted(roots, key=lambda root: (steps(root), root))


def _under(tree: _Tree, behind: Index, root: int) -> _Tree:
    """Return the tree of the pits behind one ridge, reached from the pit just behind it."""
    inside = behind == root
    before = np.where(inside, tree.before, np.arange(len(inside), dtype=np.int32)).astype(np.int32)
    before[root] = root
    ridge = np.where(inside, tree.ridge_m, np.nan)
    ridge[root] = -np.inf
    return _Tree(before, ridge, highest_on_the_way(before, ridge))
