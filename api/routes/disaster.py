"""The disaster-risk zones: what stands where, what is done as of a day, and whom which storm would reach."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from api.access import PUBLIC, ServedCity
from geo import answers
from geo.clock import today
from geo.disaster import impact, picture, scenario_store, sheet, store, works
from geo.disaster.picture import Palette
from geo.geojson import dumps
from geo.grid import tile_matrix_set

router = APIRouter(prefix="/disaster-zones", tags=["disaster zones"], dependencies=[PUBLIC])
# the official legend's colours are not published as numbers: pale yellow over blue to purple, told apart without hue
COLOURS = ((255, 255, 178), (166, 216, 240), (107, 174, 214), (33, 113, 181), (74, 20, 134))
PALETTE = Palette(classes=COLOURS, hatch=(90, 90, 90), watermark=(140, 0, 0))
LEGEND = [
    {"label": label, "colour": "#{:02x}{:02x}{:02x}".format(*colour)}
    for label, colour in zip(impact.CLASSES, COLOURS, strict=True)
]


@router.get("/{id}")
def zone(city: ServedCity, id: str) -> Response:
    """Tell of a zone, its facilities and works, each with its source."""
    return _json(store.zone_record(city, id))


@router.get("/{id}/status")
def status(city: ServedCity, id: str, as_of: date | None = None) -> Response:
    """Tell what is planned, running, confirmed or overdue as of a day; a planned end is never taken for done."""
    found = works.status(store.zone_record(city, id), as_of or today())
    return _json(found.to_dict())


@router.get("/{id}/scenarios")
def scenarios(request: Request, city: ServedCity, id: str) -> Response:
    """List the modelled floods: the storms, the bands over what is assumed of the pumps, and what made them."""
    found = scenario_store.index(city, id)
    tiles = (
        f"{request.base_url}disaster-zones/{found['zone_id']}/scenarios/{{scenario}}/tiles/{{tms}}/{{z}}/{{x}}/{{y}}"
    )
    return _json(found | {"tiles": f"{tiles}?v={found['version']}", "legend": LEGEND})


@router.get("/{id}/scenarios/{s}")
def scenario(city: ServedCity, id: str, s: str) -> Response:
    """Tell of one modelled flood: its figures, its level through time and every site it reaches."""
    return _json(scenario_store.scenario(city, id, s) | {"legend": LEGEND})


@router.get("/{id}/compare")
def compare(city: ServedCity, id: str, a: str, b: str) -> Response:
    """Tell what changes from one modelled flood to another."""
    first, second = (scenario_store.scenario(city, id, s, parameter=name) for name, s in (("a", a), ("b", b)))
    told = {name: second[name] for name in ("version", "provenance")}
    return _json({"a": a, "b": b, **impact.difference(first, second), **told})


@router.get("/{id}/scenarios/{s}/tiles/{tms}/{z}/{x}/{y}")
def tile(
    request: Request, city: ServedCity, id: str, s: str, tms: str, z: int, x: int, y: int, v: str | None = None
) -> Response:
    """Draw the depth of one modelled flood as a map tile; 204 where it shows nothing."""
    grid = tile_matrix_set(tms).tile(z, x, y)
    version = scenario_store.version(city, id)
    caching = "public, max-age=31536000, immutable" if v == version else "public, no-cache"
    headers = {"ETag": f'"{version}"', "Cache-Control": caching}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    depth, tags = scenario_store.raster(city, id, s)
    drawn = picture.png(picture.on_grid(depth, grid), PALETTE, synthetic=tags["dem_is_synthetic"] == "true")
    if drawn is None:
        return Response(status_code=204, headers=headers)
    return Response(drawn, headers=headers, media_type="image/png")


@router.get("/{id}/sites/{pnu}")
def site(
    city: ServedCity,
    id: str,
    pnu: str,
    rain_mm: float | None = None,
    stage_m: float | None = None,
    as_of: date | None = None,
) -> Response:
    """Tell of one parcel: legal zone, modelled flood, flood record and works footprint, four answers side by side."""
    found = answers.flood_exposure(city, id, pnu, rain_mm=rain_mm, stage_m=stage_m, as_of=as_of or today())
    return _json(found)


@router.get("/{id}/sheet")
def fact_sheet(city: ServedCity, id: str, as_of: date | None = None) -> Response:
    """Return the zone's fact sheet, A4, to print: plan, progress, money, sources that differ, and modelled floods."""
    record, on = store.zone_record(city, id), as_of or today()
    modelled = scenario_store.index_or_none(city, id)
    page = sheet.html(record, works.status(record, on), modelled)
    return Response(page, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": sheet.CSP})


def _json(value: Any) -> Response:
    return Response(dumps(value), media_type="application/json")
