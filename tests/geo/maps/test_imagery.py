from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from geo.crs import CITY, WEB, move
from geo.errors import CrsMismatch
from geo.grid import Grid
from geo.maps import imagery
from geo.raster import Raster


def survey(**more):
    about = {"id": "2026 봄", "version": "ab/c", "captured_on": date(2026, 4, 22), "gsd_m": 0.5, "synthetic": False}
    return SimpleNamespace(**about | {"bounds": (180_000.0, 573_000.0, 181_000.0, 574_000.0)} | more)


def test_a_survey_becomes_an_address_on_this_server():
    [found] = imagery.tiled([survey()])
    assert found.url == "/tiles/2026%20%EB%B4%84/WebMercatorQuad/{z}/{x}/{y}?v=ab%2Fc"
    assert found.title == "2026-04-22"
    west, south = move(180_000, 573_000, CITY, imagery.LONLAT)
    assert found.bounds[:2] == pytest.approx((west, south), abs=1e-4)


@pytest.mark.parametrize(("gsd_m", "z"), [(0.5, 18), (0.25, 19), (0.1, 21)])
def test_tiles_are_asked_for_down_to_the_pixels_flown(gsd_m, z):
    """At Paju z 18 is 0.597 / 1.265 = 0.47 m on the ground, z 19 0.24 m."""
    [found] = imagery.tiled([survey(gsd_m=gsd_m)])
    assert found.native_z == z


def test_a_picture_in_another_crs_would_lie_metres_off(raster):
    grid = Grid.cover((180_000, 573_000, 180_100, 573_100), CITY, 1.0)
    pixels = Raster(np.zeros((3, 100, 100), np.uint8), np.ones((100, 100), bool), grid)
    with pytest.raises(CrsMismatch, match="EPSG:5186"):
        imagery.picture("2026", pixels, synthetic=True)


def test_a_picture_keeps_its_holes(raster):
    assert raster.grid.crs == WEB
    assert imagery.picture("2026", raster, synthetic=True).url.startswith("data:image/jpeg;base64,")
    holed = Raster(raster.data, np.tril(np.ones(raster.valid.shape, bool)), raster.grid)
    assert imagery.picture("2026", holed, synthetic=True).url.startswith("data:image/webp;base64,")
