"""The clock at the door, in the city's zone; everything inside is handed the time."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")


def today() -> date:
    """Return today in Seoul."""
    return datetime.now(SEOUL).date()


def now() -> datetime:
    """Return the time in Seoul."""
    return datetime.now(SEOUL)
