"""The parameters of OGC API Features, read: what is wanted, in which CRS and form, and what a client may not ask."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Mapping
from math import isfinite
from typing import Any

import orjson
import shapely
from fastapi import Request
from shapely.geometry.base import BaseGeometry

from api.feature_documents import MEDIA
from geo.errors import Unreadable
from geo.features import cql2, temporal
from geo.features.collections import Collection
from geo.features.ogc_crs import CRS84, KNOWN, OgcCrs, named
from geo.features.wanted import Wanted
from geo.grid import Bounds

NOWHERE: Bounds = (-1e7, -1e7, -1e7, -1e7)
QUERY = ("bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs")
"""The parameters that say which features are wanted; the names of properties are parameters beside them."""


def wanted(collection: Collection, asked: Mapping[str, str]) -> Wanted:
    """Return what a client wants of a collection. Raises Unreadable, naming the parameter."""
    text, language = asked.get("filter"), asked.get("filter-lang", "cql2-text")
    if language not in ("cql2-text", "cql2-json"):
        raise unreadable("filter-lang", language, "cql2-text 또는 cql2-json이어야 합니다")
    tree = None if text is None else cql2.parse(text, "cql2-json" if language == "cql2-json" else "cql2-text")
    properties = {each.name for each in collection.properties}
    return Wanted(
        ground=None if "bbox" not in asked else ground(asked["bbox"], crs(asked, "bbox-crs")),
        filter=None if text is None else orjson.dumps(tree).decode(),
        filter_crs=crs(asked, "filter-crs"),
        equal=tuple((name, value) for name, value in asked.items() if name in properties),
        during=temporal.interval(asked["datetime"]) if "datetime" in asked else None,
    )


ACCEPTED = {type: word for word, type in MEDIA.items()} | {"application/json": "json", "application/xhtml+xml": "html"}


def _parameter(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


_URIS = {"type": "string", "enum": list(KNOWN), "default": CRS84.uri}
_BOX = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
_LANGUAGES = {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"}
_F = _parameter("f", "The form of the answer; else as `Accept` says.", {"type": "string", "enum": ["json", "html"]})
_CRS = _parameter("crs", "The CRS of the answer; coordinates follow its axis order.", _URIS)
ITEM = [_CRS, _F]
"""What OpenAPI says of the parameters of one feature, and of a page of them."""
ITEMS = [
    _parameter("limit", "Features of a page, at most 10,000.", {"type": "integer", "minimum": 1, "default": 10}),
    _parameter("cursor", "The last identifier of the page before; `next` links hold it.", {"type": "string"}),
    _parameter("bbox", "Left, bottom, right, top in longitude and latitude, or as `bbox-crs` says.", _BOX)
    | {"style": "form", "explode": False},
    _parameter("bbox-crs", "The CRS of `bbox`.", _URIS),
    _parameter("datetime", "A day, an hour, or an interval of them (RFC 3339).", {"type": "string"}),
    _parameter("filter", "A CQL2 filter.", {"type": "string"}),
    _parameter("filter-lang", "Its language.", _LANGUAGES),
    _parameter("filter-crs", "The CRS of geometries in `filter`.", _URIS),
    _CRS,
    _parameter("f", "The form of the answer; else as `Accept` says.", {"type": "string", "enum": list(MEDIA)}),
]


def form(request: Request, asked: Mapping[str, str], forms: Names[str]) -> str:
    """Return the form of the answer: as `f` says, else the first of `Accept` that there is, else JSON."""
    if "f" in asked:
        if asked["f"] not in forms:
            raise unreadable("f", asked["f"], f"{', '.join(forms)} 중 하나여야 합니다")
        return asked["f"]
    accepted = (part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(","))
    return next((ACCEPTED[type] for type in accepted if ACCEPTED.get(type) in forms), "json")


def only(request: Request, known: Names[str]) -> dict[str, str]:
    """Return the query's parameters. Raises Unreadable for one that is none of `known`, or is there twice."""
    asked: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known or name in asked:
            raise unreadable(name, value, "모르는 매개변수이거나 두 번 적었습니다")
        asked[name] = value
    return asked


def crs(asked: Mapping[str, str], parameter: str) -> OgcCrs:
    """Return the CRS that a parameter names, longitude and latitude by default. Raises Unreadable."""
    return named(asked[parameter], parameter) if parameter in asked else CRS84


def limit(asked: Mapping[str, str], most: int, default: int) -> int:
    """Return how many features a page may have: more than `most` means `most`. Raises Unreadable below 1."""
    text = asked.get("limit", str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text)):
        raise unreadable("limit", text, "1 이상의 정수여야 합니다")
    return min(int(text), most)


def ground(text: str, given: OgcCrs) -> BaseGeometry:
    """Return the ground of a bbox in its CRS and axis order, EPSG:5186. Raises Unreadable."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6) or not all(map(isfinite, numbers)):
        raise unreadable("bbox", text, "수 네 개(왼쪽,아래,오른쪽,위)여야 합니다")
    half = len(numbers) // 2
    (west, south), (east, north) = numbers[:2], numbers[half : half + 2]
    if given.crs.is_geographic:
        lowest, highest = (-90, 90) if given.north_first else (-180, 180)
        others = (-180, 180) if given.north_first else (-90, 90)
        if not (lowest <= west <= east <= highest and others[0] <= south <= north <= others[1]):
            raise unreadable("bbox", text, "경위도의 범위를 벗어났거나 순서가 바뀌었습니다")
    if west > east or south > north:
        raise unreadable("bbox", text, "작은 값이 앞에 와야 합니다")
    return given.ground(shapely.box(west, south, east, north), "bbox")


def unreadable(parameter: str, value: str, korean: str) -> Unreadable:
    """Return the refusal of a parameter's value."""
    return Unreadable(
        f"{parameter} {value[:80]!r} is not allowed",
        korean=f"{parameter} '{value[:80]}': {korean}.",
        parameter=parameter,
    )


def bounds_of(text: str | None) -> Bounds | None:
    """Return the bounds in EPSG:5186 of a bbox in longitude and latitude. Raises Unreadable."""
    if text is None:
        return None
    shape = ground(text, CRS84)
    return NOWHERE if shape.is_empty else shape.bounds
