"""Change runs and their polygons, and what officers say of them."""

from math import ceil, floor
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from shapely.geometry.base import BaseGeometry

from api.access import REVIEWER, Inspector, ServedCity
from api.feature_query import bounds_of
from geo import answers, geojson
from geo.change import review, store
from geo.clock import now

router = APIRouter(prefix="/change-runs", tags=["changes"], dependencies=[REVIEWER])
CHIP_RIM_M = 20.0  # of ground shown around a change
_CITY = "http://www.opengis.net/def/crs/EPSG/0/5186"


class Judgement(BaseModel):
    """What an officer says of a change: confirmed, permitted, false or watch, and why."""

    model_config = ConfigDict(extra="forbid")
    verdict: Annotated[str, Field(max_length=20)]
    note: Annotated[str | None, Field(max_length=500)] = None


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
    """Return a run's changes by class (several with ','), score and place; each with the permit that explains it.

    Those that no permit explains come in the order of a visit: by score, size and zone. `reviewed` counts the verdicts
    on the list and gives its precision among those settled.
    """
    wanted = tuple(classes.split(",")) if classes else ()
    frame = answers.explained(city, id, classes=wanted, min_score=min_score, bounds=bounds_of(bbox))
    if unpermitted:
        frame = answers.ranked(city, frame)
    told = review.reviewed(frame, unpermitted=unpermitted)
    return Response(geojson.collection(frame, "n", reviewed=told), media_type="application/geo+json")


@router.get("/{id}/changes/{n}")
def change(city: ServedCity, id: str, n: int) -> Response:
    """Return one change with the verdicts on it, newest first, and where its picture at each date is.

    `chips` are paths of `/surveys/{id}/image` below the service: the survey's own pixels, with ground around.
    """
    frame = answers.explained_one(city, id, n)
    (feature,) = geojson.features(frame, "n")
    row = frame.iloc[0]
    feature["history"] = store.history(city, id, row["change_id"])
    feature["chips"] = _chips(store.run(city, id), row.geometry)
    return Response(geojson.dumps(feature), media_type="application/geo+json")


@router.put("/{id}/changes/{n}/verdict")
def judge(city: ServedCity, id: str, n: int, caller: Inspector, said: Judgement) -> Response:
    """Keep an officer's verdict on a change; an earlier one stays in its history."""
    told = store.judge(city, id, n, said.verdict, note=said.note, officer=caller.name, at=now())
    return Response(geojson.dumps({"run": id, "n": n, **told}), media_type="application/json")


def _chips(run: dict[str, Any], shape: BaseGeometry) -> dict[str, str]:
    left, bottom, right, top = shape.bounds
    west, south, east, north = (
        floor(left - CHIP_RIM_M), floor(bottom - CHIP_RIM_M), ceil(right + CHIP_RIM_M), ceil(top + CHIP_RIM_M),
    )  # fmt: skip
    query = f"bbox={south},{west},{north},{east}&bbox-crs={_CITY}"  # this CRS has northing first
    return {date: f"surveys/{run[date]}/image?{query}" for date in ("before", "after")}
