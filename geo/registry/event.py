"""What happens to a designated road, as an officer writes it down: a JSON document read into an Event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.errors import BadInput, RuleBroken
from geo.geojson import polygon
from geo.registry import personal, road, values
from geo.registry.columns import KINDS

EVENTS = ("DESIGNATE", "CHANGE_ALIGNMENT", "CHANGE_WIDTH", "SPLIT", "MERGE", "ABOLISH", "CORRECT")
DOCUMENTS = ("공고문", "동의서", "현황도", "측량성과도", "심의의결서", "폐지신청서 별지26", "대장 별지27", "기타")
_FIELDS = {field.name: field for field in KINDS["roads"].fields}
_MEMBERS = {
    "event", "effective_on", "decided_on", "announced_on", "notice_no", "committee", "consents", "documents", "values",
    "geometry", "parts", "with", "parties",
}  # fmt: skip
_MOST = 100  # parts, roads, documents or parties of one event


@dataclass(frozen=True)
class Document:
    """A paper that an event rests on; `ref` is how city hall files it."""

    kind: str
    ref: str


@dataclass(frozen=True)
class Part:
    """One piece of a road that is split."""

    values: Mapping[str, Any]
    geometry: BaseGeometry


@dataclass(frozen=True)
class Event:
    """One event of a road; geometries EPSG:5186, values as the register holds them."""

    kind: str
    effective_on: date | None = None
    decided_on: date | None = None
    announced_on: date | None = None
    notice_no: str | None = None
    committee: str | None = None
    """Which session of the building committee (건축위원회 심의 회차)."""
    consents_required: int | None = None
    consents_obtained: int | None = None
    consents_scope: str | None = None
    documents: tuple[Document, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    geometry: BaseGeometry | None = None
    parts: tuple[Part, ...] = ()
    others: tuple[str, ...] = ()
    """Roads that are merged into this one."""
    parties: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)  # never in a message


def read(document: Mapping[str, Any]) -> Event:
    """Return the event that a JSON document tells; its geometries are GeoJSON in longitude and latitude.

    Raises BadInput, RuleBroken or Unreadable with the member at fault; personal data is never repeated.
    """
    if set(document) - _MEMBERS:
        raise BadInput(f"there are unknown members; those known are {', '.join(sorted(_MEMBERS))}", parameter="event")
    kind = document.get("event")
    if kind not in EVENTS:
        raise BadInput(
            f"event is none of {', '.join(EVENTS)}", korean="event 값이 올바르지 않습니다.", parameter="event"
        )
    consents = _mapping(document, "consents")
    announced = _date(document, "announced_on")
    return Event(
        kind=str(kind),
        effective_on=_date(document, "effective_on"),
        decided_on=_date(document, "decided_on"),
        announced_on=announced,
        notice_no=_text(document, "notice_no"),
        committee=_text(document, "committee"),
        consents_required=_value(consents, "consents_required", "required"),
        consents_obtained=_value(consents, "consents_obtained", "obtained"),
        consents_scope=_value(consents, "consents_scope", "scope"),
        documents=tuple(_document(each) for each in _list(document, "documents")),
        values=_values(_mapping(document, "values"), "values"),
        geometry=_geometry(document, "geometry"),
        parts=tuple(_part(each, f"parts[{place}]") for place, each in enumerate(_list(document, "parts"))),
        others=tuple(str(each)[:100] for each in _list(document, "with")),
        parties=tuple(_list(document, "parties")),
    )


def _mapping(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    given = document.get(name) or {}
    if not isinstance(given, Mapping):
        raise BadInput(f"{name} is no JSON object", parameter=name)
    return given


def _list(document: Mapping[str, Any], name: str) -> Sequence[Any]:
    given = document.get(name) or []
    if not isinstance(given, list) or len(given) > _MOST:
        raise BadInput(f"{name} is no list of at most {_MOST}", parameter=name)
    if name != "with" and not all(isinstance(each, Mapping) for each in given):
        raise BadInput(f"{name} holds something that is no JSON object", parameter=name)
    return given


def _date(document: Mapping[str, Any], name: str) -> date | None:
    given = document.get(name)
    if given is None:
        return None
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        raise BadInput(f"{name} is no date of the form YYYY-MM-DD", parameter=name) from None


def _text(document: Mapping[str, Any], name: str) -> str | None:
    given = document.get(name)
    if given is None or not str(given).strip():
        return None
    text = str(given).strip()
    if len(text) > 200:
        raise BadInput(f"{name} is longer than 200 characters", parameter=name)
    return personal.refuse(text, name)


def _value(given: Mapping[str, Any], column: str, name: str) -> Any:
    return _values({column: given.get(name)}, "consents")[column]


def _values(given: Mapping[str, Any], parameter: str) -> dict[str, Any]:
    """Read register columns as an import reads them."""
    found = {}
    for name, value in given.items():
        if name not in _FIELDS:
            raise BadInput(f"{parameter} holds a name that is no column of roads", parameter=parameter)
        try:
            found[name] = values.read(_FIELDS[name], value)
        except ValueError:
            wanted = ", ".join(_FIELDS[name].words) or _FIELDS[name].type
            raise RuleBroken(
                f"{parameter}.{name} is not of the form {wanted}",  # not repeated: it may hold a person's name
                korean=f"{name} 값이 올바르지 않습니다({wanted}).",
                parameter=name,
            ) from None
        if isinstance(found[name], str) and _FIELDS[name].type == "text":
            personal.refuse(found[name], name)
    return found


def _geometry(document: Mapping[str, Any], name: str) -> BaseGeometry | None:
    given = document.get(name)
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise BadInput(f"{name} is no GeoJSON object", parameter=name)
    shape = polygon(given, name)
    assert shape.geom_type in road.SHAPES
    return shape


def _document(given: Mapping[str, Any]) -> Document:
    kind, ref = given.get("kind"), _text(given, "ref")
    if kind not in DOCUMENTS or ref is None:
        raise BadInput(
            f"documents: each needs a ref and a kind of {', '.join(DOCUMENTS)}",
            korean=f"근거문서에는 문서번호(ref)와 종류(kind: {', '.join(DOCUMENTS)})가 있어야 합니다.",
            parameter="documents",
        )
    return Document(str(kind), ref)


def _part(given: Mapping[str, Any], name: str) -> Part:
    shape = _geometry(given, "geometry")
    if shape is None:
        raise BadInput(f"{name} has no geometry", korean="분할된 각 도로의 도형이 필요합니다.", parameter=name)
    return Part(_values(_mapping(given, "values"), f"{name}.values"), shape)
