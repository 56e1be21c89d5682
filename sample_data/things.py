"""What stands on the ground, and between which surveys it stands there."""

from dataclasses import dataclass

import numpy as np
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from sample_data.axes import Pair

DATES = ("2024-05-14", "2025-09-28", "2026-04-22")
"""The days of the three surveys; `since` and `until` below count in them."""
Colour = tuple[int, int, int]
Ring = tuple[Pair, Pair, Pair, Pair]


@dataclass(frozen=True)
class Building:
    """A roof: four corners (the ridge runs along the first side), metres EPSG:5186; shown while since <= k < until."""

    ring: Ring
    height_m: float
    roof: str  # gable, flat or metal
    colour: Colour
    since: int = 0
    until: int = 3

    @property
    def shape(self) -> Polygon:
        """Return the outline."""
        return Polygon(self.ring)


@dataclass(frozen=True)
class Tube:
    """One vinyl greenhouse; without its film only the hoops and the beds show, from survey `bare_from` on."""

    ring: Ring
    since: int = 0
    until: int = 3
    bare_from: int = 3


@dataclass(frozen=True)
class Patch:
    """Ground that looks different from its parcel while since <= k < until."""

    shape: BaseGeometry
    cover: str
    since: int = 0
    until: int = 3


@dataclass(frozen=True)
class Tree:
    """A single tree."""

    x: float
    y: float
    radius_m: float
    evergreen: bool


@dataclass(frozen=True)
class Vehicle:
    """A car or a lorry as it stood on one survey's day."""

    ring: Ring
    colour: Colour
    survey: int


def rectangle(centre: Pair, length_m: float, width_m: float, angle: float) -> Ring:
    """Return the corners of a rectangle whose first side runs at `angle` (radians) and is `length_m` long."""
    along = np.array([np.cos(angle), np.sin(angle)]) * length_m / 2
    across = np.array([-np.sin(angle), np.cos(angle)]) * width_m / 2
    corners = [np.add(centre, v) for v in (-along - across, along - across, along + across, across - along)]
    return tuple((round(float(x), 3), round(float(y), 3)) for x, y in corners)  # type: ignore[return-value]
