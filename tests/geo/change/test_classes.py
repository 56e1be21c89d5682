"""Kinds of ground by their colour, and what becomes of patches, each by hand."""

import geopandas as gpd
import numpy as np
import pytest
from shapely.affinity import rotate
from shapely.geometry import LineString, MultiPolygon, box

from geo.change import classes
from geo.change.classes import BARE, BUILT, GREEN, MURKY, PAVED, SHADE, SOIL, WATER, WOODS
from geo.crs import CITY


def shown(colour, rough=0.0):
    """The kind in the middle of a field of one colour whose brightness varies by `rough`."""
    grain = np.random.default_rng(1).normal(0, 1, (60, 60, 1))
    pixels = np.clip(np.array(colour) + rough * grain, 0, 255).astype(np.uint8)
    return classes.kinds(pixels)[20:40, 20:40]


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
        ((140, 140, 140), 5, PAVED),
        ((98, 99, 102), 5, BUILT),  # slate, or new asphalt
        ((150, 95, 72), 5, BUILT),  # brick
        ((90, 120, 170), 5, BUILT),  # blue metal
        ((225, 225, 222), 5, BUILT),  # white membrane
    ],
)
def test_kinds_of_ground(colour, rough, kind):
    assert (shown(colour, rough) == kind).mean() > 0.95


def test_every_transition_is_between_kinds_and_season_means_nothing():
    assert all(0 <= kind <= BUILT for pair in classes.TRANSITIONS for kind in pair)
    for earlier, later in (
        (GREEN, SOIL),
        (SOIL, GREEN),
        (GREEN, MURKY),
        (MURKY, GREEN),
        (WOODS, GREEN),
        (GREEN, PAVED),
    ):
        assert (earlier, later) not in classes.TRANSITIONS


HOUSE = rotate(box(0, 0, 13, 9), 20)
ROAD = LineString([(0, 0), (60, 10), (120, 0)]).buffer(2.5, cap_style="flat")


def judged(shape, code, **share):
    """What a patch is judged to be; shares of its evidence, colour in units of detect.colour."""
    seen = {"probability": 0.9, "colour": 1.0, "beside_roof": 0, "dark": 0, "film": 0} | share
    px = int(shape.area * 4)
    scale = {"probability": 255, "colour": classes.COLOUR_STEPS}
    sums = {name: [round(value * px * scale.get(name, 1))] for name, value in seen.items()}
    table = {"code": [code], "px": [px], **sums, "area_m2": [shape.area]}
    found = classes.judge(gpd.GeoDataFrame(table, geometry=[MultiPolygon([shape])], crs=CITY))
    return found["class"].tolist()


@pytest.mark.parametrize(
    ("shape", "code", "share", "names"),
    [
        (HOUSE, classes.BUILT_GAINED, {}, ["building_gained"]),
        (HOUSE, classes.BUILT_GAINED, {"beside_roof": 0.2}, ["building_extended"]),
        (HOUSE, classes.BUILT_LOST, {}, ["building_lost"]),
        (HOUSE, classes.BUILT_GAINED, {"dark": 0.5}, ["building_gained"]),  # a roof with its dark side
        (HOUSE, classes.BUILT_GAINED, {"dark": 0.8, "beside_roof": 0.2}, []),  # shade of the house beside it
        (HOUSE, classes.BUILT_GAINED, {"probability": 0.0, "colour": 0.45}, []),  # a roof in another light
        (box(0, 0, 5, 5), classes.BUILT_GAINED, {}, []),  # under 30 m2
        (box(0, 0, 40, 20), classes.BUILT_GAINED, {"film": 0.8}, []),  # a greenhouse
        (box(0, 0, 40, 20), classes.BUILT_GAINED, {}, ["building_gained"]),  # a factory
        (ROAD, classes.BUILT_GAINED, {}, ["road"]),
        (ROAD, classes.CLEARED, {}, ["road"]),  # a track through woods
        (box(0, 0, 40, 40), classes.CLEARED, {}, ["vegetation_loss"]),
        (box(0, 0, 15, 15), classes.CLEARED, {}, []),
        (box(0, 0, 50, 50), classes.DUG, {}, ["earthwork"]),
        (box(0, 0, 30, 30), classes.DUG, {}, []),  # a field in another dress
        (box(0, 0, 30, 30), classes.WET, {}, ["water"]),
        (box(0, 0, 30, 30), classes.DRY, {}, ["water"]),
    ],
)
def test_what_a_patch_is(shape, code, share, names):
    assert judged(shape, code, **share) == names


def test_scores_lie_between_0_and_1_and_follow_the_evidence():
    rows = [(0.2, 0.5), (0.9, 1.5)]
    table = {
        "code": [classes.BUILT_GAINED] * 2,
        "px": [400, 400],
        "probability": [int(p * 255 * 400) for p, _ in rows],
        "colour": [int(c * classes.COLOUR_STEPS * 400) for _, c in rows],
        **{name: [0, 0] for name in ("beside_roof", "dark", "film")},
        "area_m2": [100.0, 100.0],
    }
    shapes = [MultiPolygon([box(20 * n, 0, 20 * n + 10, 10)]) for n in range(2)]
    score = classes.judge(gpd.GeoDataFrame(table, geometry=shapes, crs=CITY))["score"]
    assert 0 < score[0] < score[1] < 1
    assert score[0] == pytest.approx((0.2 + 1 - np.exp(-0.5 / classes.BUILT_COLOUR)) / 2, abs=2e-3)


def test_every_class_has_a_name_in_korean_and_a_least_area():
    assert classes.KOREAN.keys() == classes.SMALLEST_M2.keys()
