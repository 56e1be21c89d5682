"""Where a site meets a road: for how many metres, how wide the road is there, and how narrow the way in from it is.

Contact is measured on the boundary of the site, edge by edge: that part of an edge counts which runs along an edge of
the road, nearly parallel and no farther from it than a tolerance. Shared edges are exact to a millimetre, an edge that
leaves at an angle adds nothing, and a point is no contact. A buffer around the road would add its own end at each end.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

TOLERANCE_M = 0.15  # a digitised edge that lies off by this still runs along the site
SHARED_M = 0.001  # edges nearer than this are one edge
_PARALLEL = 0.05  # sine of the angle between edges that run along each other, 2.9 degrees
BRIDGE_M = 0.02  # an interruption shorter than this is drawing, not law
_LONGEST_RAY_M = 60.0  # no road of the register is as wide
_MOST_RAYS = 12  # along one straight side


@dataclass(frozen=True)
class Contact:
    """The part of a site's boundary that runs along a road."""

    total_m: float
    longest_m: float
    """Of one uninterrupted piece."""
    lines: tuple[LineString, ...]
    """Its pieces, EPSG:5186, the site on their left."""
    gap_m: float
    """Farthest distance between the two where they do not share the edge itself."""


NONE = Contact(0.0, 0.0, (), 0.0)


def ground(site: BaseGeometry, roads: BaseGeometry, *, tolerance_m: float = TOLERANCE_M) -> BaseGeometry:
    """Return the site without the roads drawn into it; an overlap no deeper than the tolerance is left alone.

    Seams of some centimetres between the site's parcels are closed.
    """
    if isinstance(site, MultiPolygon):
        seam = 0.03
        site = site.buffer(seam, join_style="mitre").buffer(-seam, join_style="mitre")
    inside = site.intersection(roads)
    if inside.is_empty or inside.buffer(-tolerance_m).is_empty:
        return site
    left = [part for part in _polygons(site.difference(roads)) if not _is_sliver(part, tolerance_m)]
    return left[0] if len(left) == 1 else MultiPolygon(left)


def _polygons(geometry: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(geometry).tolist() if isinstance(part, Polygon) and part.area > 0]


def _is_sliver(part: Polygon, tolerance_m: float) -> bool:
    return 2 * part.area / part.length < tolerance_m


def contact(site: BaseGeometry, road: BaseGeometry, *, tolerance_m: float = TOLERANCE_M) -> Contact:
    """Measure where the boundary of `site` runs along the boundary of `road`; polygons, EPSG:5186."""
    pieces: list[tuple[LineString, float]] = []
    for part in _polygons(site):
        oriented = shapely.orient_polygons(part)
        for ring in (oriented.exterior, *oriented.interiors):
            pieces += _along_ring(shapely.get_coordinates(ring), road, tolerance_m)
    if not pieces:
        return NONE
    lengths = [line.length for line, _ in pieces]
    lines = tuple(line for line, _ in pieces)
    return Contact(float(sum(lengths)), float(max(lengths)), lines, max(gap for _, gap in pieces))


def _along_ring(points: Any, road: BaseGeometry, tolerance_m: float) -> list[tuple[LineString, float]]:
    """Return the pieces of one ring that run along the road, and how far off each is."""
    starts, ends = _edges(road)
    sides = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
    tree = shapely.STRtree(cast(Any, shapely.linestrings(np.stack([starts, ends], axis=1))))
    side, edge = tree.query(sides, predicate="dwithin", distance=tolerance_m)
    if not len(side):
        return []
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    at = np.concatenate([[0.0], np.cumsum(lengths)])
    start, end, gap = beside(points[side], points[side + 1], starts[edge], ends[edge], tolerance_m)
    runs = end - start > 1e-9
    spans = sorted(zip(at[side[runs]] + start[runs], at[side[runs]] + end[runs], gap[runs], strict=True))
    ring = LineString(points)
    return [(_piece(ring, a, b), float(gap)) for a, b, gap in _merged(spans, float(at[-1])) if b - a > SHARED_M]


def _edges(road: BaseGeometry) -> tuple[Any, Any]:
    starts, ends = [], []
    for line in shapely.get_parts(road.boundary):
        points = shapely.get_coordinates(line)
        starts.append(points[:-1])
        ends.append(points[1:])
    return np.concatenate(starts), np.concatenate(ends)


def beside(a: Any, b: Any, c: Any, d: Any, tolerance_m: float) -> tuple[Any, Any, Any]:
    """Return from where to where along each edge a-b the edge c-d runs beside it, and how far off; pair by pair."""
    length = np.maximum(np.linalg.norm(b - a, axis=1), 1e-12)
    along = (b - a) / length[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    t_c, t_d = ((point - a) * along for point in (c, d))
    t_c, t_d = t_c.sum(axis=1), t_d.sum(axis=1)
    off_c, off_d = ((c - a) * across).sum(axis=1), ((d - a) * across).sum(axis=1)
    span = np.where(np.abs(t_d - t_c) < 1e-9, 1e-9, t_d - t_c)
    slope = (off_d - off_c) / span
    parallel = np.abs(slope) <= _PARALLEL
    start, end = np.maximum(np.minimum(t_c, t_d), 0), np.minimum(np.maximum(t_c, t_d), length)
    # keep the part where the distance, which is linear along the edge, stays within the tolerance
    steep = np.abs(slope) > 1e-12
    safe = np.where(steep, slope, 1.0)
    zero = t_c - off_c / safe
    reach = tolerance_m / np.abs(safe)
    start = np.where(steep, np.maximum(start, zero - reach), start)
    end = np.where(steep, np.minimum(end, zero + reach), end)
    runs = parallel & (steep | (np.abs(off_c) <= tolerance_m))
    off = np.maximum(np.abs(off_c + slope * (start - t_c)), np.abs(off_c + slope * (end - t_c)))
    return start, np.where(runs, end, start), np.where(off <= SHARED_M, 0.0, off)


def _merged(spans: list[tuple[Any, Any, Any]], around: float) -> list[tuple[float, float, float]]:
    """Join spans that overlap or nearly meet, across the ring's first point too (such a span ends beyond `around`)."""
    joined: list[tuple[float, float, float]] = []
    for start, end, gap in spans:
        if joined and start <= joined[-1][1] + BRIDGE_M:
            before = joined.pop()
            joined.append((before[0], max(before[1], float(end)), max(before[2], float(gap))))
        else:
            joined.append((float(start), float(end), float(gap)))
    if len(joined) > 1 and joined[0][0] <= BRIDGE_M and joined[-1][1] >= around - BRIDGE_M:
        first, last = joined.pop(0), joined.pop()
        joined.append((last[0], around + first[1], max(first[2], last[2])))
    return joined


def _piece(ring: LineString, start: float, end: float) -> LineString:
    around = ring.length
    if end <= around:
        return cast(LineString, substring(ring, start, end))
    head, tail = substring(ring, start, around), substring(ring, 0.0, end - around)
    return LineString([*head.coords, *tail.coords[1:]])


def widths_m(lines: tuple[LineString, ...], road: BaseGeometry) -> tuple[float, ...]:
    """Measure how wide the road is across from the contact, every metre or so, at right angles to the boundary."""
    near, far = [], []
    for line in lines:
        points = shapely.get_coordinates(line)
        for start, end in pairwise(points):
            length = float(np.hypot(*(end - start)))
            if length < TOLERANCE_M:
                continue
            out = np.array([end[1] - start[1], start[0] - end[0]]) / length  # right of the edge: away from the site
            number = min(max(round(length), 1), _MOST_RAYS)
            feet = start + ((np.arange(number) + 0.5) / number)[:, None] * (end - start)
            near.append(feet - out * TOLERANCE_M * 2)
            far.append(feet + out * _LONGEST_RAY_M)
    if not near:
        return ()
    rays = shapely.linestrings(np.stack([np.concatenate(near), np.concatenate(far)], axis=1))
    parts, ray = shapely.get_parts(shapely.intersection(rays, road), return_index=True)
    wide = shapely.length(parts)
    apart = shapely.distance(shapely.points(np.concatenate(near)[ray]), parts)
    nearest: dict[int, tuple[float, float]] = {}
    for n, distance, width in zip(ray.tolist(), apart.tolist(), wide.tolist(), strict=True):
        if width > TOLERANCE_M and (n not in nearest or distance < nearest[n][0]):
            nearest[n] = distance, width
    return tuple(width for _, width in nearest.values())


def passage_m(site: BaseGeometry, lines: tuple[LineString, ...], *, up_to_m: float) -> float | None:
    """Return how narrow the site gets between its contact and its main part, None where nowhere under `up_to_m`."""

    def passes(width: float) -> bool:
        parts = _polygons(site.buffer(-(width - 0.001) / 2, join_style="mitre"))
        main = max(parts, key=lambda part: part.area, default=None)
        reach = width / 2 + 0.01
        return main is not None and any(line.distance(main) <= reach for line in lines)

    if not lines or passes(up_to_m):
        return None
    low, high = 0.0, up_to_m
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (middle, high) if passes(middle) else (low, middle)
    return round(low, 2)
