"""A synthetic city of Paju's real extent and size: about 400,000 parcels, 30,000 roads, 50,000 permits, as files.

    python benchmarks/large_city.py FOLDER [--share 1.0]

Blocks of jittered streets are filled with jittered lots that share their edges; a street is parcels of its own, and
some of those are designated roads. `--share` keeps that part of the blocks. Then `geo registry import KIND FILE` each.
"""

import argparse
from itertools import product
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import boundaries
from geo.crs import CITY

BLOCK_M = 173.0
HALF_STREETS_M = (2.0, 3.0, 4.0, 5.0, 10.0)
ROADS, PERMITS, PARCELS = 30_000, 50_000, 400_000
ZONES = ("제1종일반주거지역", "자연녹지지역", "계획관리지역", "농림지역")
DRAW = np.random.default_rng(5186)


def between(corners, u, v):
    """Return points at shares `u`, `v` of a quadrangle."""
    a, b, c, d = corners
    u, v = np.asarray(u)[..., None], np.asarray(v)[..., None]
    return a * (1 - u) * (1 - v) + b * u * (1 - v) + c * u * v + d * (1 - u) * v


def jittered(number):
    """Return a grid of shares in 0..1 whose inner nodes are moved; its rim stays."""
    shape = tuple(n + 1 for n in number)
    grid = np.stack(np.meshgrid(*(np.linspace(0, 1, n) for n in shape), indexing="ij"))
    moved = DRAW.uniform(-0.25, 0.25, grid.shape) / np.array(number)[:, None, None]
    moved[0, [0, -1], :] = moved[1, :, [0, -1]] = 0
    moved[:, [0, 0, -1, -1], [0, -1, 0, -1]] = 0
    return grid + moved


def lots(inner):
    """Return the rings of the lots of one block, nine points each, neighbours noded alike."""
    number = int(DRAW.integers(3, 6)), int(DRAW.integers(2, 6))
    u, v = jittered(number)
    nodes = between(inner, u, v)
    across, along = (nodes[:-1] + nodes[1:]) / 2, (nodes[:, :-1] + nodes[:, 1:]) / 2
    across[:, 1:-1] += DRAW.normal(0, 0.6, across[:, 1:-1].shape)
    along[1:-1] += DRAW.normal(0, 0.6, along[1:-1].shape)
    return [
        np.array([nodes[a, b], across[a, b], nodes[a + 1, b], along[a + 1, b], nodes[a + 1, b + 1], across[a, b + 1],
                  nodes[a, b + 1], along[a, b], nodes[a, b]])
        for a, b in product(range(number[0]), range(number[1]))
    ]  # fmt: skip


def blocks(share):
    """Yield the corners of every block whose middle lies well inside the city, and of its inner part."""
    left, bottom, right, top = boundaries.city_bounds()
    xs, ys = np.arange(left, right, BLOCK_M), np.arange(bottom, top, BLOCK_M)
    nodes = np.stack(np.meshgrid(xs, ys, indexing="ij"), axis=-1)
    nodes += DRAW.uniform(-28, 28, nodes.shape)
    inside = boundaries.city().buffer(-BLOCK_M)
    shapely.prepare(inside)
    for i, k in product(range(int((len(xs) - 1) * share)), range(len(ys) - 1)):
        corners = np.array([nodes[i, k], nodes[i + 1, k], nodes[i + 1, k + 1], nodes[i, k + 1]])
        if inside.contains_properly(shapely.Point(corners.mean(axis=0))):
            w = DRAW.choice(HALF_STREETS_M, p=(0.35, 0.3, 0.2, 0.1, 0.05)) / BLOCK_M
            yield corners, between(corners, np.array([w, 1 - w, 1 - w, w]), np.array([w, w, 1 - w, 1 - w]))


def draw(share):
    """Return the lots and the strips of street of the city as polygons, EPSG:5186."""
    rings, strips = [], []
    for outer, inner in blocks(share):
        rings += lots(inner)
        for n, m in ((0, 1), (1, 2), (2, 3), (3, 0)):
            strips.append([outer[n], outer[m], inner[m], inner[n], outer[n]])
    most = int(PARCELS * share)
    strips = shapely.polygons(np.array(strips))
    found = shapely.polygons(np.array(rings))
    valid = found[shapely.is_valid(found)][: most - len(strips)]
    return valid, strips[shapely.is_valid(strips)]


def parcels(shapes, jimok):
    """Return parcels numbered within the ri that each lies in; those in none are left out."""
    frame = gpd.GeoDataFrame({"jimok": jimok}, geometry=shapes, crs=CITY)
    codes = set(boundaries.legal_dongs()["code"])
    areas = pd.concat([boundaries.ri()[["code", "geometry"]], boundaries.emd()[["code", "geometry"]]])
    areas = areas[areas["code"].isin(codes)]
    middles = frame.set_geometry(shapely.point_on_surface(shapes)).sjoin(areas, predicate="within")
    named = middles[~middles.index.duplicated()]["code"]
    named = named[~named.str.endswith("00") | named.str[5:8].astype(int).between(101, 199)]
    frame = frame.loc[named.index].assign(code=named)
    number = frame.groupby("code").cumcount()
    main, sub = number % 9999 + 1, number // 9999
    frame["pnu"] = frame["code"] + "1" + main.astype(str).str.zfill(4) + sub.astype(str).str.zfill(4)
    frame["jibun"] = main.astype(str) + frame["jimok"]
    return frame.assign(area_m2=shapely.area(frame.geometry).round(2), synthetic=True).drop(columns="code")


def roads(strips, number):
    """Return designated roads: strips of street, as wide as drawn."""
    chosen = strips.sample(number, random_state=5186)
    half = chosen.length / 2
    width = ((half - np.sqrt(np.maximum(half**2 - 4 * chosen.area, 0))) / 2).round(1)
    days = DRAW.choice(pd.date_range("1985-01-01", "2025-12-31").strftime("%Y-%m-%d"), number)
    return gpd.GeoDataFrame({
        "road_uid": [f"road-{n:05d}" for n in range(number)], "designation_no": [f"2001-{n}" for n in range(number)],
        "legal_basis": DRAW.choice(["NAMOK", "GAMOK"], number, p=[0.8, 0.2]), "status": "DESIGNATED",
        "designated_on": days, "announced_on": days, "valid_from": days, "notice_no": "파주시 공고",
        "lead_pnu": chosen["pnu"].to_numpy(), "width_m": width.to_numpy(), "width_source": "designated",
        "is_dead_end": False, "terrain_designated": False, "motor_only": False, "opposite_obstacle": "없음",
        "geometry_source": "측량성과도", "accuracy_m": 0.1, "geometry_status": "특정", "consents_required": 3,
        "consents_obtained": 3, "consents_scope": "통행", "synthetic": True,
    }, geometry=chosen.geometry.to_numpy(), crs=CITY)  # fmt: skip


def permits(lot_parcels, number):
    """Return permits, each on one lot."""
    chosen = lot_parcels.sample(number, replace=True, random_state=4)
    days = DRAW.choice(pd.date_range("1990-01-01", "2025-12-31").strftime("%Y-%m-%d"), number)
    return gpd.GeoDataFrame({
        "permit_id": [f"permit-{n:05d}" for n in range(number)], "permit_no": [f"2001-건축-{n}" for n in range(number)],
        "kind": DRAW.choice(["건축허가", "건축신고"], number), "use": "단독주택",
        "state": DRAW.choice(["허가", "착공", "사용승인"], number), "applied_on": days,
        "main_pnu": chosen["pnu"].to_numpy(), "synthetic": True,
    }, geometry=shapely.point_on_surface(chosen.geometry.to_numpy()), crs=CITY)  # fmt: skip


def zoning():
    """Return 용도지역 in squares of 2 km over the whole city, and coverage of both registers."""
    left, bottom, right, top = boundaries.city_bounds()
    side = 2000.0
    squares = [shapely.box(x, y, x + side, y + side)
               for x, y in product(np.arange(left, right, side), np.arange(bottom, top, side))]  # fmt: skip
    zones = gpd.GeoDataFrame({"kind": "용도지역", "name": DRAW.choice(ZONES, len(squares)), "valid_from": "2010-01-01",
                              "synthetic": True}, geometry=squares, crs=CITY)  # fmt: skip
    zones = zones[zones.intersects(boundaries.city())]
    whole = shapely.box(left, bottom, right, top)
    return zones, gpd.GeoDataFrame({"legal_basis": ["NAMOK", "GAMOK"], "complete_as_of": "2026-01-01",
                                    "synthetic": True}, geometry=[whole, whole], crs=CITY)  # fmt: skip


def main():
    """Write parcels, roads, permits, zoning and coverage as GeoPackages."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--share", type=float, default=1.0)
    given = options.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    ground, strips = draw(given.share)
    jimok = np.concatenate([DRAW.choice(["대", "전", "답", "임"], len(ground), p=[0.5, 0.2, 0.15, 0.15]),
                            np.full(len(strips), "도")])  # fmt: skip
    land = parcels(np.concatenate([ground, strips]), jimok)
    street = land["jimok"] == "도"
    zones, complete = zoning()
    layers = {
        "parcels": land,
        "roads": roads(land[street], int(ROADS * given.share)),
        "permits": permits(land[~street], int(PERMITS * given.share)),
        "zoning": zones,
        "coverage": complete,
    }
    for name, layer in layers.items():
        layer.to_file(given.folder / f"{name}.gpkg", engine="pyogrio")
        print(name, len(layer))


if __name__ == "__main__":
    main()
