"""Folium pages of the city."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.access import PUBLIC, Requires, ServedCity
from geo import pages
from geo.clock import today
from geo.errors import Unreadable

router = APIRouter(prefix="/maps", tags=["maps"], dependencies=[PUBLIC])
# Folium writes its scripts into the page: they may run, in a sandbox that has no access to the rest of the site
CSP = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox allow-scripts"
)


@router.get("/{name}")
def map_page(
    request: Request,
    city: ServedCity,
    name: str,
    run: Annotated[str | None, Query(max_length=100)] = None,
    zone: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Show a map: orthophoto, changes (of a `run`, or the newest), designated-roads, disaster-zone (of a `zone`)."""
    page, named = pages.page(name), {"run": run, "zone": zone}
    Requires(page.role).check(request)
    for parameter, value in named.items():
        if value is not None and parameter != page.of:
            raise Unreadable(
                f"{parameter}: the map {name!r} is of no {parameter}",
                korean=f"{parameter}: '{name}' 지도에는 쓰지 않는 값입니다.",
                parameter=parameter,
            )
    html = pages.served(city, name, today(), of=named[page.of] if page.of else None)
    return Response(html, media_type="text/html", headers={"Content-Security-Policy": CSP})
