"""The pool that rises: closed forms, ridges, and every small terrain against a priority queue."""

import heapq
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.disaster.flood import Pool
from geo.errors import BadInput


def bowl():
    """T7: a paraboloid z = r2 / 50,000 in cells of 2 m."""
    side = (np.arange(501) - 250) * 2.0
    x, y = np.meshgrid(side, side)
    return Pool((x**2 + y**2) / 50_000, (250, 250), cell_m=2.0)


def two_pits():
    """T8: a pit at 0 with the seed, a ridge at 2, behind it a pit at -1; 1200 cells each."""
    z = np.full((50, 101), 5.0)
    z[10:40, 5:45], z[10:40, 56:96], z[10:40, 45:56] = 0.0, -1.0, 2.0
    return Pool(z, (20, 20), cell_m=1.0)


def test_t7_a_bowl_holds_what_the_formula_says():
    assert bowl().volumes([1.0, 3.0])[1] == pytest.approx(706_858.59, abs=0.005)
    assert bowl().volumes([3.0])[0] == pytest.approx(math.pi * 9 * 25_000, rel=1e-6)
    assert bowl().areas([3.0])[0] == 471_156
    assert bowl().filled(706_858.588160).level_m == pytest.approx(3.0, abs=1e-9)


def test_t8_nothing_behind_a_ridge_is_wet_before_it_overtops():
    pool = two_pits()
    assert (pool.depth(1.99) > 0).sum() == 1200
    assert (pool.depth(2.0) > 0).sum() == 2400
    assert pool.jumps(1.0) == [(2.0, 3600.0)]
    assert pool.volumes([1.99, 2.0]).tolist() == pytest.approx([2388, 6000])


def test_t8_the_curve_stands_still_while_the_ground_behind_the_ridge_fills():
    curve = two_pits().curve([0.0, 1.0, 3.0], jump_m3=1.0)
    assert [curve.level(volume) for volume in (1200, 2400, 4000, 6000)] == [1, 2, 2, 2]
    assert curve.volume(2.0) == 2400
    assert 2.0 < curve.level(6001) < 2.01


@pytest.mark.parametrize(
    ("volume", "pool_m", "behind_m"), [(1200, 1, 0), (2400, 2, 0), (3600, 2, 1), (6000, 2, 3), (8730, 3, 4)]
)
def test_t8_a_volume_fills_spills_and_merges(volume, pool_m, behind_m):
    filled = two_pits().filled(volume)
    assert filled.level_m == pytest.approx(pool_m)
    assert filled.depth_m[20, 20] == pytest.approx(pool_m)
    assert filled.depth_m[20, 70] == pytest.approx(behind_m)
    assert filled.depth_m.sum() == pytest.approx(volume)


def test_a_pit_within_the_ground_behind_a_ridge_fills_in_its_turn():
    pool = Pool(np.array([[0.0, 5, 2, 3, 0, 9]]), (0, 0), cell_m=1.0)
    assert pool.link_m.tolist() == [[0, 5, 5, 5, 5, 9]]
    assert pool.filled(5.5).depth_m.tolist() == [[5, 0, 0.5, 0, 0, 0]]  # below the inner ridge of 3
    assert pool.filled(7).depth_m.tolist() == [[5, 0, 1, 0, 1, 0]]
    assert pool.filled(12).depth_m.tolist() == pytest.approx(np.array([[5, 0, 10 / 3 - 4 / 3, 1, 4, 0]]))


def linked(z, seed):
    """The same by a priority queue, cell after cell."""
    level, waiting = np.full(z.shape, np.inf), [(z[seed], *seed)]
    level[seed] = z[seed]
    while waiting:
        reached, row, col = heapq.heappop(waiting)
        for r in range(max(row - 1, 0), min(row + 2, z.shape[0])):
            for c in range(max(col - 1, 0), min(col + 2, z.shape[1])):
                if max(reached, z[r, c]) < level[r, c]:
                    level[r, c] = max(reached, z[r, c])
                    heapq.heappush(waiting, (level[r, c], r, c))
    return level


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 6, 1000]), st.booleans())
def test_every_terrain_links_as_a_priority_queue_finds_and_holds_what_is_poured(seed, heights, gaps):
    draw = np.random.default_rng(seed)
    z = draw.integers(0, heights, (7, 9)).astype(float)
    if gaps:
        z[draw.random(z.shape) < 0.2] = np.inf
        z[3, 4] = 0
    start = np.unravel_index(np.argmin(z), z.shape)
    pool, truth = Pool(z, start, cell_m=1.0), linked(z, start)
    assert (pool.link_m == truth).all()
    for level in (0.5, 1.0, 3.0, 400.0):
        assert (pool.extent(level) == (truth <= level)).all()
    before = np.zeros(z.shape)
    for volume in np.linspace(0, pool.volumes([1e4])[0], 9):
        filled = pool.filled(volume)
        assert filled.depth_m.sum() == pytest.approx(volume, abs=1e-6)
        assert (truth[filled.depth_m > 0] <= filled.level_m).all()
        assert (filled.depth_m >= before - 1e-9).all()
        before = filled.depth_m


@pytest.mark.parametrize("seed", [(0, 0), (5, 5), (-1, 2)])
def test_a_seed_without_ground_is_refused(seed):
    z = np.zeros((3, 3))
    z[0, 0] = np.inf
    with pytest.raises(BadInput, match="seed at row"):
        Pool(z, seed, cell_m=1.0)


def test_levels_must_rise_and_volumes_be_something():
    with pytest.raises(BadInput, match="must rise"):
        two_pits().volumes([1.0, 1.0])
    with pytest.raises(BadInput, match="less than nothing"):
        two_pits().filled(-1)
