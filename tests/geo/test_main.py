"""The command as a person runs it: what it prints, and with which code it leaves."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from click.testing import CliRunner

from geo import boundaries, pages
from geo.__main__ import cli
from geo.crs import CITY


@pytest.fixture
def copy(town, tmp_path):
    """The sample city's registers, to be changed."""
    folder = tmp_path / "data"
    folder.mkdir()
    with town.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    for name in ("city.gpkg", "audit.key"):
        if (town.folder / name).exists():
            shutil.copy(town.folder / name, folder / name)
    return folder


def read(town):
    return gpd.read_file(town.folder / "sample" / "registry" / "parcels.shp", encoding="cp949")


def sheet(path, *, crs="EPSG:5186", left=184000.0, top=588000.0):
    pixels = np.random.default_rng(1).integers(0, 255, (3, 256, 256), dtype=np.uint8)
    with rasterio.open(
        path, "w", driver="GTiff", width=256, height=256, count=3, dtype="uint8", crs=crs,
        transform=Affine(0.5, 0, left, 0, -0.5, top),
    ) as file:  # fmt: skip
        file.write(pixels)
    return path


@pytest.fixture
def not_ingested(refused, copy):
    """An ingest that must be refused."""
    return lambda path: refused("ortho", "ingest", path, "--survey", "may", "--captured", "2026-05-01", data=copy)


def test_a_sheet_without_crs(tmp_path, not_ingested):
    says = not_ingested(sheet(tmp_path / "a.tif", crs=None))
    assert "a.tif" in says
    assert "--crs" in says


def test_a_truncated_tiff(tmp_path, not_ingested):
    path = sheet(tmp_path / "a.tif")
    path.write_bytes(path.read_bytes()[:-50_000])
    assert "a.tif" in not_ingested(path)


def test_a_sheet_of_another_city(tmp_path, not_ingested):
    says = not_ingested(sheet(tmp_path / "a.tif", left=200000.0, top=450000.0))
    assert "Paju" in says


def test_parcels_that_lie_255_m_off_pass_any_bounds_test(geo, refused, town, tmp_path, copy):
    """EPSG:2097 coordinates declared 5174: found by the ri that the PNUs name and by the parcels already held."""
    parcels = gpd.read_file(town.folder / "sample" / "registry" / "parcels.shp", encoding="cp949").sample(
        500, random_state=3
    )
    wrong = parcels.to_crs(2097).set_crs(5174, allow_override=True)
    wrong.to_file(tmp_path / "parcels.gpkg")
    assert wrong.to_crs(CITY).geometry.within(boundaries.city()).all()
    says = refused("registry", "import", "parcels", tmp_path / "parcels.gpkg", data=copy)
    assert "2097" in says
    says = refused("registry", "import", "parcels", tmp_path / "parcels.gpkg", data=tmp_path / "empty")
    assert "2097" in says
    right = parcels.to_crs(5174)
    right.to_file(tmp_path / "right.gpkg")
    assert geo("registry", "import", "parcels", tmp_path / "right.gpkg", data=copy).returncode == 0


def test_a_pnu_of_18_digits(refused, copy):
    says = refused("registry", "review", "414803602410100001", data=copy)
    assert "19" in says
    assert "18" in says


def test_an_address_in_a_village_that_is_not_there(refused, copy):
    """The plan writes 울곡리; the village is 율곡리. It is suggested and never put in by itself."""
    says = refused("registry", "review", "파평면 울곡리 100-1", data=copy)
    assert "울곡리" in says
    assert "율곡리" in says


def test_a_review_answers_by_pnu_address_point_and_file(geo, town, copy, tmp_path):
    place = json.loads((town.folder / "sample" / "truth" / "sites.json").read_text())[0]["pnu"]
    by_pnu = geo("registry", "review", place, "--as-of", "2026-11-20", "--json", data=copy)
    assert by_pnu.returncode == 0, by_pnu.stderr
    review = json.loads(by_pnu.stdout)
    assert review["site"]["pnus"] == [place]
    assert review["verdict"] in {"PASS", "PASS_WITH_SETBACK", "FAIL", "REVIEW", "NOT_APPLICABLE", "UNKNOWN_COVERAGE"}
    assert review["notice"] == "심사 보조이며 처분이 아님"
    same = geo("registry", "review", review["site"]["address"], "--as-of", "2026-11-20", "--json", data=copy)
    assert json.loads(same.stdout) == review
    ground = read(town).query("PNU == @place")
    inside = ground.geometry.iloc[0].representative_point()
    there = geo("registry", "review", f"{inside.x},{inside.y}", "--as-of", "2026-11-20", "--json", data=copy)
    assert json.loads(there.stdout)["site"]["pnus"] == [place]
    ground[["geometry"]].to_file(tmp_path / "site.gpkg")
    drawn = geo("registry", "review", tmp_path / "site.gpkg", "--as-of", "2026-11-20", "--json", data=copy)
    assert json.loads(drawn.stdout)["verdict"] == review["verdict"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",),
        ("ortho", "list", "--loud"),
        ("ortho", "remove", "1999"),
        ("change", "detect", "2024", "1999"),
        ("change", "detect", "2025", "2024"),
        ("change", "unpermitted", "1999"),
        ("change", "detect", "2024", "2025", "--area", "한양"),
        ("disaster", "status", "nowhere"),
        ("access", "add", "kim", "king"),
        ("map", "treasure", "out.html"),
        ("registry", "import", "castles", "x.gpkg"),
        ("registry", "import", "parcels", "absent.gpkg"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_refused_in_one_sentence(refused, copy, arguments):
    refused(*arguments, data=copy)


def test_a_folder_without_a_city(refused, tmp_path):
    assert "geo up" in refused("serve", data=tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_a_key_is_given_listed_and_taken_away(geo, refused, copy):
    given = json.loads(geo("access", "add", "kim", "reviewer", "--json", data=copy).stdout)
    assert given["key"].startswith("pj_")
    listed = geo("access", "list", "--json", data=copy).stdout
    assert given["key"] not in listed
    assert json.loads(listed)[0]["name"] == "kim"
    assert geo("access", "revoke", "kim", data=copy).returncode == 0
    assert "kim" in refused("access", "revoke", "kim", data=copy)


def test_a_map_of_the_town_in_one_file(geo, town, tmp_path):
    result = geo("map", "designated-roads", tmp_path / "map.html", "--one-file", data=town.folder)
    assert result.returncode == 0, result.stderr
    html = Path(tmp_path / "map.html").read_text(encoding="utf-8")
    assert 'src="http' not in html
    assert "합성" in html


def test_help_names_every_subject_and_imports_none():
    code = (
        "import sys; from click.testing import CliRunner; from geo.__main__ import cli; "
        "print(CliRunner().invoke(cli, ['--help']).output); "
        "assert not {'pandas', 'geopandas', 'folium', 'cv2', 'rasterio'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    for subject, words in (
        ("access", "Keys for people"),
        ("change", "Changes between two surveys"),
        ("disaster", "Natural disaster risk zones"),
        ("ortho", "Orthophoto surveys"),
        ("registry", "Parcels, designated roads"),
    ):
        assert re.search(rf"^ +{subject} +{words}", result.stdout, re.MULTILINE)


def test_a_subject_lists_its_own_commands_beside_those_that_join_subjects():
    listed = CliRunner().invoke(cli, ["change", "--help"]).output
    assert "detect" in listed  # joins subjects
    assert "export" in listed  # the subject's own


def test_the_command_names_the_maps_that_there_are():
    words = CliRunner().invoke(cli, ["map", "--help"]).output
    assert all(name in words for name in pages.PAGES)
