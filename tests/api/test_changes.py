"""One change over HTTP: its pictures, its verdicts, and who may give them."""

from datetime import date

import cv2
import geopandas as gpd
import numpy as np
import pytest
import rasterio
from shapely.geometry import MultiPolygon, box
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from geo import access
from geo.change import hidden
from geo.change.store import records
from geo.crs import CITY
from geo.database import note
from geo.orthophoto import store as orthophoto

LEFT, TOP = 190_464, 590_080
HOUSE = box(LEFT + 60, TOP - 80, LEFT + 70, TOP - 70)


@pytest.fixture
def served(city, at):
    """A synthetic city of one change, open to readers, and an officer's key."""
    note(city, "synthetic", "true")
    row = {
        "id": "2024-2025", "before": "2024", "after": "2025", "before_on": "2024-05-14", "after_on": "2025-05-14",
        "inputs": "x", "synthetic": True, "area_km2": 1.0, "residual_m": 0.05, "unaligned": 0.0,
    }  # fmt: skip
    table = {"change_id": ["p"], "class": "building_gained", "score": 0.9, "area_m2": 100.0, "aligned": True}
    records.save(city, row, gpd.GeoDataFrame(table, geometry=[MultiPolygon([HOUSE])], crs=CITY), hidden.none())
    key = access.add(city, "kim", "reviewer", at=at)
    return TestClient(create_app(Settings(data=city.folder))), {"Authorization": f"Bearer {key}"}


PLACE = "/change-runs/2024-2025/changes/1"


def test_a_verdict_needs_a_key_even_where_all_may_read(served):
    client, key = served
    told = {"verdict": "confirmed", "note": "무허가 창고"}
    assert client.get(PLACE).status_code == 200
    assert client.put(f"{PLACE}/verdict", json=told).status_code == 401
    answer = client.put(f"{PLACE}/verdict", json=told, headers=key)
    assert answer.status_code == 200
    assert answer.json() | {"verdict_at": ""} == {
        "run": "2024-2025", "n": 1, "verdict": "confirmed", "verdict_by": "kim", "verdict_at": "",
        "verdict_note": "무허가 창고",
    }  # fmt: skip
    client.put(f"{PLACE}/verdict", json={"verdict": "permitted"}, headers=key)
    feature = client.get(PLACE).json()
    assert feature["properties"]["verdict"] == "permitted"
    assert [v["verdict"] for v in feature["history"]] == ["permitted", "confirmed"]


def test_the_list_tells_how_precise_it_proved(served):
    client, key = served
    listed = client.get("/change-runs/2024-2025/changes").json()["reviewed"]
    assert (listed["listed"], listed["judged"], listed["precision"]) == (1, 0, None)
    client.put(f"{PLACE}/verdict", json={"verdict": "permitted"}, headers=key)
    every = client.get("/change-runs/2024-2025/changes").json()["reviewed"]
    alone = client.get("/change-runs/2024-2025/changes?unpermitted=true").json()["reviewed"]
    assert (every["judged"], every["permitted"], every["precision"], alone["precision"]) == (1, 1, 1.0, 0.0)


def test_the_chips_are_the_surveys_own_pixels(served, city, tmp_path):
    client, _ = served
    for n, id in enumerate(("2024", "2025")):
        coarse = np.random.default_rng(n).integers(0, 256, (32, 32, 3), np.uint8)
        pixels = np.moveaxis(cv2.resize(coarse, (512, 512), interpolation=cv2.INTER_CUBIC), 2, 0)
        profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "width": 512, "height": 512, "crs": "EPSG:5186"}
        with rasterio.open(
            tmp_path / f"{id}.tif", "w", transform=rasterio.Affine(0.5, 0, LEFT, 0, -0.5, TOP), **profile
        ) as f:
            f.write(pixels)
        orthophoto.ingest(city, [tmp_path / f"{id}.tif"], survey=id, captured_on=date(2024 + n, 5, 14))
    chips = client.get(PLACE).json()["chips"]
    for date_, id in (("before", "2024"), ("after", "2025")):
        png = np.frombuffer(client.get(f"/{chips[date_]}").content, np.uint8)
        seen = np.moveaxis(cv2.cvtColor(cv2.imdecode(png, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), 2, 0)
        with rasterio.open(tmp_path / f"{id}.tif") as sheet:
            held = sheet.read()[:, 100:200, 80:180]  # 20 m around the house
        assert seen.shape == held.shape
        assert np.abs(seen.astype(int) - held).mean() < 3  # the archive's JPEG; a pixel aside gives 7


@pytest.mark.parametrize(
    ("path", "body", "status", "parameter"),
    [
        (f"{PLACE}/verdict", {"verdict": "maybe"}, 422, "verdict"),
        (f"{PLACE}/verdict", {"verdict": "watch", "by": "lee"}, 400, "by"),
        ("/change-runs/2024-2025/changes/2/verdict", {"verdict": "watch"}, 404, "n"),
        ("/change-runs/none/changes/1/verdict", {"verdict": "watch"}, 404, "n"),
    ],
)
def test_what_cannot_be_judged_is_refused(served, path, body, status, parameter):
    client, key = served
    answer = client.put(path, json=body, headers=key)
    assert answer.status_code == status
    assert answer.json()["parameter"] == parameter
    assert client.get(PLACE).json()["history"] == []
