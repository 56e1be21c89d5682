"""Cases as `geo disaster simulate` reads them: published answers, and refusals by name."""

import json

import numpy as np
import pytest

from geo.disaster.case import parse, simulate
from geo.disaster.rainfall import huff
from geo.disaster.runoff import wet
from geo.errors import BadInput, GeoError

BASIN = {"stage_area": [[0, 40_245], [6.56, 40_245], [6.561, 290_245], [12, 290_245]], "initial_level_m": 0.3}
CATCHMENT = {"area_km2": 4.0, "curve_number": wet(75), "tc_h": 1.2, "k_h": 1.7}
SMALL = {
    "duration_h": 1,
    "step_s": 600,
    "inflow_m3s": [[0, 0], [1800, 10], [3600, 0]],
    "basin": {"stage_area": [[0, 1000], [10, 1000]], "initial_level_m": 0.0},
    "pumps": [{"count": 2, "capacity_m3s": 1.5, "on_m": 1.0, "off_m": 0.5}],
    "gate": None,
}


def run(**case):
    return simulate(parse(json.dumps(case).encode()))


def changed(**values):
    return SMALL | values


@pytest.mark.parametrize(
    ("capacity", "level", "volume"), [(5.321, 3.38488, 1_023_303), (3.192, 6.73216, 1_030_994), (None, 9.27437, 0)]
)
def test_the_peak_that_swmm_finds_at_a_step_of_one_second(capacity, level, volume):
    """EPA SWMM 5.2.4: Huff's third quartile, 300 mm in 24 h, four pumps staggered by 0.2 m."""
    depths = huff(300, duration_s=86_400, step_s=60)
    on = [1.0, 1.2, 1.4, 1.6] if capacity else []
    found = run(
        duration_h=48,
        step_s=60,
        rain_mm=[[60 * place, depth] for place, depth in enumerate(depths.tolist())],
        catchment=CATCHMENT,
        basin=BASIN,
        pumps=[{"count": 1, "capacity_m3s": capacity, "on_m": m, "off_m": m - 0.5} for m in on],
        gate=None,
    )
    assert found["peak_level_m"] == pytest.approx(level, abs=0.002)
    assert found["pumped_volume_m3"] == pytest.approx(volume, rel=5e-4)
    assert found["peak_inflow_m3s"] == pytest.approx(29.353, abs=5e-4)
    assert found["inflow_volume_m3"] == pytest.approx(1_039_757, abs=0.5)
    assert found["starts_per_pump"] == [1] * len(on)
    assert abs(found["mass_balance_error"]) < 1e-9


def test_what_it_answers():
    found = run(**SMALL)
    assert found["inflow_volume_m3"] == 18_000
    assert found["peak_inflow_m3s"] == 10
    assert [t for t, _ in found["levels"]] == [0, 600, 1200, 1800, 2400, 3000, 3600]
    assert found["levels"][0] == [0, 0]
    assert found["levels"][1] == [600, pytest.approx(1.0)]  # 600 s of 0 to 3.33 m3/s is 1000 m3
    assert found["starts_per_pump"] == [1]
    assert found["pumped_volume_m3"] == pytest.approx(3 * 3000)
    assert found["levels"][-1] == [3600, pytest.approx(9.0)]
    assert found["peak_level_m"] > 9  # it fell at the end, when less than 3 m3/s came
    assert found["above_table"] is False
    json.dumps(found, allow_nan=False)


def test_the_end_stands_in_the_levels_whatever_the_step():
    assert [t for t, _ in run(**changed(step_s=1000))["levels"]] == [0, 1000, 2000, 3000, 3600]


def test_above_the_table_is_told():
    assert run(**changed(inflow_m3s=[[0, 100], [3600, 100]]))["above_table"] is True


def test_rain_on_water_arrives_whole():
    case = {name: value for name, value in SMALL.items() if name != "inflow_m3s"} | {
        "duration_h": 100, "rain_mm": [[0, 6], [3600, 6], [7200, 0]],
        "catchment": {"area_km2": 3, "curve_number": 100, "tc_h": 0.5, "k_h": 1},
    }  # fmt: skip
    found = run(**case)
    assert found["inflow_volume_m3"] == pytest.approx(36_000, rel=1e-9)
    case["rain_mm"] = case["rain_mm"][:2]  # the last depth falls for as long as the one before it
    assert run(**case)["inflow_volume_m3"] == pytest.approx(36_000, rel=1e-9)


def test_no_rain_at_all():
    case = {name: value for name, value in SMALL.items() if name != "inflow_m3s"}
    found = run(**case, rain_mm=[[0, 0]], catchment=CATCHMENT)
    assert (found["inflow_volume_m3"], found["mass_balance_error"]) == (0, 0)


def test_a_gate_drains_towards_a_lower_river():
    gate = {"coefficient": 0.6, "area_m2": 2, "sill_m": 0, "tailwater_m": [[0, -5]]}
    basin = {"stage_area": [[0, 5000], [10, 5000]], "initial_level_m": 4}
    found = run(duration_h=0.5, step_s=60, inflow_m3s=[[0, 0]], basin=basin, pumps=[], gate=gate)
    assert found["levels"][-1][1] == pytest.approx(1.088689, abs=1e-6)
    shut = gate | {"tailwater_m": [[0, 5]]}
    found = run(duration_h=0.5, step_s=60, inflow_m3s=[[0, 0]], basin=basin, pumps=[], gate=shut)
    assert found["levels"][-1][1] == 4


CURVE = {"shutoff_m": 12, "pump_loss": 0.15, "system_loss": 0.10}
LIFT = {"count": 1, "on_m": 1.0, "off_m": 0.5, "curve": CURVE}


def test_t6_a_head_curve_lifts_what_its_head_against_the_river_leaves():
    gate = {"coefficient": 0.6, "area_m2": 2, "sill_m": 0, "tailwater_m": [[0, 10]]}
    basin = {"stage_area": [[0, 1e9], [10, 1e9]], "initial_level_m": 4}  # so wide that its level stays
    found = run(duration_h=1, step_s=60, inflow_m3s=[[0, 0]], basin=basin, pumps=[LIFT], gate=gate)
    assert found["pumped_volume_m3"] / 3600 == pytest.approx(4.898979, abs=5e-6)


PUMP = SMALL["pumps"][0]
RAIN = {name: value for name, value in SMALL.items() if name != "inflow_m3s"} | {"catchment": CATCHMENT}
TABLE = {"initial_level_m": 0.0}


@pytest.mark.parametrize(
    ("case", "says"),
    [
        (changed(pumps=[PUMP | {"off_m": 1.5}]), "pumps[0]: off_m 1.5 must lie below on_m 1.0"),
        (changed(pumps=[PUMP | {"off_m": 1.0}]), "off_m 1.0 must lie below"),
        (changed(pumps=[PUMP | {"capacity_m3s": -1}]), "pumps[0].capacity_m3s is -1; it must be above zero"),
        (changed(pumps=[PUMP | {"count": 1.5}]), "whole number"),
        (changed(pumps=[PUMP | {"head": 1}]), "pumps[0]: 'head' is unknown"),
        (changed(pumps=[{"count": 1, "on_m": 1, "off_m": 0}]), "pumps[0]: capacity_m3s is missing; give one of"),
        (changed(pumps=[PUMP | {"curve": CURVE}]), "pumps[0]: both are given; give one of capacity_m3s and curve"),
        (changed(pumps=[LIFT]), "a pump's curve lifts against a level outside; give gate.tailwater_m"),
        (
            changed(pumps=[LIFT | {"curve": CURVE | {"pump_loss": 0, "system_loss": 0}}]),
            "are both 0; nothing would hold",
        ),
        (changed(pumps=[LIFT | {"curve": CURVE | {"pump_loss": -1}}]), "pump_loss is -1; it cannot be negative"),
        (changed(pumps={}), "must be a list"),
        (changed(basin=TABLE | {"stage_area": [[0, 10], [1, 9]]}), "table falls: area 9"),
        (changed(basin=TABLE | {"stage_area": [[1, 10], [0, 20]]}), "table falls: level 0"),
        (changed(basin=TABLE | {"stage_area": [[0, 10, 5], [1, 20]]}), "stage_area[0] is '[0, 10, 5]'"),
        (changed(basin={"stage_area": [[0, 10], [1, 10]]}), "basin: initial_level_m is missing"),
        (changed(basin={"stage_area": [[0, 10], [1, 10]], "initial_level_m": 2}), "initial_level_m 2.0 lies outside"),
        (changed(inflow_m3s=[[0, 1], [600, 2], [600, 3]]), "inflow_m3s[2]: time 600 s does not come after 600 s"),
        (changed(inflow_m3s=[[0, 1], [600, -2]]), "inflow_m3s[1][1] is -2.0; it cannot be negative"),
        (changed(inflow_m3s=[[-10, 1], [600, 2]]), "cannot be negative"),
        (changed(inflow_m3s=[[0, "1"]]), "must be a number"),
        (changed(inflow_m3s=[[0, True]]), "must be a number"),
        (changed(inflow_m3s=[]), "must be a list of pairs"),
        (changed(inflow_m3s=[[0, 1e300]]), "beyond any figure"),
        (changed(inflow_m3s=None), "neither is given"),
        (changed(rain_mm=[[0, 1], [600, 0]]), "both are given"),
        (changed(catchment=CATCHMENT), "catchment goes with rain_mm"),
        (changed(duration_h=0), "duration_h is 0; it must be above zero"),
        (changed(step_s=7200), "makes 0.5 steps"),
        (changed(step_s=1e-9), "steps; from 1 to"),
        (changed(duration_h=None), "duration_h is missing"),
        (changed(surprise=1), "'surprise' is unknown"),
        (RAIN | {"rain_in": [[0, 0.4], [600, 0]]}, "'rain_in' gives rain in inches; give rain_mm in millimetres"),
        (RAIN | {"rain_mm": [[0, 0.4], [600, 0]], "rain_unit": "inches"}, "rain in inches"),
        (RAIN | {"rain_inches": [[0, 0.4], [600, 0]]}, "rain in inches"),
        (RAIN | {"rain_mm": [[0, 0.4], [600, 0]], "units": "in"}, "rain in inches"),
        (RAIN | {"rain_mm": [[600, 1], [0, 1]]}, "rain_mm[1]: time 0 s does not come after 600 s"),
        (RAIN | {"rain_mm": [[0, 10]]}, "nothing says when its rain ends"),
        (RAIN | {"rain_mm": [[0, 1], [600, 0]], "catchment": None}, "catchment is missing"),
        (RAIN | {"rain_mm": [[0, 1], [600, 0]], "catchment": CATCHMENT | {"curve_number": 101}}, "from 0 to 100"),
        (RAIN | {"rain_mm": [[0, 1], [600, 0]], "catchment": CATCHMENT | {"k_h": 0}}, "k_h is 0; it must be above"),
        (changed(gate={"area_m2": 1}), "gate: coefficient is missing"),
        (5, "the case is '5'; it must be an object"),
    ],
)
def test_a_wrong_case_is_refused_in_one_sentence(case, says):
    with pytest.raises(BadInput) as refusal:
        simulate(parse(json.dumps(case).encode()))
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", [b"", b"{", b'{"duration_h": NaN}', b"[" * 100_000, b'{"step_s": 1, "step_s": 2}'])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(GeoError):
        parse(text)


def test_the_step_changes_no_answer_of_constant_pumps():
    coarse, fine = run(**changed(step_s=1800)), run(**changed(step_s=7))
    assert coarse["pumped_volume_m3"] == pytest.approx(fine["pumped_volume_m3"], rel=1e-9)
    assert coarse["peak_level_m"] == pytest.approx(fine["peak_level_m"], rel=1e-9)
    assert np.interp(1800, *zip(*fine["levels"], strict=True)) == pytest.approx(coarse["levels"][1][1], abs=1e-3)
