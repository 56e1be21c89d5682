"""Terrain made ready: culverts let water through, ridges hold it, a coarse or synthetic one says so."""

import numpy as np
import pytest
from affine import Affine
from shapely.geometry import LineString, box

from geo.crs import CITY, WEB
from geo.disaster.flood import Pool
from geo.disaster.terrain import Culvert, Ridge, Terrain, burned, raised, unexcavated
from geo.errors import BadInput, CrsMismatch
from geo.grid import Grid
from geo.raster import Raster


def flat(z, cell=2.0, crs=CITY, **known):
    z = np.asarray(z, float)
    grid = Grid(crs, Affine(cell, 0, 0, 0, -cell, z.shape[0] * cell), z.shape[1], z.shape[0])
    known = {"synthetic": False, "sigma_m": 0.1} | known
    return Terrain(Raster(z[None], np.ones(z.shape, bool), grid), "drawn", datum="drawn", **known)


def behind_a_bank():
    z = np.zeros((20, 20))
    z[:, 9:11] = 5.0
    return flat(z)


def test_a_bank_is_a_dam_until_its_culvert_is_burned():
    bank = behind_a_bank()
    assert Pool(bank.z, (10, 0), cell_m=2.0).link_m[10, 19] == 5.0
    through = burned(bank, [Culvert(LineString([(14, 21), (26, 21)]), 0.4)])
    assert Pool(through.z, (10, 0), cell_m=2.0).link_m[10, 19] == 0.4
    assert through.z.min() == 0  # ground below the culvert's floor is not raised to it


@pytest.mark.parametrize("line", [[(0, 1), (40, 39)], [(0, 20), (40, 20)], [(3, 0), (30, 40)]])
def test_no_water_passes_a_ridge_however_it_runs(line):
    walled = raised(flat(np.zeros((20, 20))), [Ridge(LineString(line), 3.0)])
    link = Pool(walled.z, (19, 19), cell_m=2.0).link_m
    assert link[0, 0] == 3.0
    assert link[19, 19] == 0.0


def test_a_basin_is_filled_up_to_the_ground_around_it():
    z = np.full((40, 40), 11.0)
    z[15:25, 15:25] = 4.0
    assert (unexcavated(flat(z), box(30, 30, 50, 50)).z == 11).all()
    with pytest.raises(BadInput, match="lies outside"):
        unexcavated(flat(z), box(300, 300, 320, 320))


def test_where_no_verdict_may_be_given():
    assert flat(np.zeros((2, 2))).verdicts_withheld is None
    assert "합성" in flat(np.zeros((2, 2)), synthetic=True).verdicts_withheld
    assert "거칠어" in flat(np.zeros((2, 2)), cell=30.0).verdicts_withheld


def test_a_terrain_elsewhere_or_without_error_is_refused():
    with pytest.raises(CrsMismatch, match="EPSG:5186"):
        flat(np.zeros((2, 2)), crs=WEB)
    with pytest.raises(BadInput, match="sigma_m"):
        flat(np.zeros((2, 2)), sigma_m=0.0)
