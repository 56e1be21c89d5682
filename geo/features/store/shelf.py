"""Which collections a city has: those of its subjects, the boundaries shipped with the product, imported layers."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import geopandas as gpd
from sqlalchemy import Row, Table, func, insert, select

from geo import boundaries
from geo.audit import AUDIT
from geo.change.store.records import CHANGES, RUNS
from geo.database import City, note, noted, read, write
from geo.errors import NotFound
from geo.features.collections import COLLECTIONS, Collection, Property, imported
from geo.features.tables import EMD, LAYERS, RI

_NOTE = "boundaries"


def collections(city: City) -> list[Collection]:
    """Return every collection, imported layers last."""
    with read(city, LAYERS) as connection:
        layers = connection.execute(select(LAYERS).order_by(LAYERS.c.id)).all()
    return [*COLLECTIONS.values(), *map(_imported, layers)]


def collection(city: City, id: str) -> Collection:
    """Return a collection by its name, ready to be read. Raises NotFound."""
    found = COLLECTIONS.get(id) or _layer(city, id)
    if found is None:
        names = ", ".join(each.id for each in collections(city))
        raise NotFound(
            f"no collection {id!r}; there are {names}",
            korean=f"'{id}' 자료는 없습니다. 있는 자료: {names}",
            parameter="collectionId",
        )
    if found.table in (EMD, RI):
        _shelve_boundaries(city)
    return found


def version(city: City, collection: Collection) -> str:
    """Return a short word that differs whenever the collection may have changed.

    Whatever changes a collection is audited in the same transaction, but for change runs, which name their inputs.
    """
    with read(city, AUDIT, RUNS) as connection:
        parts: list[Any] = [collection.id, boundaries.SOURCE, connection.scalar(select(func.max(AUDIT.c.n)))]
        if collection.table is CHANGES:
            parts += [tuple(run) for run in connection.execute(select(RUNS.c.id, RUNS.c.inputs).order_by(RUNS.c.id))]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _layer(city: City, id: str) -> Collection | None:
    with read(city, LAYERS) as connection:
        row = connection.execute(select(LAYERS).where(LAYERS.c.id == id)).first()
    return None if row is None else _imported(row)


def _imported(row: Row[Any]) -> Collection:
    properties = tuple(Property(name, kind) for name, kind in json.loads(row.properties))
    return imported(row.id, row.title, row.file, properties)


def _shelve_boundaries(city: City) -> None:
    """Bring the boundaries that this version ships into the database, where they are asked like everything else."""
    if noted(city, _NOTE) == boundaries.SOURCE:
        return
    for table, frame in ((EMD, boundaries.emd()), (RI, boundaries.ri())):
        _fill(city, table, frame)
    note(city, _NOTE, boundaries.SOURCE)


def _fill(city: City, table: Table, frame: gpd.GeoDataFrame) -> None:
    rows = frame.rename_geometry("geom").to_dict("records")
    with write(city, table) as connection:
        connection.execute(table.delete())
        connection.execute(insert(table), rows)
