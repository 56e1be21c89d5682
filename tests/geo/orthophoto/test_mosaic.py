"""Many sheets read as one."""

import numpy as np
from affine import Affine

from geo.crs import CITY
from geo.grid import Grid
from geo.orthophoto.mosaic import mosaics, overlay
from geo.raster import Raster


class Flat:
    """A sheet of one value, perhaps with a hole."""

    bands = 1

    def __init__(self, value, left, top, width, height, cell=1.0, hole=()):
        self.value, self.hole, self.asked = value, hole, 0
        self.grid = Grid(CITY, Affine(cell, 0, left, 0, -cell, top), width, height)

    def window(self, col, row, width, height):
        assert col >= 0
        assert row >= 0
        assert col + width <= self.grid.width
        assert row + height <= self.grid.height
        self.asked += 1
        valid = np.ones((self.grid.height, self.grid.width), bool)
        for place in self.hole:
            valid[place] = False
        part = valid[row : row + height, col : col + width]
        data = np.where(part, np.uint8(self.value), np.uint8(0))[None]
        return Raster(data, part, self.grid.window(col, row, width, height))


def test_sheets_on_one_lattice_are_one_source_and_the_first_shows():
    first, second = Flat(1, 0, 10, 4, 4, hole=[(1, 3)]), Flat(2, 2, 10, 4, 4)
    (mosaic,) = mosaics([first, second])
    assert mosaic.grid.bounds == (0, 6, 6, 10)
    read = mosaic.window(-1, 0, 8, 4)
    expected = np.tile([0, 1, 1, 1, 1, 2, 2, 0], (4, 1))
    expected[1, 4] = 2  # seen through the hole
    assert read.data[0].tolist() == expected.tolist()
    assert np.array_equal(read.valid, expected > 0)


def test_a_part_inside_one_sheet_asks_no_other():
    near, far = Flat(1, 0, 10, 4, 4), Flat(2, 100, 10, 4, 4)
    (mosaic,) = mosaics([near, far])
    assert (mosaic.window(1, 1, 2, 2).data == 1).all()
    assert (near.asked, far.asked) == (1, 0)


def test_sheets_off_the_lattice_fill_what_others_leave():
    fine, coarse = Flat(1, 0, 10, 4, 4), Flat(2, 0, 10, 3, 3, cell=2.0)
    groups = mosaics([fine, coarse])
    assert len(groups) == 2
    read = overlay(groups)(Grid(CITY, Affine(1, 0, 0, 0, -1, 10), 6, 6))
    assert (read.data[0, :4, :4] == 1).all()
    assert np.abs(read.data[0, 4:, 4:].astype(int) - 2).max() <= 1  # its edge is rounded twice
    assert read.valid.all()
