"""One delivered file into the register: all of it or nothing, with its source and audit entry in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from geo.crs import CITY, accepted, transformer
from geo.database import City, read
from geo.errors import BadFile
from geo.registry import columns, delivery, evidence, personal
from geo.registry.columns import Kind
from geo.registry.delivery import BadRows, Fault, Geometries
from geo.registry.parcel import SHAPES
from geo.registry.store import files
from geo.registry.store.parts import in_parts
from geo.registry.store.tables import PARCELS
from geo.registry.store.writing import save

_GROUND = Kind("polygon", (), SHAPES, "MULTIPOLYGON")


@dataclass(frozen=True)
class ImportReport:
    """What an import did; `closed` and `kept` as `writing.Saved` has them."""

    kind: str
    rows: int
    added: int
    changed: int
    unchanged: int
    closed: int
    kept: int
    source_sha256: str
    crs: str
    encoding: str

    @property
    def sentence(self) -> str:
        """The same in words."""
        if self.unchanged == self.rows and not self.closed:
            return f"{self.kind}: all {self.rows:,} rows are held already; nothing changed"
        parts = ("added", "changed", "unchanged", "closed", *["kept"] * (self.kept > 0))
        counts = ", ".join(f"{getattr(self, name):,} {name}" for name in parts)
        return f"{self.kind}: {self.rows:,} rows ({counts}), read as {self.crs}, {self.encoding}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)


@dataclass(frozen=True)
class Checked:
    """A file that has been read whole and found good: its rows as the database holds them, geometry in EPSG:5186."""

    kind: Kind
    table: pd.DataFrame
    shapes: Geometries
    source: Mapping[str, Any]
    """A row of SOURCES but for the hour and the officer."""


def import_file(
    city: City, kind: str, path: Path, *, at: datetime, crs: int | None = None, officer: str = "command line"
) -> ImportReport:
    """Bring a file of parcels, roads, permits, recognitions, zoning or coverage into the register, whole or not at all.

    `crs` is the EPSG code that the officer knows the file to have. Rows keep their key: what is equal stays untouched,
    what differs is closed into the history and written anew. Raises BadRows, BadFile, BadInput, Unreadable, NotFound.
    """
    return bring_in(city, check_file(city, kind, path, crs=crs), at=at, officer=officer)


def check_file(city: City | None, kind: str, path: Path, *, crs: int | None = None) -> Checked:
    """Read a file and find it good, against the parcels `city` holds, None when it is the first file of a new city."""
    wanted = columns.kind(kind)
    delivered = files.read(path, kind, partial(delivery.chosen, kind=wanted))
    rows = len(delivered.wkb)
    if not rows:
        raise BadFile(f"{path.name} holds no rows")
    table, faults = delivery.clean(delivered.columns, rows, wanted)
    faults = [*(replace(fault, problem=personal.veil(fault.problem)) for fault in faults), *_personal(table, wanted)]
    shapes, shape_faults = delivery.shapes(delivered.wkb, wanted)
    if faults or shape_faults:
        raise BadRows(path.name, [*faults, *shape_faults])
    epsg = epsg_of_file(path, delivered, crs)
    _settle(city, table, shapes, wanted, epsg, sure=crs is not None)
    shapes = in_city(shapes, wanted, epsg)
    if faults := delivery.misplaced(shapes, table, wanted):
        raise BadRows(path.name, faults)
    source = {
        "kind": kind, "file": personal.veil(path.name), "sha256": delivered.sha256, "rows": rows, "crs": f"EPSG:{epsg}",
        "encoding": delivered.encoding,
    }  # fmt: skip
    return Checked(wanted, table, shapes, source)


def _personal(table: pd.DataFrame, kind: Kind) -> list[Fault]:
    """Return the cells of free text that seem to hold a resident or telephone number."""
    free = {field.name: list(table[field.name]) for field in kind.fields if field.type == "text"}
    return [
        Fault(row + 1, name, f"seems to hold personal data ({found}): take it out, the register holds none")
        for row, name, found in personal.scan(free)
    ]


def bring_in(city: City, checked: Checked, *, at: datetime, officer: str = "command line") -> ImportReport:
    """Save what has been checked, and tell what it changed."""
    source = {**checked.source, "imported_at": at.isoformat(), "officer": officer}
    done = save(city, checked.kind, checked.table, checked.shapes, source, at=at)
    rows = len(checked.table)
    return ImportReport(
        kind=checked.kind.name, rows=rows, added=done.added, changed=done.changed,
        unchanged=rows - done.added - done.changed - done.kept, closed=done.closed, kept=done.kept,
        source_sha256=source["sha256"],
        crs=source["crs"], encoding=source["encoding"],
    )  # fmt: skip


def epsg_of_file(path: Path, delivered: files.Delivered, named: int | None) -> int:
    """Return the EPSG code that a file says or an officer `named`. Raises BadFile, BadInput."""
    if named is not None:
        accepted(named)
        return named
    if delivered.crs is None:
        raise BadFile(f"{path.name} does not say its coordinate system; if you know it, say --crs EPSG:...")
    return evidence.epsg_of(delivered.crs)


def _settle(city: City | None, table: pd.DataFrame, shapes: Geometries, kind: Kind, epsg: int, *, sure: bool) -> None:
    """Let the rows say whether the file may be read as EPSG:`epsg`."""
    asked = evidence.sample(len(shapes))
    where = None
    if kind.witness:
        pnus = table[kind.witness].to_numpy()[asked]
        naming = np.array([pnu is not None for pnu in pnus])
        if naming.any():
            asked, pnus = asked[naming], pnus[naming]
            reach = _extent(shapes[asked]) if kind.name == "roads" else np.zeros(len(asked))
            where = evidence.places(list(pnus), _held(city, pnus) if city else {}, reach)
    inner = shapely.point_on_surface(shapes[asked])
    evidence.settle(shapely.get_coordinates(inner), where, epsg, sure=sure)


def _extent(shapes: Geometries) -> Any:
    left, bottom, right, top = shapely.bounds(shapes).T
    return np.hypot(right - left, top - bottom)


def _held(city: City, pnus: Sequence[str]) -> Mapping[str, BaseGeometry]:
    found: dict[str, BaseGeometry] = {}
    with read(city, PARCELS) as connection:
        for some in in_parts(list(dict.fromkeys(pnus))):
            rows = connection.execute(select(PARCELS.c.pnu, PARCELS.c.geom).where(PARCELS.c.pnu.in_(some)))
            found.update((pnu, geometry) for pnu, geometry in rows)
    return found


def in_city(shapes: Geometries, kind: Kind, epsg: int) -> Geometries:
    """Return the geometries in EPSG:5186 and of the one type that the table holds."""
    move = transformer(accepted(epsg), CITY)

    def to_city(points: Any) -> Any:
        return np.column_stack(move.transform(points[:, 0], points[:, 1]))

    moved: Geometries = shapes if epsg == CITY.to_epsg() else shapely.transform(shapes, to_city)
    if kind.stored == "MULTIPOLYGON":
        single = shapely.get_type_id(moved) == shapely.GeometryType.POLYGON
        moved = moved.copy()
        moved[single] = shapely.multipolygons(moved[single], indices=np.arange(single.sum()))
    return moved


def polygon(path: Path) -> BaseGeometry:
    """Return the ground that a file of polygons covers, EPSG:5186: a building site as a planner drew it.

    Raises what `import_file` raises; the coordinates must lie in the city.
    """
    delivered = files.read(path, _GROUND.name, lambda names: {})
    shapes, faults = delivery.shapes(delivered.wkb, _GROUND)
    if faults or not len(shapes):
        raise BadRows(path.name, faults) if faults else BadFile(f"{path.name} holds no polygon")
    epsg = epsg_of_file(path, delivered, None)
    evidence.settle(shapely.get_coordinates(shapely.point_on_surface(shapes)), None, epsg, sure=True)
    return shapely.union_all(in_city(shapes, _GROUND, epsg))
