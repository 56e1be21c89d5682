"""The catalogue of orthophoto surveys."""

from typing import Any

from fastapi import APIRouter, Response

from api.access import PUBLIC, ServedCity
from geo.crs import CITY, LONLAT, transformer
from geo.geojson import dumps
from geo.orthophoto import store
from geo.orthophoto.store import Survey

router = APIRouter(prefix="/surveys", tags=["orthophotos"], dependencies=[PUBLIC])


@router.get("")
def surveys(city: ServedCity) -> Response:
    """List the surveys, newest first."""
    return Response(dumps([_present(survey) for survey in store.surveys(city)]), media_type="application/json")


@router.get("/{id}")
def survey(city: ServedCity, id: str) -> Response:
    """Tell of one survey."""
    return Response(dumps(_present(store.survey(city, id))), media_type="application/json")


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
