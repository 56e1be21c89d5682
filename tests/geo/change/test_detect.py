"""The score: nothing where nothing changed, high where a roof came up, the same however the ground is cut."""

import cv2
import numpy as np
import pytest

from geo.change import detect
from geo.crs import CITY
from geo.errors import CrsMismatch
from geo.grid import Grid
from geo.raster import Raster


def raster(pixels, valid=None):
    height, width = pixels.shape[:2]
    grid = Grid.cover((0, 0, width / 2, height / 2), CITY, 0.5)
    return Raster(np.moveaxis(pixels, 2, 0), np.ones((height, width), bool) if valid is None else valid, grid)


@pytest.fixture(scope="module")
def two(scene):
    return tuple(np.clip(image, 0, 255).astype(np.uint8) for image in scene)


def test_equal_dates_have_no_change(two):
    assert detect.score(raster(two[0]), raster(two[0])).data.max() < 10


def test_a_new_roof_is_change_and_the_field_beside_it_is_not(two, truth):
    found = detect.score(raster(two[0]), raster(two[1])).data[0]
    col, row, width, height = truth["building_gained"]
    assert (found[row : row + height, col : col + width] >= 128).mean() > 0.8
    assert found[200:280, 20:150].max() < 50


def test_green_at_both_dates_is_season(two):
    meadow = np.zeros((128, 128, 3), np.uint8) + np.array((70, 120, 50), np.uint8)
    crops = meadow.copy()
    crops[32:96, 32:96] = (110, 190, 90)
    bare = crops.copy()
    bare[32:96, 32:96] = (190, 190, 190)
    assert detect.score(raster(meadow), raster(crops)).data.max() < 10
    assert detect.score(raster(meadow), raster(bare)).data.max() > 128


def test_without_ground_on_either_date_there_is_no_score(two):
    valid = np.ones((512, 512), bool)
    valid[150:250, 150:250] = False
    found = detect.score(raster(two[0], valid), raster(two[1]))
    assert (found.data[0][~valid] == 0).all()
    assert (found.valid == valid).all()


def test_the_reach_is_what_it_says(two):
    """Far ground has no say: with a halo of REACH_PX a window gives bytes equal to those of the whole."""
    whole = detect.score(*map(raster, two)).data[0]
    reach = detect.REACH_PX
    part = detect.score(*(raster(image[64:400, 128:448].copy()) for image in two)).data[0]
    assert (part[reach:-reach, reach:-reach] == whole[64 + reach : 400 - reach, 128 + reach : 448 - reach]).all()


def test_structure_is_one_less_ssim_by_its_formula(two):
    a, b = (image[100:140, 100:140] for image in two)
    x, y = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(float)[11:20, 16:25] for image in (a, b))
    cov = ((x - x.mean()) * (y - y.mean())).mean()
    c1, c2 = 2.55**2, 7.65**2
    ssim = (2 * x.mean() * y.mean() + c1) * (2 * cov + c2)
    ssim /= (x.mean() ** 2 + y.mean() ** 2 + c1) * (x.var() + y.var() + c2)
    assert detect.structure(a.copy(), b.copy())[15, 20] == pytest.approx(1 - ssim, abs=1e-4)


def test_colour_by_hand():
    first, second = np.zeros((2, 20, 20, 3), np.uint8)
    second[...] = (30, 60, 60)
    assert detect.colour(first, second)[10, 10] == pytest.approx(1.0)  # 90 grey values


def test_a_roof_has_a_building_index_and_a_wide_bright_field_has_none():
    image = np.full((200, 200, 3), 90, np.uint8)
    image[40:60, 40:70] = 200
    image[100:190, 20:180] = 200
    index = detect.building_index(image)
    assert index[50, 55] > 25
    assert index[145, 100] == 0


def test_specks_are_no_change_and_cracks_are_closed():
    marked = np.zeros((40, 40, 3), np.uint8)
    marked[10:30, 10:30] = 255
    marked[20:22, 10:30] = 0
    marked[2:4, 2:4] = 255
    found = detect.mask(Raster(marked[None, :, :, 0], np.ones((40, 40), bool), Grid.cover((0, 0, 20, 20), CITY, 0.5)))
    assert found.sum() == 400


def test_rasters_on_other_grids_do_not_meet(two):
    with pytest.raises(CrsMismatch):
        detect.score(raster(two[0]), raster(two[1][:100]))
