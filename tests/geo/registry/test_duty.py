"""The set-back along one road, and which doubtful facts leave it open."""

import pytest
from shapely.geometry import box

from geo.registry.duty import duty_of, width_of
from geo.registry.zoning import Zoning

ROAD = {"width_m": 3.0, "width_source": "designated", "is_dead_end": False, "opposite_obstacle": "없음"}
CITY = Zoning(urban=True, district_unit_plan=False, emd_type="동", rows=())
UNZONED_EUP = Zoning(urban=None, district_unit_plan=None, emd_type="읍", rows=())


def duty(zoning=CITY, drawn=None, accuracy=0.5, **changed):
    row = ROAD | changed
    shape = box(0, 0, 100, drawn or row["width_m"] or 3.0)
    return duty_of(row, width_of(row, shape, drawn, accuracy), zoning)


def test_a_legal_width_has_no_error():
    assert duty() == duty(accuracy=5.0)
    assert (duty().required_m, duty().setback_m, duty().doubts) == (4.0, 0.5, ())
    assert duty(width_m=4.0).doubts == ()
    assert duty(width_m=4.0, width_source="announced").setback_m == 0


@pytest.mark.parametrize(
    ("changed", "doubt"),
    [
        ({"width_m": 3.9, "width_source": "measured"}, "잰 값이다"),
        ({"width_m": 4.2, "width_source": "none"}, "잰 값이다"),
        ({"opposite_obstacle": None}, "반대쪽"),
        ({"is_dead_end": None, "width_m": 4.0}, "막다른 도로인지"),
        ({"is_dead_end": True, "dead_end_length_m": None}, "길이가 적혀 있지 않다"),
        ({"is_dead_end": True, "dead_end_length_m": 34.8, "width_m": 3.0}, "34.8 m가 경계"),
        ({"is_dead_end": True, "dead_end_length_m": 9.7, "width_m": 2.0}, "9.7 m가 경계"),
        ({"width_m": 4.0, "width_min_m": 3.2}, "가장 좁은 곳의 너비가 3.2 m"),
        ({"width_m": 4.0, "drawn": 3.0}, "도형의 너비 3 m가 다르다"),
        ({"width_m": 4.0, "drawn": 6.0}, "도형의 너비 6 m가 다르다"),
        ({"width_m": None, "drawn": 5.0}, "대장에 너비가"),
        ({"width_m": None}, "너비를 알 수 없다"),
    ],
)
def test_a_doubt_that_changes_the_setback_is_named(changed, doubt):
    assert any(doubt in each for each in duty(**changed).doubts), duty(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"width_m": 5.0, "width_source": "measured"},
        {"width_m": 3.0, "width_source": "measured"},  # narrow whatever the error
        {"width_m": 4.0, "opposite_obstacle": None},  # nothing to set back from
        {"width_m": 6.0, "is_dead_end": None},  # wide enough for any dead end
        {"width_m": 6.0, "is_dead_end": True, "dead_end_length_m": None},
        {"width_m": 3.0, "is_dead_end": True, "dead_end_length_m": 9.7},  # 2 m or 3 m, 3 m are there
        {"width_m": 4.0, "drawn": 4.4},  # within the error of two edges
        {"width_m": 4.0, "width_min_m": 4.0},
    ],
)
def test_a_doubt_that_changes_nothing_is_none(changed):
    assert duty(**changed).doubts == ()


def test_a_zone_that_is_not_known_matters_to_a_long_dead_end_only():
    assert duty(UNZONED_EUP).doubts == ()
    long = duty(UNZONED_EUP, is_dead_end=True, dead_end_length_m=60, width_m=4.0)
    assert (long.required_m, long.setback_m) == (6.0, 1.0)  # the stricter is shown
    assert "용도지역" in long.doubts[0]


def test_an_obstacle_opposite():
    assert duty(opposite_obstacle="하천").setback_m == 1.0
    assert duty(terrain_designated=True).setback_m == 0.0


def test_a_mouth_is_wider_than_the_road():
    row = ROAD | {"width_m": 4.0}
    assert not width_of(row, box(0, 0, 100, 4), 12.0, 0.05).disagrees
    assert width_of(row, box(0, 0, 100, 4), 3.5, 0.05).disagrees
