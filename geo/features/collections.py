"""Which collections there are, what each shows and to whom; a column that is not named here is never served."""

from dataclasses import dataclass

from sqlalchemy import Table

from geo.access import Role
from geo.disaster.store import FACILITIES, WORKS, ZONES
from geo.errors import NotFound
from geo.registry.store import PARCELS, PERMITS, ROADS


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A layer of the city: its rows come from `table`, or from the boundaries shipped with the product."""

    id: str
    title: str
    description: str
    id_column: str
    columns: tuple[str, ...]
    """The properties served, `id_column` among them."""
    table: Table | None = None
    role: Role = Role.PUBLIC


COLLECTIONS = {
    collection.id: collection
    for collection in (
        Collection(
            id="parcels",
            title="필지",
            description="연속지적도 필지. 경계 확정이나 측량의 근거가 아닙니다.",
            id_column="pnu",
            columns=("pnu", "jibun", "jimok", "area_m2", "synthetic"),
            table=PARCELS,
        ),
        Collection(
            id="designated_roads",
            title="지정도로",
            description="건축법 제2조 제1항 제11호의 도로(가목 고시, 나목 지정·공고).",
            id_column="road_uid",
            columns=(
                "road_uid",
                "designation_no",
                "name",
                "legal_basis",
                "status",
                "designated_on",
                "announced_on",
                "notice_no",
                "valid_from",
                "valid_to",
                "width_m",
                "width_source",
                "length_m",
                "is_dead_end",
                "terrain_designated",
                "opposite_obstacle",
                "geometry_source",
                "accuracy_m",
                "synthetic",
            ),
            table=ROADS,
        ),
        Collection(
            id="permits",
            title="인허가",
            description="건축·개발행위 등 인허가(이름 없음).",
            id_column="permit_id",
            columns=(
                "permit_id",
                "permit_no",
                "kind",
                "state",
                "applied_on",
                "approved_on",
                "used_on",
                "ended_on",
                "use",
                "gfa_m2",
                "main_pnu",
                "synthetic",
            ),
            table=PERMITS,
            role=Role.REVIEWER,
        ),
        Collection(
            id="disaster_zones",
            title="재해위험지구",
            description="자연재해위험개선지구(법정 구역).",
            id_column="id",
            columns=(
                "id",
                "name",
                "type",
                "grade",
                "status",
                "designated_on",
                "released_on",
                "area_notice_m2",
                "geometry_quality",
                "source",
                "source_date",
                "synthetic",
            ),
            table=ZONES,
        ),
        Collection(
            id="disaster_facilities",
            title="재해예방시설",
            description="배수펌프장, 유수지 등 정비사업의 시설(계획).",
            id_column="id",
            columns=("id", "zone_id", "name", "type", "geometry_quality", "source", "source_date", "synthetic"),
            table=FACILITIES,
        ),
        Collection(
            id="disaster_works",
            title="정비공사",
            description="수로, 제방, 배수구조물 등 정비사업의 공사(계획).",
            id_column="id",
            columns=("id", "zone_id", "name", "type", "geometry_quality", "source", "source_date", "synthetic"),
            table=WORKS,
        ),
        Collection(
            id="emd",
            title="읍면동",
            description="읍면동 경계(단순화, 국토지리정보원 2023-09-15).",
            id_column="code",
            columns=("code", "name", "area_m2"),
        ),
        Collection(
            id="ri",
            title="리",
            description="리 경계(단순화, 국토지리정보원 2023-09-15). 덕산리와 선적리는 원자료에 없습니다.",
            id_column="code",
            columns=("code", "name", "emd", "area_m2"),
        ),
    )
}


def collection(id: str) -> Collection:
    """Return a collection by its name. Raises NotFound."""
    if id not in COLLECTIONS:
        raise NotFound(
            f"no collection {id!r}; there are {', '.join(COLLECTIONS)}",
            korean=f"'{id}' 자료는 없습니다. 있는 자료: {', '.join(COLLECTIONS)}",
            parameter="collectionId",
        )
    return COLLECTIONS[id]
