"""What is taken for a building and is none: greenhouses, fields, cleared or paved ground, drawn where none stands."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.change.training.light import Image, Mask, noise_field


def draw(rng: np.random.Generator, image: Image, mask: Mask, gsd_m: float) -> Image:
    """Return the image with one of these where no building stands; labels stay as they are."""
    long_m, wide_m = float(rng.uniform(20, 90)), float(rng.uniform(8, 60))
    size = max(8, round(long_m / gsd_m)), max(8, round(wide_m / gsd_m))
    kind = rng.random()
    if kind < 0.4:
        look, alpha = _greenhouses(rng, size, gsd_m)
    else:
        look, alpha = _field(rng, size) if kind < 0.65 else _worked(rng, size)
    centre, angle = rng.uniform(0, 1, 2) * mask.shape[::-1], float(rng.uniform(0, 180))
    matrix = np.asarray(cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), angle, 1.0), np.float64)
    matrix[:, 2] += centre - np.array(size) / 2
    target = mask.shape[::-1]
    whole = np.asarray(cv2.warpAffine(look, matrix, target, flags=cv2.INTER_LINEAR), np.float32)
    cover = np.asarray(cv2.warpAffine(alpha, matrix, target, flags=cv2.INTER_LINEAR), np.float32)
    if (mask[cover > 0.02] != 0).any():
        return image
    return np.clip(image + (whole - image) * cover[:, :, None], 0, 255).astype(np.uint8)


def _greenhouses(
    rng: np.random.Generator, size: tuple[int, int], gsd_m: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return colours and cover of vaults side by side, each lit from one side, their ribs across."""
    columns, rows = np.arange(size[0]) * gsd_m, np.arange(size[1]) * gsd_m
    pitch, gap = rng.uniform(5.5, 9), rng.uniform(0.3, 1.6)
    across = (rows % pitch) / (pitch - gap)
    arch = np.sin(np.pi * np.clip(across, 0, 1))
    lit = 1 + rng.uniform(0.05, 0.35) * np.cos(np.pi * (across - rng.uniform(0.2, 0.8)))
    ribs = 1 + rng.uniform(0, 0.08) * np.sin(2 * np.pi * columns / rng.uniform(0.8, 3))
    film = np.array([rng.uniform(150, 245)] * 3) * rng.uniform(0.92, 1.06, 3)
    if rng.random() < 0.15:  # under a black net
        film *= 0.3
    each = 1 + rng.normal(0, 0.08, int(rows[-1] // pitch) + 1)[(rows // pitch).astype(int)]
    look = (lit * each)[:, None, None] * ribs[None, :, None] * film
    look = look * (1 + 0.04 * noise_field(rng, (size[1], size[0]), 6))[:, :, None]
    cover = (across < 1) * (rng.uniform(0.55, 0.95) + 0.05 * arch)
    return look.astype(np.float32), np.repeat(cover[:, None], size[0], axis=1).astype(np.float32)


def _field(rng: np.random.Generator, size: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return colours and cover of a field under water, in stubble or freshly turned."""
    colours = ((70, 80, 85), (60, 70, 55), (95, 85, 70), (150, 130, 100), (180, 170, 130), (120, 95, 75))
    colour = np.array(colours[int(rng.integers(len(colours)))]) * rng.uniform(0.7, 1.3)
    rough = rng.uniform(0, 0.08) * noise_field(rng, (size[1], size[0]), int(rng.integers(3, 12)))
    rows = rng.uniform(0, 0.06) * np.sin(np.arange(size[1]) * rng.uniform(0.5, 2.5))[:, None]
    look = colour * (1 + rough + rows)[:, :, None]
    cover = np.zeros((size[1], size[0]), np.float32)
    cover[2:-2, 2:-2] = rng.uniform(0.85, 1)
    return look.astype(np.float32), np.asarray(cv2.GaussianBlur(cover, (0, 0), float(rng.uniform(0.6, 2))), np.float32)


def _worked(rng: np.random.Generator, size: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return colours and cover of cleared, dug or newly paved ground: bare, bright, with an outline that wanders."""
    colours = ((178, 148, 110), (190, 160, 122), (206, 170, 122), (150, 120, 95), (176, 172, 164), (90, 90, 94))
    colour = np.array(colours[int(rng.integers(len(colours)))]) * rng.uniform(0.75, 1.25)
    shape = size[1], size[0]
    rough = rng.uniform(0.01, 0.12) * noise_field(rng, shape, int(rng.integers(3, 9)))
    rough = rough + rng.uniform(0.01, 0.08) * noise_field(rng, shape, max(4, min(size) // 3))
    look = colour * (1 + rough)[:, :, None]
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    power = rng.choice((2, 4, 12))  # from an ellipse to a rectangle
    reach = np.abs(x) ** power + np.abs(y) ** power + rng.uniform(0, 0.35) * noise_field(rng, shape, 4)
    cover = (reach < 0.9).astype(np.float32)
    cover[[0, 1, -2, -1]] = cover[:, [0, 1, -2, -1]] = 0
    return look.astype(np.float32), np.asarray(
        cv2.GaussianBlur(cover, (0, 0), float(rng.uniform(0.5, 1.5))), np.float32
    )
