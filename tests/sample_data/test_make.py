"""What is drawn: equal bytes on every run, the files of the contract, and all of it says that it is synthetic."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from geo import boundaries
from sample_data.axes import CORNER, SQUARE
from sample_data.write import geopackage

REGISTERS = ("roads", "permits", "zoning", "coverage")


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_another_process_draws_the_same_bytes(drawn: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sample_data.make", str(tmp_path), "--scale", "0.2"]
    root = Path(__file__).parents[2]
    subprocess.run(command, check=True, cwd=root, env=os.environ | {"PYTHONHASHSEED": "7"}, capture_output=True)
    again = _digests(tmp_path)
    assert len(again) == 3 + 4 + len(REGISTERS) + 1 + 1 + 2  # sheets, shapefile, registers, zone, terrain, truth
    assert again == _digests(drawn)


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_a_sheet_is_as_delivered_and_says_it_is_synthetic(drawn: Path, year: int) -> None:
    (path,) = (drawn / "orthophoto" / str(year)).glob("*.tif")
    with rasterio.open(path) as sheet:
        assert (sheet.width, sheet.height, sheet.count, sheet.crs.to_epsg()) == (1024, 1024, 3, 5186)
        assert sheet.bounds[:2] == CORNER
        assert sheet.bounds[2:] == (CORNER[0] + 512, CORNER[1] + 512)
        assert not sheet.profile["tiled"]
        assert sheet.compression is None
        assert sheet.tags()["TIFFTAG_IMAGEDESCRIPTION"] == "SYNTHETIC, not Paju"
        assert sheet.tags()["synthetic"] == "true"
        assert sheet.tags()["TIFFTAG_DATETIME"].startswith(str(year))
        assert sheet.read().std() > 20


def test_the_seasons_differ_and_the_sun_moves(drawn: Path) -> None:
    pictures = []
    for year in (2024, 2025, 2026):
        with rasterio.open(drawn / "orthophoto" / str(year) / "yulgok_11.tif") as sheet:
            pictures.append(sheet.read().astype(float))
    greenness = [float((2 * p[1] - p[0] - p[2]).mean()) for p in pictures]
    assert greenness[2] < min(greenness[:2]) - 5  # April is the brown one
    assert np.abs(pictures[0] - pictures[1]).mean() > 8


def test_registers_say_they_are_synthetic(drawn: Path) -> None:
    parcels = gpd.read_file(drawn / "registry" / "parcels.shp", encoding="CP949")
    assert not (drawn / "registry" / "parcels.cpg").exists()
    assert (parcels["SYNTHETIC"] == "Y").all()
    assert parcels["JIBUN"].str.contains("대").any()
    for name in REGISTERS:
        assert gpd.read_file(drawn / "registry" / f"{name}.gpkg")["synthetic"].all()


def test_the_terrain_says_it_is_synthetic_and_keeps_the_polder_low(drawn: Path) -> None:
    zone = shapely.from_geojson(json.dumps(_document(drawn)["zones"][0]["geometry"]))
    with rasterio.open(drawn / "terrain" / "synthetic_dem_2m.tif") as terrain:
        assert terrain.tags()["dem_is_synthetic"] == "true"
        assert terrain.res == (2.0, 2.0)
        assert shapely.box(*terrain.bounds).equals(SQUARE)
        heights = terrain.read(1)
        inside = rasterio.features.geometry_mask([zone], heights.shape, terrain.transform, invert=True)
    assert np.median(heights[inside]) < 12.5
    assert np.percentile(heights, 95) > 40


def _document(folder: Path) -> dict:
    return json.loads((folder / "disaster" / "yulgok.json").read_text(encoding="utf-8"))


def test_the_zone_has_the_area_of_the_notice_and_its_works_their_length(drawn: Path) -> None:
    document = _document(drawn)
    rows = {row["id"]: row for section in ("zones", "facilities", "works") for row in document[section]}
    shapes = {id: shapely.from_geojson(json.dumps(row["geometry"])) for id, row in rows.items()}
    assert all(row["geometry_quality"] == "synthetic" and row["synthetic"] for row in rows.values())
    zone = shapes["yulgok"]
    assert zone.area == pytest.approx(279_794, rel=0.005)
    assert shapes["retention_basin"].area == pytest.approx(40_245, abs=1)
    assert zone.contains(shapes["retention_basin"])
    assert shapes["u_channel"].length == pytest.approx(128, abs=0.01)
    assert shapes["levee"].length == pytest.approx(666, abs=0.1)
    assert len(shapes["catch_basins"].geoms) == 8
    assert len(shapes["structures"].geoms) == 2
    assert boundaries.city().contains(zone)


def test_a_geopackage_holds_no_clock(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(0, 0)], crs=5186)
    geopackage(frame, tmp_path / "a.gpkg", "a")
    assert b"2026-06-30T00:00:00" in (tmp_path / "a.gpkg").read_bytes()
