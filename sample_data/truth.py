"""The truth: what changed between each two surveys and which permit explains it, decoys, and the planted sites."""

from typing import Any

import geopandas as gpd

from geo.crs import CITY
from sample_data.cases import cases
from sample_data.changes import Change, scene
from sample_data.permits import STORIES
from sample_data.register import road_uid
from sample_data.town import town

PAIRS = {"2024_2025": (1,), "2025_2026": (2,), "2024_2026": (1, 2)}
"""Layers of changes.gpkg, and the surveys that first show what they hold."""


def changes(pair: str) -> gpd.GeoDataFrame:
    """Return the changes between the two years of `pair`: change_id, class, permit_id, explained, reason, pnus."""
    pnu = town().parcels["pnu"]
    rows = []
    for change in scene().changes:
        story = STORIES[change.story]
        if change.survey in PAIRS[pair] and not _hidden(change, pair):
            rows.append({
                "change_id": change.id, "class": change.kind,
                "permit_id": f"P{change.id[1:]}" if story.explained else None, "explained": story.explained,
                "reason": story.reason, "pnus": ";".join(pnu.iat[i] for i in change.rows), "synthetic": True,
                "geometry": change.shape,
            })  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=CITY)


def _hidden(change: Change, pair: str) -> bool:
    """Say whether a later change lies on the same ground: over both years only the last state shows."""
    if pair != "2024_2026" or change.survey != 1:
        return False
    later = [other for other in scene().changes if other.survey == 2]
    return any(change.shape.intersection(other.shape).area > 0.5 * change.shape.area for other in later)


def decoys() -> gpd.GeoDataFrame:
    """Return what must not be reported as a change of buildings: kind, survey (the year it first shows), geometry."""
    parcels = town().parcels
    rows = [
        {"kind": decoy.kind, "survey": 2024 + decoy.survey, "synthetic": True, "geometry": decoy.shape}
        for decoy in scene().decoys
    ]
    paddies = parcels[parcels["jimok"].eq("답") & parcels["kind"].eq("paddy")].iloc[::40]
    rows += [
        {"kind": "flooded_paddy", "survey": 2024, "synthetic": True, "geometry": shape} for shape in paddies.geometry
    ]
    woods = parcels[parcels["kind"].eq("hill") & (parcels.area > 3000)].iloc[::30]
    rows += [{"kind": "season", "survey": 2026, "synthetic": True, "geometry": shape} for shape in woods.geometry]
    still = [b for b in scene().buildings if b.since == 0 and b.until == 3 and b.height_m > 6][::12]
    for building in still:
        ground = building.shape.buffer(building.height_m).difference(building.shape.buffer(0.3))
        rows.append({"kind": "shadow", "survey": 2025, "synthetic": True, "geometry": ground})
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=CITY)


def sites() -> list[dict[str, Any]]:
    """Return the planted review cases: pnu, what, use, gfa_m2, as_of, x, y, road_uid, expect."""
    drawn = town()
    found = []
    for case in cases():
        i = drawn.at(case.axes.point(case.p, case.q))
        x, y = case.axes.at(case.p, case.q)
        road = drawn.roads.get(case.key)
        found.append({
            "pnu": drawn.parcels["pnu"].iat[i], "jibun": drawn.parcels["jibun"].iat[i], "what": case.what,
            "x": x, "y": y, "use": case.building[0], "gfa_m2": case.building[1], "as_of": case.as_of,
            "road_uid": road_uid(case.key) if road is not None and road.entry else None, "expect": case.expect,
        })  # fmt: skip
    return found
