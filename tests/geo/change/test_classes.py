"""What becomes of patches, each by hand."""

import geopandas as gpd
import numpy as np
import pytest
from shapely.affinity import rotate
from shapely.geometry import LineString, MultiPolygon, box

from geo.change import classes, detect, land, model
from geo.crs import CITY

HOUSE = rotate(box(0, 0, 13, 9), 20)
ROAD = LineString([(0, 0), (60, 10), (120, 0)]).buffer(2.5, cap_style="flat")


def judged(shape, code, **share):
    """What a patch is judged to be; shares of its evidence, colour in units of land.colour."""
    seen = dict.fromkeys(detect.EVIDENCE, 0) | {"likely": 1, "chance": 0.9, "wing": 0.9, "colour": 1.0} | share
    px = int(shape.area * 4)
    scale = {"chance": 255, "wing": 255, "colour": detect.COLOUR_STEPS}
    sums = {name: [round(value * px * scale.get(name, 1))] for name, value in seen.items()}
    table = {"code": [code], "px": [px], **sums, "area_m2": [shape.area]}
    return classes.judge(gpd.GeoDataFrame(table, geometry=[MultiPolygon([shape])], crs=CITY))


GAINED, LOST = detect.BUILT_GAINED, detect.BUILT_LOST


@pytest.mark.parametrize(
    ("shape", "code", "share", "names"),
    [
        (HOUSE, GAINED, {}, ["building_gained"]),
        (HOUSE, GAINED, {"beside": 0.2}, ["building_extended"]),
        (HOUSE, GAINED, {"beside": 0.2, "likely": 0, "chance": 0, "wing": 0.6}, ["building_extended"]),
        (HOUSE, GAINED, {"beside": 0.2, "likely": 0, "chance": 0, "wing": 0.4}, []),  # a roof no surer than not
        (HOUSE, GAINED, {"likely": 0, "chance": 0, "wing": 0.9}, []),  # no roof stood that could grow
        (HOUSE, GAINED, {"likely": 0.5, "chance": 0.45}, ["building_gained"]),  # 0.9 of the half that is likely
        (HOUSE, LOST, {"beside": 0.2}, ["building_lost"]),
        (HOUSE, GAINED, {"chance": 0.55}, []),  # such are wrong more often than right
        (HOUSE, GAINED, {"earthy": 0.9, "shaded": 0.4}, ["building_gained"]),  # a brown roof and its shadow
        (HOUSE, LOST, {"earthy": 0.9}, []),  # a puddled paddy
        (HOUSE, GAINED, {"wild": 0.8, "shaded": 1}, []),  # crowns
        (box(0, 0, 5, 5), GAINED, {}, []),  # under 30 m2
        (box(0, 0, 40, 2), GAINED, {}, []),  # a wall
        (box(0, 0, 40, 20), GAINED, {}, ["building_gained"]),  # a factory
        (ROAD, land.LAID, {}, ["road"]),
        (ROAD, land.CLEARED, {}, ["road"]),  # a track through woods
        (box(0, 0, 40, 40), land.LAID, {}, []),  # a yard
        (box(0, 0, 50, 4), land.LAID, {}, []),  # the edge of a field
        (box(0, 0, 40, 40), land.CLEARED, {}, ["vegetation_loss"]),
        (box(0, 0, 15, 15), land.CLEARED, {}, []),
        (box(0, 0, 50, 50), land.DUG, {}, ["earthwork"]),
        (box(0, 0, 30, 30), land.DUG, {}, []),  # a field in another dress
        (box(0, 0, 30, 30), land.WET, {}, ["water"]),
        (box(0, 0, 30, 30), land.DRY, {}, ["water"]),
        (box(0, 0, 200, 5), land.WET, {}, []),  # a bank at high water
    ],
)
def test_what_a_patch_is(shape, code, share, names):
    assert judged(shape, code, **share)["class"].tolist() == names


def test_the_score_of_a_building_is_the_calibrated_probability():
    (score,) = judged(HOUSE, GAINED, chance=0.85)["score"]
    assert score == pytest.approx(model.calibrated(np.array([0.85]))[0], abs=0.01)


def test_the_score_of_ground_grows_with_its_change_of_colour():
    (low,), (high,) = (judged(box(0, 0, 50, 50), land.DUG, colour=c)["score"] for c in (0.4, 1.2))
    assert 0.5 < low < high < 1


def test_every_class_has_a_name_in_korean_and_a_least_area():
    assert classes.KOREAN.keys() == classes.SMALLEST_M2.keys()
