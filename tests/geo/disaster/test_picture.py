"""Depth as a picture: class colours, clear where dry, hatched where uncertain, marked where synthetic."""

import cv2
import numpy as np
import pytest
from affine import Affine

from geo.crs import CITY, WEB, move
from geo.disaster.picture import Palette, change_png, depth_png, on_grid
from geo.errors import BadInput
from geo.grid import KOREA_CENTRAL, WEB_MERCATOR, Grid
from geo.raster import Raster

RED, HATCH, MARK = (200, 0, 0), (9, 9, 9), (1, 2, 3)
CLASSES = [(10, 0, 0), (20, 0, 0), (30, 0, 0), (40, 0, 0), RED]
CHANGES = [(0, green, 0) for green in (10, 20, 30, 40, 50, 60)]
PALETTE = Palette(CLASSES, CHANGES, hatch=HATCH, watermark=MARK)


def depth(millimetres, unsure=0):
    """256 x 256 cells of 2 m on tile 10 of the city's matrices, so that each is one pixel of it."""
    grid = KOREA_CENTRAL.tile(10, 416, 800)
    data = np.empty((2, 256, 256), np.uint16)
    data[0], data[1] = millimetres, unsure
    return Raster(data, np.ones((256, 256), bool), grid)


def pixels(image):
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)


@pytest.mark.parametrize(("millimetres", "red"), [(1, 10), (499, 10), (500, 20), (1999, 30), (2000, 40), (5000, 200)])
def test_each_class_has_its_colour(millimetres, red):
    drawn = pixels(depth_png(depth(millimetres), PALETTE, synthetic=False))
    assert (drawn[..., :3] == (red, 0, 0)).all()
    assert (drawn[..., 3] > 200).all()


def test_dry_is_clear_and_nothing_at_all_is_no_picture():
    data = np.zeros((256, 256))
    data[:, 128:] = 700
    drawn = pixels(depth_png(depth(data), PALETTE, synthetic=False))
    assert not drawn[:, :128, 3].any()
    assert drawn[:, 128:, 3].all()
    assert depth_png(depth(0), PALETTE, synthetic=True) is None


def test_uncertain_ground_is_hatched_and_synthetic_ground_marked():
    hatched = pixels(depth_png(depth(0, unsure=1), PALETTE, synthetic=False))
    assert 0.2 < (hatched[..., :3] == HATCH).all(2).mean() < 0.3
    plain, marked = (pixels(depth_png(depth(700), PALETTE, synthetic=known)) for known in (False, True))
    assert (plain[..., :3] == CLASSES[1]).all()
    half = [(mark + under) // 2 for mark, under in zip(MARK, CLASSES[1], strict=True)]
    assert 0 < (marked[..., :3] == half).all(2).mean() < 0.2


@pytest.mark.parametrize(
    ("before", "after", "green"),
    [(2000, 0, 10), (1500, 500, 10), (999, 0, 20), (600, 590, 30), (590, 600, 40), (0, 500, 50), (0, 1000, 60)],
)
def test_a_change_has_the_colour_of_its_way_and_size(before, after, green):
    drawn = pixels(change_png(depth(before), depth(after), PALETTE, synthetic=False))
    assert (drawn[..., :3] == (0, green, 0)).all()


def test_a_change_of_millimetres_is_none_and_one_of_uncertain_ground_hatched():
    assert change_png(depth(600), depth(609), PALETTE, synthetic=True) is None
    hatched = pixels(change_png(depth(0), depth(900, unsure=1), PALETTE, synthetic=False))
    assert 0.2 < (hatched[..., :3] == HATCH).all(2).mean() < 0.3
    other = Raster(np.zeros((2, 256, 256), np.uint16), np.ones((256, 256), bool), KOREA_CENTRAL.tile(10, 0, 0))
    with pytest.raises(BadInput, match="one grid"):
        change_png(depth(0), other, PALETTE, synthetic=False)


def test_a_tile_takes_the_cell_under_each_pixel():
    flooded = depth(np.arange(256 * 256).reshape(256, 256) % 60_000)
    same = on_grid(flooded, flooded.grid)
    assert (same.data == flooded.data).all()
    finer = on_grid(flooded, KOREA_CENTRAL.tile(11, 832, 1600))
    assert (finer.data[0] == np.kron(flooded.data[0, :128, :128], np.ones((2, 2)))).all()
    away = on_grid(flooded, Grid(CITY, Affine(2, 0, 0, 0, -2, 0), 4, 4))
    assert not away.valid.any()
    assert not away.data.any()


def test_a_web_tile_shows_the_same_ground():
    flooded = depth(0)
    flooded.data[0, 100, 50] = 3000
    x, y = move(*(flooded.grid.transform @ (50.5, 100.5)), CITY, WEB)
    span = WEB_MERCATOR.span(20)
    tile = WEB_MERCATOR.tile(20, int((x - WEB_MERCATOR.left) // span), int((WEB_MERCATOR.top - y) // span))
    found = on_grid(flooded, tile)
    col, row = ~tile.transform @ (x, y)
    assert found.data[0, int(row), int(col)] == 3000
