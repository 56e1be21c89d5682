"""Modelled depth, or its change, as the picture of a map tile: classes of the national flood map, and a hatch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.crs import CITY, transformer
from geo.disaster.impact import CLASS_EDGES_M
from geo.errors import BadInput
from geo.grid import Grid
from geo.raster import Raster

CHANGE_EDGES_MM = (500, 1000)
_LEAST_CHANGE_MM = 10
_HATCH_PX = 8
_FAINT, _OPAQUE = 90, 205
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours (red, green, blue): depth classes from shallow to deep, changes from shallower to deeper, hatch, mark."""

    classes: Sequence[Colour]
    changes: Sequence[Colour]
    hatch: Colour
    watermark: Colour


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


def depth_png(depth: Raster, palette: Palette, *, synthetic: bool) -> bytes | None:
    """Return depth in mm and uncertainty as a PNG, clear where dry; None where there is nothing to show."""
    place = np.searchsorted(np.array(CLASS_EDGES_M) * 1000, depth.data[0], "right")
    return _png(palette.classes, place, depth.data[0] > 0, depth.data[1] > 0, palette, synthetic=synthetic)


def change_png(a: Raster, b: Raster, palette: Palette, *, synthetic: bool) -> bytes | None:
    """Return what changes in depth from `a` to `b` as a PNG, clear where less than 1 cm does; None for nothing."""
    if a.grid != b.grid:
        raise BadInput("two floods can be compared on one grid only")
    change = b.data[0].astype(np.int32) - a.data[0]
    size = np.searchsorted(CHANGE_EDGES_MM, np.abs(change), "right")
    changed = np.abs(change) >= _LEAST_CHANGE_MM
    unsure = changed & ((a.data[1] > 0) | (b.data[1] > 0))
    return _png(
        palette.changes, np.where(change < 0, 2 - size, 3 + size), changed, unsure, palette, synthetic=synthetic
    )


def _png(
    colours: Sequence[Colour],
    place: NDArray[np.int64],
    shown: NDArray[np.bool_],
    unsure: NDArray[np.bool_],
    palette: Palette,
    *,
    synthetic: bool,
) -> bytes | None:
    if not (shown | unsure).any():
        return None
    rgba = np.zeros((*shown.shape, 4), np.uint8)
    rgba[shown, :3] = np.array(colours, np.uint8)[place[shown]]
    rgba[shown, 3] = _OPAQUE
    row, col = np.indices(shown.shape)
    rgba[unsure & ((row + col) % _HATCH_PX < 2)] = (*palette.hatch, _OPAQUE)
    if synthetic:
        _mark(rgba, palette.watermark)
    return bytes(cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))[1])


def _mark(rgba: NDArray[np.uint8], colour: Colour) -> None:
    """Write across the picture, every 256 px, that its terrain is synthetic."""
    letters = np.zeros(rgba.shape[:2], np.uint8)
    for down in range(0, rgba.shape[0], 256):
        for right in range(0, rgba.shape[1], 256):
            at = (right + 28, down + 140)
            cv2.putText(letters, "SYNTHETIC", at, cv2.FONT_HERSHEY_SIMPLEX, 1.2, 255, 2, cv2.LINE_AA)
    drawn = letters > 127
    under = np.where(rgba[drawn, 3:] > 0, rgba[drawn, :3], np.array(colour, np.uint8))
    rgba[drawn, :3] = (under.astype(np.uint16) + colour) // 2
    rgba[drawn, 3] = np.maximum(rgba[drawn, 3], _FAINT)
