"""Change runs and their polygons."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.access import REVIEWER, ServedCity
from api.routes.features import bounds_of
from geo import answers, geojson
from geo.change import store

router = APIRouter(prefix="/change-runs", tags=["changes"], dependencies=[REVIEWER])


@router.get("")
def runs(city: ServedCity) -> Response:
    """List the change runs, newest first."""
    return Response(geojson.dumps({"runs": store.runs(city)}), media_type="application/json")


@router.get("/{id}/changes")
def changes(
    city: ServedCity,
    id: str,
    classes: Annotated[str | None, Query(alias="class", max_length=200)] = None,
    min_score: Annotated[float, Query(ge=0, le=1)] = 0.0,
    bbox: Annotated[str | None, Query(max_length=200)] = None,
    unpermitted: bool = False,
) -> Response:
    """Return a run's changes by class (several with ','), score and place; each with the permit that explains it."""
    wanted = tuple(classes.split(",")) if classes else ()
    frame = answers.explained(city, id, classes=wanted, min_score=min_score, bounds=bounds_of(bbox))
    if unpermitted:
        frame = frame[~frame["explained"]]
    return Response(geojson.collection(frame, "n"), media_type="application/geo+json")
