"""Changes made by hand, with exact labels: ground replaced, buildings erased and set down; what only looks so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.change.training.light import Image, Mask, noise_field
from geo.change.training.scenes import UNKNOWN, Scene

SMALLEST_M2, LARGEST_M2 = 25.0, 4000.0


@dataclass(frozen=True, slots=True, eq=False)
class Roof:
    """A building cut out of a scene."""

    image: Image
    mask: Mask
    gsd_m: float


def roofs(scenes: Sequence[Scene]) -> list[Roof]:
    """Cut the buildings that stand alone out of single-date scenes."""
    found = []
    for scene in scenes:
        _, _, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(scene.planes[:, :, 3]))
        for x, y, w, h, area in stats[1:]:
            if SMALLEST_M2 <= area * scene.gsd_m**2 <= LARGEST_M2 and area > 0.4 * w * h:
                part = slice(max(y - 2, 0), y + h + 2), slice(max(x - 2, 0), x + w + 2)
                planes = np.ascontiguousarray(scene.planes[part])
                found.append(Roof(planes[:, :, :3], planes[:, :, 3], scene.gsd_m))
    return found


def blob(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return a soft-edged region, 0 to 1: parcels, a strip or a cloud-like patch."""
    kind = rng.random()
    if kind < 0.5:
        field = noise_field(rng, shape, int(rng.integers(1, 6)))
        region = (field > np.quantile(field, rng.uniform(0.4, 0.9))).astype(np.float32)
    else:
        region = np.zeros(shape, np.float32)
        for _ in range(int(rng.integers(1, 5))):
            size = np.exp(rng.normal(3.9, 0.6, 2)).clip(12, 200)
            centre = rng.uniform(0, 1, 2) * shape[::-1]
            box = cv2.boxPoints((tuple(centre), tuple(size), float(rng.uniform(0, 90))))
            cv2.fillConvexPoly(region, box.astype(np.int32), 1.0)
    edge = rng.uniform(0, 3)
    return region if edge < 0.4 else np.asarray(cv2.GaussianBlur(region, (0, 0), edge), np.float32)


def matched(rng: np.random.Generator, other: Image, like: Image) -> Image:
    """Return `other` brought part of the way to the mean and spread of `like`."""
    share = rng.uniform(0, 1)
    (mean, spread), (to_mean, to_spread) = (cv2.meanStdDev(np.ascontiguousarray(image)) for image in (other, like))
    gain = (spread * (1 - share) + to_spread * share) / (spread + 1)
    shift = mean * (1 - share) + to_mean * share - mean * gain
    moved = other * gain.ravel().astype(np.float32) + shift.ravel().astype(np.float32)
    return np.clip(moved, 0, 255).astype(np.uint8)


def replace(
    image: Image, mask: Mask, other: Image, other_mask: Mask, region: NDArray[np.float32]
) -> tuple[Image, Mask]:
    """Return image and label with `other` inside `region`."""
    soft = region[:, :, None]
    mixed = (image + (other.astype(np.float32) - image) * soft).astype(np.uint8)
    return mixed, np.where(region > 0.5, other_mask, mask).astype(np.uint8)


def erase(rng: np.random.Generator, image: Image, mask: Mask, share: float) -> tuple[Image, Mask]:
    """Return image and label with about `share` of the buildings, or wings of them, covered by ground from beside."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats((mask == 1).astype(np.uint8))
    image, mask = image.copy(), mask.copy()
    sums = cv2.integral((mask == 1).astype(np.uint8))
    for number in range(1, count):
        if rng.random() > share:
            continue
        x, y, w, h, _ = stats[number]
        pad = int(rng.integers(2, 7))
        y0, y1, x0, x1 = max(y - pad, 0), min(y + h + pad, len(mask)), max(x - pad, 0), min(x + w + pad, mask.shape[1])
        place = _empty_place(rng, sums, y1 - y0, x1 - x0)
        if place is None:
            continue
        gone = _wing(rng, parts[y0:y1, x0:x1] == number)
        region = cv2.dilate(gone.astype(np.uint8), np.ones((2 * pad - 1,) * 2, np.uint8))
        region[(parts[y0:y1, x0:x1] == number) & ~gone] = 0
        region[(mask[y0:y1, x0:x1] == 1) & (parts[y0:y1, x0:x1] != number)] = 0
        soft = cv2.GaussianBlur(region.astype(np.float32), (0, 0), 1.0)[:, :, None]
        ground = image[place[0] : place[0] + y1 - y0, place[1] : place[1] + x1 - x0]
        image[y0:y1, x0:x1] = image[y0:y1, x0:x1] * (1 - soft) + ground * soft
        mask[y0:y1, x0:x1][gone] = 0
    return image, mask


def _wing(rng: np.random.Generator, building: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the whole of a building or, now and then, what lies on one side of a line across it."""
    if rng.random() < 0.6:
        return building
    y, x = np.nonzero(building)
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    cut = np.zeros_like(building)
    cut[y, x] = along > np.quantile(along, rng.uniform(0.4, 0.85))
    return cut


def _empty_place(rng: np.random.Generator, sums: NDArray[np.int32], height: int, width: int) -> tuple[int, int] | None:
    """Return the corner of a place of this size without buildings, None where none was hit."""
    rows, cols = sums.shape[0] - height, sums.shape[1] - width
    if rows < 1 or cols < 1:
        return None
    for _ in range(20):
        y, x = int(rng.integers(rows)), int(rng.integers(cols))
        if sums[y + height, x + width] - sums[y, x + width] - sums[y + height, x] + sums[y, x] == 0:
            return y, x
    return None


def build(
    rng: np.random.Generator, image: Image, mask: Mask, bank: Sequence[Roof], gsd_m: float, ground: Image | None = None
) -> tuple[Image, Mask]:
    """Return image and label with one roof of the bank set down on free ground, its shadow beside it.

    With `ground`, the shape of the roof is filled from that image instead: it looks set down, yet nothing was built.
    """
    roof = bank[int(rng.integers(len(bank)))]
    scale = roof.gsd_m / gsd_m * rng.uniform(0.75, 1.3)
    size = round(roof.mask.shape[1] * scale), round(roof.mask.shape[0] * scale)
    sums = cv2.integral((mask != 0).astype(np.uint8))
    if min(size) < 6:
        return image, mask
    turn = int(rng.integers(4))
    shape = np.rot90(cv2.resize(roof.mask, size, interpolation=cv2.INTER_NEAREST), turn)
    place = _empty_place(rng, sums, *shape.shape)
    if place is None:
        return image, mask
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    look = np.asarray(np.rot90(cv2.resize(roof.image, size, interpolation=way), turn), np.uint8)
    part = slice(place[0], place[0] + shape.shape[0]), slice(place[1], place[1] + shape.shape[1])
    image, mask = image.copy(), mask.copy()
    whole = np.zeros(mask.shape, np.uint8)
    whole[part] = shape
    if ground is None:
        image = _shade(rng, image, whole)
        look = matched(rng, look, image)
        mask[part][shape == 1] = 1
    else:
        look = ground[part]
    soft = cv2.GaussianBlur(shape.astype(np.float32), (0, 0), float(rng.uniform(0.3, 0.9)))[:, :, None]
    image[part] = image[part] * (1 - soft) + look * soft
    return image, mask


def _shade(rng: np.random.Generator, image: Image, roof: Mask) -> Image:
    angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(1, 10)
    matrix = np.array([[1, 0, np.cos(angle) * length], [0, 1, np.sin(angle) * length]])
    shade = cv2.warpAffine(roof, matrix, roof.shape[::-1], flags=cv2.INTER_NEAREST).astype(np.float32)
    soft = cv2.GaussianBlur(shade, (0, 0), 0.8)[:, :, None] * np.float32(rng.uniform(0.2, 0.65))
    return np.clip(image * (1 - soft), 0, 255).astype(np.uint8)


def changed(before: Mask, after: Mask) -> Mask:
    """Return where a building stands at one date only; UNKNOWN where either date is."""
    unknown = (before == UNKNOWN) | (after == UNKNOWN)
    return np.where(unknown, UNKNOWN, (before != after).astype(np.uint8)).astype(np.uint8)
