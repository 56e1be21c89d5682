"""The register as a whole: figures by 읍면동 and year with their definitions, and the roads an inspector sees first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.registry.road import AREA_FLAG, AREA_SHARE, NOTICE_SINCE
from geo.registry.rows import Row, records, words

DEFINITIONS = {
    "roads": "나목(지정·공고) 도로 가운데 기준일에 효력이 있는 것",
    "emd": "도로 도형 안의 한 점이 놓인 법정 읍면동",
    "length_m": "대장의 연장 합계; 연장이 없는 도로는 length_unknown으로 센다",
    "notice_missing": f"{NOTICE_SINCE}부터 지정되어 공고가 필요한 도로(notice_needed) 가운데 공고일이나 번호가 없는 것",
    "designated": "그 해에 지정된 나목 도로(나중에 폐지된 것을 포함)",
    "abolished": "그 해에 폐지된 나목 도로",
}


def statistics(roads: gpd.GeoDataFrame, emd: gpd.GeoDataFrame, on: date) -> dict[str, Any]:
    """Return figures of the 나목 roads by 읍면동 on a day, and by year; `emd` has `name` and geometry, EPSG:5186."""
    ours = roads[roads["legal_basis"] == "NAMOK"]
    standing = _in_force(ours, on)
    at = gpd.GeoSeries(shapely.point_on_surface(standing.geometry.to_numpy()), index=standing.index, crs=roads.crs)
    where, which = emd.sindex.query(at, predicate="intersects")
    named = pd.Series(emd["name"].to_numpy()[which], index=standing.index[where]).groupby(level=0).first()
    groups = standing.groupby(named.reindex(standing.index, fill_value="시 경계 밖"))
    return {
        "as_of": on.isoformat(),
        "definitions": DEFINITIONS,
        "emd": [{"emd": name, **_figures(group)} for name, group in groups],
        "years": _years(ours),
    }


def _in_force(roads: gpd.GeoDataFrame, on: date) -> gpd.GeoDataFrame:
    day = on.isoformat()
    until = roads["valid_to"].mask(roads["valid_to"].isna() & (roads["status"] == "ABOLISHED"), day)
    return roads[(roads["valid_from"] <= day) & (until.isna() | (until > day))]


def _figures(roads: gpd.GeoDataFrame) -> dict[str, Any]:
    needed = roads[roads["designated_on"].fillna("") >= NOTICE_SINCE.isoformat()]
    missing = int((needed["announced_on"].isna() | needed["notice_no"].isna()).sum())
    return {
        "roads": len(roads),
        "length_m": round(float(roads["length_m"].sum()), 1),
        "length_unknown": int(roads["length_m"].isna().sum()),
        "area_m2": round(float(roads.geometry.area.sum()), 1),
        "notice_needed": len(needed),
        "notice_missing": missing,
        "notice_missing_pct": round(100 * missing / len(needed), 1) if len(needed) else None,
    }


def _years(roads: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    designated = Counter(roads["designated_on"].dropna().str[:4])
    abolished = Counter(roads.loc[roads["status"] == "ABOLISHED", "valid_to"].dropna().str[:4])
    return [
        {"year": int(year), "designated": designated[year], "abolished": abolished[year]}
        for year in sorted({*designated, *abolished})
    ]


def worklist(roads: gpd.GeoDataFrame, on: date, *, most: int) -> list[dict[str, Any]]:
    """Return the roads in force whose register and ground, or papers, disagree: the most reasons first, then by size.

    Each has `id`, `name`, `designation_no`, `reasons` and `point`, in EPSG:5186.
    """
    found = [(row, list(_reasons(row))) for row in records(_in_force(roads, on))]
    ranked = sorted(found, key=lambda each: (-len(each[1]), -each[0]["geometry"].area, str(each[0]["road_uid"])))
    return [
        {
            "id": row["road_uid"],
            "name": row["name"],
            "designation_no": row["designation_no"],
            "reasons": reasons,
            "point": shapely.point_on_surface(row["geometry"]),
        }
        for row, reasons in ranked[:most]
        if reasons
    ]


def _reasons(row: Row) -> Iterator[str]:
    flags = words(row["quality_flags"])
    yield from flags
    area, drawn = row["area_m2"], row["geometry"].area
    if AREA_FLAG not in flags and area is not None and abs(area - drawn) > AREA_SHARE * area:
        yield f"대장 면적 {area:.1f} ㎡, 도형 면적 {drawn:.1f} ㎡"
    required, obtained = row["consents_required"], row["consents_obtained"]
    if required is not None and (obtained or 0) < required:
        yield f"동의 {int(obtained or 0)}/{int(required)}"
    if row["width_m"] is None:
        yield "너비 미상"
