"""Clouds and deep shadow against those that were drawn, and bright or dark things that are neither."""

import cv2
import numpy as np
import pytest
from shapely.geometry import Point, box

from geo.change import hidden

SIDE = 1024  # px of 0.5 m: 512 m
FLOWN = (190_464.0, 590_080.0 - SIDE / 2, 190_464.0 + SIDE / 2, 590_080.0)


@pytest.fixture(scope="module")
def town(scene):
    """The drawn scene four times, 512 m a side."""
    return np.tile(scene[0], (2, 2, 1))


def cloud(image, x, y, radius, soft=50):
    """White over the ground, thinning out at its ragged edge over `soft` px."""
    rows, cols = np.mgrid[: image.shape[0], : image.shape[1]]
    ragged = radius * (1 + 0.15 * np.sin(5 * np.arctan2(rows - y, cols - x)))
    part = np.clip((ragged - np.hypot(rows - y, cols - x)) / soft + 0.5, 0, 1)[..., None]
    cover = part * part * (3 - 2 * part)
    return image * (1 - cover) + np.array((242.0, 243.0, 245.0)) * cover


def shade(image, x, y, width, height, grey=9.0):
    drawn = image.copy()
    drawn[y : y + height, x : x + width] = grey
    return drawn


def places(show, before, after, bounds=FLOWN):
    return hidden.estimate(show(before, seed=1), show(after, seed=2), bounds)


@pytest.mark.parametrize(("at", "order"), [("after", 1), ("before", -1)])
def test_a_cloud_is_found_at_its_date(show, town, at, order):
    (place,) = places(show, *[town, cloud(town, 500, 520, 120)][::order]).itertuples()
    assert (place.kind, place.at) == ("cloud", at)
    middle, radius_m = Point(FLOWN[0] + 250, FLOWN[3] - 260), 60
    assert place.geometry.contains(middle.buffer(0.8 * radius_m))
    assert middle.buffer(1.8 * radius_m).contains(place.geometry)


def test_what_is_bright_and_ends_sharply_is_no_cloud(show, town):
    after = town.copy()
    after[100:340, 100:420] = (240, 240, 238)  # a white hall of 120 m by 160 m
    for row in range(420, 700, 16):  # rows of greenhouses
        after[row : row + 12, 100:420] = (225, 228, 230)
    after[420:760, 520:900] = (232, 214, 186)  # sand
    concrete = 212 + 6 * np.random.default_rng(5).standard_normal((160, 330, 1))
    after[100:260, 520:850] = concrete
    assert places(show, town, after).empty


def test_what_was_as_bright_before_and_snow_are_no_cloud(show, town):
    assert places(show, cloud(town, 500, 520, 120), cloud(town, 500, 520, 120)).empty
    snow = np.where(town.mean(axis=2, keepdims=True) > 90, 238.0, town)  # roads, stones and woods stay dark
    assert places(show, town, snow).empty


def test_deep_shadow_is_found_to_four_metres(show, town):
    (place,) = places(show, town, shade(town, 400, 560, 96, 64)).itertuples()
    assert (place.kind, place.at) == ("shadow", "after")
    drawn = box(FLOWN[0] + 200, FLOWN[3] - 312, FLOWN[0] + 248, FLOWN[3] - 280)
    assert drawn.buffer(4).contains(place.geometry)
    assert place.geometry.contains(drawn.buffer(-4))


@pytest.mark.parametrize("grey", [(8.0, 16.0, 10.0), (38.0, 40.0, 46.0)])
def test_greenish_black_water_and_shade_that_shows_something_are_not_hidden(show, town, grey):
    assert places(show, town, shade(town, 400, 560, 96, 64, grey)).empty


def test_water_black_at_both_dates_is_not_hidden(show, town):
    pond = shade(town, 400, 560, 96, 64)
    assert places(show, pond, pond).empty


def test_a_place_is_the_same_whatever_area_is_asked_for(show, town):
    after = shade(cloud(town, 500, 520, 120), 800, 100, 60, 60)
    whole = places(show, town, after)
    part = places(show, town, after, (FLOWN[0] + 240, FLOWN[3] - 262, FLOWN[0] + 250, FLOWN[3] - 250))
    assert sorted(whole["kind"]) == ["cloud", "shadow"]
    assert set(part.to_wkb()["geometry"]) == set(whole.to_wkb()["geometry"])


def test_a_place_across_squares_is_one(show, town):
    moved = [show(image, seed=n) for n, image in enumerate((town, cloud(town, 500, 520, 120)))]
    left, top = 1024.0 * 186, 1024.0 * 576
    before, after = (type(one)(one.pixels, left - 250, top + 260) for one in moved)
    found = hidden.estimate(before, after, (left - 250, top - 252, left + 262, top + 260))
    assert len(found) == 1
    assert len(found.geometry.iloc[0].geoms) == 1


def test_places_are_cut_to_the_ground_of_a_run(show, town):
    found = places(show, town, cloud(town, 500, 520, 120))
    west = box(FLOWN[0], FLOWN[1], FLOWN[0] + 250, FLOWN[3])
    (part,) = hidden.within(found, west).geometry
    assert part.area == pytest.approx(found.geometry.iloc[0].intersection(west).area)
    assert hidden.within(found, box(0, 0, 1, 1)).empty


def test_it_is_burnt_pixel_by_pixel(show, town, area):
    found = places(show, town, shade(town, 100, 100, 64, 64))
    seen = hidden.shown(found, area)
    assert cv2.countNonZero((~seen).astype(np.uint8)) * 0.25 == found.area.sum()
    assert hidden.shown(found, area.window(300, 300, 64, 64)) is None
