"""Is a delivered file acceptable? Its columns, every value and every geometry, with all that is wrong told at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo import boundaries
from geo.errors import BadFile, BadInput
from geo.registry import evidence, values
from geo.registry.columns import KINDS, Field, Kind
from geo.registry.wkb import vertices

SHOWN = 20  # of the faults, to people; JSON holds them all
OUTSIDE_M = 300.0  # the city's boundary is simplified by up to 179 m (evidence.py)
FAR_M = 500.0  # beyond any error of a ri's boundary and any wrong datum: the row itself is wrong
_JIBUN = re.compile(r"(산)?\s*(\d{1,4})\s*(?:-\s*(\d{1,4}))?\s*(?:번지)?\s*([가-힣]*)")

_JIMOK = next(field for field in KINDS["parcels"].fields if field.name == "jimok")

Geometries = NDArray[np.object_]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: in which row (from 1) and column."""

    row: int
    column: str
    problem: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.problem}"


class BadRows(BadFile):
    """Rows of a delivered file break its contract; `faults` tells of each."""

    def __init__(self, name: str, faults: Sequence[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: (fault.row, fault.column))
        rows = len({fault.row for fault in faults})
        super().__init__(f"{name}: {rows:,} row{'s' * (rows > 1)} at fault, nothing was imported; {self.faults[0]}")


def chosen(present: Sequence[str], kind: Kind) -> dict[str, str]:
    """Return which column of the file (as spelt there) is which field of `kind`.

    Case does not matter, and a name cut to ten letters (as dBASE does) counts when it can mean one field only.
    Raises BadFile when a required column is missing, or one is there twice.
    """
    found: dict[str, str] = {}
    for column in present:
        fields = _meant(column.strip().lower(), kind)
        if len(fields) > 1:
            raise BadFile(
                f"column {column!r} may mean {' or '.join(fields)}: use a format without short names, as GPKG"
            )
        for field in fields:
            if field in found.values():
                raise BadFile(f"column {field} is there twice, the second time as {column!r}")
            found[column] = field
    absent = [field.name for field in kind.fields if field.required and field.name not in found.values()]
    if absent:
        there = ", ".join(present) or "none"
        raise BadFile(f"columns missing for {kind.name}: {', '.join(absent)}; the file has {there}")
    return found


def _meant(column: str, kind: Kind) -> list[str]:
    exact = [field.name for field in kind.fields if column == field.name or column in field.aliases]
    if exact or len(column) != 10:
        return exact
    return [field.name for field in kind.fields if field.name[:10] == column]


def clean(raw: Mapping[str, Sequence[Any]], rows: int, kind: Kind) -> tuple[pd.DataFrame, list[Fault]]:
    """Return every field of `kind` for each of `rows` rows, as the database holds it, and what is wrong."""
    faults: list[Fault] = []
    done: dict[str, list[Any]] = {}
    for field in kind.fields:
        source = raw.get(field.name)
        done[field.name] = [_empty(field)] * rows if source is None else _read_column(field, source, faults)
    if kind.name == "parcels":
        _split_jibun(done, faults)
    if "valid_from" in done:
        _check_period(done, faults)
    if "pnus" in done:
        _check_site(done, faults)
    if kind.key:
        _check_unique(kind.key, done[kind.key], faults)
    return pd.DataFrame(done, columns=list(kind.columns), dtype=object), faults


def _empty(field: Field) -> Any:
    return False if field.name == "synthetic" else None


def _read_column(field: Field, source: Sequence[Any], faults: list[Fault]) -> list[Any]:
    column = []
    for row, value in enumerate(source, 1):
        try:
            column.append(values.read(field, value))
        except ValueError as problem:
            faults.append(Fault(row, field.name, str(problem)))
            column.append(None)
    return column


def _split_jibun(done: dict[str, list[Any]], faults: list[Fault]) -> None:
    """Take '산 100-1임' apart: the lot number and, where no column holds it, the 지목."""
    for place, text in enumerate(done["jibun"]):
        if text is None:
            continue
        found = _JIBUN.fullmatch(text)
        if found is None:
            faults.append(
                Fault(place + 1, "jibun", f"{text[:40]!r} is no lot number; if it is garbled, see the encoding")
            )
            continue
        mountain, main, sub, jimok = found.groups()
        done["jibun"][place] = f"{mountain or ''}{int(main)}" + (f"-{int(sub)}" if sub and int(sub) else "")
        if jimok and not done["jimok"][place]:
            try:
                done["jimok"][place] = values.read(_JIMOK, jimok)
            except ValueError as problem:
                faults.append(Fault(place + 1, "jibun", str(problem)))


def _check_period(done: dict[str, list[Any]], faults: list[Fault]) -> None:
    for row, (start, end) in enumerate(zip(done["valid_from"], done["valid_to"], strict=True), 1):
        if start and end and end <= start:
            faults.append(Fault(row, "valid_to", f"{end} is not after valid_from {start}"))


def _check_site(done: dict[str, list[Any]], faults: list[Fault]) -> None:
    for place, (main, pnus) in enumerate(zip(done["main_pnu"], done["pnus"], strict=True)):
        if pnus is None:
            done["pnus"][place] = main
        elif main and main not in pnus.split(";"):
            faults.append(Fault(place + 1, "pnus", f"does not hold main_pnu {main}"))


def _check_unique(key: str, column: Sequence[str | None], faults: list[Fault]) -> None:
    seen: dict[str, int] = {}
    for row, value in enumerate(column, 1):
        if value is not None and seen.setdefault(value, row) != row:
            faults.append(Fault(row, key, f"{value} stands in row {seen[value]} already"))


def shapes(wkb: Sequence[bytes | None], kind: Kind) -> tuple[Geometries, list[Fault]]:
    """Return the geometries in the file's own numbers and two dimensions, None where at fault, and the faults."""
    faults: list[Fault] = []
    safe = np.full(len(wkb), None, dtype=object)
    for place, data in enumerate(wkb):
        if data is None:
            faults.append(Fault(place + 1, "geometry", "is missing"))
            continue
        try:
            vertices(data, limit=kind.max_vertices)
        except BadInput as problem:
            faults.append(Fault(place + 1, "geometry", str(problem)))
            continue
        safe[place] = data
    with np.errstate(invalid="ignore"):  # NaN: told below, with the row
        found = shapely.from_wkb(safe, on_invalid="ignore")
    broken = [place for place, data in enumerate(safe) if data is not None and found[place] is None]
    faults.extend(Fault(place + 1, "geometry", "cannot be built from its bytes") for place in broken)
    found = shapely.force_2d(found)
    for at_fault in np.flatnonzero(~_good(found, kind)):
        if found[at_fault] is not None:
            faults.append(Fault(int(at_fault) + 1, "geometry", _problem(found[at_fault], kind)))
            found[at_fault] = None
    return found, faults


def _good(found: Geometries, kind: Kind) -> NDArray[np.bool_]:
    types = [shapely.GeometryType[name.upper()] for name in kind.shapes]
    coordinates, rows = shapely.get_coordinates(found, return_index=True)
    finite = np.ones(len(found), dtype=bool)
    finite[rows[~np.isfinite(coordinates).all(axis=1)]] = False
    good = np.isin(shapely.get_type_id(found), types) & finite & ~shapely.is_empty(found)
    good[good] = shapely.is_valid(found[good])
    return good


def _problem(geometry: Any, kind: Kind) -> str:
    if geometry.is_empty:
        return "is empty"
    if geometry.geom_type not in kind.shapes:
        return f"is a {geometry.geom_type}, not a {' or '.join(kind.shapes)}"
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return "has a coordinate that is no finite number"
    return str(shapely.is_valid_reason(geometry))


def misplaced(found: Geometries, table: pd.DataFrame, kind: Kind) -> list[Fault]:
    """Return the rows that lie outside the city, or far from the ri or dong their PNU names; `found` is EPSG:5186.

    A sliver that was valid in the file's own coordinates may cross itself in these: that is told, too.
    """
    city = boundaries.city()
    shapely.prepare(city)
    faults = [
        Fault(int(place) + 1, "geometry", f"lies {shapely.distance(found[place], city):,.0f} m outside Paju")
        for place in np.flatnonzero(~shapely.dwithin(city, found, OUTSIDE_M))
    ]
    faults += [
        Fault(int(place) + 1, "geometry", f"{shapely.is_valid_reason(found[place])} once in EPSG:5186")
        for place in np.flatnonzero(~shapely.is_valid(found))
    ]
    if kind.witness is None:
        return faults
    outside = {fault.row for fault in faults}
    named = np.array([evidence.area_named(pnu) if pnu else None for pnu in table[kind.witness]], dtype=object)
    shapely.prepare(named)
    far = ~shapely.dwithin(named, found, FAR_M) & (named != None)  # noqa: E711 - element by element
    for place in np.flatnonzero(far):
        if place + 1 not in outside:
            away, pnu = shapely.distance(found[place], named[place]), table[kind.witness].iloc[place]
            faults.append(
                Fault(int(place) + 1, kind.witness, f"lies {away:,.0f} m from the ri or dong that {pnu} names")
            )
    return faults
