"""STAC API 1.0 over the surveys: one collection, an item for each survey, an asset for each of its files."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

import orjson
import shapely
from fastapi import APIRouter, Body, Request, Response
from pydantic import Field, ValidationError, field_validator
from stac_pydantic.api import Search

from api import stac_documents
from api.access import PUBLIC
from api.stac_documents import COLLECTION, day
from api.tile_path import ServedShelf
from geo.errors import Damaged, NotFound, Unreadable
from geo.geojson import dumps, lonlat
from geo.orthophoto.store import Shelf, Survey
from geo.orthophoto.store.tiles import LATEST

router = APIRouter(prefix="/stac", tags=["orthophotos"], dependencies=[PUBLIC])
MOST = 1000
JSON, GEOJSON = "application/json", "application/geo+json"
CONFORMS_TO = [
    "https://api.stacspec.org/v1.0.0/core",
    "https://api.stacspec.org/v1.0.0/collections",
    "https://api.stacspec.org/v1.0.0/ogcapi-features",
    "https://api.stacspec.org/v1.0.0/item-search",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
]


class Wanted(Search):
    """What is looked for; a day may be given without its hours, and `token` tells how many items to pass over."""

    limit: Annotated[int, Field(ge=1)] = 10
    token: Annotated[int, Field(ge=0)] = 0

    @field_validator("datetime", mode="before")
    @classmethod
    def whole_days(cls, value: Any) -> Any:
        """Let a day stand for all its hours, in UTC as the standard reckons."""
        if not isinstance(value, str):
            return value
        ends = value.split("/")
        first, last = ends[0], ends[-1]
        if "T" in value.upper() or not any(_is_day(end) for end in (first, last)):
            return value
        return "/".join(
            f"{end}T{hour}Z" if _is_day(end) else end for end, hour in ((first, "00:00:00"), (last, "23:59:59"))
        )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@router.get("")
def landing(request: Request) -> Response:
    """Tell what there is."""
    base = str(request.base_url)
    body = stac_documents.catalog(base) | {"conformsTo": CONFORMS_TO}
    for method in ("GET", "POST"):
        body["links"].append({"rel": "search", "href": f"{base}stac/search", "type": GEOJSON, "method": method})
    return Response(dumps(body), media_type=JSON)


@router.get("/conformance")
def conformance() -> dict[str, list[str]]:
    """List the conformance classes that hold."""
    return {"conformsTo": CONFORMS_TO}


@router.get("/collections")
def collections(request: Request, shelf: ServedShelf) -> Response:
    """List the one collection."""
    base = str(request.base_url)
    links = [
        {"rel": "self", "href": f"{base}stac/collections", "type": JSON},
        {"rel": "root", "href": f"{base}stac", "type": JSON},
    ]
    body = {"collections": [stac_documents.collection(base, shelf.surveys())], "links": links}
    return Response(dumps(body), media_type=JSON)


@router.get("/collections/{collection}")
def collection(request: Request, shelf: ServedShelf, collection: str) -> Response:
    """Describe the collection."""
    _check(collection)
    return Response(dumps(stac_documents.collection(str(request.base_url), shelf.surveys())), media_type=JSON)


@router.get("/collections/{collection}/items")
def items(
    request: Request,
    shelf: ServedShelf,
    collection: str,
    limit: str | None = None,
    bbox: str | None = None,
    datetime: str | None = None,
    token: str | None = None,
) -> Response:
    """List items of the collection, newest first."""
    _check(collection)
    wanted = _wanted({"limit": limit, "bbox": _listed(bbox), "datetime": datetime, "token": token})
    return _found(request, shelf, wanted, within=collection)


@router.get("/collections/{collection}/items/{id}")
def item(request: Request, shelf: ServedShelf, collection: str, id: str) -> Response:
    """Describe a survey."""
    _check(collection)
    if id == LATEST:
        raise NotFound(f"no item {id!r}", korean=f"{id}: 없는 항목입니다", parameter="id")
    return Response(dumps(stac_documents.item(str(request.base_url), shelf.survey(id))), media_type=GEOJSON)


@router.get("/search")
def search(request: Request, shelf: ServedShelf) -> Response:
    """Search for surveys by place, time and name."""
    asked: dict[str, Any] = dict(request.query_params)
    for name in ("collections", "ids", "bbox"):
        asked[name] = _listed(asked.get(name))
    if asked.get("intersects"):
        asked["intersects"] = _json(asked["intersects"])
    return _found(request, shelf, _wanted(asked))


@router.post("/search")
def search_by_body(request: Request, shelf: ServedShelf, asked: Annotated[dict[str, Any], Body()]) -> Response:
    """Search for surveys by place, time and name."""
    return _found(request, shelf, _wanted(asked), body=asked)


def _listed(text: str | None) -> list[str] | None:
    return text.split(",") if text else None


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        raise _unreadable("intersects", "GeoJSON이 아닙니다") from None


def _wanted(asked: Mapping[str, Any]) -> Wanted:
    try:
        return Wanted.model_validate({name: value for name, value in asked.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "bbox"
        raise _unreadable(name, f"값을 읽을 수 없습니다 ({first['msg']})") from None


def _unreadable(name: str, why: str) -> Unreadable:
    return Unreadable(f"{name} cannot be read", korean=f"{name}: {why}", parameter=name)


def _check(collection: str) -> None:
    if collection != COLLECTION:
        raise NotFound(
            f"no collection {collection!r}", korean=f"{collection}: 없는 컬렉션입니다", parameter="collection"
        )


def _found(
    request: Request, shelf: Shelf, wanted: Wanted, *, body: Mapping[str, Any] | None = None, within: str | None = None
) -> Response:
    """Answer a page of items, newest first; one that is damaged is not offered."""
    matched = [survey for survey in shelf.surveys() if _matches(survey, wanted)]
    page = matched[wanted.token : wanted.token + min(wanted.limit, MOST)]
    shown = [found for found in (_whole(request, survey) for survey in page) if found]
    links: list[dict[str, Any]] = [
        {"rel": "self", "href": str(request.url), "type": GEOJSON},
        {"rel": "root", "href": f"{request.base_url}stac", "type": JSON},
    ]
    if within:
        links.append({"rel": "collection", "href": f"{request.base_url}stac/collections/{within}", "type": JSON})
    following = wanted.token + len(page)
    if following < len(matched):
        if body is None:
            href = str(request.url.include_query_params(token=following))
            links.append({"rel": "next", "href": href, "type": GEOJSON, "method": "GET"})
        else:
            more = {"rel": "next", "href": str(request.url), "type": GEOJSON, "method": "POST"}
            links.append(more | {"body": {**body, "token": following}})
    answer = {
        "type": "FeatureCollection",
        "features": shown,
        "links": links,
        "numberMatched": len(matched),
        "numberReturned": len(shown),
    }
    return Response(dumps(answer), media_type=GEOJSON)


def _matches(survey: Survey, wanted: Wanted) -> bool:
    if wanted.collections and COLLECTION not in wanted.collections:
        return False
    if wanted.ids and survey.id not in wanted.ids:
        return False
    first, last = day(survey)
    if (wanted.start_date and last < _zoned(wanted.start_date)) or (
        wanted.end_date and first > _zoned(wanted.end_date)
    ):
        return False
    area = wanted.spatial_filter
    return area is None or shapely.intersects(lonlat(survey.footprint), shapely.from_geojson(area.model_dump_json()))


def _zoned(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _whole(request: Request, survey: Survey) -> dict[str, Any] | None:
    try:
        return stac_documents.item(str(request.base_url), survey)
    except Damaged:
        return None
