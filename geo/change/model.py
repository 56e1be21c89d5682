"""The learned building channel: how probable a building change is, and a building at each date, by the shipped ONNX."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from affine import Affine
from numpy.typing import NDArray

from geo.errors import BadInput
from geo.grid import Grid
from geo.raster import Raster, same_grid

WEIGHTS = Path(__file__).parent / "weights" / "buildings.onnx"
CELL_M = 0.5
"""The pixel size the model has learned at."""
STRIDE_PX = 16
"""What the network sees starts on multiples of it, counted from 0, 0 of the CRS."""
CORE_PX = 2048
"""Side of what one window gives; windows start on multiples of it: the same ground always lies in the same one."""
HALO_PX = 224
"""Read around the core: as far as the network sees, in strides. Ground beyond it moves nothing, not even a rounding."""

NEAR_PX = 64
"""Read around a site that a head learns from: what lies farther off tells it next to nothing."""

LEAST_M2 = 15.0
"""Smaller objects are not told: roofs of that size are found by chance only (see the model card)."""
LEAST_SCORE = 0.6
"""Objects that prove right less often are not told: on ground that changed little, fewer than 10 per km2 are false."""

HEAD_NAMES = ("net.change.weight", "net.change.bias")
"""Values of the ONNX that may be given anew with each run."""
BANDS = ("change", "building_before", "building_after")
Read = Callable[[Grid], tuple[Raster, Raster]]
"""Gives both dates, aligned, on any grid, as `scan.Pair.read` does."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last layer of change: what a city refits to its own ground (see training/refit.py)."""

    weights: tuple[tuple[float, ...], ...]
    """One row of 32 per pixel of a square of 2 x 2, row by row; a feature covers 4 x 4 px of 0.5 m."""
    biases: tuple[float, ...]


def shipped_head() -> Head:
    """Return the head inside the shipped ONNX."""
    known = json.loads(_told()["head"])
    return Head(tuple(tuple(row) for row in known["weights"]), tuple(known["biases"]))


def calibrated(mean: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how often an object of this mean probability of change (0 to 1) proved right on scenes held out.

    A logistic curve (Platt 1999) over the log odds, fitted by training/calibrate.py and kept inside the ONNX.
    """
    even, steep = json.loads(_told()["calibration"])
    p = np.clip(mean, 0.01, 0.99)
    return np.asarray(1 / (1 + np.exp(-steep * (np.log(p / (1 - p)) - even))), np.float64)


def found(probability: NDArray[np.uint8], cell_m: float = CELL_M) -> NDArray[np.bool_]:
    """Return the changed objects of a whole map of probabilities (height, width), 0 to 255.

    Specks under 3 px across go; of the objects, those that are large and sure enough stay.
    """
    labels, areas, means = objects(probability)
    stay = (areas * cell_m**2 >= LEAST_M2) & (calibrated(means) >= LEAST_SCORE)
    stay[0] = False
    return np.asarray(stay[labels], np.bool_)


def objects(probability: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """Return numbered objects (0: none), and the pixels and the mean probability, 0 to 1, of each number."""
    likely = cv2.morphologyEx((probability >= 128).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels = cv2.connectedComponents(likely, connectivity=8)
    areas = np.bincount(labels.ravel(), minlength=count)
    sums = np.bincount(labels.ravel(), weights=probability.ravel(), minlength=count)
    return np.asarray(labels, np.int32), areas, sums / np.maximum(areas, 1) / 255


def probabilities(read: Read, block: Grid, head: Head | None = None) -> Raster:
    """Return the probabilities of BANDS on `block`, uint8 0 to 255, 0 where either date shows no ground.

    `block` is north up with pixels of 0.5 m, its corner on a multiple of 0.5 m; `head` is a city's own.
    Raises BadInput.
    """
    col, row = _place(block)
    out = np.zeros((len(BANDS), block.height, block.width), np.uint8)
    valid = np.zeros((block.height, block.width), bool)
    for top in _starts(row, block.height):
        for left in _starts(col, block.width):
            y = slice(max(top, row), min(top + CORE_PX, row + block.height))
            x = slice(max(left, col), min(left + CORE_PX, col + block.width))
            side = CORE_PX + 2 * HALO_PX
            before, after = read(block.window(left - HALO_PX - col, top - HALO_PX - row, side, side))
            seen = window(before, after, head)
            core = (
                slice(y.start - top + HALO_PX, y.stop - top + HALO_PX),
                slice(x.start - left + HALO_PX, x.stop - left + HALO_PX),
            )
            here = slice(y.start - row, y.stop - row), slice(x.start - col, x.stop - col)
            out[:, *here] = seen.data[:, *core]
            valid[here] = seen.valid[core]
    return Raster(out, valid, block)


def features(read: Read, block: Grid) -> tuple[Raster, Raster]:
    """Return what the head reads on `block`, 32 bands of float32 with pixels of 2 m, and the probabilities of BANDS.

    `block` is as for `probabilities`, its corner and sides on multiples of the stride. Raises BadInput.
    """
    if any(edge % STRIDE_PX for edge in (*_place(block), block.width, block.height)):
        raise BadInput(f"features are read between multiples of {STRIDE_PX} px, got {block}")
    before, after = read(block.window(-NEAR_PX, -NEAR_PX, block.width + 2 * NEAR_PX, block.height + 2 * NEAR_PX))
    same_grid(before, after)
    whole = slice(None), slice(None)
    images = {"before": _image(before, whole), "after": _image(after, whole)}
    seen, maps = _session().run(["features", "probabilities"], images)
    coarse = Grid(block.crs, block.transform @ Affine.scale(4), block.width // 4, block.height // 4)
    inner, core = slice(NEAR_PX // 4, -NEAR_PX // 4), slice(NEAR_PX, -NEAR_PX)
    valid = (before.valid & after.valid)[core, core]
    whole_cells = np.asarray(valid.reshape(coarse.height, 4, coarse.width, 4).all(axis=(1, 3)))
    probable = _bytes(maps)[:, core, core] * valid
    return Raster(seen[:, inner, inner], whole_cells, coarse), Raster(probable, valid, block)


def _place(block: Grid) -> tuple[int, int]:
    """Return column and row of the first pixel, counted from 0, 0 of the CRS."""
    left, _, _, top = block.bounds
    col, row = left / CELL_M, -top / CELL_M
    if not block.north_up or block.cell != CELL_M or col % 1 or row % 1:
        raise BadInput(f"buildings are looked for on pixels of {CELL_M} m on multiples of {CELL_M} m, got {block}")
    return int(col), int(row)


def _starts(first: int, count: int) -> range:
    """Return where the windows start that touch `count` pixels from `first` on."""
    return range(math.floor(first / CORE_PX) * CORE_PX, first + count, CORE_PX)


def window(before: Raster, after: Raster, head: Head | None = None) -> Raster:
    """Return the probabilities of BANDS on one window, rim included; only where both dates show ground is computed."""
    same_grid(before, after)
    valid = before.valid & after.valid
    found = np.zeros((len(BANDS), *valid.shape), np.uint8)
    if valid.any():
        part = _span(np.asarray(valid.any(axis=1))), _span(np.asarray(valid.any(axis=0)))
        images = {"before": _image(before, part), "after": _image(after, part)} | _layer(head)
        maps: NDArray[np.float32] = _session().run(["probabilities"], images)[0]
        found[:, *part] = _bytes(maps) * valid[part]
    return Raster(found, valid, before.grid)


def _bytes(maps: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return probabilities as 0 to 255, rounded."""
    flat = cv2.convertScaleAbs(maps.reshape(-1, maps.shape[2]), alpha=255)
    return np.asarray(flat, np.uint8).reshape(maps.shape)


def _layer(head: Head | None) -> dict[str, NDArray[np.generic]]:
    """Return a city's own head as the ONNX takes it; without one, it uses what it has inside."""
    if head is None:
        return {}
    values = np.array(head.weights, np.float32)[:, :, None, None], np.array(head.biases, np.float32)
    return dict(zip(HEAD_NAMES, values, strict=True))


def _span(some: NDArray[np.bool_]) -> slice:
    """Return from the first to the last True, grown to multiples of the stride."""
    first, last = int(some.argmax()), len(some) - int(some[::-1].argmax())
    return slice(first // STRIDE_PX * STRIDE_PX, -(-last // STRIDE_PX) * STRIDE_PX)


def _image(date: Raster, part: tuple[slice, slice]) -> NDArray[np.uint8]:
    if date.data.shape[0] < 3 or date.data.dtype != np.uint8:
        raise BadInput(f"three bands of uint8 are needed, got {date.data.shape[0]} of {date.data.dtype}")
    return np.ascontiguousarray(np.moveaxis(date.data[:3, *part], 0, 2))


@lru_cache(maxsize=1)
def _told() -> dict[str, str]:
    """Return what the ONNX tells of itself: its head, and how its objects are scored."""
    return dict(_session().get_modelmeta().custom_metadata_map)


@lru_cache(maxsize=1)
def _session() -> onnxruntime.InferenceSession:
    """Open the model once per process, on one thread: there is one process per core."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of the head that may be given anew, which is meant
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(WEIGHTS), options, providers=["CPUExecutionProvider"])
