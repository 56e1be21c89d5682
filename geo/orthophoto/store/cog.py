"""A published pyramid, held open: tiles come out as they are stored, pixels on any grid."""

from __future__ import annotations

import math
import mmap
import os
import weakref
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from geo.errors import Damaged, Unreadable
from geo.grid import TILE_MATRIX_SETS, Grid, TileMatrixSet
from geo.orthophoto import encode, layout, mask, tiff
from geo.orthophoto.warp import blank, halve, interleaved, lay, offset, projection, touched
from geo.raster import Raster


class _Level:
    """One matrix of an open pyramid, as a source of pixels; its grid ends with the tiles that are there."""

    def __init__(self, cog: Cog, level: layout.Level, image: tiff.Tags, masks: tiff.Tags) -> None:
        self.z = level.z
        self.bands = cog.bands
        self._cog, self._level = cog, level
        self.offsets, self.counts = tiff.blocks(image)
        self.mask_offsets, self.mask_counts = tiff.blocks(masks)
        there = np.flatnonzero(self.counts)
        if not there.size:
            raise Unreadable(f"level {level.z} has no tile")
        cols, rows = there % level.cols, there // level.cols
        self._col, self._row = level.col + int(cols.min()), level.row + int(rows.min())
        self._ends = level.col + int(cols.max()) + 1, level.row + int(rows.max()) + 1
        px = cog.tms.tile_px
        first = cog.tms.tile(level.z, self._col, self._row)
        self.grid = first.window(0, 0, (self._ends[0] - self._col) * px, (self._ends[1] - self._row) * px)

    def cell(self, x: int, y: int) -> int | None:
        """Return the place of a tile in the arrays, or None where there is no tile."""
        if not (self._col <= x < self._ends[0] and self._row <= y < self._ends[1]):
            return None
        cell = (y - self._level.row) * self._level.cols + x - self._level.col
        return cell if self.counts[cell] else None

    def window(self, col: int, row: int, width: int, height: int) -> Raster:
        """Read a part; what lies outside is not valid."""
        px = self._cog.tms.tile_px
        out = blank(self.grid.window(col, row, width, height), self.bands)
        pixels = interleaved(out)
        for y in range(max(row // px, 0), min(-(-(row + height) // px), self._ends[1] - self._row)):
            for x in range(max(col // px, 0), min(-(-(col + width) // px), self._ends[0] - self._col)):
                tile = self._cog.raster(self.z, self._col + x, self._row + y)
                if tile is None:
                    continue
                left, top = max(x * px, col), max(y * px, row)
                right, bottom = min((x + 1) * px, col + width), min((y + 1) * px, row + height)
                there = np.s_[top - y * px : bottom - y * px, left - x * px : right - x * px]
                here = np.s_[top - row : bottom - row, left - col : right - col]
                valid = tile.valid[there]
                part = interleaved(tile)[there]
                pixels[here] = part if valid.all() else np.where(valid[..., None], part, 0)
                out.valid[here] = valid
        return out


class _Shrunk:
    """A level made smaller in memory, for grids coarser than any that is stored."""

    def __init__(self, raster: Raster) -> None:
        self._raster = raster
        self.bands = len(raster.data)
        self.grid = raster.grid

    def window(self, col: int, row: int, width: int, height: int) -> Raster:
        """Read a part; what lies outside is not valid."""
        out = blank(self.grid.window(col, row, width, height), self.bands)
        left, top = max(col, 0), max(row, 0)
        right, bottom = min(col + width, self.grid.width), min(row + height, self.grid.height)
        if left < right and top < bottom:
            there = np.s_[top:bottom, left:right]
            here = np.s_[top - row : bottom - row, left - col : right - col]
            interleaved(out)[here] = interleaved(self._raster)[there]
            out.valid[here] = self._raster.valid[there]
        return out


class Cog:
    """One published pyramid. It may be used by several threads."""

    def __init__(self, file: Path, tms: TileMatrixSet, size: int) -> None:
        """Open `file`, which had `size` bytes when it was published. Raises Damaged, with its cause."""
        self.tms = tms
        try:
            self._fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise Damaged(f"{file.name} cannot be opened ({error.strerror})") from error
        weakref.finalize(self, os.close, self._fd)
        found = os.fstat(self._fd).st_size
        if found != size:
            raise Damaged(f"{file.name} has {found:,} bytes, published were {size:,}")
        self._name, self._size = file.name, size
        try:
            # the directories alone are mapped, and only now: a file cut short later must not end the process
            with mmap.mmap(self._fd, 0, access=mmap.ACCESS_READ) as view:
                chain = tiff.directories(view)
            self.bands = int(chain[0][tiff.SAMPLES][0])
            self.levels = self._levels(chain)
            self._head = encode.head(chain[0][tiff.JPEG_TABLES].tobytes())
        except (Unreadable, KeyError, IndexError, ValueError) as error:
            raise Damaged(f"{file.name} is not the pyramid that was published: {error}") from error
        self._finest = max(self.levels)
        self._coarsest = min(self.levels)

    def _levels(self, chain: list[tiff.Tags]) -> dict[int, _Level]:
        """Pair images with their masks and find which matrix each is, from the position of the first."""
        found = {}
        left, top = float(chain[0][tiff.TIEPOINT][3]), float(chain[0][tiff.TIEPOINT][4])
        cell, width = float(chain[0][tiff.PIXEL_SCALE][0]), int(chain[0][tiff.WIDTH][0])
        for image, masks in zip(chain[::2], chain[1::2], strict=True):
            cols, rows = (int(image[tag][0]) // self.tms.tile_px for tag in (tiff.WIDTH, tiff.HEIGHT))
            z = round(math.log2(self.tms.cell_0 / (cell * width / int(image[tiff.WIDTH][0]))))
            span = self.tms.span(z)
            col, row = round((left - self.tms.left) / span), round((self.tms.top - top) / span)
            found[z] = _Level(self, layout.Level(z, col, row, cols, rows), image, masks)
        return found

    def check(self) -> None:
        """Raise Damaged unless the file still has its size."""
        if os.fstat(self._fd).st_size != self._size:
            raise Damaged(f"{self._name} is shorter than when it was published")

    def _bytes(self, offset: Any, count: Any) -> bytes:
        try:
            data = os.pread(self._fd, int(count), int(offset))
        except OSError as error:
            raise Damaged(f"{self._name} cannot be read ({error.strerror})") from error
        if len(data) != count:
            raise Damaged(f"{self._name} is shorter than when it was published")
        return data

    def stored(self, z: int, x: int, y: int) -> tuple[bytes, bytes | None] | None:
        """Return a tile as a JPEG file and its mask (None when it is whole), undecoded; None where there is no tile."""
        level = self.levels.get(z)
        cell = level.cell(x, y) if level else None
        if level is None or cell is None:
            return None
        # without the two bytes that begin a picture: the head has them
        stream = self._bytes(level.offsets[cell] + 2, level.counts[cell] - 2)
        # a tile's own mask stands behind it, the one that whole tiles share before all of them
        partial = level.mask_offsets[cell] > level.offsets[cell]
        held = self._bytes(level.mask_offsets[cell], level.mask_counts[cell]) if partial else None
        return self._head + stream, held

    def raster(self, z: int, x: int, y: int) -> Raster | None:
        """Return the pixels of a stored tile, or None where there is none."""
        found = self.stored(z, x, y)
        if found is None:
            return None
        grid = self.tms.tile(z, x, y)
        pixels = encode.decoded(found[0], grid, self.bands)
        valid = np.ones(pixels.shape[:2], np.bool_) if found[1] is None else mask.unpack(found[1])
        return Raster(pixels.transpose(2, 0, 1), valid, grid)

    def read(self, target: Grid) -> Raster:
        """Return the survey on any grid: the stored pixels where it is aligned with a level, else resampled."""
        for level in self.levels.values():
            if offset(level.grid, target) is not None:
                return lay(level, target)
        finest = self.levels[self._finest]
        inside = touched(finest.grid, target)
        if inside is None:
            return blank(target, self.bands)
        scale = _scale(finest.grid, target, inside)
        z = self._finest - max(math.floor(math.log2(scale) + 1e-6), 0)
        if z >= self._coarsest:
            return lay(self.levels[z], target)
        return lay(self._shrunk(z), target)

    def _shrunk(self, z: int) -> _Shrunk:
        """Return a level coarser than any that is stored; never much smaller than a tile of it."""
        coarsest = self.levels[self._coarsest]
        raster = coarsest.window(0, 0, coarsest.grid.width, coarsest.grid.height)
        for _ in range(min(self._coarsest - z, 8)):
            t = raster.grid.transform
            raster = halve(
                raster,
                Grid(raster.grid.crs, t @ t.scale(2), raster.grid.width // 2, raster.grid.height // 2),
            )
        return _Shrunk(raster)


def _scale(source: Grid, target: Grid, inside: tuple[int, int, int, int]) -> float:
    """Return how many pixels of `source` a pixel of `target` is wide, in the middle of the part `inside`."""
    col, row, width, height = inside
    x, y = col + width / 2, row + height / 2
    middle, right, below = projection(source, target)(np.array([x, x + 1, x]), np.array([y, y, y + 1]))
    steps = [math.dist(middle, right), math.dist(middle, below)]
    return max(min(step if math.isfinite(step) else 1.0 for step in steps), 1e-6)


@lru_cache(maxsize=64)
def opened(file: Path, tms_id: str, size: int, version: str) -> Cog:
    """Return a published pyramid, held open by this process for as long as its `version` is asked for."""
    return Cog(file, TILE_MATRIX_SETS[tms_id], size)
