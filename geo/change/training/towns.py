"""Drawn ground in the colours of sample_data, never its town: other streets, lots, seasons, light, and every label."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.change.training.light import Mask
from geo.change.training.painting import SIDE_PX, Patch, Ring, Sky, Thing, fill, paint
from sample_data.buildings import METAL, ROOFS

# what a lot may carry at a date, drawn anew for each: seasons and crops change, paving and yards seldom do
GROUNDS = {
    "field": ("mulch", "bare field", "young", "crop", "fallow", "ploughed", "stubble"),
    "paddy": ("flooded", "puddled", "stubble", "gold", "greengold", "ploughed"),
    "house": ("yard", "soil yard", "garden", "concrete"),
    "works": ("plant", "gravel", "concrete", "asphalt", "soil yard"),
    "wood": ("forest",),
    "open": ("vacant", "grass", "orchard", "grave", "gravel", "sand", "reeds"),
}
QUARTERS = {"village": ("house", "house", "house", "field", "open"), "farm": ("field", "paddy", "field", "house"),
            "polder": ("paddy",), "works": ("works", "works", "open", "field"),
            "hills": ("wood", "wood", "open", "field")}  # fmt: skip
NEW_GROUND = ("cleared", "dug", "rubble", "pond", "new asphalt", "track", "concrete", "gravel", "basin dug", "yard")


TRAIN, HELD = 96, 12
"""How many scenes are drawn to train on, and with other seeds to measure by."""


def series(*, held: bool) -> Iterator[NDArray[np.uint8]]:
    """Yield the scenes of a split, always the same ones."""
    for number in range(HELD if held else TRAIN):
        yield draw(np.random.default_rng([21, int(held), number]))


def draw(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return planes (height, width, 10): both dates, change, buildings before and after, and 1 for ground."""
    lots, uses, index = _lots(rng)
    things: list[Thing] = []
    patches: list[Patch] = []
    for ring, use in zip(lots, uses, strict=True):
        if use in ("house", "works"):
            _build(rng, ring, use, things, patches)
        elif use == "field" and rng.random() < 0.25:
            _greenhouses(rng, ring, things)
    for _ in range(int(rng.integers(2, 8))):
        patches.append(Patch(_shape(rng, lots), str(rng.choice(NEW_GROUND)), int(rng.integers(2))))
    _park(rng, things)
    built = [np.zeros((SIDE_PX, SIDE_PX), np.uint8) for _ in range(2)]
    for thing in things:
        if thing.kind in ("gable", "flat", "metal"):
            for date in range(2):
                if thing.dates[date]:
                    fill(built[date], thing.ring, 1)
    covers = [str(rng.choice(GROUNDS[use])) for use in uses]
    skies = [Sky.of(rng) for _ in range(2)]
    images = [paint(rng, sky, index, _covers(rng, uses, covers), [p for p in patches if p.date == date],
                    [t for t in things if t.dates[date]]) for date, sky in enumerate(skies)]  # fmt: skip
    labels = [built[0] ^ built[1], *built, np.ones_like(built[0])]
    return np.concatenate([*images, *(label[:, :, None] for label in labels)], 2)


def _covers(rng: np.random.Generator, uses: list[str], first: list[str]) -> list[str]:
    """Return what covers the lots at a date: fields and paddies change by the season, the rest seldom."""
    chance = {"field": 0.9, "paddy": 0.9, "open": 0.3}
    return [str(rng.choice(GROUNDS[use])) if rng.random() < chance.get(use, 0.07) else cover
            for use, cover in zip(uses, first, strict=True)]  # fmt: skip


def _lots(rng: np.random.Generator) -> tuple[list[Ring], list[str], NDArray[np.int32]]:
    """Return lots between streets, what each is used for, and which one lies under every pixel (0: street)."""
    angle, half = rng.uniform(0, np.pi), SIDE_PX * 0.75
    quarters = [str(q) for q in rng.choice(list(QUARTERS), 4, p=(0.35, 0.25, 0.1, 0.15, 0.15))]
    boxes = [(-half, -half, half, half)]
    done = []
    while boxes:
        left, top, right, bottom = boxes.pop()
        wide, high = right - left, bottom - top
        quarter = quarters[int(left + wide / 2 > 0) + 2 * int(top + high / 2 > 0)]
        most = {"village": 60, "farm": 130, "polder": 120, "works": 170, "hills": 200}[quarter] * rng.uniform(0.7, 1.4)
        if max(wide, high) < most:
            done.append(((left, top, right, bottom), str(rng.choice(QUARTERS[quarter]))))
            continue
        gap = rng.uniform(6, 24) / 2 if max(wide, high) > 2.2 * most and rng.random() < 0.7 else 0.5
        at = rng.uniform(0.35, 0.65)
        if wide > high:
            x = left + wide * at
            boxes += [(left, top, x - gap, bottom), (x + gap, top, right, bottom)]
        else:
            y = top + high * at
            boxes += [(left, top, right, y - gap), (left, y + gap, right, bottom)]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    index = np.zeros((SIDE_PX, SIDE_PX), np.int32)
    rings, uses = [], []
    for (left, top, right, bottom), use in done:
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
        ring = corners @ turn.T + SIDE_PX / 2
        if (ring.max(0) > 0).all() and (ring.min(0) < SIDE_PX).all():
            rings.append(ring)
            uses.append(use)
            fill(index, ring, len(rings))
    return rings, uses, index


def _inside(ring: Ring, centre: tuple[float, float], length: float, width: float) -> Ring:
    """Return a rectangle of `length` x `width` px in the frame of `ring`, its middle at shares of it."""
    a, b, d = ring[0], ring[1], ring[3]
    x, y = (b - a) / np.hypot(*(b - a)), (d - a) / np.hypot(*(d - a))
    middle = a + centre[0] * (b - a) + centre[1] * (d - a)
    u, v = x * length / 2, y * width / 2
    return np.array([middle - u - v, middle + u - v, middle + u + v, middle - u + v])


def _build(rng: np.random.Generator, lot: Ring, use: str, things: list[Thing], patches: list[Patch]) -> None:
    """Put a house or a hall on a lot: it stands, comes, goes or grows a wing."""
    sides = np.hypot(*(lot[1] - lot[0])), np.hypot(*(lot[3] - lot[0]))
    if rng.random() < 0.2 or min(sides) < 14:
        return
    most = np.array(sides) * 0.8
    want = rng.uniform((16, 13), (34, 24)) if use == "house" else rng.uniform((30, 22), (130, 80))
    length, width = np.minimum(want, most)
    at = float(rng.uniform(0.42, 0.58)), float(rng.uniform(0.42, 0.58))
    ring = _inside(lot, at, length, width)
    if rng.random() < 0.5:
        ring = np.roll(ring, 1, axis=0)
    colours = [c for c, _ in ROOFS] if use == "house" else list(METAL)
    colour = np.array(colours[int(rng.integers(len(colours)))], np.float64) + rng.uniform(-25, 25, 3)
    kind = str(rng.choice(("gable", "flat", "metal"), p=(0.6, 0.3, 0.1) if use == "house" else (0.05, 0.15, 0.8)))
    height = float(rng.uniform(3, 7) if use == "house" else rng.uniform(5, 11))
    fate = rng.random()
    dates = (False, True) if fate < 0.12 else (True, False) if fate < 0.2 else (True, True)
    things.append(Thing(ring, kind, colour, height, dates))
    if dates != (True, True) and rng.random() < 0.6:
        cover = str(rng.choice(("rubble", "vacant", "soil yard", "cleared", "yard")))
        patches.append(Patch(_filled(_inside(lot, at, sides[0] * 0.97, sides[1] * 0.97)), cover, int(dates[1])))
    if dates == (True, True) and rng.random() < 0.3:
        _wing(rng, things, ring, things[-1])
    if rng.random() < 0.3:
        shed = _inside(lot, (float(rng.choice((0.12, 0.88))), float(rng.uniform(0.1, 0.9))), 10, 7)
        come = rng.random()
        shown = (True, True) if come < 0.7 else (False, True) if come < 0.9 else (True, False)
        things.append(Thing(shed, "metal", np.array(METAL[0], np.float64), 2.5, shown))


def _wing(rng: np.random.Generator, things: list[Thing], ring: Ring, main: Thing) -> None:
    """Add a wing against one side of a roof, mostly in its colour, standing at one date or at both."""
    i = int(rng.integers(4))
    a, b = ring[i], ring[(i + 1) % 4]
    out = (a + b) / 2 - ring.mean(0)
    out /= np.hypot(*out)
    start, stop = sorted(rng.uniform(0, 1, 2)) if rng.random() < 0.6 else (0.0, 1.0)
    if (stop - start) * np.hypot(*(b - a)) < 10:
        start, stop = 0.0, 1.0
    p, q = a + start * (b - a), a + stop * (b - a)
    deep = out * rng.uniform(8, 26)
    wing = np.array([p, q, q + deep, p + deep])
    colour = main.colour + rng.uniform(-8, 8, 3) if rng.random() < 0.7 else rng.uniform(60, 230, 3)
    dates = ((False, True), (False, True), (True, False), (True, True))[int(rng.integers(4))]
    things.append(Thing(wing, main.kind, colour, main.height_m * 0.8, dates))


def _greenhouses(rng: np.random.Generator, lot: Ring, things: list[Thing]) -> None:
    """Put greenhouses side by side on a field; they come, go, or lose their film: never a change of buildings."""
    long, deep = np.hypot(*(lot[1] - lot[0])), np.hypot(*(lot[3] - lot[0]))
    pitch = rng.uniform(12, 18)
    fate = rng.random()
    film = np.array((226, 230, 232)) * rng.uniform(0.7, 1.05)
    for v in np.arange(pitch, deep - pitch / 2, pitch):
        ring = _inside(lot, (0.5, v / deep), long * 0.86, pitch * 0.85)
        kinds = ("film", "film") if fate < 0.4 else ("hoops", "film") if fate < 0.6 else ("film", "hoops")
        if fate < 0.8:
            for date in range(2):
                things.append(Thing(ring, kinds[date], film, 1.6, (date == 0, date == 1)))
        else:
            things.append(Thing(ring, "film", film, 1.6, (fate < 0.9, fate >= 0.9)))


def _park(rng: np.random.Generator, things: list[Thing]) -> None:
    """Leave cars and lorries where they stood on one day."""
    for _ in range(int(rng.integers(10, 50))):
        length, width = (9, 4) if rng.random() < 0.8 else (22, 5)
        at, angle = rng.uniform(0, SIDE_PX, 2), rng.uniform(0, np.pi)
        box = cv2.boxPoints(((float(at[0]), float(at[1])), (length, width), float(np.degrees(angle))))
        first = bool(rng.random() < 0.5)
        things.append(Thing(np.asarray(box, np.float64), "vehicle", rng.uniform(30, 235, 3), 1.4, (first, not first)))


def _shape(rng: np.random.Generator, lots: list[Ring]) -> Mask:
    """Return ground that is worked on: a lot, a strip or a blob."""
    kind = rng.random()
    if kind < 0.4:
        return _filled(lots[int(rng.integers(len(lots)))])
    if kind < 0.6:
        centre = rng.uniform(0, SIDE_PX, 2)
        size = float(rng.uniform(8, 20)), float(rng.uniform(120, 500))
        return _filled(cv2.boxPoints(((float(centre[0]), float(centre[1])), size, float(rng.uniform(0, 180)))))
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radius = rng.uniform(15, 90) * (1 + 0.25 * np.sin(turn * rng.integers(2, 5)) + rng.normal(0, 0.08, 24))
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * radius[:, None] + rng.uniform(0, SIDE_PX, 2)
    return _filled(ring)


def _filled(ring: NDArray[Any]) -> Mask:
    mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    fill(mask, ring, 1)
    return mask
