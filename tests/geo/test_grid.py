import math

import pytest
from affine import Affine

from geo.crs import CITY, LONLAT, WEB, move
from geo.errors import BadInput, NotFound
from geo.grid import KOREA_CENTRAL, WEB_MERCATOR, Grid, tile_matrix_set

HALL = (126.7799, 37.7599)  # lon, lat near the city hall
HALL_5186 = (180605.205, 573373.103)  # reference/domain.md section 4, PROJ 9.5.1


def test_cover_snaps_outwards_to_multiples_of_the_cell():
    grid = Grid.cover((0.3, 0.2, 1.1, 0.9), CITY, 0.5)
    assert (grid.width, grid.height) == (3, 2)
    assert grid.bounds == (0.0, 0.0, 1.5, 1.0)


def test_cover_adds_no_pixel_for_round_off():
    grid = Grid.cover((0.1 + 0.2, 0, 0.9, 0.6), CITY, 0.3)
    assert (grid.width, grid.height) == (2, 2)


def test_a_grid_without_pixels_is_refused():
    with pytest.raises(BadInput, match="0 x 5"):
        Grid(CITY, Affine.identity(), 0, 5)
    with pytest.raises(BadInput, match="hold no pixel"):
        Grid.cover((1, 1, 1, 2), CITY, 0.5)


def test_window_is_part_of_its_grid():
    grid = Grid.cover((100, 200, 110, 210), CITY, 0.5)
    part = grid.window(4, 2, 6, 8)
    assert part.bounds == (102, 205, 105, 209)
    assert part.cell == 0.5
    assert part.north_up


def test_web_tile_holds_the_place_that_the_usual_formula_names():
    lon, lat = HALL
    n = 2**18
    x = int((lon + 180) / 360 * n)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)
    left, bottom, right, top = WEB_MERCATOR.tile(18, x, y).bounds
    e, northing = move(lon, lat, LONLAT, WEB)
    assert left <= e < right
    assert bottom < northing <= top
    assert WEB_MERCATOR.cell(18) == pytest.approx(0.5971642834779395)  # OGC 17-083r4, WebMercatorQuad


def test_korean_tile_of_a_known_point():
    # 12: 0.5 m, 128 m a tile; (180605.205 + 30000) / 128 = 1645.4, (1000000 - 573373.103) / 128 = 3333.0
    assert KOREA_CENTRAL.cell(12) == 0.5
    x, y = HALL_5186
    assert KOREA_CENTRAL.tiles_over((x, y, x + 0.1, y + 0.1), 12) == (1645, 3333, 1645, 3333)
    assert KOREA_CENTRAL.tile(12, 1645, 3333).bounds == (180560, 573248, 180688, 573376)


def test_tiles_over_bounds_on_tile_edges_takes_no_neighbour():
    bounds = KOREA_CENTRAL.tile(12, 10, 20).bounds
    assert KOREA_CENTRAL.tiles_over(bounds, 12) == (10, 20, 10, 20)
    assert KOREA_CENTRAL.tiles_over(bounds, 13) == (20, 40, 21, 41)


@pytest.mark.parametrize("place", [(-1, 0, 0), (17, 0, 0), (1, 2, 0), (1, 0, -1), (3, 0, 10**20)])
def test_tiles_outside_the_matrix_are_not_found(place):
    with pytest.raises(NotFound, match="outside KoreaCentral5186Quad"):
        KOREA_CENTRAL.tile(*place)


def test_z_for_a_cell_is_never_coarser():
    assert KOREA_CENTRAL.z_for(0.5) == 12
    assert KOREA_CENTRAL.z_for(0.51) == 12
    assert KOREA_CENTRAL.z_for(0.49) == 13
    assert WEB_MERCATOR.z_for(0.6) == 18


def test_unknown_tile_matrix_set():
    with pytest.raises(NotFound, match="WebMercatorQuad"):
        tile_matrix_set("GoogleMaps")
