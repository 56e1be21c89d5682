"""Who depends on a designated road: asked before it is abolished or narrowed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.access import REVIEWER, ServedCity
from geo import answers
from geo.clock import today
from geo.geojson import dumps

router = APIRouter(prefix="/designated-roads", tags=["designated roads"], dependencies=[REVIEWER])


@router.get("/{id}/dependents")
def dependents(
    city: ServedCity,
    id: Annotated[str, Path(max_length=80)],
    width_m: Annotated[float | None, Query(gt=0, lt=100)] = None,
) -> Response:
    """List the sites and open permits that would lose access without the road, or with one narrowed to `width_m`."""
    found = answers.dependents(city, id, on=today(), narrowed_to_m=width_m)
    return Response(dumps(found), media_type="application/json")
