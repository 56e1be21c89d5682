"""The description of the API as it is: what each path answers with, and that every refusal is a problem document."""

from typing import Any

from fastapi import FastAPI

from api.feature_documents import MEDIA, MVT, SCHEMA
from api.tile_path import FORMATS

GEOJSON, JSON, HTML, XML, SVG = (
    "application/geo+json",
    "application/json",
    "text/html",
    "application/xml",
    "image/svg+xml",
)
IMAGES = tuple(FORMATS.values())
_KEPT, _EMPTY = {"304": "the copy at hand is still right"}, {"204": "there is nothing to show here"}
_FOUND: dict[str, tuple[str, ...]] = {
    "/": (HTML, JSON),
    "/surveys/{id}/image": IMAGES,
    "/surveys/{id}/assets/{name}.tif": ("image/tiff",),
    "/wmts": (XML, *IMAGES),
    "/wmts/1.0.0/WMTSCapabilities.xml": (XML,),
    "/wmts/1.0.0/{layer}/{style}/{time}/{tms}/{z}/{row}/{col}.{ending}": IMAGES,
    "/stac/collections/{collection}/items": (GEOJSON,),
    "/stac/collections/{collection}/items/{id}": (GEOJSON,),
    "/stac/search": (GEOJSON,),
    "/collections": (JSON, HTML),
    "/collections/{collectionId}": (JSON, HTML),
    "/collections/{collectionId}/schema": (SCHEMA,),
    "/collections/{collectionId}/queryables": (SCHEMA,),
    "/collections/{collectionId}/items": tuple(MEDIA.values()),
    "/collections/{collectionId}/items/{featureId}": (GEOJSON, HTML),
    "/collections/{collectionId}/tiles/{tms}/{z}/{row}/{col}": (MVT,),
    "/permit-review": (JSON, HTML),
    "/change-runs/{id}/changes": (GEOJSON,),
    "/change-runs/{id}/changes/{n}": (GEOJSON,),
    "/disaster-zones/{id}/scenarios/{s}/tiles/{tms}/{z}/{x}/{y}": ("image/png",),
    "/disaster-zones/{id}/compare/tiles/{tms}/{z}/{x}/{y}": ("image/png",),
    "/disaster-zones/{id}/timeline.svg": (SVG,),
    "/disaster-zones/{id}/budget.svg": (SVG,),
    "/disaster-zones/{id}/sheet": (HTML,),
    "/maps/{name}": (HTML,),
}
"""The forms of a good answer, where it is not JSON alone."""
_OTHERS: dict[str, dict[str, str]] = {
    "/login": {"303": "the key is kept in a cookie; on to the viewer"},
    "/surveys/{id}/image": _KEPT | _EMPTY,
    "/surveys/{id}/assets/{name}.tif": _KEPT | {"206": "the range asked for"},
    "/wmts": _KEPT,
    "/wmts/1.0.0/{layer}/{style}/{time}/{tms}/{z}/{row}/{col}.{ending}": _KEPT,
    "/collections/{collectionId}/tiles/{tms}/{z}/{row}/{col}": _KEPT | _EMPTY,
    "/disaster-zones/{id}/scenarios/{s}/tiles/{tms}/{z}/{x}/{y}": _KEPT | _EMPTY,
    "/disaster-zones/{id}/compare/tiles/{tms}/{z}/{x}/{y}": _KEPT | _EMPTY,
}
"""Further answers that are no refusals."""
_PROBLEM = {
    "type": "object",
    "title": "Problem (RFC 9457)",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "parameter": {"type": "string", "description": "the parameter at fault"},
        "successors": {"type": "array", "items": {"type": "string"}, "description": "what took its place"},
    },
}


def install(app: FastAPI) -> None:
    """Let the service describe itself so."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain())
        return plain()

    app.openapi = described  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own, which no route answers with
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _complete_answers(path, operation["responses"])


def _complete_answers(path: str, answers: dict[str, Any]) -> None:
    answers.pop("422", None)
    if path in _FOUND:
        answers["200"]["content"] = {form: {} for form in _FOUND[path]}
    for status, words in _OTHERS.get(path, {}).items():
        answers[status] = {"description": words}
    refusal: dict[str, Any] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if path.startswith("/wmts"):
        refusal = {XML: {}, **refusal}  # an exception report of OWS Common
    answers["4XX"] = {"description": "refused: what is wrong, and which parameter is at fault", "content": refusal}
    answers["5XX"] = {"description": "not possible now", "content": refusal}
