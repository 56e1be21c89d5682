"""Styles of near infrared, against values worked out by hand."""

import numpy as np
import pytest
from affine import Affine

from geo.crs import CITY
from geo.errors import BadInput, CrsMismatch
from geo.grid import Grid
from geo.orthophoto import style
from geo.raster import Raster

GRID = Grid(CITY, Affine(1, 0, 0, 0, -1, 0), 4, 1)
RED, GREEN, BLUE = [100, 50, 0, 200], [10, 20, 30, 40], [1, 2, 3, 4]
INFRARED = [100, 200, 0, 20]  # index 0, 0.6, 0 (nothing at all), -0.818...


@pytest.fixture
def rgb():
    valid = np.array([[True, True, True, False]])
    return Raster(np.array([[RED], [GREEN], [BLUE]], np.uint8), valid, GRID)


@pytest.fixture
def nir():
    return Raster(np.array([[INFRARED]], np.uint8), np.array([[True, False, True, True]]), GRID)


def test_false_colour_is_infrared_red_green(rgb, nir):
    shown = style.coloured(rgb, nir, style.FALSE_COLOUR)
    assert shown.data.tolist() == [[INFRARED], [RED], [GREEN]]
    assert shown.valid.tolist() == [[True, False, True, False]]


def test_the_index():
    values = style.ndvi(np.array(INFRARED, np.uint8), np.array(RED, np.uint8))
    assert values == pytest.approx([0, 0.6, 0, -180 / 220])


def test_colours_of_the_index(rgb, nir):
    shown = style.coloured(rgb, nir, style.NDVI)
    # 0 lies on the third stop (-0.2 + 2 x 0.1), 0.6 on the ninth, what is under -0.2 takes the first
    expected = [bytes.fromhex(c) for c in ("f46d43", "66bd63", "f46d43", "a50026")]
    assert [bytes(shown.data[:, 0, col]) for col in range(4)] == expected
    assert style.ramp(np.array([-1.0, 2.0])).tolist() == [[0xA5, 0, 0x26], [0, 0x68, 0x37]]


def test_what_cannot_be_coloured(rgb, nir):
    with pytest.raises(BadInput, match="natural"):
        style.coloured(rgb, nir, style.NATURAL)
    elsewhere = Raster(nir.data, nir.valid, GRID.window(1, 0, 4, 1))
    with pytest.raises(CrsMismatch):
        style.coloured(rgb, elsewhere, style.NDVI)
