"""Tiny layers of one square kilometre at Yulgok, drawn here, and strings that try to run."""

from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiPoint, Point, box

from geo.crs import CITY, WEB, transformer
from geo.disaster import works
from geo.grid import Grid
from geo.maps import imagery
from geo.raster import Raster

X, Y = 180_000.0, 573_000.0
ATTACKS = (
    "<img src=x onerror=window.hit=1>",
    "</script><script>window.hit=1</script>",
    "`${window.hit=1}`",
    "{{ 7 * 191 }}{% raw %}",
    "\"><svg onload=window.hit=1>'",
    "</style></title></textarea><script>window.hit=1</script>",
    "\\u003cimg src=x onerror=window.hit=1\\u003e",
)


@pytest.fixture
def attacks():
    return ATTACKS


@pytest.fixture
def change_frame():
    classes = ["building_gained", "building_lost", "building_extended", "vegetation_loss", "earthwork", "road", "water"]
    columns = {
        "class": classes,
        "area_m2": [100.0 * n for n in range(1, 8)],
        "score": [0.9] * 7,
        "explained": [True] + [False] * 6,
        "reason": list(ATTACKS),
        "synthetic": [True] * 7,
    }
    shapes = [box(X + 100 * n, Y, X + 100 * n + 10 * (n + 1), Y + 10) for n in range(7)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CITY)


@pytest.fixture
def road_frame():
    columns = {
        "designation_no": ["2015-1", "2015-2", ATTACKS[0], None],
        "name": ["율곡1길", "율곡2길", ATTACKS[1], None],
        "legal_basis": ["NAMOK", "GAMOK", "NAMOK", "UNKNOWN"],
        "status": ["DESIGNATED", "DESIGNATED", "ABOLISHED", "PLANNED"],
        "width_m": [3.0, 6.0, 3.0, None],
        "notice_no": ["제1호", None, ATTACKS[2], ATTACKS[3]],
        "synthetic": [False] * 4,
    }
    shapes = [box(X + 50 * n, Y, X + 50 * n + 4, Y + 300) for n in range(4)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CITY)


@pytest.fixture
def record():
    said = {
        "source": "계획",
        "source_date": "2026",
        "synthetic": True,
        "zone_id": "z",
        "project_id": "p",
        "completed_on": None,
    }
    span = {"end_is_actual": False, "confirmed_on": None, "source": "계획", "source_date": "2026"}
    zone = said | {
        "id": "z", "name": ATTACKS[4], "type": "001", "grade": "나", "designated_on": "2003-10-30", "released_on": None,
        "geometry": shapely.MultiPolygon([box(X, Y, X + 600, Y + 400)]),
    }  # fmt: skip
    return {
        "zone": zone,
        "facilities": [
            said | {"id": "f1", "name": "배수펌프장", "geometry": Point(X + 50, Y + 50)},
            said | {"id": "f2", "name": ATTACKS[5], "geometry": None},
        ],
        "works": [
            said | {"id": "w1", "name": "제방", "geometry": LineString([(X, Y), (X + 600, Y + 10)])},
            said | {"id": "w2", "name": "집수정", "geometry": MultiPoint([(X + 9, Y + 9), (X + 99, Y + 9)])},
        ],
        "projects": [span | {"id": "p", "name": "정비사업", "start": "2022-01", "end": "2026-12", "cost_mkrw": 300.0}],
        "budget": [
            {"id": "b1", "project_id": "p", "fund": "국비", "amount_mkrw": 150.0},
            {"id": "b2", "project_id": "p", "fund": "시비", "amount_mkrw": 150.0},
        ],
        "progress": [span | {"id": "e", "seq": 1, "name": ATTACKS[6], "start": "2024", "end": "2024"}],
        "other_sources": [{"label": "면적", "plan": "1 ㎡", "other": ATTACKS[0], "source": ATTACKS[1]}],
    }


@pytest.fixture
def status(record):
    return works.status(record, date(2026, 4, 1))


@pytest.fixture
def raster():
    bounds = transformer(CITY, WEB).transform_bounds(X, Y, X + 800, Y + 500)
    grid = Grid.cover(bounds, WEB, 8.0)
    pixels = np.random.default_rng(1).integers(60, 140, (3, grid.height, grid.width), np.uint8)
    return Raster(pixels, np.ones((grid.height, grid.width), bool), grid)


@pytest.fixture
def backdrop(raster):
    return imagery.picture("2026-04-22", raster, synthetic=True)
