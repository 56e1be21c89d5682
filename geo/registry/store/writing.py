"""Rows into the register and its history, with the file they came from and the audit entry, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, Table, bindparam, case, delete, insert, literal, null, select, update

from geo.audit import TABLES, Entry, append
from geo.database import City, write
from geo.registry.columns import Kind
from geo.registry.delivery import Geometries
from geo.registry.store import adjacency, retiring
from geo.registry.store.parts import in_parts
from geo.registry.store.tables import (
    ADJACENCY,
    CURRENT,
    EVENT,
    FOREVER,
    HISTORY,
    PARCELS,
    PERMITS,
    ROADS,
    SITES,
    SOURCES,
)

_BESIDE = (PARCELS, HISTORY["parcels"], ROADS, PERMITS, ADJACENCY, SITES, SOURCES, *TABLES)


@dataclass(frozen=True)
class Saved:
    """How many rows were added, changed, closed and kept.

    Closed are those that a whole layer does not hold any more, and parcels whose ground others have taken. Kept are
    those an officer amended: a file does not undo an edit that has its own document and history.
    """

    added: int = 0
    changed: int = 0
    closed: int = 0
    kept: int = 0


@dataclass(frozen=True)
class _Held:
    fid: int
    digest: str
    version: int
    valid_from: str


def save(
    city: City, kind: Kind, table: pd.DataFrame, shapes: Geometries, source: Mapping[str, Any], *, at: datetime
) -> Saved:
    """Write what is new and what differs, and nothing at all when there is neither.

    `table` holds the columns of `kind`, `shapes` EPSG:5186 of its stored type, `source` a row of SOURCES without id.
    """
    marks = digests(table, shapes)
    keys = list(table[kind.key]) if kind.key else marks
    every = (*CURRENT.values(), *HISTORY.values())  # tables of all kinds, so that no later question has to make one
    with write(city, *every, *_BESIDE) as connection:
        held = _held(connection, kind)
        plan = _planned(connection, kind, keys, marks, held)
        if not (plan.new or plan.changed or plan.gone):
            return Saved(kept=plan.kept)
        source_id = connection.scalar(insert(SOURCES).values(source).returning(SOURCES.c.id))
        common = {"source_id": source_id, "recorded_from": at.isoformat()}
        rows = list(table.itertuples(index=False, name=None))
        build = _Builder(list(table.columns), rows, shapes, marks, common)
        _replace(connection, kind, plan, build, at)
        written = [*plan.new, *plan.changed.values()]
        if kind.name == "permits":
            _note_sites(connection, table.iloc[written])
        lost = kind.name == "parcels" and held.keys() - set(keys)
        retired = _retire(connection, kind, shapes[written], set(keys), at) if lost else []
        if kind.name in adjacency.KEPT:
            adjacency.refresh(connection, kind.name, [*(keys[place] for place in written), *retired])
        saved = Saved(len(plan.new), len(plan.changed), len(plan.gone) + len(retired), plan.kept)
        append(connection, city, Entry(
            at=at, officer=str(source["officer"]), action="registry.import", subject=kind.name,
            reason=f"file {source['file']}", after={**source, **vars(saved)},
        ))  # fmt: skip
    return saved


@dataclass(frozen=True)
class _Plan:
    """What an import does to the rows held: places in the file, and what is held of them."""

    new: Mapping[int, int]
    """Place, and the versions that the history holds of a row that comes back."""
    changed: Mapping[_Held, int]
    gone: Sequence[int]
    """fids."""
    kept: int


def _planned(
    connection: Connection, kind: Kind, keys: Sequence[str], marks: Sequence[str], held: Mapping[str, _Held]
) -> _Plan:
    place_of = {key: place for place, key in enumerate(keys)}  # two equal rows of a layer are one
    new = {key: place for key, place in place_of.items() if key not in held}
    before = retiring.versions(connection, list(new)) if kind.name == "parcels" else {}
    changed = {key: place for key, place in place_of.items() if key in held and held[key].digest != marks[place]}
    kept = _amended(connection, kind) & set(changed)
    return _Plan(
        new={place: before.get(key, 0) for key, place in new.items()},
        changed={held[key]: place for key, place in changed.items() if key not in kept},
        gone=[] if kind.key else [row.fid for key, row in held.items() if key not in place_of],
        kept=len(kept),
    )


def _replace(connection: Connection, kind: Kind, plan: _Plan, build: _Builder, at: datetime) -> None:
    """Close what is held into the history, and write what the file has in its place."""
    close(connection, kind, [*(held.fid for held in plan.changed), *plan.gone], at)
    _end_slices(connection, kind, build, plan.changed)
    _delete(connection, kind, plan.gone)
    _insert(connection, CURRENT[kind.name], (
        build.row(place, version=past + 1) for place, past in plan.new.items()
    ))  # fmt: skip
    _update(connection, kind, (
        {**build.row(place, version=held.version + 1), "at_fid": held.fid} for held, place in plan.changed.items()
    ))  # fmt: skip


@dataclass(frozen=True)
class _Builder:
    """Makes rows for the database, one at a time, so that 400,000 of them need not stand in memory at once."""

    names: Sequence[str]
    values: Sequence[tuple[Any, ...]]
    shapes: Geometries
    digests: Sequence[str]
    common: Mapping[str, Any]

    def value(self, place: int, name: str) -> Any:
        return self.values[place][self.names.index(name)]

    def row(self, place: int, *, version: int) -> dict[str, Any]:
        own = {"version": version, "digest": self.digests[place], "geom": self.shapes[place]}
        return {**dict(zip(self.names, self.values[place], strict=True)), **own, **self.common}


def digests(table: pd.DataFrame, shapes: Geometries) -> list[str]:
    """Return a hash of each row: its values, and its coordinates to the millimetre."""
    rounded = shapely.to_wkb(shapely.transform(shapes, lambda points: np.round(points, 3) + 0.0), byte_order=1)
    rows = table.itertuples(index=False, name=None)
    return [hashlib.sha256(repr(row).encode() + wkb).hexdigest() for row, wkb in zip(rows, rounded, strict=True)]


def _held(connection: Connection, kind: Kind) -> dict[str, _Held]:
    """Return what is held, by its key."""
    table = CURRENT[kind.name]
    since = table.c.valid_from if "valid_from" in table.c else null()
    rows = connection.execute(
        select(table.c[kind.key or "digest"], table.c.fid, table.c.digest, table.c.version, since)
    )
    return {key: _Held(fid, digest, version, start or "") for key, fid, digest, version, start in rows}


def _amended(connection: Connection, kind: Kind) -> set[str]:
    """Return the keys of the rows that an event wrote last."""
    if kind.key is None:
        return set()
    table = CURRENT[kind.name]
    query = select(table.c[kind.key]).join_from(table, SOURCES, table.c.source_id == SOURCES.c.id)
    return set(connection.scalars(query.where(SOURCES.c.kind == EVENT)))


def close(connection: Connection, kind: Kind, fids: Sequence[int], at: datetime) -> None:
    """Copy rows into the history, their record time closed."""
    current, history = CURRENT[kind.name], HISTORY[kind.name]
    names = [column.name for column in current.columns if column.name != "fid"]
    for some in in_parts(fids):
        closed = select(*(current.c[name] for name in names), literal(at.isoformat())).where(current.c.fid.in_(some))
        connection.execute(insert(history).from_select([*names, "recorded_to"], closed))


def _end_slices(connection: Connection, kind: Kind, build: _Builder, changed: Mapping[_Held, int]) -> None:
    """Keep what was held of a row as true until its own end, or the day that the new one is true from."""
    if "valid_from" not in kind.columns:
        return
    current, history = CURRENT[kind.name], HISTORY[kind.name]
    given = {"recorded_to": literal(FOREVER), "recorded_from": literal(build.common["recorded_from"])}
    names = [column.name for column in history.columns if column.name != "fid"]
    for held, place in changed.items():
        since = build.value(place, "valid_from")
        if (since or "") > held.valid_from:
            told = given | {"valid_to": case((current.c.valid_to < since, current.c.valid_to), else_=since)}
            ended = select(*(told[name] if name in told else current.c[name] for name in names))
            connection.execute(insert(history).from_select(names, ended.where(current.c.fid == held.fid)))


def _retire(
    connection: Connection, kind: Kind, written: Geometries, delivered: Collection[str], at: datetime
) -> list[str]:
    """Close the parcels whose ground the new ones have taken; permits on them are found by the new ones from now on."""
    retired = dict(retiring.superseded(connection, written, delivered))
    close(connection, kind, list(retired.values()), at)
    _delete(connection, kind, list(retired.values()))
    for some in in_parts(retired):
        stood = select(SITES.c.permit_id).where(SITES.c.pnu.in_(some))
        named = select(PERMITS.c.permit_id, PERMITS.c.pnus).where(PERMITS.c.permit_id.in_(stood))
        _note_sites(connection, pd.DataFrame(connection.execute(named).all(), columns=["permit_id", "pnus"]))
    return list(retired)


def _insert(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    for some in in_parts(rows):
        connection.execute(insert(table), some)


def _update(connection: Connection, kind: Kind, rows: Iterable[Mapping[str, Any]]) -> None:
    table = CURRENT[kind.name]
    for some in in_parts(rows):
        connection.execute(update(table).where(table.c.fid == bindparam("at_fid")), some)


def _delete(connection: Connection, kind: Kind, fids: Sequence[int]) -> None:
    table = CURRENT[kind.name]
    for some in in_parts(fids):
        connection.execute(delete(table).where(table.c.fid.in_(some)))


def _note_sites(connection: Connection, permits: pd.DataFrame) -> None:
    """Keep which parcels each of these permits stands on."""
    for some in in_parts(permits["permit_id"]):
        connection.execute(delete(SITES).where(SITES.c.permit_id.in_(some)))
    named = {
        name: dict.fromkeys(pnus.split(";")) for name, pnus in zip(permits["permit_id"], permits["pnus"], strict=True)
    }
    moved = retiring.standing(connection, [pnu for pnus in named.values() for pnu in pnus])
    now = {name: dict.fromkeys(each for pnu in pnus for each in moved.get(pnu, (pnu,))) for name, pnus in named.items()}
    _insert(connection, SITES, ({"permit_id": name, "pnu": pnu} for name, pnus in now.items() for pnu in pnus))
