"""A modelled depth as the picture of a map tile: the classes of the national flood map, hatched where uncertain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.crs import CITY, transformer
from geo.disaster.impact import CLASS_EDGES_M
from geo.grid import Grid
from geo.raster import Raster

_HATCH_PX = 8
_CLEAR, _FAINT, _OPAQUE = 0, 90, 205


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours (red, green, blue) of the depth classes from shallow to deep, of the hatch and of the watermark."""

    classes: Sequence[tuple[int, int, int]]
    hatch: tuple[int, int, int]
    watermark: tuple[int, int, int]


def on_grid(depth: Raster, grid: Grid) -> Raster:
    """Return depth and uncertainty (EPSG:5186) on another grid, each pixel as the cell that holds its centre."""
    col, row = (part.ravel() + 0.5 for part in np.meshgrid(np.arange(grid.width), np.arange(grid.height)))
    t = grid.transform
    x, y = t.c + t.a * col, t.f + t.e * row
    if grid.crs != CITY:
        x, y = transformer(grid.crs, CITY).transform(x, y)
    s = depth.grid.transform
    at_col, at_row = np.floor((x - s.c) / s.a).astype(np.int64), np.floor((y - s.f) / s.e).astype(np.int64)
    inside = (at_col >= 0) & (at_col < depth.grid.width) & (at_row >= 0) & (at_row < depth.grid.height)
    data = np.zeros((len(depth.data), len(x)), depth.data.dtype)
    data[:, inside] = depth.data[:, at_row[inside], at_col[inside]]
    shape = grid.height, grid.width
    return Raster(data.reshape(-1, *shape), inside.reshape(shape), grid)


def png(depth: Raster, palette: Palette, *, synthetic: bool) -> bytes | None:
    """Return depth in mm and uncertainty as a PNG, clear where dry; None where there is nothing to show."""
    wet, unsure = depth.data[0] > 0, depth.data[1] > 0
    if not (wet | unsure).any():
        return None
    place = np.searchsorted(np.array(CLASS_EDGES_M) * 1000, depth.data[0], "right")
    rgba = np.zeros((*wet.shape, 4), np.uint8)
    rgba[..., :3] = np.array(palette.classes, np.uint8)[place]
    rgba[..., 3] = np.where(wet, _OPAQUE, _CLEAR)
    row, col = np.indices(wet.shape)
    hatched = unsure & ((row + col) % _HATCH_PX < 2)
    rgba[hatched] = (*palette.hatch, _OPAQUE)
    if synthetic:
        _mark(rgba, palette.watermark)
    return bytes(cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))[1])


def _mark(rgba: NDArray[np.uint8], colour: tuple[int, int, int]) -> None:
    """Write across the picture that its terrain is synthetic."""
    letters = np.zeros(rgba.shape[:2], np.uint8)
    cv2.putText(letters, "SYNTHETIC", (28, 140), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 255, 2, cv2.LINE_AA)
    drawn = letters > 127
    rgba[drawn, :3] = colour
    rgba[drawn, 3] = np.maximum(rgba[drawn, 3], _FAINT)
