"""A document of one zone, drawn by hand where every area and length is known."""

import copy
import json
from pathlib import Path

import pytest

LEFT, BOTTOM = 194_000.0, 592_000.0  # inside 파주시
SOURCED = {"source": "시험 계획", "source_date": "2026"}


def _placed(kind, *coordinates):
    moved = json.loads(json.dumps(coordinates[0]), parse_float=float)
    return {"geometry_quality": "synthetic", "synthetic": True, "geometry": {"type": kind, "coordinates": _move(moved)}}


def _move(part):
    if part and not isinstance(part[0], list):
        return [part[0] + LEFT, part[1] + BOTTOM]
    return [_move(inner) for inner in part]


SPAN = {"end_is_actual": False, "start": None, "end": None}
DOCUMENT = {
    "about": {"what": "drawn for tests"},
    "crs": "EPSG:5186",
    "zones": [
        {"id": "zone", "name": "시험", "type": "001", "grade": "나", "designated_on": "2003-10-30",
         "area_notice_m2": 20_000, "legal_dong_code": "4148036024", **SOURCED,
         **_placed("Polygon", [[[0, 0], [200, 0], [200, 100], [0, 100], [0, 0]]])},
    ],
    "facilities": [
        {"id": "pump", "zone_id": "zone", "project_id": "project", "type": "main_pump", "name": "펌프장",
         "start_level_m": 1.0, "stop_level_m": 0.5, **SOURCED, **_placed("Point", [50, 50])},
        {"id": "basin", "zone_id": "zone", "project_id": "project", "type": "retention_basin", "name": "유수지",
         "volume_m3": 5000, **SOURCED, **_placed("Polygon", [[[10, 10], [60, 10], [60, 40], [10, 40], [10, 10]]])},
    ],
    "works": [
        {"id": "levee", "zone_id": "zone", "project_id": "project", "type": "levee_revetment", "name": "제방",
         "shape": "line", "length_plan_m": 90, **SOURCED, **_placed("LineString", [[5, 95], [95, 95]])},
        {"id": "basins", "zone_id": "zone", "type": "catch_basin", "name": "집수정", "shape": "point", "quantity": 2,
         **SOURCED, "geometry_quality": "none", "synthetic": False},
    ],
    "projects": [
        {"id": "project", "zone_id": "zone", "name": "정비", **SPAN, "start": "2022-06", "end": "2026-07",
         "cost_mkrw": 300, **SOURCED},
    ],
    "budget": [
        {"id": fund, "project_id": "project", "fund": fund, "amount_mkrw": 100, **SOURCED}
        for fund in ("국비", "도비", "시비")
    ],
    "progress": [
        {"id": "E1", "zone_id": "zone", "project_id": "project", "seq": 1, "name": "1차", "kind": "works", **SPAN,
         "start": "2024-09", "end": "2025-06", "precision": "month", **SOURCED},
    ],
    "assumptions": [
        {"id": f"zone_{name}", "zone_id": "zone", "parameter": name, "values": values, "assumed": True, **SOURCED}
        for name, values in {
            "catchment_km2": [4], "curve_number": [75], "clark_h": [1.2, 1.7],
            "rain_shape_pct": [5 * (step + 1) for step in range(19)], "rain_mm": [20], "stage_m": [13],
            "gate_coefficient": [0.6], "gate_area_m2": [8], "gate_sill_m": [8], "pump_levels_m": [1, 0.2, 0.5],
            "residents_per_house": [1.5, 3],
        }.items()
    ],
    "other_sources": [
        {"id": "cost", "zone_id": "zone", "subject": "project", "field": "cost_mkrw", "label": "총사업비",
         "plan": "3억 원", "other": "4억 원", **SOURCED},
    ],
}  # fmt: skip


@pytest.fixture
def document():
    return copy.deepcopy(DOCUMENT)


@pytest.fixture
def write(tmp_path):
    def to_file(content, name="zone.json") -> Path:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return file

    return to_file
