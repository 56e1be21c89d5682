"""Sheets drawn inside the city, and one small survey published from them."""

from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine

from geo.database import open_city
from geo.orthophoto import store

LEFT, TOP = 183_040.5, 583_424.0
CELL = 0.5
PX = 300


def draw_texture(height, width, bands=3, seed=0):
    """Smooth ground, as photographs are: JPEG keeps it well."""
    rng = np.random.default_rng(seed)
    ground = np.full((height, width, bands), 110, np.float32)
    for step, strength in ((8, 8), (32, 20), (128, 25)):
        knots = rng.normal(0, strength, (height // step + 2, width // step + 2, bands)).astype(np.float32)
        ground += cv2.resize(knots, (width, height), interpolation=cv2.INTER_CUBIC).reshape(height, width, bands)
    return ground.clip(0, 255).astype(np.uint8).transpose(2, 0, 1)


def write_sheet(path, pixels, *, left=LEFT, top=TOP, cell=CELL, crs="EPSG:5186", tags=None, **profile):
    path.parent.mkdir(parents=True, exist_ok=True)
    bands, height, width = pixels.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=bands, dtype=pixels.dtype, crs=crs,
        transform=Affine(cell, 0, left, 0, -cell, top), **profile,
    ) as sheet:  # fmt: skip
        sheet.write(pixels)
        sheet.update_tags(**(tags or {}))
    return path


def psnr(a, b):
    error = np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2)
    return 10 * np.log10(255**2 / max(error, 1e-9))


def decode_picture(body):
    """Bands of an encoded image, red first, as OpenCV decodes it."""
    pixels = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_UNCHANGED)
    order = [2, 1, 0, 3] if pixels.shape[2] == 4 else [2, 1, 0]
    return pixels.transpose(2, 0, 1)[order]


@pytest.fixture(scope="session")
def picture():
    return decode_picture


@pytest.fixture(scope="session")
def texture():
    return draw_texture


@pytest.fixture(scope="session")
def write():
    return write_sheet


@pytest.fixture(scope="session")
def likeness():
    return psnr


class Published:
    """Three sheets of a square of four, in an L: the north-east corner shows nothing."""

    left, top, cell, px = LEFT, TOP, CELL, PX

    def __init__(self, folder: Path) -> None:
        self.pixels = draw_texture(2 * PX, 2 * PX)
        self.valid = np.ones((2 * PX, 2 * PX), bool)
        self.valid[:PX, PX:] = False
        self.sheets = []
        for row, col in ((0, 0), (1, 0), (1, 1)):
            part = self.pixels[:, row * PX : (row + 1) * PX, col * PX : (col + 1) * PX]
            place = {"left": LEFT + col * PX * CELL, "top": TOP - row * PX * CELL}
            self.sheets.append(write_sheet(folder / f"sheet_{row}{col}.tif", part, **place))
        self.city = open_city(folder / "data", create=True)
        self.survey = store.ingest(self.city, self.sheets, survey="2024", captured_on=date(2024, 5, 14))
        self.reader = store.reader(self.city, "2024")


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    return Published(tmp_path_factory.mktemp("published"))
