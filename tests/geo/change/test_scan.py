"""The whole detection on the drawn scene: every change by its class, and the same whatever the blocks."""

import pytest
from shapely.geometry import box

from geo.change import scan
from geo.crs import CITY, WEB
from geo.errors import BadInput, CrsMismatch
from geo.grid import Grid


@pytest.fixture(scope="module")
def found(pair, area):
    return scan.detect(*pair, area)


@pytest.fixture(scope="module")
def there(truth, area):
    left, _, _, top = area.bounds
    return {
        name: box(left + col / 2, top - (row + height) / 2, left + (col + width) / 2, top - row / 2)
        for name, (col, row, width, height) in truth.items()
    }


@pytest.mark.parametrize(
    "name", ["building_gained", "building_lost", "building_extended", "vegetation_loss", "earthwork"]
)
def test_each_change_is_found_by_its_class(found, there, name):
    mine = found[found["class"] == name]
    assert len(mine) == 1
    shape = mine.geometry.iloc[0]
    assert shape.intersection(there[name]).area / shape.union(there[name]).area > 0.6
    assert mine["score"].iloc[0] > 0.5
    assert mine["area_m2"].iloc[0] == pytest.approx(shape.area, abs=0.1)
    assert mine["aligned"].iloc[0]


def test_nothing_else_is_found(found, there):
    assert len(found) == len(there)


@pytest.mark.parametrize("block_m", [128.0, 64.0])
def test_another_tiling_gives_the_same_changes(pair, area, found, block_m):
    again = scan.detect(*pair, area, block_m=block_m)
    assert again.drop(columns="geometry").equals(found.drop(columns="geometry"))
    assert [g.wkb for g in again.geometry] == [g.wkb for g in found.geometry]


def test_a_part_gives_what_the_whole_gives_there(pair, area, found):
    left, bottom, right, top = area.bounds
    part = scan.detect(*pair, Grid.cover((left + 64, bottom + 130, right - 66, top - 30), CITY, 0.5))
    inside = part[part["class"] == "building_gained"]
    assert inside["change_id"].tolist() == found.loc[found["class"] == "building_gained", "change_id"].tolist()


def test_readers_that_cannot_be_sent_run_in_threads(pair, area, found):
    before, after = pair
    again = scan.detect(lambda grid: before(grid), lambda grid: after(grid), area, workers=2, block_m=128.0)
    assert again["change_id"].tolist() == found["change_id"].tolist()


def test_no_change_between_equal_dates(show, scene, area):
    one = show(scene[0], seed=1), show(scene[0], seed=2)
    assert scan.detect(*one, area).empty


def test_outside_the_surveys_nothing_is_found(pair, area):
    left, bottom, _, _ = area.bounds
    away = Grid.cover((left - 5120, bottom, left - 5000, bottom + 120), CITY, 0.5)
    assert scan.detect(*pair, away).empty


def test_blocks_cover_the_grid_once():
    grid = Grid.cover((100, 200, 900, 700), CITY, 0.5)
    cut = scan.blocks(grid)
    assert sum(b.width * b.height for b in cut) == grid.width * grid.height
    assert cut[0].bounds == (100, 200, 512, 512)


def test_grids_it_cannot_keep_its_promise_on_are_refused():
    with pytest.raises(CrsMismatch, match="EPSG:3857"):
        scan.blocks(Grid.cover((0, 0, 100, 100), WEB, 0.5))
    with pytest.raises(BadInput, match="between multiples"):
        scan.blocks(Grid.cover((0.5, 0, 100, 100), CITY, 0.5))


def test_no_worker_is_refused(pair, area):
    with pytest.raises(BadInput, match="0 workers"):
        scan.detect(*pair, area, workers=0)
