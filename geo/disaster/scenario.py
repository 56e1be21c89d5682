"""What might happen to a zone: rain, river stage, works and failures; each scenario routed and laid on the terrain."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from geo.disaster import rainfall, runoff, terrain
from geo.disaster.basin import Gate, Hypsometry, Pumps
from geo.disaster.case import Catchment
from geo.disaster.flood import Pool
from geo.disaster.hydrograph import Inflow, Tailwater
from geo.disaster.storage import Routed, route
from geo.disaster.terrain import Terrain

Array = npt.NDArray[np.float64]
WORKS = {"none": "정비 전", "basin": "유수지만", "basin_pumps": "유수지와 펌프"}
FAILURES = {"none": "고장 없음", "one_pump": "펌프 1대 고장", "all_pumps": "펌프 전부 고장"}
METHOD = "level pool 2 on fill-spill-merge 1"  # raised whenever the same inputs would give other figures
LEVEL_STEP_M = 0.05
NEAR_M = 100.0  # before the basin was dug, water gathered at the lowest ground this near to its place
JUMP_M3 = 100.0  # smaller ground behind a ridge is not worth a row of its own in the curve


@dataclass(frozen=True, slots=True)
class Scenario:
    """One storm against one state of the works; `capacity` is a key of CAPACITIES, None where no pump runs."""

    rain_mm: float
    stage_m: float
    works: str
    failure: str
    capacity: str | None

    @property
    def id(self) -> str:
        """A name that stands in file names and addresses."""
        pumps = "" if self.capacity is None else f"-{self.capacity}"
        failure = {"none": "", "one_pump": "-n1", "all_pumps": "-fail"}[self.failure]
        return f"r{self.rain_mm:g}-s{self.stage_m:g}-{self.works}{pumps}{failure}"


@dataclass(frozen=True, slots=True)
class Axes:
    """The storms of a set of scenarios: depths of rain, and stages of the river through it."""

    rain_mm: tuple[float, ...]
    stage_m: tuple[float, ...]


def scenarios(axes: Axes, capacities: Collection[str]) -> list[Scenario]:
    """Return every storm against no works, the basin alone, and the basin with its pumps whole and failing.

    Where the pumps' capacity is not known, each state in which they run stands once for each of the assumed band.
    """
    runs = [("basin_pumps", failure, capacity) for capacity in capacities for failure in ("none", "one_pump")]
    states = [("none", "none", None), ("basin", "none", None), *runs, ("basin_pumps", "all_pumps", None)]
    return [Scenario(rain, stage, *state) for rain in axes.rain_mm for stage in axes.stage_m for state in states]


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything beside the scenario that the model is run with; levels are those of the pumps above the floor."""

    catchment: Catchment
    gate: Gate
    capacity_m3s: Mapping[str, float]
    """Of one pump, by the name of the capacity."""
    pump_count: int
    basin_volume_m3: float
    first_start_m: float
    next_start_m: float
    stop_below_start_m: float
    rain_shape_pct: tuple[float, ...]
    rain_duration_s: float = 86_400.0
    horizon_s: float = 172_800.0
    step_s: float = 600.0


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a scenario did, shape (height, width) of the terrain's grid."""

    scenario: Scenario
    routed: Routed
    peak_level_m: float
    peak_inflow_m3s: float
    bottom_m: float
    depth_m: Array
    link_m: Array
    uncertain: npt.NDArray[np.bool_]
    """Cells whose height is within two standard deviations of the level: wet or dry is not known."""
    at_edge: bool
    """The water reaches the edge of the terrain, which holds it like a wall: beyond it nothing is known."""


class Model:
    """A zone's terrain with and without its basin, ready for any number of scenarios."""

    def __init__(self, ground: Terrain, basin: BaseGeometry, setting: Setting) -> None:
        self.terrain, self.basin, self.setting = ground, basin, setting
        self.inside_basin = terrain.touched(basin, ground.heights.grid)
        self._grounds = {
            False: terrain.unexcavated(ground, basin),
            True: terrain.excavated(ground, basin, setting.basin_volume_m3),
        }
        self._pools: dict[bool, tuple[Pool, Hypsometry]] = {}

    def pool(self, dug: bool, *, most_m3: float) -> tuple[Pool, Hypsometry]:
        """Return the pool from its lowest ground, and its curve up to a volume of at least `most_m3`."""
        if dug not in self._pools:
            z = self._grounds[dug].z
            near = self.inside_basin if dug else terrain.touched(self.basin.buffer(NEAR_M), self.terrain.heights.grid)
            lowest = int(np.argmin(np.where(near, z, np.inf)))
            pool = Pool(z, (lowest // z.shape[1], lowest % z.shape[1]), cell_m=self.terrain.heights.grid.cell)
            levels = pool.bottom_m + LEVEL_STEP_M * np.arange(800)
            volumes = pool.volumes(levels.tolist())
            rows = max(int(np.searchsorted(volumes, most_m3)) + 2, 3)
            self._pools[dug] = pool, pool.curve(levels[:rows].tolist(), jump_m3=JUMP_M3)
        return self._pools[dug]

    def run(self, scenario: Scenario, *, most_m3: float) -> Outcome:
        """Route the scenario's storm through the basin and lay its highest water on the terrain."""
        setting, dug = self.setting, scenario.works != "none"
        pool, curve = self.pool(dug, most_m3=most_m3)
        inflow = self._inflow(scenario.rain_mm)
        routed = route(
            curve,
            inflow,
            initial_level_m=pool.bottom_m,
            duration_s=setting.horizon_s,
            step_s=setting.step_s,
            pumps=self._pumps(scenario, pool.bottom_m),
            gate=setting.gate,
            tailwater=Tailwater(np.array([0.0]), np.array([scenario.stage_m])),
        )
        filled = pool.filled(routed.peak_volume_m3)
        band = 2 * self.terrain.sigma_m
        unsure = (np.abs(filled.level_m - pool.z) < band) & (pool.link_m <= filled.level_m + band)
        wet = filled.depth_m > 0
        edge = bool(wet[0].any() or wet[-1].any() or wet[:, 0].any() or wet[:, -1].any())
        return Outcome(
            scenario, routed, filled.level_m, inflow.peak(setting.horizon_s), pool.bottom_m, filled.depth_m,
            np.asarray(pool.link_m, np.float64), unsure & ~self.inside_basin, edge,
        )  # fmt: skip

    def _inflow(self, rain_mm: float) -> Inflow:
        setting, on = self.setting, self.setting.catchment
        depths = rainfall.huff(
            rain_mm, duration_s=setting.rain_duration_s, step_s=setting.step_s, curve=setting.rain_shape_pct
        )
        steps = round(setting.horizon_s / setting.step_s)
        fallen = np.append(0.0, np.cumsum(np.pad(depths, (0, steps - len(depths)))))
        _, volumes = runoff.clark(
            np.diff(runoff.excess(fallen, on.curve_number)),
            area_m2=on.area_m2,
            concentration_s=on.concentration_s,
            storage_s=on.storage_s,
            step_s=setting.step_s,
        )
        means = volumes / setting.step_s
        edges: Array = np.arange(steps + 1, dtype=np.float64) * setting.step_s
        return Inflow(edges, means, means)

    def _pumps(self, scenario: Scenario, floor_m: float) -> tuple[Pumps, ...]:
        setting = self.setting
        if scenario.capacity is None:
            return ()
        capacity = setting.capacity_m3s[scenario.capacity]
        running = setting.pump_count - (scenario.failure == "one_pump")
        starts = [floor_m + setting.first_start_m + place * setting.next_start_m for place in range(running)]
        return tuple(Pumps(1, capacity, start, start - setting.stop_below_start_m) for start in starts)
