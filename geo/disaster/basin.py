"""A basin's stage and storage, and what takes water out of it: pumps that start and stop, a flap gate."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Protocol

from geo.errors import BadInput

GRAVITY = 9.80665  # m/s2, standard (CGPM 1901)


class Storage(Protocol):
    """What holds water: the volume in m3 up to a level in m, and back."""

    @property
    def bottom_m(self) -> float:
        """The lowest level."""

    @property
    def top_m(self) -> float:
        """The highest level that is known."""

    def volume(self, level_m: float) -> float:
        """Return the m3 held up to a level that is not below the bottom."""

    def level(self, volume_m3: float) -> float:
        """Return the level at which `volume_m3` is held."""


class StageStorage:
    """Volume in m3 held up to a level in m, the area linear between the rows of a stage-area table.

    Above the table the walls stand upright: both ways of reading go on, nothing is clamped.
    """

    def __init__(self, stage_area: Sequence[tuple[float, float]]) -> None:
        if len(stage_area) < 2:
            raise BadInput(f"a stage-area table needs two rows, got {len(stage_area)}")
        for (low, small), (high, large) in pairwise(stage_area):
            if high <= low:
                raise BadInput(f"the stage-area table falls: level {high} m comes after {low} m")
            if large < small:
                raise BadInput(f"the stage-area table falls: area {large} m2 at {high} m is less than {small} m2 below")
        if stage_area[0][1] < 0 or stage_area[1][1] <= 0:
            raise BadInput(f"the stage-area table holds no water between {stage_area[0][0]} and {stage_area[1][0]} m")
        self.levels = [float(level) for level, _ in stage_area]
        self.areas = [float(area) for _, area in stage_area]
        layers = [(high - low) * (small + large) / 2 for (low, small), (high, large) in pairwise(stage_area)]
        self.volumes = list(accumulate(layers, initial=0.0))
        rises = [(large - small) / (high - low) for (low, small), (high, large) in pairwise(stage_area)]
        self._widening = [*rises, 0.0]  # m2 per m above each row

    @property
    def bottom_m(self) -> float:
        """The lowest level."""
        return self.levels[0]

    @property
    def top_m(self) -> float:
        """The highest level of the table."""
        return self.levels[-1]

    def volume(self, level_m: float) -> float:
        """Return the m3 held up to a level that is not below the bottom."""
        row = max(bisect_right(self.levels, level_m) - 1, 0)
        depth = level_m - self.levels[row]
        return self.volumes[row] + depth * (self.areas[row] + self._widening[row] * depth / 2)

    def level(self, volume_m3: float) -> float:
        """Return the level at which `volume_m3` is held."""
        row = max(bisect_right(self.volumes, volume_m3) - 1, 0)
        over = volume_m3 - self.volumes[row]
        if over <= 0:
            return self.levels[row]
        area = self.areas[row]
        return self.levels[row] + 2 * over / (area + math.sqrt(area * area + 2 * self._widening[row] * over))


class Hypsometry:
    """Volume in m3 held up to a level in m, linear between rows; two rows of one level are a ridge that overtops.

    There the level stands still while the ground behind the ridge fills. Above the last row its slope goes on.
    """

    def __init__(self, levels: Sequence[float], volumes: Sequence[float]) -> None:
        rows = list(pairwise(zip(levels, volumes, strict=True)))
        if not rows or any(b < a or w < v for (a, v), (b, w) in rows):
            raise BadInput("a level-volume table needs two rows or more and must not fall")
        if levels[-1] == levels[-2] or volumes[-1] == volumes[-2]:
            raise BadInput("the last row of a level-volume table must lie above the one before it")
        self.levels, self.volumes = [float(level) for level in levels], [float(volume) for volume in volumes]

    @property
    def bottom_m(self) -> float:
        """The lowest level."""
        return self.levels[0]

    @property
    def top_m(self) -> float:
        """The highest level of the table."""
        return self.levels[-1]

    def volume(self, level_m: float) -> float:
        """Return the m3 held up to a level; at a ridge, before it overtops."""
        row = min(max(bisect_left(self.levels, level_m) - 1, 0), len(self.levels) - 2)
        (low, high), (held, more) = self.levels[row : row + 2], self.volumes[row : row + 2]
        return held + (more - held) * (level_m - low) / (high - low) if high > low else held

    def level(self, volume_m3: float) -> float:
        """Return the level at which `volume_m3` is held."""
        row = min(max(bisect_right(self.volumes, volume_m3) - 1, 0), len(self.levels) - 2)
        (low, high), (held, more) = self.levels[row : row + 2], self.volumes[row : row + 2]
        return low + (high - low) * (volume_m3 - held) / (more - held) if more > held else high


@dataclass(frozen=True, slots=True)
class HeadCurve:
    """A pump's head falls as shutoff - pump_loss Q2, its pipe takes system_loss Q2; metres, s2/m5."""

    shutoff_m: float
    pump_loss: float
    system_loss: float


@dataclass(frozen=True, slots=True)
class Pumps:
    """`count` equal pumps that start together when the level rises to `on_m` and stop when it falls to `off_m`.

    Each lifts `capacity_m3s`, or what its `curve` gives against the height of the tailwater.
    """

    count: int
    capacity_m3s: float
    on_m: float
    off_m: float
    curve: HeadCurve | None = None

    def flow(self, level_m: float, tailwater_m: float) -> float:
        """Return the m3/s they lift together while they run."""
        if self.curve is None:
            return self.count * self.capacity_m3s
        head = self.curve.shutoff_m - max(tailwater_m - level_m, 0.0)
        return self.count * math.sqrt(max(head, 0.0) / (self.curve.pump_loss + self.curve.system_loss))


@dataclass(frozen=True, slots=True)
class Gate:
    """A flap gate: an orifice that lets water out towards a lower tailwater and none back in."""

    coefficient: float
    area_m2: float
    sill_m: float

    def flow(self, level_m: float, tailwater_m: float) -> float:
        """Return the m3/s that runs out."""
        head = level_m - max(tailwater_m, self.sill_m)
        return self.coefficient * self.area_m2 * math.sqrt(2 * GRAVITY * head) if head > 0 else 0.0
