"""Axes: a straight-angled drawing frame turned by a Pythagorean angle, so that whole metres stay whole millimetres."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point, Polygon

CORNER = (182_784.0, 586_240.0)
"""Lower-left corner of the town, EPSG:5186, multiples of 512 m: 율곡리 with the Imjin in the north-west."""
SIDE_M = 2560.0
SQUARE = shapely.box(CORNER[0], CORNER[1], CORNER[0] + SIDE_M, CORNER[1] + SIDE_M)
GRID_M = 0.001
"""Every vertex of the plan lies on a multiple of this."""

Pair = tuple[float, float]


@dataclass(frozen=True)
class Axes:
    """p runs along (`cos`, `sin`), q a quarter turn to the left; both in metres from `origin` (EPSG:5186)."""

    origin: Pair
    cos: float = 1.0
    sin: float = 0.0

    def at(self, p: float, q: float) -> Pair:
        """Return p, q in EPSG:5186."""
        x = self.origin[0] + self.cos * p - self.sin * q
        y = self.origin[1] + self.sin * p + self.cos * q
        return round(x, 3), round(y, 3)

    def back(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points x, y (n x 2) as p, q."""
        dx, dy = xy[:, 0] - self.origin[0], xy[:, 1] - self.origin[1]
        return np.column_stack([self.cos * dx + self.sin * dy, self.cos * dy - self.sin * dx])

    def point(self, p: float, q: float) -> Point:
        """Return a point."""
        return Point(self.at(p, q))

    def line(self, *pairs: Pair) -> LineString:
        """Return a line through pairs p, q."""
        return LineString([self.at(*pair) for pair in pairs])

    def polygon(self, *pairs: Pair) -> Polygon:
        """Return a polygon through pairs p, q."""
        return Polygon([self.at(*pair) for pair in pairs])

    def box(self, p0: float, p1: float, q0: float, q1: float) -> Polygon:
        """Return the rectangle p0..p1, q0..q1."""
        return self.polygon((p0, q0), (p1, q0), (p1, q1), (p0, q1))


TOWN = Axes(CORNER)
"""Metres from the lower-left corner, not turned."""


def rounded(line: LineString, reach_m: float) -> LineString:
    """Return `line` with every bend replaced by a curve that leaves and meets it `reach_m` from the corner."""
    points = np.asarray(line.coords)
    out = [points[0]]
    for before, corner, after in zip(points[:-2], points[1:-1], points[2:], strict=True):
        ends = []
        for other in (before, after):
            away = other - corner
            ends.append(corner + away * min(reach_m / np.hypot(*away), 0.45))
        for t in np.linspace(0, 1, 9):
            out.append((1 - t) ** 2 * ends[0] + 2 * t * (1 - t) * corner + t**2 * ends[1])
    return LineString(np.round([*out, points[-1]], 3))


CORE = Axes((CORNER[0] + 900, CORNER[1] + 760), 0.96, 0.28)
"""율곡 village, its polder, the factory estate and the hamlet outside coverage."""
ICHEON = Axes((CORNER[0] + 2165, CORNER[1] + 520), 0.8, 0.6)
"""The village of 이천리, 문산읍."""
NORTH = Axes((CORNER[0] + 1740, CORNER[1] + 1800), 0.96, -0.28)
"""The northern village, 비도시 면."""
NEW = Axes((CORNER[0] + 1560, CORNER[1] + 1080), 0.8, 0.6)
"""The new housing of the 지구단위계획구역."""
