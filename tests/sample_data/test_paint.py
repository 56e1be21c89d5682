"""The pictures: sheets join without a seam, and lie as far off their place as the survey says."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio

from sample_data import paint
from sample_data.axes import CORNER


def _read(folder: Path, year: int, name: str) -> np.ndarray:
    with rasterio.open(folder / str(year) / f"{name}.tif") as sheet:
        return sheet.read()


def test_neighbouring_sheets_join(drawn: Path, tmp_path: Path) -> None:
    (west,) = paint.sheets(0.2)
    halfway = paint.Sheet("halfway", west.left + 256, west.top)  # its west half is the east half of the first
    paint.draw(halfway, tmp_path)
    for year in (2024, 2025, 2026):
        a, b = _read(drawn / "orthophoto", year, west.name), _read(tmp_path, year, "halfway")
        off = np.abs(a[:, :, 512:].astype(int) - b[:, :, :512]).max(0)
        assert off.mean() < 0.02
        assert (off > 2).mean() < 5e-4  # pixels on slanted edges that OpenCV clips at the canvas


def test_all_sheets_tile_the_square() -> None:
    corners = {(sheet.left - CORNER[0], sheet.top - CORNER[1]) for sheet in paint.sheets(1.0)}
    assert corners == {(512.0 * col, 512.0 * (row + 1)) for col in range(5) for row in range(5)}
    assert [sheet.name for sheet in paint.sheets(0.2)] == ["yulgok_11"]
    assert len(paint.sheets(0.4)) == 4


@pytest.mark.parametrize(("year", "east", "south"), [(2025, 0.5, 0.0), (2026, 0.3, -0.4)])
def test_the_ground_lies_off_its_place(drawn: Path, year: int, east: float, south: float) -> None:
    grey = [
        cv2.cvtColor(np.moveaxis(_read(drawn / "orthophoto", y, "yulgok_11"), 0, 2), cv2.COLOR_RGB2GRAY)
        for y in (2024, year)
    ]
    edges = [cv2.Laplacian(g.astype(np.float32), cv2.CV_32F) for g in grey]
    (x, y), _ = cv2.phaseCorrelate(edges[0], edges[1], cv2.createHanningWindow((1024, 1024), cv2.CV_32F))
    assert x == pytest.approx(east, abs=0.45)
    assert y == pytest.approx(south, abs=0.45)
