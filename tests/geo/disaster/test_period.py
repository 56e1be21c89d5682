"""Dates as precise as their source."""

from datetime import date

import pytest

from geo.disaster.period import first_day, last_day, precision
from geo.errors import BadInput


@pytest.mark.parametrize(
    ("period", "first", "last", "how"),
    [("2024", date(2024, 1, 1), date(2024, 12, 31), "year"), ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "month"),
     ("2026-02", date(2026, 2, 1), date(2026, 2, 28), "month"),
     ("2024-12", date(2024, 12, 1), date(2024, 12, 31), "month"),
     ("2003-10-30", date(2003, 10, 30), date(2003, 10, 30), "day")],
)  # fmt: skip
def test_a_period_is_a_closed_interval(period, first, last, how):
    assert (first_day(period), last_day(period), precision(period)) == (first, last, how)


@pytest.mark.parametrize(
    "period",
    [
        "",
        "24-1",
        "2024-13",
        "2024-00",
        "2023-02-29",
        "2024-1-1",
        "20240101",
        "２０２４",
        "2024-01-00",
        "0000",
        "2024-01\n",
    ],
)
def test_what_is_no_date_is_refused_by_name(period):
    with pytest.raises(BadInput, match="is no date"):
        first_day(period)
