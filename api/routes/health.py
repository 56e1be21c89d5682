"""Is the process alive, and can it serve."""

from fastapi import APIRouter, Response

from api.access import PUBLIC, ServedCity
from geo.geojson import dumps
from geo.orthophoto import store as orthophoto

router = APIRouter(prefix="/health", tags=["health"], dependencies=[PUBLIC])


@router.get("/live")
def live() -> dict[str, str]:
    """Answer while the process lives."""
    return {"status": "ok"}


@router.get("/ready")
def ready(city: ServedCity) -> Response:
    """Answer 200 when the city can be served, with the surveys that are damaged; 503 when nothing can."""
    damaged = orthophoto.damaged(city)
    surveys = orthophoto.surveys(city)
    status = "degraded" if damaged else "ok"
    code = 503 if damaged and len(damaged) == len(surveys) else 200
    body = {"status": status, "reasons": [f"survey {id}: {why}" for id, why in damaged.items()]}
    return Response(dumps(body), code, media_type="application/json")
