"""Shifts against shifts that were drawn."""

import numpy as np
import pytest

from geo.change import align, lattice
from geo.crs import CITY
from geo.grid import Grid
from geo.raster import Raster


def test_a_drawn_shift_is_found_and_undone(pair, area):
    field = align.estimate(*pair, area.bounds)
    dx_m, dy_m, quality = field.field.on(area)
    assert dx_m.mean() == pytest.approx(0.25, abs=0.08)  # half a pixel of 0.5 m east
    assert dy_m.mean() == pytest.approx(0.25, abs=0.08)  # and north: rows run south
    assert quality.min() == 1
    assert field.residual_m < 0.1
    assert field.unaligned == 0


def test_undoing_the_shift_brings_the_ground_back(scene, pair, area):
    before, after = pair
    field = align.estimate(before, after, area.bounds)
    raw = after(area).data.astype(float)
    moved = align.shifted(after, field, area).data.astype(float)
    truth = np.moveaxis(scene[1] * 0.85 + 18, 2, 0)
    inner = np.s_[:, 20:-20, 20:-20]
    assert np.abs(moved - truth)[inner].mean() < 0.6 * np.abs(raw - truth)[inner].mean()


def test_a_node_has_the_same_shift_whatever_the_area(pair, area):
    left, bottom, _, _ = area.bounds
    whole = align.estimate(*pair, area.bounds).field
    part = align.estimate(*pair, (left + 10, bottom + 10, left + 60, bottom + 60)).field
    i, j = part.first[0] - whole.first[0], part.first[1] - whole.first[1]
    rows, cols = part.values.shape[1:]
    inner = np.s_[:, 2:-2, 2:-2]
    assert (whole.values[:, j : j + rows, i : i + cols][inner] == part.values[inner]).all()


def test_unrelated_ground_is_flagged_not_aligned(pair, area):
    def other(grid):
        seen = pair[0](grid)
        return Raster(seen.data[:, ::-1, ::-1].copy(), seen.valid, grid)

    def noise(grid):
        data = np.random.default_rng(grid.width).integers(0, 255, (3, grid.height, grid.width), np.uint8)
        return Raster(data, np.ones(data.shape[1:], bool), grid)

    field = align.estimate(other, noise, area.bounds)
    assert field.unaligned == 1
    assert field.field.on(area)[2].max() == 0
    assert np.isnan(field.residual_m)


def test_ten_metres_off_is_flagged(scene, show, area):
    field = align.estimate(show(scene[0]), show(scene[1], shift_px=(20, 0)), area.bounds)
    assert field.unaligned == 1


def test_interpolation_between_nodes_by_hand():
    values = np.array([[[0.0, 4.0], [8.0, 12.0]]])  # south row, north row
    field = lattice.Field((0, 0), values)
    grid = Grid.cover((128, 256, 256, 384), CITY, 128.0)  # its centre stands at x 192, y 320 -> clipped to 256
    assert field.on(grid)[0, 0, 0] == pytest.approx(8 + 4 * 0.75)
    assert field.near(grid.bounds).on(grid)[0, 0, 0] == field.on(grid)[0, 0, 0]


def test_too_little_common_ground_is_not_measured(pair):
    ((node, shift),) = lattice.measured(align.measure, *pair, align.MEASURE_CELL_M, [(0, 0)])
    assert node == (0, 0)
    assert shift == align.NO_GROUND
