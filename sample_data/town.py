"""The town: parcels with numbers, 지목 and cover, and the roads with the parcels that carry them."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import CITY
from sample_data import ground
from sample_data.axes import CORE
from sample_data.cases import cases
from sample_data.plan import Parcel, plan
from sample_data.streets import Road

YULGOK, ICHEON_RI, DONGPA = "4148036024", "4148025030", "4148040021"
HAMLET_CHANCE = 0.055
"""Share of fields beside a road of the town on which a house stands alone."""


@dataclass(frozen=True)
class Town:
    """`parcels`: pnu, jibun, jimok, ri, kind, block, road_id, angle (radians of its rows), geometry, EPSG:5186."""

    parcels: gpd.GeoDataFrame
    roads: dict[str, Road]
    land: dict[str, BaseGeometry]

    def at(self, point: BaseGeometry) -> int:
        """Return the row of the parcel under a point."""
        return int(self.parcels.sindex.query(point, predicate="intersects")[0])


def _uses(parcels: list[Parcel]) -> list[str]:
    """Return each parcel's 지목: fields turn into orchards, ranches, graves, lone houses here and there."""
    random = np.random.default_rng(31)
    near = shapely.union_all(
        [shapely.LineString(road.line).buffer(24) for road in plan().roads if road.width_m >= 4 and road.id != "R37"]
    )
    shapely.prepare(near)
    uses = []
    for parcel in parcels:
        use, draw = parcel.use, random.random()
        if parcel.kind == "field":
            if (
                parcel.shape.area < 2300
                and parcel.ri != DONGPA
                and draw < HAMLET_CHANCE * 4
                and near.intersects(parcel.shape)
            ):
                use = "대"
            elif draw > 0.80:
                use = (
                    "답"
                    if draw > 0.90
                    else "과"
                    if draw > 0.85
                    else "묘"
                    if draw > 0.835
                    else "목"
                    if draw > 0.82
                    else "잡"
                )
        uses.append(use)
    return uses


def _fixed(shapes: list[BaseGeometry]) -> dict[int, tuple[int, int]]:
    """Return the numbers that cannot be drawn: those of the cases, and 509 for the basin the plan names."""
    tree = shapely.STRtree(shapes)
    places = [(case.axes.point(case.p, case.q), case.number) for case in cases() if case.number]
    places += [(CORE.point(50, 850), (509, 0)), (CORE.point(85, 950), (508, 0))]
    return {int(tree.query(point, predicate="intersects")[0]): number for point, number in places}


def _numbers(parcels: list[Parcel]) -> list[tuple[int, int, int]]:
    """Return 필지구분 (1 land, 2 산), 본번 and 부번 of every parcel, no two alike in a ri."""
    fixed = _fixed([parcel.shape for parcel in parcels])
    blocks = defaultdict(list)
    for i, parcel in enumerate(parcels):
        if i not in fixed:
            blocks[parcel.ri, 2 if parcel.kind == "hill" else 1, _rank(parcel), parcel.block].append(i)
    taken = {(parcels[i].ri, bun) for i, (bun, _) in fixed.items()}
    numbers = {i: (1, *number) for i, number in fixed.items()}
    last: dict[tuple[str, int], int] = {}
    for (ri, land, rank, _), members in sorted(blocks.items()):
        bun = max(last.get((ri, land), 0), (1, 90, 440, 560, 760)[rank] - 1 if land == 1 else 0) + 1
        while land == 1 and (ri, bun) in taken:
            bun += 1
        for ji, i in enumerate(members):
            numbers[i] = (land, bun, ji)
        last[ri, land] = bun
    return [numbers[i] for i in range(len(parcels))]


def _rank(parcel: Parcel) -> int:
    """Return where in the ri's numbering a parcel stands: fields, villages, polder, roads."""
    if "polder" in parcel.block:
        return 2
    if parcel.kind == "lot":
        return 1
    return 4 if parcel.kind in ("road", "river", "stream", "dyke") else 3


def _angle(parcel: Parcel) -> float:
    """Return the direction of a field's rows, along its longer side, in radians."""
    if parcel.axes is not None:
        return float(np.arctan2(parcel.axes.sin, parcel.axes.cos))
    box = np.asarray(shapely.minimum_rotated_rectangle(parcel.shape).exterior.coords)
    a, b = box[1] - box[0], box[2] - box[1]
    long = a if np.hypot(*a) > np.hypot(*b) else b
    return float(np.arctan2(long[1], long[0]))


@cache
def town() -> Town:
    """Draw the town; the same every time."""
    drawn = plan()
    parcels, uses = drawn.parcels, _uses(drawn.parcels)
    numbers = _numbers(parcels)
    rows = []
    for parcel, use, (land, bun, ji) in zip(parcels, uses, numbers, strict=True):
        number = f"{'산 ' if land == 2 else ''}{bun}{f'-{ji}' if ji else ''}"
        rows.append({
            "pnu": f"{parcel.ri}{land}{bun:04}{ji:04}", "jibun": f"{number}{use}", "jimok": use, "ri": parcel.ri,
            "kind": parcel.kind, "block": parcel.block, "road_id": parcel.road.id if parcel.road else "",
            "angle": _angle(parcel),
        })  # fmt: skip
    frame = gpd.GeoDataFrame(rows, geometry=[parcel.shape for parcel in parcels], crs=CITY)
    return Town(frame, {road.id: road for road in drawn.roads}, drawn.land)


def sand() -> BaseGeometry:
    """Return the sandbar of the Imjin."""
    return ground.sandbar()
