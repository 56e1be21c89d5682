"""Folium pages of the city."""

from fastapi import APIRouter, Request, Response

from api.access import PUBLIC, Requires, ServedCity
from geo import pages
from geo.clock import today

router = APIRouter(prefix="/maps", tags=["maps"], dependencies=[PUBLIC])
# Folium writes its scripts into the page: they may run, in a sandbox that has no access to the rest of the site
CSP = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox allow-scripts"
)


@router.get("/{name}")
def map_page(request: Request, city: ServedCity, name: str) -> Response:
    """Show a map: orthophoto, changes, designated-roads or disaster-zone."""
    Requires(pages.page(name).role).check(request)
    html = pages.served(city, name, today())
    return Response(html, media_type="text/html", headers={"Content-Security-Policy": CSP})
