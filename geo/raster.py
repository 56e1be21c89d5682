"""Raster: pixels that know their grid and where they are valid; a reader lays a survey on any grid."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.errors import BadInput, CrsMismatch
from geo.grid import Grid


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Pixels on a grid, checked to fit it."""

    data: NDArray[Any]
    """Pixel values, shape (bands, height, width)."""
    valid: NDArray[np.bool_]
    """True where there is ground, shape (height, width)."""
    grid: Grid

    def __post_init__(self) -> None:
        """Refuse pixels that do not fill the grid."""
        shape = (self.grid.height, self.grid.width)
        if self.data.ndim != 3 or self.data.shape[1:] != shape or self.valid.shape != shape:
            raise BadInput(f"pixels {self.data.shape} and mask {self.valid.shape} do not fill a grid of {shape}")

    def _repr_png_(self) -> bytes | None:
        if self.data.dtype != np.uint8 or len(self.data) not in (1, 3):
            return None
        bgra = [*self.data[::-1], *([self.data[0]] * (3 - len(self.data))), self.valid.astype(np.uint8) * 255]
        return bytes(cv2.imencode(".png", np.stack(bgra, -1))[1])


Reader = Callable[[Grid], Raster]
"""Gives one survey on any grid; where it shows no ground, `valid` is False and the pixels are 0."""


def same_grid(a: Raster, b: Raster) -> None:
    """Raise CrsMismatch unless `a` and `b` lie pixel on pixel."""
    if a.grid != b.grid:
        raise CrsMismatch(f"rasters on different grids: {a.grid} and {b.grid}")
