"""WMTS 1.0.0 (OGC 07-057r7), by query and by path: all surveys are one layer, whose Time is the day of capture."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from fastapi import APIRouter, Request, Response

from api import html
from api.access import PUBLIC
from api.tile_path import REVALIDATE, ServedShelf, known
from geo.crs import CITY, LONLAT, WEB, transformer
from geo.errors import Damaged, NotFound
from geo.grid import TILE_MATRIX_SETS, Bounds, TileMatrixSet
from geo.orthophoto import store
from geo.orthophoto.encode import JPEG, PNG
from geo.orthophoto.store import Shelf, Survey, tiles
from geo.orthophoto.style import FALSE_COLOUR, NATURAL, NDVI, STYLES

router = APIRouter(prefix="/wmts", tags=["orthophotos"], dependencies=[PUBLIC])
LAYER = "orthophoto"
FORMATS = {"jpeg": JPEG, "png": PNG}
PIXEL_M = 0.00028  # standardised rendering pixel of OGC 07-057r7
TITLES = {NATURAL: "자연색", FALSE_COLOUR: "근적외 위색", NDVI: "식생지수(NDVI)"}
WELL_KNOWN = {WEB: "urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible"}
TILE_KEYS = ("layer", "style", "format", "tilematrixset", "tilematrix", "tilerow", "tilecol")


class _Refused(Exception):
    """An exception of OWS Common 1.1: its code and the parameter at fault."""

    def __init__(self, code: str, text: str, locator: str | None = None) -> None:
        super().__init__(text)
        self.code, self.locator = code, locator


@router.head("", include_in_schema=False)
@router.get("")
def by_query(request: Request, shelf: ServedShelf) -> Response:
    """Answer GetCapabilities and GetTile; names of parameters are read in any case."""
    asked = {name.lower(): value for name, value in request.query_params.items()}
    try:
        operation = _needed(asked, "request").lower()
        if operation == "getcapabilities" and asked.get("service") is None:
            asked["service"] = "WMTS"  # programs that ask without it mean no other
        if _needed(asked, "service").upper() != "WMTS":
            raise _Refused("InvalidParameterValue", f"service '{asked['service']}': WMTS가 아닙니다", "service")
        if operation == "getcapabilities":
            _negotiate(asked.get("acceptversions"))
            return _capabilities(request, shelf)
        if operation != "gettile":
            raise _Refused("OperationNotSupported", f"{asked['request']}: 제공하지 않는 요청입니다", "request")
        if asked.get("version", "1.0.0") != "1.0.0":
            raise _Refused("InvalidParameterValue", f"version '{asked['version']}': 1.0.0만 제공합니다", "version")
        tile = {name: _needed(asked, name) for name in TILE_KEYS} | {"time": asked.get("time", "default")}
        return _tile(request, shelf, tile)
    except _Refused as refusal:
        return _report(refusal, 501 if refusal.code == "OperationNotSupported" else 400)


@router.head("/1.0.0/WMTSCapabilities.xml", include_in_schema=False)
@router.get("/1.0.0/WMTSCapabilities.xml")
def capabilities(request: Request, shelf: ServedShelf) -> Response:
    """Describe the layer, its days and its matrices."""
    return _capabilities(request, shelf)


@router.head("/1.0.0/{layer}/{style}/{time}/{tms}/{z}/{row}/{col}.{ending}", include_in_schema=False)
@router.get("/1.0.0/{layer}/{style}/{time}/{tms}/{z}/{row}/{col}.{ending}")
def by_path(
    request: Request,
    shelf: ServedShelf,
    layer: str,
    style: str,
    time: str,
    tms: str,
    z: str,
    row: str,
    col: str,
    ending: str,
) -> Response:
    """Return a tile of a day."""
    values = (layer, style, FORMATS.get(ending, ending), tms, z, row, col)
    try:
        return _tile(request, shelf, dict(zip(TILE_KEYS, values, strict=True)) | {"time": time})
    except _Refused as refusal:
        return _report(refusal, 404)


def _needed(asked: Mapping[str, str], name: str) -> str:
    if not asked.get(name) and name != "style":
        raise _Refused("MissingParameterValue", f"{name}: 값이 없습니다", name)
    return asked.get(name, "")


def _negotiate(versions: str | None) -> None:
    if versions and "1.0.0" not in versions.split(","):
        raise _Refused("VersionNegotiationFailed", f"'{versions}': 1.0.0만 제공합니다", "acceptversions")


def _tile(request: Request, shelf: Shelf, asked: Mapping[str, str]) -> Response:
    style = asked["style"] if asked["style"] not in ("", "default") else NATURAL
    for name, value, there in (
        ("layer", asked["layer"], (LAYER,)),
        ("style", style, STYLES),
        ("format", asked["format"], tuple(FORMATS.values())),
        ("tilematrixset", asked["tilematrixset"], tuple(TILE_MATRIX_SETS)),
    ):
        if value not in there:
            raise _Refused("InvalidParameterValue", f"{name} '{value}': {', '.join(there)} 중 하나여야 합니다", name)
    tms = TILE_MATRIX_SETS[asked["tilematrixset"]]
    place = _place(tms, asked)
    survey = _on(shelf, asked["time"])
    headers = {"ETag": f'"{survey.version}"', "Cache-Control": REVALIDATE.decode()}
    if known(request.scope, survey.version):
        return Response(status_code=304, headers=headers)
    try:
        image = shelf.made(survey, tms, *place, style=style, media_type=asked["format"])
    except NotFound as error:
        raise _Refused("InvalidParameterValue", error.korean or str(error), "style") from error
    body = image.body if image else _blank(asked["format"])
    return Response(body, headers=headers, media_type=asked["format"])


def _place(tms: TileMatrixSet, asked: Mapping[str, str]) -> tuple[int, int, int]:
    """Read which tile is asked for, as z, x, y. Raises _Refused."""
    found = []
    for name, most in (("tilematrix", None), ("tilecol", 0), ("tilerow", 0)):
        text = asked[name]
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise _Refused("InvalidParameterValue", f"{name} '{text}': 0 이상의 정수가 아닙니다", name)
        if most is None and int(text) > tms.max_z:
            raise _Refused("InvalidParameterValue", f"tilematrix '{text}': 0부터 {tms.max_z}까지입니다", name)
        if most is not None and int(text) >= 1 << found[0]:
            raise _Refused("TileOutOfRange", f"{name} '{text}': 타일 격자의 범위를 벗어났습니다", name)
        found.append(int(text))
    return found[0], found[1], found[2]


def _on(shelf: Shelf, time: str) -> Survey:
    """Return the survey of a day; the newest for `default`, `current`, `latest` and nothing. Raises _Refused."""
    try:
        if time in ("", "default", "current", tiles.LATEST):
            return shelf.survey(tiles.LATEST)
        return shelf.captured(date.fromisoformat(time[:10] if "T" in time else time))
    except ValueError:
        raise _Refused("InvalidParameterValue", f"time '{time}': 날짜(YYYY-MM-DD)가 아닙니다", "time") from None
    except NotFound as error:
        raise _Refused("InvalidParameterValue", error.korean or str(error), "time") from error


@cache
def _blank(media_type: str) -> bytes:
    """Return a tile without ground: nothing to see through PNG, white as JPEG."""
    return tiles.blank_tile(media_type).body


def _report(refusal: _Refused, status: int) -> Response:
    body = html.templates().get_template("wmts_exception.xml")
    text = body.render(code=refusal.code, locator=refusal.locator, text=str(refusal))
    return Response(text, status, media_type="application/xml")


def _capabilities(request: Request, shelf: Shelf) -> Response:
    surveys = [survey for survey in shelf.surveys() if _whole(survey)]
    styles = STYLES if any(tiles.has_infrared(survey) for survey in surveys) else (NATURAL,)
    text = html.templates().get_template("wmts_capabilities.xml").render(
        base=str(request.base_url), layer=LAYER, formats=FORMATS,
        sequence="-".join(survey.version for survey in surveys) or "0",
        styles=[(style, TITLES[style]) for style in styles],
        times=list(dict.fromkeys(survey.captured_on.isoformat() for survey in surveys)),
        synthetic=any(survey.synthetic for survey in surveys),
        lonlat=[round(value, 7) for value in transformer(CITY, LONLAT).transform_bounds(*_around(surveys))]
        if surveys else None,
        sets=[_set(tms, surveys) for tms in TILE_MATRIX_SETS.values()],
    )  # fmt: skip
    return Response(text, media_type="application/xml", headers={"Cache-Control": "no-cache"})


def _whole(survey: Survey) -> bool:
    """Tell whether a survey can be served; one that is damaged is not offered."""
    try:
        return all(store.zooms(survey, tms) for tms in TILE_MATRIX_SETS)
    except Damaged:
        return False


def _around(surveys: list[Survey]) -> Bounds:
    left, bottom, right, top = zip(*(survey.bounds for survey in surveys), strict=True)
    return min(left), min(bottom), max(right), max(top)


def _set(tms: TileMatrixSet, surveys: list[Survey]) -> dict[str, Any]:
    limits, finest = [], tms.max_z
    if surveys:  # finer matrices hold no more, and programs take the finest for the imagery's own
        finest = max(store.zooms(survey, tms.id)[1] for survey in surveys)
        bounds = _around(surveys)
        if tms.crs != CITY:
            bounds = transformer(CITY, tms.crs).transform_bounds(*bounds)
        limits = [(z, tms.tiles_over(bounds, z)) for z in range(finest + 1)]
        # the published schema has rows and columns as positive integers: matrices that begin with 0 cannot be listed
        limits = [(z, tiles) for z, tiles in limits if min(tiles) > 0]
    return {
        "id": tms.id,
        "title": tms.title,
        "epsg": tms.crs.to_epsg(),
        "well_known": WELL_KNOWN.get(tms.crs),
        # in the axis order of the CRS: EPSG:5186 has northing first
        "corner": (tms.top, tms.left) if tms.crs == CITY else (tms.left, tms.top),
        "tile_px": tms.tile_px,
        "scales": [(z, repr(tms.cell(z) / PIXEL_M)) for z in range(finest + 1)],
        "limits": limits,
    }
