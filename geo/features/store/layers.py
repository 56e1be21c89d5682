"""Any other layer of the city: a file in as a read-only collection, and out again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
from sqlalchemy import delete, insert, select

from geo import audit
from geo.database import City, write
from geo.errors import BadFile, NotFound
from geo.features import layer
from geo.features.tables import LAYER_FEATURES, LAYERS
from geo.registry import delivery, evidence, personal
from geo.registry.columns import Kind
from geo.registry.delivery import BadRows, Fault, Geometries
from geo.registry.store import files
from geo.registry.store.importing import epsg_of_file, in_city

_SHAPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
_ANY = Kind("layer", (), _SHAPES, "GEOMETRY", max_vertices=200_000)  # one river may run through the whole city
_TABLES = (LAYERS, LAYER_FEATURES, *audit.TABLES)


@dataclass(frozen=True)
class LayerReport:
    """What an import of a layer did."""

    id: str
    title: str
    rows: int
    properties: Mapping[str, str]
    crs: str
    source_sha256: str

    @property
    def sentence(self) -> str:
        """The same in words."""
        return f"{self.id}: {self.rows:,} rows with {', '.join(self.properties) or 'no properties'}, read as {self.crs}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)


def import_layer(
    city: City, id: str, path: Path, *, title: str, at: datetime, crs: int | None = None, officer: str = "command line"
) -> LayerReport:
    """Publish a file as the collection `id`, in place of an imported one of that name, whole or not at all.

    `crs` is the EPSG code that the officer knows the file to have. Raises BadRows, BadFile, BadInput, Unreadable,
    NotFound.
    """
    layer.check_id(id)
    delivered = files.read(path, id, layer.chosen)
    count = len(delivered.wkb)
    if not count:
        raise BadFile(f"{path.name} holds no rows")
    epsg = epsg_of_file(path, delivered, crs)
    shapes = _shapes(path, delivered, epsg, sure=crs is not None)
    properties = layer.properties(delivered.columns)
    values = layer.rows(delivered.columns, properties, count)
    _refuse_personal(path, values)
    title = personal.veil(title)
    source = {
        "id": id, "title": title, "file": personal.veil(path.name), "rows": count, "sha256": delivered.sha256,
        "crs": f"EPSG:{epsg}", "imported_at": at.isoformat(),
        "properties": json.dumps([(each.name, each.kind) for each in properties], ensure_ascii=False),
    }  # fmt: skip
    rows = [
        {"layer": id, "id": name, "properties": json.dumps(value, ensure_ascii=False), "geom": shape}
        for name, value, shape in zip(layer.ids(delivered.columns, count), values, shapes, strict=True)
    ]
    with write(city, *_TABLES) as connection:
        connection.execute(delete(LAYERS).where(LAYERS.c.id == id))
        connection.execute(delete(LAYER_FEATURES).where(LAYER_FEATURES.c.layer == id))
        connection.execute(insert(LAYERS).values(source))
        connection.execute(insert(LAYER_FEATURES), rows)
        entry = audit.Entry(at=at, officer=officer, action="layer.import", subject=id, reason=f"file {source['file']}",
                            after=source)  # fmt: skip
        audit.append(connection, city, entry)
    kinds = {each.name: each.kind for each in properties}
    return LayerReport(id, title, count, kinds, f"EPSG:{epsg}", delivered.sha256)


def remove_layer(city: City, id: str, *, at: datetime, officer: str = "command line") -> None:
    """Take an imported layer out. Raises NotFound."""
    with write(city, *_TABLES) as connection:
        if not connection.execute(delete(LAYERS).where(LAYERS.c.id == id)).rowcount:
            raise NotFound(
                f"no imported layer {id!r}; there are {', '.join(connection.scalars(select(LAYERS.c.id))) or 'none'}"
            )
        connection.execute(delete(LAYER_FEATURES).where(LAYER_FEATURES.c.layer == id))
        entry = audit.Entry(at=at, officer=officer, action="layer.remove", subject=id, reason="taken out")
        audit.append(connection, city, entry)


def _shapes(path: Path, delivered: files.Delivered, epsg: int, *, sure: bool) -> Geometries:
    """Return the file's geometries in EPSG:5186 where they lie in the city, by the evidence that there is."""
    shapes, faults = delivery.shapes(delivered.wkb, _ANY)
    if faults:
        raise BadRows(path.name, faults)
    asked = evidence.sample(len(shapes))
    inner = shapely.point_on_surface(shapes[asked])
    evidence.settle(shapely.get_coordinates(inner), None, epsg, sure=sure)
    moved = in_city(shapes, _ANY, epsg)
    faults = delivery.misplaced(moved, pd.DataFrame(), _ANY)
    if faults:
        raise BadRows(path.name, faults)
    return moved


def _refuse_personal(path: Path, values: Sequence[Mapping[str, Any]]) -> None:
    names = values[0] if values else {}
    found = personal.scan({name: [row[name] for row in values] for name in names})
    if found:
        raise BadRows(path.name, [
            Fault(row + 1, name, f"seems to hold personal data ({kind}): take it out, a layer is public")
            for row, name, kind in found
        ])  # fmt: skip
