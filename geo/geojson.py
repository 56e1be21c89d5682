"""GeoJSON, out and in (RFC 7946: longitude, latitude, no crs member): the form both doors speak."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import CITY, LONLAT, transformer
from geo.errors import BadInput, Unreadable

DIGITS = 8  # of a degree: about 1 mm
MOST_VERTICES = 10_000
DEEPEST = 5  # arrays of a MultiPolygon's coordinates, and one to tell that there are more


def lonlat(geometries: Any) -> Any:
    """Return geometries of EPSG:5186 (one or an array) in longitude, latitude, rounded to a millimetre."""
    to_lonlat = _to_lonlat()

    def move(points: Any) -> Any:
        return np.round(np.column_stack(to_lonlat(points[:, 0], points[:, 1])), DIGITS)

    return shapely.transform(geometries, move)


@cache
def _to_lonlat() -> Callable[..., Any]:
    found: Callable[..., Any] = transformer(CITY, LONLAT).transform  # to look one up costs as much as to use it
    return found


def plain(value: Any) -> Any:
    """Return `value` as JSON knows it: geometries as GeoJSON, NaN as null, dates as ISO text."""
    if isinstance(value, BaseGeometry):
        return orjson.Fragment(shapely.to_geojson(lonlat(value)))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, np.generic):
        return plain(value.item())
    if value is pd.NA or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value


def dumps(value: Any) -> bytes:
    """Return `value` as JSON bytes, Korean kept as it is."""
    return orjson.dumps(value, default=plain, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


def features(frame: gpd.GeoDataFrame, id_column: str) -> Iterable[dict[str, Any]]:
    """Yield each row of a frame in EPSG:5186 as a GeoJSON feature named by `id_column`."""
    shapes = shapely.to_geojson(lonlat(frame.geometry.to_numpy()))
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    for properties, shape in zip(table.to_dict("records"), shapes, strict=True):
        named = {str(key): plain(value) for key, value in properties.items()}
        geometry = None if shape is None else orjson.Fragment(shape)
        yield {"type": "Feature", "id": named[id_column], "geometry": geometry, "properties": named}


def collection(frame: gpd.GeoDataFrame, id_column: str, **members: Any) -> bytes:
    """Return a frame as a FeatureCollection, with further members such as numberMatched and links."""
    found = list(features(frame, id_column))
    body = {"type": "FeatureCollection", "numberReturned": len(found), **members, "features": found}
    return orjson.dumps(body)


def polygon(document: Mapping[str, Any], parameter: str) -> BaseGeometry:
    """Return a Polygon or MultiPolygon given in longitude and latitude as EPSG:5186.

    It is measured before shapely sees it: deep nesting or very many vertices can stop a process.
    Raises Unreadable for what is no polygon, BadInput for one that is too large, broken or outside Korea.
    """
    kind, coordinates = document.get("type"), document.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(coordinates, list):
        raise Unreadable(
            f"{parameter} is no GeoJSON Polygon or MultiPolygon",
            korean="도형은 GeoJSON Polygon 또는 MultiPolygon이어야 합니다.",
            parameter=parameter,
        )
    _measure(coordinates, parameter)
    try:
        given = shapely.from_geojson(orjson.dumps({"type": kind, "coordinates": coordinates}))
    except shapely.errors.GEOSException:
        raise Unreadable(
            f"{parameter}: the rings are not closed or have fewer than four points",
            korean="도형의 고리가 닫혀 있지 않거나 점이 네 개보다 적습니다.",
            parameter=parameter,
        ) from None
    if given.is_empty or not given.is_valid:
        reason = shapely.is_valid_reason(given)
        raise BadInput(f"{parameter}: {reason}", korean=f"도형이 올바르지 않습니다({reason}).", parameter=parameter)
    moved: BaseGeometry = shapely.transform(
        given, lambda points: np.column_stack(transformer(LONLAT, CITY).transform(points[:, 0], points[:, 1]))
    )
    return moved


def _measure(coordinates: list[Any], parameter: str) -> None:
    """Walk the arrays without recursion and refuse what is too deep, too long, not a number or not in Korea."""
    waiting: list[tuple[Any, int]] = [(coordinates, 1)]
    vertices = 0
    while waiting:
        item, depth = waiting.pop()
        if not isinstance(item, list) or depth > DEEPEST or len(item) > MOST_VERTICES:
            raise _too_much(parameter)
        if item and all(isinstance(part, int | float) and not isinstance(part, bool) for part in item):
            vertices += 1
            lon, lat = (*item, 0.0)[:2]
            if len(item) not in (2, 3) or not (124 <= lon <= 132 and 32 <= lat <= 43):
                raise BadInput(
                    f"{parameter}: {item!r} is no longitude and latitude in Korea",
                    korean=f"좌표 {item!r}은(는) 우리나라의 경도, 위도가 아닙니다.",
                    parameter=parameter,
                )
        else:
            waiting.extend((part, depth + 1) for part in item)
        if vertices > MOST_VERTICES:
            raise _too_much(parameter)


def _too_much(parameter: str) -> BadInput:
    return BadInput(
        f"{parameter}: more than {MOST_VERTICES} vertices, or arrays nested in a way that no polygon is",
        korean=f"도형이 너무 복잡합니다(꼭짓점 {MOST_VERTICES:,}개까지).",
        parameter=parameter,
    )
