"""Where a site meets a road: for how many metres, how wide the road is there, and how narrow the way in from it is.

Contact is measured on the boundary of the site, edge by edge: that part of an edge counts which runs along an edge of
the road, nearly parallel and no farther from it than a tolerance. Shared edges are exact to a millimetre, an edge that
leaves at an angle adds nothing, and a point is no contact. A buffer around the road would add its own end at each end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, cast

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

TOLERANCE_M = 0.15  # a digitised edge that lies off by this still runs along the site
SHARED_M = 0.001  # edges nearer than this are one edge
_PARALLEL = 0.05  # sine of the angle between edges that run along each other, 2.9 degrees
BRIDGE_M = 0.02  # an interruption shorter than this is drawing, not law
_NOISE_M = 1e-9
_MOST_PAIRS = 20_000  # of sides and edges, compared outright; more are asked of a tree
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
NOTHING = Polygon()
"""Ground of no extent; to make one anew costs as much as a question of the store."""


def ground(site: BaseGeometry, roads: BaseGeometry, *, tolerance_m: float = TOLERANCE_M) -> BaseGeometry:
    """Return the site without the roads drawn into it; an overlap no deeper than the tolerance is left alone.

    Seams of some centimetres between the site's parcels are closed.
    """
    if isinstance(site, MultiPolygon):
        seam = 0.03
        site = site.buffer(seam, join_style="mitre").buffer(-seam, join_style="mitre")
    if roads.is_empty:
        return site
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
    return Outline(site).contact(road, tolerance_m=tolerance_m)


class Outline:
    """The boundary of a site, to be measured against one road after another."""

    def __init__(self, site: BaseGeometry) -> None:
        self._site = site

    @cached_property
    def _rings(self) -> Sequence[Any]:
        oriented = shapely.orient_polygons(np.array(_polygons(self._site), dtype=object))
        return [shapely.get_coordinates(ring) for ring in shapely.get_rings(oriented)]

    def contact(self, road: BaseGeometry, *, tolerance_m: float = TOLERANCE_M) -> Contact:
        """Measure where it runs along the boundary of `road`."""
        starts, ends, _ = edges(shapely.get_rings(shapely.get_parts(road)))
        found = [piece for points in self._rings for piece in _along_ring(points, starts, ends, tolerance_m)]
        if not found:
            return NONE
        lengths = [line.length for line, _ in found]
        return Contact(sum(lengths), max(lengths), tuple(line for line, _ in found), max(gap for _, gap in found))


def edges(lines: Any) -> tuple[Any, Any, Any]:
    """Return where each edge of lines starts and ends, and which line it is of."""
    points, line = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(line[1:] == line[:-1])
    return points[first], points[first + 1], line[first]


def _along_ring(points: Any, starts: Any, ends: Any, tolerance_m: float) -> list[tuple[LineString, float]]:
    """Return the pieces of one ring that run along edges of the road, and how far off each is."""
    side, edge = _close(points, starts, ends, tolerance_m)
    if not len(side):
        return []
    at = np.concatenate([[0.0], np.cumsum(np.linalg.norm(points[1:] - points[:-1], axis=1))])
    start, end, gap = beside(points[side], points[side + 1], starts[edge], ends[edge], tolerance_m)
    runs = end - start > 1e-9
    spans = sorted(zip(at[side[runs]] + start[runs], at[side[runs]] + end[runs], gap[runs], strict=True))
    merged = _merged(spans, float(at[-1]))
    return [(_piece(points, at, a, b), float(gap)) for a, b, gap in merged if b - a > SHARED_M]


def _close(points: Any, starts: Any, ends: Any, tolerance_m: float) -> tuple[Any, Any]:
    """Return the pairs of a side of the ring and an edge of the road whose envelopes come near: all that may run."""
    if len(points) * len(starts) > _MOST_PAIRS:
        tree = shapely.STRtree(cast(Any, shapely.linestrings(np.stack([starts, ends], axis=1))))
        sides = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
        side, edge = tree.query(sides, predicate="dwithin", distance=tolerance_m)
        return side, edge
    low, high = np.minimum(points[:-1], points[1:]) - tolerance_m, np.maximum(points[:-1], points[1:]) + tolerance_m
    left, right = np.minimum(starts, ends), np.maximum(starts, ends)
    near = (low[:, None] <= right) & (high[:, None] >= left)
    side, edge = np.nonzero(near[..., 0] & near[..., 1])
    return side, edge


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


def _piece(points: Any, at: Any, start: float, end: float) -> LineString:
    """Return a ring's piece from one distance along it to another, past its first point where `end` lies beyond."""
    if end > at[-1]:
        head, tail = _piece(points, at, start, at[-1]), _piece(points, at, 0.0, end - at[-1])
        return LineString([*head.coords, *tail.coords[1:]])
    inner = points[(at > start + _NOISE_M) & (at < end - _NOISE_M)]
    first, last = (np.array([np.interp(place, at, points[:, axis]) for axis in (0, 1)]) for place in (start, end))
    return LineString(np.concatenate([[first], inner, [last]]))


def widths_m(lines: tuple[LineString, ...], road: BaseGeometry) -> tuple[float, ...]:
    """Measure how wide the road is across from the contact, every metre or so, at right angles to the boundary."""
    near, out = [], []
    for line in lines:
        points = shapely.get_coordinates(line)
        for start, end in pairwise(points):
            length = float(np.hypot(*(end - start)))
            if length < TOLERANCE_M:
                continue
            way = np.array([end[1] - start[1], start[0] - end[0]]) / length  # right of the edge: away from the site
            number = min(max(round(length), 1), _MOST_RAYS)
            feet = start + ((np.arange(number) + 0.5) / number)[:, None] * (end - start)
            near.append(feet - way * TOLERANCE_M * 2)
            out.append(np.broadcast_to(way, feet.shape))
    if not near:
        return ()
    starts, ends, _ = edges(shapely.get_rings(shapely.get_parts(road)))
    feet, ways = np.concatenate(near), np.concatenate(out)
    at_once = max(_MOST_PAIRS // len(starts), 1)
    found = [
        width
        for n in range(0, len(feet), at_once)
        for width in _across(feet[n : n + at_once], ways[n : n + at_once], starts, ends).tolist()
    ]
    return tuple(found)


def _across(feet: Any, ways: Any, starts: Any, ends: Any) -> Any:
    """Return how far each ray runs through the polygon of these edges where it first does for more than a sliver.

    A ray crosses an edge whose ends lie on either side of it; between an odd crossing and the next it is inside.
    """

    def along_and_off(points: Any) -> tuple[Any, Any]:
        x, y = (points[:, axis] - feet[:, axis, None] for axis in (0, 1))
        return x * ways[:, :1] + y * ways[:, 1:], y * ways[:, :1] - x * ways[:, 1:]

    (t_start, off_start), (t_end, off_end) = along_and_off(starts), along_and_off(ends)
    crosses = (off_start > 0) != (off_end > 0)
    share = off_start / np.where(crosses, off_start - off_end, 1.0)
    places = np.sort(np.where(crosses, t_start + share * (t_end - t_start), _LONGEST_RAY_M), axis=1)
    places = places[:, : crosses.sum(axis=1).max()].clip(0.0, _LONGEST_RAY_M)
    wide = places[:, 1::2] - places[:, ::2]
    first = (wide > TOLERANCE_M).argmax(axis=1, keepdims=True)
    widths = np.take_along_axis(wide, first, axis=1)[:, 0]
    return widths[widths > TOLERANCE_M]


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
