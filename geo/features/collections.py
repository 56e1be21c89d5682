"""Which collections there are, what each shows and to whom; a column that is not named here is never served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Boolean, ColumnElement, Float, Integer, Table, true

from geo.access import Role
from geo.change.store.records import CHANGES
from geo.disaster.store import FACILITIES, WORKS, ZONES
from geo.features.dialects import Dialect, Value
from geo.features.tables import EMD, LAYER_FEATURES, RI
from geo.registry.store import PARCELS, PERMITS, ROADS

Kind = Literal["text", "number", "integer", "flag", "date", "period", "time", "list"]
"""`date` is YYYY-MM-DD, `period` may also be YYYY or YYYY-MM, `time` has a zone, `list` holds texts."""

_DATES = {"designated_on", "announced_on", "valid_from", "valid_to", "applied_on", "approved_on", "used_on", "ended_on",
          "before", "after"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a collection's features."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A layer of the city: rows of `table`, all of them or those of one imported layer."""

    id: str
    title: str
    description: str
    table: Table
    id_column: str
    properties: tuple[Property, ...]
    role: Role = Role.PUBLIC
    layer: bool = False
    """Its rows stand among those of other imported layers, their properties in one JSON column."""
    when: tuple[str, str | None] | None = None
    """The properties that say from when and until before when a feature holds, or the one day it is of."""

    def value(self, property: Property, words: Dialect) -> Value:
        """Return what stands for a property in a query."""
        if self.layer:
            return words.member(self.table.c.properties, property.name, property.kind)
        return self.table.c[property.name]

    @property
    def mine(self) -> ColumnElement[bool]:
        """The condition that a row of the table belongs to this collection."""
        return self.table.c.layer == self.id if self.layer else true()


def _kind(table: Table, name: str) -> Kind:
    column = table.c[name].type
    if isinstance(column, Boolean):
        return "flag"
    if isinstance(column, Integer):
        return "integer"
    if isinstance(column, Float):
        return "number"
    if name in _DATES:
        return "period" if table is ZONES else "date"
    return "period" if name in ("released_on", "source_date") else "text"


def _shown(table: Table, names: str) -> tuple[Property, ...]:
    return tuple(Property(name, _kind(table, name)) for name in names.split())


_BUILT = "id zone_id name type geometry_quality source source_date synthetic"
COLLECTIONS = {
    collection.id: collection
    for collection in (
        Collection(
            id="parcels",
            title="필지",
            description="연속지적도 필지. 경계 확정이나 측량의 근거가 아닙니다.",
            table=PARCELS,
            id_column="pnu",
            properties=_shown(PARCELS, "pnu jibun jimok area_m2 synthetic"),
        ),
        Collection(
            id="designated_roads",
            title="지정도로",
            description="건축법 제2조 제1항 제11호의 도로(가목 고시, 나목 지정·공고).",
            table=ROADS,
            id_column="road_uid",
            properties=_shown(
                ROADS,
                "road_uid designation_no name legal_basis status designated_on announced_on notice_no valid_from "
                "valid_to width_m width_source length_m is_dead_end terrain_designated opposite_obstacle "
                "geometry_source accuracy_m synthetic",
            ),
            when=("valid_from", "valid_to"),
        ),
        Collection(
            id="permits",
            title="인허가",
            description="건축·개발행위 등 인허가(이름 없음).",
            table=PERMITS,
            id_column="permit_id",
            properties=_shown(
                PERMITS,
                "permit_id permit_no kind state applied_on approved_on used_on ended_on use gfa_m2 main_pnu synthetic",
            ),
            role=Role.REVIEWER,
            when=("applied_on", "ended_on"),
        ),
        Collection(
            id="changes",
            title="변화 탐지",
            description="두 시기 정사영상에서 찾은 변화. 탐지 결과이며 위반의 확정이 아닙니다.",
            table=CHANGES,
            id_column="fid",
            properties=_shown(CHANGES, "run n change_id class score area_m2 before after verdict synthetic"),
            role=Role.REVIEWER,
            when=("after", None),
        ),
        Collection(
            id="disaster_zones",
            title="재해위험지구",
            description="자연재해위험개선지구(법정 구역).",
            table=ZONES,
            id_column="id",
            properties=_shown(
                ZONES,
                "id name type grade status designated_on released_on area_notice_m2 geometry_quality source "
                "source_date synthetic",
            ),
            when=("designated_on", "released_on"),
        ),
        Collection(
            id="disaster_facilities",
            title="재해예방시설",
            description="배수펌프장, 유수지 등 정비사업의 시설(계획).",
            table=FACILITIES,
            id_column="id",
            properties=_shown(FACILITIES, _BUILT),
        ),
        Collection(
            id="disaster_works",
            title="정비공사",
            description="수로, 제방, 배수구조물 등 정비사업의 공사(계획).",
            table=WORKS,
            id_column="id",
            properties=_shown(WORKS, _BUILT),
        ),
        Collection(
            id="emd",
            title="읍면동",
            description="읍면동 경계(단순화, 국토지리정보원 2023-09-15).",
            table=EMD,
            id_column="code",
            properties=_shown(EMD, "code name area_m2"),
        ),
        Collection(
            id="ri",
            title="리",
            description="리 경계(단순화, 국토지리정보원 2023-09-15). 덕산리와 선적리는 원자료에 없습니다.",
            table=RI,
            id_column="code",
            properties=_shown(RI, "code name emd area_m2"),
        ),
    )
}


def imported(id: str, title: str, file: str, properties: tuple[Property, ...]) -> Collection:
    """Return the collection of an imported layer."""
    return Collection(
        id=id,
        title=title,
        description=f"'{file}'에서 들여온 자료",
        table=LAYER_FEATURES,
        id_column="id",
        properties=properties,
        layer=True,
    )
