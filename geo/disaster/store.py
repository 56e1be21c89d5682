"""Disaster zones in the city's database: a document goes in whole or not at all, and is read back as of a day."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry import MultiPolygon
from sqlalchemy import Boolean, Column, Connection, Float, Integer, Table, Text, or_, select

from geo import audit, database
from geo.crs import CITY
from geo.database import City
from geo.disaster import case, document, zone
from geo.disaster.case import Case
from geo.disaster.document import Document
from geo.disaster.schema import SECTIONS
from geo.disaster.zone import Record, Row
from geo.errors import BadFile, BadInput, NotFound, Unreadable

Parsed = TypeVar("Parsed")
_SQL = {"count": Integer, "measure": Float, "level": Float, "flag": Boolean}  # every other kind is Text


def _table(name: str, section: str, geometry: str | None = None, *more: Column[Any]) -> Table:
    fields = {field: given for field, given in SECTIONS[section].items() if given.kind != "geometry"}
    columns: list[Column[Any]] = [
        Column(field, _SQL.get(given.kind, Text), nullable=not given.required, unique=True if field == "id" else None)
        for field, given in fields.items()
    ]
    shape = [Column("geom", database.Geo(geometry))] if geometry else []
    return Table(name, database.METADATA, Column("fid", Integer, primary_key=True), *columns, *more, *shape)


ZONES = _table("disaster_zones", "zones", "MULTIPOLYGON", Column("status", Text, nullable=False))
FACILITIES = _table("disaster_facilities", "facilities", "GEOMETRY")
WORKS = _table("disaster_works", "works", "GEOMETRY")
PROJECTS = _table("disaster_projects", "projects")
BUDGET = _table("disaster_budget", "budget")
PROGRESS = _table("disaster_progress", "progress")
ASSUMPTIONS = _table("disaster_assumptions", "assumptions")
OTHER_SOURCES = _table("disaster_other_sources", "other_sources")
TABLES = {
    "zones": ZONES,
    "facilities": FACILITIES,
    "works": WORKS,
    "projects": PROJECTS,
    "budget": BUDGET,
    "progress": PROGRESS,
    "assumptions": ASSUMPTIONS,
    "other_sources": OTHER_SOURCES,
}


def load(path: Path) -> Document:
    """Return the checked rows of a disaster document. Raises Unreadable or BadFile, naming file, row and value."""
    return _read(path, document.parse)


def load_case(path: Path) -> Case:
    """Return the storage-and-pumps case in a file. Raises Unreadable or BadFile, naming file and value."""
    return _read(path, case.parse)


def _read(path: Path, parse: Callable[[bytes], Parsed]) -> Parsed:
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from error
    except Unreadable as error:
        raise Unreadable(f"{path.name}: {error}") from error
    except BadInput as error:
        raise BadFile(f"{path.name}: {error}") from error


def import_file(city: City, path: Path, *, at: datetime, officer: str = "geo disaster import") -> dict[str, Any]:
    """Take a disaster document into the city, whole or not at all; what it holds replaces what its zones held.

    Returns the number of rows by section, and `changed`: False when the city held exactly this already.
    """
    return save(city, load(path), source=path.name, at=at, officer=officer)


def save(city: City, rows: Document, *, source: str, at: datetime, officer: str) -> dict[str, Any]:
    """Put checked rows in place of what their zones held, with the audit entry, in one transaction."""
    new = {section: [_as_held(section, row) for row in found] for section, found in rows.items()}
    ids = [row["id"] for row in new["zones"]]
    counts = {section: len(found) for section, found in new.items()}
    with database.write(city, *TABLES.values(), *audit.TABLES) as connection:
        held = {section: _held(connection, section, ids) for section in TABLES}
        before, after = _summary(held), _summary(new)
        if before["sha256"] == after["sha256"]:
            return {"zones_named": ids, **counts, "changed": False}
        _replace(connection, held, new)
        entry = audit.Entry(
            at=at,
            officer=officer,
            action="import_disaster",
            subject=";".join(ids),
            reason=f"document {source}",
            before=before if held["zones"] else None,
            after=after,
        )
        audit.append(connection, city, entry)
    return {"zones_named": ids, **counts, "changed": True}


def _as_held(section: str, row: Row) -> Row:
    held = {name: value for name, value in row.items() if name != "geometry"}
    if "geometry" in row:
        shape = row["geometry"]
        held["geom"] = MultiPolygon([shape]) if section == "zones" and shape and shape.geom_type == "Polygon" else shape
    if section == "zones":
        held["status"] = "released" if row["released_on"] else "designated"  # as notified, on no day in particular
    return held


def _held(connection: Connection, section: str, zone_ids: Sequence[str]) -> list[Row]:
    """Return the rows of `zone_ids` as they are held, in the order they came in."""
    table = TABLES[section]
    wanted = select(*(column for column in table.columns if column.name != "fid")).order_by(table.c.fid)
    if section == "budget":
        projects = select(PROJECTS.c.id).where(PROJECTS.c.zone_id.in_(zone_ids))
        wanted = wanted.where(table.c.project_id.in_(projects))
    else:
        wanted = wanted.where((table.c.id if section == "zones" else table.c.zone_id).in_(zone_ids))
    return [dict(row) for row in connection.execute(wanted).mappings()]


def _summary(rows: Document) -> dict[str, Any]:
    text = json.dumps(rows, ensure_ascii=False, sort_keys=True, default=lambda shape: shapely.to_wkb(shape, hex=True))
    counts = {section: len(found) for section, found in rows.items()}
    return {**counts, "sha256": hashlib.sha256(text.encode()).hexdigest()}


def _replace(connection: Connection, held: Document, new: Document) -> None:
    for section, table in TABLES.items():
        if held[section]:
            connection.execute(table.delete().where(table.c.id.in_([row["id"] for row in held[section]])))
        ids = [row["id"] for row in new[section]]
        taken = connection.scalars(select(table.c.id).where(table.c.id.in_(ids)).order_by(table.c.fid)).first()
        if taken is not None:
            raise BadFile(f"{section} id {taken!r} belongs to a zone that is not in this document; choose another id")
        if new[section]:
            connection.execute(table.insert(), new[section])


def zones(city: City, on: date | None = None) -> gpd.GeoDataFrame:
    """Return every zone, EPSG:5186, `status` as of a day, else as notified; geometry None where none was published."""
    found = _layer(city, "zones")
    if on is None:
        return found.assign(status_on=None)
    return zone.as_of(found, on)


def facilities(city: City) -> gpd.GeoDataFrame:
    """Return every facility, EPSG:5186; geometry None where none was published."""
    return _layer(city, "facilities")


def works(city: City) -> gpd.GeoDataFrame:
    """Return every line and point of works, EPSG:5186, `length_geom_m` beside the plan's length."""
    found = _layer(city, "works")
    lengths = [None if s is None or not s.length else round(s.length, 2) for s in found.geometry]
    return found.assign(length_geom_m=pd.Series(lengths, found.index, object))


def projects(city: City) -> pd.DataFrame:
    """Return every project with its span and cost in million won."""
    return _frame(city, "projects")


def budget(city: City) -> pd.DataFrame:
    """Return every part of every project's cost, million won."""
    return _frame(city, "budget")


def progress(city: City) -> pd.DataFrame:
    """Return every step of every project, planned and actual."""
    return _frame(city, "progress")


def other_sources(city: City) -> pd.DataFrame:
    """Return what other sources say beside the plan, never averaged with it."""
    return _frame(city, "other_sources")


def _layer(city: City, section: str) -> gpd.GeoDataFrame:
    found = _frame(city, section)
    shapes = gpd.GeoSeries(list(found["geom"]), found.index, crs=CITY)
    return gpd.GeoDataFrame(found.drop(columns="geom"), geometry=shapes)


def _frame(city: City, section: str) -> pd.DataFrame:
    """Return a section as a frame of plain objects, so that what is unknown is None."""
    table = TABLES[section]
    with database.read(city, table) as connection:
        rows = connection.execute(select(table).order_by(table.c.fid)).mappings().all()
    names = [column.name for column in table.columns if column.name != "fid"]
    return pd.DataFrame([[row[name] for name in names] for row in rows], columns=names, dtype=object)


def zone_record(city: City, id: str) -> Record:
    """Return all that is held about the zone of that id, name or alias. Raises NotFound."""
    with database.read(city, *TABLES.values()) as connection:
        same = or_(ZONES.c.id == id, ZONES.c.name == id, ZONES.c.alias == id)
        found = connection.scalars(select(ZONES.c.id).where(same).order_by(ZONES.c.id != id, ZONES.c.id)).first()
        if found is None:
            held = ", ".join(connection.scalars(select(ZONES.c.id).order_by(ZONES.c.id).limit(20))) or "none"
            raise NotFound(
                f"no disaster zone {id!r}; held are: {held}",
                korean=f"재해위험지구 {id!r}은(는) 없습니다.",
                parameter="id",
            )
        rows = {section: [_as_told(row) for row in _held(connection, section, [found])] for section in TABLES}
    told = rows["zones"][0]
    told |= {"type_name": zone.TYPES[told["type"]], "standard": zone.standard(told)}
    told["notices"] = json.loads(told["notices"] or "[]")
    for row in rows["assumptions"]:
        row["values"] = json.loads(row["values"])
    return {
        "zone": told,
        "facilities": rows["facilities"],
        "works": rows["works"],
        "projects": rows["projects"],
        "budget": rows["budget"],
        "progress": rows["progress"],
        "assumptions": rows["assumptions"],
        "other_sources": rows["other_sources"],
    }


def _as_told(row: Row) -> Row:
    told = {name: value for name, value in row.items() if name != "geom"}
    return told | {"geometry": row["geom"]} if "geom" in row else told
