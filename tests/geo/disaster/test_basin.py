"""Stage and storage, pumps and gates against closed forms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.disaster.basin import Gate, HeadCurve, Pumps, StageStorage
from geo.errors import BadInput

CONE = StageStorage([(2.0, 0.0), (4.0, 100.0), (6.0, 100.0)])


def test_volume_of_a_widening_basin():
    assert [CONE.volume(level) for level in (2, 3, 4, 5, 6, 8)] == [0, 25, 100, 200, 300, 500]  # 50 m2/m at first


@given(st.floats(2.0, 50.0))
def test_level_and_volume_are_each_others_inverse(level):
    assert CONE.level(CONE.volume(level)) == pytest.approx(level, abs=1e-9)


def test_above_the_table_nothing_is_clamped():
    assert CONE.level(500) == 8
    assert CONE.volume(99) > CONE.volume(98) > CONE.volume(6)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ([(0, 10), (0, 20)], "falls: level 0 m comes after 0 m"),
        ([(0, 10), (2, 20), (1, 30)], "falls: level 1 m comes after 2 m"),
        ([(0, 10), (1, 9)], "falls: area 9 m2 at 1 m is less than 10 m2"),
        ([(0, 0), (1, 0)], "holds no water"),
        ([(0, -1), (1, 1)], "holds no water"),
        ([(0, 10)], "needs two rows"),
    ],
)
def test_a_table_that_is_none_is_refused(table, says):
    with pytest.raises(BadInput, match=says):
        StageStorage(table)


def test_t6_pump_curve_against_its_pipe():
    pump = Pumps(1, 0.0, on_m=1, off_m=0, curve=HeadCurve(shutoff_m=12, pump_loss=0.15, system_loss=0.10))
    assert pump.flow(level_m=4, tailwater_m=10) == pytest.approx(4.898979, abs=5e-7)
    assert pump.flow(4, 10) == pytest.approx(math.sqrt(6 / 0.25), rel=1e-15)
    assert pump.flow(level_m=4, tailwater_m=17) == 0
    assert pump.flow(level_m=10, tailwater_m=4) == pump.flow(4, 4)


def test_a_flap_gate_lets_nothing_back():
    gate = Gate(0.6, 2.0, sill_m=1.0)
    assert gate.flow(level_m=3, tailwater_m=5) == gate.flow(0.5, 0) == 0
    assert gate.flow(level_m=3, tailwater_m=-5) == pytest.approx(1.2 * math.sqrt(2 * 9.80665 * 2))
