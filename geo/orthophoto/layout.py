"""How a pyramid lies in one file: a sparse Cloud Optimized GeoTIFF whose every level is on the tile grid.

Directories stand first, the finest level first, each with its mask; then the tiles, the coarsest first, row by row.
A tile is a JPEG stream that shares one set of tables; its mask is a DEFLATE stream behind it, `mask.FULL` once for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from geo.grid import TileMatrixSet
from geo.orthophoto import mask, tiff
from geo.orthophoto.pyramid import Plan
from geo.orthophoto.tiff import Entry, entry

ROW = np.dtype(
    [
        ("z", "i4"), ("y", "i4"), ("x", "i4"), ("part", "i4"), ("place", "i8"), ("stream", "i4"), ("mask", "i4"),
        ("layer", "i4"),
    ]
)  # fmt: skip
"""A built tile of a layer: where it stands in the file of its part, and its bytes; `mask` is 0 for a whole tile."""
CLASSIC_LIMIT = (1 << 32) - (1 << 24)


@dataclass(frozen=True, slots=True)
class Level:
    """Tiles of one matrix that a file has room for."""

    z: int
    col: int
    row: int
    cols: int
    rows: int


def levels(plan: Plan) -> list[Level]:
    """Return the levels of a plan, finest first."""
    found = []
    for z in range(plan.leaf_z, plan.top_z - 1, -1):
        grow = z - plan.top_z
        found.append(
            Level(z, plan.corner[0] << grow, plan.corner[1] << grow, plan.extent[0] << grow, plan.extent[1] << grow)
        )
    return found


@dataclass(frozen=True, slots=True)
class Placed:
    """The bytes that stand before the tiles, and where each tile goes."""

    head: bytes
    """Directories, then the mask that whole tiles share."""
    rows: NDArray[np.void]
    """The tiles in the order in which they are written, as ROW."""
    size: int
    """Bytes of the whole file."""


def place(
    tms: TileMatrixSet, plan: Plan, rows: NDArray[np.void], tables: bytes, tags: Mapping[str, str], bands: int = 3
) -> Placed:
    """Lay the tiles `rows`, of three bands or one, out in one file that carries `tags`."""
    ordered = rows[np.lexsort((rows["x"], rows["y"], rows["z"]))]
    lengths = ordered["stream"].astype(np.int64) + ordered["mask"]
    room = [np.zeros((4, level.rows * level.cols), np.uint64) for level in levels(plan)]
    # the largest that it can become decides, so that sizes of directories are known before offsets
    big = int(lengths.sum()) + 2 * sum(r.nbytes for r in room) > CLASSIC_LIMIT
    head = len(tiff.pack(_chain(tms, plan, room, tables, tags, bands, big), big=big))
    starts = head + len(mask.FULL) + np.concatenate([[0], np.cumsum(lengths)])
    for level, arrays in zip(levels(plan), room, strict=True):
        here = ordered["z"] == level.z
        tiles, begin = ordered[here], starts[:-1][here]
        cell = (tiles["y"] - level.row).astype(np.int64) * level.cols + (tiles["x"] - level.col)
        whole = tiles["mask"] == 0
        arrays[0, cell], arrays[1, cell] = begin, tiles["stream"]
        arrays[2, cell] = np.where(whole, head, begin + tiles["stream"])
        arrays[3, cell] = np.where(whole, len(mask.FULL), tiles["mask"])
    packed = tiff.pack(_chain(tms, plan, room, tables, tags, bands, big), big=big)
    return Placed(packed + mask.FULL, ordered, int(starts[-1]))


def _chain(
    tms: TileMatrixSet,
    plan: Plan,
    room: list[NDArray[np.uint64]],
    tables: bytes,
    tags: Mapping[str, str],
    bands: int,
    big: bool,
) -> list[list[Entry]]:
    chain = []
    for number, (level, arrays) in enumerate(zip(levels(plan), room, strict=True)):
        reduced = 1 if number else 0
        image = _image(level, tms.tile_px, reduced, tables, bands) + _blocks(arrays[0], arrays[1], big)
        if not number:
            image += [*_position(tms, level), _metadata(tags)]
        chain.append(image)
        chain.append(_mask(level, tms.tile_px, reduced) + _blocks(arrays[2], arrays[3], big))
    return chain


def _size(level: Level, px: int) -> list[Entry]:
    return [
        entry(tiff.WIDTH, tiff.LONG, level.cols * px),
        entry(tiff.HEIGHT, tiff.LONG, level.rows * px),
        entry(tiff.PLANAR, tiff.SHORT, 1),
        entry(tiff.TILE_WIDTH, tiff.SHORT, px),
        entry(tiff.TILE_HEIGHT, tiff.SHORT, px),
    ]


def _image(level: Level, px: int, reduced: int, tables: bytes, bands: int) -> list[Entry]:
    image = [
        *_size(level, px),
        entry(tiff.SUBFILE, tiff.LONG, reduced),
        entry(tiff.BITS, tiff.SHORT, *[8] * bands),
        entry(tiff.COMPRESSION, tiff.SHORT, 7),  # JPEG, TIFF Technical Note 2
        entry(tiff.SAMPLES, tiff.SHORT, bands),
        Entry(tiff.JPEG_TABLES, tiff.UNDEFINED, tables),
    ]
    if bands == 1:
        return [*image, entry(tiff.PHOTOMETRIC, tiff.SHORT, 1)]  # black is zero
    return [
        *image,
        entry(tiff.PHOTOMETRIC, tiff.SHORT, 6),  # YCbCr
        entry(tiff.SUBSAMPLING, tiff.SHORT, 2, 2),
        entry(tiff.REFERENCE_BLACK_WHITE, tiff.RATIONAL, 0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1),
    ]


def _mask(level: Level, px: int, reduced: int) -> list[Entry]:
    return [
        *_size(level, px),
        entry(tiff.SUBFILE, tiff.LONG, 4 + reduced),  # a transparency mask
        entry(tiff.BITS, tiff.SHORT, 1),
        entry(tiff.COMPRESSION, tiff.SHORT, 8),  # DEFLATE
        entry(tiff.PHOTOMETRIC, tiff.SHORT, 4),
        entry(tiff.SAMPLES, tiff.SHORT, 1),
    ]


def _blocks(offsets: NDArray[np.uint64], counts: NDArray[np.uint64], big: bool) -> list[Entry]:
    return [
        Entry(tiff.TILE_OFFSETS, tiff.LONG8 if big else tiff.LONG, offsets),
        Entry(tiff.TILE_COUNTS, tiff.LONG, counts),
    ]


def _position(tms: TileMatrixSet, level: Level) -> list[Entry]:
    t = tms.tile(level.z, level.col, level.row).transform
    keys = (1, 1, 0, 4, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, int(tms.crs.to_epsg() or 0), 3076, 0, 1, 9001)
    return [
        entry(tiff.PIXEL_SCALE, tiff.DOUBLE, t.a, -t.e, 0),
        entry(tiff.TIEPOINT, tiff.DOUBLE, 0, 0, 0, t.c, t.f, 0),
        entry(tiff.GEO_KEYS, tiff.SHORT, *keys),  # projected, pixel is area, EPSG code, metres
    ]


def _metadata(tags: Mapping[str, str]) -> Entry:
    items = "".join(f"<Item name={quoteattr(name)}>{escape(value)}</Item>" for name, value in tags.items())
    return Entry(tiff.GDAL_METADATA, tiff.ASCII, f"<GDALMetadata>{items}</GDALMetadata>".encode() + b"\0")
