"""A permit as it stood on a day, read off its dates."""

from datetime import date

import pytest

from geo.registry import permit

ROW = {
    "permit_id": "p-1", "state": "사용승인", "applied_on": "2024-01-10", "approved_on": "2024-03-01",
    "started_on": "2024-04-15", "used_on": "2025-02-20", "ended_on": None, "use": "단독주택",
}  # fmt: skip
WITHDRAWN = ROW | {"state": "취하", "approved_on": None, "started_on": None, "used_on": None, "ended_on": "2024-02-01"}


@pytest.mark.parametrize(
    ("row", "day", "state"),
    [
        (ROW, "2024-01-09", None),
        (ROW, "2024-01-10", "접수"),
        (ROW, "2024-02-29", "접수"),
        (ROW, "2024-03-01", "허가"),
        (ROW, "2024-04-15", "착공"),
        (ROW, "2025-02-19", "착공"),
        (ROW, "2025-02-20", "사용승인"),
        (ROW | {"state": "보완", "approved_on": None, "started_on": None, "used_on": None}, "2024-06-01", "보완"),
        (WITHDRAWN, "2024-01-31", "접수"),
        (WITHDRAWN, "2024-02-01", "취하"),
        (ROW | {"state": "허가취소", "used_on": None, "ended_on": "2025-05-01"}, "2025-04-30", "착공"),
    ],
)
def test_the_state_on_a_day(row, day, state):
    then = permit.on(row, date.fromisoformat(day))
    assert (then and then["state"]) == state


def test_what_came_later_is_not_known_yet():
    then = permit.on(ROW, date(2024, 3, 5))
    assert (then["approved_on"], then["started_on"], then["used_on"]) == ("2024-03-01", None, None)
    assert then["use"] == "단독주택"
    assert permit.on(ROW, date(2026, 1, 1)) is ROW
