"""Which parcel meets which road, for how many metres: kept true in the transaction of each edit and import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, Table, delete, insert, select

from geo.database import City, overlaps, read
from geo.registry import frontage
from geo.registry.columns import KINDS
from geo.registry.contacts import Roads
from geo.registry.store.parts import AT_ONCE, in_parts
from geo.registry.store.tables import ADJACENCY, CURRENT

KEPT = ("parcels", "roads")
"""The kinds whose geometry decides it."""
_FEW = 200  # rows whose surroundings are asked of the index one by one; more are met with every row
_AGREE_M = 0.001
Named = tuple[str, BaseGeometry]


def refresh(connection: Connection, kind: str, keys: Sequence[str]) -> None:
    """Compute anew what the parcels, or the roads, named by `keys` meet; call it when their geometry was written."""
    own = ADJACENCY.c.pnu if kind == "parcels" else ADJACENCY.c.road_uid
    for some in in_parts(keys):
        connection.execute(delete(ADJACENCY).where(own.in_(some)))
    names = ("pnu", "road_uid", "total_m", "longest_m")
    for rows in in_parts(dict(zip(names, row, strict=True)) for row in measured(connection, kind, keys)):
        connection.execute(insert(ADJACENCY), rows)


def measured(connection: Connection, kind: str, keys: Sequence[str]) -> Iterator[tuple[str, str, float, float]]:
    """Yield PNU, road, total and longest contact of these parcels, or roads, by their geometry in this transaction."""
    named: Iterable[Named] = _named(connection, CURRENT[kind], keys)
    other = CURRENT["roads" if kind == "parcels" else "parcels"]
    if len(keys) <= _FEW:
        named = list(named)
        beside = _beside(connection, other, (shape for _, shape in named))
    else:
        beside = _every(connection, other)
    sites, roads = (named, list(beside)) if kind == "parcels" else (beside, list(named))
    if not roads:
        return
    edges = Roads([shape for _, shape in roads])
    for some in in_parts(sites):
        for site, road, total_m, longest_m in edges.contacts([shape for _, shape in some]).itertuples(index=False):
            yield some[site][0], roads[road][0], total_m, longest_m


def _named(connection: Connection, table: Table, keys: Sequence[str]) -> Iterator[Named]:
    for some in in_parts(keys):
        yield from connection.execute(select(_key(table), table.c.geom).where(_key(table).in_(some)))


def _every(connection: Connection, table: Table) -> Iterator[Named]:
    yield from connection.execute(select(_key(table), table.c.geom).execution_options(yield_per=AT_ONCE))


def _beside(connection: Connection, table: Table, shapes: Iterable[BaseGeometry]) -> Iterable[Named]:
    """Return the rows whose envelope comes within the tolerance of a contact of one of `shapes`."""
    reach = frontage.TOLERANCE_M
    found: dict[str, BaseGeometry] = {}
    for shape in shapes:
        left, bottom, right, top = shape.bounds
        inside = overlaps(connection, table, (left - reach, bottom - reach, right + reach, top + reach))
        found.update(map(tuple, connection.execute(select(_key(table), table.c.geom).where(inside))))
    return found.items()


def _key(table: Table) -> Any:
    return table.c[KINDS[table.name].key or "digest"]


def differences(city: City, *, every: int = 1) -> Iterator[tuple[str, str]]:
    """Yield the road and what is wrong wherever the table is not what the geometry says; of each `every`th road."""
    roads = CURRENT["roads"]
    with read(city, ADJACENCY, CURRENT["parcels"], roads) as connection:
        uids = list(connection.scalars(select(roads.c.road_uid).order_by(roads.c.road_uid)))
        asked = set(uids[::every])
        stated: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for row in connection.execute(select(ADJACENCY)):
            if row.road_uid in asked:
                stated.setdefault((row.pnu, row.road_uid), []).append((row.total_m, row.longest_m))
            elif every == 1:
                yield row.road_uid, f"the adjacency table names it with parcel {row.pnu}, but there is no such road"
        for pnu, uid, total_m, longest_m in measured(connection, "roads", uids[::every]):
            held = stated.pop((pnu, uid), [])
            if len(held) != 1 or max(abs(held[0][0] - total_m), abs(held[0][1] - longest_m)) > _AGREE_M:
                said = f"the adjacency table says {held or 'nothing'}"
                yield uid, f"meets parcel {pnu} for {total_m:.3f} m by geometry; {said}"
        for pnu, uid in stated:
            yield uid, f"the adjacency table says it meets parcel {pnu}, the geometry does not"
