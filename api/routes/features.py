"""Collections and their features (OGC API - Features, Parts 1 to 3 and 5)."""

from typing import Any, Literal

import orjson
from fastapi import APIRouter, Request, Response

from api import feature_documents as documents
from api import feature_pages as pages
from api import feature_query as query
from api.access import PUBLIC, Requires, ServedCity
from api.feature_documents import MEDIA, SCHEMA, link
from geo.database import City
from geo.features import store
from geo.features.collections import Collection
from geo.features.ogc_crs import OgcCrs
from geo.features.wanted import Page, Rows

router = APIRouter(prefix="/collections", tags=["features"], dependencies=[PUBLIC])
MOST = 10_000
"""Features of one page."""
MOST_AT_ONCE = 100_000
"""Features of one file; larger ones are written by `geo registry export`."""


def open_to(request: Request, city: City, id: str) -> Collection:
    """Return the collection named, where its caller may see it. Raises NotFound, NoKey, NotAllowed."""
    found = store.collection(city, id)
    Requires(found.role).check(request)
    return found


@router.get("")
def collections(request: Request, city: ServedCity) -> Response:
    """List the collections."""
    asked = query.only(request, ("f",))
    base = str(request.base_url)
    every = store.collections(city)
    if query.form(request, asked, ("json", "html")) == "html":
        return pages.collections(base, every)
    body = {
        "collections": [_described(base, city, one) for one in every],
        "links": [link("self", f"{base}collections"), link("alternate", f"{base}collections?f=html", "text/html")],
    }
    return Response(orjson.dumps(body), media_type="application/json")


@router.get("/{collectionId}")
def collection(request: Request, city: ServedCity, collectionId: str) -> Response:  # noqa: N803 (OGC's name)
    """Describe a collection."""
    asked = query.only(request, ("f",))
    one = store.collection(city, collectionId)
    if query.form(request, asked, ("json", "html")) == "html":
        return pages.collection(str(request.base_url), one)
    return Response(orjson.dumps(_described(str(request.base_url), city, one)), media_type="application/json")


@router.get("/{collectionId}/schema")
def schema(request: Request, city: ServedCity, collectionId: str) -> Response:  # noqa: N803
    """Say what a feature's properties are (Part 5)."""
    return _schema(request, store.collection(city, collectionId), "schema")


@router.get("/{collectionId}/queryables")
def queryables(request: Request, city: ServedCity, collectionId: str) -> Response:  # noqa: N803
    """Say which properties a filter may name (Part 3)."""
    return _schema(request, store.collection(city, collectionId), "queryables")


@router.get("/{collectionId}/items", openapi_extra={"parameters": query.ITEMS})
def items(request: Request, city: ServedCity, collectionId: str) -> Response:  # noqa: N803
    """Return features, ten a page unless `limit` says otherwise; each property is a parameter of its own, too.

    Pages follow each other by their `next` link. As a file (csv, gpkg, parquet, fgb) all features come at once.
    """
    one = open_to(request, city, collectionId)
    names = [each.name for each in one.properties]
    asked = query.only(request, (*query.QUERY, *names, "crs", "limit", "cursor", "f"))
    wanted, written = query.wanted(one, asked), query.crs(asked, "crs")
    form = query.form(request, asked, tuple(MEDIA))
    if form not in ("json", "html"):
        return _file(store.everything(city, one, wanted, most=MOST_AT_ONCE), form)
    limit = query.limit(asked, most=MOST, default=10)
    found = store.page(city, one, wanted, limit=limit, after=asked.get("cursor"))
    links = _links(request, found)
    if form == "html":
        following = next((each["href"] for each in links if each["rel"] == "next"), None)
        return pages.items(str(request.base_url), found, following)
    body = {
        "type": "FeatureCollection",
        "numberMatched": found.matched,
        "numberReturned": len(found.rows.ids),
        "links": links,
        "features": found.rows.features(written),
    }
    return _geojson(body, written)


@router.get("/{collectionId}/items/{featureId:path}", openapi_extra={"parameters": query.ITEM})
def item(request: Request, city: ServedCity, collectionId: str, featureId: str) -> Response:  # noqa: N803
    """Return one feature."""
    one = open_to(request, city, collectionId)
    asked = query.only(request, ("crs", "f"))
    written, found = query.crs(asked, "crs"), store.item(city, one, featureId)
    if query.form(request, asked, ("json", "html")) == "html":
        return pages.item(str(request.base_url), found)
    here = f"{request.base_url}collections/{one.id}"
    links = [
        link("self", str(request.url), MEDIA["json"]),
        link("alternate", str(request.url.include_query_params(f="html")), MEDIA["html"]),
        link("collection", here),
    ]
    return _geojson({**found.features(written)[0], "links": links}, written)


def _described(base: str, city: City, one: Collection) -> dict[str, Any]:
    return documents.description(base, one, store.reach(city, one, store.version(city, one)))


def _schema(request: Request, one: Collection, word: Literal["schema", "queryables"]) -> Response:
    query.only(request, ("f",))
    here = f"{request.base_url}collections/{one.id}/{word}"
    return Response(orjson.dumps(documents.schema(here, one, queryables=word == "queryables")), media_type=SCHEMA)


def _links(request: Request, found: Page) -> list[dict[str, str]]:
    here = request.url
    links = [
        link("self", str(here), MEDIA["json"]),
        link("alternate", str(here.include_query_params(f="html")), MEDIA["html"]),
        link("collection", f"{request.base_url}collections/{found.rows.collection.id}"),
    ]
    if found.following is not None:
        links.append(link("next", str(here.include_query_params(cursor=found.following)), MEDIA["json"]))
    return links


def _geojson(body: dict[str, Any], written: OgcCrs) -> Response:
    headers = {"Content-Crs": f"<{written.uri}>", "Vary": "Accept, Authorization, Cookie"}
    return Response(orjson.dumps(body), headers=headers, media_type=MEDIA["json"])


def _file(found: Rows, form: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{found.collection.id}.{form}"'}
    return Response(store.file(found, form), headers=headers, media_type=MEDIA[form])
