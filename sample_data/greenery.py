"""Single trees, kitchen gardens and parked vehicles: what makes a village look lived in."""

from functools import cache

import numpy as np
import shapely
from shapely.geometry import LineString

from sample_data import buildings, ground
from sample_data.axes import SQUARE
from sample_data.changes import scene
from sample_data.things import Patch, Tree, Vehicle, rectangle
from sample_data.town import town

CARS = ((232, 232, 232), (40, 42, 46), (128, 130, 134), (190, 192, 196), (150, 40, 36), (46, 70, 120), (214, 214, 208))
LORRIES = ((60, 96, 170), (222, 222, 220), (70, 120, 90))


def _along(line: LineString, step_m: float, wander_m: float, random: np.random.Generator) -> np.ndarray:
    """Return points beside a line, one about every `step_m`."""
    at = np.arange(0, line.length, step_m) + random.uniform(0, step_m * 0.8, len(np.arange(0, line.length, step_m)))
    points = shapely.get_coordinates(shapely.line_interpolate_point(line, at))
    return points + random.normal(0, wander_m, points.shape)


def _fringe() -> list[Tree]:
    """Return trees along the edges of the woods and the banks of the stream, which are never straight."""
    random = np.random.default_rng(91)
    trees = []
    for hill in ground.hills().values():
        for edge in shapely.get_parts(hill.boundary.intersection(SQUARE.buffer(-4))):
            for x, y in _along(LineString(edge.coords), 3.4, 2.6, random):
                trees.append(Tree(float(x), float(y), float(random.uniform(1.8, 4.0)), bool(random.random() < 0.3)))
    for side in (-7.5, 7.5):
        bank = ground.STREAM_LINE.parallel_offset(abs(side), "left" if side < 0 else "right")
        for x, y in _along(bank, 17, 1.6, random):
            trees.append(Tree(float(x), float(y), float(random.uniform(1.2, 2.8)), False))
    return trees


@cache
def trees() -> list[Tree]:
    """Return every tree that stands alone or in a row."""
    frame = town().parcels
    built = shapely.union_all([b.shape for b in scene().buildings])
    shapely.prepare(built)
    changed = shapely.union_all([p.shape for p in scene().patches if p.cover != "yard"])
    shapely.prepare(changed)
    found = _fringe()
    for i in range(len(frame)):
        use, kind, shape = frame["jimok"].iat[i], frame["kind"].iat[i], frame.geometry.iat[i]
        random = np.random.default_rng((92, i))
        inside = shape.buffer(-2.2)
        if inside.is_empty:
            continue
        if use == "과":
            left, bottom, right, top = shape.bounds
            angle, reach = float(frame["angle"].iat[i]), max(right - left, top - bottom)
            u, v = np.meshgrid(np.arange(-reach, reach, 4.5), np.arange(-reach, reach, 5.5))
            x = (left + right) / 2 + np.cos(angle) * u - np.sin(angle) * v
            y = (bottom + top) / 2 + np.sin(angle) * u + np.cos(angle) * v
            points, size, evergreen = np.column_stack([x.ravel(), y.ravel()]), (1.3, 1.9), 0.0
        elif use in ("대", "장", "목", "묘") or (kind == "field" and random.random() < 0.3):
            rim = LineString(inside.exterior.coords) if inside.geom_type == "Polygon" else None
            count = int(random.integers(1, 5))
            if rim is None:
                continue
            at = random.uniform(0, rim.length, count)
            points, size, evergreen = shapely.get_coordinates(shapely.line_interpolate_point(rim, at)), (1.1, 2.9), 0.45
        else:
            continue
        for x, y in points[shapely.contains_xy(inside.buffer(0.1), points)]:
            tree = Tree(float(x), float(y), float(random.uniform(*size)), bool(random.random() < evergreen))
            crown = shapely.Point(x, y).buffer(tree.radius_m)
            if not built.intersects(crown) and not changed.intersects(crown):
                found.append(tree)
    return found


@cache
def gardens() -> list[Patch]:
    """Return the kitchen gardens in front of some houses."""
    frame, found = town().parcels, []
    built = shapely.STRtree([b.shape for b in scene().buildings])
    shapes = [b.shape for b in scene().buildings]
    for i in np.flatnonzero(frame["jimok"].eq("대").to_numpy()).tolist():
        random, shape = np.random.default_rng((93, i)), frame.geometry.iat[i]
        angle = float(frame["angle"].iat[i])
        along, _ = buildings.size(shape, angle)
        if random.random() < 0.5 and shape.area < 900:
            ring = buildings.fit(shape, angle, (0.5, 0.2), (along * float(random.uniform(0.4, 0.75)), 5.5), 1.0)
            if ring and all(
                not shapes[j].buffer(0.8).intersects(shapely.Polygon(ring)) for j in built.query(shapely.Polygon(ring))
            ):
                found.append(Patch(shapely.Polygon(ring), "garden"))
    return found


@cache
def vehicles() -> list[Vehicle]:
    """Return the cars in yards and on streets and the lorries at factories, other ones in each survey."""
    drawn, found = town(), []
    frame = drawn.parcels
    built = shapely.union_all([b.shape.buffer(0.5) for b in scene().buildings])
    shapely.prepare(built)
    for i in np.flatnonzero(frame["jimok"].isin(["대", "장", "차"]).to_numpy()).tolist():
        shape, angle, use = frame.geometry.iat[i], float(frame["angle"].iat[i]), frame["jimok"].iat[i]
        for survey in range(3):
            random = np.random.default_rng((94, i, survey))
            for _ in range(
                int(random.integers(1, 6)) if use == "장" else 3 if use == "차" else int(random.random() < 0.4)
            ):
                lorry = use == "장" and random.random() < 0.6
                size = (9.0, 2.5) if lorry else (4.4, 1.8)
                spot = (float(random.uniform(0.1, 0.9)), float(random.uniform(0.08, 0.35)))
                turn = angle + (np.pi / 2 if random.random() < 0.5 else 0.0)
                ring = rectangle(buildings.place(shape, angle, spot), *size, turn)
                if shape.buffer(-0.4).contains(shapely.Polygon(ring)) and not built.intersects(shapely.Polygon(ring)):
                    colours = LORRIES if lorry else CARS
                    found.append(Vehicle(ring, colours[int(random.integers(len(colours)))], survey))
    for road in drawn.roads.values():
        if road.width_m < 6 or not road.built:
            continue
        line = LineString(road.line)
        for survey in range(3):
            random = np.random.default_rng((95, len(road.id), ord(road.id[-1]), survey))
            lane = 4.6 if road.id == "R37" else road.width_m / 4
            for at in np.sort(random.uniform(10, line.length - 10, int(line.length / (60 if lane > 4 else 160)))):
                a, b = (np.asarray(line.interpolate(at + d).coords[0]) for d in (-1, 1))
                way = (b - a) / np.hypot(*(b - a))
                side = np.array([way[1], -way[0]]) * lane * (1 if random.random() < 0.5 else -1)
                ring = rectangle(tuple((a + b) / 2 + side), 4.5, 1.9, float(np.arctan2(way[1], way[0])))
                found.append(Vehicle(ring, CARS[int(random.integers(len(CARS)))], survey))
    return found
