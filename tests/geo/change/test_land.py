"""Kinds of ground by their colour, roughness and near infrared, each by hand."""

import numpy as np
import pytest

from geo.change import land
from geo.change.land import BARE, GREEN, GREY, MURKY, PAVED, SEALED, SHADE, SOIL, WATER, WOODS


def shown(colour, rough=0.0):
    """The kind in the middle of a field of one colour whose brightness varies by `rough`."""
    grain = np.random.default_rng(1).normal(0, 1, (60, 60, 1))
    pixels = np.clip(np.array(colour) + rough * grain, 0, 255).astype(np.uint8)
    return land.kinds(pixels)[20:40, 20:40]


@pytest.mark.parametrize(
    ("colour", "rough", "kind"),
    [
        ((30, 32, 38), 2, SHADE),
        ((60, 90, 50), 25, WOODS),
        ((112, 134, 76), 8, GREEN),
        ((150, 126, 98), 8, SOIL),
        ((200, 162, 118), 8, BARE),
        ((66, 86, 88), 1, WATER),  # a pond
        ((98, 108, 102), 1, MURKY),  # a flooded paddy
        ((170, 163, 150), 5, PAVED),
        ((140, 140, 140), 5, GREY),
        ((98, 99, 102), 5, SEALED),  # slate, or new asphalt
        ((150, 95, 72), 5, SEALED),  # brick
        ((90, 120, 170), 5, SEALED),  # blue metal
        ((225, 225, 222), 5, SEALED),  # white membrane
    ],
)
def test_kinds_of_ground(colour, rough, kind):
    assert (shown(colour, rough) == kind).mean() > 0.95


@pytest.mark.parametrize(
    ("colour", "infrared", "kinds"),
    [
        ((90, 100, 85), 200, {GREEN}),  # leaves that look grey: NDVI 0.38
        ((90, 120, 95), 95, {SEALED}),  # a green roof: it looks like leaves, NDVI is 0
        ((98, 108, 102), 45, {MURKY}),  # NDWI 0.41
        ((98, 108, 102), 105, {SEALED}),  # the same colour: NDWI 0.01
    ],
)
def test_near_infrared_decides_on_leaves_and_water(colour, infrared, kinds):
    assert set(np.unique(shown((*colour, infrared), 1))) == kinds


def test_every_transition_is_between_kinds_and_season_means_nothing():
    assert all(0 <= kind <= SEALED for pair in land.TRANSITIONS for kind in pair)
    for earlier, later in (
        (GREEN, SOIL),
        (SOIL, GREEN),
        (GREEN, MURKY),
        (MURKY, GREEN),
        (MURKY, WATER),
        (WATER, GREEN),
        (WOODS, GREEN),
    ):
        assert (earlier, later) not in land.TRANSITIONS


def test_a_transition_counts_where_the_colour_changed_and_a_clearing_inside_the_woods():
    woods, bare = np.full((80, 80), WOODS, np.uint8), np.full((80, 80), BARE, np.uint8)
    woods[:, 40:] = SOIL
    bright, moved = np.full((80, 80, 3), 170, np.uint8), np.ones((80, 80), np.float32)
    moved[:20] = 0
    found = land.transitions(woods, bare, bright, moved)
    assert (found[30:70, 10:30] == land.CLEARED).all()
    assert (found[30:70, 37:40] == 0).all()  # the edge of the woods
    assert (found[30:70, 45:] == land.DUG).all()
    assert (found[:20] == 0).all()


def test_colour_by_hand():
    first, second = np.zeros((2, 20, 20, 3), np.uint8)
    second[...] = (30, 60, 60)
    assert land.colour(first, second)[10, 10] == pytest.approx(1.0)  # 90 grey values


def test_roughness_is_the_standard_deviation():
    gray = np.random.default_rng(2).integers(0, 255, (40, 40), np.uint8)
    assert land.roughness(gray, 5)[20, 20] == pytest.approx(gray[18:23, 18:23].std(), abs=1e-3)
