"""Patches to polygons, against shapes drawn by hand."""

import numpy as np
import pytest
import shapely
from shapely.affinity import rotate
from shapely.geometry import MultiPolygon, box

from geo.change import polygons
from geo.crs import CITY
from geo.errors import BadInput
from geo.grid import Grid
from geo.raster import Raster

SIDE = 64


@pytest.fixture
def codes():
    """An L, a ring and a square of another code that touches the ring at one edge."""
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[10:50, 10:16] = image[44:50, 10:40] = 1
    image[8:28, 40:60] = 1
    image[14:22, 46:54] = 0
    image[28:40, 40:60] = 2
    return image


def traced(codes, cut):
    """Trace blocks of `cut` pixels and join them; the evidence is 1, and the column of each pixel."""
    grid = Grid.cover((1000, 2000, 1032, 2032), CITY, 0.5)
    columns = np.broadcast_to(np.arange(SIDE, dtype=np.uint8), codes.shape)
    parts = []
    for row in range(0, SIDE, cut):
        for col in range(0, SIDE, cut):
            inner = np.s_[row : row + cut, col : col + cut]
            block = grid.window(col, row, cut, cut)
            valid = np.ones((cut, cut), bool)
            evidence = Raster(np.stack([codes[inner] > 0, columns[inner]]).astype(np.uint8), valid, block)
            parts.append(polygons.trace(Raster(codes[inner][None], valid, block), [evidence], ("one", "column")))
    return polygons.join(parts).sort_values("px").reset_index(drop=True)


def test_patches_and_their_sums(codes):
    found = traced(codes, SIDE)
    assert found["code"].tolist() == [2, 1, 1]
    assert found["px"].tolist() == [240, 336, 384]
    assert found["one"].tolist() == found["px"].tolist()
    assert found.loc[0, "column"] == sum(range(40, 60)) * 12
    assert found.geometry[0].equals(box(1020, 2012, 1030, 2018))
    assert len(found.geometry[1].interiors) == 1
    assert found.area.tolist() == [60, 84, 96]


@pytest.mark.parametrize("cut", [32, 16, 8])
def test_blocks_leave_no_seam(codes, cut):
    whole, joined = traced(codes, SIDE), traced(codes, cut)
    assert joined.drop(columns="geometry").equals(whole.drop(columns="geometry"))
    assert [g.wkb for g in joined.geometry] == [g.wkb for g in whole.geometry]


def test_patches_that_meet_at_a_corner_stay_apart():
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[16:32, 16:32] = image[32:48, 32:48] = 1
    assert len(traced(image, SIDE)) == 2
    assert len(traced(image, 32)) == 2


def test_stairs_become_a_line_and_small_holes_are_filled(codes):
    image = np.tri(SIDE, dtype=np.uint8)
    image[50:52, 10:12] = 0
    found = polygons.simplify(traced(image, SIDE), fill_m2=2)
    assert found.geometry[0].geom_type == "MultiPolygon"
    assert shapely.get_num_coordinates(found.geometry[0]) < 8
    assert found.loc[0, "area_m2"] == pytest.approx(SIDE * SIDE / 2 / 4, rel=0.03)
    kept = polygons.simplify(traced(codes, SIDE), fill_m2=2)
    assert sum(len(p.interiors) for g in kept.geometry for p in g.geoms) == 1


def test_ids_tell_class_and_place(codes):
    found = polygons.simplify(traced(codes, SIDE), 2).assign(**{"class": ["road", "water", "road"]})
    ids = polygons.identify(found)
    assert ids[0] == "road-10250-20150"  # the middle of the square, in tenths of a metre
    assert len(set(ids)) == 3


def test_every_band_has_a_name(codes):
    grid = Grid.cover((0, 0, 32, 32), CITY, 0.5)
    raster = Raster(codes[None], np.ones(codes.shape, bool), grid)
    with pytest.raises(BadInput, match="2 names for 1 bands"):
        polygons.trace(raster, [raster], ("one", "two"))


def test_small_patches_are_left_out_but_at_the_rim(codes):
    codes[60:, 60:] = 3  # 4 m2, at the corner
    codes[60:, 2:4] = codes[30:32, 30:32] = 1
    raster = Raster(codes[None], np.ones(codes.shape, bool), Grid.cover((0, 0, 32, 32), CITY, 0.5))
    least = np.full(256, 84.0)
    least[2] = 61.0
    found = polygons.trace(raster, [raster], ("code_again",), least_m2=least)
    assert sorted(zip(found["code"], found["px"], strict=True)) == [(1, 8), (1, 336), (1, 384), (3, 16)]
    assert (found["code_again"] == found["code"] * found["px"]).all()


def test_nothing_marked_gives_nothing():
    assert traced(np.zeros((SIDE, SIDE), np.uint8), 32).empty


def test_a_rounded_rectangle_is_squared_and_an_angle_is_not():
    house = rotate(box(0, 0, 12, 8), 30)
    corner = box(0, 0, 20, 6).union(box(0, 0, 6, 20))
    rounded, kept = polygons.squared([MultiPolygon([house.buffer(-2).buffer(2)]), MultiPolygon([corner])])
    assert len(rounded.geoms[0].exterior.coords) == 5
    assert rounded.area == pytest.approx(house.buffer(-2).buffer(2).area)
    assert rounded.intersection(house).area / rounded.union(house).area > 0.95
    assert kept.equals(corner)
