"""The disaster-risk zones: what stands where, and what is done as of a day."""

from datetime import date

from fastapi import APIRouter, Response

from api.access import PUBLIC, ServedCity
from api.clock import today
from geo.disaster import store, works
from geo.geojson import dumps

router = APIRouter(prefix="/disaster-zones", tags=["disaster zones"], dependencies=[PUBLIC])


@router.get("/{id}")
def zone(city: ServedCity, id: str) -> Response:
    """Tell of a zone, its facilities and works, each with its source."""
    return Response(dumps(store.zone_record(city, id)), media_type="application/json")


@router.get("/{id}/status")
def status(city: ServedCity, id: str, as_of: date | None = None) -> Response:
    """Tell what is planned, running, confirmed or overdue as of a day; a planned end is never taken for done."""
    found = works.status(store.zone_record(city, id), as_of or today())
    return Response(dumps(found.to_dict()), media_type="application/json")
