"""Roads of the register: their columns and the words each may hold (domain model of a 도로관리대장, 규칙 별지 27호)."""

from __future__ import annotations

from datetime import date

COLUMNS = (
    "road_uid",
    "designation_no",  # repeated and missing in practice: never a key
    "name",
    "legal_basis",
    "designation_route",
    "status",
    "designated_on",
    "announced_on",
    "notice_no",
    "valid_from",
    "valid_to",  # exclusive; None is open
    "source_permit_id",
    "lead_pnu",
    "related_pnus",  # ";" between them
    "part_of_parcel",
    "width_m",  # as designated or announced; None is not stated
    "width_min_m",
    "length_m",
    "area_m2",
    "width_source",
    "width_definition",
    "is_dead_end",
    "dead_end_length_m",
    "terrain_designated",
    "motor_only",
    "opposite_obstacle",
    "surface",
    "ownership_class",
    "geometry_source",
    "accuracy_m",
    "geometry_status",
    "centerline_wkt",  # LineString, EPSG:5186, or None
    "consents_required",
    "consents_obtained",
    "consents_scope",
    "quality_flags",  # ";" between them
    "synthetic",
)
"""Of a frame of roads; dates are ISO text, lengths metres, areas m2, geometry EPSG:5186."""

SHAPES = ("Polygon", "MultiPolygon")

LEGAL_BASES = ("NAMOK", "GAMOK", "ADDENDUM_1976", "UNKNOWN")  # 건축법 2①11 나목, 가목; 법률 2852호 부칙 2항
ROUTES = ("CONSENT", "COMMITTEE_ABROAD", "COMMITTEE_CUSTOMARY", "PRE_1999_NO_NOTICE", "UNKNOWN")
STATUSES = ("PLANNED", "DESIGNATED", "CHANGED", "ABOLISHED", "DISPUTED")
WIDTH_SOURCES = ("designated", "announced", "measured", "none")
OBSTACLES = ("없음", "경사지", "하천", "철도", "선로부지")
GEOMETRY_SOURCES = ("측량성과도", "지적현황측량", "대장도면 디지타이징", "연속지적 편집")
GEOMETRY_STATUSES = ("특정", "미특정")
CONSENT_SCOPES = ("통행", "굴착", "통행;굴착")
NOTICE_SINCE = date(1999, 2, 8)  # 법률 제5895호: before it '지정' was enough, since then '지정·공고'
AREA_SHARE = 0.05  # by which the register's area may differ from the drawing's
AREA_FLAG = "면적불일치"
"""A quality flag: the officers know that the road's register area is not the geometry's."""
UNREGISTERED_FLAG = "대장누락"
"""A quality flag: designated by a document, and never entered in the register (대장은 성립요건이 아니다)."""

BASIS_NAMES = {
    "NAMOK": "건축법 제2조제1항제11호나목(지정·공고)",
    "GAMOK": "건축법 제2조제1항제11호가목(고시)",
    "ADDENDUM_1976": "법률 제2852호 부칙 제2항(1976년)",
    "UNKNOWN": "근거 미상",
}
