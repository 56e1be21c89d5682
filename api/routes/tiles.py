"""Descriptions of tiles: the tile matrix sets and TileJSON; stored tiles themselves never come here."""

from typing import Any

from fastapi import APIRouter, Request

from api.access import PUBLIC
from api.tile_path import ServedShelf
from geo.crs import CITY, LONLAT, transformer
from geo.grid import TILE_MATRIX_SETS, TileMatrixSet, tile_matrix_set
from geo.orthophoto import store
from geo.orthophoto.store.tiles import LATEST

router = APIRouter(tags=["tiles"], dependencies=[PUBLIC])
PIXEL_M = 0.00028  # standardised rendering pixel of OGC 17-083r4


@router.get("/tileMatrixSets")
def tile_matrix_sets(request: Request) -> dict[str, Any]:
    """List the tile matrix sets (OGC 17-083r4)."""
    links = [
        {"id": id, "title": tms.title, "links": [{"rel": "self", "href": str(request.url_for("one_set", id=id))}]}
        for id, tms in TILE_MATRIX_SETS.items()
    ]
    return {"tileMatrixSets": links}


@router.get("/tileMatrixSets/{id}", name="one_set")
def one_set(id: str) -> dict[str, Any]:
    """Describe a tile matrix set (OGC 17-083r4); its points are in the axis order of its CRS."""
    tms = tile_matrix_set(id)
    epsg = tms.crs.to_epsg()
    # OGC writes EPSG:5186 northing first
    origin = [tms.top, tms.left] if tms.crs == CITY else [tms.left, tms.top]
    return {
        "id": tms.id,
        "title": tms.title,
        "crs": f"http://www.opengis.net/def/crs/EPSG/0/{epsg}",
        "orderedAxes": ["N", "E"] if tms.crs == CITY else ["E", "N"],
        "tileMatrices": [_matrix(tms, z, origin) for z in range(tms.max_z + 1)],
    }


def _matrix(tms: TileMatrixSet, z: int, origin: list[float]) -> dict[str, Any]:
    cell = tms.cell(z)
    return {
        "id": str(z),
        "scaleDenominator": cell / PIXEL_M,
        "cellSize": cell,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": origin,
        "tileWidth": tms.tile_px,
        "tileHeight": tms.tile_px,
        "matrixWidth": 2**z,
        "matrixHeight": 2**z,
    }


@router.get("/tiles/{survey}/{tms}/tilejson.json")
def tilejson(request: Request, shelf: ServedShelf, survey: str, tms: str) -> dict[str, Any]:
    """Describe the tiles of a survey (TileJSON 3.0)."""
    tile_matrix_set(tms)
    found = shelf.survey(survey)
    coarsest, finest = store.zooms(found, tms)
    left, bottom, right, top = transformer(CITY, LONLAT).transform_bounds(*found.bounds)
    version = "" if survey == LATEST else f"?v={found.version}"
    base = str(request.base_url)
    return {
        "tilejson": "3.0.0",
        "name": f"Paju orthophoto {found.captured_on}",
        "attribution": "파주시" + (" · 합성 자료 (실제 파주가 아님)" if found.synthetic else ""),
        "tiles": [f"{base}tiles/{survey}/{tms}/{{z}}/{{x}}/{{y}}{version}"],
        "minzoom": coarsest,
        "maxzoom": finest,
        "bounds": [left, bottom, right, top],
    }
