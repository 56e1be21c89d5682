"""Which parcel meets which road, for how many metres: kept true in the transaction of each edit and import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, Table, delete, insert, select

from geo.database import City, overlaps, read
from geo.registry import frontage
from geo.registry.columns import KINDS
from geo.registry.store.parts import in_parts
from geo.registry.store.tables import ADJACENCY, CURRENT

KEPT = ("parcels", "roads")
"""The kinds whose geometry decides it."""
_FEW = 200  # rows whose surroundings are asked of the index one by one; more are joined in memory
_AGREE_M = 0.001
Pair = tuple[str, str]


def refresh(connection: Connection, kind: str, keys: Sequence[str]) -> None:
    """Compute anew what the parcels, or the roads, named by `keys` meet; call it when their geometry was written."""
    own = ADJACENCY.c.pnu if kind == "parcels" else ADJACENCY.c.road_uid
    for some in in_parts(keys):
        connection.execute(delete(ADJACENCY).where(own.in_(some)))
    for rows in in_parts(_rows(measured(connection, kind, keys))):
        connection.execute(insert(ADJACENCY), rows)


def _rows(found: Iterator[tuple[Pair, frontage.Contact]]) -> Iterator[dict[str, Any]]:
    for (pnu, uid), met in found:
        yield {"pnu": pnu, "road_uid": uid, "total_m": met.total_m, "longest_m": met.longest_m}


def measured(connection: Connection, kind: str, keys: Sequence[str]) -> Iterator[tuple[Pair, frontage.Contact]]:
    """Yield each contact of these parcels, or roads, as their geometry in this transaction has it."""
    other = CURRENT["roads" if kind == "parcels" else "parcels"]
    whole = _Joined(connection, other) if len(keys) > _FEW else None
    for some in in_parts(keys):
        for key, shape in _shapes(connection, CURRENT[kind], some).items():
            for name, near in whole.near(shape) if whole else _near(connection, other, shape):
                pair = (key, name) if kind == "parcels" else (name, key)
                met = frontage.contact(shape, near) if kind == "parcels" else frontage.contact(near, shape)
                if met.lines:
                    yield pair, met


class _Joined:
    """All parcels, or all roads, in one tree."""

    def __init__(self, connection: Connection, table: Table) -> None:
        rows = connection.execute(select(_key(table), table.c.geom)).all()
        self.names = [name for name, _ in rows]
        self.shapes = [shape for _, shape in rows]
        self.tree = shapely.STRtree(self.shapes)

    def near(self, shape: BaseGeometry) -> Iterator[tuple[str, BaseGeometry]]:
        """Yield those whose ground comes within the tolerance of a contact."""
        for place in self.tree.query(shape, predicate="dwithin", distance=frontage.TOLERANCE_M):
            yield self.names[place], self.shapes[place]


def _near(connection: Connection, table: Table, shape: BaseGeometry) -> Iterator[tuple[str, BaseGeometry]]:
    left, bottom, right, top = shape.bounds
    reach = frontage.TOLERANCE_M
    inside = overlaps(connection, table, (left - reach, bottom - reach, right + reach, top + reach))
    for name, near in connection.execute(select(_key(table), table.c.geom).where(inside)):
        if shapely.dwithin(shape, near, reach):
            yield name, near


def _shapes(connection: Connection, table: Table, keys: Sequence[str]) -> Mapping[str, BaseGeometry]:
    rows = connection.execute(select(_key(table), table.c.geom).where(_key(table).in_(keys)))
    return {row[0]: row[1] for row in rows}


def _key(table: Table) -> Any:
    return table.c[KINDS[table.name].key or "digest"]


def differences(city: City, *, every: int = 1) -> Iterator[tuple[str, str]]:
    """Yield the road and what is wrong wherever the table is not what the geometry says; of each `every`th road."""
    roads = CURRENT["roads"]
    with read(city, ADJACENCY, CURRENT["parcels"], roads) as connection:
        uids = list(connection.scalars(select(roads.c.road_uid).order_by(roads.c.road_uid)))
        asked = set(uids[::every])
        stated: dict[Pair, list[tuple[float, float]]] = {}
        for row in connection.execute(select(ADJACENCY)):
            if row.road_uid in asked:
                stated.setdefault((row.pnu, row.road_uid), []).append((row.total_m, row.longest_m))
            elif every == 1:
                yield row.road_uid, f"the adjacency table names it with parcel {row.pnu}, but there is no such road"
        for pair, met in measured(connection, "roads", uids[::every]):
            held = stated.pop(pair, [])
            if len(held) != 1 or max(abs(held[0][0] - met.total_m), abs(held[0][1] - met.longest_m)) > _AGREE_M:
                said = f"the adjacency table says {held or 'nothing'}"
                yield pair[1], f"meets parcel {pair[0]} for {met.total_m:.3f} m by geometry; {said}"
        for pnu, uid in stated:
            yield uid, f"the adjacency table says it meets parcel {pnu}, the geometry does not"
