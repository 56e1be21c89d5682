"""The disaster-risk zones: what stands where, what is done as of a day, and whom which storm would reach."""

from collections.abc import Callable
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from api.access import PUBLIC, ServedCity
from geo import answers
from geo.clock import today
from geo.disaster import chart, impact, picture, scenario_store, sheet, store, works
from geo.disaster.scenario import FAILURES, WORKS
from geo.disaster.schema import CAPACITIES
from geo.geojson import dumps
from geo.grid import tile_matrix_set
from geo.maps import flood

router = APIRouter(prefix="/disaster-zones", tags=["disaster zones"], dependencies=[PUBLIC])
PICTURE_PX = 384  # wide: the pictures fit the viewer's panel and a phone
SVG_CSP = "default-src 'none'; style-src 'unsafe-inline'"


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
    home, at = f"{request.base_url}disaster-zones/{found['zone_id']}", "tiles/{tms}/{z}/{x}/{y}"
    told: dict[str, Any] = {
        "labels": {"works": WORKS, "failure": FAILURES, "capacity": CAPACITIES, "kind": impact.KINDS},
        "tiles": f"{home}/scenarios/{{scenario}}/{at}?v={found['version']}",
        "compare_tiles": f"{home}/compare/{at}?a={{a}}&b={{b}}&v={found['version']}",
    }
    return _json(found | told | flood.legend())


@router.get("/{id}/scenarios/{s}")
def scenario(city: ServedCity, id: str, s: str) -> Response:
    """Tell of one modelled flood: its figures, its level through time and every site it reaches."""
    return _json(scenario_store.scenario(city, id, s) | flood.legend())


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

    def draw() -> bytes | None:
        depth, tags = scenario_store.raster(city, id, s)
        synthetic = tags["dem_is_synthetic"] == "true"
        return picture.depth_png(picture.on_grid(depth, grid), flood.palette(), synthetic=synthetic)

    return _tile(request, scenario_store.version(city, id), v, draw)


@router.get("/{id}/compare/tiles/{tms}/{z}/{x}/{y}")
def compare_tile(
    request: Request, city: ServedCity, id: str, a: str, b: str, tms: str, z: int, x: int, y: int, v: str | None = None
) -> Response:
    """Draw how the depth changes from one modelled flood to another as a map tile; 204 where it does not."""
    grid = tile_matrix_set(tms).tile(z, x, y)

    def draw() -> bytes | None:
        first, tags = scenario_store.raster(city, id, a, parameter="a")
        second, _ = scenario_store.raster(city, id, b, parameter="b")
        return picture.change_png(
            *(picture.on_grid(one, grid) for one in (first, second)),
            flood.palette(),
            synthetic=tags["dem_is_synthetic"] == "true",
        )

    return _tile(request, scenario_store.version(city, id), v, draw)


def _tile(request: Request, version: str, v: str | None, draw: Callable[[], bytes | None]) -> Response:
    """Answer with a picture of one version of the scenarios, drawn only where the client has not got it yet."""
    caching = "public, max-age=31536000, immutable" if v == version else "public, no-cache"
    headers = {"ETag": f'"{version}"', "Cache-Control": caching}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    drawn = draw()
    if drawn is None:
        return Response(status_code=204, headers=headers)
    return Response(drawn, headers=headers, media_type="image/png")


@router.get("/{id}/timeline.svg")
def timeline(city: ServedCity, id: str, as_of: date | None = None) -> Response:
    """Draw the zone's projects and steps on one line of time, as of a day."""
    on = as_of or today()
    status = works.status(store.zone_record(city, id), on)
    return _svg(chart.timeline((*status.projects, *status.events), on, width_px=PICTURE_PX))


@router.get("/{id}/budget.svg")
def budget(city: ServedCity, id: str) -> Response:
    """Draw what the zone's projects cost, by fund."""
    record = store.zone_record(city, id)
    return _svg(chart.bars(works.budgets(record["projects"], record["budget"]), width_px=PICTURE_PX))


def _svg(picture: str) -> Response:
    return Response(picture, media_type="image/svg+xml", headers={"Content-Security-Policy": SVG_CSP})


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
