"""Ground of two dates that differ by what is planted: buildings that come, go or grow, and woods that are cleared."""

from dataclasses import dataclass

import cv2
import numpy as np

KEPT, GAINED, LOST, EXTENDED, CLEARED = 30, 3, 2, 1, 1  # on each sheet of 2048 px
CLASSES = ("building_gained", "building_lost", "building_extended", "vegetation_loss")
_ROOFS = ((150, 148, 142), (70, 95, 150), (70, 120, 90), (140, 80, 65), (205, 203, 198))  # concrete, painted, tiled
_SOIL = (172, 148, 112)
_SHADOW_PX = (-5, -9)  # the sun stands in the south-east, as in the forenoon
_GAIN = np.array([0.95, 0.97, 0.93]), np.array([7.0, 5.0, 8.0])  # of the second date's light, and its haze
_CELLS = 12  # across a sheet: one thing in each cell at most, so that nothing lies on anything


@dataclass(frozen=True)
class Planted:
    """A difference between the two dates of a sheet."""

    kind: str
    corners: np.ndarray
    """Pixel corners x, y of what changed, in the sheet."""


def draw(ground: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, list[Planted]]:
    """Return the sheet at the first date, at the second, and what differs but for light and noise."""
    px = len(ground)
    rng, first, second = np.random.default_rng(seed), ground.copy(), ground.copy()
    both, planted = (first, second), []
    cells = iter(rng.permutation(_CELLS * _CELLS))

    def box(low: float, high: float) -> np.ndarray:
        cell, step = next(cells), px / _CELLS
        centre = (cell % _CELLS + 0.5) * step, (cell // _CELLS + 0.5) * step
        return cv2.boxPoints((centre, tuple(rng.uniform(low, high, 2)), rng.uniform(0, 90)))

    for _ in range(KEPT):
        _building(both, box(20, 70), _roof(rng))
    for kind, count, where in (("building_gained", GAINED, (second,)), ("building_lost", LOST, (first,))):
        for _ in range(count):
            corners = box(20, 70)
            _building(where, corners, _roof(rng))
            planted.append(Planted(kind, corners))
    for _ in range(EXTENDED):
        corners, roof = box(30, 50), _roof(rng)
        wing = corners + (corners[1] - corners[0]) * 0.8
        _building(both, corners, roof)
        _building((second,), wing, roof)
        planted.append(Planted("building_extended", np.stack([corners[1], wing[1], wing[2], corners[2]])))
    for _ in range(CLEARED):
        corners = box(90, 120)
        _fill(first, corners, (62, 78, 50), 0.45)
        _fill(second, corners, _SOIL, 0.75)
        planted.append(Planted("vegetation_loss", corners))
    return first, _other_light(second, rng), planted


def _roof(rng: np.random.Generator) -> tuple[float, float, float]:
    return tuple(np.array(_ROOFS[rng.integers(len(_ROOFS))]) * rng.uniform(0.85, 1.15))


def _building(dates: tuple[np.ndarray, ...], corners: np.ndarray, roof: tuple[float, float, float]) -> None:
    ridge = (corners[0] + corners[1]) / 2, (corners[2] + corners[3]) / 2
    lit = np.stack([corners[0], ridge[0], ridge[1], corners[3]])
    for pixels in dates:
        _fill(pixels, np.concatenate([corners, corners + _SHADOW_PX]), (28, 32, 38), 0.7)
        _fill(pixels, corners, roof, 0.88)
        _fill(pixels, lit, tuple(min(1.12 * band, 255) for band in roof), 0.6)


def _fill(pixels: np.ndarray, corners: np.ndarray, colour: tuple[float, ...], share: float) -> None:
    """Lay `share` of a colour over the hull of some corners, so that the ground's grain shows through."""
    hull = np.rint(cv2.convexHull(corners.astype(np.float32))).astype(np.int32)
    x, y, width, height = cv2.boundingRect(hull)
    left, top = max(x, 0), max(y, 0)
    part = pixels[top : y + height, left : x + width]
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, hull - (left, top), 1)
    laid = cv2.addWeighted(part, 1 - share, np.full_like(part, np.array(colour).astype(np.uint8)), share, 0)
    cv2.copyTo(laid, mask, part)


def _other_light(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    steps = np.arange(256)[:, None] * _GAIN[0] + _GAIN[1]
    seen = cv2.LUT(pixels, np.rint(steps).clip(0, 255).astype(np.uint8)[None])
    grain = rng.integers(-4, 5, (512, 512, 3), np.int16)
    times = -(-len(pixels) // 512)
    return cv2.add(seen, np.tile(grain, (times, times, 1))[: len(pixels), : len(pixels)], dtype=cv2.CV_8U)
