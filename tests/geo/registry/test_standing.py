"""What is a road by law on a day."""

from datetime import date

import pytest

from geo.registry.standing import standing, unregistered

TODAY = date(2026, 11, 23)
NAMOK = {
    "legal_basis": "NAMOK", "status": "DESIGNATED", "designated_on": "2019-05-02", "announced_on": "2019-05-10",
    "valid_from": "2019-05-10", "valid_to": None, "geometry_status": "특정",
}  # fmt: skip
GAMOK = NAMOK | {"legal_basis": "GAMOK", "designated_on": None}
OLD = NAMOK | {"designated_on": "1999-02-07", "announced_on": None, "valid_from": "1999-02-07"}


@pytest.mark.parametrize(
    ("row", "changed", "on", "answer"),
    [
        (NAMOK, {}, TODAY, "ROAD"),
        (NAMOK, {}, date(2019, 5, 10), "ROAD"),
        (NAMOK, {}, date(2019, 5, 9), "NOT_ROAD"),
        (NAMOK, {"valid_from": None}, date(2019, 5, 9), "NOT_ROAD"),
        (NAMOK, {"valid_from": None}, date(2019, 5, 1), "NOT_ROAD"),
        (NAMOK, {"announced_on": None}, TODAY, "REVIEW"),
        (NAMOK, {"announced_on": None, "designated_on": None, "valid_from": None}, TODAY, "REVIEW"),
        (NAMOK, {"designated_on": None}, TODAY, "ROAD"),
        (NAMOK, {"status": "CHANGED"}, TODAY, "ROAD"),
        (NAMOK, {"status": "DISPUTED"}, TODAY, "REVIEW"),
        (NAMOK, {"geometry_status": "미특정"}, TODAY, "REVIEW"),
        (NAMOK, {"status": "PLANNED"}, TODAY, "ROAD"),
        # before 8 February 1999 a designation needed no notice
        (OLD, {}, TODAY, "ROAD"),
        (OLD, {"designated_on": "1999-02-08"}, TODAY, "REVIEW"),
        (OLD, {}, date(1999, 2, 6), "NOT_ROAD"),
        # abolished: no road from that day, a road before it
        (NAMOK, {"status": "ABOLISHED", "valid_to": "2025-01-01"}, TODAY, "NOT_ROAD"),
        (NAMOK, {"status": "ABOLISHED", "valid_to": "2025-01-01"}, date(2025, 1, 1), "NOT_ROAD"),
        (NAMOK, {"status": "ABOLISHED", "valid_to": "2025-01-01"}, date(2024, 12, 31), "ROAD"),
        (NAMOK, {"status": "ABOLISHED"}, TODAY, "REVIEW"),
        # announced under other acts
        (GAMOK, {}, TODAY, "ROAD"),
        (GAMOK, {"status": "PLANNED"}, TODAY, "ROAD"),
        (GAMOK, {"announced_on": None}, TODAY, "REVIEW"),
        (GAMOK, {"announced_on": "2027-01-01"}, TODAY, "NOT_ROAD"),
        (NAMOK, {"legal_basis": "ADDENDUM_1976"}, TODAY, "REVIEW"),
        (NAMOK, {"legal_basis": "UNKNOWN"}, TODAY, "REVIEW"),
        (NAMOK, {"legal_basis": None}, TODAY, "REVIEW"),
        (NAMOK, {"valid_from": date(2019, 5, 10), "announced_on": date(2019, 5, 10)}, TODAY, "ROAD"),
    ],
)
def test_what_is_a_road(row, changed, on, answer):
    assert standing(row | changed, on).answer == answer


def test_the_reason_names_the_day_and_the_law():
    assert "2025-01-01 폐지" in standing(NAMOK | {"status": "ABOLISHED", "valid_to": "2025-01-01"}, TODAY).reason
    assert "제11호나목" in standing(NAMOK, TODAY).reason
    assert "제11호가목" in standing(GAMOK, TODAY).reason
    assert "예정도로" in standing(GAMOK | {"status": "PLANNED"}, TODAY).reason
    assert "1976-02-01" in standing(NAMOK | {"legal_basis": "ADDENDUM_1976"}, TODAY).reason


def test_a_road_left_out_of_the_register():
    assert unregistered({"quality_flags": "면적불일치;대장누락"})
    assert not unregistered({"quality_flags": None})
