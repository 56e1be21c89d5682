"""How drawn ground looks from above on one day: covers with grain and rows, canopy, roofs, film and their shadows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.change.training.light import Image, Mask, noise_field
from sample_data import textures
from sample_data.palette import COVERS, rows_of

SIDE_PX = 640
PX_M = 0.5
_SHIFT = 4  # fractional bits of cv2's corners
Ring = NDArray[np.float64]
"""Four corners x, y in pixels; the ridge of a roof runs along the first side."""


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """A roof, a greenhouse or a vehicle and the dates at which it stands."""

    ring: Ring
    kind: str  # gable, flat, metal; film, hoops; vehicle
    colour: NDArray[np.float64]
    height_m: float
    dates: tuple[bool, bool]


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Ground that looks different from its lot at one date."""

    mask: Mask
    cover: str
    date: int


@dataclass(frozen=True, slots=True)
class Sky:
    """Season (a column of the palette) and sun of a date, degrees."""

    season: int
    azimuth: float
    elevation: float

    @classmethod
    def of(cls, rng: np.random.Generator) -> Sky:
        """Return the sky of some day."""
        return cls(int(rng.integers(3)), float(rng.uniform(100, 260)), float(rng.uniform(30, 65)))

    def towards(self) -> NDArray[np.float64]:
        """Return where the sun stands: east, south (as pixels run), up."""
        a, e = np.radians(self.azimuth), np.radians(self.elevation)
        return np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])


def paint(
    rng: np.random.Generator, sky: Sky, index: NDArray[np.int32], covers: Sequence[str], patches: Sequence[Patch],
    things: Sequence[Thing],
) -> Image:  # fmt: skip
    """Return the image of one date; `index` says which of `covers` lies where, 0 a street."""
    street = str(rng.choice(("asphalt", "concrete", "dirt")))
    names = [street, *covers, *(patch.cover for patch in patches)]
    index = index.copy()
    for number, patch in enumerate(patches):
        index[patch.mask == 1] = 1 + len(covers) + number
    image = _ground(rng, sky, index, names)
    shade = np.zeros(index.shape, np.uint8)
    throw = -sky.towards()[:2] / sky.towards()[2] / PX_M
    for thing in things:
        corners = np.concatenate([thing.ring, thing.ring + throw * thing.height_m]).astype(np.float32)
        fill(shade, cv2.convexHull(corners)[:, 0].astype(np.float64), 255, smooth=True)
    soft = cv2.GaussianBlur(shade, (0, 0), 0.8).astype(np.float32)[..., None] / 255
    image *= 1 - soft * np.array([0.60, 0.56, 0.48], np.float32) * np.float32(rng.uniform(0.7, 1.1))
    for thing in sorted(things, key=lambda t: t.height_m):
        _roof(image, thing, sky)
    _trees(rng, image, sky, index)
    return np.clip(cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 0.8))), 0, 255).astype(np.uint8)


def _ground(rng: np.random.Generator, sky: Sky, index: NDArray[np.int32], names: Sequence[str]) -> NDArray[np.float32]:
    """Return the ground in its covers, float RGB."""
    spacing = np.array([rows_of(name) for name in names])
    angles = rng.uniform(0, np.pi, len(names))
    colours = np.array([COVERS[name][sky.season] for name in names]) * (1 + rng.normal(0, 0.06, (len(names), 1)))
    colours = colours * (1 + rng.normal(0, 0.02, (len(names), 3)))
    grain = np.array([COVERS[name][3] for name in names])
    y, x = np.mgrid[: index.shape[0], : index.shape[1]].astype(np.float32) * PX_M
    turns = (x * np.cos(angles)[index] + y * np.sin(angles)[index]) / spacing[index, 0]
    col, row = (int(v) for v in rng.integers(textures.TILE, size=2))
    window = (col, row, *index.shape[::-1])
    noise = 0.7 * textures.tiled(textures.fine(1, 1.0), *window) + 0.5 * textures.tiled(textures.fine(2, 0.35), *window)
    bright = 1 + grain[index] * noise + spacing[index, 1] * np.sin(2 * np.pi * turns)
    bright += 0.03 * noise_field(rng, index.shape, 5)
    image = colours[index] * bright[..., None]
    woods = np.isin(names, ["forest"])[index]
    if woods.any():
        lit = textures.tiled(textures.canopy(sky.azimuth, sky.elevation), *window)
        leaf = np.array(((82, 106, 56), (76, 98, 52), (120, 120, 84))[sky.season]) * rng.uniform(0.85, 1.15, 3)
        tint = 1 + 0.09 * textures.tiled(textures.crowns()[1], *window)
        image[woods] = (leaf * (lit * tint)[..., None])[woods]
    return np.asarray(image, np.float32)


def _roof(image: NDArray[np.float32], thing: Thing, sky: Sky) -> None:
    """Draw a roof, a greenhouse or a vehicle lit by the sun, in place."""
    a, b, c, d = thing.ring
    if thing.kind == "vehicle":
        fill(image, thing.ring, _tone(thing.colour, 1), smooth=True)
        fill(image, np.array([a * 0.6 + b * 0.4, a * 0.4 + b * 0.6, d * 0.4 + c * 0.6, d * 0.6 + c * 0.4]),
             _tone(thing.colour, 0.45), smooth=True)  # fmt: skip
        return
    sun, across = sky.towards(), (d - a) / np.hypot(*(d - a))
    tilts = {"gable": (-28, 28), "metal": (-10, 10), "flat": (0,), "hoops": (0,)}.get(thing.kind, range(-64, 80, 16))
    colour = np.array((140, 118, 92)) if thing.kind == "hoops" else thing.colour
    for number, tilt in enumerate(tilts):
        s, t = number / len(tilts), (number + 1) / len(tilts)
        lit = max(0.0, float(np.sin(np.radians(tilt)) * (across @ sun[:2]) + np.cos(np.radians(tilt)) * sun[2]))
        strip = np.array([a + s * (d - a), b + s * (c - b), b + t * (c - b), a + t * (d - a)])
        fill(image, strip, _tone(colour, 0.42 + 0.72 * lit), smooth=True)
    if thing.kind == "flat":
        _line(image, np.array([a, b, c, d, a]), _tone(colour, 1.15))
        return
    if thing.kind == "gable":
        _line(image, np.array([(a + d) / 2, (b + c) / 2]), _tone(colour, 1.12))
        _line(image, np.array([a, b, c, d, a]), _tone(colour, 0.62))
    step = {"metal": 12.0, "film": 6.0, "hoops": 6.0}.get(thing.kind)
    if step is not None:
        for s in np.arange(step, np.hypot(*(b - a)) - 2, step) / np.hypot(*(b - a)):
            _line(image, np.array([a + s * (b - a), d + s * (c - d)]), _tone(thing.colour, 0.85))


def _trees(rng: np.random.Generator, image: NDArray[np.float32], sky: Sky, index: NDArray[np.int32]) -> None:
    """Scatter single trees, in place; not the same at both dates: trees are no buildings either way."""
    towards = sky.towards()[:2]
    leaf = np.array(((86, 112, 56), (80, 104, 52), (124, 128, 82))[sky.season])
    for x, y in rng.uniform(0, index.shape[0], (int(rng.integers(20, 120)), 2)):
        radius, own = rng.uniform(2, 6), rng.uniform(0.75, 1.15)
        for reach, size, tone in ((0.0, 1.0, 0.62), (0.3, 0.7, 0.95), (0.5, 0.35, 1.2)):
            at = np.rint((np.array([x, y]) + towards * radius * reach) * 16).astype(int)
            centre = int(at[0]), int(at[1])
            cv2.circle(image, centre, int(radius * size * 16), _tone(leaf, tone * own), -1, cv2.LINE_AA, 4)


def _tone(colour: NDArray[np.float64], times: float) -> tuple[float, float, float]:
    red, green, blue = np.clip(colour * times, 0, 255)
    return float(red), float(green), float(blue)


def _line(image: NDArray[np.float32], points: Ring, colour: tuple[float, float, float]) -> None:
    cv2.polylines(image, [np.rint(points * (1 << _SHIFT)).astype(np.int32)], False, colour, 1, cv2.LINE_AA, _SHIFT)


def fill(canvas: NDArray[Any], ring: NDArray[Any], colour: float | tuple[float, ...], *, smooth: bool = False) -> None:
    """Fill a ring of corners x, y in pixels, in place."""
    corners = np.rint(ring * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(canvas, [corners], colour, cv2.LINE_AA if smooth else cv2.LINE_8, _SHIFT)
