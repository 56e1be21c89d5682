"""Sheets as sources of pixels: uncompressed ones straight from their bytes, all others through GDAL."""

from __future__ import annotations

import mmap
import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioError
from rasterio.windows import Window

from geo import crs
from geo.errors import BadFile, Unreadable
from geo.grid import Grid
from geo.orthophoto import tiff
from geo.orthophoto.intake.store.sheet_file import driver_of, ground, open_sheet
from geo.orthophoto.sheet import Sheet, Transform
from geo.raster import Raster

OPEN_AT_ONCE = 64
_ROWS_PER_STRIP, _SAMPLE_FORMAT = 278, 339
_MASK = 4  # a directory that holds a transparency mask
_DEPTHS = ({8}, {16})


@dataclass(frozen=True)
class Origin:
    """What it takes to read a sheet that passed the checks, small enough to go along with every job."""

    path: Path
    epsg: int
    transform: Transform
    width: int
    height: int
    bands: int
    """Bands of ground, transparency not counted."""
    alpha: bool
    nodata: float | None
    stretch: tuple[float, float] | None
    """Values that become 0 and 255; None for 8 bits."""

    @classmethod
    def of(cls, sheet: Sheet, stretch: tuple[float, float] | None) -> Origin:
        """Return the origin of a sheet's pixels."""
        t = sheet.grid.transform
        place = (t.a, t.b, t.c, t.d, t.e, t.f)
        grid = sheet.grid
        return cls(sheet.path, crs.epsg_of(grid.crs), place, grid.width, grid.height, sheet.bands, sheet.alpha,
                   sheet.nodata, stretch)  # fmt: skip

    @property
    def name(self) -> str:
        """File name."""
        return self.path.name


@dataclass(frozen=True)
class _Rows:
    """Where the rows of an uncompressed sheet lie in its file."""

    fd: int
    starts: NDArray[np.int64]
    """Byte at which each row begins."""
    dtype: np.dtype[Any]
    bands: int

    def read(self, col: int, row: int, width: int, height: int) -> NDArray[Any]:
        """Return a part as (height, width, bands). Raises Unreadable where the file ends."""
        out = np.empty((height, width, self.bands), self.dtype)
        pixel = self.bands * self.dtype.itemsize
        lines, line = out.reshape(-1).view(np.uint8).data, width * pixel
        for number, start in enumerate(self.starts[row : row + height].tolist()):
            # read, not mapped: a file that is cut short meanwhile must not end the process
            if os.preadv(self.fd, [lines[number * line : (number + 1) * line]], start + col * pixel) != line:
                raise Unreadable("it ends before its pixels do")
        return out


class SheetFiles:
    """Opens sheets as they are read and keeps some open; one thread's own."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, tuple[Any, Callable[[], None]]] = OrderedDict()

    def get(self, origin: Origin) -> Any:
        """Return the rows or the GDAL dataset of a sheet."""
        path = origin.path
        if path in self._open:
            self._open.move_to_end(path)
            return self._open[path][0]
        if len(self._open) == OPEN_AT_ONCE:
            self._open.popitem(last=False)[1][1]()
        rows = _rows(origin)
        if rows is not None:
            fd = rows.fd
            self._open[path] = rows, lambda: os.close(fd)
        else:
            dataset = open_sheet(path)
            self._open[path] = dataset, dataset.close
        return self._open[path][0]

    def close(self) -> None:
        """Close all."""
        while self._open:
            self._open.popitem()[1][1]()


def _rows(origin: Origin) -> _Rows | None:
    """Return where a sheet's rows lie, or None unless it is an uncompressed TIFF in strips, pixel by pixel."""
    if driver_of(origin.path) != "GTiff":
        return None
    with origin.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        first, *others = tiff.directories(view)
        order = "<" if view[:2] == b"II" else ">"
    if any(_number(tags, tiff.SUBFILE, 0) & _MASK for tags in others):
        return None
    bits, kind = first.get(tiff.BITS, np.ones(1)), _number(first, _SAMPLE_FORMAT, 1)
    expected = {
        tiff.WIDTH: origin.width,
        tiff.HEIGHT: origin.height,
        tiff.SAMPLES: origin.bands + origin.alpha,
        tiff.COMPRESSION: 1,
        tiff.PLANAR: 1,
    }
    plain = all(_number(first, tag, 1) == value for tag, value in expected.items())
    if not plain or kind != 1 or _number(first, tiff.PHOTOMETRIC, 1) not in (1, 2) or set(bits.tolist()) not in _DEPTHS:
        return None
    dtype = np.dtype(f"{order}u{int(bits[0]) // 8}")
    starts = _starts(first, origin, (origin.bands + origin.alpha) * dtype.itemsize * origin.width)
    if starts is None:
        return None
    fd = os.open(origin.path, os.O_RDONLY | os.O_CLOEXEC)
    return _Rows(fd, starts, dtype, origin.bands + origin.alpha)


def _number(tags: tiff.Tags, tag: int, default: int) -> int:
    return int(tags[tag][0]) if tag in tags and len(tags[tag]) else default


def _starts(tags: tiff.Tags, origin: Origin, line: int) -> NDArray[np.int64] | None:
    """Return the byte at which each row begins, or None unless strips of whole rows hold them all."""
    per_strip = min(_number(tags, _ROWS_PER_STRIP, origin.height), origin.height)
    offsets, counts = tags.get(tiff.STRIP_OFFSETS), tags.get(tiff.STRIP_COUNTS)
    if per_strip < 1 or offsets is None or counts is None:
        return None
    strips = -(-origin.height // per_strip)
    held = np.full(strips, per_strip * line)
    held[-1] = (origin.height - (strips - 1) * per_strip) * line
    if len(offsets) != strips or len(counts) != strips or (counts.astype(np.int64) < held).any() or not offsets.all():
        return None
    rows = np.arange(origin.height)
    starts: NDArray[np.int64] = offsets.astype(np.int64)[rows // per_strip] + (rows % per_strip) * line
    return starts


class SheetSource:
    """A sheet as a source of 8-bit pixels: RGB, and near infrared where it has it."""

    def __init__(self, origin: Origin, files: SheetFiles) -> None:
        """Read `origin` through `files`."""
        self._origin, self._files = origin, files
        self.bands = 4 if origin.bands == 4 else 3
        self.grid = Grid(crs.accepted(origin.epsg), Affine(*origin.transform), origin.width, origin.height)
        self._table = None if origin.stretch is None else _table(origin.stretch)

    def window(self, col: int, row: int, width: int, height: int) -> Raster:
        """Read a part that lies inside the sheet. Raises BadFile when the file's pixels are broken."""
        origin = self._origin
        try:
            pixels, valid = self._read(col, row, width, height)
        except (RasterioError, Unreadable) as error:
            raise BadFile(f"{origin.name} has broken pixels near column {col}, row {row}; ask for it again") from error
        if self._table is not None:
            pixels = self._table[pixels]
        if origin.bands == 1:
            pixels = cv2.merge([pixels[..., 0]] * 3)
        elif pixels.shape[2] != self.bands:
            pixels = np.ascontiguousarray(pixels[..., : self.bands])
        if not valid.all():
            pixels[~valid] = 0
        return Raster(pixels.transpose(2, 0, 1), valid, self.grid.window(col, row, width, height))

    def _read(self, col: int, row: int, width: int, height: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Return values as (height, width, bands) and where they show ground."""
        origin, opened = self._origin, self._files.get(self._origin)
        if isinstance(opened, _Rows):
            pixels = opened.read(col, row, width, height)
            return pixels, ground(pixels.transpose(2, 0, 1), origin.alpha, origin.nodata)
        window = Window(col, row, width, height)
        bands = opened.read(window=window)
        valid = ground(bands, origin.alpha, origin.nodata)
        if MaskFlags.per_dataset in opened.mask_flag_enums[0] and not origin.alpha:
            valid &= opened.read_masks(1, window=window) > 0
        return cv2.merge(list(bands)).reshape(height, width, len(bands)), valid


def _table(stretch: tuple[float, float]) -> NDArray[np.uint8]:
    """Return the 8-bit value of every 16-bit one."""
    low, high = stretch
    scaled = (np.arange(1 << 16) - low) * (255 / (high - low))
    table: NDArray[np.uint8] = np.rint(scaled).clip(0, 255).astype(np.uint8)
    return table
