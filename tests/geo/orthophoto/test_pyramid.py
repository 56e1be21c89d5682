"""The quadtree of tiles."""

import numpy as np
import simplejpeg

from geo.grid import KOREA_CENTRAL, WEB_MERCATOR
from geo.orthophoto import encode, mask, pyramid
from geo.raster import Raster


def grown(leaves, root, leaf_z):
    return run(pyramid.build(KOREA_CENTRAL, root, leaf_z, lambda node, grid: leaves.get(node), 0))


def run(building):
    tiles = []
    while True:
        try:
            tiles.append(next(building))
        except StopIteration as end:
            return tiles, end.value


def leaf(value, node):
    grid = KOREA_CENTRAL.tile(*node)
    return Raster(np.full((3, 256, 256), value, np.uint8), np.ones((256, 256), bool), grid)


def test_children_come_before_parents_and_parents_are_their_mean():
    root = (10, 400, 800)
    nodes = [(11, 800, 1600), (11, 801, 1600), (11, 800, 1601), (11, 801, 1601)]
    tiles, pixels = grown({node: leaf(40 * n + 20, node) for n, node in enumerate(nodes)}, root, 11)
    assert [tile.node for tile in tiles] == [*nodes, root]
    assert (pixels.data[:, :128, :128] == 20).all()
    assert (pixels.data[:, 128:, 128:] == 140).all()
    assert pixels.grid == KOREA_CENTRAL.tile(*root)
    assert all(tile.mask == mask.FULL for tile in tiles)
    picture = simplejpeg.decode_jpeg(encode.head(tiles[0].tables) + tiles[0].stream[2:])
    assert abs(picture.astype(int) - 20).max() <= 1


def test_empty_branches_have_no_tile():
    tiles, pixels = grown({(12, 1600, 3200): leaf(9, (12, 1600, 3200))}, (10, 400, 800), 12)
    assert [tile.node for tile in tiles] == [(12, 1600, 3200), (11, 800, 1600), (10, 400, 800)]
    assert pixels.valid.sum() == 64 * 64
    assert mask.unpack(tiles[2].mask).sum() == 64 * 64
    assert grown({}, (10, 400, 800), 12) == ([], None)


def test_a_plan_holds_the_survey_on_two_by_two_tiles_at_its_top():
    bounds = (183_040.5, 583_100.0, 185_600.5, 585_660.0)
    plan = pyramid.plan(KOREA_CENTRAL, bounds, 0.5)
    assert (plan.leaf_z, plan.top_z) == (12, 8)  # at 8 a tile is 2,048 m wide
    assert max(plan.extent) <= 2
    inside = {
        (8, x, y)
        for x in range(KOREA_CENTRAL.tiles_over(bounds, 8)[0], KOREA_CENTRAL.tiles_over(bounds, 8)[2] + 1)
        for y in range(KOREA_CENTRAL.tiles_over(bounds, 8)[1], KOREA_CENTRAL.tiles_over(bounds, 8)[3] + 1)
    }
    assert set(plan.parts) == inside


def test_a_single_tile_is_its_own_top():
    grid = WEB_MERCATOR.tile(18, 223_000, 101_000)
    left, bottom, right, top = grid.bounds
    plan = pyramid.plan(WEB_MERCATOR, (left + 1, bottom + 1, right - 1, top - 1), WEB_MERCATOR.cell(18))
    assert plan.parts == ((18, 223_000, 101_000),)
    assert plan.top_z == plan.leaf_z == 18


def test_pixels_asked_for_by_patches_make_the_tiles_that_leaves_make(texture):
    """Two levels of leaves at once, with ground in part of them, are what one by one gives."""
    root, px = (10, 400, 800), 1024
    pixels = texture(px, px, 4)
    valid = np.ones((px, px), bool)
    valid[:300, 200:] = False
    pixels[:, ~valid] = 0
    whole = KOREA_CENTRAL.tile(*root)

    def cut(node, grid):
        col, row = (
            round(v) for v in ~(whole.transform @ whole.transform.scale(0.25)) @ (grid.transform.c, grid.transform.f)
        )
        here = np.s_[row : row + grid.height, col : col + grid.width]
        return Raster(pixels[(slice(None), *here)], valid[here], grid)

    (some, a), (single, b) = (run(pyramid.build(KOREA_CENTRAL, root, 12, cut, levels)) for levels in (2, 0))
    assert sorted(some, key=order) == sorted(single, key=order)
    assert np.array_equal(a.data, b.data)
    assert {tile.layer for tile in some} == {pyramid.COLOUR, pyramid.INFRARED}
    assert len(some) == 2 * (16 - 3 + 4 + 1)  # three leaves show nothing


def order(tile):
    return tile.layer, tile.node
