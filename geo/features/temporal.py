"""Days and hours in filters: instants and intervals compared as ISO text, which sorts as time does.

A date is a day in Seoul; an hour is held in UTC to the millisecond. Compared with days, an hour is the day it falls
on; compared with hours, a day begins and ends at midnight in Seoul.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_

from geo.clock import SEOUL
from geo.errors import Unreadable
from geo.features.dialects import Condition, Value

_EARLIEST, _LATEST = "0000", "9999-99"  # before and after every date and time that is held
OPEN = (None, "", "..")

Literal = date | datetime


@dataclass(frozen=True)
class End:
    """One end of a span of time: a property of `kind` date, period or time, or a literal; None where it is open."""

    kind: str
    value: Value | Literal | None


Span = tuple[End, End]


def stamp(at: datetime) -> str:
    """Return an hour as it is held and compared: UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read(text: str, parameter: str) -> Literal:
    """Return the day or the hour that `text` names (RFC 3339). Raises Unreadable."""
    try:
        if len(text) == len("2026-04-30"):
            return date.fromisoformat(text)
        at = datetime.fromisoformat(text)
        if at.tzinfo is None or "T" not in text.upper():
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable(
            f"{parameter}: {text[:40]!r} is neither YYYY-MM-DD nor YYYY-MM-DDThh:mm:ssZ",
            korean=f"{parameter}: '{text[:40]}'은(는) YYYY-MM-DD도 YYYY-MM-DDThh:mm:ssZ도 아닙니다.",
            parameter=parameter,
        ) from None


def interval(text: str) -> tuple[Literal | None, Literal | None]:
    """Return the ends of OGC's `datetime`: an instant, or two with a slash, either open. Raises Unreadable."""
    first, slash, last = text.partition("/")
    ends = tuple(
        None if part in OPEN else read(part, "datetime") for part in ((first, last) if slash else (text, text))
    )
    start, end = ends
    backwards = start is not None and end is not None and _as("time", start, True) > _as("time", end, False)
    if backwards or (not slash and start is None):
        raise Unreadable(
            f"datetime {text[:80]!r} is no instant and no interval",
            korean=f"datetime '{text[:80]}'을(를) 읽을 수 없습니다.",
            parameter="datetime",
        )
    return start, end


def during(asked: tuple[Literal | None, Literal | None], kind: str, start: Value, end: Value | None) -> Condition:
    """Return the rows that hold at some time asked: from `start` until before `end`, or at `start` where it is None."""
    first, last = asked
    conditions = []
    if last is not None:
        conditions.append(start <= literal(_as(kind, last, False)))
    if first is not None:
        since = literal(_as(kind, first, True))
        conditions.append(start >= since if end is None else or_(end.is_(None), end > since))
    return and_(*conditions) if conditions else literal(True) == literal(True)


def compared(operator: Callable[[Any, Any], Any], one: End, other: End) -> Condition:
    """Return two instants compared; a literal takes the kind of the property it is compared with."""
    kind = _kind((one, one), (other, other))
    return operator(*(_value(kind, end, True, bounded=False) for end in (one, other)))  # type: ignore[no-any-return]


def related(relation: str, one: Span, other: Span) -> Condition:
    """Return whether two spans stand in one of RELATIONS; an instant is a span whose ends are one."""
    kind = _kind(one, other)
    ends = []
    for span in (one, other):
        is_interval = span[0] is not span[1]
        ends += [_value(kind, span[0], True, bounded=is_interval), _value(kind, span[1], False, bounded=is_interval)]
    condition: Condition = RELATIONS[relation](*ends)
    return condition


def _kind(one: Span, other: Span) -> str:
    kinds = {end.kind for end in (*one, *other) if isinstance(end.value, ColumnElement)}
    if "time" in kinds and len(kinds) > 1:
        raise Unreadable("the filter compares days with hours", korean="filter: 날짜와 시각은 비교할 수 없습니다.",
                         parameter="filter")  # fmt: skip
    if kinds:
        return "time" if "time" in kinds else "date"
    return "time" if any(isinstance(end.value, datetime) for end in (*one, *other)) else "date"


def _value(kind: str, end: End, first: bool, *, bounded: bool) -> Value:
    if end.value is None:
        return literal(_EARLIEST if first else _LATEST)
    if isinstance(end.value, ColumnElement):
        return func.coalesce(end.value, _EARLIEST if first else _LATEST) if bounded else end.value
    return literal(_as(kind, end.value, first))


def _as(kind: str, value: Literal, first: bool) -> str:
    if kind != "time":
        return value.astimezone(SEOUL).date().isoformat() if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, datetime):
        return stamp(value)
    midnight = datetime.combine(value, time.min, SEOUL)
    return stamp(midnight if first else midnight + timedelta(days=1, milliseconds=-1))


RELATIONS: dict[str, Callable[[Any, Any, Any, Any], Condition]] = {
    "t_after": lambda a, b, c, d: a > d,
    "t_before": lambda a, b, c, d: b < c,
    "t_contains": lambda a, b, c, d: and_(a < c, b > d),
    "t_disjoint": lambda a, b, c, d: or_(b < c, a > d),
    "t_during": lambda a, b, c, d: and_(a > c, b < d),
    "t_equals": lambda a, b, c, d: and_(a == c, b == d),
    "t_finishedby": lambda a, b, c, d: and_(a < c, b == d),
    "t_finishes": lambda a, b, c, d: and_(a > c, b == d),
    "t_intersects": lambda a, b, c, d: and_(a <= d, b >= c),
    "t_meets": lambda a, b, c, d: b == c,
    "t_metby": lambda a, b, c, d: a == d,
    "t_overlappedby": lambda a, b, c, d: and_(a > c, a < d, b > d),
    "t_overlaps": lambda a, b, c, d: and_(a < c, b > c, b < d),
    "t_startedby": lambda a, b, c, d: and_(a == c, b > d),
    "t_starts": lambda a, b, c, d: and_(a == c, b < d),
}
"""By the ends of the one, a to b, and of the other, c to d (OGC 21-065r2, 7.9); names in lower case."""
