"""What the register, permits and officers say becomes labels: where they are silent, so are the labels."""

import geopandas as gpd
import numpy as np
import pytest
from shapely import box

from geo.change import model
from geo.change.training import labels
from geo.change.training.refit import UNKNOWN
from geo.crs import CITY
from geo.grid import Grid
from geo.raster import Raster

DATES = ("2024-05-14", "2025-09-28")
X, Y = 190_464.0, 590_000.0


def lot(number):
    return box(X + 30 * number, Y, X + 30 * number + 28, Y + 28)


@pytest.fixture
def parcels():
    return gpd.GeoDataFrame({"pnu": [str(n) for n in range(6)]}, geometry=[lot(n) for n in range(6)], crs=CITY)


@pytest.fixture
def permits():
    rows = [
        ("건축허가", "2025-01-10", "0", "0;1"),  # approved between the dates
        ("건축신고", "2024-05-14", "2", None),  # on the first day itself: stands there already
        ("개발행위허가", "2025-01-10", "3", None),  # no building
        ("건축허가", None, "4", None),  # not finished
    ]
    return gpd.GeoDataFrame(rows, columns=["kind", "used_on", "main_pnu", "pnus"], geometry=[lot(0).centroid] * 4)


def changes(*rows):
    return gpd.GeoDataFrame(list(rows), columns=["class", "verdict", "geometry"], geometry="geometry", crs=CITY)


def test_approvals_between_the_dates_and_ground_without_a_permit(permits, parcels):
    found = labels.known(permits, parcels, changes(), DATES)
    approved, quiet = (found[found["kind"] == kind] for kind in ("approved", "quiet"))
    assert [shape.area for shape in approved.geometry] == [2 * 28 * 28]  # both parcels of the site
    assert [shape.equals(lot(5)) for shape in quiet.geometry] == [True]


def test_verdicts_on_buildings_count_and_others_do_not(permits, parcels):
    said = changes(
        ("building_gained", "confirmed", lot(1)), ("building_lost", "permitted", lot(2)),
        ("building_gained", "false", lot(3)), ("building_gained", "watch", lot(4)),
        ("building_gained", None, lot(4)), ("earthwork", "confirmed", lot(5)),
    )  # fmt: skip
    found = labels.known(permits, parcels, said, DATES)
    assert list(found["kind"]).count("changed") == 2
    assert list(found["kind"]).count("unchanged") == 1


def test_windows_lie_on_the_stride_and_stay_small():
    grid = labels.window(lot(0))
    step = model.STRIDE_PX * model.CELL_M
    assert all(edge % step == 0 for edge in grid.bounds)
    assert box(*grid.bounds).contains(lot(0).buffer(labels.MARGIN_M))
    wide = labels.window(box(X, Y, X + 2000, Y + 20))
    assert wide.bounds[2] - wide.bounds[0] <= labels.MOST_M + 2 * step


def test_labels_tell_no_more_than_is_known():
    grid = Grid.cover((X, Y, X + 32, Y + 32), CITY, 0.5)
    seen = np.zeros((3, 64, 64), np.uint8)
    seen[1:, 10:20, 10:20] = 200  # a house at both dates
    seen[2, 40:50, 40:50] = 200  # one at the second only
    raster = Raster(seen, np.ones((64, 64), bool), grid)
    whole, half = box(X, Y, X + 32, Y + 32), box(X, Y, X + 16, Y + 32)
    approved = labels.label("approved", whole, raster)
    assert (approved[40:50, 40:50] == 1).all()
    assert (approved == UNKNOWN).sum() == 64 * 64 - 100
    quiet = labels.label("quiet", whole, raster)
    assert not quiet[10:20, 10:20].any()
    assert (quiet[36:54, 36:54] == UNKNOWN).all()
    assert not quiet[:, :30].any()
    assert set(np.unique(labels.label("changed", half, raster)[:, :32])) == {1}
    assert set(np.unique(labels.label("unchanged", half, raster)[:, 32:])) == {UNKNOWN}
    assert set(np.unique(labels.label("unchanged", half, raster)[:, :32])) == {0}
