"""Eight writers and eight readers on a served city, on both stores: no update is lost, nobody hears but 409 or 412."""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from datetime import date, timedelta

import geopandas as gpd
import httpx2 as httpx
import pytest
import shapely

from geo import access, audit
from geo.crs import CITY
from geo.database import note
from geo.registry import store

X, Y = 184_000.0, 587_000.0
SECONDS = 8.0
ROADS = 3


@pytest.fixture
def served(either, tmp_path, at):
    city = either
    note(city, "synthetic", "true")
    numbers = [f"41480360241{100 + n:04d}0000" for n in range(9)]
    lots = [shapely.box(X + 40 * n, Y, X + 40 * n + 40, Y + 30) for n in range(9)]
    table = {"PNU": numbers, "JIBUN": [f"{100 + n}대" for n in range(9)], "AREA": 1200.0}
    gpd.GeoDataFrame(table, geometry=lots, crs=CITY).to_file(tmp_path / "p.gpkg", engine="pyogrio")
    row = {"legal_basis": "NAMOK", "status": "DESIGNATED", "valid_from": "2010-03-02", "width_m": 4.0, "area_m2": 480.0,
           "length_m": 1000.0}  # fmt: skip
    rows = [row | {"road_uid": f"r-{n}", "lead_pnu": numbers[3 * n]} for n in range(ROADS)]
    shapes = [shapely.box(X + 120 * n, Y - 4, X + 120 * n + 120, Y) for n in range(ROADS)]
    gpd.GeoDataFrame(rows, geometry=shapes, crs=CITY).to_file(tmp_path / "r.gpkg", engine="pyogrio")
    store.import_file(city, "parcels", tmp_path / "p.gpkg", at=at)
    store.import_file(city, "roads", tmp_path / "r.gpkg", at=at)
    key = access.add(city, "edi", "editor", at=at)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = city.engine.url
    store_named = {} if url.drivername == "sqlite" else {"GEO_DATABASE_URL": url.render_as_string(hide_password=False)}
    server = subprocess.Popen(
        [sys.executable, "-m", "geo", "serve", "--data", city.folder, "--port", str(port), "--workers", "2"],
        stderr=subprocess.PIPE, env=os.environ | store_named,
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            httpx.get(f"{base}/health/live")
            break
        except httpx.TransportError:
            time.sleep(0.1)
    yield city, base, key
    server.terminate()
    server.communicate(timeout=20)


class Worker(threading.Thread):
    def __init__(self, base, key, number, end):
        super().__init__()
        self.client = httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=30)
        self.number, self.end = number, end
        self.statuses = {}

    def ask(self, *words, **more):
        answer = self.client.request(*words, **more)
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        return answer


class Writer(Worker):
    def run(self):
        turn = self.number
        while time.monotonic() < self.end:
            turn += 1
            path = f"/designated-roads/r-{turn % ROADS}"
            read = self.ask("GET", path)
            held = read.json()
            body = {
                "reason": "측량 성과에 따른 변경",
                "effective_on": str(date.fromisoformat(held["valid_from"]) + timedelta(days=1)),
                "consents": {"required": 1, "obtained": 1}, "documents": [{"kind": "기타", "ref": "건축과-1"}],
                "values": {"width_m": 5.0 if held["width_m"] == 4.0 else 4.0, "length_m": held["length_m"] + 1},
            }  # fmt: skip
            self.ask("PATCH", path, json=body, headers={"If-Match": read.headers["etag"]})


class Reader(Worker):
    def run(self):
        turn = self.number
        while time.monotonic() < self.end:
            turn += 1
            path = f"/designated-roads/r-{turn % ROADS}"
            self.ask("GET", (path, f"{path}?as_of=2010-03-05", "/permit-review?pnu=4148036024101000000")[turn % 3])


def test_no_update_is_lost(served):
    city, base, key = served
    end = time.monotonic() + SECONDS
    writers = [Writer(base, key, n, end) for n in range(8)]
    readers = [Reader(base, key, n, end) for n in range(8)]
    for each in (*writers, *readers):
        each.start()
    for each in (*writers, *readers):
        each.join()
        each.client.close()
    heard = {}
    for each in (*writers, *readers):
        for status, count in each.statuses.items():
            heard[status] = heard.get(status, 0) + count
    assert set(heard) <= {200, 409, 412}, heard
    assert set().union(*(reader.statuses for reader in readers)) == {200}
    edits = sum(row["action"] == "registry.change_width" for row in audit.entries(city, month(city)))
    versions = sum(store.road(city, f"r-{n}")["version"] - 1 for n in range(ROADS))
    lengths = sum(store.road(city, f"r-{n}")["length_m"] - 1000 for n in range(ROADS))
    logging.getLogger(__name__).info("%g s: %d edits, answers %s", SECONDS, edits, heard)
    assert edits == versions == lengths > 0
    assert store.verify(city) == []


def month(city):
    return store.road(city, "r-0")["recorded_from"][:7]
