"""A storm without and with the works on a page: its pictures in degrees, its band in a table, the words over it."""

import base64
import re

import cv2
import numpy as np
import pytest
from affine import Affine

from geo.crs import CITY, LONLAT, transformer
from geo.grid import Grid
from geo.maps import flood, folium_map, offline
from geo.maps.style import style
from geo.raster import Raster

GRID = Grid(CITY, Affine(2, 0, 194_000, 0, -2, 592_200), 100, 100)


def depth(works, millimetres):
    data = np.zeros((2, 100, 100), np.uint16)
    data[0, :, :50] = millimetres
    return works, Raster(data, np.ones((100, 100), bool), GRID)


DEPTHS = dict([depth("none", 2500), depth("basin", 700), depth("basin_pumps", 0)])


def band(rain, works, failure="none"):
    ids = [works] if works != "basin_pumps" else ["low", "basin_pumps", "high"]
    return {
        "rain_mm": rain, "stage_m": 13.0, "works": works, "failure": failure, "scenarios": ids,
        "peak_level_m": [11.0, 12.04], "flooded_m2": [10_000.0, 10_000.0],
        "sites": {"parcel": [1, 1200], "building": [0, 0], "road": [0, 0]},
    }  # fmt: skip


@pytest.fixture
def index():
    made = {
        "stage_label": "강 수위", "watermark": "합성 지형 · 모의", "notice": "선별 모의입니다.",
        "verdicts_withheld": "판정하지 않습니다.", "terrain": {"synthetic": True},
    }  # fmt: skip
    bands = [band(rain, works) for rain in (100.0, 300.0) for works in DEPTHS]
    bands.append(band(300.0, "basin_pumps", "all_pumps"))
    return {"rain_mm": [100.0, 300.0], "stage_m": [7.0, 13.0], "provenance": made, "bands": bands}


def test_colours_are_those_of_the_style():
    assert flood.palette().classes[0] == (255, 255, 178)
    assert len(flood.palette().classes) == 5
    assert len(flood.palette().changes) == 6
    assert flood.legend()["legend"][4]["label"] == style().depth_classes[4].label


def test_one_storm_is_three_states_and_a_change_where_anything_is_to_be_seen(index):
    found = flood.of_storm(index, DEPTHS.__getitem__)
    assert [one.title for one in found.pictures] == [
        "침수심 · 정비 전", "침수심 · 유수지만", "침수심의 변화 · 정비 전 → 유수지와 펌프",
    ]  # fmt: skip
    left, bottom, right, top = found.pictures[0].bounds
    centre = transformer(CITY, LONLAT).transform(194_100, 592_100)
    assert ((left + right) / 2, (bottom + top) / 2) == pytest.approx(centre, abs=3e-5)
    data = base64.b64decode(found.pictures[0].url.partition(",")[2])
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    wide = pixels.shape[1]
    assert (pixels[:20, 5 : wide // 2 - 5, 2::-1] == (33, 113, 181)).all()  # 2 to 5 m
    assert not pixels[:20, wide // 2 + 5 :, 3].any()
    assert found.table.rows[0].cells == ["100 mm", "정비 전", "11.0 ~ 12.0", "1.0", "1 ~ 1,200"]
    assert found.table.rows[-1].cells[1] == "펌프 전부 고장"
    assert "강 수위 13 m, 24시간 300 mm" in found.words


def test_the_page_shows_the_first_and_says_over_the_map_what_it_is(index, record, status):
    html = offline.localise(folium_map.disaster_zone(record, status, floods=flood.of_storm(index, DEPTHS.__getitem__)))
    assert html.count("L.imageOverlay(") == 3
    assert '<p class="mark">합성 지형 · 모의</p>' in html
    assert "판정하지 않습니다." in html
    assert len(re.findall(r"<li><svg", html)) == 12
    assert '<p class="mark">' not in offline.localise(folium_map.disaster_zone(record, status))
