"""Permits: their columns, kinds and states, which of them are still open, and how one stood on a day."""

from __future__ import annotations

from datetime import date

from geo.registry.rows import Row

COLUMNS = (
    "permit_id",
    "permit_no",
    "kind",
    "state",
    "applied_on",
    "approved_on",
    "started_on",
    "used_on",  # 사용승인일
    "ended_on",  # cancelled, withdrawn, lapsed
    "valid_from",  # of what the row says: the day of a 변경허가; None is from the application on
    "valid_to",  # exclusive; None is open
    "use",
    "gfa_m2",
    "main_pnu",
    "pnus",  # all parcels of the site, ";" between them
    "road_uid",
    "parent_permit_id",
    "deemed_under",  # 의제 근거, as '건축법 11⑤3'
    "synthetic",
)
"""Of a frame of permits; dates are ISO text, geometry a Point on the main parcel, EPSG:5186."""

SHAPES = ("Point",)

KINDS = (
    "건축허가",
    "건축신고",
    "개발행위허가",
    "산지전용허가",
    "농지전용허가",
    "도로점용허가",
    "사도개설허가",
    "도로폐지신청",
)
OPEN_STATES = ("접수", "보완", "협의", "허가", "착공")
CLOSED_STATES = ("사용승인", "불허가", "반려", "취하", "허가취소", "효력상실", "위반")
STATES = OPEN_STATES + CLOSED_STATES

_STEPS = {"applied_on": "접수", "approved_on": "허가", "started_on": "착공", "used_on": "사용승인"}
"""The state that each date begins."""


def on(row: Row, day: date) -> Row | None:
    """Return a permit as it stood on a day: what came later is not known yet. None before it was applied for."""
    iso = day.isoformat()
    later = [name for name in (*_STEPS, "ended_on") if row[name] is not None and row[name] > iso]
    if "applied_on" in later:
        return None
    if not later:
        return row
    reached = [state for name, state in _STEPS.items() if row[name] is not None and name not in later]
    return row | dict.fromkeys(later) | {"state": reached[-1] if reached else _STEPS["applied_on"]}
