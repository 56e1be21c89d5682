"""Figures of the register and an inspector's list, on five roads drawn by hand in two myeon and a dong."""

from datetime import date

import pytest
import shapely

from geo import boundaries
from geo.registry import road
from geo.registry.overview import statistics, worklist

DAY = date(2026, 11, 23)
ROW = {
    "legal_basis": "NAMOK", "status": "DESIGNATED", "designated_on": "2011-05-02", "announced_on": "2011-05-10",
    "notice_no": "파주시 공고 2011-5", "valid_from": "2011-05-10", "width_m": 4.0, "length_m": 50.0, "area_m2": 200.0,
    "consents_required": 2, "consents_obtained": 2, "geometry": shapely.box(0, 0, 50, 4),
}  # fmt: skip


@pytest.fixture
def roads(board):
    """r-1 and r-2 in 파평면, r-3 in 법원읍; r-4 has ended, r-5 is 가목."""
    places = boundaries.emd().set_index("name").geometry

    def draw(uid, place, **changed):
        inside = places[place].representative_point()
        row = {**ROW, "road_uid": uid, **changed}
        return row | {"geometry": shapely.affinity.translate(row["geometry"], inside.x, inside.y)}

    rows = [
        draw("r-1", "파평면", announced_on=None, consents_obtained=1, quality_flags="공고없음;중심선없음"),
        draw("r-2", "파평면", designated_on="1994-03-01", announced_on=None, notice_no=None, length_m=None),
        draw("r-3", "법원읍", area_m2=180.0),
        draw("r-4", "법원읍", status="ABOLISHED", valid_to="2023-07-01"),
        draw("r-5", "법원읍", legal_basis="GAMOK"),
    ]
    return board.frame(rows, road.COLUMNS)


def test_figures_by_place_and_year(roads):
    told = statistics(roads, boundaries.emd(), DAY)
    by_name = {row.pop("emd"): row for row in told["emd"]}
    assert by_name == {
        "파평면": {"roads": 2, "length_m": 50.0, "length_unknown": 1, "area_m2": 400.0, "notice_needed": 1,
                 "notice_missing": 1, "notice_missing_pct": 100.0},
        "법원읍": {"roads": 1, "length_m": 50.0, "length_unknown": 0, "area_m2": 200.0, "notice_needed": 1,
                 "notice_missing": 0, "notice_missing_pct": 0.0},
    }  # fmt: skip
    assert told["years"] == [
        {"year": 1994, "designated": 1, "abolished": 0},
        {"year": 2011, "designated": 3, "abolished": 0},
        {"year": 2023, "designated": 0, "abolished": 1},
    ]
    before = statistics(roads, boundaries.emd(), date(2023, 6, 30))
    assert {row["emd"]: row["roads"] for row in before["emd"]} == {"파평면": 2, "법원읍": 2}, "r-4 had not ended"
    assert set(told["definitions"]) >= {"roads", "emd", "length_m", "notice_missing"}


def test_the_most_doubtful_roads_come_first(roads):
    found = worklist(roads, DAY, most=20)
    assert [(row["id"], row["reasons"]) for row in found] == [
        ("r-1", ["공고없음", "중심선없음", "동의 1/2"]),
        ("r-3", ["대장 면적 180.0 ㎡, 도형 면적 200.0 ㎡"]),
    ]
    assert [row["id"] for row in worklist(roads, DAY, most=1)] == ["r-1"]
