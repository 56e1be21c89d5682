"""Rain against the published Huff case and sums by hand."""

import numpy as np
import pytest

from geo.disaster.rainfall import HUFF_ILLINOIS, fallen, huff
from geo.errors import BadInput


def test_t2_huff_third_quartile():
    depths = huff(300, duration_s=86_400, step_s=600)
    assert depths.sum() == pytest.approx(300, abs=1e-12)
    assert depths.max() == pytest.approx(5.7472, abs=5e-5)
    assert (depths.argmax() + 0.5) / 6 == pytest.approx(14.92, abs=0.005)


@pytest.mark.parametrize("quartile", [1, 2, 3, 4])
def test_rain_never_reverses_and_falls_whole(quartile):
    depths = huff(100, duration_s=3600, step_s=60, curve=HUFF_ILLINOIS[quartile])
    assert (depths >= 0).all()
    assert depths.sum() == pytest.approx(100, abs=1e-12)
    heaviest = depths.reshape(4, 15).sum(axis=1).argmax() + 1
    assert heaviest == quartile


@pytest.mark.parametrize("curve", [(50, 40, *[60] * 17), (1, 2, 3), (*range(18), 101)])
def test_a_curve_that_is_none_is_refused(curve):
    with pytest.raises(BadInput, match="Huff curve is 19 percentages"):
        huff(100, duration_s=3600, step_s=60, curve=curve)


def test_a_duration_of_no_whole_steps_is_refused():
    with pytest.raises(BadInput, match="no whole number of steps"):
        huff(100, duration_s=3600, step_s=700)


def test_depth_fallen_by_a_time():
    rain = np.array([[600.0, 6.0], [1200.0, 0.0], [1800.0, 4.0]])  # 4 mm fall from 1800 to 2400
    times = np.array([0.0, 600.0, 900.0, 1200.0, 1800.0, 2100.0, 2400.0, 9000.0])
    assert fallen(rain, times).tolist() == [0, 0, 3, 6, 6, 8, 10, 10]
