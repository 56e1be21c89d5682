"""Ground to measure on: real imagery turned and stretched off any JPEG grid, else smooth noise; and sheets of it."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import rasterio
from affine import Affine

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "ortho"
PATCH = 512
CELL_M = 0.5


def _photographs() -> list[np.ndarray]:
    """Return real imagery at about 0.5 m as (height, width, 3) float32, or none where it is not at hand."""
    pan, colour = SHARED / "sample_geotiff.tif", SHARED / "OSBS_029.tif"
    if not (pan.exists() and colour.exists()):
        return []
    with rasterio.open(pan) as dataset:
        grey = dataset.read(1).astype(np.float32)
    low, high = np.percentile(grey[grey > 0], (1, 99))
    grey = ((grey - low) * 255 / (high - low)).clip(0, 255)
    with rasterio.open(colour) as dataset:
        trees = dataset.read().transpose(1, 2, 0).astype(np.float32)
    return [grey[..., None] * np.array([1.0, 0.98, 0.9], np.float32), trees]


def _turned(picture: np.ndarray, rng: np.random.Generator, zoom: float) -> np.ndarray:
    height, width = picture.shape[:2]
    x, y = rng.uniform(0.35, 0.65, 2) * (width, height)
    matrix = cv2.getRotationMatrix2D((x, y), rng.uniform(0, 360), zoom * rng.uniform(0.8, 1.25))
    matrix[:, 2] += PATCH / 2 - x, PATCH / 2 - y
    return cv2.warpAffine(picture, matrix, (PATCH, PATCH), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def _noise(rng: np.random.Generator) -> np.ndarray:
    ground = np.full((PATCH, PATCH, 3), 110, np.float32)
    for step, strength in ((2, 6), (4, 9), (16, 14), (64, 22)):
        knots = rng.normal(0, strength, (PATCH // step + 2, PATCH // step + 2, 3)).astype(np.float32)
        ground += cv2.resize(knots, (PATCH, PATCH), interpolation=cv2.INTER_CUBIC)
    return ground


def patches(count: int, seed: int = 0) -> list[np.ndarray]:
    """Return `count` squares of 512 px of ground, uint8 RGB."""
    rng, pictures, made = np.random.default_rng(seed), _photographs(), []
    for _ in range(count):
        if pictures:
            share = rng.uniform(0, 1)
            ground = (1 - share) * _turned(pictures[0], rng, 1.0) + share * _turned(pictures[1], rng, 1.7)
        else:
            ground = _noise(rng)
        made.append(ground.clip(0, 255).astype(np.uint8))
    return made


def sheets(folder: Path, across: int, down: int, px: int, left: float, top: float) -> Iterator[Path]:
    """Write uncompressed sheets of `px` pixels to `folder`, those that are not there yet, and yield their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pool = patches(256)
    for row in range(down):
        for col in range(across):
            path = folder / f"{row:02d}_{col:02d}.tif"
            if not path.exists():
                sheet(path, pool, px, left + col * px * CELL_M, top - row * px * CELL_M, seed=row * across + col)
            yield path


def sheet(path: Path, pool: list[np.ndarray], px: int, left: float, top: float, seed: int) -> None:
    """Write one uncompressed sheet of patches from `pool`, whole or not at all."""
    write(path, ground(pool, px, seed), left, top)


def ground(pool: list[np.ndarray], px: int, seed: int) -> np.ndarray:
    """Return (px, px, 3) of patches from `pool`."""
    rng = np.random.default_rng(seed)
    laid = np.empty((px, px, 3), np.uint8)
    for row in range(0, px, PATCH):
        for col in range(0, px, PATCH):
            patch = np.rot90(pool[rng.integers(len(pool))], rng.integers(4))
            laid[row : row + PATCH, col : col + PATCH] = patch[: px - row, : px - col]
    return laid


def write(path: Path, pixels: np.ndarray, left: float, top: float) -> None:
    """Write (px, px, 3) pixels as an uncompressed sheet, whole or not at all."""
    px = len(pixels)
    part = path.with_suffix(".part")
    place = Affine(CELL_M, 0, left, 0, -CELL_M, top)
    with rasterio.open(part, "w", driver="GTiff", width=px, height=px, count=3, dtype="uint8", crs="EPSG:5186",
                       transform=place, interleave="pixel") as out:  # fmt: skip
        out.write(pixels.transpose(2, 0, 1))
    part.rename(path)
