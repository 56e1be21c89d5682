"""Gain and offset against those that were drawn."""

import numpy as np
import pytest

from geo.change import align, radiometry


def test_a_drawn_gain_and_offset_are_found(pair, area):
    values = radiometry.estimate(*pair, area.bounds).field.on(area)
    assert values[:3].mean() == pytest.approx(0.85, abs=0.05)
    assert (values[3:] + values[:3] * 115).mean() == pytest.approx(18 + 0.85 * 115, abs=3)  # at the ground's grey


def test_undoing_it_brings_unchanged_ground_together(pair, area):
    before, after = pair
    first = before(area).data.astype(float)
    moved = align.shifted(after, align.estimate(before, after, area.bounds), area)
    seen = radiometry.estimate(before, after, area.bounds).undo(moved).data.astype(float)
    unchanged = np.s_[:, 150:280, 20:160]
    assert np.abs(seen - first)[unchanged].mean() < 5
    assert abs((seen - first)[unchanged].mean()) < 1.5


def test_a_changed_half_does_not_pull_the_fit(scene, show, area):
    before, after = scene[0], scene[0].copy()
    after[:, :200] = (70, 110, 60)  # crops came up over four tenths of the ground
    values = radiometry.estimate(show(before), show(after), area.bounds).field.on(area)
    assert values[:3].mean() == pytest.approx(1, abs=0.05)


def test_without_invariant_ground_nothing_is_changed(show, area):
    green = np.zeros((512, 512, 3)) + np.array((60.0, 110.0, 50.0))
    values = radiometry.estimate(show(green), show(green, gain=1.2), area.bounds).field.values
    assert (values[:3] == 1).all()
    assert (values[3:] == 0).all()
