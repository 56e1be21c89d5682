"""QGIS, without a screen: layers as its users add them, with the survey point on its pixel.

Another source is one more `drawn(...)`: qgis_draw.py opens vector layers (OAPIF) and vector tiles too.
"""

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import quote

import cv2
import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.clock import now
from geo.crs import CITY
from geo.features import store as features
from geo.grid import TILE_MATRIX_SETS

SYSTEM_PYTHON = Path("/usr/bin/python3")  # Debian's QGIS is a package of the system's own Python
SCRIPT = Path(__file__).with_name("qgis_draw.py")
SIDE = 200
FINEST = {"KoreaCentral5186Quad": 12, "WebMercatorQuad": 18}


@pytest.fixture(scope="session")
def qgis(tmp_path_factory):
    """The environment to run QGIS in, with a profile and a cache of its own."""
    try:
        subprocess.run([SYSTEM_PYTHON, "-c", "import qgis.core"], check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no QGIS on this machine: .ci/run installs python3-qgis")
    home = str(tmp_path_factory.mktemp("qgis"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return kept | {"QT_QPA_PLATFORM": "offscreen", "HOME": home, "XDG_RUNTIME_DIR": home}


@pytest.fixture
def drawn(qgis, tmp_path):
    """Open a layer and draw `SIDE` x `SIDE` pixels of it: the picture, and what QGIS tells of the layer."""

    def draw(kind, provider, uri, *, crs, bounds):
        order = {
            "kind": kind, "provider": provider, "uri": uri, "crs": crs, "side": SIDE, "bounds": bounds,
            "out": str(tmp_path / "map.png"),
        }  # fmt: skip
        done = subprocess.run(
            [SYSTEM_PYTHON, SCRIPT], input=json.dumps(order), env=qgis, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        about = json.loads(done.stdout)
        assert about["valid"], (about["error"], done.stderr)
        assert about["errors"] == []
        return cv2.imread(order["out"]).transpose(2, 0, 1)[::-1], about

    return draw


def around(service, tms):
    """Return the CRS, bounds round the survey point that fall on pixels, and the point's place in their picture."""
    held = TILE_MATRIX_SETS[tms]
    x, y = service.point if held.crs == CITY else service.web
    cell = held.cell(FINEST[tms])
    left = held.left + (round((x - held.left) / cell) - SIDE // 2) * cell
    top = held.top - (round((held.top - y) / cell) - SIDE // 2) * cell
    bounds = [left, top - SIDE * cell, left + SIDE * cell, top]
    return f"EPSG:{held.crs.to_epsg()}", bounds, ((x - left) / cell, (top - y) / cell)


def wmts(service, tms, **more):
    asked = {"crs": f"EPSG:{TILE_MATRIX_SETS[tms].crs.to_epsg()}", "format": "image/png", "layers": "orthophoto",
             "styles": "natural", "tileMatrixSet": tms}  # fmt: skip
    asked |= more | {"url": f"{service.url}wmts?SERVICE=WMTS&REQUEST=GetCapabilities"}
    return "&".join(f"{name}={quote(value, safe=':/')}" for name, value in asked.items())


@pytest.mark.parametrize("tms", FINEST)
def test_wmts(service, drawn, middle_of_light, tms):
    crs, bounds, place = around(service, tms)
    picture, about = drawn("raster", "wms", wmts(service, tms), crs=crs, bounds=bounds)
    assert about["crs"] == crs
    assert np.median(picture) == pytest.approx(service.shade["2026"], abs=3)  # the newest day is the default
    assert middle_of_light(picture) == pytest.approx(place, abs=0.5)


def test_wmts_of_a_day(service, drawn):
    crs, bounds, _ = around(service, "KoreaCentral5186Quad")
    uri = wmts(service, "KoreaCentral5186Quad", tileDimensions="Time=2024-05-14")
    picture, _ = drawn("raster", "wms", uri, crs=crs, bounds=bounds)
    assert np.median(picture) == pytest.approx(service.shade["2024"], abs=3)


def test_xyz(service, drawn, middle_of_light):
    crs, bounds, place = around(service, "WebMercatorQuad")
    uri = f"type=xyz&zmin=0&zmax=18&url={service.url}tiles/2024/WebMercatorQuad/{{z}}/{{x}}/{{y}}"
    picture, _ = drawn("raster", "wms", uri, crs=crs, bounds=bounds)
    assert np.median(picture) == pytest.approx(service.shade["2024"], abs=3)
    assert middle_of_light(picture) == pytest.approx(place, abs=0.5)


@pytest.fixture
def square(service, tmp_path):
    """A layer of one square of 40 m round the survey point."""
    x, y = service.point
    frame = gpd.GeoDataFrame({"id": ["one"], "말": ["가나다"]}, geometry=[shapely.box(x - 20, y - 20, x + 20, y + 20)],
                             crs="EPSG:5186")  # fmt: skip
    frame.to_parquet(tmp_path / "square.parquet")
    features.import_layer(service.city, "square", tmp_path / "square.parquet", title="네모", at=now())


@pytest.mark.parametrize(("id", "count"), [("square", 1), ("emd", 35), ("ri", 104)])
def test_features(service, square, drawn, id, count):
    """OGC API Features: as many as the store holds, and their properties."""
    crs, bounds, _ = around(service, "KoreaCentral5186Quad")
    uri = f"url='{service.url}' typename='{id}' pageSize='20' maxNumFeatures='1000000'"
    _, about = drawn("vector", "OAPIF", uri, crs=crs, bounds=bounds)
    assert about["features"] == count
    one = features.collection(service.city, id)
    assert {each.name for each in one.properties} <= set(about["fields"])


def test_vector_tiles(service, square, drawn):
    """The square lies on its pixels: its middle is the survey point, and it is as wide as it is."""
    crs, bounds, place = around(service, "WebMercatorQuad")
    uri = f"type=xyz&zmin=0&zmax=18&url={service.url}collections/square/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"
    picture, _ = drawn("vectortile", "", uri, crs=crs, bounds=bounds)
    rows, cols = np.nonzero(picture.max(0) > 0)
    assert (cols.mean() + 0.5, rows.mean() + 0.5) == pytest.approx(place, abs=1.0)
    assert np.ptp(cols) == pytest.approx(40 / 0.597164 / np.cos(np.radians(37.9)), rel=0.05)
