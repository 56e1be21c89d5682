"""What OGC API says of a collection: its description, schema, queryables and tilesets."""

from __future__ import annotations

from typing import Any

from geo.crs import CITY, LONLAT, transformer
from geo.features.collections import Collection, Kind
from geo.features.ogc_crs import CRS84, KNOWN, STORED
from geo.features.terms import GEOMETRY
from geo.geometry_type import Geo
from geo.grid import TILE_MATRIX_SETS, Bounds, TileMatrixSet

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
MEDIA = {
    "json": "application/geo+json",
    "html": "text/html",
    "csv": "text/csv",
    "gpkg": "application/geopackage+sqlite3",
    "parquet": "application/vnd.apache.parquet",
    "fgb": "application/flatgeobuf",
}
"""The forms that features come in, by the word for `f`."""
MVT = "application/vnd.mapbox-vector-tile"
SCHEMA = "application/schema+json"
_TYPES: dict[Kind, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "flag": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "period": {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"},
    "time": {"type": "string", "format": "date-time"},
    "list": {"type": "array", "items": {"type": "string"}},
}
_SHAPES = {"POINT": "point", "LINESTRING": "linestring", "POLYGON": "polygon", "MULTIPOLYGON": "multipolygon"}


def link(rel: str, href: str, type: str = "application/json", title: str | None = None) -> dict[str, str]:
    """Return a link (RFC 8288)."""
    return {"rel": rel, "type": type, "href": href} | ({"title": title} if title else {})


def bbox(bounds: Bounds) -> list[float]:
    """Return bounds of EPSG:5186 in longitude and latitude."""
    return [round(value, 7) for value in transformer(CITY, LONLAT).transform_bounds(*bounds)]


def description(base: str, one: Collection, bounds: Bounds | None) -> dict[str, Any]:
    """Return the description of a collection (OGC 17-069r4, 7.14)."""
    here = f"{base}collections/{one.id}"
    extent = {} if bounds is None else {"extent": {"spatial": {"bbox": [bbox(bounds)], "crs": CRS84.uri}}}
    return {
        "id": one.id,
        "title": one.title,
        "description": one.description,
        "itemType": "feature",
        **extent,
        "crs": list(KNOWN),
        "storageCrs": STORED.uri,
        "links": [
            link("self", here),
            link("alternate", f"{here}?f=html", MEDIA["html"]),
            *(link("items", f"{here}/items?f={word}", type) for word, type in MEDIA.items()),
            link(f"{REL}queryables", f"{here}/queryables", SCHEMA),
            link(f"{REL}schema", f"{here}/schema", SCHEMA),
            link("describedby", f"{here}/schema", SCHEMA),
            link(f"{REL}tilesets-vector", f"{here}/tiles"),
            link("style", f"{here}/style", "application/vnd.mapbox.style+json"),
        ],
    }


def schema(here: str, one: Collection, *, queryables: bool) -> dict[str, Any]:
    """Return what each property of a feature is, as JSON Schema (OGC 19-079r2, 23-058r1)."""
    properties: dict[str, Any] = {}
    for each in one.properties:
        role = {"x-ogc-role": "id"} if each.name == one.id_column else {}
        properties[each.name] = {"title": each.name, **_TYPES[each.kind], **role}
    column = next(column.type for column in one.table.columns if isinstance(column.type, Geo))
    shape = {"format": f"geometry-{_SHAPES.get(column.kind, 'any')}", "x-ogc-role": "primary-geometry"}
    properties[GEOMETRY] = {"title": "도형", **shape}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": here,
        "type": "object",
        "title": one.title,
        "properties": properties,
        **({"additionalProperties": False} if queryables else {}),
    }


def tileset(base: str, one: Collection, tms: TileMatrixSet, bounds: Bounds | None) -> dict[str, Any]:
    """Return the metadata of a collection's vector tiles in one tile matrix set (OGC 20-057, 17-083r4)."""
    here = f"{base}collections/{one.id}/tiles/{tms.id}"
    properties = {each.name: _TYPES[each.kind] for each in one.properties}
    around = {} if bounds is None else {"boundingBox": _box(bounds)}
    return {
        "title": one.title,
        "dataType": "vector",
        "crs": f"http://www.opengis.net/def/crs/EPSG/0/{tms.crs.to_epsg()}",
        "tileMatrixSetURI": f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{tms.id}"
        if tms.crs != CITY
        else f"{base}tileMatrixSets/{tms.id}",
        **around,
        "layers": [{"id": one.id, "dataType": "vector", "title": one.title, "propertiesSchema": {
            "type": "object", "properties": properties}}],
        "links": [
            link("self", here),
            {**link("item", f"{here}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", MVT), "templated": True},
            link("describedby", f"{here}/tilejson.json"),
            link(f"{REL}tiling-scheme", f"{base}tileMatrixSets/{tms.id}"),
        ],
    }  # fmt: skip


def _box(bounds: Bounds) -> dict[str, Any]:
    west, south, east, north = bbox(bounds)
    return {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84.uri}


def tilejson(base: str, one: Collection, tms: TileMatrixSet, bounds: Bounds | None) -> dict[str, Any]:
    """Return the TileJSON 3.0 of a collection's vector tiles; y (the row) stands before x in their address."""
    fields = {each.name: each.kind for each in one.properties}
    return {
        "tilejson": "3.0.0",
        "name": one.title,
        "description": one.description,
        "attribution": "파주시",
        "tiles": [f"{base}collections/{one.id}/tiles/{tms.id}/{{z}}/{{y}}/{{x}}"],
        "minzoom": 0,
        "maxzoom": tms.max_z,
        **({} if bounds is None else {"bounds": bbox(bounds)}),
        "vector_layers": [{"id": one.id, "description": one.title, "fields": fields}],
    }


def style(base: str, one: Collection) -> dict[str, Any]:
    """Return a MapLibre style that draws a collection whatever its geometries are."""
    colour = "#1d56bc"
    kinds = ("Polygon", "fill", {"fill-color": colour, "fill-opacity": 0.2}), (
        "LineString", "line", {"line-color": colour, "line-width": 1.5}), (
        "Point", "circle", {"circle-color": colour, "circle-radius": 4})  # fmt: skip
    web = TILE_MATRIX_SETS["WebMercatorQuad"]
    layers = [
        {"id": f"{one.id}-{type}", "type": type, "source": one.id, "source-layer": one.id, "paint": paint,
         "filter": ["==", ["geometry-type"], kind]}
        for kind, type, paint in kinds
    ]  # fmt: skip
    outline = {**layers[0], "id": f"{one.id}-outline", "type": "line", "paint": {"line-color": colour}}
    source = {"type": "vector", "url": f"{base}collections/{one.id}/tiles/{web.id}/tilejson.json"}
    return {"version": 8, "name": one.title, "sources": {one.id: source}, "layers": [*layers, outline]}
