"""Cutting open ground into fields, paddies and forest lots."""

import itertools
from collections.abc import Iterator

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from sample_data.axes import CORE, GRID_M

Piece = tuple[BaseGeometry, str]


def cut(area: BaseGeometry, target_m2: float, *, seed: int) -> Iterator[Piece]:
    """Yield parts of `area` of about `target_m2`, each with the name of the group of neighbours it belongs to."""
    random = np.random.default_rng(seed)
    for n, part in enumerate(shapely.get_parts(area)):
        size = target_m2 * 7  # a group holds about seven
        for m, group in enumerate(_split(part, size, random)):
            for shape in _split(group, target_m2, random):
                yield shape, f"{n:03}-{m:03}"


def _split(shape: BaseGeometry, target_m2: float, random: np.random.Generator) -> Iterator[BaseGeometry]:
    """Halve `shape` across its long side until every part is near `target_m2`."""
    if shape.geom_type != "Polygon":
        for part in shapely.get_parts(shape):
            if part.geom_type == "Polygon" and part.area > 0.01:
                yield from _split(part, target_m2, random)
        return
    if shape.area < target_m2 * random.uniform(1.0, 1.7):
        yield shape
        return
    box = np.asarray(shapely.minimum_rotated_rectangle(shape).exterior.coords)[:4]
    sides = np.diff(np.vstack([box, box[:1]]), axis=0)[:2]
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    along = sides[int(lengths[1] > lengths[0])]
    angle = float(np.degrees(np.arctan2(along[1], along[0]))) + random.uniform(-6, 6)
    share = random.uniform(-0.1, 0.1) * lengths.max()
    centre = shape.centroid
    half = affinity.rotate(
        shapely.box(centre.x + share, centre.y - 4000, centre.x + 4000, centre.y + 4000), angle, origin=centre
    )
    for side in (
        shapely.intersection(shape, half, grid_size=GRID_M),
        shapely.difference(shape, half, grid_size=GRID_M),
    ):
        yield from _split(side, target_m2, random)


def paddies(area: BaseGeometry) -> Iterator[tuple[BaseGeometry, str, str, str]]:
    """Yield shape, kind, 지목 and group of the polder's paddies, ditches and farm tracks, on a grid of 100 x 140 m."""
    shapely.prepare(area)
    for i, p in enumerate(range(-1400, 1800, 100)):
        for j, q in enumerate(range(444, 2000, 140)):
            if not area.intersects(CORE.box(p, p + 100, q, q + 140)):
                continue
            parts = [
                (CORE.box(p, p + 4, q, q + 140), "track", "도"),
                (CORE.box(p + 4, p + 100, q, q + 3), "ditch", "구"),
            ]
            rows = np.linspace(q + 3, q + 140, 6)
            for a, b in itertools.pairwise(rows):
                middle = p + 52 + (i * 7 + j * 5) % 9 - 4
                parts += [
                    (CORE.box(p + 4, middle, a, b), "paddy", "답"),
                    (CORE.box(middle, p + 100, a, b), "paddy", "답"),
                ]
            for box, kind, use in parts:
                inside = box if area.contains_properly(box) else shapely.intersection(area, box, grid_size=GRID_M)
                for shape in shapely.get_parts(inside):
                    if shape.geom_type == "Polygon" and shape.area > 0.01:
                        yield shape, kind, use, f"polder {i:02}-{j:02}"
