"""The front door: the web viewer for people, the landing page of the OGC APIs for programs."""

from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from api.access import PUBLIC

router = APIRouter(tags=["landing"], dependencies=[PUBLIC])
INDEX = Path(__file__).parents[1] / "viewer" / "dist" / "index.html"
CONFORMS_TO = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
]


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
            link("service-desc", "openapi.json", "OpenAPI", "application/vnd.oai.openapi+json;version=3.0"),
            link("conformance", "conformance", "conformance classes"),
            link("data", "collections", "collections"),
            link("http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", "tileMatrixSets", "tile matrix sets"),
        ],
    }
