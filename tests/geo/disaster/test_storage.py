"""Level-pool routing: closed forms, SWMM's published answers, and no volume lost in a thousand random cases."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.disaster.basin import Gate, HeadCurve, Hypsometry, Pumps, StageStorage
from geo.disaster.hydrograph import Inflow, Tailwater
from geo.disaster.storage import route
from geo.errors import BadInput

PRISM = StageStorage([(0, 40_245), (10, 40_245)])


def steady(flow, until):
    return Inflow(np.array([0.0, until]), np.array([flow]), np.array([flow]))


@pytest.mark.parametrize("step", [1, 60, 7200])
def test_t4a_fill_above_the_table_starts_no_pump(step):
    found = route(
        PRISM,
        steady(30.0, 21_600.0),
        initial_level_m=0.5,
        duration_s=21_600,
        step_s=step,
        pumps=[Pumps(1, 5.0, on_m=99, off_m=98)],
    )
    assert found.levels_m[-1] == pytest.approx(16.601379, abs=5e-7)
    assert found.starts == (0,)


@pytest.mark.parametrize("step", [10, 60, 3600])
def test_t4bcd_hysteresis_is_exact_whatever_the_step(step):
    pumps = [Pumps(4, 5.321, on_m=1.0, off_m=0.5)]
    found = route(PRISM, steady(10.0, 86_400.0), initial_level_m=0.5, duration_s=86_400, step_s=step, pumps=pumps)
    fill, drain = 40_245 * 0.5 / 10, 40_245 * 0.5 / (4 * 5.321 - 10)
    assert (fill, drain) == pytest.approx((2012.25, 1783.277), abs=5e-4)
    assert found.starts == (23,) == (math.floor((86_400 - fill) / (fill + drain)) + 1,)
    assert found.levels_m[-1] == pytest.approx(0.751538502, abs=5e-10)
    assert found.peak_level_m == pytest.approx(1.0, abs=1e-12)
    assert found.levels_m.min() >= 0.5 - 1e-12


def test_t4b_first_start_and_stop():
    pumps = [Pumps(4, 5.321, on_m=1.0, off_m=0.5)]
    flow = steady(10.0, 9000.0)
    for end, expected in ((2012.25, 1.0), (2012.25 + 1783.277, 0.5)):
        found = route(PRISM, flow, initial_level_m=0.5, duration_s=end, step_s=end, pumps=pumps)
        assert found.levels_m[-1] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("step", "within"), [(10, 1e-6), (60, 1e-6)])
def test_t5_torricelli(step, within):
    found = route(
        StageStorage([(0, 5000), (10, 5000)]),
        steady(0.0, 1800.0),
        initial_level_m=4,
        duration_s=1800,
        step_s=step,
        gate=Gate(0.6, 2.0, sill_m=0.0),
        tailwater=Tailwater(np.array([0.0]), np.array([-5.0])),
    )
    assert found.levels_m[-1] == pytest.approx(1.088689, abs=within)
    assert found.gate_volume_m3 == pytest.approx((4 - found.levels_m[-1]) * 5000, rel=1e-12)


def test_t11_the_main_basin_drains():
    depth = 264_157 / 40_245
    basin = StageStorage([(0, 40_245), (depth, 40_245)])
    pumps = [Pumps(4, 5.346, on_m=0.1, off_m=0.0)]
    expected = 264_157 / 21.384
    assert expected == pytest.approx(12_353, abs=0.5)
    for end, level in ((expected, 0.0), (expected - 100, 2138.4 / 40_245)):
        found = route(basin, steady(0.0, end), initial_level_m=depth, duration_s=end, step_s=60, pumps=pumps)
        assert found.levels_m[-1] == pytest.approx(level, abs=1e-9)


def test_t12_the_shortest_cycle_of_the_simple_station():
    basin = StageStorage([(0, 306), (1, 306)])
    pumps = [Pumps(1, 0.962, on_m=1.0, off_m=0.0)]
    cycle = 4 * 306 / 0.962
    assert cycle == pytest.approx(1272, abs=0.5)
    end = 10 * cycle + 10
    found = route(basin, steady(0.481, end), initial_level_m=1.0, duration_s=end, step_s=60, pumps=pumps)
    assert found.starts == (11,)
    shorter = route(basin, steady(0.481, end), initial_level_m=1.0, duration_s=end - 20, step_s=60, pumps=pumps)
    assert shorter.starts == (10,)


def test_a_head_curve_pump_holds_its_operating_point():
    curve = HeadCurve(shutoff_m=12, pump_loss=0.15, system_loss=0.10)
    flow = math.sqrt(6 / 0.25)
    found = route(
        StageStorage([(0, 1e6), (10, 1e6)]),
        steady(flow, 3600.0),
        initial_level_m=4,
        duration_s=3600,
        step_s=60,
        pumps=[Pumps(1, 0.0, on_m=1, off_m=0, curve=curve)],
        tailwater=Tailwater(np.array([0.0]), np.array([10.0])),
    )
    assert found.levels_m[-1] == pytest.approx(4, abs=1e-12)
    assert found.pumped_volume_m3 == pytest.approx(3600 * 4.898979, rel=1e-7)


def test_a_head_curve_and_a_constant_pump_of_the_same_flow_agree():
    flat = HeadCurve(shutoff_m=9.0, pump_loss=0.36, system_loss=0.0)  # 5 m3/s where nothing stands against it
    flow = Inflow(np.array([0.0, 7200.0, 20_000.0]), np.array([0.0, 12.0]), np.array([12.0, 0.0]))
    run = [
        route(PRISM, flow, initial_level_m=0.5, duration_s=30_000, step_s=60, pumps=[pump])
        for pump in (Pumps(1, 5.0, 1.0, 0.5), Pumps(1, 0.0, 1.0, 0.5, flat))
    ]
    assert run[0].starts == run[1].starts
    assert run[1].levels_m == pytest.approx(run[0].levels_m, abs=1e-6)


def test_pumps_that_failed_never_start():
    found = route(
        PRISM, steady(30.0, 3600.0), initial_level_m=0.5, duration_s=3600, step_s=60, pumps=[Pumps(0, 5.0, 0.6, 0.5)]
    )
    assert (found.starts, found.pumped_volume_m3) == ((0,), 0)


def test_the_peak_between_two_steps_is_found():
    flow = Inflow(np.array([0.0, 1000.0]), np.array([10.0]), np.array([0.0]))
    found = route(PRISM, flow, initial_level_m=1.0, duration_s=1000, step_s=1000, pumps=[Pumps(1, 4.0, 1.0, 0.0)])
    # net 6 m3/s falls by 0.01 each second: greatest after 600 s
    assert found.peak_level_m == pytest.approx(1.0 + 1800 / 40_245, rel=1e-12)


@pytest.mark.parametrize(
    ("pumps", "level", "says"),
    [
        ([Pumps(1, 1.0, on_m=1.0, off_m=1.0)], 0.5, r"pumps\[0\]: off_m 1.0 must lie below on_m 1.0"),
        ([Pumps(1, 1.0, on_m=1.0, off_m=-0.5)], 0.5, "below the bottom of the basin, 0.0 m"),
        ([], 10.5, "initial_level_m 10.5 lies outside the stage-area table"),
        ([], -0.1, "outside the stage-area table"),
        ([Pumps(1, 1e4, on_m=1e-6, off_m=0.0)], 0.0, "start more than"),
    ],
)
def test_a_case_that_cannot_be_run_is_refused(pumps, level, says):
    with pytest.raises(BadInput, match=says):
        route(PRISM, steady(5000.0, 86_400.0), initial_level_m=level, duration_s=86_400, step_s=60, pumps=pumps)


levels = st.floats(-5, 20)


@st.composite
def cases(draw):
    count = draw(st.integers(2, 5))
    heights = np.cumsum([draw(levels), *(draw(st.floats(0.1, 5)) for _ in range(count - 1))])
    areas = np.cumsum([draw(st.floats(0, 1e5)), *(draw(st.floats(100, 1e5)) for _ in range(count - 1))])
    bottom, top = float(heights[0]), float(heights[-1])
    times = np.cumsum([draw(st.floats(0, 500)), *(draw(st.floats(1, 4000)) for _ in range(draw(st.integers(1, 6))))])
    flows = np.array([draw(st.floats(0, 100)) for _ in times])
    pumps = []
    for _ in range(draw(st.integers(0, 3))):
        off = bottom + draw(st.floats(0, 3))
        curve = draw(st.none() | st.builds(HeadCurve, st.floats(1, 20), st.floats(0.1, 2), st.floats(0, 2)))
        pumps.append(
            Pumps(draw(st.integers(0, 3)), draw(st.floats(0.1, 20)), off + draw(st.floats(0.2, 3)), off, curve)
        )
    gate = draw(st.none() | st.builds(Gate, st.floats(0.1, 1), st.floats(0.1, 5), levels))
    outside = Tailwater(np.array([0.0, 5000.0]), np.array([draw(levels), draw(levels)]))
    return {
        "basin": StageStorage(list(zip(heights.tolist(), areas.tolist(), strict=True))),
        "inflow": Inflow(times, flows[:-1], flows[1:]),
        "initial_level_m": draw(st.floats(bottom, top)),
        "duration_s": draw(st.floats(1000, 9000)),
        "step_s": draw(st.floats(200, 900)),
        "pumps": pumps,
        "gate": gate,
        "tailwater": draw(st.sampled_from([None, outside])),
    }


@settings(max_examples=1000, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_no_water_is_lost_or_made(case):
    found = route(**case)
    assert abs(found.mass_balance_error) <= 1e-9
    basin, levels_m = case["basin"], found.levels_m
    assert np.isfinite(levels_m).all()
    assert levels_m.min() >= basin.bottom_m
    assert found.peak_level_m >= levels_m.max() - 1e-9
    gained = basin.volume(float(levels_m[-1])) - basin.volume(case["initial_level_m"])
    left = found.inflow_volume_m3 - found.pumped_volume_m3 - found.gate_volume_m3
    held = max(found.inflow_volume_m3, basin.volume(case["initial_level_m"]), 1.0)
    assert abs(gained - left) <= 1e-9 * held
    assert found.pumped_volume_m3 >= 0
    assert found.gate_volume_m3 >= 0


def test_a_basin_whose_ridge_overtops_loses_no_water_and_stands_at_the_ridge_meanwhile():
    curve = Hypsometry([0.0, 2.0, 2.0, 3.0], [0.0, 2400.0, 6000.0, 8730.0])
    inflow = Inflow(np.array([0.0, 7000.0]), np.array([1.0]), np.array([1.0]))
    found = route(curve, inflow, initial_level_m=0.0, duration_s=7000, step_s=1000)
    by_volume = [0, 1000 / 1200, 2000 / 1200, 2, 2, 2, 2, 2 + 1000 / 2730]
    assert found.levels_m.tolist() == pytest.approx(by_volume)
    assert found.peak_volume_m3 == pytest.approx(7000)
    assert abs(found.mass_balance_error) < 1e-12


@pytest.mark.parametrize(
    ("levels", "volumes", "says"),
    [
        ([0], [0], "two rows"),
        ([0, 1, 0.5], [0, 1, 2], "must not fall"),
        ([0, 1, 2], [0, 2, 1], "must not fall"),
        ([0, 1, 1], [0, 1, 2], "last row"),
        ([0, 1, 2], [0, 1, 1], "last row"),
    ],
)
def test_a_level_volume_table_that_falls_is_refused(levels, volumes, says):
    with pytest.raises(BadInput, match=says):
        Hypsometry(levels, volumes)
