"""Rows of a frame as plain records: None for what is missing, days as dates, lists as tuples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeAlias

import geopandas as gpd
import pandas as pd

Row = dict[str, Any]


Rows: TypeAlias = gpd.GeoDataFrame | Sequence[Row]
"""Many things: a frame as notebooks hold them, or plain rows as a store reads them for one answer."""


def records(rows: Rows | pd.DataFrame) -> list[Row]:
    """Return rows of their own, with None in place of a frame's NaN; geometries as shapely's."""
    if isinstance(rows, pd.DataFrame):
        names = [str(name) for name in rows.columns]
        table = rows.to_numpy(dtype=object).tolist()  # many times faster than to_dict
        return [dict(zip(names, map(_plain, values), strict=True)) for values in table]
    return [dict(row) for row in rows]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    return value.item() if hasattr(value, "item") and hasattr(value, "dtype") else value


def day(value: Any) -> date | None:
    """Return an ISO text (or a date) as a date, None for nothing."""
    if value is None or value == "":
        return None
    return value if type(value) is date else date.fromisoformat(str(value)[:10])


def words(value: str | None) -> tuple[str, ...]:
    """Return the parts of a ";"-separated list."""
    return tuple(part.strip() for part in (value or "").split(";") if part.strip())


def in_force(row: Row, as_of: date) -> bool:
    """Say whether `as_of` lies in valid_from (inclusive) to valid_to (exclusive); an open end is in force."""
    start, end = day(row.get("valid_from")), day(row.get("valid_to"))
    return (start is None or start <= as_of) and (end is None or as_of < end)
