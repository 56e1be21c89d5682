"""Detection on four sheets of the sample town, held against what was planted there."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from shapely.geometry import box

from geo.change import review, scan
from geo.raster import Raster
from sample_data import paint, permits, things, truth
from sample_data.town import town

BOUNDS = (183_296.0, 586_752.0, 184_320.0, 587_776.0)  # the core of the town and its northern quarter, 1.05 km2


class Sheets:
    """A reader over the sheets of one survey."""

    def __init__(self, files):
        left, bottom, right, top = BOUNDS
        self.pixels = np.zeros((3, int((top - bottom) * 2), int((right - left) * 2)), np.uint8)
        for path in files:
            with rasterio.open(path) as file:
                row, col = round((top - file.bounds.top) * 2), round((file.bounds.left - left) * 2)
                self.pixels[:, row : row + file.height, col : col + file.width] = file.read()

    def __call__(self, grid):
        step = round(grid.cell * 2)
        rows = round((BOUNDS[3] - grid.bounds[3]) * 2) + np.arange(grid.height) * step
        cols = round((grid.bounds[0] - BOUNDS[0]) * 2) + np.arange(grid.width) * step
        inside = ((rows >= 0) & (rows < self.pixels.shape[1]))[:, None] & (cols >= 0) & (cols < self.pixels.shape[2])
        data = self.pixels[:, rows.clip(0, self.pixels.shape[1] - 1)][:, :, cols.clip(0, self.pixels.shape[2] - 1)]
        return Raster(data * inside, inside, grid)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What was planted, and what was found whole inside, over both pairs of dates."""
    folder = tmp_path_factory.mktemp("town")
    inside = box(*BOUNDS)
    for sheet in paint.sheets(1.0):
        if inside.contains(box(sheet.left + 1, sheet.top - 511, sheet.left + 511, sheet.top - 1)):
            paint.draw(sheet, folder)
    surveys = {year: Sheets(sorted((folder / year).glob("*.tif"))) for year in ("2024", "2025", "2026")}
    there, found = [], []
    for before, after in (("2024", "2025"), ("2025", "2026")):
        pair = scan.prepare(surveys[before], surveys[after], BOUNDS)
        made = scan.assemble([scan.pieces(pair, block) for block in scan.blocks(BOUNDS)])
        found.append(made[made.within(inside)].assign(after=after))
        planted = truth.changes(f"{before}_{after}")
        there.append(planted.assign(after=after))
    return tuple(gpd.GeoDataFrame(pd.concat(one, ignore_index=True)) for one in (there, found))


def matched(some, others):
    """Which of `some` overlap one of `others`, of the same pair of dates, at an IoU of 0.3."""
    hits = []
    for _, one in some.iterrows():
        rest = others[(others["after"] == one["after"]) & others.intersects(one.geometry)].geometry
        hits.append((rest.intersection(one.geometry).area / rest.union(one.geometry).area >= 0.3).any())
    return np.array(hits)


def of(frame, *names):
    return frame[frame["class"].isin(names)]


@pytest.mark.parametrize(
    ("name", "missed"),
    [
        ("building_gained", 1),
        ("building_lost", 0),
        ("building_extended", 1),  # a flat roof of the yard's own grey
        ("earthwork", 0),
        ("road", 0),
    ],
)
def test_what_was_planted_is_found_and_little_else(told, name, missed):
    there, found = (of(frame, name) for frame in told)
    cut = told[0][~told[0].within(box(*BOUNDS))].union_all()
    whole, found = there[there.within(box(*BOUNDS))], found[~found.intersects(cut)]
    assert len(whole) > missed
    assert (~matched(whole, found)).sum() <= missed
    assert matched(found, there).mean() >= 0.8


def test_false_alarms_are_few(told):
    there, found = told
    near = there.buffer(10).union_all()
    left, bottom, right, top = BOUNDS
    km2 = 2 * (right - left) * (top - bottom) / 1e6
    assert (~found.intersects(near)).sum() / km2 < 10


def test_decoys_are_no_buildings(told):
    decoys = truth.decoys()
    built = of(told[1], "building_gained", "building_lost", "building_extended")
    for kind in ("greenhouse", "greenhouse_film_removed", "flooded_paddy", "season", "shadow"):
        shapes = decoys[decoys["kind"].eq(kind)].geometry
        share = built.intersection(shapes.union_all()).area / built.area
        assert (share < 0.5).all(), kind


@pytest.mark.parametrize(("pair", "before", "after"), [("2024_2025", 0, 1), ("2025_2026", 1, 2)])
def test_the_unpermitted_list_is_exact_on_what_was_planted(pair, before, after):
    planted = truth.changes(pair)
    dates = {"before": things.DATES[before], "after": things.DATES[after]}
    told = review.unpermitted(planted.drop(columns=["explained", "permit_id", "reason", "pnus"]).assign(**dates),
                              permits.permits(), town().parcels)  # fmt: skip
    assert told["explained"].tolist() == planted["explained"].tolist()
    known = planted["explained"]
    assert told["permit_id"][known].tolist() == planted["permit_id"][known].tolist()
