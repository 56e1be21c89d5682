"""What a road's abolition or narrowing takes from drawn sites beside it."""

from datetime import date

import pytest

from geo.registry import dependents

ON = date(2026, 11, 23)


def around(board, *roads, permits=()):
    return {
        "roads": list(roads),
        "permits": list(permits),
        "zoning": [board.zone()],
        "coverage": board.coverage("GAMOK", "NAMOK"),
    }


def permit(id, state):
    return {"permit_id": id, "permit_no": id, "kind": "건축허가", "state": state, "approved_on": "2020-01-01",
            "used_on": None}  # fmt: skip


def test_a_site_with_one_road_loses_access(board):
    only = board.road(board.south, road_uid="only")
    held = around(board, only, permits=[permit("open", "허가"), permit("used", "사용승인"), permit("gone", "취하")])
    found = dependents.dependent(board.site(board.lot), "only", held, ON)
    assert (found.loss, found.before, found.after, found.other_roads) == ("LOSES", "PASS", "FAIL", 0)
    assert (found.open_permits, found.built) == (("open",), True)
    assert "제44조제1항" in found.sentence


def test_a_site_with_another_road_keeps_it(board):
    roads = board.road(board.south, road_uid="one"), board.road(board.box(-9, 30, 40, 34), road_uid="two")
    found = dependents.dependent(board.site(board.lot), "one", around(board, *roads), ON)
    assert (found.loss, found.after, found.other_roads) == ("KEEPS", "PASS", 1)


def test_a_road_that_may_be_one_leaves_it_open(board):
    roads = (board.road(board.south, road_uid="one"),
             board.road(board.box(-9, 30, 40, 34), road_uid="two", status="DISPUTED"))  # fmt: skip
    assert dependents.dependent(board.site(board.lot), "one", around(board, *roads), ON).loss == "MAY_LOSE"


def test_a_site_outside_the_duty_loses_nothing(board):
    held = around(board, board.road(board.south, road_uid="only")) | {"zoning": [board.zone("농림지역")]}
    assert dependents.dependent(board.site(board.lot, emd_type="면"), "only", held, ON).loss == "NOT_BOUND"


def test_narrowing_moves_the_building_line(board):
    held = around(board, board.road(board.south, road_uid="only"))
    found = dependents.dependent(board.site(board.lot), "only", held, ON, 3.0)
    assert (found.loss, found.setback_before_m, found.setback_after_m) == ("KEEPS", 0.0, 0.5)


@pytest.mark.parametrize(("narrowed", "permits", "interested"), [(None, ["p"], 1), (3.0, ["p"], 1)])
def test_the_whole_answer_counts_and_names_nobody(board, narrowed, permits, interested):
    road = board.road(board.south, road_uid="only", lead_pnu="4148010100109990000", related_pnus="4148010100109980000")
    held = around(board, road, permits=[permit("p", "허가")])
    found = dependents.dependent(board.site(board.lot), "only", held, ON, narrowed)
    told = dependents.answer(road, [found], ON, narrowed)
    assert told["open_permits"] == permits
    assert told["counts"]["lose_access"] == (1 if narrowed is None else 0)
    assert told["counts"]["further_setback"] == (0 if narrowed is None else 1)
    assert told["consents"]["ground"] == 2
    assert told["consents"]["interested"] == interested
    assert told["consents"]["at_least"] == 2 + interested
    assert told["sites"][0]["pnus"] == list(found.pnus)
