"""The front door: the web viewer for people, the landing page of the OGC APIs for programs."""

from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from api.access import PUBLIC

router = APIRouter(tags=["landing"], dependencies=[PUBLIC])
INDEX = Path(__file__).parents[1] / "viewer" / "dist" / "index.html"
_SPEC = "http://www.opengis.net/spec/"
CONFORMS_TO = [
    *(f"{_SPEC}ogcapi-common-1/1.0/conf/{name}" for name in ("core", "landing-page", "json", "html")),
    *(f"{_SPEC}ogcapi-common-2/1.0/conf/{name}" for name in ("collections", "json", "html")),
    *(f"{_SPEC}ogcapi-features-1/1.0/conf/{name}" for name in ("core", "geojson", "html")),
    f"{_SPEC}ogcapi-features-2/1.0/conf/crs",
    *(f"{_SPEC}ogcapi-features-3/1.0/conf/{name}" for name in (
        "filter", "features-filter", "queryables", "queryables-query-parameters")),
    *(f"{_SPEC}ogcapi-features-5/1.0/conf/{name}" for name in ("schemas", "core-roles-features", "queryables")),
    *(f"{_SPEC}cql2/1.0/conf/{name}" for name in (
        "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
        "accent-insensitive-comparison", "basic-spatial-functions", "basic-spatial-functions-plus",
        "spatial-functions", "temporal-functions", "array-functions", "property-property", "arithmetic")),
    *(f"{_SPEC}ogcapi-tiles-1/1.0/conf/{name}" for name in (
        "core", "tileset", "tilesets-list", "geodata-tilesets", "mvt")),
]  # fmt: skip


@router.get("/", response_model=None)
def landing(request: Request, f: Literal["json", "html"] | None = None) -> Response:
    """Show the viewer, or to programs (`Accept: application/json`, `?f=json`) what there is."""
    accept = request.headers.get("accept", "*/*")
    wants_json = f == "json" or (f is None and "json" in accept and "text/html" not in accept)
    if wants_json:
        return JSONResponse(_document(str(request.base_url)))
    return FileResponse(INDEX, media_type="text/html")


@router.get("/conformance")
def conformance() -> dict[str, list[str]]:
    """List the conformance classes that hold."""
    return {"conformsTo": CONFORMS_TO}


def _document(base: str) -> dict[str, Any]:
    def link(rel: str, path: str, title: str, type: str = "application/json") -> dict[str, str]:
        return {"rel": rel, "href": base + path, "title": title, "type": type}

    return {
        "title": "파주시 공간정보",
        "description": "정사영상, 변화 탐지, 지정도로, 재해위험지구",
        "links": [
            link("self", "?f=json", "this document"),
            link("alternate", "?f=html", "the web viewer", "text/html"),
            link("service-desc", "openapi.json", "OpenAPI", "application/vnd.oai.openapi+json;version=3.1"),
            link("service-doc", "docs", "the API for people", "text/html"),
            link("conformance", "conformance", "conformance classes"),
            link("data", "collections", "collections"),
            link("http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", "tileMatrixSets", "tile matrix sets"),
        ],
    }
