"""One designated road: as it is and was, what an officer changes, what an inspector measured, and its parties."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import REVIEWER, Editor, Inspector, PersonalData, ServedCity
from geo.clock import now, today
from geo.errors import BadInput, NoVersion
from geo.geojson import dumps
from geo.registry import event as events
from geo.registry import store
from geo.registry.event import Event

router = APIRouter(prefix="/designated-roads", tags=["designated roads"])
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=1000)]
Reason = Annotated[str, Field(max_length=500)]
Id = str
_JSON = "application/json"
_HERE = (
    "distance_m", "name", "designation_no", "legal_basis", "status", "in_force", "width_m", "width_min_m",
    "width_source", "quality_flags", "accuracy_m",
)  # fmt: skip


class Amendment(BaseModel):
    """What an officer changes, why, and by which papers; geometries are GeoJSON in longitude and latitude."""

    model_config = ConfigDict(extra="allow")  # an unknown member is refused further in, without being repeated
    reason: Reason
    effective_on: date | None = None
    decided_on: date | None = None
    announced_on: date | None = None
    notice_no: str | None = None
    committee: str | None = None
    consents: dict[str, Any] | None = None
    documents: list[dict[str, Any]] = []
    values: dict[str, Any] = {}
    geometry: dict[str, Any] | None = None
    parties: list[dict[str, Any]] = []

    def event(self, kind: str) -> Event:
        """Return the event it tells. Raises BadInput and RuleBroken."""
        told = self.model_dump(exclude={"reason", "event"}, exclude_none=True, mode="json")
        return events.read(told | {"event": kind})


class Happening(Amendment):
    """An event of a road."""

    event_kind: Annotated[
        Literal["DESIGNATE", "CHANGE_ALIGNMENT", "CHANGE_WIDTH", "SPLIT", "MERGE", "ABOLISH", "CORRECT"],
        Field(alias="event"),
    ]

    def told(self) -> Event:
        """Return the event it tells."""
        left = self.model_dump(exclude={"reason", "event_kind"}, exclude_none=True, mode="json")
        return events.read(left | {"event": self.event_kind})


class Observation(BaseModel):
    """What an inspector measured on site; the point is longitude, latitude."""

    model_config = ConfigDict(extra="forbid")
    point: Annotated[list[float], Field(min_length=2, max_length=2)]
    accuracy_m: Annotated[float, Field(gt=0, le=1000)]
    width_m: Annotated[float | None, Field(gt=0, le=200)] = None
    note: Annotated[str | None, Field(max_length=500)] = None
    photo: Annotated[str | None, Field(max_length=8_000_000)] = None
    """A JPEG or PNG in base64."""


class Asked(BaseModel):
    """Why the parties are looked at."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason


@router.get("", dependencies=[REVIEWER])
def roads_here(
    city: ServedCity,
    lon: Annotated[float, Query(ge=-180, le=180)],
    lat: Annotated[float, Query(ge=-90, le=90)],
    accuracy_m: Annotated[float, Query(gt=0, le=30)] = 5.0,
) -> Response:
    """List every road that may lie under an inspector's feet, nearest first: all within the accuracy of the place."""
    found = store.roads_here(city, (lon, lat), accuracy_m=accuracy_m, on=today())
    told = [{"id": row["road_uid"], **{name: row[name] for name in _HERE}} for row in found]
    return Response(dumps({"accuracy_m": accuracy_m, "roads": told}), media_type=_JSON)


@router.get("/{id}", dependencies=[REVIEWER])
def road(id: Id, city: ServedCity, as_of: date | None = None, known_at: datetime | None = None) -> Response:
    """Return a road: as it is; as it was on `as_of`; as the register had it at `known_at` (a time with its zone)."""
    if known_at is not None and known_at.tzinfo is None:
        raise BadInput("known_at has no zone", korean="known_at에는 시간대가 있어야 합니다.", parameter="known_at")
    found = store.road(city, id, on=as_of, known_at=known_at)
    current = as_of is None and known_at is None
    headers = {"ETag": f'"{id}-{found["version"]}"'} if current else None
    return Response(dumps(_told(found)), headers=headers, media_type=_JSON)


@router.get("/{id}/history", dependencies=[REVIEWER])
def history(id: Id, city: ServedCity) -> Response:
    """Return every version of a road, newest first, each with the event that made it."""
    told = [{**_told(row), "event": row["event"]} for row in store.versions(city, id)]
    return Response(dumps({"id": id, "versions": told}), media_type=_JSON)


@router.post("", status_code=201)
def designate(request: Request, city: ServedCity, caller: Editor, amendment: Amendment) -> Response:
    """Designate a new road."""
    written = store.amend_road(
        city, None, amendment.event("DESIGNATE"), versions=None, officer=caller.name, at=now(), reason=amendment.reason,
        place=_place(request),
    )  # fmt: skip
    return _written(city, written, status=201)


@router.patch("/{id}")
def change(
    id: Id, request: Request, city: ServedCity, caller: Editor, amendment: Amendment, if_match: IfMatch = None
) -> Response:
    """Change a road's alignment (a geometry is given) or its width, from a day on."""
    versions = _versions(if_match)
    kind = "CHANGE_WIDTH" if amendment.geometry is None else "CHANGE_ALIGNMENT"
    written = store.amend_road(
        city, id, amendment.event(kind), versions=versions, officer=caller.name, at=now(), reason=amendment.reason,
        place=_place(request),
    )  # fmt: skip
    return _written(city, written)


@router.post("/{id}/events")
def happen(
    id: Id, request: Request, city: ServedCity, caller: Editor, happening: Happening, if_match: IfMatch = None
) -> Response:
    """Split, merge, abolish or correct a road; or designate one that was planned."""
    versions = _versions(if_match)
    written = store.amend_road(
        city, id, happening.told(), versions=versions, officer=caller.name, at=now(), reason=happening.reason,
        place=_place(request),
    )  # fmt: skip
    return _written(city, written)


@router.post("/{id}/observations", status_code=201)
def observe(id: Id, city: ServedCity, caller: Inspector, seen: Observation) -> Response:
    """Hand in what was measured on site; it waits for an editor and changes nothing by itself."""
    number = store.observe(
        city, id, point=(seen.point[0], seen.point[1]), accuracy_m=seen.accuracy_m, width_m=seen.width_m,
        note=seen.note, photo=seen.photo, officer=caller.name, at=now(),
    )  # fmt: skip
    return Response(dumps({"id": number, "road": id, "state": "대기"}), 201, media_type=_JSON)


@router.get("/{id}/observations", dependencies=[REVIEWER])
def observations(id: Id, city: ServedCity, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
    """List what was measured on site, newest first."""
    return Response(dumps({"observations": store.observations(city, id)[:limit]}), media_type=_JSON)


@router.post("/{id}/parties")
def parties(id: Id, request: Request, city: ServedCity, caller: PersonalData, asked: Asked) -> Response:
    """Return the parties in clear, for a reason that is in the audit before anything leaves."""
    found = store.parties(city, id, officer=caller.name, reason=asked.reason, at=now(), place=_place(request))
    return Response(dumps({"id": id, "parties": found}), headers={"Cache-Control": "no-store"}, media_type=_JSON)


def _versions(if_match: str | None) -> dict[str, int]:
    """Return the version of each road that If-Match names; a merge names every road. Raises NoVersion without any.

    Weak tags (W/) never match (RFC 9110, 13.1.1).
    """
    if if_match is None or if_match.strip() == "*":
        raise NoVersion(
            "If-Match must name the version that is changed",
            korean="GET으로 받은 ETag를 If-Match 머리글로 보내야 합니다.",
            parameter="If-Match",
        )
    return {uid: int(version) for uid, version in re.findall(r'(?:^|,)\s*"([^"]*)-(\d{1,9})"', if_match, re.ASCII)}


def _written(city: ServedCity, written: list[str], status: int = 200) -> Response:
    found = store.road(city, written[0])
    headers = {"ETag": f'"{written[0]}-{found["version"]}"'}
    if status == 201:
        headers["Location"] = f"/designated-roads/{written[0]}"
    return Response(dumps(_told(found) | {"roads": written}), status, headers=headers, media_type=_JSON)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Present a road: its columns, counts of consents, no names."""
    required, obtained = row["consents_required"], row["consents_obtained"]
    missing = None if required is None or obtained is None else max(required - obtained, 0)
    consents = {"required": required, "obtained": obtained, "missing": missing, "scope": row["consents_scope"]}
    left = {name: value for name, value in row.items() if name != "event" and not name.startswith("consents_")}
    return {"id": row["road_uid"], **left, "consents": consents}


def _place(request: Request) -> str | None:
    """Return where the call came from (접속지): the peer's address, never a header that it wrote itself."""
    return request.client.host if request.client else None
