"""Scenarios on disk: whole or absent, taken up where they were stopped, the same bytes every time."""

import re

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely.geometry import LineString, box

from geo.crs import CITY, WEB
from geo.disaster import precompute_store, sheet, store, terrain_store, works
from geo.disaster import scenario_store as scenarios
from geo.errors import BadInput, NotFound, Unreadable

LEFT, BOTTOM = 194_000.0, 592_000.0  # of the zone that conftest draws; its basin is 50 m x 30 m
PUMPS = {"pump_diameter_mm": 300, "pump_count": 2, "capacity_low_m3s": 0.21, "capacity_nominal_m3s": 0.35,
         "capacity_high_m3s": 0.42, "capacity_basis": "가정: 유속 1.5~3.0 m/s"}  # fmt: skip


def silent(items, _title, _total):
    return items


@pytest.fixture
def ground(tmp_path):
    def write(name="dem.tif", *, crs=CITY, **tags):
        z = np.full((100, 150), 11.0, np.float32)
        z[[0, -1]] = z[:, [0, -1]] = 30
        with rasterio.open(
            tmp_path / name, "w", driver="GTiff", width=150, height=100, count=1, dtype="float32", crs=crs,
            transform=Affine(2, 0, LEFT - 50, 0, -2, BOTTOM + 150),
        ) as target:  # fmt: skip
            target.write(z, 1)
            target.update_tags(**tags)
        return tmp_path / name

    return write


@pytest.fixture
def zone(city, at, document, write):
    document["facilities"][0] |= PUMPS
    store.import_file(city, write(document), at=at)
    return "zone"


SITES = gpd.GeoDataFrame(
    {"kind": ["parcel"], "id": ["4148036024100000001"], "name": ["1대"], "residents": [None], "houses": [None]},
    geometry=[box(LEFT + 100, BOTTOM, LEFT + 150, BOTTOM + 50)],
    crs=CITY,
)


def compute(city, file, workers=1, sites=SITES):
    ground = terrain_store.terrain(file)
    return precompute_store.precompute(city, "zone", ground=ground, sites=sites, workers=workers, progress=silent)


def held(city):
    home = city.folder / "disaster" / "zone"
    return {file.relative_to(home): file.read_bytes() for file in sorted(home.rglob("*")) if file.is_file()}


def test_a_second_run_makes_the_same_bytes_in_one_process_or_two(city, zone, ground):
    index = compute(city, ground(dem_is_synthetic="true"))
    assert len(index["scenarios"]) == 9
    first = held(city)
    assert len(first) == 9 * 2 + 3
    for file in (city.folder / "disaster" / "zone").rglob("*.*"):
        file.unlink()
    compute(city, ground(dem_is_synthetic="true"), workers=2)
    assert held(city) == first


def test_what_was_finished_is_kept_and_what_is_missing_made(city, zone, ground):
    index = compute(city, ground())
    folder = city.folder / "disaster" / "zone" / index["version"]
    whole = held(city)
    kept = folder / f"{index['scenarios'][0]['id']}.json"
    before = kept.stat().st_mtime_ns
    (folder / f"{index['scenarios'][3]['id']}.json").unlink()  # stopped between the raster and the row
    (folder / f"{index['scenarios'][4]['id']}.tif").unlink()
    (folder / f"{index['scenarios'][4]['id']}.json").unlink()
    compute(city, ground())
    assert held(city) == whole
    assert kept.stat().st_mtime_ns == before


def test_another_terrain_or_other_sites_are_another_version(city, zone, ground):
    first = compute(city, ground())["version"]
    assert compute(city, ground(sigma_m="0.1"))["version"] != first
    moved = SITES.assign(geometry=SITES.geometry.translate(10, 0))
    second = scenarios.version(city, zone)
    third = compute(city, ground(), sites=moved)["version"]
    assert len({first, second, third}) == 3
    kept = {folder.name for folder in (city.folder / "disaster" / "zone").iterdir() if folder.is_dir()}
    assert kept == {second, third}  # who reads the one before finds it whole


def test_every_figure_says_what_made_it_and_synthetic_ground_gives_no_verdict(city, zone, ground):
    index = compute(city, ground(dem_is_synthetic="true"))
    deepest = max(index["scenarios"], key=lambda row: row["summary"]["flooded_m2"])
    one = scenarios.scenario(city, zone, deepest["id"])
    made = one["provenance"]
    assert made["terrain"]["name"].startswith("dem.tif sha256:")
    assert "합성" in made["watermark"]
    assert "판정" in made["verdicts_withheld"]
    assert {row["name"] for row in made["inputs"] if row["assumed"]} >= {"pump_capacity_m3s", "stage_m", "gate_area_m2"}
    assert one["impacts"]
    assert {row["verdict"] for row in one["impacts"]} == {None}
    depth, tags = scenarios.raster(city, zone, deepest["id"])
    assert tags["dem_is_synthetic"] == "true"
    assert depth.data[0].max() > 0


def test_surveyed_ground_gives_verdicts(city, zone, ground):
    index = compute(city, ground(sigma_m="0.01"))
    deepest = max(index["scenarios"], key=lambda row: row["summary"]["flooded_m2"])
    found = scenarios.scenario(city, zone, deepest["id"])
    assert found["provenance"]["verdicts_withheld"] is None
    assert {row["verdict"] for row in found["impacts"]} <= {"reached", "uncertain"}


def test_a_site_is_told_in_every_scenario_of_its_storm(city, zone, ground):
    compute(city, ground())
    pnu = SITES["id"][0]
    found = scenarios.of_site(city, zone, "parcel", pnu, rain_mm=20, stage_m=13)
    assert len(found) == 9
    assert next(row for row in found if row["works"] == "none")["site"]["depth_max_m"] > 0
    assert all(row["site"] is None for row in scenarios.of_site(city, zone, "road", pnu, rain_mm=20, stage_m=13))
    with pytest.raises(NotFound, match="rain is one of 20, the stage of 13"):
        scenarios.of_site(city, zone, "parcel", pnu, rain_mm=21, stage_m=13)


def test_what_is_not_there_is_not_found(city, zone, ground):
    assert scenarios.index_or_none(city, zone) is None
    with pytest.raises(NotFound, match="geo disaster scenarios"):
        scenarios.index(city, zone)
    compute(city, ground())
    for name in ("r9-s9-none", "../../city", ""):
        with pytest.raises(NotFound, match="no scenario"):
            scenarios.scenario(city, zone, name)
        with pytest.raises(NotFound, match="no scenario"):
            scenarios.raster(city, zone, name)


def test_terrain_that_cannot_be_used_is_refused(tmp_path, ground):
    with pytest.raises(BadInput, match="must be EPSG:5186"):
        terrain_store.terrain(ground(crs=WEB))
    with pytest.raises(BadInput, match="heights are in 'ft'"):
        terrain_store.terrain(ground("feet.tif", unit="ft"))
    with pytest.raises(BadInput, match="sigma_m"):
        terrain_store.terrain(ground("sure.tif", sigma_m="0"))
    with pytest.raises(BadInput, match="sigma_m"):
        terrain_store.terrain(ground("words.tif", sigma_m="good"))
    (tmp_path / "no.tif").write_bytes(b"no raster")
    with pytest.raises(Unreadable, match=r"no\.tif"):
        terrain_store.terrain(tmp_path / "no.tif")


def lines(path, *rows):
    shapes = [LineString([(LEFT + x, BOTTOM + y) for x, y in points]) for points, _ in rows]
    gpd.GeoDataFrame([levels for _, levels in rows], geometry=shapes, crs=CITY).to_file(path)
    return path


def test_culverts_are_burned_and_levees_raised_and_both_stand_in_the_name(tmp_path, ground):
    file = lines(tmp_path / "lines.gpkg", ([(0, 0), (20, 0)], {"invert_m": 9.5, "crest_m": None}),
                 ([(0, 50), (20, 50)], {"invert_m": None, "crest_m": 14.0}))  # fmt: skip
    found = terrain_store.terrain(ground(), file)
    assert set(np.unique(found.z)) == {9.5, 11.0, 14.0, 30.0}
    assert "lines.gpkg sha256:" in found.name


def test_lines_that_say_nothing_or_too_much_are_refused(tmp_path, ground):
    both = lines(tmp_path / "both.gpkg", ([(0, 0), (20, 0)], {"invert_m": 9.5, "crest_m": 14.0}))
    neither = lines(tmp_path / "neither.gpkg", ([(0, 0), (20, 0)], {"name": "암거"}))
    for file in (both, neither):
        with pytest.raises(BadInput, match="one of invert_m and crest_m"):
            terrain_store.terrain(ground(), file)
    with pytest.raises(Unreadable, match="no lines"):
        terrain_store.terrain(ground(), tmp_path / "absent.gpkg")


@pytest.mark.parametrize(
    ("section", "place", "says"),
    [("facilities", 0, "no main pumps"), ("facilities", 1, "no retention basin"), ("assumptions", 2, "no clark_h")],
)
def test_a_zone_whose_document_lacks_a_figure_is_told_which(city, at, document, write, ground, section, place, says):
    document["facilities"][0] |= PUMPS
    del document[section][place]
    store.import_file(city, write(document), at=at)
    with pytest.raises(BadInput, match=f"zone 'zone' has {says}") as refusal:
        compute(city, ground())
    assert "침수를 모의할 수 없습니다" in refusal.value.korean
    assert not (city.folder / "disaster").exists()


def test_pumps_of_unknown_capacity_cannot_be_modelled_and_rated_ones_have_no_band(city, at, document, write, ground):
    document["facilities"][0] |= {"pump_diameter_mm": 300, "pump_count": 2}
    store.import_file(city, write(document), at=at)
    with pytest.raises(BadInput, match="a count and a capacity"):
        compute(city, ground())
    document["facilities"][0] |= {"pump_capacity_m3min": 21}
    store.import_file(city, write(document), at=at)
    index = compute(city, ground())
    assert len(index["scenarios"]) == 5
    (pumps,) = (row for row in index["provenance"]["inputs"] if row["name"] == "pump_capacity_m3s")
    assert (pumps["value"], pumps["assumed"]) == ([0.7], False)


def test_a_terrain_elsewhere_is_refused(city, at, document, write, ground, zone):
    document["facilities"][1]["geometry"] = {
        "type": "Polygon",
        "coordinates": [[[LEFT + x, BOTTOM + 2000 + y] for x, y in ((0, 0), (50, 0), (50, 30), (0, 0))]],
    }
    document["facilities"][0] |= PUMPS
    store.import_file(city, write(document), at=at)
    with pytest.raises(BadInput, match="lies outside"):
        compute(city, ground())


def test_the_sheet_holds_the_plan_the_money_and_the_floods(city, zone, at, ground):
    record = store.zone_record(city, zone)
    status = works.status(record, at.date())
    empty = sheet.html(record, status, None)
    assert "계산된 시나리오가 없습니다" in empty
    page = sheet.html(record, status, compute(city, ground(dem_is_synthetic="true")))
    for words in ("시험 자연재해위험개선지구", "국비 100", "4억 원", "합성 지형", "(가정)", "1차"):
        assert words in page
    assert not re.search(r"<script|src=|href=|url\(|@import", page)
