"""An event of a road into the register: record, history, adjacency and audit entry in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, insert, select, update

from geo import audit
from geo.database import City, write
from geo.errors import NotFound, Stale
from geo.registry import amend
from geo.registry.amend import Amendment, Change
from geo.registry.columns import KINDS
from geo.registry.event import Event
from geo.registry.rows import Row
from geo.registry.store import adjacency, people
from geo.registry.store.tables import (
    ADJACENCY,
    CONSENTS,
    EVENT,
    EVENTS,
    FOREVER,
    HISTORY,
    PARCELS,
    PARTIES,
    ROADS,
    SOURCES,
)
from geo.registry.store.writing import close, digests

PAST = HISTORY["roads"]
_KIND = KINDS["roads"]
_TABLES = (ROADS, PAST, PARCELS, ADJACENCY, EVENTS, SOURCES, PARTIES, CONSENTS, *audit.TABLES)


@dataclass(frozen=True)
class Held:
    """A road as the register holds it."""

    row: Row
    """Its columns, and `geometry` in EPSG:5186."""
    version: int
    recorded_from: str
    fid: int
    digest: str

    @property
    def uid(self) -> str:
        """The road's identifier."""
        return str(self.row["road_uid"])


def amend_road(
    city: City,
    uid: str | None,
    event: Event,
    *,
    versions: Mapping[str, int] | None,
    officer: str,
    at: datetime,
    reason: str,
    place: str | None = None,
) -> list[str]:
    """Do what `event` says to a road, None for a new one; return the identifiers of all roads it wrote.

    `versions` are those the officer read, of every road concerned, None at the command line; `place` is where the call
    came from.
    Raises NotFound, Stale, Conflict, RuleBroken; then nothing has changed.
    """
    with write(city, *_TABLES) as connection:
        held = road_now(connection, uid) if uid is not None else None
        others = [road_now(connection, other) for other in event.others]
        known = {each.uid: each for each in (held, *others) if each}
        if versions is not None:
            _check_versions(known, versions)
        at = _after(at, known)
        done = amend.amend(
            held.row if held else None, event, officer=officer, at=at, reason=reason, others=[o.row for o in others]
        )
        _save(connection, done, known, officer, at)
        people.keep(connection, city, event, done.changes[0].row["road_uid"], at)
        adjacency.refresh(connection, "roads", [change.row["road_uid"] for change in done.changes])
        audit.append(connection, city, _entry(done, known, officer, at, place))
    return [str(change.row["road_uid"]) for change in done.changes]


def _check_versions(known: Mapping[str, Held], read: Mapping[str, int]) -> None:
    for uid, held in known.items():
        if uid not in read:
            raise Stale(
                f"the version of road {uid} that the edit was made of is not named",
                korean=f"도로 {uid}의 판이 If-Match에 없습니다. 관련된 도로마다 ETag를 쉼표로 이어 보내십시오.",
                parameter="If-Match",
            )
        if held.version != read[uid]:
            raise Stale(
                f"road {uid} is in version {held.version}, the edit was made of version {read[uid]}",
                korean=f"그 사이 다른 사람이 도로 {uid}을(를) 수정했습니다. 다시 읽은 뒤 고치십시오.",
                parameter="If-Match",
            )


def road_now(connection: Connection, uid: str) -> Held:
    """Return a road as it is held now. Raises NotFound."""
    found = connection.execute(select(ROADS).where(ROADS.c.road_uid == uid)).mappings().first()
    if found is None:
        raise NotFound("there is no road of that identifier", korean="해당 도로가 없습니다.", parameter="id")
    row = {name: found[name] for name in _KIND.columns} | {"geometry": found["geom"]}
    return Held(row, found["version"], found["recorded_from"], found["fid"], found["digest"])


def _after(at: datetime, known: Mapping[str, Held]) -> datetime:
    """Return the record time: `at`, or just after what is recorded where the clock was set back."""
    newest = max((datetime.fromisoformat(held.recorded_from) for held in known.values()), default=None)
    return at if newest is None or at > newest else (newest + timedelta(microseconds=1)).astimezone(at.tzinfo)


def _save(connection: Connection, done: Amendment, known: Mapping[str, Held], officer: str, at: datetime) -> None:
    source = _source(connection, done, officer, at)
    for change in done.changes:
        held = known.get(change.row["road_uid"])
        values = _values(change.row, source, at)
        if held is None:
            version = 1
            connection.execute(insert(ROADS).values(**values, version=version))
        else:
            version = held.version + 1
            close(connection, _KIND, [held.fid], at)
            connection.execute(update(ROADS).where(ROADS.c.fid == held.fid).values(**values, version=version))
        if change.past is not None and held is not None:
            over = _values(change.past, source, at)
            connection.execute(insert(PAST).values(**over, version=held.version, recorded_to=FOREVER))
        named = {"road_uid": change.row["road_uid"], "version": version}
        connection.execute(insert(EVENTS).values(**named, **done.record))


def _source(connection: Connection, done: Amendment, officer: str, at: datetime) -> int:
    """Note the event as the source of what it writes, so that a review can say where its facts come from."""
    papers = json.loads(done.record["documents"])
    named = done.record["notice_no"] or (papers[0]["ref"] if papers else "")
    row = {
        "kind": EVENT, "file": f"{done.record['event']} {named}".strip(), "rows": len(done.changes), "crs": "EPSG:5186",
        "sha256": hashlib.sha256(json.dumps(dict(done.record), sort_keys=True).encode()).hexdigest(),
        "encoding": "UTF-8", "imported_at": at.isoformat(), "officer": officer,
    }  # fmt: skip
    return int(connection.execute(insert(SOURCES).values(row).returning(SOURCES.c.id)).scalar_one())


def _values(row: Row, source: int, at: datetime) -> dict[str, Any]:
    columns = {name: row[name] for name in _KIND.columns}
    common = {"source_id": source, "recorded_from": at.isoformat()}
    return {**columns, **common, "geom": row["geometry"], "digest": digest_of(row)}


def digest_of(row: Row) -> str:
    """Return the digest that an import would give this road."""
    shapes = np.empty(1, dtype=object)
    shapes[0] = row["geometry"]
    table = pd.DataFrame([[row[name] for name in _KIND.columns]], columns=list(_KIND.columns), dtype=object)
    return digests(table, shapes)[0]


def _entry(done: Amendment, known: Mapping[str, Held], officer: str, at: datetime, place: str | None) -> audit.Entry:
    first: Change = done.changes[0]
    before = {uid: {"version": held.version, "digest": held.digest} for uid, held in known.items()}
    after = {
        change.row["road_uid"]: {
            "version": known[change.row["road_uid"]].version + 1 if change.row["road_uid"] in known else 1,
            "digest": digest_of(change.row),
            "changed": _differences(known.get(change.row["road_uid"]), change.row),
        }
        for change in done.changes
    }
    return audit.Entry(
        at=at, officer=officer, action=f"registry.{done.record['event'].lower()}", subject=first.row["road_uid"],
        reason=done.record["reason"], before=before, after={"roads": after, "from": place},
    )  # fmt: skip


def _differences(held: Held | None, row: Row) -> dict[str, Any]:
    """Return the columns that the event changed, each with what it was and what it is; geometry by its area."""
    if held is None:
        return {}
    changed = {name: [held.row[name], row[name]] for name in _KIND.columns if held.row[name] != row[name]}
    if not held.row["geometry"].equals(row["geometry"]):
        changed["geometry_m2"] = [round(held.row["geometry"].area, 2), round(row["geometry"].area, 2)]
    return changed
