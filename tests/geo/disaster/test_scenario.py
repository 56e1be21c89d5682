"""Scenarios on a polder drawn by hand: a basin of 100 m x 100 m in flat ground behind a bank."""

from dataclasses import replace

import numpy as np
import pytest
from affine import Affine
from shapely.geometry import LineString, box

from geo.crs import CITY
from geo.disaster.basin import Gate
from geo.disaster.case import Catchment
from geo.disaster.scenario import Axes, Model, Scenario, Setting, scenarios
from geo.disaster.terrain import Culvert, Terrain, burned
from geo.grid import Grid
from geo.raster import Raster

BASIN = box(100, 100, 200, 200)  # 10,000 m2
CAPACITY = {"low": 0.577, "nominal": 0.962, "high": 1.155}  # of D700 at 1.5, 2.5 and 3.0 m/s
EVEN = tuple(5.0 * (step + 1) for step in range(19))
SETTING = Setting(Catchment(500_000, 100.0, 3600, 3600), Gate(0.6, 2.0, 20.0), CAPACITY, 4, 40_000, 1.0, 0.2, 0.5, EVEN)


def polder(bank_m=15.0):
    """300 m x 300 m at 10 m, a bank at x = 240, walled in at 30 m."""
    z = np.full((150, 150), 10.0)
    z[:, 120:122] = bank_m
    z[[0, -1]] = z[:, [0, -1]] = 30.0
    grid = Grid(CITY, Affine(2, 0, 0, 0, -2, 300), 150, 150)
    return Terrain(Raster(z[None], np.ones(z.shape, bool), grid), "drawn", True, 0.1, "drawn")


@pytest.fixture(scope="module")
def model():
    return Model(polder(), BASIN, SETTING)


def run(model, rain, works, failure="none", capacity=None, stage=25.0):
    return model.run(Scenario(rain, stage, works, failure, capacity), most_m3=500_000 * 0.4)


def test_without_pumps_and_with_the_gate_shut_all_that_fell_lies_on_the_ground(model):
    found = run(model, 200, "basin")
    assert found.bottom_m == 6.0  # 40,000 m3 under the rim of 10 m
    # curve number 100: all 200 mm of 0.5 km2 run off; Clark keeps back what has not come in 48 h
    assert found.routed.inflow_volume_m3 == pytest.approx(100_000, rel=1e-6)
    assert found.depth_m.sum() * 4 == pytest.approx(found.routed.peak_volume_m3)
    on_the_polder = (found.depth_m > 0) & ~model.inside_basin
    area = 119 * 148 * 4.0  # west of the bank, walls apart
    assert on_the_polder.sum() * 4 + model.inside_basin.sum() * 4 == area
    floor = model.inside_basin.sum() * 4 * 4.0
    assert found.peak_level_m == pytest.approx(10 + (100_000 - floor) / area, abs=1e-3)
    assert not found.depth_m[:, 122:].any()  # the bank of 15 m holds


def test_before_the_works_the_basin_stores_nothing(model):
    area = 119 * 148 * 4.0
    assert run(model, 200, "none").peak_level_m == pytest.approx(10 + 100_000 / area, abs=1e-3)


def test_pumps_that_all_fail_are_the_basin_alone(model):
    alone, failed = run(model, 200, "basin"), run(model, 200, "basin_pumps", "all_pumps")
    assert failed.peak_level_m == alone.peak_level_m
    assert (failed.depth_m == alone.depth_m).all()


def test_larger_pumps_and_more_of_them_leave_less_water(model):
    levels = [
        run(model, 400, "basin_pumps", failure, v).peak_level_m for v in CAPACITY for failure in ("one_pump", "none")
    ]
    assert levels[0] > levels[1] > levels[3] > levels[5]
    assert levels[0] > levels[2] > levels[4]
    assert max(levels) < run(model, 400, "basin").peak_level_m


def test_a_low_river_drains_through_the_gate(model):
    low = Model(polder(), BASIN, replace(SETTING, gate=Gate(0.6, 2.0, 7.0)))
    drained, shut = run(low, 200, "basin", stage=5.0), run(low, 200, "basin", stage=25.0)
    assert drained.routed.gate_volume_m3 > 0
    assert shut.routed.gate_volume_m3 == 0
    assert drained.peak_level_m < shut.peak_level_m


def test_a_culvert_lets_the_flood_through_the_bank():
    open_bank = Model(burned(polder(), [Culvert(LineString([(236, 150), (246, 150)]), 10.1)]), BASIN, SETTING)
    assert run(open_bank, 200, "basin").depth_m[75, 130] > 0


def test_every_storm_meets_every_state_of_the_works_once():
    found = scenarios(Axes(rain_mm=(100, 200), stage_m=(7, 9, 11)), CAPACITY)
    assert len(found) == 2 * 3 * 9
    assert len({scenario.id for scenario in found}) == len(found)
    states = {(one.works, one.failure, one.capacity) for one in found}
    assert ("none", "none", None) in states
    assert {("basin_pumps", "one_pump", v) for v in CAPACITY} < states
    assert len(scenarios(Axes((100,), (7,)), ["rated"])) == 5


def test_cells_within_two_deviations_of_the_level_are_uncertain(model):
    found = run(model, 200, "none")  # all of the polder is deeper than 2 x 0.1 m, the walls far higher
    assert not found.uncertain.any()
    rain = 0.1 * 119 * 148 * 4 / 500  # about 0.1 m deep: not told from dry
    assert found.uncertain.shape == found.depth_m.shape
    assert run(model, rain, "none").uncertain.sum() == 119 * 148 - model.inside_basin.sum()
