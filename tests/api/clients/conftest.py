"""A real server on a free port of this machine, with surveys on which a survey point is marked."""

import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date

import cv2
import httpx2
import numpy as np
import pytest
import rasterio
from affine import Affine

from geo import crs
from geo.database import open_city
from geo.orthophoto import store

LEFT, TOP, PX = 183_000.0, 583_500.0, 1200
COL, ROW = 601, 700  # of the mark's middle pixel
DAYS = {"2024": date(2024, 5, 14), "2026": date(2026, 4, 22)}
SHADE = {"2024": 40, "2026": 90}


def draw(folder, id):
    """Ground of one shade, with a mark of 3 x 3 white pixels round the survey point."""
    pixels = np.full((3, PX, PX), SHADE[id], np.uint8)
    pixels[:, ROW - 1 : ROW + 2, COL - 1 : COL + 2] = 255
    path = folder / f"{id}.tif"
    with rasterio.open(path, "w", driver="GTiff", width=PX, height=PX, count=3, dtype="uint8", crs="EPSG:5186",
                       transform=Affine(0.5, 0, LEFT, 0, -0.5, TOP)) as out:  # fmt: skip
        out.write(pixels)
    return path


@dataclass(frozen=True)
class Service:
    url: str
    """With a slash behind it."""
    city: object
    point: tuple[float, float] = (LEFT + (COL + 0.5) * 0.5, TOP - (ROW + 0.5) * 0.5)
    """The survey point, EPSG:5186."""
    days = DAYS
    shade = SHADE
    left, top = LEFT, TOP

    @property
    def web(self):
        return crs.move(*self.point, crs.CITY, crs.WEB)

    @property
    def lonlat(self):
        return crs.move(*self.point, crs.CITY, crs.LONLAT)


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("marked")
    city = open_city(folder / "data", create=True)
    for id, on in DAYS.items():
        store.ingest(city, [draw(folder, id)], survey=id, captured_on=on)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # a process of its own: GDAL waits for the answer with Python's lock in its hand
    process = subprocess.Popen([sys.executable, "-m", "geo", "serve", "--data", city.folder, "--port", str(port)])
    url = f"http://127.0.0.1:{port}/"
    try:
        wait(url + "health/live", process)
        yield Service(url, city)
    finally:
        process.terminate()
        process.wait(20)


def wait(url, process):
    end = time.monotonic() + 60
    while True:
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < end, "the server did not start"
        try:
            if httpx2.get(url).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.2)


@pytest.fixture
def middle_of_light():
    """Column and row, in pixels from the corner, of the middle of what is brighter than the ground round it."""

    def find(pixels):
        light = pixels[:3].astype(float).mean(0)
        light -= np.median(light)
        light[light < light.max() / 4] = 0
        moments = cv2.moments(light)
        return moments["m10"] / moments["m00"] + 0.5, moments["m01"] / moments["m00"] + 0.5

    return find
