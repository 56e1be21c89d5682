"""What a zone's scenarios stand on: which figures the plan gives, which are assumed, and the words beside them."""

from __future__ import annotations

from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.disaster.basin import VELOCITIES_M_S, Gate, assumed_capacity
from geo.disaster.case import Catchment
from geo.disaster.runoff import wet
from geo.disaster.scenario import METHOD, Axes, Setting
from geo.disaster.terrain import Terrain
from geo.disaster.zone import Record
from geo.errors import BadInput

WATERMARK = "모의결과·설계검토용 아님"
SYNTHETIC_WATERMARK = "합성 지형 · 실제 파주가 아님 · " + WATERMARK
CURVE_NUMBER = 75.0  # of the sample's paddy and village on average ground: assumed
CATCHMENT_KM2, CONCENTRATION_H, STORAGE_H = 4.0, 1.2, 1.7  # assumed until the city gives the basin's own
GATE = Gate(coefficient=0.6, area_m2=8.0, sill_m=8.0)  # two flaps of 2 m x 2 m: assumed, as no plan names them
AXES = Axes(rain_mm=(100, 150, 200, 250, 300, 400), stage_m=(7, 9, 11, 13))
Row = dict[str, Any]


def setting(record: Record) -> tuple[Setting, BaseGeometry]:
    """Return what a zone's scenarios are run with, and the shape of its retention basin (EPSG:5186).

    Raises BadInput where the record has no basin with a shape and a volume, or no main pumps.
    """
    zone, rows = record["zone"], record["facilities"]
    basin = next((row for row in rows if row["type"] == "retention_basin" and row["geometry"] is not None), None)
    pumps = next((row for row in rows if row["type"] == "main_pump" and row["pump_diameter_mm"]), None)
    if basin is None or not basin["volume_m3"] or not basin["geometry"].area:
        raise BadInput(
            f"zone {zone['id']!r} has no retention basin with an area and a volume: no flood can be modelled",
            korean=f"{zone['name']} 지구는 유수지의 도형이나 용량이 없어 침수를 모의할 수 없습니다.",
        )
    if pumps is None or not pumps["pump_count"]:
        raise BadInput(
            f"zone {zone['id']!r} has no main pumps with a diameter and a count: no flood can be modelled",
            korean=f"{zone['name']} 지구는 주 배수펌프의 구경이나 대수가 없어 침수를 모의할 수 없습니다.",
        )
    ground = Catchment(CATCHMENT_KM2 * 1e6, wet(CURVE_NUMBER), CONCENTRATION_H * 3600, STORAGE_H * 3600)
    return Setting(
        ground, GATE, float(pumps["pump_diameter_mm"]), int(pumps["pump_count"]), float(basin["volume_m3"])
    ), basin["geometry"]


def watermark(terrain: Terrain) -> str:
    """Return what every picture and page of these scenarios carries."""
    return SYNTHETIC_WATERMARK if terrain.synthetic else WATERMARK


def stated(record: Record, used: Setting, terrain: Terrain) -> Row:
    """Return what made the figures: terrain, method, and every input with its basis, assumed or from the plan."""
    low, nominal, high = (assumed_capacity(used.pump_diameter_mm, v) * used.pump_count for v in VELOCITIES_M_S.values())
    plan, on = record["zone"]["source"], used.catchment
    given = [
        ("basin_volume_m3", "유수지 용량", used.basin_volume_m3, "m³", False, plan),
        ("pump_diameter_mm", "펌프 구경", used.pump_diameter_mm, "mm", False, plan),
        ("pump_count", "펌프 대수", used.pump_count, "대", False, plan),
        ("pump_capacity_m3s", "펌프 토출량 (합)", [round(q, 2) for q in (low, nominal, high)], "m³/s", True,
         "계획에 토출량이 없어 구경에 유속 1.5, 2.5, 3.0 m/s를 곱한 띠이며 정격용량이 아닙니다."),
        ("pump_levels", "기동·정지 수위", [used.first_start_above_floor_m, used.next_start_m, used.stop_below_start_m],
         "m", True, "바닥 위 첫 기동 높이, 다음 펌프와의 차, 기동과 정지의 차. 계획에 수위가 없습니다."),
        ("gate", "배수문", [used.gate.coefficient, used.gate.area_m2, used.gate.sill_m], "-, m², m", True,
         "유량계수, 단면적, 문턱 높이. 역류는 막습니다."),
        ("river_stage", "임진강 수위", "시나리오마다 일정", "m", True, "외수위가 48시간 동안 같다고 봅니다."),
        ("rain_shape", "강우 분포", "Huff 3분위 50 %, 24시간", "-", True,
         "Huff and Angel 1992 (일리노이). 문산·파주 곡선을 받으면 바꿉니다."),
        ("curve_number", "유출곡선지수 (AMC-III)", round(on.curve_number, 2), "-", True, "평균 조건 75의 습윤 환산."),
        ("catchment_km2", "유역면적", on.area_m2 / 1e6, "km²", True, "율곡 배수구역 자료를 받으면 바꿉니다."),
        ("clark_h", "도달시간, 저류상수", [on.concentration_s / 3600, on.storage_s / 3600], "h", True, "Clark."),
        ("terrain_sigma_m", "지형 표고의 표준편차", terrain.sigma_m, "m", True, "수위와 2배 안쪽인 칸은 불확실."),
        ("second_node", "간이펌프장", None, "-", True, "소유역이 달라 이 모의에 넣지 않았습니다."),
        ("population", "인구", record["zone"]["residents"], "명", False,
         "대지별 인구 자료가 없으면 인원을 셈하지 않습니다."),
    ]  # fmt: skip
    names = ("name", "label", "value", "unit", "assumed", "basis")
    cell = terrain.heights.grid.cell
    return {
        "method": METHOD,
        "terrain": {
            "name": terrain.name, "synthetic": terrain.synthetic, "cell_m": cell, "sigma_m": terrain.sigma_m,
            "vertical_datum": terrain.datum,
        },
        "inputs": [dict(zip(names, row, strict=True)) for row in given],
        "verdicts_withheld": terrain.verdicts_withheld,
        "watermark": watermark(terrain),
        "notice": "수위면이 평평하다고 보는 선별 모의입니다. "
        "정비 효과는 시운전이 확인되기 전까지 계획일 뿐이며, 지정된 지구의 법적 제한을 없애거나 바꾸지 않습니다.",
    }  # fmt: skip
