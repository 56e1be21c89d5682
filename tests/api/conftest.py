import asyncio
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import geopandas as gpd
import pytest
import uvicorn
from shapely import MultiPolygon, box
from starlette.testclient import TestClient

from api.app import create_app
from api.headers import CSP
from api.settings import Settings
from geo import access
from geo.change import hidden
from geo.change.store import records
from geo.crs import CITY
from geo.database import City, open_city
from geo.orthophoto import store as orthophoto


@pytest.fixture(scope="session")
def client(town):
    """The service as `geo up` runs it: a synthetic city on loopback, where everyone reads."""
    return TestClient(create_app(Settings(data=town.folder)), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def outside(town):
    """The same service as others would reach it: nothing but what is public."""
    return TestClient(create_app(Settings(data=town.folder, host="0.0.0.0")), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def run_apart():
    """Run a coroutine in another thread: Playwright, once started, keeps a loop running in the main one."""
    with ThreadPoolExecutor(1) as thread:
        yield lambda coroutine: thread.submit(asyncio.run, coroutine).result()


@contextmanager
def serving(folder):
    """Serve a city on a real socket, for browsers and other real clients; yields the address."""
    app = create_app(Settings(data=folder))
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="warning", access_log=False, lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    end = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < end
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def serving_of():
    return serving


@pytest.fixture(scope="session")
def service(town):
    """The address of the town's service."""
    with serving(town.folder) as address:
        yield address


@dataclass(frozen=True)
class Own:
    """A served city that may be changed, with two changes drawn into it, and an inspector's key."""

    city: City
    key: str
    address: str


@pytest.fixture
def own_service(town, tmp_path, at):
    city = open_city(shutil.copytree(town.folder, tmp_path / "data"))
    run = {name: value for name, value in records.run(city, "2025-2026").items() if name in records.RUNS.c}
    x, y = orthophoto.survey(city, "2026").footprint.representative_point().coords[0]
    found = {"change_id": ["road-1", "road-2"], "class": "road", "score": 0.9, "area_m2": 100.0, "aligned": True}
    shapes = [MultiPolygon([box(left, y, left + 10, y + 10)]) for left in (x, x + 30)]
    records.save(city, run, gpd.GeoDataFrame(found, geometry=shapes, crs=CITY), hidden.none())
    key = access.add(city, "kim", "reviewer", at=at)
    with serving(city.folder) as address:
        yield Own(city, key, address)


@pytest.fixture
def viewer(watched, service):
    """Opens the viewer at a permalink and waits until it is drawn and its address is written."""

    def go(fragment=""):
        watched.page.goto("about:blank")
        response = watched.page.goto(service + fragment)
        assert response.headers["content-security-policy"] == CSP
        watched.wait("window.__ready")
        watched.wait("location.hash.includes('tab=')")
        return watched.page

    return go
