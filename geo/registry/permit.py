"""Permits: their columns, kinds and states, and which of them are still open."""

from __future__ import annotations

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
