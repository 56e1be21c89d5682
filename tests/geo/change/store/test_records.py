"""Changes in the database: filters, verdicts that stay, files out."""

import sqlite3
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import MultiPolygon, box
from sqlalchemy import create_engine, select

from geo.change import hidden
from geo.change.store import records, verdicts
from geo.crs import CITY
from geo.database import City, open_city, read
from geo.errors import BadInput, NotFound

X, Y = 190_000, 590_000
ROW = {
    "id": "2024-2025", "before": "2024", "after": "2025", "before_on": "2024-05-14", "after_on": "2025-09-28",
    "inputs": "x", "synthetic": True, "area_km2": 1.0, "residual_m": 0.05, "unaligned": 0.0,
}  # fmt: skip

CLOUD = gpd.GeoDataFrame(
    {"kind": ["cloud", "shadow"], "at": ["after", "before"]},
    geometry=[MultiPolygon([box(X, Y, X + side, Y + 20)]) for side in (40, 10)],
    crs=CITY,
)


@pytest.fixture
def found():
    shapes = [box(X, Y, X + 10, Y + 10), box(X + 100, Y, X + 120, Y + 10), box(X, Y + 500, X + 30, Y + 520)]
    table = {
        "change_id": ["a", "b", "c"],
        "class": ["building_gained", "earthwork", "building_gained"],
        "score": [0.9, 0.7, 0.6],
        "area_m2": [100.0, 200.0, 600.0],
        "aligned": [True, True, False],
    }
    return gpd.GeoDataFrame(table, geometry=[MultiPolygon([s]) for s in shapes], crs=CITY)


@pytest.fixture
def city(tmp_path, found):
    city = open_city(tmp_path / "data", create=True)
    records.save(city, ROW, found, CLOUD)
    return city


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({}, ["a", "b", "c"]),
        ({"classes": ["building_gained"]}, ["a", "c"]),
        ({"min_score": 0.7}, ["a", "b"]),
        ({"bbox": (X + 90, Y, X + 200, Y + 5)}, ["b"]),
        ({"classes": ["road"]}, []),
    ],
)
def test_filters(city, wanted, ids):
    assert records.changes(city, "2024-2025", **wanted)["change_id"].tolist() == ids


def test_unknown_names_are_refused(city):
    with pytest.raises(NotFound, match=r"2030-2031.*there are: 2024-2025"):
        records.changes(city, "2030-2031")
    with pytest.raises(BadInput, match="'house'"):
        records.changes(city, "2024-2025", classes=["house"])


def test_runs_tell_their_counts(city):
    (run,) = records.runs(city)
    assert run["counts"] == {"building_gained": 2, "earthwork": 1}
    assert records.run(city, "2024-2025") == run


def test_what_was_hidden_is_kept_with_its_run(city, found):
    assert records.run(city, "2024-2025")["hidden_m2"] == 800  # the shadow lies within what the cloud hid later
    assert_geodataframe_equal(records.hidden(city, "2024-2025"), CLOUD)
    records.save(city, ROW, found, hidden.none())
    assert records.hidden(city, "2024-2025").empty
    assert records.run(city, "2024-2025")["hidden_m2"] == 0
    with pytest.raises(NotFound, match="2030-2031"):
        records.hidden(city, "2030-2031")


def test_a_run_of_an_earlier_version_does_not_say_what_was_hidden(tmp_path, found):
    old = open_city(tmp_path / "old", create=True)
    records.save(old, ROW, found, CLOUD)
    with sqlite3.connect(old.folder / "city.gpkg") as database:
        database.execute("ALTER TABLE change_runs DROP COLUMN hidden_m2")
        database.execute("DROP TABLE change_hidden")
        database.execute("DELETE FROM gpkg_contents WHERE table_name = 'change_hidden'")
        database.execute("DELETE FROM gpkg_geometry_columns WHERE table_name = 'change_hidden'")
        database.execute("DELETE FROM gpkg_extensions WHERE table_name = 'change_hidden'")
        database.execute("DROP TABLE rtree_change_hidden_geom")
    again = City(old.folder, create_engine(f"sqlite:///{old.folder / 'city.gpkg'}"))
    assert records.run(again, "2024-2025")["hidden_m2"] is None
    assert records.hidden(again, "2024-2025").empty


def test_changes_touching_a_site_by_a_day(city):
    site = box(X + 5, Y, X + 105, Y + 5)
    assert [c["change_id"] for c in records.touching(city, site, date(2025, 9, 28))] == ["a", "b"]
    assert records.touching(city, site, date(2025, 9, 27)) == []
    assert records.touching(city, box(X + 10, Y, X + 20, Y + 5), date(2026, 1, 1)) == []  # touches the edge alone
    (one,) = records.touching(city, box(X, Y, X + 1, Y + 1), date(2026, 1, 1))
    assert (one["run"], one["n"], one["label"], one["area_m2"]) == ("2024-2025", 1, "건물 신축", 100.0)


def test_saving_again_replaces_and_keeps_verdicts(city, found, at):
    verdicts.judge(city, "2024-2025", 2, "confirmed", note=None, officer="kim", at=at)
    records.save(city, ROW | {"inputs": "y"}, found.iloc[1:], hidden.none())
    again = records.changes(city, "2024-2025")
    assert again["change_id"].tolist() == ["b", "c"]
    assert again["n"].tolist() == [1, 2]
    assert again["verdict"].fillna("").tolist() == ["confirmed", ""]
    assert records.run(city, "2024-2025")["inputs"] == "y"


def test_a_run_without_changes(city, found):
    records.save(city, ROW | {"id": "2025-2026"}, found.iloc[:0], hidden.none())
    assert records.changes(city, "2025-2026").empty


def test_a_fault_on_the_way_leaves_what_was(city, found):
    broken = pd.concat([found, found.iloc[:1]])  # an id twice
    with pytest.raises(Exception, match="UNIQUE"):
        records.save(city, ROW, broken, CLOUD)
    with read(city, records.CHANGES) as connection:
        assert len(connection.execute(select(records.CHANGES.c.n)).all()) == 3


@pytest.mark.parametrize("ending", [".gpkg", ".parquet", ".fgb", ".geojson"])
def test_exports_come_back_the_same(city, tmp_path, ending):
    path = records.export(city, "2024-2025", tmp_path / f"out{ending}")
    back = (gpd.read_parquet(path) if ending == ".parquet" else gpd.read_file(path)).to_crs(CITY)
    back = back.sort_values("n").reset_index(drop=True)
    kept = records.changes(city, "2024-2025")
    names = ["n", "change_id", "class", "score", "area_m2", "before", "after"]
    assert back["label"].tolist() == ["건물 신축", "토공(절·성토)", "건물 신축"]
    assert back[["change_id", "class"]].to_dict() == kept[["change_id", "class"]].to_dict()
    assert set(names) <= set(back.columns)
    assert back.geometry.distance(kept.geometry).max() < 0.01
    assert back.area.tolist() == pytest.approx(kept.area.tolist(), rel=1e-3)
    if ending == ".parquet":
        assert_geodataframe_equal(back[[*names, "geometry"]], kept[[*names, "geometry"]], check_dtype=False)


def test_geojson_is_in_degrees_without_a_crs_member(city, tmp_path):
    text = records.export(city, "2024-2025", tmp_path / "out.geojson").read_text(encoding="utf-8")
    assert '"crs"' not in text
    assert gpd.read_file(tmp_path / "out.geojson").total_bounds[0] == pytest.approx(126.88, abs=0.05)


def test_an_ending_it_does_not_know_is_refused(city, tmp_path):
    with pytest.raises(BadInput, match=r"out\.shp.*\.gpkg"):
        records.export(city, "2024-2025", tmp_path / "out.shp")
    assert not list(tmp_path.glob("out*"))
