"""Geometries of a disaster document: GeoJSON objects in EPSG:5186, checked before they become shapes."""

from collections.abc import Collection
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo import boundaries
from geo.errors import BadFile

_DEPTHS = {
    "Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3,
}  # fmt: skip
_FEWEST = {"LineString": 2, "MultiLineString": 2, "Polygon": 4, "MultiPolygon": 4}
_MARGIN_M = 1000.0  # the shipped city boundary is simplified


def read(where: str, value: Any, kinds: Collection[str]) -> BaseGeometry:
    """Return the valid shape of a GeoJSON geometry of one of `kinds` inside the city. Raises BadFile."""
    kind = value.get("type") if isinstance(value, dict) else value
    if not isinstance(kind, str) or kind not in kinds:
        raise BadFile(f"{where}: geometry is {kind!r}; expected {' or '.join(kinds)}")
    if "crs" in value:
        raise BadFile(f"{where}: geometry has a crs of its own; the document's crs holds for all")
    _walk(f"{where}: geometry", kind, value.get("coordinates"), _DEPTHS[kind])
    shape = shapely.geometry.shape(value)
    if shape.is_empty:
        raise BadFile(f"{where}: geometry is empty; leave it null")
    if not shape.is_valid:
        raise BadFile(f"{where}: geometry is broken: {shapely.is_valid_reason(shape)}")
    _check_inside(where, shape)
    return shape


def _walk(where: str, kind: str, part: Any, depth: int) -> None:
    if not isinstance(part, list):
        raise BadFile(f"{where} has no list of coordinates")
    if depth == 0:
        if len(part) != 2 or not all(_is_finite(number) for number in part):
            raise BadFile(f"{where} has a position {str(part)[:80]} that is not two finite numbers x, y")
        return
    for inner in part:
        _walk(where, kind, inner, depth - 1)
    if depth == 1 and len(part) < _FEWEST.get(kind, 1):
        raise BadFile(f"{where} has {len(part)} positions where a {kind} needs {_FEWEST.get(kind, 1)}")
    if depth == 1 and kind in ("Polygon", "MultiPolygon") and part[0] != part[-1]:
        raise BadFile(f"{where} is an open ring: it begins at {part[0]} and ends at {part[-1]}; close it")


def _is_finite(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and -1e9 < number < 1e9


def _check_inside(where: str, shape: BaseGeometry) -> None:
    left, bottom, right, top = boundaries.city_bounds()
    x0, y0, x1, y1 = shape.bounds
    if x0 < left - _MARGIN_M or y0 < bottom - _MARGIN_M or x1 > right + _MARGIN_M or y1 > top + _MARGIN_M:
        raise BadFile(f"{where}: geometry reaches from {x0:.1f}, {y0:.1f} to {x1:.1f}, {y1:.1f}, outside the city: "
                      "coordinates must be metres of EPSG:5186")  # fmt: skip
