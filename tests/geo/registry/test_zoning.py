"""What the zoning says of a site, and where the register is complete."""

import pytest

from geo.registry import parcel
from geo.registry.facts import Zone
from geo.registry.zoning import is_covered, zoning_of


@pytest.fixture
def read(board):
    def read(*zones, emd_type="면"):
        site = board.at(board.lot)
        return zoning_of(site, emd_type, board.frame(zones, parcel.ZONING_COLUMNS), board.today)

    return read


@pytest.mark.parametrize(
    ("name", "urban"),
    [
        ("제1종일반주거지역", True), ("일반상업지역", True), ("준공업지역", True), ("자연녹지지역", True),
        ("계획관리지역", False), ("농림지역", False), ("자연환경보전지역", False), ("미지정", None),
    ],
)  # fmt: skip
def test_urban_or_not_by_the_name(board, read, name, urban):
    found = read(board.zone(name))
    assert found.urban is urban
    assert found.names == (name,)


def test_a_site_over_two_zones(board, read):
    west, east = board.box(-99, -99, 15, 99), board.box(15, -99, 99, 99)
    both = read(board.zone("자연녹지지역", east), board.zone("계획관리지역", west))
    assert both.urban is None
    assert both.names == ("계획관리지역", "자연녹지지역")
    assert both.rows[0]["share"] == 0.75
    assert read(board.zone("자연녹지지역", east), board.zone("제1종일반주거지역", west)).urban is True


def test_a_sliver_of_another_zone_is_drawing(board, read):
    west, east = board.box(-99, -99, 19.9, 99), board.box(19.9, -99, 99, 99)
    assert read(board.zone("계획관리지역", west), board.zone("자연녹지지역", east)).urban is False


def test_a_map_that_does_not_reach_says_nothing(board, read):
    assert read().urban is None
    assert read().district_unit_plan is None
    assert read(board.zone("농림지역", board.box(-9, -9, 10, 99))).urban is None


def test_a_district_unit_plan(board, read):
    plan = board.zone("가 지구단위계획구역", kind="지구단위계획구역")
    half = board.zone("나 지구단위계획구역", board.box(-9, -9, 10, 99), kind="지구단위계획구역")
    rural = board.zone("농림지역")
    assert read(rural).district_unit_plan is False
    assert read(rural, plan).district_unit_plan is True
    assert read(rural, half).district_unit_plan is None
    assert read(rural, half).possible() == (Zone(False, True, "면"), Zone(False, False, "면"))


def test_a_zone_of_another_day(board, read):
    gone = board.zone("제1종일반주거지역") | {"valid_to": "2026-11-23"}
    coming = board.zone("일반상업지역") | {"valid_from": "2026-11-24"}
    assert read(gone, coming, board.zone("농림지역")).names == ("농림지역",)


@pytest.mark.parametrize(("bases", "covered"), [((), False), (("GAMOK",), False), (("NAMOK", "GAMOK"), True)])
def test_completeness_needs_both_registers(board, bases, covered):
    assert is_covered(board.at(board.lot), board.coverage(*bases)) is covered


def test_completeness_must_hold_on_the_whole_site(board):
    half = board.coverage("NAMOK", "GAMOK", shape=board.box(-99, -99, 10, 99))
    assert not is_covered(board.at(board.lot), half)
