"""The rules that an event of a road must keep: its state, its dates, its notice, its consents, its ground."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geo import boundaries
from geo.errors import Conflict, NotFound, RuleBroken
from geo.registry import personal
from geo.registry.delivery import OUTSIDE_M
from geo.registry.event import Event
from geo.registry.road import AREA_FLAG, AREA_SHARE, NOTICE_SINCE
from geo.registry.rows import Row, day

_SEAM_M2 = 1.0
_SEAM_SHARE = 0.005
_TIME = ("valid_from", "valid_to", "status")
_OWN = ("road_uid", *_TIME, "designated_on", "announced_on", "notice_no")
"""Columns that an event sets by its own members, never by `values`."""
_COMMITTEE = ("COMMITTEE_ABROAD", "COMMITTEE_CUSTOMARY")


def broken(text: str, korean: str, parameter: str) -> RuleBroken:
    """Return the refusal of an event, in both languages."""
    return RuleBroken(text, korean=korean, parameter=parameter)


def present(road: Row | None) -> Row:
    """Return the road. Raises NotFound where the event needs one and there is none."""
    if road is None:
        raise NotFound("there is no such road", korean="해당 도로가 없습니다.", parameter="id")
    return road


def effective(event: Event) -> date:
    """Return from when the event is true: the day it names, or that of its notice. Raises RuleBroken for neither."""
    found = event.effective_on or event.announced_on
    if found is None:
        raise broken("effective_on is missing", "효력 발생일(effective_on)이 없습니다.", "effective_on")
    return found


def check(road: Row | None, event: Event, *, at: datetime, reason: str, others: Sequence[Row]) -> None:
    """Raise Conflict for a road in the wrong state, RuleBroken for an event that breaks a rule."""
    if not reason.strip():
        raise broken("a reason is missing", "사유를 적으십시오.", "reason")
    personal.refuse(reason, "reason")
    for each in (road, *others):
        if each is not None:
            _check_state(each, event)
    if event.kind == "CORRECT":
        _check_correction(road, event)
        return
    _check_columns(event)
    _check_dates(road, event, others, at)
    if event.kind == "SPLIT":
        _check_split(present(road), event)
    elif event.kind == "MERGE":
        _check_merge(present(road), others, event)
    else:
        _check_law(road, event)
        _check_specified(road, event)


def _check_state(road: Row, event: Event) -> None:
    name = road["road_uid"]
    if event.kind == "CORRECT":
        return
    if road["status"] == "ABOLISHED" or road["valid_to"] is not None:
        ended = road["valid_to"] or "an unknown day"
        raise Conflict(f"road {name} ended on {ended}", korean=f"이미 폐지되었거나 종료된 도로입니다({ended}).")
    if event.kind == "DESIGNATE" and road["status"] not in ("PLANNED", "DISPUTED"):
        raise Conflict(f"road {name} is {road['status']} already", korean="이미 지정된 도로입니다.")
    if event.kind != "DESIGNATE" and event.kind != "ABOLISH" and road["status"] == "PLANNED":
        raise Conflict(f"road {name} is planned, not designated", korean="아직 지정되지 않은 예정도로입니다.")


def _check_correction(road: Row | None, event: Event) -> None:
    present(road)
    if event.effective_on or event.announced_on or event.decided_on:
        raise broken(
            "a correction has no date of its own: it changes no legal time",
            "오기정정은 법적 효력 시점을 바꾸지 않으므로 날짜를 둘 수 없습니다.",
            "effective_on",
        )
    if touched := sorted({"road_uid", *_TIME} & set(event.values)):
        raise broken(
            f"a correction cannot change {', '.join(touched)}: that is a legal change",
            f"오기정정으로 {', '.join(touched)}을(를) 바꿀 수 없습니다.",
            touched[0],
        )
    if not event.values and event.geometry is None:
        raise broken("the correction corrects nothing", "정정할 내용이 없습니다.", "values")
    if not event.documents:
        raise broken("a correction needs a document", "정정의 근거문서가 필요합니다.", "documents")


def _check_columns(event: Event) -> None:
    for values in (event.values, *(part.values for part in event.parts)):
        if touched := sorted(set(_OWN) & set(values)):
            raise broken(
                f"{', '.join(touched)} cannot be set by values: the event's own members set them",
                f"{', '.join(touched)}은(는) values로 정할 수 없습니다.",
                touched[0],
            )


def _check_dates(road: Row | None, event: Event, others: Sequence[Row], at: datetime) -> None:
    since, today = effective(event), at.date()
    for name, given in (("decided_on", event.decided_on), ("announced_on", event.announced_on)):
        if given and given > today:
            raise broken(f"{name} {given} has not come yet", f"{name} {given}은(는) 아직 오지 않은 날입니다.", name)
    steps = [("decided_on", event.decided_on), ("announced_on", event.announced_on), ("effective_on", since)]
    told = [(name, value) for name, value in steps if value is not None]
    for (earlier, first), (later, second) in pairwise(told):
        if second < first:
            raise broken(
                f"{later} {second} lies before {earlier} {first}",
                f"날짜의 순서가 맞지 않습니다: {later} {second}이(가) {earlier} {first}보다 이릅니다.",
                later,
            )
    for each in (road, *others):
        start = day(each["valid_from"]) if each else None
        if start and since <= start:
            raise broken(
                f"effective_on {since} is not after {start}, from when the road is as it is",
                f"효력 발생일 {since}은(는) 현재 상태가 시작된 {start}보다 뒤여야 합니다.",
                "effective_on",
            )


def _check_law(road: Row | None, event: Event) -> None:
    """Raise RuleBroken where the notice or the consents of 건축법 제45조 are wanting; 가목 roads follow other laws."""
    held = {**(road or {}), **event.values}
    basis, route = held.get("legal_basis") or "NAMOK", held.get("designation_route") or "CONSENT"
    if not event.documents:
        raise broken(f"{event.kind} needs a document", "근거문서가 필요합니다.", "documents")
    if event.kind == "DESIGNATE":
        _check_notice(event, basis, route)
    if basis != "NAMOK":
        return
    if event.kind == "DESIGNATE" and route in _COMMITTEE:
        if not event.committee:
            raise broken(
                f"{route} needs the committee's session (건축법 제45조제1항 단서)",
                "동의를 받지 않으려면 건축위원회 심의 회차가 필요합니다(건축법 제45조제1항 단서).",
                "committee",
            )
        return
    if event.kind == "DESIGNATE" and route == "PRE_1999_NO_NOTICE":
        return
    article = "제45조제1항" if event.kind == "DESIGNATE" else "제45조제2항"
    required, obtained = event.consents_required, event.consents_obtained
    if required is None or obtained is None or required < 1:
        raise broken(
            f"consents required and obtained are missing (건축법 {article})",
            f"이해관계인의 동의 수(필요, 동의)가 없습니다(건축법 {article}).",
            "consents",
        )
    if obtained < required:
        raise broken(
            f"{obtained} of {required} consents (건축법 {article}); a committee cannot stand in for a change or an end",
            f"이해관계인 {required}명 가운데 {obtained}명만 동의했습니다(건축법 {article}).",
            "consents",
        )
    if len(event.parties) > obtained:
        raise broken(
            f"{len(event.parties)} parties for {obtained} consents",
            f"동의 {obtained}건에 이해관계인이 {len(event.parties)}명입니다.",
            "parties",
        )


def _check_notice(event: Event, basis: str, route: str) -> None:
    decided = event.decided_on or event.announced_on or effective(event)
    if route == "PRE_1999_NO_NOTICE" or (basis == "NAMOK" and decided < NOTICE_SINCE):
        if decided >= NOTICE_SINCE:
            raise broken(
                f"designated on {decided}, when a notice was needed (from {NOTICE_SINCE}, 법률 제5895호)",
                f"{NOTICE_SINCE} 이후의 지정에는 공고가 필요합니다(법률 제5895호).",
                "announced_on",
            )
        return
    for name, given in (("announced_on", event.announced_on), ("notice_no", event.notice_no)):
        if given is None:
            raise broken(
                f"{name} is missing: a designation from {NOTICE_SINCE} on must be announced (건축법 제2조제1항제11호)",
                f"{name}이(가) 없습니다: 지정하려면 위치를 공고해야 합니다(건축법 제2조제1항제11호).",
                name,
            )
    if not any(document.kind == "공고문" for document in event.documents):
        raise broken("the notice itself (공고문) is missing", "공고문이 없습니다.", "documents")


def _check_specified(road: Row | None, event: Event) -> None:
    """Raise RuleBroken where the place is not specified: 구간, 연장, 폭, 위치 (대법원 2017두50843)."""
    needed = {
        "DESIGNATE": ("width_m", "length_m", "area_m2"),
        "CHANGE_ALIGNMENT": ("length_m", "area_m2"),
        "CHANGE_WIDTH": ("width_m",),
    }.get(event.kind, ())
    planned = road if event.kind == "DESIGNATE" else None
    for name in needed:
        if event.values.get(name) is None and not (planned and planned.get(name)):
            raise broken(f"{event.kind} needs values.{name}", f"{name} 값이 필요합니다.", name)
    shapeless = event.kind == "CHANGE_ALIGNMENT" or (event.kind == "DESIGNATE" and road is None)
    if shapeless and event.geometry is None:
        raise broken(f"{event.kind} needs a geometry", "도로의 도형이 필요합니다.", "geometry")
    if event.kind == "CHANGE_WIDTH" and road and event.values["width_m"] == road["width_m"]:
        raise broken(f"the width is {road['width_m']:g} m already", "너비가 지금과 같습니다.", "width_m")


def together(roads: Sequence[Row]) -> BaseGeometry:
    """Return the ground of several roads as one; seams of a millimetre are closed."""
    return shapely.union_all([road["geometry"] for road in roads], grid_size=0.001)


def _check_split(road: Row, event: Event) -> None:
    if len(event.parts) < 2:
        raise broken("a split needs two parts or more", "분할된 도로가 둘 이상이어야 합니다.", "parts")
    for part in event.parts:
        if part.values.get("length_m") is None or part.values.get("area_m2") is None:
            raise broken("each part needs length_m and area_m2", "분할된 각 도로의 연장과 면적이 필요합니다.", "parts")
    shapes = [part.geometry for part in event.parts]
    whole = shapely.union_all(shapes, grid_size=0.001)
    allowed = max(_SEAM_M2, _SEAM_SHARE * road["geometry"].area)
    doubled = sum(shape.area for shape in shapes) - whole.area
    missed = whole.symmetric_difference(road["geometry"]).area
    if missed > allowed or doubled > allowed:
        raise broken(
            f"the parts miss the road by {missed:.1f} m2 and overlap by {doubled:.1f} m2, allowed {allowed:.1f} m2",
            f"분할된 도형이 원래 도로와 {missed:.1f} ㎡ 다르거나 {doubled:.1f} ㎡ 겹칩니다.",
            "parts",
        )


def _check_merge(road: Row, others: Sequence[Row], event: Event) -> None:
    roads = (road, *others)
    if len({each["road_uid"] for each in roads}) != len(roads) or not others:
        raise broken("a merge needs other roads, each once", "합칠 다른 도로를 한 번씩 적으십시오.", "with")
    if len({each["legal_basis"] for each in roads}) > 1:
        raise broken("the roads have different legal bases", "지정 근거가 서로 다른 도로는 합칠 수 없습니다.", "with")
    if not isinstance(together(roads), Polygon) and not _one_part(together(roads)):
        raise broken("the roads do not touch each other", "서로 닿지 않는 도로는 합칠 수 없습니다.", "with")
    needed = ["length_m", "area_m2"] + ["width_m"] * (len({each["width_m"] for each in roads}) > 1)
    for name in needed:
        if event.values.get(name) is None:
            raise broken(f"MERGE needs values.{name}", f"{name} 값이 필요합니다.", name)


def _one_part(shape: BaseGeometry) -> bool:
    return len(shapely.get_parts(shape)) == 1


def check_row(row: Row) -> None:
    """Raise RuleBroken for a road that lies outside the city, or whose register area is not its geometry's."""
    shape = row["geometry"]
    away = shapely.distance(boundaries.city(), shape)
    if away > OUTSIDE_M:
        raise broken(f"the road lies {away:,.0f} m outside Paju", "도로가 파주시 밖에 있습니다.", "geometry")
    area, flags = row["area_m2"], row["quality_flags"] or ""
    if area is not None and AREA_FLAG not in flags and abs(area - shape.area) > AREA_SHARE * area:
        raise broken(
            f"register area {area:.1f} m2, geometry {shape.area:.1f} m2, and no flag {AREA_FLAG}",
            f"대장 면적 {area:.1f} ㎡와 도형 면적 {shape.area:.1f} ㎡가 5 % 넘게 다릅니다. "
            f"알고 있는 차이이면 quality_flags에 '{AREA_FLAG}'를 적으십시오.",
            "area_m2",
        )
