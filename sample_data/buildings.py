"""Houses, factories, barns and greenhouses on the parcels that call for them."""

from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sample_data.axes import CORE, Pair
from sample_data.things import Building, Colour, Ring, Tube, rectangle
from sample_data.town import Town

BUILT_SHARE = 0.84
ROOFS: tuple[tuple[Colour, str], ...] = (
    ((94, 98, 106), "gable"), ((78, 96, 128), "gable"), ((150, 88, 62), "gable"), ((116, 74, 58), "gable"),
    ((70, 74, 80), "gable"), ((168, 104, 74), "gable"), ((96, 128, 118), "gable"), ((172, 170, 162), "flat"),
    ((104, 132, 100), "flat"), ((188, 184, 176), "flat"),
)  # fmt: skip
METAL: tuple[Colour, ...] = ((186, 204, 222), (224, 226, 226), (152, 178, 204), (206, 212, 210), (128, 160, 196))


@cache
def _framed(wkb: bytes, angle: float) -> NDArray[np.float64]:
    """Return left, bottom, right, top of a shape turned back by `angle` about 0, 0."""
    points = np.asarray(shapely.from_wkb(wkb).exterior.coords)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = points @ turn
    return np.concatenate([turned.min(0), turned.max(0)])


def place(shape: BaseGeometry, angle: float, spot: Pair) -> Pair:
    """Return x, y of a spot of `shape`: 0..1 along `angle`, 0..1 across it."""
    left, bottom, right, top = _framed(shape.wkb, angle)
    u, v = left + spot[0] * (right - left), bottom + spot[1] * (top - bottom)
    return float(np.cos(angle) * u - np.sin(angle) * v), float(np.sin(angle) * u + np.cos(angle) * v)


def size(shape: BaseGeometry, angle: float) -> Pair:
    """Return the length of `shape` along `angle` and across it."""
    left, bottom, right, top = _framed(shape.wkb, angle)
    return float(right - left), float(top - bottom)


def fit(shape: BaseGeometry, angle: float, spot: Pair, want: Pair, margin_m: float = 1.2) -> Ring | None:
    """Return a rectangle of about `want` metres at a spot of a parcel, shrunk until it fits; None when it cannot."""
    inside = shape.buffer(-margin_m)
    centre, middle = place(shape, angle, spot), shape.centroid
    for shrink in (1.0, 0.88, 0.76, 0.64, 0.52):
        for pull in (0.0, 0.35, 0.7, 1.0):
            at = (centre[0] + pull * (middle.x - centre[0]), centre[1] + pull * (middle.y - centre[1]))
            ring = rectangle(at, want[0] * shrink, want[1] * shrink, angle)
            if inside.contains(shapely.Polygon(ring)):
                return ring
    return None


def house(shape: BaseGeometry, angle: float, random: np.random.Generator, want: Pair | None = None) -> list[Building]:
    """Return a house, towards the north of its lot, and at times a wing or a shed."""
    colour, roof = ROOFS[int(random.choice(len(ROOFS), p=[0.2, 0.16, 0.16, 0.1, 0.12, 0.08, 0.04, 0.07, 0.04, 0.03]))]
    colour = tuple(int(np.clip(c + random.integers(-10, 11), 0, 255)) for c in colour)  # type: ignore[assignment]
    want = want or (float(random.uniform(9.5, 14)), float(random.uniform(7.5, 10)))
    spot = (float(random.uniform(0.42, 0.58)), float(random.uniform(0.58, 0.66)))
    ring = fit(shape, angle, spot, want)
    if ring is None:
        return []
    found = [Building(ring, float(random.uniform(3.6, 6.6)), roof, colour)]
    if random.random() < 0.35:
        shed = fit(shape, angle, (float(random.choice([0.16, 0.84])), 0.22), (5.0, 3.6), 0.8)
        if shed and not shapely.Polygon(shed).buffer(1).intersects(shapely.Polygon(ring)):
            found.append(Building(shed, 2.6, "metal", METAL[int(random.integers(len(METAL)))]))
    return found


def hall(shape: BaseGeometry, angle: float, random: np.random.Generator, spot: Pair, want: Pair) -> list[Building]:
    """Return a factory, a barn or a warehouse under a metal roof."""
    ring = fit(shape, angle, spot, want, 2.0)
    colour = METAL[int(random.integers(len(METAL)))]
    return [Building(ring, float(random.uniform(6, 9.5)), "metal", colour)] if ring else []


def standing(town: Town, vacant: frozenset[int]) -> dict[int, list[Building]]:
    """Return the buildings of the first survey by the row of their parcel; the rows of `vacant` stay empty."""
    built: dict[int, list[Building]] = {}
    frame = town.parcels
    for i in np.flatnonzero(frame["jimok"].isin(["대", "장", "목"]).to_numpy()).tolist():
        random = np.random.default_rng((41, i))
        use, shape, angle = frame["jimok"].iat[i], frame.geometry.iat[i], float(frame["angle"].iat[i])
        if i in vacant or shape.area < 120:
            continue
        along, across = size(shape, angle)
        if use == "대" and random.random() < BUILT_SHARE:
            built[i] = house(shape, angle, random)
        elif use == "장" and random.random() < 0.9:
            built[i] = hall(shape, angle, random, (0.3, 0.55), (along * 0.42, across * 0.62))
            if random.random() < 0.7:
                built[i] += hall(shape, angle, random, (0.78, 0.6), (along * 0.28, across * 0.5))
        elif use == "목":
            built[i] = hall(shape, angle, random, (0.5, 0.3), (min(along * 0.7, 48), 11.0))
            built[i] += hall(shape, angle, random, (0.5, 0.72), (min(along * 0.7, 48), 11.0))
    return built


def tubes(shape: BaseGeometry, angle: float) -> list[Ring]:
    """Return a row of greenhouses 7 m wide that fill a field."""
    inside = shape.buffer(-1.0)
    along, across = size(shape, angle)
    rings = []
    for k in range(int((across - 2) // 8.6)):
        v = (1 + 8.6 * k + 4.3) / across
        for share in (0.94, 0.8, 0.66, 0.5):
            ring = rectangle(place(shape, angle, (0.5, v)), along * share, 7.0, angle)
            if inside.contains(shapely.Polygon(ring)):
                rings.append(ring)
                break
    return rings


def greenhouse_fields(town: Town) -> list[int]:
    """Return the rows of fields that greenhouses may stand on: near the villages, 전 or 답, not too small."""
    frame = town.parcels
    belt = shapely.union_all(
        [CORE.box(-260, 420, 240, 408), CORE.box(-560, -60, -300, -10), CORE.box(600, 900, 0, 300)]
    )
    ok = frame["kind"].eq("field") & frame["jimok"].isin(["전", "답"]) & frame.area.between(900, 3200)
    rows = np.flatnonzero((ok & frame.within(belt)).to_numpy())
    return [int(i) for i in rows]


def greenhouses(town: Town, fields: list[int]) -> list[Tube]:
    """Return the greenhouses of the first survey's day on about a third of `fields`."""
    found = []
    for i in fields:
        if np.random.default_rng((43, i)).random() < 0.34:
            rings = tubes(town.parcels.geometry.iat[i], float(town.parcels["angle"].iat[i]))
            found += [Tube(ring) for ring in rings]
    return found
