"""What changed, per pixel: buildings as the model sees them, all else as the land's transitions tell."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from affine import Affine
from numpy.typing import NDArray

from geo.change import land
from geo.grid import Grid
from geo.raster import Raster, same_grid

REACH_PX = 56
"""How far a code looks around itself in the imagery, the model aside."""
BUILT_GAINED, BUILT_LOST = 11, 12  # beside the codes of `land`
EVEN = 128
COLOUR_STEPS = 100
EVIDENCE = ("likely", "chance", "wing", "colour", "beside", "wild", "earthy", "shaded")
"""Per pixel: whether the model finds a building change likely, and there its probability; the probability that a roof
grew, see `_wing`; the colour change; whether a standing roof is near; and at the date that has the building, whether it
looks like woods or water, like farmland, lies by a shadow.
"""

SURE = 230  # of the building at both dates: a roof, whatever its colour does
EARTHY = (land.MURKY, land.GREEN, land.SOIL, land.BARE)
OPEN = (land.GREEN, land.SOIL, land.BARE, land.PAVED)  # ground without a roof
NO_ROOF = (land.SHADE, land.GREEN, land.SOIL)  # a later date that does not tell a roof
BESIDE_PX = 2
WING_REACH_PX = 12  # a wing lies so near to the roof that it belongs to
WING_FROM = 64  # of its probability; the rim of a small roof is as weak
WING_TINT = 0.15  # change of ln(red / blue); shadows, lit by the blue sky, reach it on their darkest pixels only
SHADE_PX, SHADE_AROUND, SHADE_SHARE = 3, 31, 0.6  # near a shadow: so much darker than the mean around


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """One kind of change: the code of each pixel (0: none), and the EVIDENCE to be summed over a patch."""

    codes: Raster
    evidence: Raster


def codes(before: Raster, after: Raster, seen: Raster) -> tuple[Codes, Codes]:
    """Return what changed of the buildings, at 0.5 m, and of the ground, at 1 m.

    `seen` holds the model's probabilities: a building changed, one stands before, one stands after.
    """
    same_grid(before, after)
    same_grid(before, seen)
    first, second = (_half(date.data) for date in (before, after))
    earlier, later = land.kinds(first), land.kinds(second)
    moved = land.colour(first[..., :3], second[..., :3])
    coarse = Grid(before.grid.crs, before.grid.transform @ Affine.scale(2), first.shape[1], first.shape[0])
    change, stood, stands = seen.data
    roof = np.minimum(*(_half(building[None]) for building in (stood, stands)))
    ground = _ground(earlier, later, second, moved, roof)
    gained = stands >= stood
    standing = _opened(roof >= EVEN, 1)
    beside = _grown(standing, BESIDE_PX)
    turned = (moved >= land.LEAST_COLOUR) & (land.tint(first, second) >= WING_TINT)
    turned &= _grown(standing, WING_REACH_PX) > 0
    wing = _wing(seen.data, np.isin(earlier, OPEN) & ~np.isin(later, NO_ROOF), turned)
    likely = change >= EVEN
    built = np.where(gained, np.uint8(BUILT_GAINED), np.uint8(BUILT_LOST))
    built *= (likely | _opened(wing >= WING_FROM, 1)) & seen.valid
    steps = np.minimum(moved * COLOUR_STEPS, 255).astype(np.uint8)
    at_date = [_seen_at(date, kind) for date, kind in ((first, earlier), (second, later))]
    told = [np.stack([steps, beside, *tests]) for tests in at_date]
    valid = seen.valid
    evidence = np.zeros((len(EVIDENCE), *built.shape), np.uint8)
    y, x = np.nonzero(built)  # a small part: where there is no code, evidence is not asked for
    evidence[:3, y, x] = likely[y, x], change[y, x] * likely[y, x], np.maximum(wing[y, x], change[y, x])
    evidence[3:, y, x] = np.where(gained[y, x], *(t[:, y // 2, x // 2] for t in told[::-1]))
    whole = valid[::2, ::2] & valid[1::2, ::2] & valid[::2, 1::2] & valid[1::2, 1::2]
    ground[~whole] = 0
    return (
        Codes(Raster(built[None], valid, before.grid),
              Raster(evidence, valid, before.grid)),
        Codes(Raster(ground[None], whole, coarse),
              Raster(np.concatenate([np.zeros((3, *steps.shape), np.uint8), told[1]]), whole, coarse)),
    )  # fmt: skip


def _ground(
    earlier: NDArray[np.uint8],
    later: NDArray[np.uint8],
    second: NDArray[np.uint8],
    moved: NDArray[np.float32],
    roof: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Return the code of the ground per pixel, without specks and gaps."""
    changed = land.transitions(earlier, later, second, moved)
    changed[roof >= SURE] = 0
    out = np.zeros_like(changed)
    for value in range(1, land.LAID + 1):
        patch = cv2.morphologyEx((changed == value).astype(np.uint8), cv2.MORPH_CLOSE, land.disc(2))
        out[_opened(patch > 0, 1) & (out == 0)] = value
    return out


def _wing(seen: NDArray[np.uint8], laid: NDArray[np.bool_], turned: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the probability that a standing roof grew over a pixel, 0 to 255: a building now less a building then.

    The model's own change is weak beside a roof that stands. Where open ground was `laid` over, no building stood.
    """
    change, stood, stands = seen
    grew = cv2.subtract(stands, stood * (1 - _whole(laid)))
    return np.asarray(np.maximum(change, grew) * _whole(turned), np.uint8)


def _seen_at(picture: NDArray[np.uint8], kind: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return what one date tells of a roof: wild, earthy, shaded; each 0 or 1."""
    gray = cv2.cvtColor(picture[..., :3].copy(), cv2.COLOR_RGB2GRAY)
    dark = gray < SHADE_SHARE * cv2.blur(gray, (SHADE_AROUND, SHADE_AROUND)).astype(np.float32)
    shaded = _grown(_opened(dark | (kind == land.SHADE), 1), SHADE_PX)
    wild, earthy = np.isin(kind, (land.WOODS, land.WATER)), np.isin(kind, EARTHY)
    return [wild.astype(np.uint8), earthy.astype(np.uint8), shaded]


def _opened(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, land.disc(radius)) > 0)


def _grown(mask: NDArray[np.bool_], radius: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), land.disc(radius)), np.uint8)


def _half(bands: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return bands at half the resolution, shape (height, width, bands)."""
    picture = np.moveaxis(bands[:4], 0, 2)
    return np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def _whole(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a mask at twice the resolution, 0 or 1."""
    coarse = mask.astype(np.uint8)
    return np.asarray(cv2.resize(coarse, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST), np.uint8)
