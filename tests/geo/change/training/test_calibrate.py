"""Scores say how often objects prove right."""

import numpy as np
import pytest

from geo.change.training import calibrate
from geo.change.training.pairs import Pair
from geo.change.training.scenes import UNKNOWN


def objects(seed, count, even=0.8, steep=2.0):
    """Objects whose chance of being right is known."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.5, 0.98, count)
    chance = 1 / (1 + np.exp(-steep * (np.log(p / (1 - p)) - even)))
    return np.column_stack([p, rng.random(count) < chance])


def test_the_curve_is_found_again():
    even, steep = calibrate.fit(objects(1, 20_000))
    assert even == pytest.approx(0.8, abs=0.06)
    assert steep == pytest.approx(2.0, abs=0.12)


def test_what_is_said_of_places_left_out_is_what_is_proved():
    told = calibrate.reliability([objects(seed, 3000) for seed in range(4)])
    assert sum(row["objects"] for row in told) == 12_000
    assert [row["said"] for row in told] == sorted(row["said"] for row in told)
    assert all(abs(row["said"] - row["proved"]) < 0.04 for row in told)


def test_an_object_is_right_when_most_of_it_is_labelled():
    probability = np.zeros((80, 80), np.float32)
    probability[4:24, 4:24] = probability[4:24, 40:60] = probability[40:60, 4:24] = 0.9
    probability[70:74, 70:74] = 0.9  # 4 m2: too small to be told
    change = np.zeros((80, 80), np.uint8)
    change[4:24, 4:20] = 1
    change[4:24, 40:48] = 1
    change[40:60, 4:16] = UNKNOWN
    image = np.zeros((80, 80, 3), np.uint8)
    pair = Pair(image, image, change, change, change)
    told = calibrate.judged(probability, pair, 0.5)
    assert told[:, 1].tolist() == [1, 0]
    assert told[:, 0] == pytest.approx(0.9, abs=0.01)
