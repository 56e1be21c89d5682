"""How one ground looks in another light: sensor, season, haze, shadow, blur, compression, and a small shift."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""
Mask = NDArray[np.uint8]
"""1 where so, shape (height, width)."""


def noise_field(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> NDArray[np.float32]:
    """Return smooth noise around 0 with deviation of about 1, some `cells` bumps across."""
    coarse = rng.standard_normal((cells + 2, cells + 2)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def relight(rng: np.random.Generator, image: Image) -> Image:
    """Return the image as another sensor, on another day, might have taken it."""
    x = image.astype(np.float32)
    if rng.random() < 0.5:
        x = _season(rng, x)
    if rng.random() < 0.9:
        x = _tone(rng, x)
    if rng.random() < 0.25:
        x = _haze(rng, x)
    if rng.random() < 0.2:
        x *= (1 - np.float32(rng.uniform(0.2, 0.6)) * _soft_shape(rng, x.shape[:2]))[:, :, None]
    if rng.random() < 0.1:
        x = np.asarray(cv2.transform(x, np.tile(np.array([0.3, 0.6, 0.1], np.float32), (3, 1))), np.float32)
    x = _sharpness(rng, x)
    out = np.clip(x, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        grain = np.empty(out.shape, np.int16)
        cv2.setRNGSeed(int(rng.integers(2**31)))
        cv2.randn(grain, np.zeros(3), np.full(3, rng.uniform(1, 7)))
        out = np.asarray(cv2.add(out, grain, dtype=cv2.CV_8U), np.uint8)
    if rng.random() < 0.5:
        out = compressed(out, int(rng.integers(35, 96)))
    return out


def compressed(image: Image, quality: int) -> Image:
    """Return the image after JPEG at `quality`."""
    _, coded = cv2.imencode(".jpg", np.ascontiguousarray(image[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)[:, :, ::-1]


def _tone(rng: np.random.Generator, x: NDArray[np.float32]) -> NDArray[np.float32]:
    gain = np.float32(np.exp(rng.normal(0, 0.22))) * np.exp(rng.normal(0, 0.07, 3)).astype(np.float32)
    curve = (255 * np.power(np.linspace(0, 1, 256), np.exp(rng.normal(0, 0.22)))).astype(np.float32)
    x = np.asarray(cv2.LUT(cv2.convertScaleAbs(np.maximum(x, 0)), curve), np.float32)
    mean = np.float32(cv2.mean(x)[1])
    contrast = np.float32(np.exp(rng.normal(0, 0.2)))
    x = x * contrast + (mean * (gain - contrast) + np.float32(rng.normal(0, 8)))
    vivid = np.float32(rng.uniform(0.4, 1.6))
    mix = vivid * np.eye(3) + (1 - vivid) / 3  # each colour moved away from or towards the grey of the pixel
    return np.asarray(cv2.transform(x, mix.astype(np.float32)), np.float32)


def _season(rng: np.random.Generator, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn what is green towards the colour of another season."""
    gray, excess = (cv2.transform(x, np.array([row], np.float32)) for row in (_GREY, (-1, 2, -1)))
    share = np.clip(excess / (gray * (3 * 0.08) + 1), 0, 1) * np.float32(rng.uniform(0.3, 1))
    to = np.array([rng.uniform(0.85, 1.4), rng.uniform(0.8, 1.15), rng.uniform(0.6, 1.05)], np.float32)
    x = x + share[:, :, None] * (gray[:, :, None] * to - x)
    if rng.random() < 0.4:  # bare or crops: broad patches of another brightness
        field = noise_field(rng, gray.shape, int(rng.integers(2, 7)))
        x = x * (1 + np.float32(0.12) * field * share)[:, :, None]
    return np.asarray(x, np.float32)


_GREY = (1 / 3, 1 / 3, 1 / 3)


def _haze(rng: np.random.Generator, x: NDArray[np.float32]) -> NDArray[np.float32]:
    veil = (
        np.array([1, 1, 1], np.float32)
        * np.float32(rng.uniform(120, 240))
        * rng.uniform(0.92, 1.08, 3).astype(np.float32)
    )
    thick = np.clip(np.float32(rng.uniform(0.05, 0.35)) + np.float32(0.08) * noise_field(rng, x.shape[:2], 2), 0, 0.6)
    return np.asarray(x + (veil - x) * thick[:, :, None], np.float32)


def _soft_shape(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return some soft-edged polygons, 0 to 1."""
    canvas = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(1, 5))):
        centre = rng.uniform(0, 1, 2) * shape[::-1]
        corners = centre + rng.normal(0, 1, (int(rng.integers(3, 7)), 2)) * rng.uniform(6, 60)
        cv2.fillConvexPoly(canvas, cv2.convexHull(corners.astype(np.int32)), 1.0)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.7, 5))), np.float32)


def _sharpness(rng: np.random.Generator, x: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = x.shape[:2]
    chance = rng.random()
    if chance < 0.3:
        coarse = rng.uniform(1.2, 2.6)
        small = cv2.resize(x, (round(width / coarse), round(height / coarse)), interpolation=cv2.INTER_AREA)
        way = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(small, (width, height), interpolation=way), np.float32)
    if chance < 0.5:
        return np.asarray(cv2.GaussianBlur(x, (0, 0), float(rng.uniform(0.4, 1.3))), np.float32)
    if chance < 0.65:
        soft = cv2.GaussianBlur(x, (0, 0), 1.2)
        return np.asarray(x + (x - soft) * rng.uniform(0.3, 1.2), np.float32)
    return x


def displaced(rng: np.random.Generator, image: Image, mask: Mask, *, most_px: float) -> tuple[Image, Mask]:
    """Return image and label moved a little: as a whole, smoothly, and roofs leaning where `mask` is 1."""
    height, width = mask.shape
    base = np.stack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)))
    field = np.empty_like(base)
    field[:] = (rng.standard_normal(2) * most_px * 0.45).clip(-most_px, most_px)[:, None, None]
    if rng.random() < 0.3:
        field += np.stack([noise_field(rng, mask.shape, 3) for _ in range(2)]) * np.float32(0.6)
    roofs = mask == 1
    if roofs.any() and rng.random() < 0.4:
        lean = cv2.GaussianBlur(cv2.dilate(roofs.astype(np.float32), np.ones((3, 3))), (0, 0), 1.5)
        field += lean * (rng.standard_normal(2) * 1.8).clip(-5, 5).astype(np.float32)[:, None, None]
    at = base + field
    moved = cv2.remap(image, at[0], at[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    label = cv2.remap(mask, at[0], at[1], cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8), np.asarray(label, np.uint8)


def cast_shadows(rng: np.random.Generator, image: Image, mask: Mask) -> Image:
    """Return the image with the shadows that roofs (`mask` 1) throw under a sun drawn at random."""
    angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(2, 12)
    roofs = (mask == 1).astype(np.uint8)
    shade = np.zeros(mask.shape, np.uint8)
    for step in np.linspace(0.3, 1, 4):
        matrix = np.array([[1, 0, np.cos(angle) * length * step], [0, 1, np.sin(angle) * length * step]])
        shade |= np.asarray(cv2.warpAffine(roofs, matrix, mask.shape[::-1], flags=cv2.INTER_NEAREST), np.uint8)
    soft = cv2.GaussianBlur((shade & (1 - roofs)).astype(np.float32), (0, 0), 0.8)[:, :, None]
    dark = (rng.uniform(0.35, 0.65) * np.array([1.0, 0.98, 0.9])).astype(np.float32)
    return np.asarray(image * (1 - soft * dark), np.float32).astype(np.uint8)
