import numpy as np
import pytest

from geo.crs import CITY
from geo.errors import BadInput, CrsMismatch
from geo.grid import Grid
from geo.raster import Raster, same_grid


def raster(cell):
    grid = Grid.cover((0, 0, 10, 10), CITY, cell)
    shape = (grid.height, grid.width)
    return Raster(np.zeros((3, *shape), np.uint8), np.ones(shape, bool), grid)


def test_pixels_must_fill_the_grid():
    good = raster(1.0)
    with pytest.raises(BadInput, match="do not fill"):
        Raster(good.data[:, :5], good.valid, good.grid)
    with pytest.raises(BadInput, match="do not fill"):
        Raster(good.data[0], good.valid, good.grid)


def test_rasters_meet_only_on_an_equal_grid():
    same_grid(raster(1.0), raster(1.0))
    with pytest.raises(CrsMismatch, match="different grids"):
        same_grid(raster(1.0), raster(0.5))
