"""Whom a modelled flood reaches: each parcel, building and road with its depth, area, arrival and duration."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.disaster.scenario import Outcome
from geo.frame import check
from geo.grid import Grid

CLASS_EDGES_M = (0.5, 1.0, 2.0, 5.0)  # 홍수위험지도(floodmap.go.kr); ours are closed below: [0, 0.5), [0.5, 1) ...
CLASSES = ("0.5 m 미만", "0.5~1 m", "1~2 m", "2~5 m", "5 m 이상")
IMPASSABLE_M = 0.3  # assumed: deeper water on a road stops a car
KINDS = {"parcel": "필지", "building": "건축물", "road": "도로"}
COLUMNS = ("kind", "id", "name", "residents", "houses")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """Sites laid on a grid: the cells of the site in row i are `cells[starts[i]:starts[i + 1]]`, one at least."""

    kind: list[str]
    id: list[str]
    name: list[str]
    residents: list[int | None]
    houses: list[int | None]
    area_m2: NDArray[np.float64]
    cells: NDArray[np.int64]
    starts: NDArray[np.int64]


def laid(frame: gpd.GeoDataFrame, grid: Grid) -> Sites:
    """Return which cells of `grid` belong to each site: those whose centre it holds, else the one it lies in.

    `frame` (EPSG:5186) has kind (parcel, building, road), id, name, residents and houses (None: not known). Sites that
    no cell of the grid touches are left out.
    """
    check(frame, COLUMNS)
    found = [_cells(shape, grid) for shape in frame.geometry]
    kept = [place for place, cells in enumerate(found) if len(cells)]
    rows = frame.iloc[kept]
    ends = np.cumsum([len(found[place]) for place in kept], dtype=np.int64)
    return Sites(
        kind=rows["kind"].tolist(),
        id=rows["id"].astype(str).tolist(),
        name=rows["name"].astype(str).tolist(),
        residents=_counts(rows["residents"]),
        houses=_counts(rows["houses"]),
        area_m2=rows.geometry.area.to_numpy(),
        cells=np.concatenate([found[place] for place in kept]) if kept else np.empty(0, np.int64),
        starts=np.append(0, ends).astype(np.int64),
    )


def _counts(values: Iterable[Any]) -> list[int | None]:
    return [None if value is None or value != value else int(value) for value in values]


def _cells(shape: BaseGeometry, grid: Grid) -> NDArray[np.int64]:
    (left, bottom, right, top), into = shape.bounds, ~grid.transform
    col0, row0 = (int(np.floor(value)) for value in into @ (left, top))
    col1, row1 = (int(np.floor(value)) + 1 for value in into @ (right, bottom))
    cols = np.arange(max(col0, 0), min(col1, grid.width))
    rows = np.arange(max(row0, 0), min(row1, grid.height))
    if not (len(cols) and len(rows)):
        return np.empty(0, np.int64)
    col, row = (part.ravel() for part in np.meshgrid(cols, rows))
    t = grid.transform
    x, y = t.c + t.a * (col + 0.5), t.f + t.e * (row + 0.5)
    shapely.prepare(shape)
    inside = shapely.contains_xy(shape, x, y)
    if inside.any():
        return np.asarray(row[inside] * grid.width + col[inside], np.int64)
    point = shape.representative_point()
    at_col, at_row = (int(np.floor(value)) for value in into @ (point.x, point.y))
    held = 0 <= at_col < grid.width and 0 <= at_row < grid.height
    return np.array([at_row * grid.width + at_col] if held else [], np.int64)


def impacts(outcome: Outcome, sites: Sites, inside_basin: NDArray[np.bool_], *, withheld: str | None) -> list[Row]:
    """Return a row for each site that the flood reaches or may reach, deepest first; water in the basin is no flood.

    `withheld` says (Korean) why no verdict on a site may be given; None gives one.
    """
    if not len(sites.id):
        return []
    depth = np.where(inside_basin, 0.0, outcome.depth_m).ravel()[sites.cells]
    starts = sites.starts[:-1]
    wet = np.add.reduceat((depth > 0).astype(np.int64), starts)
    unsure = np.add.reduceat(outcome.uncertain.ravel()[sites.cells].astype(np.int64), starts)
    deepest, total = np.maximum.reduceat(depth, starts), np.add.reduceat(depth, starts)
    link = np.minimum.reduceat(np.where(depth > 0, outcome.link_m.ravel()[sites.cells], np.inf), starts)
    cells = np.diff(sites.starts)
    arrival, duration, until_end = _when(outcome, link)
    rows = []
    for place in np.flatnonzero((wet > 0) | (unsure > 0)).tolist():
        share, reached = float(wet[place] / cells[place]), bool(wet[place])
        rows.append({
            "kind": sites.kind[place],
            "id": sites.id[place],
            "name": sites.name[place],
            "depth_max_m": round(float(deepest[place]), 3),
            "depth_mean_m": round(float(total[place] / wet[place]), 3) if reached else 0.0,
            "wet_area_m2": round(share * float(sites.area_m2[place]), 1),
            "wet_ratio": round(share, 4),
            "class": depth_class(float(deepest[place])) if reached else None,
            "arrival_h": round(float(arrival[place]), 2) if reached else None,
            "duration_h": round(float(duration[place]), 2) if reached else 0.0,
            "wet_at_end": bool(until_end[place]) if reached else False,
            "uncertain_ratio": round(float(unsure[place] / cells[place]), 4),
            "uncertain": bool(unsure[place]),
            "impassable": bool(deepest[place] >= IMPASSABLE_M) if sites.kind[place] == "road" else None,
            "residents": sites.residents[place],
            "houses": sites.houses[place],
            "verdict": None if withheld else _verdict(reached, bool(unsure[place])),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (-row["depth_max_m"], row["kind"], row["id"]))


def depth_class(depth_m: float) -> int:
    """Return the place in CLASSES of a depth."""
    return int(np.searchsorted(CLASS_EDGES_M, depth_m, "right"))


def _verdict(reached: bool, unsure: bool) -> str:
    if unsure:
        return "uncertain"
    return "reached" if reached else "not_reached"


def _when(outcome: Outcome, link: NDArray[np.float64]) -> tuple[Any, Any, Any]:
    """Return hours until the pool first reaches each level, hours it stands there, and whether it does at the end."""
    times, levels = outcome.routed.times_s / 3600, outcome.routed.levels_m
    step = times[1] - times[0]
    highest = np.maximum.accumulate(levels)
    first = np.minimum(np.searchsorted(highest, link), int(np.argmax(levels)))
    standing = len(levels) - np.searchsorted(np.sort(levels), link)
    return times[first], np.clip(standing * step, step, times[-1]), levels[-1] >= link


def summary(
    outcome: Outcome,
    rows: Sequence[Row],
    inside_basin: NDArray[np.bool_],
    cell_m: float,
    per_house: tuple[float, float],
) -> Row:
    """Return a scenario's figures as one row: level, volumes, areas outside the basin, sites by kind, people.

    `per_house` is how few and how many people are assumed to live in a house.
    """
    routed, cell_m2 = outcome.routed, cell_m * cell_m
    depth = np.where(inside_basin, 0.0, outcome.depth_m)
    wet = depth[depth > 0]
    by_class = np.bincount(np.searchsorted(CLASS_EDGES_M, wet, "right"), minlength=len(CLASSES))
    reached = [row for row in rows if row["depth_max_m"] > 0]
    return {
        "peak_level_m": round(outcome.peak_level_m, 4),
        "peak_above_floor_m": round(outcome.peak_level_m - outcome.bottom_m, 4),
        "peak_at_h": round(float(routed.times_s[int(np.argmax(routed.levels_m))]) / 3600, 2),
        "peak_inflow_m3s": round(outcome.peak_inflow_m3s, 3),
        "inflow_volume_m3": round(routed.inflow_volume_m3, 1),
        "pumped_volume_m3": round(routed.pumped_volume_m3, 1),
        "gate_volume_m3": round(routed.gate_volume_m3, 1),
        "peak_volume_m3": round(routed.peak_volume_m3, 1),
        "starts_per_pump": list(routed.starts),
        "mass_balance_error": float(f"{routed.mass_balance_error:.1e}"),
        "flooded_m2": round(len(wet) * cell_m2, 1),
        "flooded_m2_by_class": [round(count * cell_m2, 1) for count in by_class.tolist()],
        "uncertain_m2": round(int(outcome.uncertain.sum()) * cell_m2, 1),
        "reaches_edge_of_terrain": outcome.at_edge,
        "sites": {kind: sum(row["kind"] == kind for row in reached) for kind in KINDS},
        "sites_uncertain": {kind: sum(row["kind"] == kind and row["uncertain"] for row in rows) for kind in KINDS},
        "roads_impassable": sum(bool(row["impassable"]) for row in reached),
        "residents": _people(reached, per_house),
    }


def _people(reached: Sequence[Row], per_house: tuple[float, float]) -> Row:
    """Count residents as far as the data says, and assume a band for the houses whose residents are not known."""
    known = [row["residents"] for row in reached if row["residents"] is not None]
    rest = [row["houses"] for row in reached if row["residents"] is None and row["houses"] is not None]
    few, many = per_house
    return {
        "known": sum(known) if known else None,
        "houses": sum(rest),
        "assumed": [math.floor(sum(rest) * few), math.ceil(sum(rest) * many)],
        "sites_without_number": len(reached) - len(known) - len(rest),
    }


def difference(a: Mapping[str, Any], b: Mapping[str, Any]) -> Row:
    """Return what changes from scenario `a` to `b`, as they are stored: the figures, and every site that differs."""
    figures = ("peak_level_m", "pumped_volume_m3", "gate_volume_m3", "flooded_m2", "uncertain_m2", "roads_impassable")
    first, second = ({(row["kind"], row["id"]): row for row in one["impacts"]} for one in (a, b))
    sites = []
    for key in sorted(first.keys() | second.keys()):
        before, after = first.get(key), second.get(key)
        depths = [0.0 if row is None else row["depth_max_m"] for row in (before, after)]
        areas = [0.0 if row is None else row["wet_area_m2"] for row in (before, after)]
        if depths == areas == [0.0, 0.0] or (depths[0] == depths[1] and areas[0] == areas[1]):
            continue
        named = before or after or {}
        sites.append({
            "kind": key[0], "id": key[1], "name": named["name"],
            "depth_max_m": depths, "depth_max_change_m": round(depths[1] - depths[0], 3),
            "wet_area_m2": areas, "wet_area_change_m2": round(areas[1] - areas[0], 1),
            "class": [None if row is None else row["class"] for row in (before, after)],
            "change": "freed" if not depths[1] else "newly_reached" if not depths[0] else "changed",
            "uncertain": any(row is not None and row["uncertain"] for row in (before, after)),
        })  # fmt: skip
    return {
        "figures": {
            name: {"a": a["summary"][name], "b": b["summary"][name], "b_minus_a": _off(a, b, name)} for name in figures
        },
        "freed": sum(site["change"] == "freed" for site in sites),
        "newly_reached": sum(site["change"] == "newly_reached" for site in sites),
        "sites": sorted(sites, key=lambda site: (site["depth_max_change_m"], site["kind"], site["id"])),
    }


def _off(a: Mapping[str, Any], b: Mapping[str, Any], name: str) -> float:
    return float(round(b["summary"][name] - a["summary"][name], 4))
