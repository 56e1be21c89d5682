"""The ground plan: parcels that tile the town as one coverage, and the roads' land made of the same edges."""

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo import boundaries
from sample_data import fields, ground, streets, villages
from sample_data.axes import CORE, GRID_M, SQUARE, Axes
from sample_data.streets import Road


@dataclass(frozen=True)
class Piece:
    """A piece of the ground before it is cut at borders: its shape, kind, 지목, and the block it is numbered with."""

    shape: BaseGeometry
    kind: str  # river road stream dyke lot basin hill paddy ditch track field
    use: str
    block: str
    axes: Axes | None = None
    road: Road | None = None


@dataclass(frozen=True)
class Parcel:
    """A parcel before it has a number; `shape` in EPSG:5186 shares every vertex with its neighbours."""

    shape: Polygon
    ri: str
    kind: str
    use: str
    block: str
    axes: Axes | None
    road: Road | None


@dataclass(frozen=True)
class Plan:
    """The parcels, the roads, and each road's land by its id."""

    parcels: list[Parcel]
    roads: list[Road]
    land: dict[str, BaseGeometry]


@cache
def ri_parts() -> dict[str, BaseGeometry]:
    """Return the part of each ri (by its 10-digit code) that lies in the town, without gap or overlap."""
    frame = boundaries.ri()
    parts: dict[str, BaseGeometry] = {}
    left: BaseGeometry = SQUARE
    for code, shape in zip(frame["code"], frame.geometry, strict=True):
        part = shapely.intersection(left, shape, grid_size=GRID_M)
        if part.area > 1:
            parts[code] = part
            left = shapely.difference(left, part, grid_size=GRID_M)
    for gap in shapely.get_parts(left):  # the simplified borders leave a few square metres between ri
        nearest = max(parts, key=lambda code: parts[code].buffer(0.5).intersection(gap).area)
        parts[nearest] = shapely.union(parts[nearest], gap, grid_size=GRID_M)
    return parts


def _polygonal(shape: BaseGeometry) -> BaseGeometry:
    """Return the areas of `shape`, without the lines and points an overlay may leave."""
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


def _laid(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with the ground of earlier ones taken away from later ones."""
    raw = [shapely.intersection(piece.shape, SQUARE, grid_size=GRID_M) for piece in pieces]
    tree = shapely.STRtree(raw)
    laid = []
    for i, piece in enumerate(pieces):
        over = [raw[j] for j in tree.query(raw[i], predicate="intersects") if j < i]
        shape = _polygonal(shapely.difference(raw[i], shapely.union_all(over), grid_size=GRID_M))
        if shape.area > 1:
            laid.append(Piece(shape, piece.kind, piece.use, piece.block, piece.axes, piece.road))
    return laid


def road_land(road: Road) -> BaseGeometry:
    """Return the land of a road before it meets others."""
    return LineString(road.line).buffer(road.width_m / 2, cap_style="flat", join_style="mitre")


BASIN = CORE.box(-60, 175, 760, 760 + round(40_245 / 235, 3))
"""The retention basin's footprint, 40,245 m2 (press of 2023)."""
STATION = CORE.box(60, 110, 935, 965)
"""The lot of the main pumping station, between the basin and the dyke."""


def _pieces(roads: list[Road]) -> list[Piece]:
    first = [Piece(ground.river(), "river", "천", "river")]
    first += [
        Piece(road_land(road), "road", "도", f"road {road.id}", None, road) for road in roads if not road.in_parcel
    ]
    first += [
        Piece(ground.stream(), "stream", "천", "stream"),
        Piece(ground.dyke(), "dyke", "제", "dyke"),
        Piece(BASIN, "basin", "유", "basin"),
        Piece(STATION, "lot", "잡", "station", CORE),
    ]
    first += [Piece(lot.shape, "lot", lot.use, lot.block, lot.axes) for lot in villages.lots()]
    laid = _laid(first)
    taken = shapely.union_all([piece.shape for piece in laid], grid_size=GRID_M)
    free = shapely.difference(SQUARE, taken, grid_size=GRID_M)
    for code, part in ri_parts().items():
        inside = _polygonal(shapely.intersection(free, part, grid_size=GRID_M))
        for name, hill in ground.hills().items():
            wood = _polygonal(shapely.intersection(inside, hill, grid_size=GRID_M))
            laid += [Piece(s, "hill", "임", f"{code} {name} {g}") for s, g in fields.cut(wood, 5000, seed=21)]
            inside = _polygonal(shapely.difference(inside, hill, grid_size=GRID_M))
        low = _polygonal(shapely.intersection(inside, ground.polder(), grid_size=GRID_M))
        laid += [Piece(s, kind, use, f"{code} {g}", CORE) for s, kind, use, g in fields.paddies(low)]
        high = _polygonal(shapely.difference(inside, ground.polder(), grid_size=GRID_M))
        laid += [Piece(s, "field", "전", f"{code} {g}") for s, g in fields.cut(high, 1800, seed=22)]
    return laid


def _cuts(roads: list[Road]) -> list[LineString]:
    """Return lines across long roads, one every 160 m, where their land is cut into parcels."""
    lines = []
    for road in roads:
        line = LineString(road.line)
        for along in np.arange(160, line.length - 40, 160) if road.entry is None or line.length > 300 else ():
            a, b = (np.asarray(line.interpolate(along + d).coords[0]) for d in (-0.5, 0.5))
            across = np.array([a[1] - b[1], b[0] - a[0]]) * (road.width_m / 2)
            lines.append(LineString([(a + b) / 2 - across, (a + b) / 2 + across]))
    return lines


def _faces(pieces: list[Piece], roads: list[Road]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Node every edge on the millimetre grid; return the faces and the piece each lies in."""
    edges = [piece.shape.boundary for piece in pieces] + [part.boundary for part in ri_parts().values()]
    land = shapely.union_all([piece.shape for piece in pieces if piece.road])
    across = [shapely.intersection(line, land) for line in _cuts(roads)]
    noded = shapely.union_all([*edges, *across], grid_size=GRID_M)
    faces = np.array(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded).tolist())))
    inner = shapely.point_on_surface(faces)
    tree = shapely.STRtree([piece.shape for piece in pieces])
    face, piece = tree.query(inner, predicate="intersects")
    owner = np.full(len(faces), -1, np.int64)
    owner[face] = piece
    for lost in np.flatnonzero(owner < 0):  # a sliver between two overlays
        owner[lost] = tree.nearest(inner[lost])
    return faces, owner


CRUMB_M2 = 0.01


def _may_take(taker: Parcel, scrap: Parcel, area_m2: float) -> bool:
    """Say whether a scrap may join a neighbour: its own road or piece, never another registered road unless tiny."""
    if taker.ri != scrap.ri:
        return area_m2 < 0.5
    registered = [p.road is not None and p.road.entry is not None for p in (taker, scrap)]
    return taker.road is scrap.road if any(registered) and area_m2 > 0.5 else True


def _merge_slivers(parcels: list[Parcel]) -> list[Parcel]:
    """Give every scrap (under 15 m2, or narrower than 0.8 m) to the neighbour with the longest common edge."""
    shapes = [parcel.shape for parcel in parcels]
    tree = shapely.STRtree(shapes)
    alive = [True] * len(parcels)
    for i in sorted(range(len(parcels)), key=lambda k: shapes[k].area):
        if shapes[i].area >= 15 and shapes[i].area / shapes[i].length >= 0.4:
            continue
        ranked = []
        rim = shapes[i].buffer(2 * GRID_M)
        for j in tree.query(shapes[i], predicate="dwithin", distance=2 * GRID_M):
            if alive[j] and j != i and _may_take(parcels[j], parcels[i], shapes[i].area):
                own = parcels[j].block == parcels[i].block
                ranked.append((own, shapes[j].intersection(rim).area, -int(j)))
        for _, edge, minus_j in sorted(ranked, reverse=True):
            joined = shapely.union(shapes[-minus_j], shapes[i], grid_size=GRID_M)
            if edge > 0 and joined.geom_type == "Polygon":
                shapes[-minus_j], alive[i] = joined, False
                break
        if shapes[i].area < CRUMB_M2:  # what round-off left where lines meet at a point: no neighbour takes it
            alive[i] = False
    return [replace(p, shape=shape) for shape, p, keep in zip(shapes, parcels, alive, strict=True) if keep]


@cache
def plan() -> Plan:
    """Draw the ground plan; the same every time."""
    roads = streets.roads()
    pieces = _pieces(roads)
    faces, owner = _faces(pieces, roads)
    codes, parts = zip(*ri_parts().items(), strict=True)
    code = shapely.STRtree(parts).nearest(shapely.point_on_surface(faces))
    parcels = []
    for face, mine, at in zip(faces, owner, code, strict=True):
        p = pieces[mine]
        parcels.append(Parcel(face, codes[at], p.kind, p.use, p.block, p.axes, p.road))
    merged = sorted(_merge_slivers(parcels), key=lambda p: (p.ri, p.block, p.shape.bounds[1], p.shape.bounds[0]))
    land = defaultdict(list)
    for parcel in merged:
        if parcel.road:
            land[parcel.road.id].append(parcel.shape)
    whole = {id: shapely.union_all(parts, grid_size=GRID_M) for id, parts in land.items()}
    for road in roads:
        if road.in_parcel:  # its edge follows the edge of the parcels that carry it
            hosts = shapely.union_all([p.shape for p in merged if p.shape.intersection(road_land(road)).area > 1])
            whole[road.id] = shapely.intersection(road_land(road).buffer(2 * GRID_M, join_style="mitre"), hosts)
    return Plan(merged, roads, whole)
