"""Drawn ground: labels lie where the pictures show a roof, and neither crops, film nor cars are one."""

import numpy as np
import pytest

from geo.change.training import painting, scenes, towns
from geo.change.training.painting import Patch, Sky, Thing
from geo.change.training.pairs import Sampler
from geo.change.training.sources import SOURCES

NOON = Sky(0, 180.0, 60.0)
RING = np.array([(100, 100), (160, 100), (160, 140), (100, 140)], np.float64)


@pytest.fixture(scope="module")
def drawn():
    return towns.draw(np.random.default_rng([21, 0, 3]))


def empty(things=(), patches=()):
    index = np.ones((painting.SIDE_PX, painting.SIDE_PX), np.int32)
    return painting.paint(np.random.default_rng(5), NOON, index, ["yard"], patches, things)


def test_planes_are_two_images_and_labels_that_agree(drawn):
    assert drawn.shape == (towns.SIDE_PX, towns.SIDE_PX, scenes.PLANES["drawn"] + 1)
    change, before, after, ground = (drawn[:, :, number] for number in range(6, 10))
    assert set(np.unique(drawn[:, :, 6:])) == {0, 1}
    assert (change == (before != after)).all()
    assert ground.all()
    assert change.any()


def test_one_seed_draws_one_scene(drawn):
    assert (towns.draw(np.random.default_rng([21, 0, 3])) == drawn).all()
    assert not (towns.draw(np.random.default_rng([21, 1, 3])) == drawn).all()


def test_a_roof_covers_its_ring_and_throws_its_shadow_away_from_the_sun():
    roof = Thing(RING, "flat", np.array((200.0, 60, 60)), 6.0, (True, True))
    bare, built = empty().astype(int), empty([roof]).astype(int)
    assert (np.abs(built - bare)[104:136, 104:156].max(axis=2) > 30).mean() > 0.9  # but for a tree above it
    assert built[93:98, 110:150].mean() < 0.8 * bare[93:98, 110:150].mean()  # north of it
    assert np.abs(built - bare)[146:160, 100:160].mean() < 12  # south of it: trees apart, as it was


def test_a_patch_shows_its_own_cover():
    mask = np.zeros((painting.SIDE_PX, painting.SIDE_PX), np.uint8)
    mask[200:300, 200:300] = 1
    asphalt = empty(patches=[Patch(mask, "new asphalt", 0)])
    assert asphalt[210:290, 210:290].mean() < 110 < asphalt[10:90, 10:90].mean()


@pytest.mark.parametrize("kind", ["film", "hoops", "vehicle"])
def test_what_is_no_building_is_drawn_and_never_labelled(kind):
    assert (empty([Thing(RING, kind, np.array((230.0, 230, 230)), 1.6, (True, True))]) != empty()).any()
    lots, things = [RING * 4], []
    towns._greenhouses(np.random.default_rng(1), lots[0], things)
    assert {thing.kind for thing in things} <= {"film", "hoops"}


def test_drawn_pairs_know_the_buildings_of_both_dates(drawn):
    source = next(source for source in SOURCES if source.kind == "drawn")
    scene = scenes.Scene(source.name, source.kind, source.gsd_m, drawn)
    pair = Sampler.of({source.name: [scene]}).draw_from(np.random.default_rng(2), source.name)
    assert {*np.unique(pair.built_before), *np.unique(pair.built_after)} <= {0, 1, scenes.UNKNOWN}
    assert (pair.built_before == 1).any()
    assert (pair.built_after == 1).any()
