"""Coordinate systems as OGC names them by URI, whose coordinates follow the axis order of the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from geo.crs import CITY, LONLAT, WEB, transformer
from geo.errors import Unreadable

KOREA = (124.0, 32.0, 132.0, 43.0)
"""Left, bottom, right, top in degrees: where EPSG:5186 can be computed."""
_MOST_BENT = 100_000
"""Vertices that a geometry may get when its edges are bent."""
_OGC = "http://www.opengis.net/def/crs/"


@dataclass(frozen=True)
class OgcCrs:
    """A coordinate system by its URI."""

    uri: str
    crs: CRS
    north_first: bool
    step: float
    """Edges are bent at least so often when they are moved, units of the CRS: 1 km of a line of latitude bends 2 cm."""

    def written(self, shapes: Any) -> Any:
        """Return geometries of EPSG:5186 in this CRS and its axis order, to the millimetre."""
        move, digits = transformer(CITY, self.crs), 8 if self.crs.is_geographic else 3

        def write(points: Any) -> Any:
            x, y = points.T if self.crs == CITY else move.transform(points[:, 0], points[:, 1])
            return np.round(np.column_stack((y, x) if self.north_first else (x, y)), digits)

        return shapely.transform(shapes, write)

    def ground(self, shape: BaseGeometry, parameter: str) -> BaseGeometry:
        """Return a geometry given in this CRS, x and y in its axis order, in EPSG:5186; what lies outside Korea is cut.

        Raises Unreadable for broken or endless coordinates, and for more than can be compared.
        """
        if not np.isfinite(shapely.get_coordinates(shape)).all():
            raise _unreadable(parameter, "coordinates that are no numbers", "좌표가 수가 아닙니다")
        shape = shapely.force_2d(shape)
        if self.north_first:
            shape = shapely.transform(shape, lambda points: points[:, ::-1])
        if not shapely.is_valid(shape):
            reason = shapely.is_valid_reason(shape)
            raise _unreadable(parameter, f"a broken geometry ({reason})", f"도형이 올바르지 않습니다({reason})")
        if self.crs == CITY:
            return shape
        window = shapely.box(*transformer(LONLAT, self.crs).transform_bounds(*KOREA))
        if not window.contains(shape):
            shape = shape.intersection(window)
        if not shape.is_empty and shape.length / self.step > _MOST_BENT:
            raise _unreadable(parameter, "a geometry too long to be compared", "도형이 너무 깁니다")
        bent = shapely.segmentize(shape, self.step)
        move = transformer(self.crs, CITY)
        moved: BaseGeometry = shapely.transform(
            bent, lambda points: np.column_stack(move.transform(points[:, 0], points[:, 1]))
        )
        return moved


def _known() -> tuple[OgcCrs, ...]:
    korea_unified = CRS.from_epsg(5179)
    return (
        OgcCrs(f"{_OGC}OGC/1.3/CRS84", LONLAT, False, 0.01),
        OgcCrs(f"{_OGC}EPSG/0/5186", CITY, True, 1000.0),
        OgcCrs(f"{_OGC}EPSG/0/5179", korea_unified, True, 1000.0),
        OgcCrs(f"{_OGC}EPSG/0/4326", LONLAT, True, 0.01),
        OgcCrs(f"{_OGC}EPSG/0/3857", WEB, False, 1000.0),
    )


KNOWN = {each.uri: each for each in _known()}
CRS84 = next(iter(KNOWN.values()))
STORED = KNOWN[f"{_OGC}EPSG/0/5186"]


def named(uri: str, parameter: str) -> OgcCrs:
    """Return the coordinate system of a URI. Raises Unreadable."""
    found = KNOWN.get(uri)
    if found is None:
        raise Unreadable(
            f"{parameter} {uri!r} is none of {', '.join(KNOWN)}",
            korean=f"{parameter} '{uri}': {', '.join(KNOWN)} 중 하나여야 합니다.",
            parameter=parameter,
        )
    return found


def _unreadable(parameter: str, text: str, korean: str) -> Unreadable:
    return Unreadable(f"{parameter}: {text}", korean=f"{parameter}: {korean}.", parameter=parameter)
