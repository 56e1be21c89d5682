"""The catalogue of orthophoto surveys, exact crops of them, and their files."""

import os
from math import isfinite
from threading import BoundedSemaphore
from typing import Annotated, Any, Literal

from affine import Affine
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from pyproj import CRS

from api.access import PUBLIC, ServedCity
from api.errors import problem
from api.tile_path import FORMATS, IMMUTABLE, REVALIDATE, ServedShelf, known
from geo.crs import CITY, LONLAT, WEB, transformer
from geo.errors import BadInput, Unreadable
from geo.geojson import dumps
from geo.grid import KOREA_CENTRAL, Bounds, Grid
from geo.orthophoto import store
from geo.orthophoto.store import Survey, tiles

router = APIRouter(prefix="/surveys", tags=["orthophotos"], dependencies=[PUBLIC])
MOST_PX = 4096
COG = "image/tiff; application=geotiff; profile=cloud-optimized"
_OGC = "http://www.opengis.net/def/crs/"
CRS84 = f"{_OGC}OGC/1.3/CRS84"
BBOX_CRS: dict[str, tuple[CRS, bool]] = {
    CRS84: (LONLAT, False),
    f"{_OGC}EPSG/0/4326": (LONLAT, True),
    f"{_OGC}EPSG/0/5186": (CITY, True),
    f"{_OGC}EPSG/0/3857": (WEB, False),
}
"""What `bbox-crs` may name, and whether its first axis points north: a bbox follows the axes of its CRS."""
_TURNS = BoundedSemaphore(os.cpu_count() or 1)


@router.get("")
def surveys(city: ServedCity) -> Response:
    """List the surveys, newest first."""
    return Response(dumps([_present(survey) for survey in store.surveys(city)]), media_type="application/json")


@router.get("/{id}")
def survey(city: ServedCity, id: str) -> Response:
    """Tell of one survey."""
    return Response(dumps(_present(store.survey(city, id))), media_type="application/json")


@router.head("/{id}/image", include_in_schema=False)
@router.get("/{id}/image")
def image(
    request: Request,
    shelf: ServedShelf,
    id: str,
    bbox: Annotated[str, Query(max_length=200)],
    width: int | None = None,
    bbox_crs: Annotated[str, Query(alias="bbox-crs", max_length=100)] = CRS84,
    style: Literal["natural", "false_colour", "ndvi"] = "natural",
    f: Literal["png", "jpeg", "webp"] = "png",
    v: str | None = None,
) -> Response:
    """Cut a picture in EPSG:5186 out of a survey (or of `latest`); 204 where it shows no ground.

    `bbox` is in longitude and latitude, or in the axis order of `bbox-crs`. Without `width` the pixels are the
    survey's own, those that the bbox touches; with it the picture begins at the bbox's north-west corner, and its
    pixels are the survey's own where the two fall on each other. PNG keeps them as they are.
    """
    found = shelf.survey(id)
    grid = _grid(_bounds(bbox, bbox_crs), width, store.zooms(found, KOREA_CENTRAL.id)[1])
    headers = _caching(found, immutable=v == found.version and id == found.id) | {
        "Content-Crs": f"<{_OGC}EPSG/0/5186>",
        "Content-Bbox": ",".join(f"{grid.bounds[axis]:.12g}" for axis in (1, 0, 3, 2)),
    }
    if known(request.scope, found.version):
        return Response(status_code=304, headers=headers)
    if not _TURNS.acquire(timeout=5):
        busy = problem(503)
        busy.headers["Retry-After"] = "5"
        return busy
    try:
        raster = shelf.crop(found, KOREA_CENTRAL, grid, style=style)
        if not raster.valid.any():
            return Response(status_code=204, headers=headers)
        made = store.picture(raster, FORMATS[f])
    finally:
        _TURNS.release()
    return Response(made.body, headers=headers, media_type=made.media_type)


@router.head("/{id}/assets/{name}.tif", include_in_schema=False)
@router.get("/{id}/assets/{name}.tif")
def asset(request: Request, shelf: ServedShelf, id: str, name: str, v: str | None = None) -> Response:
    """Hand out a file of a survey, whole or in ranges: GDAL reads it in place as a Cloud Optimized GeoTIFF."""
    found = shelf.survey(id)
    one = tiles.asset(found, name)
    headers = _caching(found, immutable=v == found.version and id == found.id)
    if known(request.scope, found.version):
        return Response(status_code=304, headers=headers)
    return FileResponse(one.file, headers=headers, media_type=COG)


def _caching(survey: Survey, *, immutable: bool) -> dict[str, str]:
    rule = IMMUTABLE if immutable else REVALIDATE
    return {"ETag": f'"{survey.version}"', "Cache-Control": rule.decode()}


def _bounds(text: str, crs: str) -> Bounds:
    """Read a bbox into EPSG:5186. Raises Unreadable."""
    if crs not in BBOX_CRS:
        raise Unreadable(
            f"bbox-crs {crs!r} is none of {', '.join(BBOX_CRS)}",
            korean=f"bbox-crs '{crs}': {', '.join(BBOX_CRS)} 중 하나여야 합니다.",
            parameter="bbox-crs",
        )
    source, north_first = BBOX_CRS[crs]
    try:
        left, bottom, right, top = (float(part) for part in text.split(","))
    except ValueError:
        raise _unreadable(text) from None
    if north_first:
        left, bottom, right, top = bottom, left, top, right
    if not all(map(isfinite, (left, bottom, right, top))) or left >= right or bottom >= top:
        raise _unreadable(text)
    if source == LONLAT and (left < -180 or right > 180 or bottom < -90 or top > 90):
        raise _unreadable(text)
    if source == CITY:
        return left, bottom, right, top
    moved: Bounds = transformer(source, CITY).transform_bounds(left, bottom, right, top)
    if not all(map(isfinite, moved)):
        raise _unreadable(text)
    return moved


def _unreadable(text: str) -> Unreadable:
    return Unreadable(
        f"bbox {text!r} is not four numbers in the axis order of bbox-crs (longitude and latitude without it)",
        korean=f"bbox '{text}'을(를) 읽을 수 없습니다. 왼쪽,아래,오른쪽,위 순서의 경위도로 적거나 "
        "bbox-crs와 그 좌표축 순서에 맞추십시오.",
        parameter="bbox",
    )


def _grid(bounds: Bounds, width: int | None, finest: int) -> Grid:
    """Lay the picture's pixels. Raises BadInput for more than a report can use."""
    left, bottom, right, top = bounds
    if width is not None and not 1 <= width <= MOST_PX:
        raise BadInput(
            f"width {width} is not 1 to {MOST_PX}", korean=f"width는 1부터 {MOST_PX}까지입니다.", parameter="width"
        )
    cell = KOREA_CENTRAL.cell(finest) if width is None else (right - left) / width
    if max(right - left, top - bottom) / cell > MOST_PX + 2:
        raise BadInput(
            f"the picture would be more than {MOST_PX} pixels wide or high",
            korean=f"그림이 가로나 세로 {MOST_PX}화소를 넘습니다. bbox를 줄이거나 width를 지정하십시오.",
            parameter="bbox" if width is None else "width",
        )
    if width is None:
        return Grid.cover(bounds, CITY, cell)
    height = max(round((top - bottom) / cell), 1)
    return Grid(CITY, Affine(cell, 0, left, 0, -cell, top), width, height)


def _present(survey: Survey) -> dict[str, Any]:
    left, bottom, right, top = transformer(CITY, LONLAT).transform_bounds(*survey.bounds)
    return {
        "id": survey.id,
        "version": survey.version,
        "captured_on": survey.captured_on,
        "gsd_m": survey.gsd_m,
        "coverage_pct": survey.coverage_pct,
        "bounds": [round(value, 7) for value in (left, bottom, right, top)],
        "bounds_5186": survey.bounds,
        "bands": survey.bands,
        "sheets": survey.sheets,
        "synthetic": survey.synthetic,
    }
