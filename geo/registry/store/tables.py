"""The registry's tables: what is held now, what was held before, and the files it came from.

A row's legal time stands in its own columns (`valid_from`, `valid_to`), its record time in `recorded_from` and, in the
history, `recorded_to`: a changed row is closed into the history and written anew, in one transaction. A row whose
`valid_from` has moved on ends the slice of legal time before it, which stays in the history as true of its days.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Float, Index, Integer, Table, Text

from geo.database import METADATA, Geo
from geo.registry.columns import KINDS, Field, Kind

_TYPES: dict[str, Any] = {"number": Float, "count": Integer, "flag": Boolean}


def _column(field: Field) -> Column[Any]:
    return Column(field.name, _TYPES.get(field.type, Text), nullable=not field.required)


def _own(kind: Kind) -> tuple[Column[Any], ...]:
    return (
        *(_column(field) for field in kind.fields),
        Column("version", Integer, nullable=False),
        Column("digest", Text, nullable=False),
        Column("source_id", Integer, nullable=False),
        Column("recorded_from", Text, nullable=False),
    )


def _current(kind: Kind) -> Table:
    table = Table(
        kind.name, METADATA, Column("fid", Integer, primary_key=True), *_own(kind),
        Column("geom", Geo(kind.stored), nullable=False),
    )  # fmt: skip
    Index(f"{kind.name}_key", table.c[kind.key or "digest"], unique=True)
    return table


def _history(kind: Kind) -> Table:
    table = Table(
        f"{kind.name}_history", METADATA, Column("fid", Integer, primary_key=True), *_own(kind),
        Column("recorded_to", Text, nullable=False), Column("geom", Geo(kind.stored), nullable=False),
    )  # fmt: skip
    Index(f"{kind.name}_history_key", table.c[kind.key or "digest"])
    return table


FOREVER = "9999-12-31T23:59:59+00:00"
"""`recorded_to` of a slice of legal time that is over and still what the register says of it."""
EVENT = "event"
"""The kind of a source that is no file but an officer's amendment."""
CURRENT = {name: _current(kind) for name, kind in KINDS.items()}
HISTORY = {name: _history(kind) for name, kind in KINDS.items()}
PARCELS, ROADS, PERMITS, RECOGNITIONS, ZONING, COVERAGE = (
    CURRENT[name] for name in ("parcels", "roads", "permits", "recognitions", "zoning", "coverage")
)

SITES = Table(  # which parcels each permit stands on, to be found by parcel; a retired one by those in its place
    "permit_parcels",
    METADATA,
    Column("n", Integer, primary_key=True),
    Column("permit_id", Text, nullable=False, index=True),
    Column("pnu", Text, nullable=False, index=True),
)
ADJACENCY = Table(  # where a parcel's boundary runs along a road's: frontage.contact, computed when either is written
    "adjacency",
    METADATA,
    Column("n", Integer, primary_key=True),
    Column("pnu", Text, nullable=False, index=True),
    Column("road_uid", Text, nullable=False, index=True),
    Column("total_m", Float, nullable=False),
    Column("longest_m", Float, nullable=False),
)
SOURCES = Table(
    "sources",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("crs", Text, nullable=False),
    Column("encoding", Text, nullable=False),
    Column("imported_at", Text, nullable=False),
    Column("officer", Text, nullable=False),
)
EVENTS = Table(  # what happened to a road (designation_history of the domain model); counts of consents, never names
    "road_events",
    METADATA,
    Column("n", Integer, primary_key=True),
    Column("road_uid", Text, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("event", Text, nullable=False),
    Column("effective_on", Text),
    Column("decided_on", Text),
    Column("announced_on", Text),
    Column("notice_no", Text),
    Column("committee", Text),
    Column("documents", Text, nullable=False),
    Column("consents_required", Integer),
    Column("consents_obtained", Integer),
    Column("reason", Text, nullable=False),
    Column("officer", Text, nullable=False),
    Column("at", Text, nullable=False),
)
OBSERVATIONS = Table(  # what an inspector measured on site; waits for an editor
    "road_observations",
    METADATA,
    Column("fid", Integer, primary_key=True),
    Column("road_uid", Text, nullable=False, index=True),
    Column("width_m", Float),
    Column("accuracy_m", Float, nullable=False),
    Column("note", Text),
    Column("photo_sha256", Text),
    Column("observed_at", Text, nullable=False),
    Column("officer", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("geom", Geo("POINT"), nullable=False),
)
PARTIES = Table(  # 이해관계인: who they are only under the key, which is not in the database
    "parties",
    METADATA,
    Column("n", Integer, primary_key=True),
    Column("party_ref", Text, nullable=False, unique=True),
    Column("sealed", Text, nullable=False),
)
CONSENTS = Table(
    "consents",
    METADATA,
    Column("n", Integer, primary_key=True),
    Column("road_uid", Text, nullable=False, index=True),
    Column("party_ref", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
)
