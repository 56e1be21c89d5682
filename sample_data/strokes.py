"""What is drawn over the ground: bunds, road markings, shadows, roofs, greenhouses, trees and vehicles."""

import itertools
from functools import cache

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPoint

from sample_data import greenery
from sample_data.changes import scene
from sample_data.palette import LIGHTS, Light
from sample_data.surface import Image, Window, fill, stroke
from sample_data.things import Building, Colour, Tree, Tube, Vehicle
from sample_data.town import town

Vector = NDArray[np.float64]


def _sun(light: Light) -> Vector:
    """Return the unit vector towards the sun: east, north, up."""
    a, e = np.radians(light.azimuth), np.radians(light.elevation)
    return np.array([np.sin(a) * np.cos(e), np.cos(a) * np.cos(e), np.sin(e)])


def _throw(light: Light, height_m: float) -> Vector:
    """Return how far east and north the shadow of a point at `height_m` falls."""
    sun = _sun(light)
    return -sun[:2] / sun[2] * height_m


def _tone(colour: Colour, factor: float) -> tuple[int, int, int]:
    r, g, b = (min(max(int(c * factor), 0), 255) for c in colour)
    return r, g, b


@cache
def _trees_at() -> shapely.STRtree:
    return shapely.STRtree([shapely.Point(tree.x, tree.y) for tree in greenery.trees()])


@cache
def _at(kind: str) -> shapely.STRtree:
    things = {"buildings": scene().buildings, "tubes": scene().tubes, "vehicles": greenery.vehicles()}[kind]
    return shapely.STRtree([shapely.Polygon(thing.ring) for thing in things])


def _near(kind: str, window: Window, survey: int) -> list[Building] | list[Tube] | list[Vehicle]:
    """Return the things of a kind that stand near a window on the day of a survey, in a fixed order."""
    things = {"buildings": scene().buildings, "tubes": scene().tubes, "vehicles": greenery.vehicles()}[kind]
    near = (things[j] for j in np.sort(_at(kind).query(window.box)))
    if kind == "vehicles":
        return [thing for thing in near if thing.survey == survey]
    return [thing for thing in near if thing.since <= survey < thing.until]


def edges(image: Image, window: Window, survey: int) -> None:
    """Draw the bunds of fields and the walls of lots."""
    parcels = town().parcels
    bund = ((148, 150, 100), (138, 148, 88), (166, 156, 120))[survey]
    for i in np.sort(parcels.sindex.query(window.box, predicate="intersects")):
        use, kind = parcels["jimok"].iat[i], parcels["kind"].iat[i]
        xy = np.asarray(parcels.geometry.iat[i].exterior.coords)
        if kind == "paddy":
            stroke(image, window, xy, bund, 2, closed=True)
        elif use in ("전", "답", "과"):
            stroke(image, window, xy, _tone(bund, 0.93), 1, closed=True)
        elif use in ("대", "장") and kind == "lot" and i % 3:
            stroke(image, window, xy, (186, 182, 172), 1, closed=True)


def markings(image: Image, window: Window) -> None:
    """Draw the lines on the larger roads."""
    for road in town().roads.values():
        line = LineString(road.line)
        if road.width_m >= 6 and line.distance(window.box) < 20:
            _markings(image, window, line, road.width_m if road.id != "R37" else 19.0)


def _markings(image: Image, window: Window, line: LineString, width_m: float) -> None:
    """Draw edge lines, and a yellow line in the middle: double and with dashed lanes on four lanes."""
    white, yellow = (206, 206, 200), (196, 168, 84)
    for side in (1, -1):
        edge = line.offset_curve(side * (width_m / 2 - 0.5))
        stroke(image, window, np.asarray(edge.coords), white)
        if width_m > 12:
            lane = line.offset_curve(side * width_m / 4)
            for start in np.arange(0, lane.length, 12.0):
                dash = shapely.get_coordinates(shapely.line_interpolate_point(lane, np.linspace(start, start + 4, 3)))
                if window.box.distance(shapely.Point(dash[0])) < 10:
                    stroke(image, window, dash, white)
    if width_m >= 8:
        stroke(image, window, np.asarray(line.coords), yellow, 2 if width_m > 12 else 1)


def shadows(image: Image, window: Window, survey: int) -> None:
    """Darken the ground where buildings, greenhouses and trees keep the sun off, in place."""
    light = LIGHTS[survey]
    mask = np.zeros(image.shape[:2], np.uint8)
    for thing in _near("buildings", window, survey):
        _cast(mask, window, thing.ring, _throw(light, thing.height_m))
    for thing in _near("tubes", window, survey):
        _cast(mask, window, thing.ring, _throw(light, 1.6 if thing.bare_from > survey else 0.3))
    for thing in _near("vehicles", window, survey):
        _cast(mask, window, thing.ring, _throw(light, 1.4))
    for tree in _trees(window):
        at = np.array([tree.x, tree.y]) + _throw(light, tree.radius_m * 1.6)
        _disc(mask, window, at, tree.radius_m, 255)
    mask = cv2.GaussianBlur(mask, (0, 0), 0.8)
    dark = 1 - mask.astype(np.float32)[..., None] / 255 * np.array([0.60, 0.56, 0.48], np.float32)
    np.multiply(image, dark, out=image, casting="unsafe")


def _cast(mask: Image, window: Window, ring: tuple[tuple[float, float], ...], throw: Vector) -> None:
    corners = np.asarray(ring)
    fill(mask, window, MultiPoint(np.vstack([corners, corners + throw])).convex_hull, 255, smooth=True)


def _trees(window: Window) -> list[Tree]:
    return [greenery.trees()[j] for j in np.sort(_trees_at().query(window.box))]


def _disc(image: Image, window: Window, at: Vector, radius_m: float, colour: object) -> None:
    centre = window.pixels(at[None, :])[0]
    cv2.circle(image, (int(centre[0]), int(centre[1])), max(int(radius_m * 2 * 16), 8), colour, -1, cv2.LINE_AA, 4)


def objects(image: Image, window: Window, survey: int) -> None:
    """Draw vehicles, greenhouses, roofs and trees, in that order."""
    light = LIGHTS[survey]
    for vehicle in _near("vehicles", window, survey):
        _vehicle(image, window, vehicle)
    for tube in _near("tubes", window, survey):
        _tube(image, window, tube, light, bare=tube.bare_from <= survey)
    for building in _near("buildings", window, survey):
        _roof(image, window, building, light)
    _crowns(image, window, survey)


def _vehicle(image: Image, window: Window, vehicle: Vehicle) -> None:
    corners = np.asarray(vehicle.ring)
    fill(image, window, shapely.Polygon(corners), vehicle.colour, smooth=True)
    a, b = 0.62 * corners[[0, 3]] + 0.38 * corners[[1, 2]], 0.78 * corners[[0, 3]] + 0.22 * corners[[1, 2]]
    fill(image, window, shapely.Polygon([a[0], a[1], b[1], b[0]]), _tone(vehicle.colour, 0.45), smooth=True)


def _slices(ring: tuple[tuple[float, float], ...], count: int) -> list[Vector]:
    """Return a rectangle cut into `count` strips along its first side."""
    a, b, c, d = (np.asarray(corner) for corner in ring)
    edges = np.linspace(0, 1, count + 1)
    return [
        np.array([a + s * (d - a), b + s * (c - b), b + t * (c - b), a + t * (d - a)])
        for s, t in itertools.pairwise(edges)
    ]


def _tube(image: Image, window: Window, tube: Tube, light: Light, *, bare: bool) -> None:
    """Draw a greenhouse as strips that catch the light by their tilt; without film, its beds and hoops."""
    a, b, _, d = (np.asarray(corner) for corner in tube.ring)
    across = (d - a) / np.hypot(*(d - a))
    sun = _sun(light)
    strips = _slices(tube.ring, 9)
    for n, strip in enumerate(strips):
        tilt = np.radians(-70 + 140 * (n + 0.5) / len(strips))
        lit = float(np.clip(np.sin(tilt) * (across @ sun[:2]) + np.cos(tilt) * sun[2], 0, 1))
        tone = 0.66 + 0.34 * lit**1.5
        colour = _tone((140, 118, 92), 0.9 + 0.2 * (n % 2)) if bare else _tone((226, 230, 232), tone)
        fill(image, window, shapely.Polygon(strip), colour, smooth=True)
    hoops = max(int(np.hypot(*(b - a)) / 3.0), 2)
    for s in np.linspace(0.02, 0.98, hoops):
        colour = (196, 196, 192) if bare else _tone((226, 230, 232), 0.80)
        stroke(image, window, np.array([a + s * (b - a), d + s * (b - a)]), colour)


def _roof(image: Image, window: Window, building: Building, light: Light) -> None:
    """Draw a roof: two tones on either side of the ridge, or a flat slab with a parapet."""
    sun = _sun(light)
    a, b, c, d = (np.asarray(corner) for corner in building.ring)
    across = (d - a) / np.hypot(*(d - a))
    slope = np.radians({"gable": 28, "metal": 10, "flat": 0}[building.roof])
    halves = _slices(building.ring, 2)
    for half, side in zip(halves, (-1, 1), strict=True):
        lit = side * np.sin(slope) * float(across @ sun[:2]) + np.cos(slope) * sun[2]
        fill(
            image, window, shapely.Polygon(half), _tone(building.colour, 0.42 + 0.72 * max(float(lit), 0)), smooth=True
        )
    edge = _tone(building.colour, 0.62)
    if building.roof == "flat":
        stroke(image, window, np.asarray(building.ring), _tone(building.colour, 1.18), closed=True)
        centre = a * 0.3 + b * 0.3 + c * 0.2 + d * 0.2
        _disc(image, window, centre, 0.9, (70, 110, 170))
        return
    ridge = np.array([(a + d) / 2, (b + c) / 2])
    if building.roof == "metal":
        for s in np.arange(6.0, np.hypot(*(b - a)) - 3, 6.0) / np.hypot(*(b - a)):
            stroke(image, window, np.array([a + s * (b - a), d + s * (c - d)]), _tone(building.colour, 0.9))
    stroke(image, window, ridge, _tone(building.colour, 1.15))
    stroke(image, window, np.asarray(building.ring), edge, closed=True)


def _crowns(image: Image, window: Window, survey: int) -> None:
    """Draw single trees as a dark crown with lighter discs towards the sun."""
    light = LIGHTS[survey]
    leaf = ((86, 112, 56), (80, 104, 52), (124, 128, 82))[survey]
    needle = ((56, 80, 48), (54, 76, 46), (62, 84, 52))[survey]
    towards = _sun(light)[:2]
    for tree in _trees(window):
        colour = needle if tree.evergreen else leaf
        own = 0.9 + 0.2 * ((tree.x * 7.3 + tree.y * 3.1) % 1.0)
        at = np.array([tree.x, tree.y])
        _disc(image, window, at, tree.radius_m, _tone(colour, 0.62 * own))
        _disc(image, window, at + towards * tree.radius_m * 0.3, tree.radius_m * 0.7, _tone(colour, 0.95 * own))
        if tree.radius_m > 1.6:
            spin = (tree.x * 1.7 + tree.y * 2.3) % (2 * np.pi)
            off = np.array([np.cos(spin), np.sin(spin)]) * tree.radius_m * 0.35
            _disc(
                image,
                window,
                at + towards * tree.radius_m * 0.35 + off,
                tree.radius_m * 0.33,
                _tone(colour, 1.22 * own),
            )
