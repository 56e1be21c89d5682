"""One value of a delivered file at a time: read as its column's type, or refused with the reason."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely

from geo import boundaries
from geo.errors import BadInput
from geo.registry import pnu
from geo.registry.columns import Field

_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ]00:00:00.*)?")
_LINE = re.compile(r"LINESTRING\s*\([-+.\deE,\s]+\)", re.IGNORECASE)  # flat: nothing that a WKT parser could choke on
_YES, _NO = {"y", "yes", "true", "t", "1"}, {"n", "no", "false", "f", "0"}
_LONGEST_TEXT = 2_000
_LONGEST_LINE = 200_000


def missing(value: Any) -> bool:
    """Tell whether a delivered value stands for nothing."""
    if value is None or (isinstance(value, float | np.floating) and math.isnan(value)):
        return True
    return (isinstance(value, str) and not value.strip()) or str(value) in ("NaT", "<NA>")


def read(field: Field, value: Any) -> Any:
    """Return `value` as the type of `field`, None where it is missing. Raises ValueError with the reason."""
    if missing(value):
        if field.required:
            raise ValueError("is empty")
        return False if field.name == "synthetic" else None
    return _READERS[field.type](field, value)


def _text(_: Field, value: Any) -> str:
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"is {len(text):,} characters long, more than {_LONGEST_TEXT:,}")
    if not text.isprintable() and any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text):
        raise ValueError(f"{text[:40]!r} holds control characters")
    if "\ufffd" in text:
        raise ValueError(f"{text[:40]!r} was damaged by a wrong text encoding")
    return text


def _word(field: Field, value: Any) -> str:
    text = _text(field, value)
    if text not in field.words:
        raise ValueError(f"{text[:40]!r} is none of {', '.join(field.words)}")
    return text


def _date(field: Field, value: Any) -> str:
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[s]").item()
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    found = _DATE.fullmatch(text := _text(field, value))
    try:
        if found:
            return date(*map(int, found.groups())).isoformat()
    except ValueError:
        pass  # 2021-02-30 has the form of a date and is none: said below
    raise ValueError(f"{text[:40]!r} is no date of the form YYYY-MM-DD")


def _number(field: Field, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{str(value)[:40]!r} is no number") from None
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError(f"{value} is no finite number")
    if field.above is not None and number <= field.above:
        raise ValueError(f"{number:g} is not above {field.above:g}")
    return number


def _count(field: Field, value: Any) -> int:
    number = _number(field, value)
    if number < 0 or not number.is_integer() or number > 1_000_000:
        raise ValueError(f"{number:g} is no count")
    return int(number)


def _flag(_: Field, value: Any) -> bool:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip().lower()
    if text not in _YES | _NO:
        raise ValueError(f"{str(value)[:40]!r} is neither Y nor N")
    return text in _YES


def _pnu(_: Field, value: Any) -> str:
    if isinstance(value, float):
        raise ValueError(f"{value} came as a floating number and has lost digits: PNUs must be text")
    try:
        return pnu.check(str(value).strip())
    except BadInput as error:
        raise ValueError(str(error)) from None


def _pnus(field: Field, value: Any) -> str:
    pnus = [_pnu(field, part) for part in str(value).split(";") if part.strip()]
    return ";".join(dict.fromkeys(pnus))


def _line(_: Field, value: Any) -> str:
    text = str(value).strip()
    if len(text) > _LONGEST_LINE or not _LINE.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no LINESTRING")
    try:
        line = shapely.from_wkt(text)
    except shapely.errors.ShapelyError:
        raise ValueError(f"{text[:40]!r} is no LINESTRING") from None
    left, bottom, right, top = boundaries.city_bounds()
    x0, y0, x1, y1 = line.bounds
    if not (x0 >= left - 1000 and x1 <= right + 1000 and y0 >= bottom - 1000 and y1 <= top + 1000):
        raise ValueError(f"{text[:40]!r} lies outside Paju in EPSG:5186")
    return text


_READERS: dict[str, Callable[[Field, Any], Any]] = {
    "text": _text,
    "word": _word,
    "date": _date,
    "number": _number,
    "count": _count,
    "flag": _flag,
    "pnu": _pnu,
    "pnus": _pnus,
    "line": _line,
}
