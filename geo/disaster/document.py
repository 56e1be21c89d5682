"""A disaster document, checked whole: every field of every row, every geometry, and how the rows fit together."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo import boundaries
from geo.disaster import shape
from geo.disaster.period import first_day, last_day, precision
from geo.disaster.reading import count, decode, measure, number
from geo.disaster.schema import PARAMETERS, SECTIONS, SHAPES, Field
from geo.disaster.zone import STANDARD_NAMES, standard
from geo.errors import BadFile, BadInput

Row = dict[str, Any]
Document = dict[str, list[Row]]
_AREAS = SHAPES["area"]
_ANY = tuple(kind for kinds in SHAPES.values() for kind in kinds)
_LEVEE_TOLERANCE_M = 1.0  # a levee along the outline may stray by this and not cross it


def parse(text: bytes) -> Document:
    """Return the rows of a document by section, geometries as shapely in EPSG:5186, absent fields as None.

    Raises Unreadable for what is no JSON, and BadFile, naming row and value, for what breaks the contract.
    """
    content = decode(text)
    if not isinstance(content, dict):
        raise BadFile(f"a disaster document is one JSON object, not a {type(content).__name__}")
    unknown = [name for name in content if name not in SECTIONS and name not in ("about", "crs")]
    if unknown:
        raise BadFile(f"section {unknown[0]!r} is unknown; the sections are {', '.join(SECTIONS)}")
    if content.get("crs") != "EPSG:5186":
        raise BadFile(f"crs is {content.get('crs')!r}; coordinates must be in EPSG:5186: reproject and say so")
    document = {section: _rows(section, content.get(section)) for section in SECTIONS}
    if not document["zones"]:
        raise BadFile("zones is empty; name at least one zone")
    _check_references(document)
    _check_money(document)
    _check_levees(document)
    return document


def _rows(section: str, content: Any) -> list[Row]:
    if content is None:
        return []
    if not isinstance(content, list):
        raise BadFile(f"{section} is a {type(content).__name__}; it must be a list of rows")
    rows: list[Row] = []
    seen: set[str] = set()
    for place, found in enumerate(content):
        where = f"{section}[{place}]"
        if not isinstance(found, dict):
            raise BadFile(f"{where} is a {type(found).__name__}; a row is an object")
        row = _row(f"{where} {str(found.get('id'))[:40]!r}", section, found)
        if row["id"] in seen:
            raise BadFile(f"{where}: id {row['id']!r} stands twice in {section}; every row needs its own")
        seen.add(row["id"])
        rows.append(row)
    return rows


def _row(where: str, section: str, found: Mapping[str, Any]) -> Row:
    fields = SECTIONS[section]
    unknown = [name for name in found if name not in fields and not (section == "zones" and name == "standard")]
    if unknown:
        raise BadFile(f"{where}: field {unknown[0]!r} is unknown in {section}")
    row = {name: _value(f"{where}: {name}", field, found.get(name)) for name, field in fields.items()}
    if "geometry" in fields:
        row["geometry"] = _geometry(where, section, row, found.get("geometry"))
    _check_dates(where, row)
    if section == "zones":
        _check_zone(where, row, found.get("standard"))
    if section == "facilities":
        _check_pumps(where, row)
    if section == "assumptions":
        _check_assumption(where, row["parameter"], json.loads(row["values"]))
    return row


def _value(where: str, field: Field, value: Any) -> Any:
    if value is None:
        if field.required:
            raise BadFile(f"{where} is missing; every row needs it")
        return None
    if field.kind in _KINDS:
        value = _KINDS[field.kind](where, value)
    if field.choices and value not in field.choices:
        raise BadFile(f"{where} {value!r} is none of {', '.join(field.choices)}")
    return value


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadFile(f"{where} is {value!r}; it must be text")
    if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value):
        raise BadFile(f"{where} {value!r} holds a character that is no text")
    return value


def _period(where: str, value: Any) -> str:
    text = _text(where, value)
    try:
        first_day(text)
    except BadInput as error:
        raise BadFile(f"{where}: {error}") from error
    return text


def _flag(where: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadFile(f"{where} is {value!r}; it must be true or false")
    return value


def _notices(where: str, value: Any) -> str:
    """Return a list of notices, checked, as the JSON text the table holds."""
    if not isinstance(value, list):
        raise BadFile(f"{where} is {value!r}; it must be a list of notices")
    fields = {"what": Field("text", True), "on": Field("period", True), "notice_no": Field("text"),
              "source": Field("text", True)}  # fmt: skip
    notices = []
    for place, notice in enumerate(value):
        if not isinstance(notice, dict) or set(notice) - set(fields):
            raise BadFile(f"{where}[{place}] must be an object of {', '.join(fields)}")
        notices.append({n: _value(f"{where}[{place}].{n}", field, notice.get(n)) for n, field in fields.items()})
    return json.dumps(notices, ensure_ascii=False)


def _numbers(where: str, value: Any) -> str:
    """Return a list of numbers, checked, as the JSON text the table holds."""
    if not isinstance(value, list):
        raise BadFile(f"{where} is {value!r}; it must be a list of numbers")
    return json.dumps([number(f"{where}[{place}]", one) for place, one in enumerate(value)])


_KINDS: dict[str, Callable[[str, Any], Any]] = {
    "text": _text, "count": count, "measure": measure, "level": number, "period": _period, "flag": _flag,
    "notices": _notices, "numbers": _numbers,
}  # fmt: skip


def _geometry(where: str, section: str, row: Row, value: Any) -> BaseGeometry | None:
    quality = row["geometry_quality"]
    if (value is None) != (quality == "none"):
        has = "no geometry" if value is None else "a geometry"
        raise BadFile(f"{where}: geometry_quality is {quality!r} but it has {has}; 'none' is for null geometries alone")
    if value is None:
        return None
    if quality == "synthetic" and not row["synthetic"]:
        raise BadFile(f"{where}: geometry_quality is 'synthetic' but synthetic is false")
    kinds = {"zones": _AREAS, "works": SHAPES.get(row.get("shape") or "", _ANY)}.get(section, _ANY)
    return shape.read(where, value, kinds)


def _check_dates(where: str, row: Row) -> None:
    pairs = (("start", "end"), ("start", "confirmed_on"), ("designated_on", "released_on"))
    for before, after in pairs:
        early, late = row.get(before), row.get(after)
        if early and late and first_day(early) > last_day(late):
            raise BadFile(f"{where}: dates out of order: {before} {early} comes after {after} {late}")
    if row.get("end_is_actual"):
        if not row["end"]:
            raise BadFile(f"{where}: end_is_actual is true but there is no end")
        if first_day(row["end"]) > last_day(row["source_date"]):
            raise BadFile(f"{where}: dates out of order: end {row['end']} is called actual by a source of "
                          f"{row['source_date']}, which is earlier")  # fmt: skip
    if "precision" in row:
        for name in ("start", "end"):
            if row[name] and precision(row[name]) != row["precision"]:
                raise BadFile(f"{where}: precision is {row['precision']!r} but {name} is {row[name]!r}")


def _check_zone(where: str, row: Row, mirrored: Any) -> None:
    code = row["legal_dong_code"]
    if code and code not in set(boundaries.legal_dongs()["code"]):
        raise BadFile(f"{where}: legal_dong_code {code!r} is no legal dong of Paju in force")
    if mirrored is None:
        return
    if not isinstance(mirrored, dict):
        raise BadFile(f"{where}: standard is {mirrored!r}; it must be an object of the standard's names")
    ours = standard(row)
    for name, value in mirrored.items():
        if name not in ours:
            raise BadFile(f"{where}: standard.{name} is unknown; known are {', '.join(STANDARD_NAMES.values())}")
        if value != ours[name]:
            raise BadFile(f"{where}: standard.{name} is {value!r} but the row says {ours[name]!r}")


def _check_pumps(where: str, row: Row) -> None:
    start, stop = row["start_level_m"], row["stop_level_m"]
    if start is not None and stop is not None and stop >= start:
        raise BadFile(f"{where}: stop_level_m {stop} must lie below start_level_m {start}")
    band = [row[f"capacity_{name}_m3s"] for name in ("low", "nominal", "high")]
    given = [value for value in band if value is not None]
    if given != sorted(given):
        raise BadFile(f"{where}: capacity_low, nominal and high must rise, but are {given}")
    if given and not row["capacity_basis"]:
        raise BadFile(f"{where}: capacity_basis is missing; an assumed capacity must say what it is assumed from")


def _check_assumption(where: str, name: str, values: list[float]) -> None:
    of = PARAMETERS[name]
    fewest, most = of.count
    if not fewest <= len(values) <= most:
        wanted = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        raise BadFile(f"{where}: {name} has {len(values)} values; it takes {wanted}")
    for value in values:
        if not of.least <= value <= of.most:
            raise BadFile(f"{where}: {name} is {value:g}; it goes from {of.least:g} to {of.most:g} {of.unit}")
    if of.rising and values != sorted(values):
        raise BadFile(f"{where}: {name} must rise, but is {values}")
    if name == "pump_levels_m" and values[2] > values[0]:
        raise BadFile(f"{where}: a pump that starts {values[0]:g} m above the floor cannot stop {values[2]:g} m lower")


def _check_references(document: Document) -> None:
    ids = {section: {row["id"] for row in rows} for section, rows in document.items()}
    for section, rows in document.items():
        for place, row in enumerate(rows):
            for name, target in (("zone_id", "zones"), ("project_id", "projects")):
                if row.get(name) is not None and row[name] not in ids[target]:
                    raise BadFile(f"{section}[{place}] {row['id']!r}: {name} {row[name]!r} stands nowhere in {target}")
    taken: set[tuple[str, str]] = set()
    for place, row in enumerate(document["assumptions"]):
        if (pair := (row["zone_id"], row["parameter"])) in taken:
            raise BadFile(f"assumptions[{place}] {row['id']!r}: zone {pair[0]!r} has a {pair[1]} already")
        taken.add(pair)
    everything = set().union(*ids.values())
    for place, row in enumerate(document["other_sources"]):
        if row["subject"] not in everything:
            raise BadFile(f"other_sources[{place}] {row['id']!r}: subject {row['subject']!r} is the id of no row")


def _check_money(document: Document) -> None:
    for project in document["projects"]:
        parts = [row["amount_mkrw"] for row in document["budget"] if row["project_id"] == project["id"]]
        off = round(sum(parts) - project["cost_mkrw"], 6)
        if parts and off:
            raise BadFile(
                f"budget of {project['id']!r}: its parts add up to {sum(parts):,.10g} million won, {abs(off):,.10g} "
                f"{'more' if off > 0 else 'less'} than the project's cost of {project['cost_mkrw']:,.10g}"
            )


def _check_levees(document: Document) -> None:
    zones = {row["id"]: row["geometry"] for row in document["zones"]}
    for row in document["works"]:
        zone, levee = zones[row["zone_id"]], row["geometry"]
        if row["type"] != "levee_revetment" or zone is None or levee is None:
            continue
        inside = levee.intersects(zone.buffer(-_LEVEE_TOLERANCE_M))
        if inside and not levee.within(zone.buffer(_LEVEE_TOLERANCE_M)):
            outside = levee.difference(zone).length
            raise BadFile(f"works {row['id']!r}: the levee crosses the outline of zone {row['zone_id']!r} "
                          f"({outside:.1f} m of it lie outside); draw it along the outline or inside")  # fmt: skip
