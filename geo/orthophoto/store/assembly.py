"""Assembly: the tiles of all parts joined into one pyramid file, read back and checked before it is published."""

from __future__ import annotations

import os
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from geo.errors import Damaged
from geo.grid import TILE_MATRIX_SETS
from geo.orthophoto import layout
from geo.orthophoto.intake.store.parts import Built
from geo.orthophoto.pyramid import COLOUR
from geo.orthophoto.store.cog import Cog

_OPEN_AT_ONCE = 256
_PROBES = 16
_CHUNK = 1 << 20


def assemble(file: Path, built: Built, layer: int, tags: Mapping[str, str]) -> int:
    """Write the tiles of one layer of one grid to `file` and return its size.

    It is on the disk, reads back as written and opens as a pyramid when this returns. Raises Damaged when it does not.
    """
    tms = TILE_MATRIX_SETS[built.plan.tms_id]
    rows, tables = built.layer(layer)
    placed = layout.place(tms, built.plan, rows, tables, tags, 3 if layer == COLOUR else 1)
    written = zlib.crc32(placed.head)
    with file.open("wb") as out:
        out.write(placed.head)
        for data in _tiles(built, placed.rows):
            written = zlib.crc32(data, written)
            out.write(data)
        out.flush()
        os.fsync(out.fileno())
    if _crc(file) != written:
        raise Damaged(f"{file.name} reads back other than it was written; check the disk")
    _verify(file, built, rows, placed.size)
    return placed.size


def _crc(file: Path) -> int:
    found = 0
    with file.open("rb") as back:
        while data := back.read(_CHUNK):
            found = zlib.crc32(data, found)
    return found


def _tiles(built: Built, rows: NDArray[np.void]) -> Iterator[bytes]:
    """Yield the bytes of tiles out of their part files, of which some are held open."""
    held: OrderedDict[int, BinaryIO] = OrderedDict()
    try:
        for row in rows:
            number = int(row["part"])
            if number not in held:
                if len(held) == _OPEN_AT_ONCE:
                    held.popitem(last=False)[1].close()
                held[number] = built.parts[number].file.open("rb")
            yield os.pread(held[number].fileno(), int(row["stream"]) + int(row["mask"]), int(row["place"]))
    finally:
        for file in held.values():
            file.close()


def _verify(file: Path, built: Built, rows: NDArray[np.void], size: int) -> None:
    written = Cog(file, TILE_MATRIX_SETS[built.plan.tms_id], size)
    if sum(int(np.count_nonzero(level.counts)) for level in written.levels.values()) != len(rows):
        raise Damaged(f"{file.name} does not hold the tiles that were built")
    for row in rows[:: max(len(rows) // _PROBES, 1)]:
        if written.raster(int(row["z"]), int(row["x"]), int(row["y"])) is None:
            raise Damaged(f"{file.name} does not hold tile {row['z']}/{row['x']}/{row['y']}")
