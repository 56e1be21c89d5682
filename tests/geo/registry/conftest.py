"""A drawing board for reviews: sites, roads, zones and coverage on plain metres, with facts that can be changed."""

from datetime import date
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import Polygon, box

from geo.crs import CITY
from geo.registry import parcel, permit, road
from geo.registry.parcel import Site
from geo.registry.review import review

X, Y = 190_000.0, 585_000.0  # in 파평면, EPSG:5186
TODAY = date(2026, 11, 23)
PLAIN_ROAD = {
    "designation_no": "2019-12", "name": "가나길", "legal_basis": "NAMOK", "designation_route": "CONSENT",
    "status": "DESIGNATED", "designated_on": "2019-05-02", "announced_on": "2019-05-10", "valid_from": "2019-05-10",
    "notice_no": "파주시 공고 2019-500", "part_of_parcel": False, "width_m": 4.0, "width_source": "designated",
    "is_dead_end": False, "terrain_designated": False, "motor_only": False, "opposite_obstacle": "없음",
    "geometry_source": "측량성과도", "accuracy_m": 0.05, "geometry_status": "특정", "consents_required": 4,
    "consents_obtained": 4, "consents_scope": "통행", "synthetic": True,
}  # fmt: skip


def frame(rows, columns):
    blank = dict.fromkeys(columns)
    geometry = [row["geometry"] for row in rows]
    table = pd.DataFrame(
        [blank | {k: v for k, v in row.items() if k != "geometry"} for row in rows], columns=[*columns]
    )
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(geometry, crs=CITY), crs=CITY)


def at(shape):
    """Move a shape drawn near 0, 0 into the city."""
    return shapely.transform(shape, lambda points: points + np.array([X, Y]))


def draw_road(shape, **facts):
    row = PLAIN_ROAD | {"geometry": at(shape)} | facts
    return row | {"road_uid": facts.get("road_uid", f"road-{abs(hash(shape.wkt)) % 10**6}")}


def draw_site(*shapes, emd_type="동", **facts):
    emd = {"동": "금촌동", "읍": "법원읍", "면": "파평면"}[emd_type]
    lots = [at(shape) for shape in shapes]
    pnus = tuple(f"41480360241{100 + n:04d}0001" for n in range(len(lots)))
    rows = [{"pnu": pnu, "jibun": f"{100 + n}-1대", "jimok": "대", "area_m2": lot.area, "geometry": lot}
            for n, (pnu, lot) in enumerate(zip(pnus, lots, strict=True))]  # fmt: skip
    whole = shapely.union_all(lots)
    given = {"address": f"{emd} 100-1", "area_m2": whole.area, "geometry": whole, "emd": emd}
    return Site(pnus=pnus, emd_type=emd_type, parcels=rows, **(given | facts))


def draw_zone(name="제1종일반주거지역", shape=None, kind="용도지역"):
    return {"kind": kind, "name": name, "geometry": at(shape or box(-500, -500, 500, 500)), "valid_from": "2010-01-01"}


def draw_coverage(*bases, shape=None):
    around = at(shape or box(-500, -500, 500, 500))
    rows = [{"legal_basis": basis, "complete_as_of": "2026-01-01", "source": "시 전수조사", "geometry": around}
            for basis in bases]  # fmt: skip
    return frame(rows, parcel.COVERAGE_COLUMNS)


def ask(
    site, *roads, zones=None, covered=("GAMOK", "NAMOK"), permits=(), as_of=TODAY, use="단독주택", gfa_m2=150.0, **rest
):
    return review(
        site,
        roads=frame(roads, road.COLUMNS),
        permits=frame(permits, permit.COLUMNS),
        zoning=frame(zones if zones is not None else [draw_zone()], parcel.ZONING_COLUMNS),
        coverage=rest.get("coverage", draw_coverage(*covered)),
        hazards=rest.get("hazards", []),
        changes=rest.get("changes", []),
        as_of=as_of,
        use=use,
        gfa_m2=gfa_m2,
    )


@pytest.fixture(scope="session")
def board():
    """Functions that draw around 0, 0: the plain site is `board.lot` (20 x 30 m), the plain road runs south of it."""
    return SimpleNamespace(
        at=at, road=draw_road, site=draw_site, zone=draw_zone, coverage=draw_coverage, ask=ask, frame=frame,
        lot=box(0, 0, 20, 30), south=box(-10, -4, 40, 0), today=TODAY, polygon=Polygon, box=box,
    )  # fmt: skip
