"""Disaster zones over HTTP: the scenarios that `geo up` computed, their difference, tiles and the sheet to print."""

import re
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from geo.crs import CITY, WEB, move
from geo.disaster import store
from geo.grid import KOREA_CENTRAL, WEB_MERCATOR

ZONE = "/disaster-zones/yulgok"
NONE, PUMPED = "r300-s13-none", "r300-s13-basin_pumps-nominal"


def tile_at(tms, z, x, y):
    x, y = (x, y) if tms is KOREA_CENTRAL else move(x, y, CITY, WEB)
    span = tms.span(z)
    return f"{tms.id}/{z}/{int((x - tms.left) // span)}/{int((tms.top - y) // span)}"


@pytest.fixture(scope="module")
def middle(town):
    """A point of the drawn zone near its basin, on low ground."""
    rows = store.facilities(town)
    basin = rows.geometry[rows["type"] == "retention_basin"].iloc[0]
    left, bottom, _, _ = basin.bounds
    return left + 100, bottom - 100


def test_scenarios_say_their_storms_their_band_and_what_made_them(outside):
    found = outside.get(f"{ZONE}/scenarios").json()
    assert (found["rain_mm"], found["stage_m"]) == ([200, 300], [13])
    assert {row["id"] for row in found["scenarios"]} >= {NONE, PUMPED}
    assert found["provenance"]["terrain"]["synthetic"] is True
    assert "합성 지형" in found["provenance"]["watermark"]
    assert found["legend"][0] == {"label": "0.5 m 미만", "colour": "#ffffb2"}
    assert found["compare_legend"][0]["label"] == "1 m 이상 얕아짐"
    assert found["labels"]["works"] == {"none": "정비 전", "basin": "유수지만", "basin_pumps": "유수지와 펌프"}
    of_300 = {(band["works"], band["failure"]): band for band in found["bands"] if band["rain_mm"] == 300}
    pumped, dry = of_300["basin_pumps", "none"], of_300["none", "none"]
    assert pumped["capacities"] == ["low", "nominal", "high"]
    assert pumped["flooded_m2"][0] < pumped["flooded_m2"][1]
    assert pumped["sites"]["parcel"][0] < pumped["sites"]["parcel"][1]
    assert dry["residents"]["known"] is None
    assert 0 < dry["residents"]["assumed"][0] < dry["residents"]["assumed"][1]


def test_one_scenario_with_its_level_through_time_and_no_verdict_on_synthetic_ground(outside):
    found = outside.get(f"{ZONE}/scenarios/{NONE}").json()
    assert found["levels"][0][0] == 0
    assert found["levels"][-1][0] == 48 * 3600
    assert abs(found["summary"]["mass_balance_error"]) < 1e-9
    assert {row["verdict"] for row in found["impacts"]} == {None}
    assert {"parcel", "road"} <= {row["kind"] for row in found["impacts"]}
    assert found["summary"]["residents"]["known"] is None


def test_the_works_free_sites(outside):
    found = outside.get(f"{ZONE}/compare", params={"a": NONE, "b": PUMPED}).json()
    assert found["freed"] > 0
    assert found["figures"]["flooded_m2"]["b_minus_a"] < 0
    assert found["provenance"]["method"]
    same = outside.get(f"{ZONE}/compare", params={"a": NONE, "b": NONE}).json()
    assert (same["freed"], same["newly_reached"], same["sites"]) == (0, 0, [])


@pytest.mark.parametrize(("tms", "z"), [(KOREA_CENTRAL, 12), (WEB_MERCATOR, 16)])
def test_a_depth_tile_is_blue_where_the_scenario_is_wet(outside, middle, tms, z):
    at = f"{ZONE}/scenarios/{NONE}/tiles/{tile_at(tms, z, *middle)}"
    answer = outside.get(at)
    assert answer.headers["content-type"] == "image/png"
    pixels = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels.shape == (256, 256, 4)
    opaque = pixels[pixels[..., 3] > 200][:, 2::-1]
    assert (opaque == (107, 174, 214)).all(1).any() or (opaque == (166, 216, 240)).all(1).any()
    version = outside.get(f"{ZONE}/scenarios").json()["version"]
    assert "immutable" not in answer.headers["cache-control"]
    assert "immutable" in outside.get(f"{at}?v={version}").headers["cache-control"]
    assert outside.get(at, headers={"If-None-Match": f'"{version}"'}).status_code == 304


def test_a_tile_of_the_difference_is_green_where_the_works_leave_less_water(outside, middle):
    at = f"{ZONE}/compare/tiles/{tile_at(KOREA_CENTRAL, 12, *middle)}"
    answer = outside.get(at, params={"a": NONE, "b": PUMPED})
    pixels = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    drawn = pixels[pixels[..., 3] > 200][:, 2::-1].astype(int)
    assert (drawn[:, 1] > drawn[:, 0]).mean() > 0.7
    assert outside.get(at, params={"a": NONE, "b": NONE}).status_code == 204
    assert outside.get(at, params={"a": "x", "b": NONE}).json()["parameter"] == "a"


@pytest.mark.parametrize("name", ["timeline", "budget"])
def test_pictures_of_the_works_fetch_nothing_and_run_nothing(outside, name):
    answer = outside.get(f"{ZONE}/{name}.svg", params={"as_of": "2026-03-15"})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert ElementTree.fromstring(answer.text).tag == "{http://www.w3.org/2000/svg}svg"
    assert not re.search(r"href|src=|<script|url\(", answer.text)
    words = {"timeline": ("2차 공사", "예정일 경과·확인필요", "2026-03-15"), "budget": ("국비 14,200", "50.00 %")}[name]
    assert all(word in answer.text for word in words)


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        (f"/scenarios/{NONE}/tiles/KoreaCentral5186Quad/12/0/0", 204, None),
        (f"/scenarios/{NONE}/tiles/KoreaCentral5186Quad/3/9/0", 404, None),
        (f"/scenarios/{NONE}/tiles/Other/3/1/0", 404, None),
        (f"/scenarios/{NONE}/tiles/KoreaCentral5186Quad/x/1/0", 400, "z"),
        ("/scenarios/r1-s1-none/tiles/KoreaCentral5186Quad/12/0/0", 404, "s"),
        ("/scenarios/r1-s1-none", 404, "s"),
        (f"/compare?a={NONE}&b=r1-s1-none", 404, "b"),
        (f"/compare?a=..%2Fcurrent&b={NONE}", 404, "a"),
        (f"/compare?a={NONE}", 400, "b"),
    ],
)
def test_what_is_not_there_is_told_by_name(outside, path, status, parameter):
    answer = outside.get(ZONE + path)
    assert answer.status_code == status
    if parameter:
        assert answer.json()["parameter"] == parameter


def test_no_scenarios_of_a_zone_that_is_not_there(outside):
    assert outside.get("/disaster-zones/..%2F..%2Fcity/scenarios").status_code == 404
    assert outside.get("/disaster-zones/nowhere/scenarios").json()["parameter"] == "id"


def test_the_sheet_prints_with_nothing_fetched(outside):
    page = outside.get(f"{ZONE}/sheet", params={"as_of": "2026-03-15"})
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "2026-03-15 현재" in page.text
    assert "예상 침수" in page.text
    assert "<script" not in page.text


def test_a_parcel_has_four_answers_and_the_model_clears_no_legal_flag(outside):
    reached = outside.get(f"{ZONE}/scenarios/{NONE}").json()["impacts"]
    parcels = [row["id"] for row in reached if row["kind"] == "parcel" and row["depth_max_m"] > 0.3]
    answers = [outside.get(f"{ZONE}/sites/{pnu}", params={"as_of": "2026-03-15"}).json() for pnu in parcels[:40]]
    for one in answers:
        assert set(one) > {"legal_zone", "modelled_flood", "flood_record", "works_footprint"}
        bands = {(band["works"], band["failure"]): band for band in one["modelled_flood"]["bands"]}
        assert bands["none", "none"]["depth_max_m"][0] > 0.3
        assert {verdict for band in bands.values() for verdict in band["verdicts"]} == {None}
        assert one["flood_record"]["known"] is False
    dry_with_works = [
        one for one in answers if one["legal_zone"]["touched"]
        and one["modelled_flood"]["bands"][-2]["depth_max_m"][0] == 0
    ]  # fmt: skip
    assert all(one["legal_zone"]["zones"][0]["follows"] for one in dry_with_works)


@pytest.mark.parametrize(("query", "parameter"), [("rain_mm=7", "rain_mm"), ("stage_m=x", "stage_m")])
def test_a_storm_that_was_not_computed_is_told(outside, query, parameter):
    reached = outside.get(f"{ZONE}/scenarios/{NONE}").json()["impacts"]
    pnu = next(row["id"] for row in reached if row["kind"] == "parcel")
    answer = outside.get(f"{ZONE}/sites/{pnu}?{query}")
    assert answer.status_code in (400, 404)
    assert answer.json()["parameter"] == parameter
