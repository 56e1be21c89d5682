"""Vector tiles of collections (OGC API - Tiles, 20-057): the row stands before the column, as OGC has it."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api import feature_documents as documents
from api.access import PUBLIC, ServedCity
from api.feature_documents import MVT
from api.routes.features import open_to
from geo.database import City
from geo.errors import NotFound, Unreadable
from geo.features import store
from geo.features.collections import Collection
from geo.grid import TILE_MATRIX_SETS, Bounds, tile_matrix_set

router = APIRouter(prefix="/collections/{collectionId}", tags=["vector tiles"], dependencies=[PUBLIC])


@router.get("/tiles")
def tilesets(request: Request, city: ServedCity, collectionId: str) -> dict[str, Any]:  # noqa: N803 (OGC's name)
    """List the tile matrix sets in which a collection is tiled."""
    one = open_to(request, city, collectionId)
    here = str(request.base_url)
    sets = [documents.tileset(here, one, tms, None) for tms in TILE_MATRIX_SETS.values()]
    return {"tilesets": sets, "links": [documents.link("self", f"{here}collections/{one.id}/tiles")]}


@router.get("/tiles/{tms}")
def tileset(request: Request, city: ServedCity, collectionId: str, tms: str) -> dict[str, Any]:  # noqa: N803
    """Describe a collection's tiles in one tile matrix set."""
    one, matrices = open_to(request, city, collectionId), tile_matrix_set(tms)
    return documents.tileset(str(request.base_url), one, matrices, _reach(city, one))


@router.get("/tiles/{tms}/tilejson.json")
def tilejson(request: Request, city: ServedCity, collectionId: str, tms: str) -> dict[str, Any]:  # noqa: N803
    """Describe a collection's tiles to map libraries (TileJSON 3.0)."""
    one, matrices = open_to(request, city, collectionId), tile_matrix_set(tms)
    return documents.tilejson(str(request.base_url), one, matrices, _reach(city, one))


@router.get("/style")
def style(request: Request, city: ServedCity, collectionId: str) -> dict[str, Any]:  # noqa: N803
    """Return a style with which MapLibre draws a collection's tiles."""
    return documents.style(str(request.base_url), open_to(request, city, collectionId))


@router.get("/tiles/{tms}/{z}/{row}/{col}")
def tile(
    request: Request,
    city: ServedCity,
    collectionId: str,  # noqa: N803
    tms: str,
    z: str,
    row: str,
    col: str,
) -> Response:
    """Return a vector tile (Mapbox Vector Tile 2.1); 204 where there is nothing, 304 while no edit has come between.

    Where a tile would hold more than 5,000 features, the largest are shown.
    """
    one, matrices = open_to(request, city, collectionId), tile_matrix_set(tms)
    z_, row_, col_ = (_number(name, text) for name, text in (("z", z), ("row", row), ("col", col)))
    if z_ > matrices.max_z or max(row_, col_) >= 1 << z_:
        raise NotFound(
            f"tile {z}/{row}/{col} lies outside {tms}",
            korean=f"타일 {z}/{row}/{col}은(는) 격자 {tms}의 범위를 벗어났습니다.",
            parameter="z" if z_ > matrices.max_z else "row" if row_ >= 1 << z_ else "col",
        )
    version = store.version(city, one)
    headers = {"ETag": f'"{version}"', "Cache-Control": "no-cache", "Vary": "Authorization, Cookie"}
    if version in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = store.tile(city, one, version, matrices, z_, col_, row_)
    return Response(body, 200 if body else 204, headers=headers, media_type=MVT if body else None)


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Unreadable(
            f"{name} {text[:40]!r} is no number",
            korean=f"{name} '{text[:40]}': 0 이상의 정수가 아닙니다.",
            parameter=name,
        )
    return int(text)


def _reach(city: City, one: Collection) -> Bounds | None:
    return store.reach(city, one, store.version(city, one))
