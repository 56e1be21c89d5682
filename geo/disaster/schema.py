"""The rows of a disaster document: which fields each section has and what kind of value each field takes."""

from dataclasses import dataclass

from geo.disaster.zone import GRADES, TYPES

QUALITIES = {
    "surveyed": "측량",
    "digitised": "도면 디지타이징",
    "approx": "개략",
    "synthetic": "합성(실제 아님)",
    "none": "도형 없음",
}
FUNDS = {"국비": "national", "도비": "province", "시비": "city"}
FACILITY_TYPES = {
    "main_pump": "주 배수펌프장",
    "simple_pump": "간이배수펌프장",
    "retention_basin": "유수지",
    "storage_tank": "저류조",
    "flap_gate": "배수문(플랩게이트)",
    "inlet": "유입구",
}
WORK_TYPES = {
    "u_channel": "U형 배수로",
    "levee_revetment": "제방·호안",
    "catch_basin": "집수정",
    "drainage_structure": "배수 구조물",
}
EVENT_KINDS = {"notice": "고시", "works": "공사", "trial_run": "시운전", "release": "해제 절차", "other": "기타"}
CAPACITIES = {"rated": "정격", "low": "낮게", "nominal": "기준", "high": "높게"}


@dataclass(frozen=True)
class Parameter:
    """What a flood model needs to know of a zone beside its facilities: label, unit, how many values in which range."""

    label: str
    unit: str
    least: float
    most: float
    count: tuple[int, int] = (1, 1)
    rising: bool = False


PARAMETERS = {
    "catchment_km2": Parameter("유역면적", "km²", 0.001, 10_000),
    "curve_number": Parameter("유출곡선지수 (평균 조건, AMC-II)", "-", 1, 100),
    "clark_h": Parameter("도달시간, 저류상수 (Clark)", "h", 0.01, 240, (2, 2)),
    "rain_shape_pct": Parameter("강우 분포 (시간의 5 %마다 내린 누적 비율)", "%", 0, 100, (19, 19), rising=True),
    "rain_mm": Parameter("강우 (24시간)", "mm", 1, 3000, (1, 24), rising=True),
    "stage_m": Parameter("외수위", "m", -50, 2000, (1, 24), rising=True),
    "gate_coefficient": Parameter("배수문 유량계수", "-", 0, 1),
    "gate_area_m2": Parameter("배수문 단면적 (0: 배수문 없음)", "m²", 0, 1000),
    "gate_sill_m": Parameter("배수문 문턱 높이", "m", -50, 2000),
    "pump_levels_m": Parameter("첫 기동 (바닥 위), 다음 펌프와의 차, 기동과 정지의 차", "m", 0.01, 50, (3, 3)),
    "residents_per_house": Parameter("단독주택 한 채에 사는 사람 (적게, 많게)", "명", 0, 20, (2, 2), rising=True),
}
SHAPES = {
    "point": ("Point", "MultiPoint"),
    "line": ("LineString", "MultiLineString"),
    "area": ("Polygon", "MultiPolygon"),
}


@dataclass(frozen=True)
class Field:
    """One field of a row.

    `kind` is text, count (whole, not negative), measure (not negative), level (metres, any sign), period (YYYY,
    YYYY-MM or YYYY-MM-DD), flag, notices (a list of notices), numbers (a list of them) or geometry; `choices` are the
    only values it may take.
    """

    kind: str
    required: bool = False
    choices: tuple[str, ...] = ()


_ID = {"id": Field("text", required=True)}
_OF_ZONE = {"zone_id": Field("text", required=True)}
_OF_PROJECT = {"project_id": Field("text", required=True)}
_SOURCED = {
    "source": Field("text", required=True),
    "source_page": Field("text"),
    "source_date": Field("period", required=True),
    "note": Field("text"),
}
_PLACED = {
    "geometry_quality": Field("text", required=True, choices=tuple(QUALITIES)),
    "synthetic": Field("flag", required=True),
    "geometry": Field("geometry"),
}
_BUILT = {
    "project_id": Field("text"),
    "name": Field("text", required=True),
    "completed_on": Field("period"),
}
_SPAN = {
    "start": Field("period"),
    "end": Field("period"),
    "end_is_actual": Field("flag", required=True),
    "confirmed_on": Field("period"),
}

SECTIONS: dict[str, dict[str, Field]] = {
    "zones": {
        **_ID,
        "name": Field("text", required=True),
        "alias": Field("text"),
        "type": Field("text", required=True, choices=tuple(TYPES)),
        "detail_type_code": Field("text"),
        "grade": Field("text", choices=tuple(GRADES)),
        "grade_code": Field("text"),
        "management_no": Field("text"),
        "area_notice_m2": Field("measure"),
        "address": Field("text"),
        "legal_dong_code": Field("text"),
        "designated_on": Field("period", required=True),
        "designation_reason": Field("text"),
        "released_on": Field("period"),
        "release_reason": Field("text"),
        "households": Field("count"),
        "residents": Field("count"),
        "notices": Field("notices"),
        **_SOURCED,
        **_PLACED,
    },
    "facilities": {
        **_ID,
        **_OF_ZONE,
        "type": Field("text", required=True, choices=tuple(FACILITY_TYPES)),
        **_BUILT,
        "pump_diameter_mm": Field("measure"),
        "pump_count": Field("count"),
        "pump_capacity_m3min": Field("measure"),  # rated, of one pump
        "pump_head_m": Field("measure"),
        "start_level_m": Field("level"),
        "stop_level_m": Field("level"),
        "volume_m3": Field("measure"),
        "capacity_low_m3s": Field("measure"),  # assumed, of all pumps of the station together
        "capacity_nominal_m3s": Field("measure"),
        "capacity_high_m3s": Field("measure"),
        "capacity_basis": Field("text"),
        **_SOURCED,
        **_PLACED,
    },
    "works": {
        **_ID,
        **_OF_ZONE,
        "type": Field("text", required=True, choices=tuple(WORK_TYPES)),
        **_BUILT,
        "shape": Field("text", required=True, choices=tuple(SHAPES)),
        "length_plan_m": Field("measure"),
        "quantity": Field("count"),
        "stream": Field("text"),
        "route": Field("text"),
        **_SOURCED,
        **_PLACED,
    },
    "projects": {
        **_ID,
        **_OF_ZONE,
        "name": Field("text", required=True),
        **_SPAN,
        "cost_mkrw": Field("measure", required=True),
        **_SOURCED,
    },
    "budget": {
        **_ID,
        **_OF_PROJECT,
        "fund": Field("text", required=True, choices=tuple(FUNDS)),
        "amount_mkrw": Field("measure", required=True),
        "year": Field("period"),
        "basis": Field("text"),
        **_SOURCED,
    },
    "progress": {
        **_ID,
        **_OF_ZONE,
        **_OF_PROJECT,
        "seq": Field("count", required=True),
        "name": Field("text", required=True),
        "kind": Field("text", required=True, choices=tuple(EVENT_KINDS)),
        **_SPAN,
        "precision": Field("text", required=True, choices=("day", "month", "year", "none")),
        **_SOURCED,
    },
    "assumptions": {
        **_ID,
        **_OF_ZONE,
        "parameter": Field("text", required=True, choices=tuple(PARAMETERS)),
        "values": Field("numbers", required=True),
        "assumed": Field("flag", required=True),
        "label": Field("text"),
        **_SOURCED,
    },
    "other_sources": {
        **_ID,
        **_OF_ZONE,
        "subject": Field("text", required=True),
        "field": Field("text", required=True),
        "label": Field("text", required=True),
        "plan": Field("text", required=True),
        "other": Field("text", required=True),
        **_SOURCED,
    },
}
