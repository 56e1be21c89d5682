"""The register on both axes of time: what it said at a moment, of what was true on a day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Connection, Table, and_, select, true

from geo.clock import SEOUL
from geo.database import City, overlaps, read
from geo.errors import NotFound
from geo.registry import permit
from geo.registry.columns import KINDS
from geo.registry.rows import Row, day
from geo.registry.store.tables import CURRENT, EVENTS, FOREVER, HISTORY, ROADS, SOURCES

_RECORD = ("version", "recorded_from", "recorded_to")


def as_of(
    city: City,
    kind: str,
    *,
    on: date | None = None,
    known_at: datetime | None = None,
    keys: Sequence[str] | None = None,
    near: BaseGeometry | None = None,
) -> list[Row]:
    """Return the rows of `kind` that the register held at `known_at` (None: now) as true on the day `on` (None: any).

    Each holds the kind's columns, `geometry` (EPSG:5186), `version`, `recorded_from`, `recorded_to` (None: still so)
    and `source_file`. Of one key and day there is one row, a permit's in the state of that day. `near` keeps those
    whose envelope meets its own.
    """
    now, past = CURRENT[kind], HISTORY[kind]
    with read(city, now, past, SOURCES) as connection:
        found = [
            *_rows(connection, now, known_at, keys, near),
            *_rows(connection, past, known_at, keys, near, believed=True),
        ]
    if on is None:
        return found
    true_then = [row for row in found if _true_on(row, on)]
    if kind == "permits":
        true_then = [then for row in true_then if (then := permit.on(row, on)) is not None]
    key = KINDS[kind].key
    if key is None:
        return true_then
    newest: dict[str, Row] = {}
    for row in true_then:
        newest.setdefault(row[key], row)  # what is held now comes first
    return list(newest.values())


def _rows(
    connection: Connection,
    table: Table,
    known_at: datetime | None,
    keys: Sequence[str] | None,
    near: BaseGeometry | None,
    *,
    believed: bool = False,
) -> list[Row]:
    kind = KINDS[table.name.removesuffix("_history")]
    conditions: list[ColumnElement[bool]] = [true()]
    if believed and known_at is None:
        conditions.append(table.c.recorded_to == FOREVER)
    if known_at is not None:
        # record times are kept in the city's zone, so that they compare as text
        moment = known_at.astimezone(SEOUL).isoformat()
        conditions.append(table.c.recorded_from <= moment)
        if "recorded_to" in table.c:
            conditions.append(table.c.recorded_to > moment)
    if keys is not None and kind.key:
        conditions.append(table.c[kind.key].in_(keys))
    if near is not None:
        left, bottom, right, top = near.bounds
        conditions.append(overlaps(connection, table, (left, bottom, right, top)))
    query = (
        select(table, SOURCES.c.file.label("source_file"))
        .join_from(table, SOURCES, table.c.source_id == SOURCES.c.id)
        .where(and_(*conditions))
        .order_by(table.c.recorded_from.desc())
    )
    return [_plain(dict(row), kind.columns) for row in connection.execute(query).mappings()]


def _plain(row: dict[str, Any], columns: Sequence[str]) -> Row:
    until = row.get("recorded_to")
    record = {name: row.get(name) for name in _RECORD} | {"recorded_to": None if until == FOREVER else until}
    return {
        **{name: row[name] for name in columns},
        **record,
        "geometry": row["geom"],
        "source_file": row["source_file"],
    }


def _true_on(row: Row, on: date) -> bool:
    start, end = day(row.get("valid_from")), day(row.get("valid_to"))
    return (start is None or start <= on) and (end is None or on < end)


def road(city: City, uid: str, *, on: date | None = None, known_at: datetime | None = None) -> Row:
    """Return one road as the register held it at `known_at` (None: now), true on `on` (None: its newest slice).

    Raises NotFound where the register held none, or none that was true on the day.
    """
    found = as_of(city, "roads", on=on, known_at=known_at, keys=[uid])
    if not found:
        raise NotFound(
            f"the register holds no road of that identifier{f' on {on}' if on else ''}",
            korean="그 시점에 해당 도로가 대장에 없습니다." if on or known_at else "해당 도로가 없습니다.",
            parameter="id",
        )
    return max(found, key=lambda row: (row["valid_from"], row["recorded_from"]))


def versions(city: City, uid: str) -> list[dict[str, Any]]:
    """Return every version of a road, newest first: its slice of legal time, its record time, the event, what differs.

    Raises NotFound.
    """
    past = HISTORY["roads"]
    with read(city, ROADS, past, SOURCES, EVENTS) as connection:
        found = _rows(connection, ROADS, None, [uid], None) + _rows(connection, past, None, [uid], None)
        told = select(EVENTS).where(EVENTS.c.road_uid == uid).order_by(EVENTS.c.n)
        events = [dict(row) for row in connection.execute(told).mappings()]
    if not found:
        raise NotFound("there is no road of that identifier", korean="해당 도로가 없습니다.", parameter="id")
    by_version = {event["version"]: _event(event) for event in events}
    order = sorted(found, key=lambda row: (row["recorded_from"], row["valid_from"]), reverse=True)
    return [{**row, "event": by_version.get(row["version"]) if _began(row, by_version) else None} for row in order]


def _began(row: Row, events: dict[int, dict[str, Any]]) -> bool:
    """Say whether the event of this version wrote this row, and not the slice that it ended."""
    event = events.get(row["version"])
    return event is not None and event["at"] == row["recorded_from"]


def _event(event: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in event.items() if name not in ("n", "road_uid", "version")}
    return told | {"documents": json.loads(told["documents"])}
