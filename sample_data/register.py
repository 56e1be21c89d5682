"""The road register, zoning and coverage as rows."""

import uuid
from typing import Any

import geopandas as gpd
import shapely
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from geo.crs import CITY
from sample_data import ground
from sample_data.axes import CORE, GRID_M, NEW, SQUARE, TOWN
from sample_data.streets import Entry, Road
from sample_data.town import Town

_SPACE = uuid.UUID("8f1c6f0e-2b1d-5c55-9d3a-4148036024aa")


def road_uid(id: str) -> str:
    """Return the unchanging identifier of a road."""
    return str(uuid.uuid5(_SPACE, id))


def roads(town: Town) -> gpd.GeoDataFrame:
    """Return the register: one row for each road that stands in it, and one for each earlier version."""
    rows = []
    for n, road in enumerate(town.roads.values(), 1):
        if road.entry is None:
            continue
        rows.append(_row(town, road, road.entry, road.id, n, town.land[road.id], road.width_m))
        if road.entry.earlier is not None:
            before = road.entry.earlier
            width = before.width_m or road.width_m
            narrow = LineString(road.line).buffer(width / 2, cap_style="flat")
            rows.append(_row(town, road, before, f"{road.id}@{before.designated_on}", n, narrow, width))
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=CITY)
    for column in ("consents_required", "consents_obtained"):
        frame[column] = frame[column].astype("Int64")
    return frame


def _row(town: Town, road: Road, entry: Entry, key: str, n: int, land: BaseGeometry, drawn_m: float) -> dict[str, Any]:
    """Return the row of a road whose `land` was drawn `drawn_m` wide; others' crossings are not its own ground."""
    line = LineString(road.line)
    length = land.area / drawn_m
    width = road.width_m if entry.width_m == 0.0 else entry.width_m
    mine = town.parcels[town.parcels["road_id"] == road.id]
    if road.in_parcel:
        hosts = town.parcels[town.parcels.intersects(land.buffer(-0.5))]
        mine = hosts[hosts["kind"] == "lot"]
    pnus = sorted(mine["pnu"])
    year = (entry.announced_on or entry.designated_on)[:4]
    notice = f"파주시 {'고시' if entry.basis == 'GAMOK' else '공고'} 제{year}-{100 + n}호(합성)"
    middle = _middle(line, land)
    return {
        "road_uid": road_uid(key),
        "designation_no": None if entry.basis != "NAMOK" else f"{entry.designated_on[:4]}-{n:03}",
        "name": road.name, "legal_basis": entry.basis, "designation_route": entry.route, "status": entry.status,
        "designated_on": entry.designated_on, "announced_on": entry.announced_on,
        "notice_no": None if entry.notice_no is None else notice,
        "valid_from": entry.valid_from or entry.designated_on, "valid_to": entry.valid_to,
        "source_permit_id": None, "lead_pnu": pnus[0], "related_pnus": ";".join(pnus),
        "part_of_parcel": road.in_parcel, "width_m": width, "width_min_m": width,
        "length_m": round(length, 1), "area_m2": round((width or drawn_m) * length, 1),
        "width_source": entry.width_source, "width_definition": "도로경계선 사이(길어깨 포함 여부 미상)",
        "is_dead_end": entry.dead_end, "dead_end_length_m": entry.dead_end_length_m,
        "terrain_designated": entry.terrain, "motor_only": entry.motor_only, "opposite_obstacle": entry.opposite,
        "surface": {"asphalt": "아스팔트", "concrete": "콘크리트", "dirt": "비포장"}[road.surface],
        "ownership_class": entry.owner, "geometry_source": entry.geometry_source, "accuracy_m": entry.accuracy_m,
        "geometry_status": entry.geometry_status,
        "centerline_wkt": shapely.to_wkt(middle, rounding_precision=3) if entry.centreline else None,
        "consents_required": entry.consents[0] if entry.consents else None,
        "consents_obtained": entry.consents[1] if entry.consents else None,
        "consents_scope": entry.scope, "quality_flags": ";".join(entry.flags) or None, "synthetic": True,
        "geometry": land,
    }  # fmt: skip


def _middle(line: LineString, land: BaseGeometry) -> LineString:
    """Return the centre line inside the town; a road that others interrupt keeps one line through them."""
    inside = shapely.intersection(line, SQUARE)
    return max(shapely.get_parts(inside), key=lambda part: part.length) if inside.geom_type != "LineString" else inside


def zoning() -> gpd.GeoDataFrame:
    """Return the 용도지역, which tile the town, and one 지구단위계획구역 over them."""
    homes = CORE.box(-30, 473, -135, 240)
    green = shapely.difference(CORE.box(-1400, 640, -900, 475), homes, grid_size=GRID_M)
    woods = shapely.union_all([ground.polder(), *ground.hills().values(), TOWN.box(-10, 1200, 1700, 2600)])
    left: BaseGeometry = SQUARE
    rows = []
    for name, shape, on in (
        ("제1종일반주거지역", homes, "2009-03-02"), ("자연녹지지역", green, "2009-03-02"),
        ("농림지역", woods, "2009-03-02"), ("계획관리지역", SQUARE, "2009-03-02"),
    ):  # fmt: skip
        part = shapely.intersection(left, shape, grid_size=GRID_M)
        left = shapely.difference(left, part, grid_size=GRID_M)
        rows.append({"kind": "용도지역", "name": name, "notice_no": "파주시 고시 제2009-31호(합성)", "notice_on": on,
                     "valid_from": on, "valid_to": None, "synthetic": True, "geometry": part})  # fmt: skip
    rows.append({"kind": "지구단위계획구역", "name": "율곡새터 지구단위계획구역",
                 "notice_no": "파주시 고시 제2017-88호(합성)", "notice_on": "2017-06-12", "valid_from": "2017-06-12",
                 "valid_to": None, "synthetic": True, "geometry": NEW.box(-6, 246, -34, 150)})  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=CITY)


def coverage() -> gpd.GeoDataFrame:
    """Return where the register of each basis is complete: the town but for its south-west corner."""
    known = shapely.difference(SQUARE, TOWN.box(0, 480, 0, 430))
    rows = [
        {"legal_basis": basis, "complete_as_of": "2026-06-30", "source": source, "synthetic": True, "geometry": known}
        for basis, source in (("GAMOK", "도시계획도로 고시 전수(합성)"), ("NAMOK", "도로관리대장 정비 완료 구역(합성)"))
    ]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=CITY)
