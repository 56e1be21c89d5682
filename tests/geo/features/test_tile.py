import numpy as np
import pyogrio
import pytest
import shapely

from geo.crs import CITY, WEB, transformer
from geo.features import tile
from geo.features.collections import COLLECTIONS
from geo.features.wanted import Rows
from geo.grid import KOREA_CENTRAL, WEB_MERCATOR

X, Y = 190_000, 580_000


def rows(shapes):
    n = len(shapes)
    columns = ([f"{k:019}" for k in range(n)], [None] * n, ["대"] * n, [1.0] * n, [True] * n)
    return Rows(COLLECTIONS["parcels"], range(n), [str(k) for k in range(n)], columns, np.array(shapes, dtype=object))


def over(tms, z):
    x, y = (X, Y) if tms.crs == CITY else transformer(CITY, WEB).transform(X, Y)
    col, row, _, _ = tms.tiles_over((x, y, x + 0.01, y + 0.01), z)
    return tms.tile(z, col, row)


def read(tmp_path, body):
    (tmp_path / "t.pbf").write_bytes(body)
    return pyogrio.read_dataframe(f"MVT:{tmp_path / 't.pbf'}", layer="parcels")


@pytest.mark.parametrize(("tms", "z"), [(KOREA_CENTRAL, 9), (WEB_MERCATOR, 15)], ids=lambda v: getattr(v, "id", v))
def test_a_survey_point_lies_on_its_unit(tmp_path, tms, z):
    """The corner of a square, carried through the tile and back, is where it was but for half a unit."""
    grid = over(tms, z)
    (found,) = read(tmp_path, tile.draw(rows([shapely.box(X, Y, X + 20, Y + 20)]), grid, tile.reach(grid))).geometry
    left, _, right, top = grid.bounds
    unit = (right - left) / 4096
    units = shapely.get_coordinates(found)
    # GDAL turns rows upwards: 4096 is the tile's top
    back = np.column_stack((left + units[:, 0] * unit, top - (4096 - units[:, 1]) * unit))
    expected = shapely.get_coordinates(shapely.box(X, Y, X + 20, Y + 20))
    if tms.crs != CITY:
        expected = np.column_stack(transformer(CITY, WEB).transform(*expected.T))
    assert shapely.hausdorff_distance(shapely.MultiPoint(back), shapely.MultiPoint(expected)) < 0.75 * unit


def test_the_reach_of_a_tile_holds_it_and_its_buffer():
    grid = over(KOREA_CENTRAL, 9)
    left, bottom, right, top = grid.bounds
    assert tile.reach(grid) == pytest.approx((left - 16, bottom - 16, right + 16, top + 16))
    web = shapely.box(*tile.reach(over(WEB_MERCATOR, 15)))
    assert web.contains(shapely.Point(X, Y))
    assert 966 < web.bounds[2] - web.bounds[0] < 1100  # 1,223 m of Mercator at 37.8 degrees, and its buffer


def test_a_tile_stays_small_however_much_lies_on_it(tmp_path):
    """Largest first: what is left out are rows of which many more would fit than anyone can see."""
    rng = np.random.default_rng(7)
    grid = over(KOREA_CENTRAL, 9)
    corners = np.add(rng.uniform(0, 1024, (8_000, 2)), grid.bounds[:2])
    sides = np.geomspace(1, 60, 8_000)
    angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    round_ = np.column_stack((np.cos(angles), np.sin(angles)))
    body = tile.draw(rows(shapely.polygons(corners[:, None] + sides[:, None, None] * round_)), grid, tile.reach(grid))
    found = read(tmp_path, body)
    assert len(body) < 400_000
    assert 1_000 < len(found) < 8_000
    assert found["mvt_id"].min() > 0
    assert 7_999 in set(found["mvt_id"])


def test_nothing_makes_an_empty_tile():
    grid = over(KOREA_CENTRAL, 9)
    assert tile.draw(rows([]), grid, tile.reach(grid)) == b""
    assert tile.draw(rows([shapely.box(X - 90_000, Y, X - 89_000, Y + 1)]), grid, tile.reach(grid)) == b""
