"""A pool that rises over a terrain: what it covers at each level, what it holds, and how a full pit spills on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo.disaster import pour
from geo.disaster.basin import Hypsometry
from geo.disaster.pour import Ground
from geo.disaster.spill import Heights, pits
from geo.errors import BadInput

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """A volume of water laid on a terrain, shape (height, width): level of the pool, depth in metres, 0 where dry."""

    level_m: float
    depth_m: Array


class Pool:
    """The ground that fills from one cell (row, column), its pit being the pool's bottom; z in metres, inf: no ground.

    No cell beyond a ridge is wet before the ridge overtops. Raises BadInput where the seed has no ground.
    """

    def __init__(self, z: Heights, seed: tuple[int, int], *, cell_m: float) -> None:
        self.z, self.cell_m2 = z, cell_m * cell_m
        self._pits = pits(z, seed)
        self.bottom_m = float(z[self._pits.of_cell == self._pits.of_cell[seed]].min())

    @cached_property
    def link_m(self) -> Heights:
        """The level at which each cell becomes wet, shape (height, width); inf where none does."""
        reached = self._pits.reached_m.astype(self.z.dtype)[self._pits.of_cell]
        return np.maximum(self.z, reached, out=reached)

    def extent(self, level_m: float) -> NDArray[np.bool_]:
        """Return which cells the pool has reached at a level."""
        return self.link_m <= level_m

    def depth(self, level_m: float) -> Array:
        """Return the depth of every cell when the pool stands at a level, pits behind its ridges full."""
        return np.where(self.extent(level_m), level_m - self.z, 0.0)

    @cached_property
    def _pit_volumes_m3(self) -> Array:
        """What each pit holds below the level at which it is reached."""
        reached = np.where(np.isfinite(self._pits.reached_m), self._pits.reached_m, -np.inf)
        held = np.zeros(len(reached))
        for top in range(0, len(self.z), 256):
            pit = self._pits.of_cell[top : top + 256].ravel()
            below = reached[pit] - self.z[top : top + 256].ravel()
            deep = below > 0
            held += np.bincount(pit[deep], below[deep], len(reached)) if deep.any() else 0.0
        return held * self.cell_m2

    def jumps(self, least_m3: float) -> list[tuple[float, float]]:
        """Return each level at which ground of at least `least_m3` behind a ridge is reached, and its volume."""
        levels, place = np.unique(self._pits.reached_m, return_inverse=True)
        volumes = np.bincount(place, self._pit_volumes_m3)
        large = (volumes >= least_m3) & np.isfinite(levels)
        return list(zip(levels[large].tolist(), volumes[large].tolist(), strict=True))

    def areas(self, levels: Sequence[float]) -> Array:
        """Return the m2 covered at each of some rising levels."""
        return self._counted(np.asarray(levels, float))[0] * self.cell_m2

    def volumes(self, levels: Sequence[float]) -> Array:
        """Return the m3 held at each of some rising levels, pits behind ridges just reached being full."""
        given = np.asarray(levels, float)
        cells, above = self._counted(given)
        return ((given - self.bottom_m) * cells - above) * self.cell_m2

    def _counted(self, levels: Array) -> tuple[Array, Array]:
        """Return for each level how many cells are reached and the sum of their heights above the bottom."""
        if (np.diff(levels) <= 0).any():
            raise BadInput("levels must rise")
        cells, above = np.zeros(len(levels) + 1), np.zeros(len(levels) + 1)
        for top in range(0, len(self.z), 256):
            link = self.link_m[top : top + 256].ravel()
            place = np.searchsorted(levels, link)
            cells += np.bincount(place, minlength=len(cells))
            wet = place < len(levels)
            over = self.z[top : top + 256].ravel()[wet].astype(np.float64) - self.bottom_m
            above += np.bincount(place[wet], over, len(above))
        return np.cumsum(cells)[:-1], np.cumsum(above)[:-1]

    def curve(self, levels: Sequence[float], *, jump_m3: float) -> Hypsometry:
        """Return level and volume at some rising levels, and on both sides of each jump of `jump_m3` or more."""
        sizes = dict(self.jumps(jump_m3))
        low, high = levels[0], levels[-1]
        given = sorted({*levels, *(level for level in sizes if low < level < high)})
        rows: list[tuple[float, float]] = []
        for level, volume in zip(given, self.volumes(given).tolist(), strict=True):
            if level in sizes:
                rows.append((level, volume - sizes[level]))
            rows.append((level, volume))
        volumes = np.maximum.accumulate([volume for _, volume in rows])  # rounding alone could make it fall
        return Hypsometry([level for level, _ in rows], volumes.tolist())

    @cached_property
    def _ground(self) -> Ground:
        place = np.flatnonzero(np.isfinite(self.link_m.ravel()))
        z, link = (heights.ravel()[place].astype(np.float64) for heights in (self.z, self.link_m))
        return Ground(place, z, self._pits.of_cell.ravel()[place], link)

    def filled(self, volume_m3: float) -> Filled:
        """Return how a volume lies on the terrain; while a pit behind a ridge fills, the pool stands at the ridge."""
        if volume_m3 < 0:
            raise BadInput(f"a volume of {volume_m3} m3 is less than nothing")
        level, surface = pour.surface(self._ground, self._pits, volume_m3 / self.cell_m2, self.z.size)
        depth = np.maximum(surface.reshape(self.z.shape) - np.where(np.isfinite(self.z), self.z, 0.0), 0.0)
        return Filled(level, depth)
