"""The designated roads as a whole: the doubtful ones an inspector sees first, and figures by 읍면동 and year."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.access import REVIEWER, ServedCity
from geo import boundaries
from geo.clock import today
from geo.geojson import dumps
from geo.registry import overview, store

router = APIRouter(prefix="/designated-roads", tags=["designated roads"], dependencies=[REVIEWER])


@router.get("/worklist")
def worklist(city: ServedCity, limit: Annotated[int, Query(ge=1, le=1000)] = 20) -> Response:
    """List the roads whose register and ground, or papers, disagree: the most doubtful first."""
    found = overview.worklist(store.everything(city, "roads"), today(), most=limit)
    return Response(dumps({"roads": found}), media_type="application/json")


@router.get("/statistics")
def statistics(city: ServedCity) -> Response:
    """Tell length, area and missing notices by 읍면동, and designations and ends by year, with their definitions."""
    found = overview.statistics(store.everything(city, "roads"), boundaries.emd(), today())
    return Response(dumps(found), media_type="application/json")
