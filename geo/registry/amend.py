"""An event makes new versions of a road: designated, realigned, widened, split, merged, abolished, or set right.

A legal change ends one slice of the road's legal time and begins the next; a correction (오기정정) changes what the
register says of the slice, and never when it was true.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.errors import BadInput
from geo.registry import amend_rules as rules
from geo.registry.columns import KINDS
from geo.registry.event import Event
from geo.registry.rows import Row, day

COLUMNS = KINDS["roads"].columns


@dataclass(frozen=True)
class Change:
    """One road after an event."""

    row: Row
    """As the register holds it from now on: its columns, and `geometry` in EPSG:5186."""
    past: Row | None = None
    """The slice of legal time that ended, which stays true of its days."""
    new: bool = False


@dataclass(frozen=True)
class Amendment:
    """What an event does: the roads it changes, and the record of it (a row of road_events without road)."""

    changes: tuple[Change, ...]
    record: Mapping[str, Any]


def amend(
    road: Row | None, event: Event, *, officer: str, at: datetime, reason: str, others: Sequence[Row] = ()
) -> Amendment:
    """Return what `event` makes of `road`, None for one that is designated anew; `others` are merged into it.

    Raises Conflict where the road is not in a state for it, RuleBroken where the event breaks a rule.
    """
    rules.check(road, event, at=at, reason=reason, others=others)
    makers = {
        "DESIGNATE": _designate, "CHANGE_ALIGNMENT": _change, "CHANGE_WIDTH": _change, "ABOLISH": _abolish,
        "CORRECT": _correct,
    }  # fmt: skip
    if event.kind == "SPLIT":
        changes = _split(rules.present(road), event, at)
    elif event.kind == "MERGE":
        changes = _merge(rules.present(road), others, event, at)
    else:
        changes = (makers[event.kind](road, event, at),)
    for change in changes:
        if change.row["valid_to"] is None or event.kind == "CORRECT":
            rules.check_row(change.row)
    return Amendment(changes, _record(event, officer, at, reason))


def _record(event: Event, officer: str, at: datetime, reason: str) -> dict[str, Any]:
    """Return the event without its parties: counts of consents, never names."""
    return {
        "event": event.kind,
        "effective_on": _iso(event.effective_on),
        "decided_on": _iso(event.decided_on),
        "announced_on": _iso(event.announced_on),
        "notice_no": event.notice_no,
        "committee": event.committee,
        "documents": json.dumps([vars(document) for document in event.documents], ensure_ascii=False),
        "consents_required": event.consents_required,
        "consents_obtained": event.consents_obtained,
        "reason": reason.strip(),
        "officer": officer,
        "at": at.isoformat(),
    }


def _designate(road: Row | None, event: Event, at: datetime) -> Change:
    blank = dict.fromkeys(COLUMNS)
    standard = {
        "road_uid": _uid("new", event, at), "synthetic": False, "width_source": "designated",
        "geometry_status": "특정", "part_of_parcel": True, "designation_route": "CONSENT", "legal_basis": "NAMOK",
    }  # fmt: skip
    row = {**blank, **standard, **(road or {}), **event.values, **_consents(event)}
    row |= {
        "status": "DESIGNATED",
        "designated_on": _iso(event.decided_on or event.announced_on or event.effective_on),
        "announced_on": _iso(event.announced_on),
        "notice_no": event.notice_no,
        "valid_from": _iso(rules.effective(event)),
        "valid_to": None,
        "geometry": _area(event.geometry or row.get("geometry")),
    }
    if road is None:
        return Change(row, new=True)
    return Change(row, past={**road, "valid_to": row["valid_from"]})


def _change(road: Row | None, event: Event, at: datetime) -> Change:
    before, since = rules.present(road), _iso(rules.effective(event))
    drawn = {"centerline_wkt": None} if event.geometry is not None else {}  # the old one is another place's
    row = {**before, **drawn, **event.values, **_consents(event), "status": "CHANGED", "valid_from": since}
    row |= {"geometry": _area(event.geometry or before["geometry"])}
    if event.announced_on:
        row |= {"announced_on": _iso(event.announced_on), "notice_no": event.notice_no}
    return Change(row, past={**before, "valid_to": since})


def _abolish(road: Row | None, event: Event, at: datetime) -> Change:
    return Change({**rules.present(road), "status": "ABOLISHED", "valid_to": _iso(rules.effective(event))})


def _correct(road: Row | None, event: Event, at: datetime) -> Change:
    before = rules.present(road)
    return Change({**before, **event.values, "geometry": _area(event.geometry or before["geometry"])})


def _split(road: Row, event: Event, at: datetime) -> tuple[Change, ...]:
    since = _iso(rules.effective(event))
    ended = Change({**road, "valid_to": since})
    inherited = {**road, "status": "DESIGNATED", "valid_from": since, "valid_to": None, "centerline_wkt": None}
    parts = [
        {
            **inherited,
            "road_uid": _uid(f"{road['road_uid']}/{n}", event, at),
            **part.values,
            "geometry": _area(part.geometry),
        }
        for n, part in enumerate(event.parts)
    ]
    return (ended, *(Change(row, new=True) for row in parts))


def _merge(road: Row, others: Sequence[Row], event: Event, at: datetime) -> tuple[Change, ...]:
    since = _iso(rules.effective(event))
    roads = (road, *others)
    ended = [Change({**each, "valid_to": since}) for each in roads]
    related = dict.fromkeys(pnu for each in roads for pnu in (each["related_pnus"] or "").split(";") if pnu)
    whole = {
        **road, "centerline_wkt": None, "related_pnus": ";".join(related) or None, **event.values,
        "status": "DESIGNATED", "road_uid": _uid("+".join(each["road_uid"] for each in roads), event, at),
        "valid_from": since, "valid_to": None,
        "geometry": _area(event.geometry or rules.together(roads)),
    }  # fmt: skip
    return (*ended, Change(whole, new=True))


def _consents(event: Event) -> dict[str, Any]:
    names = ("consents_required", "consents_obtained", "consents_scope")
    return {name: value for name in names if (value := getattr(event, name)) is not None}


def _area(shape: BaseGeometry | None) -> BaseGeometry:
    if shape is None:
        raise BadInput("the road has no geometry", korean="도로의 도형이 없습니다.", parameter="geometry")
    return shape if isinstance(shape, MultiPolygon) else MultiPolygon([cast(Polygon, shape)])


def _uid(from_what: str, event: Event, at: datetime) -> str:
    """Return an identifier that nobody else has: from the roads it comes of, the event and the moment."""
    shape = event.geometry.wkb_hex if event.geometry is not None else ""
    return str(uuid5(NAMESPACE_URL, f"paju/{from_what}/{event.kind}/{at.isoformat()}/{shape}"))


def _iso(value: Any) -> str | None:
    found = day(value)
    return found.isoformat() if found else None
