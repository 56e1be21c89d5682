"""Losses and the unit hydrograph against closed forms."""

import math

import numpy as np
import pytest

from geo.disaster.runoff import clark, excess, time_area, wet


def test_t1_scs_excess():
    assert excess(np.array([200.0]), 80)[0] == pytest.approx(139.877552, abs=5e-7)
    assert excess(np.array([200.0]), 80)[0] == pytest.approx((200 - 12.7) ** 2 / (200 - 12.7 + 63.5), rel=1e-12)


def test_t1b_wet_ground():
    assert wet(75) == pytest.approx(87.341772, abs=5e-7)


def test_nothing_runs_off_below_the_initial_loss_and_all_off_water():
    assert excess(np.array([0.0, 12.7]), 80).tolist() == [0, 0]
    assert excess(np.array([0.0, 12.7]), 100).tolist() == [0, 12.7]


def test_t3_clark_keeps_the_volume():
    runoff = np.append(np.full(72, 1.0), np.zeros(1000))
    _, volumes = clark(runoff, area_m2=3e6, concentration_s=3600, storage_s=5400, step_s=600)
    assert volumes.sum() == pytest.approx(216_000, abs=0.05)
    flows, volumes = clark(runoff[:100], area_m2=3e6, concentration_s=3600, storage_s=5400, step_s=600)
    assert volumes.sum() + 5400 * flows[-1] == pytest.approx(216_000, rel=1e-12)  # what is still in the reservoir


def test_t3b_linear_reservoir():
    flows, _ = clark(np.full(2000, 1.0), area_m2=3e6, concentration_s=600, storage_s=5400, step_s=600)
    assert flows[8] == pytest.approx(3.160603, abs=5e-7)
    assert flows[8] == pytest.approx((1 - math.exp(-1)) * 5, rel=1e-12)
    assert flows[-1] == pytest.approx(5, rel=1e-12)


@pytest.mark.parametrize(("concentration", "step"), [(3600, 600), (3600, 700), (10, 600), (4320, 60)])
def test_the_whole_catchment_contributes_once(concentration, step):
    area = time_area(concentration, step)
    assert area.sum() == pytest.approx(1, rel=1e-12)
    assert (area > 0).all()
    assert len(area) == math.ceil(concentration / step)
