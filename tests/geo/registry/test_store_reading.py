"""A site and what surrounds it, as of a day, on both stores; the answers are drawn, so known by hand."""

import re
import subprocess
import sys
from datetime import date

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from sqlalchemy import delete

from geo.crs import CITY, LONLAT
from geo.database import write
from geo.errors import BadFile, BadInput, Gone, NotFound
from geo.registry import store
from geo.registry.store.tables import HISTORY, PARCELS

X, Y = 184_000.0, 587_000.0  # in 율곡리
DAY = date(2024, 6, 1)


def pnu(n):
    return f"41480360241{100 + n:04d}0000"


@pytest.fixture
def town(either, at, tmp_path):
    """Four lots of 20 x 30 m in a row, the road 102 (지목 도) below them, three roads, two permits, two zones."""
    boxes = [shapely.box(X + 20 * n, Y, X + 20 * n + 20, Y + 30) for n in range(4)] + [shapely.box(X, Y - 6, X + 80, Y)]
    numbers = [pnu(n) for n in (0, 1, 2, 3, 9)]
    areas = [601.0, 599.0, None, 600.0, 480.0]
    jibun = ["100대", "101대", "102전", "103임", "109도"]
    parcels = gpd.GeoDataFrame({"PNU": numbers, "JIBUN": jibun, "AREA": areas}, geometry=boxes, crs=CITY)
    roads = gpd.GeoDataFrame(
        {
            "road_uid": ["open", "ended", "later", "gone", "far"],
            "legal_basis": ["NAMOK", "NAMOK", "GAMOK", "NAMOK", "NAMOK"],
            "status": ["DESIGNATED", "ABOLISHED", "PLANNED", "ABOLISHED", "DESIGNATED"],
            "valid_from": ["2010-01-01", "2010-01-01", "2024-06-02", "2010-01-01", "2010-01-01"],
            "valid_to": [None, "2024-06-01", None, None, None],
        },
        geometry=[shapely.box(X, Y - d - 4, X + 80, Y - d) for d in (0, 5, 10, 29.99, 30.01)],
        crs=CITY,
    )
    permits = gpd.GeoDataFrame(
        {
            "permit_id": ["early", "late", "undated"],
            "kind": "건축허가",
            "state": "허가",
            "applied_on": ["2024-06-01", "2024-06-02", None],
            "main_pnu": [pnu(0), pnu(0), pnu(1)],
            "pnus": [f"{pnu(0)};{pnu(1)}", None, pnu(1)],
        },
        geometry=[shapely.Point(X + 10, Y + 10), shapely.Point(X + 10, Y + 10), shapely.Point(X + 30, Y + 10)],
        crs=CITY,
    )
    zoning = gpd.GeoDataFrame(
        {
            "kind": "용도지역",
            "name": ["자연녹지지역", "계획관리지역", "농림지역"],
            "valid_from": ["2000-01-01", "2000-01-01", None],
            "valid_to": [None, "2024-06-01", "2024-06-02"],
        },
        geometry=[shapely.box(X - 300, Y - 300, X + 20, Y + 300), shapely.box(X - 300, Y - 300, X + 20, Y + 300),
                  shapely.box(X + 20, Y - 300, X + 300, Y + 300)],
        crs=CITY,
    )  # fmt: skip
    coverage = gpd.GeoDataFrame(
        {"legal_basis": ["NAMOK"], "complete_as_of": ["2024-01-01"]},
        geometry=[shapely.box(X - 300, Y - 300, X + 300, Y + 300)],
        crs=CITY,
    )
    tables = {"parcels": parcels, "roads": roads, "permits": permits, "zoning": zoning, "coverage": coverage}
    for kind, frame in tables.items():
        frame.to_file(tmp_path / f"{kind}.gpkg", engine="pyogrio")
        store.import_file(either, kind, tmp_path / f"{kind}.gpkg", at=at)
    return either


def test_a_site_of_one_parcel(town):
    site = store.site(town, pnus=[pnu(0)])
    assert (site.pnus, site.address, site.emd, site.emd_type) == ((pnu(0),), "파평면 율곡리 100", "파평면", "면")
    assert site.area_m2 == 601.0, "by the register, not the 600 of the geometry"
    assert site.geometry.equals(shapely.box(X, Y, X + 20, Y + 30))
    assert site.geometry.geom_type == "Polygon"
    assert [row["pnu"] for row in site.streets] == [pnu(9)]
    assert site.accuracy_m is None
    assert site.parcels[0]["jimok"] == "대"
    assert (site.parcels[0]["source"], site.parcels[0]["imported_on"]) == ("parcels.gpkg", "2026-04-30")


def test_a_site_of_several_parcels_has_no_seams(town):
    site = store.site(town, pnus=[pnu(2), pnu(1), pnu(2)])
    assert site.pnus == (pnu(2), pnu(1)), "in the order given: the first is the main one"
    assert site.address == "파평면 율곡리 102 외 1필지"
    assert site.area_m2 == pytest.approx(599 + 600), "the geometry's area where the register has none"
    assert site.geometry.symmetric_difference(shapely.box(X + 20, Y, X + 60, Y + 30)).area < 1e-6
    assert len(site.geometry.interiors) == 0
    assert [row["pnu"] for row in site.parcels] == [pnu(2), pnu(1)]


def test_a_site_of_parcels_apart_has_two_parts(town):
    assert store.site(town, pnus=[pnu(0), pnu(3)]).geometry.geom_type == "MultiPolygon"


def test_a_site_by_address_by_point_and_by_polygon(town):
    assert store.site(town, address="경기도 파주시 파평면 율곡리 101번지").pnus == (pnu(1),)
    assert store.site(town, point=(X + 25, Y + 5)).pnus == (pnu(1),)
    assert store.site(town, point=(X + 20, Y + 5)).pnus == (pnu(0),), "on an edge: the lower number"
    drawn = shapely.box(X + 10, Y + 10, X + 40, Y + 20)
    site = store.site(town, polygon=drawn)
    assert site.pnus == (pnu(0), pnu(1)), "102 is touched only along its edge"
    assert (site.area_m2, site.geometry) == (300.0, drawn)


NOWHERE = [
    ({"pnus": [pnu(0)[:18]]}, BadInput, "18 digits, expected 19", "18자리"),
    ({"pnus": []}, BadInput, "no PNU given", "PNU가 없습니다"),
    ({"pnus": [pnu(0), pnu(7)]}, NotFound, "not in the register", "107.*필지가 대장에 없습니다"),
    ({"address": "파평면 율곡리 9999"}, NotFound, "not in the register", "대장에 없습니다"),
    ({"address": "파평면 울곡리 100"}, NotFound, "율곡리", "율곡리"),
    ({"point": (X, Y + 500)}, NotFound, "no parcel at", "필지가 없습니다"),
    ({"point": (float("nan"), Y)}, BadInput, "not finite", "올바르지 않습니다"),
    ({"polygon": shapely.box(X, Y + 500, X + 9, Y + 600)}, NotFound, "no parcel lies under", "필지가 없습니다"),
    ({"polygon": shapely.Point(X, Y)}, BadInput, "no valid polygon", "다각형이 아닙니다"),
    ({"polygon": shapely.from_wkt(f"POLYGON (({X} {Y}, {X + 9} {Y + 9}, {X + 9} {Y}, {X} {Y + 9}, {X} {Y}))")},
     BadInput, "Self-intersection", "다각형이 아닙니다"),
]  # fmt: skip


def test_a_site_that_is_not_there(town):
    for named, error, sentence, korean in NOWHERE:
        with pytest.raises(error, match=sentence) as refusal:
            store.site(town, **named)
        assert re.search(korean, refusal.value.korean), named
        assert refusal.value.parameter in ("pnu", "address", "point", "geometry")
    for named in ({}, {"point": (X, Y), "address": "율곡리 100"}):
        with pytest.raises(BadInput, match="name the site once"):
            store.site(town, **named)


def test_a_retired_parcel_is_told_from_an_unknown_one(town, at):
    with write(town, PARCELS, HISTORY["parcels"]) as connection:
        names = [c.name for c in PARCELS.columns if c.name != "fid"]
        row = connection.execute(PARCELS.select().where(PARCELS.c.pnu == pnu(3))).mappings().one()
        connection.execute(
            HISTORY["parcels"].insert().values({n: row[n] for n in names} | {"recorded_to": at.isoformat()})
        )
        connection.execute(delete(PARCELS).where(PARCELS.c.pnu == pnu(3)))
    with pytest.raises(Gone, match="has been retired"):
        store.site(town, pnus=[pnu(3)])


def test_roads_near_with_whether_they_are_in_force(town):
    ground = store.site(town, pnus=[pnu(0)]).geometry
    found = store.roads_near(town, ground, DAY).set_index("road_uid")
    assert found["in_force"].to_dict() == {"open": True, "ended": False, "later": False, "gone": False}
    before = store.roads_near(town, ground, date(2024, 5, 31)).set_index("road_uid")
    assert before.loc["ended", "in_force"], "the day before its end: valid_to is exclusive"
    assert store.roads_near(town, ground, date(2024, 6, 2)).set_index("road_uid").loc["later", "in_force"]
    assert not store.roads_near(town, ground, date(2009, 12, 31))["in_force"].any()
    assert found.crs == CITY
    assert set(found["source"]) == {"roads.gpkg"}


def test_permits_by_any_parcel_of_their_site_as_of_a_day(town):
    assert set(store.permits_of(town, [pnu(1)], DAY)["permit_id"]) == {"early", "undated"}
    assert set(store.permits_of(town, [pnu(0)], DAY)["permit_id"]) == {"early"}
    assert set(store.permits_of(town, [pnu(0)], date(2024, 6, 2))["permit_id"]) == {"early", "late"}
    assert store.permits_of(town, [pnu(2)], DAY).empty
    assert store.permits_of(town, [], DAY).empty
    assert len(store.permits(town)) == 3


def test_zones_and_coverage(town):
    ground = store.site(town, pnus=[pnu(0)]).geometry
    assert store.zoning_at(town, ground, DAY)["name"].tolist() == ["자연녹지지역"], "농림지역 only touches its edge"
    assert set(store.zoning_at(town, ground, date(2024, 5, 31))["name"]) == {"자연녹지지역", "계획관리지역"}
    both = store.site(town, pnus=[pnu(0), pnu(1)]).geometry
    assert set(store.zoning_at(town, both, DAY)["name"]) == {"자연녹지지역", "농림지역"}
    here = store.coverage_at(town, ground)
    assert here["legal_basis"].tolist() == ["NAMOK"]
    assert here["source"].tolist() == ["coverage.gpkg"], "the file, where nobody else is named"
    assert store.coverage_at(town, shapely.Point(X + 5000, Y)).empty


def test_parcels_under_changes(town):
    changes = gpd.GeoDataFrame(
        geometry=[shapely.Point(X + 5, Y + 5), shapely.box(X + 41, Y + 1, X + 59, Y + 9)], crs=CITY
    )
    assert set(store.parcels_at(town, changes)["pnu"]) == {pnu(0), pnu(2)}
    assert store.parcels_at(town, changes.iloc[:0]).empty


def test_an_empty_city_answers_empty(either):
    ground = shapely.box(X, Y, X + 1, Y + 1)
    for found in (store.roads_near(either, ground, DAY), store.zoning_at(either, ground, DAY), store.permits(either)):
        assert found.empty
        assert found.crs == CITY
    assert store.sources(either).empty
    assert store.verify(either) == []


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet", "fgb"])
def test_what_goes_out_comes_in_again_unchanged(town, tmp_path, at, ending):
    for kind in ("parcels", "roads", "permits", "zoning", "coverage"):
        file = tmp_path / f"{kind}-out.{ending}"
        rows = store.export(town, kind, file)
        assert rows == len(store.everything(town, kind))
        read = gpd.read_parquet(file) if ending == "parquet" else pyogrio.read_dataframe(file)
        assert read.crs == (LONLAT if ending == "geojson" else CITY)
        assert len(read) == rows
        if ending != "fgb":
            assert store.import_file(town, kind, file, at=at).unchanged == rows, kind


def test_export_is_refused_for_other_endings_and_places(town, tmp_path):
    with pytest.raises(BadInput, match=r"out\.csv: export to \.gpkg"):
        store.export(town, "parcels", tmp_path / "out.csv")
    with pytest.raises(NotFound, match="no folder"):
        store.export(town, "parcels", tmp_path / "nowhere" / "out.gpkg")
    assert not list(tmp_path.glob(".export-*"))


def test_a_site_drawn_in_a_file(tmp_path):
    drawn = gpd.GeoDataFrame(
        geometry=[shapely.box(X, Y, X + 30, Y + 30), shapely.box(X + 30, Y, X + 40, Y + 30)], crs=CITY
    )
    drawn.to_file(tmp_path / "site.geojson", engine="pyogrio")
    drawn.to_crs(LONLAT).to_file(tmp_path / "lonlat.geojson", engine="pyogrio")
    for name in ("site.geojson", "lonlat.geojson"):
        assert store.polygon(tmp_path / name).symmetric_difference(shapely.box(X, Y, X + 40, Y + 30)).area < 0.1
    drawn.set_crs(5179, allow_override=True).to_file(tmp_path / "away.gpkg", engine="pyogrio")
    with pytest.raises(BadFile, match="outside Paju; they would fit EPSG:5186"):
        store.polygon(tmp_path / "away.gpkg")


def test_parcels_of_a_bessel_source_say_how_good_they_are(either, tmp_path, at):
    frame = gpd.GeoDataFrame(
        {"PNU": [pnu(0)], "JIBUN": ["100대"]}, geometry=[shapely.box(X, Y, X + 20, Y + 30)], crs=CITY
    )
    frame.to_crs(5174).to_file(tmp_path / "old.gpkg", engine="pyogrio")
    store.import_file(either, "parcels", tmp_path / "old.gpkg", at=at, crs=5174)
    assert store.site(either, pnus=[pnu(0)]).accuracy_m == 1.0


def test_verify_finds_what_disagrees(town, tmp_path, at):
    assert store.verify(town) == []
    roads = store.everything(town, "roads")
    roads = roads[["road_uid", "legal_basis", "status", "valid_from", "geometry"]].assign(
        area_m2=[320, 400, 320, 400, 320.0]
    )
    roads["quality_flags"] = [None, "면적불일치", None, None, None]
    roads.to_file(tmp_path / "r.gpkg", engine="pyogrio")
    store.import_file(town, "roads", tmp_path / "r.gpkg", at=at)
    wrong = gpd.GeoDataFrame(
        {"PNU": [pnu(0), pnu(1)], "JIBUN": ["100대", "11대"], "AREA": [700.0, 600.0]},
        geometry=[shapely.box(X, Y, X + 20, Y + 30), shapely.box(X + 20, Y, X + 40, Y + 30)],
        crs=CITY,
    )
    wrong.to_file(tmp_path / "p.gpkg", engine="pyogrio")
    store.import_file(town, "parcels", tmp_path / "p.gpkg", at=at)
    found = {(fault["check"], fault["id"]) for fault in store.verify(town)}
    assert found == {("road area", "gone"), ("parcel area", pnu(0)), ("lot number", pnu(1))}
    assert [(each["check"], each["id"]) for each in store.known(town)] == [("road area", "ended")]


def test_frames_keep_their_types(town):
    held = store.everything(town, "parcels")
    assert held["area_m2"].dtype == float
    assert held["synthetic"].dtype == bool
    assert pd.isna(held.set_index("pnu").loc[pnu(2), "area_m2"])


def test_parcels_that_an_address_counts_are_those_of_its_permit(town):
    assert store.site(town, address="파평면 율곡리 100 외 1필지").pnus == (pnu(0), pnu(1))
    with pytest.raises(BadInput, match="counted and not named"):
        store.site(town, address="파평면 율곡리 100 외 2필지")
    with pytest.raises(BadInput, match="counted and not named"):
        store.site(town, address="파평면 율곡리 103 외 1필지")


def test_two_more_parcels_of_an_address_are_those_of_a_permit_of_three(town, tmp_path, at):
    row = {"permit_id": "three", "kind": "건축허가", "state": "접수", "main_pnu": pnu(2)}
    row |= {"pnus": ";".join(pnu(n) for n in (3, 2, 1))}
    gpd.GeoDataFrame([row], geometry=[shapely.Point(X + 50, Y + 10)], crs=CITY).to_file(
        tmp_path / "three.gpkg", engine="pyogrio"
    )
    store.import_file(town, "permits", tmp_path / "three.gpkg", at=at)
    site = store.site(town, address="경기도 파주시 파평면 율곡리 102번지 외 2필지")
    assert site.pnus == (pnu(2), pnu(1), pnu(3))
    assert site.address == "파평면 율곡리 102 외 2필지"
    assert site.geometry.area == pytest.approx(1800.0)


def test_building_register_codes_name_a_parcel(town):
    assert store.site(town, pnus=["41480/36024/0/100/0"]).pnus == (pnu(0),)


def test_one_reading_gives_what_the_frames_give(town):
    site = store.site(town, pnus=[pnu(0)])
    rows = store.surroundings(town, site, DAY)
    frames = {"roads": store.roads_near(town, site.geometry, DAY), "permits": store.permits_of(town, site.pnus, DAY),
              "zoning": store.zoning_at(town, site.geometry, DAY),
              "coverage": store.coverage_at(town, site.geometry)}  # fmt: skip
    for name, frame in frames.items():
        key = {"roads": "road_uid", "permits": "permit_id", "zoning": "name", "coverage": "legal_basis"}[name]
        assert [row[key] for row in getattr(rows, name)] == frame[key].tolist()


def test_one_parcel_at_a_glance(town):
    found = store.lookup(town, pnu(0))
    assert (found.parcel["pnu"], found.parcel["area_m2"]) == (pnu(0), 601.0)
    assert [(row["road_uid"], row["total_m"], row["longest_m"]) for row in found.roads] == [("open", 20.0, 20.0)]
    assert {row["permit_id"] for row in found.permits} == {"early", "late"}
    with pytest.raises(NotFound):
        store.lookup(town, pnu(7))


IMPORT = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from geo.database import open_city
from geo.registry import store
folder, url, kind, file = sys.argv[1:]
store.import_file(open_city(Path(folder), url), kind, Path(file), at=datetime.now(timezone.utc))
"""


def test_what_another_process_saves_is_told_by_the_next_answer(town, tmp_path):
    """The thread keeps its connection, and zones and coverage stay in memory: neither may show an older register."""

    def elsewhere(kind, frame):
        frame.to_file(tmp_path / f"{kind}.gpkg", engine="pyogrio")
        url = town.engine.url.render_as_string(hide_password=False)
        words = [sys.executable, "-c", IMPORT, town.folder, url, kind, tmp_path / f"{kind}.gpkg"]
        subprocess.run([str(word) for word in words], check=True, timeout=60)

    def told():
        found = store.surroundings(town, store.site(town, pnus=[pnu(0)]), DAY)
        met = {row["road_uid"]: row["total_m"] for row in store.lookup(town, pnu(0)).roads}
        return {row["name"] for row in found.zoning}, {row["road_uid"] for row in found.roads}, met

    zones, roads, met = told()
    around = shapely.box(X - 50, Y - 50, X + 200, Y + 50)
    elsewhere("zoning", gpd.GeoDataFrame({"kind": ["용도지역"], "name": ["농림지역"]}, geometry=[around], crs=CITY))
    assert told() == ({"농림지역"}, roads, met)
    assert zones != {"농림지역"}
    new = {"road_uid": ["new"], "legal_basis": ["NAMOK"], "status": ["DESIGNATED"], "valid_from": ["2010-01-01"]}
    elsewhere("roads", gpd.GeoDataFrame(new, geometry=[shapely.box(X, Y + 30, X + 7, Y + 34)], crs=CITY))
    assert told() == ({"농림지역"}, roads | {"new"}, met | {"new": pytest.approx(7)})
