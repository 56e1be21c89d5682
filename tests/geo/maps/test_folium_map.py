import base64
import json
import re
from datetime import date

import geopandas as gpd
import pytest
from shapely.geometry import box

from geo.crs import CITY
from geo.errors import BadInput, CrsMismatch
from geo.maps import draw, folium_map, offline

WATER = {"class": ["water"], "area_m2": [1.0], "score": [0.5]}


def water(count):
    shapes = [box(180_000 + n, 573_000, 180_001 + n, 573_001) for n in range(count)]
    return gpd.GeoDataFrame({name: value * count for name, value in WATER.items()}, geometry=shapes, crs=CITY)


def layers(html):
    """The GeoJSON collections that the page adds, and the names of its layers."""
    data = [json.loads(found) for found in re.findall(r"_add\((\{.*\})\);", html)]
    names = [json.loads(found) for found in re.findall(r'^\s*(".*\(\d[\d,]*\)") : geo_json', html, re.MULTILINE)]
    return data, names


def changes(frame, **more):
    return offline.localise(folium_map.changes(frame, before="2025-09-28", after="2026-04-22", **more))


def test_changes_are_drawn_by_class_in_degrees(change_frame):
    data, names = layers(changes(change_frame))
    assert len(data) == 7
    assert [re.sub("<[^>]*>", "", name).strip() for name in names][:2] == ["건물 신축 (1)", "건물 철거 (1)"]
    [[ring]] = (data[0]["features"][0]["geometry"]["coordinates"],)
    lon, lat = ring[0]
    # EPSG:5186 180,010 573,000 by PROJ's cs2cs
    assert (lon, lat) == (pytest.approx(126.7733, abs=2e-3), pytest.approx(37.7565, abs=2e-3))


def test_what_was_not_compared_is_drawn_with_what_hides_it_and_when(change_frame):
    places = gpd.GeoDataFrame(
        {"kind": ["cloud", "shadow"], "at": ["after", "before"]}, geometry=list(change_frame.geometry[:2]), crs=CITY
    )
    data, names = layers(changes(change_frame, hidden=places))
    assert re.sub("<[^>]*>", "", names[-1]).strip() == "비교하지 못한 곳 (2)"
    assert [feature["properties"] for feature in data[-1]["features"]] == [
        {"가린 것": "구름", "촬영일": "2026-04-22"},
        {"가린 것": "깊은 그늘", "촬영일": "2025-09-28"},
    ]
    assert len(layers(changes(change_frame, hidden=places.iloc[:0]))[0]) == 7


def test_what_data_say_never_runs(change_frame, attacks):
    html = changes(change_frame)
    data, _ = layers(html)
    words = "".join(feature["properties"]["설명"] for layer in data for feature in layer["features"])
    assert not set(words) & set("<>\"'`$\\{}")
    assert "<img src=x" not in html
    assert "<svg onload" not in html
    assert "1337" not in html  # 7 * 191, had Jinja run it
    assert html.count("</script>") == html.count("<script")


def test_the_badge_is_there_for_synthetic_data_only(change_frame, backdrop):
    assert "합성 자료" in changes(change_frame)
    real = change_frame.assign(synthetic=False)
    assert "합성 자료" not in changes(real)
    assert "합성 자료" in changes(real, backdrops=[backdrop])


def test_an_empty_layer_shows_the_whole_city(change_frame):
    html = changes(change_frame.iloc[:0])
    assert "변화 0건" in html
    [[bottom, left], [top, right]] = json.loads(re.search(r"fitBounds\(\s*(\[\[.*?\]\])", html)[1])
    assert (left, bottom, right, top) == pytest.approx((126.68, 37.68, 127.02, 38.05), abs=0.1)


def test_more_than_a_page_can_hold_is_refused_with_advice(change_frame):
    many = water(draw.MOST_FEATURES + 1)
    with pytest.raises(BadInput, match=r"5,001 features .* tiles") as refused:
        folium_map.changes(many, before="a", after="b")
    assert "5,000개" in refused.value.korean


def test_a_long_table_says_that_it_is_cut(change_frame):
    many = water(201)
    html = changes(many)
    assert html.count("<button") == 200
    assert "200개까지" in html


def test_degrees_are_refused(change_frame):
    with pytest.raises(CrsMismatch, match="EPSG:5186"):
        changes(change_frame.to_crs(4326))


def test_roads_differ_by_width_and_status(road_frame):
    html = offline.localise(folium_map.designated_roads(road_frame, as_of=date(2026, 4, 1)))
    _, names = layers(html)
    told = sorted(re.sub("<[^>]*>", "", name).strip() for name in names)
    assert told == ["3 m 이상 4 m 미만 (2)", "6 m 이상 8 m 미만 (1)", "너비 기재 없음 (1)"]
    assert '"dashArray": "2,6"' in html  # the abolished one
    assert '"dashArray": "10,6"' in html  # the planned one
    assert "폐지 짧은 점선" in html
    assert "2026-04-01 현재 · 너비별" in html
    assert "합성 자료" not in html


@pytest.mark.parametrize(
    ("by", "told"),
    [
        ("status", ["예정 (1)", "지정 (2)", "폐지 (1)"]),
        ("basis", ["가목 · 법령에 따라 고시된 도로 (1)", "근거 미상 (1)", "나목 · 위치를 지정·공고한 도로 (2)"]),
    ],
)  # fmt: skip
def test_roads_by_status_and_by_basis(road_frame, by, told):
    html = offline.localise(folium_map.designated_roads(road_frame, as_of=date(2026, 4, 1), by=by))
    assert sorted(re.sub("<[^>]*>", "", name).strip() for name in layers(html)[1]) == told


def test_a_zone_shows_what_has_a_geometry_and_tells_of_the_rest(record, status):
    html = offline.localise(folium_map.disaster_zone(record, status))
    _, names = layers(html)
    assert [re.sub("<[^>]*>", "", name).strip() for name in names] == [
        "재해위험개선지구 (1)",
        "방재시설 (1)",
        "정비 공사 (2)",
    ]
    pictures = [base64.b64decode(one).decode() for one in re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)]
    assert ["공정표" in pictures[0], "재원" in pictures[1], len(pictures)] == [True, True, 2]
    assert html.count('"fill": false, "fillOpacity": 1, "weight": 5') == 1  # a levee is a line, and encloses nothing
    assert "50.00 %" in html
    assert "총사업비 300 백만원" in html
    assert "! 예정일 경과·확인필요" in pictures[0]  # the step of 2024, on 2026-04-01
    assert "</title></textarea>" not in html


def test_a_zone_of_which_nothing_was_published_is_told_on_the_map_of_the_city(record, status):
    for row in (record["zone"], *record["facilities"], *record["works"]):
        row["geometry"] = None
    data, _ = layers(offline.localise(folium_map.disaster_zone(record, status)))
    assert data == []


def test_no_survey_is_no_map():
    with pytest.raises(BadInput, match="no survey"):
        folium_map.orthophoto([])


def test_a_picture_says_what_it_is(backdrop):
    html = offline.one_file(folium_map.orthophoto([backdrop]))
    assert '"alt": "\\ud56d\\uacf5\\uc0ac\\uc9c4 2026-04-22"' in html
