"""Is a file good as a layer of its own? Its name, what its columns hold, and every value as it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np

from geo.clock import SEOUL
from geo.errors import BadFile, BadInput
from geo.features.collections import COLLECTIONS, Kind, Property
from geo.features.temporal import stamp
from geo.features.terms import GEOMETRY
from geo.registry.values import missing

_ID = re.compile(r"[a-z][a-z0-9_]{1,39}")
_NAME = re.compile(r"[^\"\\\x00-\x1f\x7f]{1,60}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Z+-].*)?")
_LONGEST_TEXT = 2_000


def check_id(id: str) -> None:
    """Raise BadInput unless an imported layer may bear this name."""
    if not _ID.fullmatch(id):
        raise BadInput(f"layer {id!r}: use 2 to 40 of a-z, 0-9 and '_', beginning with a letter", parameter="id")
    if id in COLLECTIONS:
        raise BadInput(f"layer {id!r} is a collection of the city's own; choose another name", parameter="id")


def chosen(present: Sequence[str]) -> dict[str, str]:
    """Return the columns of a file by the names they are served under: their own. Raises BadFile."""
    for name in present:
        if not _NAME.fullmatch(name) or name == GEOMETRY:
            raise BadFile(f"column {name[:60]!r}: rename it, without quotes, backslashes and not {GEOMETRY!r}")
    return {name: name for name in present}


def properties(columns: Mapping[str, Sequence[Any]]) -> tuple[Property, ...]:
    """Return what each column holds, as its values tell."""
    return tuple(Property(name, _kind([_plain(v) for v in values])) for name, values in columns.items())


def rows(columns: Mapping[str, Sequence[Any]], held: Sequence[Property], count: int) -> list[dict[str, Any]]:
    """Return each row's properties as JSON values. Raises BadFile, naming row and column, for a text too long."""
    found: list[dict[str, Any]] = [{} for _ in range(count)]
    for each in held:
        for number, (row, value) in enumerate(zip(found, columns[each.name], strict=True), 1):
            row[each.name] = kept = _kept(_plain(value), each.kind)
            if isinstance(kept, str) and len(kept) > _LONGEST_TEXT:
                raise BadFile(f"row {number}, {each.name}: longer than {_LONGEST_TEXT:,} characters")
    return found


def ids(columns: Mapping[str, Sequence[Any]], count: int) -> list[str]:
    """Return what names each row: its `id` where every row has one of its own, else its number."""
    named = [_plain(value) for value in columns.get("id", ())]
    texts = [str(value) for value in named if isinstance(value, str | int)]
    return texts if len(set(texts)) == count else [str(number) for number in range(1, count + 1)]


def _plain(value: Any) -> Any:
    """Return a value as Python's own, None where it is missing."""
    if isinstance(value, list | tuple | np.ndarray):
        return [str(each) for each in value]
    if missing(value):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, bool | int | float) else str(value).strip()


def _kind(values: Sequence[Any]) -> Kind:
    there = [value for value in values if value is not None]
    types = {type(value) for value in there}
    if types == {list}:
        return "list"
    if types == {bool}:
        return "flag"
    if types and types <= {int, float}:
        return "integer" if all(float(value).is_integer() for value in there) else "number"
    if types == {str}:
        return "date" if _all(_DATE, date, there) else "time" if _all(_TIME, datetime, there) else "text"
    return "text"


def _all(form: re.Pattern[str], type: type[date], texts: Sequence[str]) -> bool:
    """Tell whether all texts have a form and are dates or hours that there are."""
    try:
        return all(form.fullmatch(text) and type.fromisoformat(text) for text in texts)
    except ValueError:
        return False


def _kept(value: Any, kind: Kind) -> Any:
    if value is None:
        return None
    if kind == "integer":
        return int(value)
    if kind == "time":
        at = datetime.fromisoformat(value)
        return stamp(at if at.tzinfo else at.replace(tzinfo=SEOUL))
    return str(value) if kind == "text" else value
