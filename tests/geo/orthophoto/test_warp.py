"""Laying pixels on other grids, against GDAL's own warp and against answers known by hand."""

import numpy as np
import pytest
from affine import Affine
from rasterio.warp import Resampling, reproject

from geo import crs
from geo.grid import WEB_MERCATOR, Grid
from geo.orthophoto import warp
from geo.raster import Raster

LEFT, TOP = 183_000.0, 583_400.0


class Held:
    """Pixels in memory as a source."""

    def __init__(self, pixels, grid, valid=None):
        self.pixels, self.grid, self.bands = pixels, grid, len(pixels)
        self.valid = np.ones(pixels.shape[1:], bool) if valid is None else valid

    def window(self, col, row, width, height):
        out = warp.blank(self.grid.window(col, row, width, height), self.bands)
        a, b = max(col, 0), max(row, 0)
        c, d = min(col + width, self.grid.width), min(row + height, self.grid.height)
        if a < c and b < d:
            out.data[:, b - row : d - row, a - col : c - col] = self.pixels[:, b:d, a:c]
            out.valid[b - row : d - row, a - col : c - col] = self.valid[b:d, a:c]
        return out


@pytest.fixture
def ground(texture):
    pixels = texture(400, 500)
    return Held(pixels, Grid(crs.CITY, Affine(0.5, 0, LEFT, 0, -0.5, TOP), 500, 400))


def gdal(source, target):
    out = np.zeros((3, target.height, target.width), np.uint8)
    reproject(source.pixels, out, src_transform=source.grid.transform, src_crs=source.grid.crs.to_wkt(),
              dst_transform=target.transform, dst_crs=target.crs.to_wkt(), resampling=Resampling.bilinear,
              tolerance=0)  # fmt: skip
    return out


def around(ground, system):
    return crs.transformer(crs.CITY, system).transform_bounds(*ground.grid.bounds)


def test_aligned_pixels_are_the_very_pixels(ground):
    target = ground.grid.window(37, -5, 100, 60)
    laid = warp.lay(ground, target)
    assert laid.grid is target
    assert np.array_equal(laid.data[:, 5:], ground.pixels[:, :55, 37:137])
    assert not laid.valid[:5].any()
    assert laid.valid[5:].all()
    assert not laid.data[:, :5].any()


@pytest.mark.parametrize(
    ("epsg", "cell"), [(3857, 0.6), (4326, 5e-6), (5179, 0.5), (5174, 0.45), (32652, 0.5), (5186, 0.37)]
)
def test_as_gdal_warps_it(ground, likeness, epsg, cell):
    system = crs.accepted(epsg)
    target = Grid.cover(around(ground, system), system, cell)
    laid, expected = warp.lay(ground, target), gdal(ground, target)
    inside = laid.valid & expected.all(0)
    assert inside.mean() > 0.8
    difference = laid.data.astype(int) - expected
    # GDAL walks a line of pixels by an approximate transform, ours is exact to 1/32 px
    assert np.median(difference[:, inside]) == 0
    assert likeness(laid.data[:, inside], expected[:, inside]) > 42


def test_a_turned_grid(ground, likeness):
    turned = Grid(
        crs.CITY, Affine.translation(LEFT + 60, TOP - 40) @ Affine.rotation(-30) @ Affine.scale(0.6, -0.6), 120, 90
    )
    laid, expected = warp.lay(ground, turned), gdal(ground, turned)
    assert laid.valid.all()
    assert likeness(laid.data, expected) > 42


def test_the_exact_place_of_every_pixel():
    """A source whose value is its own column: bilinear must give the projected column back."""
    ramp = np.broadcast_to(np.arange(250, dtype=np.uint8), (1, 250, 250))
    source = Held(np.ascontiguousarray(ramp), Grid(crs.CITY, Affine(8, 0, LEFT, 0, -8, TOP), 250, 250))
    x, y = crs.move(LEFT + 1000, TOP - 1000, crs.CITY, crs.WEB)
    target = Grid.cover((x - 900, y - 900, x + 900, y + 900), crs.WEB, 5.0)
    laid = warp.lay(source, target)
    cols, rows = np.meshgrid(np.arange(target.width) + 0.5, np.arange(target.height) + 0.5)
    exact = warp.projection(source.grid, target)(cols, rows)[..., 0] - 0.5
    assert laid.valid.all()
    assert np.abs(laid.data[0] - exact).max() <= 0.5 + 2 * warp.TOLERANCE_PX


def test_far_away_there_is_no_ground(ground):
    for target in (
        Grid.cover((0, 0, 10, 10), crs.LONLAT, 0.1),
        Grid.cover((-179, -80, -170, -70), crs.LONLAT, 0.1),
        Grid.cover((LEFT + 5000, TOP, LEFT + 5100, TOP + 100), crs.CITY, 0.5),
        WEB_MERCATOR.tile(5, 0, 31),
    ):
        laid = warp.lay(ground, target)
        assert not laid.valid.any()
        assert not laid.data.any()


def test_holes_stay_holes_and_do_not_darken_their_rim(ground):
    ground.pixels[:] = 200
    ground.valid[100:200, 100:200] = False
    ground.pixels[:, 100:200, 100:200] = 0
    target = Grid(crs.CITY, Affine(0.5, 0, LEFT + 0.2, 0, -0.5, TOP - 0.15), 450, 350)
    laid = warp.lay(ground, target)
    assert (laid.data[:, laid.valid] == 200).all()
    assert (~laid.valid).sum() == pytest.approx(100 * 100, rel=0.02)


def test_two_sheets_side_by_side_leave_no_seam(ground):
    west = Held(ground.pixels[:, :, :250], ground.grid.window(0, 0, 250, 400))
    east = Held(ground.pixels[:, :, 250:], ground.grid.window(250, 0, 250, 400))
    target = Grid.cover(around(ground, crs.WEB), crs.WEB, 0.6)
    both = warp.lay(west, target).valid | warp.lay(east, target).valid
    assert np.array_equal(both, warp.lay(ground, target).valid)


def test_halving_is_the_mean_of_the_pixels_that_show_ground():
    pixels = np.array([[[10, 20, 50, 0], [30, 40, 0, 0]]], np.uint8)
    valid = np.array([[True, True, True, False], [True, True, False, False]])
    grid = Grid(crs.CITY, Affine(1, 0, 0, 0, -1, 0), 4, 2)
    small = warp.halve(Raster(pixels, valid, grid), Grid(crs.CITY, Affine(2, 0, 0, 0, -2, 0), 2, 1))
    assert small.data.tolist() == [[[25, 0]]]
    assert small.valid.tolist() == [[True, False]]  # one of four pixels is too little
