"""The six kinds of file the registry takes in: their columns, what each may hold, and the names they come by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geo.errors import BadInput
from geo.registry import parcel, permit, road

Type = Literal["text", "word", "date", "number", "count", "flag", "pnu", "pnus", "line"]
"""`word`: one of a list; `count`: a whole number; `pnus`: PNUs with ";" between them; `line`: WKT of a LineString."""

JIMOK = {
    "전": "전", "답": "답", "과": "과수원", "목": "목장용지", "임": "임야", "광": "광천지",
    "염": "염전", "대": "대", "장": "공장용지", "학": "학교용지", "차": "주차장",
    "주": "주유소용지", "창": "창고용지", "도": "도로", "철": "철도용지", "제": "제방",
    "천": "하천", "구": "구거", "유": "유지", "양": "양어장", "수": "수도용지", "공": "공원",
    "체": "체육용지", "원": "유원지", "종": "종교용지", "사": "사적지", "묘": "묘지",
    "잡": "잡종지",
}  # fmt: skip
"""The 28 지목 by the letter that stands on the map (공간정보관리법 제67조제1항, 시행규칙 제64조)."""


@dataclass(frozen=True)
class Field:
    """One column: what it may hold, whether it must be there, and other names it comes by (lower case)."""

    name: str
    type: Type = "text"
    required: bool = False
    words: tuple[str, ...] = ()
    above: float | None = None
    """Numbers must be greater than this."""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """One kind of file."""

    name: str
    fields: tuple[Field, ...]
    shapes: tuple[str, ...]
    stored: str
    """The geometry type it is stored as."""
    key: str | None = None
    """The column that names a row; a file without one is a whole layer, and takes the place of what is held."""
    witness: str | None = None
    """The column whose PNU says where the row lies."""
    max_vertices: int = 10_000  # of one geometry

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(field.name for field in self.fields)


def _flag(name: str) -> Field:
    return Field(name, "flag")


def _date(name: str, *, required: bool = False) -> Field:
    return Field(name, "date", required)


def _size(name: str, *aliases: str) -> Field:
    return Field(name, "number", above=0.0, aliases=aliases)


def _word(name: str, words: tuple[str, ...], *, required: bool = False) -> Field:
    return Field(name, "word", required, words)


_PARCELS = (
    Field("pnu", "pnu", required=True),
    Field("jibun", required=True),  # '100-1대' in 연속지적도: number and 지목 in one
    _word("jimok", (*JIMOK, *JIMOK.values())),
    _size("area_m2", "area"),
    _flag("synthetic"),
)
_ROADS = (
    Field("road_uid", required=True),
    Field("designation_no"),
    Field("name"),
    _word("legal_basis", road.LEGAL_BASES, required=True),
    _word("designation_route", road.ROUTES),
    _word("status", road.STATUSES, required=True),
    _date("designated_on"),
    _date("announced_on"),
    Field("notice_no"),
    _date("valid_from", required=True),
    _date("valid_to"),
    Field("source_permit_id"),
    Field("lead_pnu", "pnu"),
    Field("related_pnus", "pnus"),
    _flag("part_of_parcel"),
    _size("width_m", "width_m_nominal"),
    _size("width_min_m", "width_m_min"),
    _size("length_m"),
    _size("area_m2"),
    _word("width_source", road.WIDTH_SOURCES),
    Field("width_definition"),
    _flag("is_dead_end"),
    _size("dead_end_length_m"),
    _flag("terrain_designated"),
    _flag("motor_only"),
    _word("opposite_obstacle", road.OBSTACLES),
    Field("surface"),
    Field("ownership_class"),
    _word("geometry_source", road.GEOMETRY_SOURCES),
    _size("accuracy_m"),
    _word("geometry_status", road.GEOMETRY_STATUSES),
    Field("centerline_wkt", "line", aliases=("centerline",)),
    Field("consents_required", "count"),
    Field("consents_obtained", "count"),
    _word("consents_scope", road.CONSENT_SCOPES),
    Field("quality_flags"),
    _flag("synthetic"),
)
_PERMITS = (
    Field("permit_id", required=True),
    Field("permit_no"),
    _word("kind", permit.KINDS, required=True),
    _word("state", permit.STATES, required=True),
    _date("applied_on"),
    _date("approved_on"),
    _date("started_on"),
    _date("used_on"),
    _date("ended_on"),
    _date("valid_from"),
    _date("valid_to"),
    Field("use"),
    _size("gfa_m2"),
    Field("main_pnu", "pnu", required=True),
    Field("pnus", "pnus"),
    Field("road_uid"),
    Field("parent_permit_id"),
    Field("deemed_under"),
    _flag("synthetic"),
)
_RECOGNITIONS = (
    Field("recognition_id", required=True),
    _word("kind", parcel.RECOGNISED, required=True),
    Field("document_no"),
    _date("decided_on"),
    _date("valid_to"),
    Field("main_pnu", "pnu", required=True),
    Field("pnus", "pnus"),
    _flag("synthetic"),
)
_ZONING = (
    _word("kind", parcel.ZONING_KINDS, required=True),
    Field("name", required=True),
    Field("notice_no"),
    _date("notice_on"),
    _date("valid_from"),
    _date("valid_to"),
    _flag("synthetic"),
)
_COVERAGE = (
    _word("legal_basis", ("GAMOK", "NAMOK"), required=True),
    _date("complete_as_of", required=True),
    Field("source"),
    _flag("synthetic"),
)

_AREA = parcel.SHAPES
_WHOLE_LAYER_VERTICES = 200_000  # one zone may follow a river through the whole city
KINDS = {
    kind.name: kind
    for kind in (
        Kind("parcels", _PARCELS, _AREA, "MULTIPOLYGON", "pnu", "pnu"),
        Kind("roads", _ROADS, road.SHAPES, "MULTIPOLYGON", "road_uid", "lead_pnu"),
        Kind("permits", _PERMITS, permit.SHAPES, "POINT", "permit_id", "main_pnu"),
        Kind("recognitions", _RECOGNITIONS, permit.SHAPES, "POINT", "recognition_id", "main_pnu"),
        Kind("zoning", _ZONING, _AREA, "MULTIPOLYGON", max_vertices=_WHOLE_LAYER_VERTICES),
        Kind("coverage", _COVERAGE, _AREA, "MULTIPOLYGON", max_vertices=_WHOLE_LAYER_VERTICES),
    )
}


def kind(name: str) -> Kind:
    """Return the kind of that name. Raises BadInput for any other."""
    if name not in KINDS:
        raise BadInput(f"kind {name!r} is none of {', '.join(KINDS)}", parameter="kind")
    return KINDS[name]
