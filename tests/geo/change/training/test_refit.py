"""A refitted head: nearer to what a city knows, held to the shipped one where little is known, and usable as it is."""

import numpy as np
import pytest

from geo.change import model
from geo.change.model import Head
from geo.change.training.refit import UNKNOWN, Example, Figures, figures, refit
from geo.crs import CITY
from geo.errors import BadInput
from geo.grid import Grid
from geo.raster import Raster

START = Head(((0.0,) * 32,) * 4, (0.0,) * 4)
SIDE = 8


def example(seed, share=0.5):
    """Ground where a building changed wherever the first feature is high."""
    rng = np.random.default_rng(seed)
    data = np.abs(rng.standard_normal((32, SIDE, SIDE))).astype(np.float32)
    changed = rng.random((SIDE, SIDE)) < share
    data[0] = np.where(changed, 2.0, 0.0)
    grid = Grid.cover((0, 0, 2 * SIDE, 2 * SIDE), CITY, 2)
    label = np.repeat(np.repeat(changed.astype(np.uint8), 4, 0), 4, 1)
    return Example(Raster(data, np.ones((SIDE, SIDE), bool), grid), label)


def test_it_learns_what_the_city_knows():
    fitted = refit([example(seed) for seed in range(10)], START)
    assert fitted.before.changes_found == 0  # the start says one half everywhere: nothing is sure enough
    assert fitted.after.changes == fitted.after.changes_found == 10
    assert fitted.after.false_objects == 0
    assert fitted.after.no_worse_than(fitted.before)
    assert not fitted.before.no_worse_than(fitted.after)
    assert not fitted.after.no_worse_than(fitted.after)  # as good is no reason to change
    assert all(row[0] > 1 for row in fitted.head.weights)


def test_what_is_unknown_teaches_nothing():
    known = [example(seed) for seed in range(10)]
    mixed = []
    for one in known:
        label = one.change.copy()
        label[: SIDE * 2] = UNKNOWN
        nonsense = one.features.data.copy()
        nonsense[:, : SIDE // 2] = 7
        mixed.append(Example(Raster(nonsense, one.features.valid, one.features.grid), label))
    above = np.arange(SIDE * 4)[:, None] < SIDE * 2
    halves = [Example(one.features, np.where(above, UNKNOWN, one.change).astype(np.uint8)) for one in known]
    assert refit(mixed, START).head == refit(halves, START).head


def test_a_right_start_is_held_to():
    fitted = refit([example(seed) for seed in range(10)], START).head
    again = refit([example(seed) for seed in range(10, 15)], fitted).head
    assert np.abs(np.array(again.weights) - np.array(fitted.weights))[:, 1:].max() < 0.3


def test_objects_on_quiet_ground_are_counted():
    """Two squares of 16 m2 on ground that did not change, one on ground nothing is known of."""
    features = np.full((32, 16, 16), -5.0, np.float32)
    for row, col in ((1, 1), (8, 8), (13, 1)):
        features[:, row : row + 2, col : col + 2] = 5.0
    label = np.zeros((64, 64), np.uint8)
    label[48:] = UNKNOWN
    raster = Raster(features, np.ones((16, 16), bool), Grid.cover((0, 0, 32, 32), CITY, 2))
    told = figures([Example(raster, label)], [Head(((1.0,) * 32,) * 4, (0.0,) * 4)])
    assert told == Figures(changes=0, changes_found=0, quiet_km2=round(48 * 64 / 4e6, 4), false_objects=2)


@pytest.mark.parametrize(("count", "share"), [(4, 0.5), (6, 0.0), (6, 1.0)])
def test_too_little_to_learn_from_is_refused(count, share):
    with pytest.raises(BadInput, match="at least 5, with changes and without"):
        refit([example(seed, share) for seed in range(count)], START)


def test_labels_of_another_size_are_refused():
    one = example(0)
    with pytest.raises(BadInput, match="do not fill"):
        refit([Example(one.features, one.change[:-1])] * 6, START)


def test_the_head_inside_the_model_is_the_shipped_one(pair, area):
    read = lambda grid: tuple(reader(grid) for reader in pair)  # noqa: E731
    block = area.window(128, 128, 64, 64)
    shipped = model.probabilities(read, block)
    own = model.probabilities(read, block, model.shipped_head())
    assert np.abs(shipped.data.astype(int) - own.data).max() <= 1
    sure = Head(model.shipped_head().weights, (50.0,) * 4)
    assert (model.probabilities(read, block, sure).data[0] == 255).all()


def test_features_are_what_the_head_reads(pair, area):
    """The head applied by hand to the features gives the model's own probabilities where neighbours agree."""
    read = lambda grid: tuple(reader(grid) for reader in pair)  # noqa: E731
    block = area.window(128, 128, 128, 128)
    (features, seen), head = model.features(read, block), model.shipped_head()
    assert features.data.shape == (32, 32, 32)
    assert features.grid.cell == 2
    flat = features.data.reshape(32, -1).T @ np.array(head.weights).T + np.array(head.biases)
    coarse = (1 / (1 + np.exp(-flat))).mean(axis=1).reshape(32, 32)
    fine = seen.data[0].reshape(32, 4, 32, 4).mean(axis=(1, 3)) / 255
    assert np.abs(coarse - fine)[4:-4, 4:-4].mean() < 0.05
    assert np.abs(seen.data - model.probabilities(read, block).data.astype(int)).mean() < 1


def test_features_off_the_stride_are_refused(pair, area):
    with pytest.raises(BadInput, match="multiples of 16 px"):
        model.features(lambda grid: tuple(reader(grid) for reader in pair), area.window(8, 0, 64, 64))
