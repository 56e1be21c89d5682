"""Building lines drawn on the ground: the line set back from a narrow road, and the triangle cut from a corner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, degrees, hypot

import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.registry.frontage import NOTHING, TOLERANCE_M

_STRAIGHT_M = 0.05  # a side that bends less than this is one side
_SHORTEST_SIDE_M = 1.0
_CHAMFER_M = 6.0  # a corner already cut by less than this is still the corner of its two sides
_RIGHT_ANGLE_DEG = 0.05  # a corner drawn this near to 90 or 120 degrees was planned so


@dataclass(frozen=True)
class Corner:
    """A corner of the site between two sides that meet roads."""

    at: Point
    """Where the two road boundaries cross, EPSG:5186."""
    angle_deg: float
    error_deg: float
    """From the error of the data over the length of the shorter side; 0 for a corner drawn at 90 or 120 degrees."""
    roads: tuple[str, str]
    """road_uid of either side; the same twice where one road bends."""
    sides: tuple[LineString, LineString]
    """Towards the corner, and from it; the site on their left."""


@dataclass(frozen=True)
class _Side:
    road: str
    line: LineString

    @property
    def heading(self) -> float:
        (x0, y0), (x1, y1) = self.line.coords
        return degrees(atan2(y1 - y0, x1 - x0))


def setback_line(lines: Sequence[LineString], site: BaseGeometry, setback_m: float) -> BaseGeometry | None:
    """Return the building line `setback_m` inside the site along its contact, or None where nothing falls back."""
    if setback_m <= 0:
        return None
    drawn = [shapely.offset_curve(line, setback_m, join_style="mitre") for line in lines]
    inside = shapely.union_all(drawn).intersection(site)
    return None if inside.is_empty else inside


def strip(lines: Sequence[LineString], site: BaseGeometry, setback_m: float) -> BaseGeometry:
    """Return the ground between the road and the building line."""
    if setback_m <= 0 or not lines:
        return NOTHING
    drawn = [shapely.buffer(line, setback_m, cap_style="flat", join_style="mitre", single_sided=True) for line in lines]
    return shapely.union_all(drawn).intersection(site)


def cut(corner: Corner, leg_m: float, site: BaseGeometry) -> BaseGeometry:
    """Return the triangle that `leg_m` along both road boundaries takes from the site; empty where none is left."""
    if leg_m <= 0:
        return NOTHING
    back, ahead = (_unit(side) for side in corner.sides)
    x, y = corner.at.x, corner.at.y
    on_first = (x - back[0] * leg_m, y - back[1] * leg_m)
    on_second = (x + ahead[0] * leg_m, y + ahead[1] * leg_m)
    return Polygon([(x, y), on_second, on_first]).intersection(site)


def corners(contacts: Sequence[tuple[str, Sequence[LineString]]], *, accuracy_m: float) -> tuple[Corner, ...]:
    """Find the corners under 120 degrees (and those that may be) where two sides of the site meet roads.

    `contacts` are a road's id and its pieces of contact, as `frontage.contact` gives them.
    """
    sides = [side for road, lines in contacts for line in lines for side in _straight(road, line)]
    found = []
    for first in sides:
        second = _next(first, sides)
        if second is None:
            continue
        corner = _corner(first, second, accuracy_m)
        if corner is not None:
            found.append(corner)
    return tuple(found)


def _straight(road: str, line: LineString) -> list[_Side]:
    points = list(line.simplify(_STRAIGHT_M).coords)
    return [_Side(road, LineString(pair)) for pair in pairwise(points)]


def _next(side: _Side, sides: Sequence[_Side]) -> _Side | None:
    """Return the side that follows around the site, past one short chamfer at most."""
    following = _following(side, sides)
    if following is not None and following.line.length <= _CHAMFER_M:
        past = _following(following, sides)
        turn = _turn(side, following)
        if past is not None and turn < 60 and 60 < turn + _turn(following, past) < 180:
            return past
    return following


def _following(side: _Side, sides: Sequence[_Side]) -> _Side | None:
    end = Point(side.line.coords[-1])
    near = [(end.distance(Point(other.line.coords[0])), other) for other in sides if other is not side]
    near = [pair for pair in near if pair[0] <= 2 * TOLERANCE_M]
    return min(near, key=lambda pair: pair[0])[1] if near else None


def _turn(first: _Side, second: _Side) -> float:
    """Degrees to the left from one heading to the next, -180 to 180."""
    return (second.heading - first.heading + 180) % 360 - 180


def _corner(first: _Side, second: _Side, accuracy_m: float) -> Corner | None:
    shorter = min(first.line.length, second.line.length)
    angle = 180 - _turn(first, second)
    if shorter < _SHORTEST_SIDE_M or angle >= 180:
        return None
    planned = min(abs(angle - 90), abs(angle - 120)) <= _RIGHT_ANGLE_DEG
    error = 0.0 if planned else degrees(atan2(accuracy_m, shorter))
    if angle - error >= 120 or angle <= 1:
        return None
    at = _crossing(first, second)
    if max(at.distance(Point(first.line.coords[-1])), at.distance(Point(second.line.coords[0]))) > _CHAMFER_M:
        return None
    return Corner(at, round(angle, 1) if planned else round(angle, 2), error, (first.road, second.road),
                  (first.line, second.line))  # fmt: skip


def _crossing(first: _Side, second: _Side) -> Point:
    (ax, ay), (bx, by) = first.line.coords
    (cx, cy), (dx, dy) = second.line.coords
    across = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    step = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / across
    return Point(ax + step * (bx - ax), ay + step * (by - ay))


def _unit(line: LineString) -> tuple[float, float]:
    (ax, ay), (bx, by) = line.coords
    length = hypot(bx - ax, by - ay)
    return (bx - ax) / length, (by - ay) / length
