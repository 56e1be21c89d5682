"""The whole detection on the drawn scene: every change by its class, and the same whatever the blocks."""

import pytest
from shapely.geometry import box

from geo.change import scan
from geo.errors import BadInput


def detected(before, after, bounds):
    pair = scan.prepare(before, after, bounds)
    return scan.assemble([scan.pieces(pair, block) for block in scan.blocks(bounds)])


@pytest.fixture(scope="module")
def found(straddling):
    return detected(*straddling)


@pytest.fixture(scope="module")
def there(truth, straddling):
    left, _, _, top = straddling[2]
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
    assert shape.intersection(there[name]).area / shape.union(there[name]).area > 0.5
    assert mine["score"].iloc[0] > 0.5
    assert mine["area_m2"].iloc[0] == pytest.approx(shape.area, abs=0.1)
    assert mine["aligned"].iloc[0]


def test_nothing_else_is_found(found, there):
    assert len(found) == len(there)


def test_blocks_meet_without_a_seam(found, there):
    """The dug field lies in two blocks, the clearing in one: each is one polygon, with no edge along the border."""
    dug = found.loc[found["class"] == "earthwork", "geometry"].iloc[0]
    assert len(dug.geoms) == 1
    assert dug.bounds[0] < 190_464 < dug.bounds[2]
    assert not [x for x, _ in dug.geoms[0].exterior.coords if x == 190_464]


def test_a_part_gives_what_the_whole_gives_there(straddling, found):
    left, bottom, right, top = straddling[2]
    part = detected(*straddling[:2], (left + 100, bottom + 100, right - 100, top - 30))
    assert part.drop(columns="geometry").equals(found.drop(columns="geometry"))
    assert [g.wkb for g in part.geometry] == [g.wkb for g in found.geometry]


def test_no_change_between_equal_dates(show, scene, area):
    assert detected(show(scene[0], seed=1), show(scene[0], seed=2), area.bounds).empty


def test_outside_the_surveys_nothing_is_found(pair, area):
    left, bottom, _, _ = area.bounds
    assert detected(*pair, (left - 5120, bottom, left - 5000, bottom + 120)).empty


def test_blocks_hold_the_bounds_and_lie_on_the_models_windows():
    cut = scan.blocks((100, 200, 1100, 2100))
    assert [block.bounds[:2] for block in cut] == [(x, y) for y in (0, 1024, 2048) for x in (0, 1024)]
    assert {(block.width, block.height) for block in cut} == {(2048, 2048)}


def test_no_worker_is_refused(pair):
    with pytest.raises(BadInput, match="0 workers"), scan.crew(*pair, 0):
        pass


def test_readers_that_cannot_be_sent_run_in_threads(straddling, found):
    before, after = (lambda grid, one=one: one(grid) for one in straddling[:2])
    with scan.crew(before, after, 2) as run:
        prepared = scan.prepare(before, after, straddling[2], run)
        again = scan.assemble(list(scan.each(prepared, scan.blocks(straddling[2]), run)))
    assert again["change_id"].tolist() == found["change_id"].tolist()
