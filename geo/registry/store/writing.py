"""Rows into the register and its history, with the file they came from and the audit entry, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, Table, bindparam, delete, insert, literal, select, update

from geo.audit import TABLES, Entry, append
from geo.database import City, write
from geo.registry.columns import Kind
from geo.registry.delivery import Geometries
from geo.registry.store import adjacency
from geo.registry.store.parts import in_parts
from geo.registry.store.tables import ADJACENCY, CURRENT, EVENT, HISTORY, SITES, SOURCES

_BESIDE = (CURRENT["parcels"], CURRENT["roads"], ADJACENCY, SITES, SOURCES, *TABLES)


@dataclass(frozen=True)
class Saved:
    """How many rows were added, changed, closed because a whole layer does not hold them any more, and kept.

    Kept are those an officer amended: a file does not undo an edit that has its own document and history.
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


def save(
    city: City, kind: Kind, table: pd.DataFrame, shapes: Geometries, source: Mapping[str, Any], *, at: datetime
) -> Saved:
    """Write what is new and what differs, and nothing at all when there is neither.

    `table` holds the columns of `kind`, `shapes` EPSG:5186 of its stored type, `source` a row of SOURCES without id.
    """
    marks = digests(table, shapes)
    keys = list(table[kind.key]) if kind.key else marks
    place_of = {key: place for place, key in enumerate(keys)}  # two equal rows of a layer are one
    with write(city, CURRENT[kind.name], HISTORY[kind.name], *_BESIDE) as connection:
        held = _held(connection, kind)
        new = [place for key, place in place_of.items() if key not in held]
        changed = {key: place for key, place in place_of.items() if key in held and held[key].digest != marks[place]}
        kept = _amended(connection, kind) & set(changed)
        changed = {key: place for key, place in changed.items() if key not in kept}
        gone = [] if kind.key else [row.fid for key, row in held.items() if key not in place_of]
        if not (new or changed or gone):
            return Saved(kept=len(kept))
        source_id = connection.scalar(insert(SOURCES).values(source).returning(SOURCES.c.id))
        common = {"source_id": source_id, "recorded_from": at.isoformat()}
        rows = list(table.itertuples(index=False, name=None))
        build = _Builder(list(table.columns), rows, shapes, marks, common)
        close(connection, kind, [*(held[key].fid for key in changed), *gone], at)
        _delete(connection, kind, gone)
        _insert(connection, CURRENT[kind.name], (build.row(place, version=1) for place in new))
        _update(connection, kind, (
            {**build.row(place, version=held[key].version + 1), "at_fid": held[key].fid}
            for key, place in changed.items()
        ))  # fmt: skip
        if kind.name == "permits":
            _note_sites(connection, table.iloc[[*new, *changed.values()]])
        if kind.name in adjacency.KEPT:
            adjacency.refresh(connection, kind.name, [keys[place] for place in (*new, *changed.values())])
        saved = Saved(len(new), len(changed), len(gone), len(kept))
        append(connection, city, Entry(
            at=at, officer=str(source["officer"]), action="registry.import", subject=kind.name,
            reason=f"file {source['file']}", after={**source, **vars(saved)},
        ))  # fmt: skip
    return saved


@dataclass(frozen=True)
class _Builder:
    """Makes rows for the database, one at a time, so that 400,000 of them need not stand in memory at once."""

    names: Sequence[str]
    values: Sequence[tuple[Any, ...]]
    shapes: Geometries
    digests: Sequence[str]
    common: Mapping[str, Any]

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
    rows = connection.execute(select(table.c[kind.key or "digest"], table.c.fid, table.c.digest, table.c.version))
    return {key: _Held(fid, digest, version) for key, fid, digest, version in rows}


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
    pairs = zip(permits["permit_id"], permits["pnus"], strict=True)
    _insert(connection, SITES, ({"permit_id": name, "pnu": pnu} for name, pnus in pairs for pnu in pnus.split(";")))
