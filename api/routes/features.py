"""Collections and their items as GeoJSON (OGC API Features Part 1)."""

from math import isfinite
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.access import PUBLIC, Requires, ServedCity
from geo import geojson
from geo.crs import CITY, LONLAT, transformer
from geo.errors import Unreadable
from geo.features import store
from geo.features.collections import COLLECTIONS, Collection, collection
from geo.grid import Bounds

router = APIRouter(prefix="/collections", tags=["features"], dependencies=[PUBLIC])
MOST = 10_000
KOREA = (124.0, 32.0, 132.0, 43.0)  # where EPSG:5186 can be computed, degrees
NOWHERE: Bounds = (-1e7, -1e7, -1e7, -1e7)
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


@router.get("")
def collections(request: Request) -> dict[str, Any]:
    """List the collections."""
    return {"collections": [_describe(request, one) for one in COLLECTIONS.values()], "links": []}


@router.get("/{collectionId}", name="one_collection")
def one_collection(request: Request, collectionId: str) -> dict[str, Any]:  # noqa: N803 (OGC's name)
    """Describe a collection."""
    return _describe(request, collection(collectionId))


@router.get("/{collectionId}/items")
def items(
    request: Request,
    city: ServedCity,
    collectionId: str,  # noqa: N803 (OGC's name)
    bbox: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1)] = 10,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Return a page of features, by default ten; `bbox` is left, bottom, right, top in longitude and latitude."""
    found = collection(collectionId)
    Requires(found.role)(request)
    frame, matched = store.items(city, found, bounds=bounds_of(bbox), limit=min(limit, MOST), offset=offset)
    links = [{"rel": "self", "href": str(request.url), "type": "application/geo+json"}]
    if offset + len(frame) < matched and len(frame):
        following = str(request.url.include_query_params(offset=offset + len(frame), limit=limit))
        links.append({"rel": "next", "href": following, "type": "application/geo+json"})
    body = geojson.collection(frame, found.id_column, numberMatched=matched, links=links)
    return Response(body, media_type="application/geo+json")


@router.get("/{collectionId}/items/{featureId}")
def item(request: Request, city: ServedCity, collectionId: str, featureId: str) -> Response:  # noqa: N803
    """Return one feature."""
    found = collection(collectionId)
    Requires(found.role)(request)
    feature = next(iter(geojson.features(store.item(city, found, featureId), found.id_column)))
    return Response(geojson.dumps(feature), media_type="application/geo+json")


def bounds_of(text: str | None) -> Bounds | None:
    """Read a bbox of OGC API Features into EPSG:5186. Raises Unreadable."""
    if text is None:
        return None
    try:
        left, bottom, right, top = (float(part) for part in text.split(","))
    except ValueError:
        raise _unreadable(text) from None
    if not all(isfinite(v) for v in (left, bottom, right, top)) or left > right or bottom > top:
        raise _unreadable(text)
    if not (-180 <= left <= 180 and -180 <= right <= 180 and -90 <= bottom <= 90 and -90 <= top <= 90):
        raise _unreadable(text)
    west, south, east, north = KOREA
    left, bottom, right, top = max(left, west), max(bottom, south), min(right, east), min(top, north)
    if left > right or bottom > top:
        return NOWHERE
    moved: Bounds = transformer(LONLAT, CITY).transform_bounds(left, bottom, right, top)
    return moved


def _unreadable(text: str) -> Unreadable:
    return Unreadable(
        f"bbox {text!r} is not left,bottom,right,top in degrees",
        korean=f"bbox '{text}'을(를) 읽을 수 없습니다. 왼쪽,아래,오른쪽,위 순서의 경위도로 적으십시오.",
        parameter="bbox",
    )


def _describe(request: Request, one: Collection) -> dict[str, Any]:
    base = str(request.base_url)
    return {
        "id": one.id,
        "title": one.title,
        "description": one.description,
        "itemType": "feature",
        "crs": [CRS84],
        "links": [
            {"rel": "self", "href": f"{base}collections/{one.id}", "type": "application/json"},
            {"rel": "items", "href": f"{base}collections/{one.id}/items", "type": "application/geo+json"},
        ],
    }
