"""Codes per pixel: buildings by the model where a roof can be, ground by its transitions, the same in any window."""

import numpy as np
import pytest

from geo.change import detect, land
from geo.crs import CITY
from geo.errors import CrsMismatch
from geo.grid import Grid
from geo.raster import Raster


def raster(pixels):
    height, width = pixels.shape[:2]
    grid = Grid.cover((0, 0, width / 2, height / 2), CITY, 0.5)
    return Raster(np.moveaxis(pixels, 2, 0), np.ones((height, width), bool), grid)


@pytest.fixture(scope="module")
def two(scene):
    return tuple(np.clip(image, 0, 255).astype(np.uint8) for image in scene)


@pytest.fixture(scope="module")
def seen(truth):
    """What a perfect model would say of the scene: change, before, after."""
    maps = np.zeros((512, 512, 3), np.uint8)
    for name, bands in (("building_gained", (0, 2)), ("building_lost", (0, 1)), ("building_extended", (0, 2))):
        col, row, width, height = truth[name]
        maps[row : row + height, col : col + width, bands] = 230
    maps[330:370, 300:340, 1:] = 230  # the building that is extended
    return maps


def at(codes, place):
    """The codes in a place of the scene, given in its pixels of 0.5 m."""
    col, row, width, height = place
    step = 1024 // codes.grid.width // 2
    return codes.data[0, row // step : (row + height) // step, col // step : (col + width) // step]


def test_each_change_bears_its_code(two, seen, truth):
    built, ground = detect.codes(*map(raster, two), raster(seen))
    assert built.codes.grid.cell == 0.5
    assert ground.codes.grid.cell == land.CELL_M
    assert built.codes.grid.bounds == ground.codes.grid.bounds
    for codes, name, code in (
        (built, "building_gained", detect.BUILT_GAINED),
        (built, "building_lost", detect.BUILT_LOST),
        (built, "building_extended", detect.BUILT_GAINED),
        (ground, "vegetation_loss", land.CLEARED),
        (ground, "earthwork", land.DUG),
    ):
        assert (at(codes.codes, truth[name]) == code).mean() > 0.5, name
    assert not at(built.codes, (20, 400, 100, 100)).any()
    assert not at(ground.codes, (400, 20, 100, 40)).any()


def test_evidence_tells_a_roof_from_a_field(two, seen, truth):
    place = lambda name: tuple(slice(v, v + n) for v, n in zip(truth[name][1::-1], truth[name][3:1:-1], strict=True))  # noqa: E731
    extended, gained, cleared = (place(name) for name in ("building_extended", "building_gained", "vegetation_loss"))
    misled = seen.copy()
    misled[(*cleared, [0, 2])] = 230  # a field taken for a roof
    built, _ = detect.codes(*map(raster, two), raster(misled))
    told = dict(zip(detect.EVIDENCE, built.evidence.data, strict=True))
    assert told["beside"][extended].mean() > 0.1
    assert told["beside"][gained].max() == 0
    assert told["shaded"][gained].mean() > 0.15
    assert told["earthy"][gained].mean() < 0.1
    assert told["earthy"][cleared].mean() > 0.5
    assert (told["chance"] == misled[..., 0]).all()


def test_a_wing_is_told_by_the_buildings_of_each_date_where_the_colour_turned(two, seen, truth):
    """The model's change says nothing: the roof grew where one stands now, none stood, and red over blue is another."""
    blind = seen.copy()
    blind[..., 0] = 0
    col, row, width, height = truth["building_extended"]
    inner = slice(row + 6, row + height - 6), slice(col + 6, col + width - 6)
    built, _ = detect.codes(*map(raster, two), raster(blind))
    told = dict(zip(detect.EVIDENCE, built.evidence.data, strict=True))
    assert (told["wing"][inner] == 230).mean() > 0.9
    assert (built.codes.data[0][inner] == detect.BUILT_GAINED).mean() > 0.9
    assert not at(built.codes, truth["building_gained"]).any()  # no roof near by that could grow
    shadow = two[0].astype(float)
    shadow[inner] *= (0.44, 0.46, 0.50)  # what the sky alone lights
    built, _ = detect.codes(raster(two[0]), raster(shadow.astype(np.uint8)), raster(blind))
    assert not built.codes.data[0][inner].any()


def test_where_either_date_shows_no_ground_there_is_no_code(two, seen):
    known = raster(seen)
    blind = known.valid.copy()
    blind[150:250, 150:250] = False
    built, ground = detect.codes(*map(raster, two), Raster(known.data, blind, known.grid))
    assert not built.codes.data[0][~blind].any()
    assert not ground.codes.data[0][~ground.codes.valid].any()
    assert (built.codes.valid == blind).all()


def test_the_reach_is_what_it_says(two, seen):
    """Far ground has no say: within a rim of REACH_PX a window gives bytes equal to those of the whole."""
    rim = detect.REACH_PX
    whole = detect.codes(*map(raster, two), raster(seen))
    part = detect.codes(*(raster(image[64:400, 128:448].copy()) for image in (*two, seen)))
    for large, small in zip(whole, part, strict=True):
        step = round(large.codes.grid.cell / 0.5)
        inner, place = slice(rim // step, -rim // step), (slice((64 + rim) // step, (400 - rim) // step),
                                                         slice((128 + rim) // step, (448 - rim) // step))  # fmt: skip
        assert (small.codes.data[:, inner, inner] == large.codes.data[:, *place]).all()
        assert (small.evidence.data[:, inner, inner] == large.evidence.data[:, *place]).all()


def test_rasters_on_other_grids_do_not_meet(two, seen):
    with pytest.raises(CrsMismatch):
        detect.codes(raster(two[0]), raster(two[1][:100]), raster(seen))
    with pytest.raises(CrsMismatch):
        detect.codes(raster(two[0]), raster(two[1]), raster(seen[:100]))
