"""Dates as precise as their source: a year, a month or a day, each a closed interval of days."""

import calendar
import re
from datetime import date

from geo.errors import BadInput

_FORM = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def first_day(period: str) -> date:
    """Return the first day of `period` (YYYY, YYYY-MM or YYYY-MM-DD). Raises BadInput."""
    return _days(period)[0]


def last_day(period: str) -> date:
    """Return the last day of `period` (YYYY, YYYY-MM or YYYY-MM-DD). Raises BadInput."""
    return _days(period)[1]


def precision(period: str) -> str:
    """Return `year`, `month` or `day`."""
    return ("year", "month", "day")[period.count("-")]


def _days(period: str) -> tuple[date, date]:
    found = _FORM.fullmatch(period)
    if not found:
        raise BadInput(f"{period!r} is no date: write YYYY-MM-DD, or YYYY-MM or YYYY where the source says no more")
    year, month, day = (int(part) if part is not None else None for part in found.groups())
    try:
        first = date(year or 0, 1 if month is None else month, 1 if day is None else day)
        if day is not None:
            return first, first
        if month is not None:
            return first, date(first.year, month, calendar.monthrange(first.year, month)[1])
        return first, date(first.year, 12, 31)
    except ValueError as error:
        raise BadInput(f"{period!r} is no date: {error}") from error
