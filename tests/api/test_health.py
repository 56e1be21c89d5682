"""Whether the service is alive and can serve: a damaged survey is named, and the others serve on."""

import shutil
from datetime import date

import numpy as np
import pytest
import rasterio
from affine import Affine
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from geo.database import open_city
from geo.orthophoto import store

TILE = "/tiles/{}/KoreaCentral5186Quad/12/1664/3253"


@pytest.fixture
def city(tmp_path):
    """A city with two surveys of one drawn sheet, which fills the tile asked for."""
    sheet = tmp_path / "a.tif"
    ground = np.random.default_rng(0).integers(90, 130, (3, 512, 512), np.uint8)
    with rasterio.open(sheet, "w", driver="GTiff", width=512, height=512, count=3, dtype="uint8", crs="EPSG:5186",
                       transform=Affine(0.5, 0, 182_992.0, 0, -0.5, 583_616.0)) as out:  # fmt: skip
        out.write(ground)
    held = open_city(tmp_path / "data", create=True)
    for id, day in (("old", 1), ("new", 2)):
        store.ingest(held, [sheet], survey=id, captured_on=date(2024, 5, day))
    return held


@pytest.fixture
def client(city):
    return TestClient(create_app(Settings(data=city.folder)), raise_server_exceptions=False)


def cut(city, id):
    for file in store.survey(city, id).files.values():
        with file.open("r+b") as out:
            out.truncate(1000)


def test_alive(client):
    assert client.get("/health/live").json() == {"status": "ok"}


def test_all_is_well(client):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.parametrize("served_before", [True, False], ids=["while it is served", "before it is served"])
def test_a_truncated_pyramid_is_named_and_the_others_serve_on(city, client, served_before):
    if served_before:
        assert client.get(TILE.format("old")).status_code == 200
    whole = client.get(TILE.format("new"))
    assert whole.status_code == 200
    cut(city, "old")
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert [reason for reason in answer.json()["reasons"] if reason.startswith("survey old: ")] != []
    assert not any("survey new" in reason for reason in answer.json()["reasons"])
    refused = client.get(TILE.format("old"))
    assert refused.status_code == 503
    assert str(city.folder) not in refused.text
    assert client.get(TILE.format("new")).content == whole.content


def test_nothing_left_to_serve(city, client):
    cut(city, "old")
    shutil.rmtree(store.survey(city, "new").files["WebMercatorQuad"].parent)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert len([reason for reason in answer.json()["reasons"] if reason.startswith("survey ")]) == 2
