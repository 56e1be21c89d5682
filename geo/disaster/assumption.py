"""What a zone's scenarios stand on: which figures its document gives, which are assumed, and the words beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.disaster.basin import Gate
from geo.disaster.case import Catchment
from geo.disaster.runoff import wet
from geo.disaster.scenario import METHOD, Axes, Setting
from geo.disaster.schema import CAPACITIES, PARAMETERS
from geo.disaster.terrain import Terrain
from geo.disaster.zone import Record
from geo.errors import BadInput

WATERMARK = "모의결과·설계검토용 아님"
SYNTHETIC_WATERMARK = "합성 지형 · 실제 파주가 아님 · " + WATERMARK
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Assumed:
    """A zone as the model takes it: what it is run with, its basin (EPSG:5186), its storms, people in a house."""

    setting: Setting
    basin: BaseGeometry
    axes: Axes
    residents_per_house: tuple[float, float]


def of(record: Record) -> Assumed:
    """Return what a zone's scenarios are run with.

    Raises BadInput where its document lacks a basin with a shape and a volume, main pumps with a count and a capacity
    (rated, or an assumed band), or a figure of `PARAMETERS`.
    """
    zone, rows = record["zone"], record["facilities"]
    basin = next((row for row in rows if row["type"] == "retention_basin" and row["geometry"] is not None), None)
    if basin is None or not basin["volume_m3"] or not basin["geometry"].area:
        raise _lacks(zone, "no retention basin with an area and a volume", "유수지의 도형이나 용량이")
    pumps = next((row for row in rows if row["type"] == "main_pump" and row["pump_count"]), None)
    capacity = _capacity(pumps) if pumps else {}
    if pumps is None or not capacity:
        raise _lacks(zone, "no main pumps with a count and a capacity", "주 배수펌프의 대수나 토출량이")
    given = {row["parameter"]: row["values"] for row in record["assumptions"]}
    for name, parameter in PARAMETERS.items():
        if name not in given:
            raise _lacks(zone, f"no {name} among its assumptions", f"{parameter.label} 값이")
    concentration_h, storage_h = given["clark_h"]
    first, following, below = given["pump_levels_m"]
    (km2,), (average,), (sill,) = given["catchment_km2"], given["curve_number"], given["gate_sill_m"]
    setting = Setting(
        catchment=Catchment(km2 * 1e6, wet(average), concentration_h * 3600, storage_h * 3600),
        gate=Gate(given["gate_coefficient"][0], given["gate_area_m2"][0], sill),
        capacity_m3s=capacity,
        pump_count=int(pumps["pump_count"]),
        basin_volume_m3=float(basin["volume_m3"]),
        first_start_m=first,
        next_start_m=following,
        stop_below_start_m=below,
        rain_shape_pct=tuple(given["rain_shape_pct"]),
    )
    axes = Axes(tuple(given["rain_mm"]), tuple(given["stage_m"]))
    few, many = given["residents_per_house"]
    return Assumed(setting, basin["geometry"], axes, (few, many))


def _lacks(zone: Row, what: str, korean: str) -> BadInput:
    return BadInput(
        f"zone {zone['id']!r} has {what}: no flood can be modelled; add it to the zone's document",
        korean=f"{zone['name']} 지구는 {korean} 자료에 없어 침수를 모의할 수 없습니다.",
    )


def _capacity(pumps: Row) -> dict[str, float]:
    """Return the m3/s of one pump: rated where it is known, else the assumed band that the document gives."""
    if pumps["pump_capacity_m3min"]:
        return {"rated": pumps["pump_capacity_m3min"] / 60}
    band = {name: pumps[f"capacity_{name}_m3s"] for name in ("low", "nominal", "high")}
    return {name: total / pumps["pump_count"] for name, total in band.items() if total}


def watermark(terrain: Terrain) -> str:
    """Return what every picture and page of these scenarios carries."""
    return SYNTHETIC_WATERMARK if terrain.synthetic else WATERMARK


def stated(record: Record, used: Assumed, terrain: Terrain) -> Row:
    """Return what made the figures: terrain, method, and every input with its basis, assumed or from the plan."""
    cell, parameters = terrain.heights.grid.cell, _parameters(record)
    return {
        "zone_name": record["zone"]["name"],
        "method": METHOD,
        "terrain": {
            "name": terrain.name,
            "synthetic": terrain.synthetic,
            "cell_m": cell,
            "sigma_m": terrain.sigma_m,
            "vertical_datum": terrain.datum,
        },
        "stage_label": next(row["label"] for row in parameters if row["name"] == "stage_m"),
        "inputs": [*_facilities(record, used.setting), *parameters, *_of_the_method(terrain)],
        "verdicts_withheld": terrain.verdicts_withheld,
        "watermark": watermark(terrain),
        "notice": "수위면이 평평하다고 보는 선별 모의입니다. "
        "정비 효과는 시운전이 확인되기 전까지 계획일 뿐이며, 지정된 지구의 법적 제한을 없애거나 바꾸지 않습니다.",
    }


def _facilities(record: Record, used: Setting) -> list[Row]:
    basin = next(row for row in record["facilities"] if row["type"] == "retention_basin")
    pumps = next(row for row in record["facilities"] if row["type"] == "main_pump")
    total = [round(capacity * used.pump_count, 3) for capacity in used.capacity_m3s.values()]
    names = "·".join(CAPACITIES[name] for name in used.capacity_m3s)
    rated = "rated" in used.capacity_m3s
    return [
        _input("basin_volume_m3", "유수지 용량", used.basin_volume_m3, "m³", False, _source(basin)),
        _input("pump_count", "펌프 대수", used.pump_count, "대", False, _source(pumps)),
        _input("pump_capacity_m3s", f"펌프 토출량의 합 ({names})", total, "m³/s", not rated,
               _source(pumps) if rated else pumps["capacity_basis"]),
    ]  # fmt: skip


def _parameters(record: Record) -> list[Row]:
    rows = []
    for row in record["assumptions"]:
        of, values = PARAMETERS[row["parameter"]], row["values"]
        value = values[0] if of.count == (1, 1) else values
        basis = " ".join(words for words in (row["note"], _source(row)) if words)
        rows.append(_input(row["parameter"], row["label"] or of.label, value, of.unit, row["assumed"], basis))
    return rows


def _of_the_method(terrain: Terrain) -> list[Row]:
    return [
        _input("wet_ground", "선행토양함수조건", "AMC-III", "-", True, "유출곡선지수를 젖은 땅의 값으로 환산했습니다."),
        _input("stage_shape", "외수위의 변화", "일정", "-", True, "외수위가 48시간 동안 같다고 봅니다."),
        _input("terrain_sigma_m", "지형 표고의 표준편차", terrain.sigma_m, "m", True,
               "수위와의 차가 이 값의 2배 안쪽인 칸은 불확실로 셉니다."),
    ]  # fmt: skip


def _input(name: str, label: str, value: Any, unit: str, assumed: bool, basis: str) -> Row:
    return {"name": name, "label": label, "value": value, "unit": unit, "assumed": assumed, "basis": basis}


def _source(row: Row) -> str:
    source, on = row["source"], row["source_date"]
    return str(source) if on in source else f"{source} ({on})"
