"""Flow through time: volumes and peaks by hand."""

import numpy as np
import pytest

from geo.disaster.hydrograph import Inflow, Tailwater, stretches

TRIANGLE = Inflow(np.array([10.0, 20.0, 30.0]), np.array([0.0, 6.0]), np.array([6.0, 0.0]))


@pytest.mark.parametrize(("until", "volume"), [(10, 0), (20, 30), (25, 52.5), (30, 60), (100, 60)])
def test_volume_by_a_time(until, volume):
    assert TRIANGLE.volume(until) == pytest.approx(volume)


@pytest.mark.parametrize(("until", "peak"), [(5, 0), (15, 3), (20, 6), (99, 6)])
def test_peak_by_a_time(until, peak):
    assert TRIANGLE.peak(until) == peak


def test_stretches_are_cut_by_steps_and_points():
    found = list(stretches(TRIANGLE, np.array([0.0, 15.0, 40.0])))
    assert found == [(0, 10, 0, 0), (10, 15, 0, 3), (15, 20, 3, 6), (20, 30, 6, 0), (30, 40, 0, 0)]


def test_tailwater_is_linear_and_stays():
    outside = Tailwater(np.array([0.0, 10.0]), np.array([4.0, 9.0]))
    assert [outside.at(time) for time in (0, 5, 10, 99)] == [4, 6.5, 9, 9]
