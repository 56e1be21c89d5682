"""Canvases: a square of ground at a wanted pixel size out of a scene, turned, mirrored, pieced where it is small."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.change.training.scenes import UNKNOWN, Scene

Planes = NDArray[np.uint8]
"""Shape (height, width, n), as in scenes.PLANES and the valid plane last."""


def canvas(rng: np.random.Generator, scenes: Sequence[Scene], size: int, gsd_m: float) -> Planes:
    """Return `size` x `size` pixels at about `gsd_m` of one source; small scenes are pieced two by two."""
    scene = _choose(rng, scenes)
    short = min(scene.planes.shape[:2]) * scene.gsd_m / (size * gsd_m)
    if short > 0.75:
        return take(rng, scene, size, size, gsd_m)
    y, x = (round(size * rng.uniform(0.35, 0.65)) for _ in range(2))
    rows = [
        np.concatenate([take(rng, _choose(rng, scenes), h, w, gsd_m) for w in (x, size - x)], 1) for h in (y, size - y)
    ]
    return np.concatenate(rows, 0)


def _choose(rng: np.random.Generator, scenes: Sequence[Scene]) -> Scene:
    areas = np.array([scene.planes.shape[0] * scene.planes.shape[1] for scene in scenes], np.float64)
    return scenes[int(rng.choice(len(scenes), p=areas / areas.sum()))]


def take(rng: np.random.Generator, scene: Scene, height: int, width: int, gsd_m: float) -> Planes:
    """Return a random window of `scene`; pixels get finer where the scene is too small for `gsd_m`."""
    rows, cols = scene.planes.shape[:2]
    gsd = min(gsd_m, rows * scene.gsd_m / height, cols * scene.gsd_m / width)
    spin = rng.random() < 0.3
    if spin:
        gsd = min(gsd, min(rows, cols) * scene.gsd_m / (1.42 * max(height, width)))
    reach = gsd / scene.gsd_m * (1.42 * max(height, width) / np.array([height, width]) if spin else np.ones(2))
    need = np.maximum(1, np.minimum(np.floor(np.array([height, width]) * reach), [rows, cols])).astype(int)
    part = _window(rng, scene.planes, need[0], need[1])
    if spin:
        side = round(1.42 * max(height, width))
        return _turned(rng, _mirrored(rng, _scaled(part, side, side), square=True), height, width)
    return _mirrored(rng, _scaled(part, height, width), square=height == width)


def _window(rng: np.random.Generator, planes: Planes, height: int, width: int) -> Planes:
    best, most = planes[:height, :width], -1.0
    for _ in range(6):
        y = int(rng.integers(planes.shape[0] - height + 1))
        x = int(rng.integers(planes.shape[1] - width + 1))
        part = planes[y : y + height, x : x + width]
        full = float(part[::8, ::8, -1].mean())
        if full > most:
            best, most = part, full
        if full > 0.95:
            break
    return np.ascontiguousarray(best)


def _scaled(part: Planes, height: int, width: int) -> Planes:
    if part.shape[:2] == (height, width):
        return part
    way = cv2.INTER_AREA if part.shape[0] > height else cv2.INTER_LINEAR

    def scale(some: Planes, way: int) -> Planes:
        return np.asarray(cv2.resize(some, (width, height), interpolation=way), np.uint8)

    return _each(part, lambda color: scale(color, way), lambda rest: scale(rest, cv2.INTER_NEAREST))


def _turned(rng: np.random.Generator, wide: Planes, height: int, width: int) -> Planes:
    side = wide.shape[0]
    matrix = cv2.getRotationMatrix2D((side / 2 - 0.5, side / 2 - 0.5), float(rng.uniform(0, 90)), 1.0)
    matrix[:, 2] -= (side - width) / 2, (side - height) / 2

    def turn(some: Planes, way: int) -> Planes:
        return np.asarray(cv2.warpAffine(some, matrix, (width, height), flags=way), np.uint8)

    return _each(wide, lambda color: turn(color, cv2.INTER_LINEAR), lambda rest: turn(rest, cv2.INTER_NEAREST))


def _each(planes: Planes, images: Callable[[Planes], Planes], labels: Callable[[Planes], Planes]) -> Planes:
    """Apply one way to the images and one to the labels, plane by plane: much faster than slices of many planes."""
    cut = 6 if planes.shape[2] > 8 else 3  # pairs hold two images
    singles = [np.asarray(cv2.extractChannel(planes, i), np.uint8) for i in range(planes.shape[2])]
    return np.asarray(cv2.merge([images(p) if i < cut else labels(p) for i, p in enumerate(singles)]), np.uint8)


def _mirrored(rng: np.random.Generator, planes: Planes, *, square: bool) -> Planes:
    planes = planes[:: int(rng.choice((-1, 1))), :: int(rng.choice((-1, 1)))]
    return planes.swapaxes(0, 1) if square and rng.random() < 0.5 else planes


def label(plane: NDArray[np.uint8], valid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a label plane, UNKNOWN where there is no ground."""
    return np.where(valid > 0, plane, UNKNOWN).astype(np.uint8)
