"""TIFF directories as bytes: read to learn what a file claims to hold, written to lay a tiled pyramid out by hand.

TIFF 6.0 (Adobe, 1992) and BigTIFF (AWare Systems, 2008); tags of GeoTIFF 1.1 (OGC 19-008r4).
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from mmap import mmap

import numpy as np
from numpy.typing import NDArray

from geo.errors import Unreadable

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MAX_DIRECTORIES = 128
MAX_TAGS = 4096

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
STRIP_OFFSETS, SAMPLES, STRIP_COUNTS, PLANAR = 273, 277, 279, 284
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_COUNTS, JPEG_TABLES = 322, 323, 324, 325, 347
SUBSAMPLING, REFERENCE_BLACK_WHITE = 530, 532
PIXEL_SCALE, TIEPOINT, GEO_KEYS, GDAL_METADATA = 33550, 33922, 34735, 42112

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, DOUBLE, LONG8 = 1, 2, 3, 4, 5, 7, 12, 16
_CODES = {1: "u1", 2: "u1", 3: "u2", 4: "u4", 5: "u8", 6: "i1", 7: "u1", 8: "i2", 9: "i4", 10: "i8", 11: "f4", 12: "f8",
          13: "u4", 16: "u8", 17: "i8", 18: "u8"}  # fmt: skip

Tags = Mapping[int, NDArray[np.generic]]
"""The values of one directory by tag; text and undefined bytes as uint8."""


@dataclass(frozen=True, slots=True)
class _Form:
    """Sizes in which classic TIFF and BigTIFF differ."""

    order: str
    big: bool

    @property
    def offset(self) -> str:
        return self.order + ("Q" if self.big else "I")

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def entry(self) -> int:
        return 20 if self.big else 12

    @property
    def inline(self) -> int:
        return 8 if self.big else 4


def directories(buffer: bytes | mmap) -> list[Tags]:
    """Return every directory of the chain that the header begins. Raises Unreadable, saying what is broken."""
    if bytes(buffer[:4]) not in MAGIC:
        raise Unreadable("it is not a TIFF")
    form = _Form("<" if buffer[:2] == b"II" else ">", b"+" in bytes(buffer[2:4]))
    place = _unpack(buffer, form.offset, 8 if form.big else 4)
    found: list[Tags] = []
    seen = set()
    while place:
        if place in seen or len(found) == MAX_DIRECTORIES:
            raise Unreadable("it is damaged: its directories run in a circle or are too many")
        seen.add(place)
        tags, place = _directory(buffer, form, place)
        found.append(tags)
    if not found:
        raise Unreadable("it is damaged: it has no directory")
    return found


def _unpack(buffer: bytes | mmap, code: str, place: int) -> int:
    if place + struct.calcsize(code) > len(buffer):
        raise Unreadable("it is cut short: its directory lies beyond the end of the file")
    return int(struct.unpack_from(code, buffer, place)[0])


def _directory(buffer: bytes | mmap, form: _Form, place: int) -> tuple[Tags, int]:
    count = _unpack(buffer, form.count, place)
    if count > MAX_TAGS:
        raise Unreadable(f"it is damaged: its directory claims {count} tags")
    start = place + struct.calcsize(form.count)
    tags = {}
    for entry in range(start, start + count * form.entry, form.entry):
        tag = _unpack(buffer, form.order + "H", entry)
        kind = _unpack(buffer, form.order + "H", entry + 2)
        number = _unpack(buffer, form.offset, entry + 4)
        value = entry + 4 + form.inline
        if kind not in _CODES:
            continue
        dtype = np.dtype(_CODES[kind]).newbyteorder(form.order)  # type: ignore[arg-type]
        if number * dtype.itemsize > form.inline:
            value = _unpack(buffer, form.offset, value)
        if value + number * dtype.itemsize > len(buffer):
            raise Unreadable("it is cut short: a tag's values lie beyond the end of the file")
        raw = bytes(buffer[value : value + number * dtype.itemsize])
        tags[tag] = np.frombuffer(raw, dtype)
    return tags, _unpack(buffer, form.offset, start + count * form.entry)


def blocks(tags: Tags) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return offsets and byte counts of a directory's strips or tiles; empty where it does not tell both."""
    for offsets, counts in ((STRIP_OFFSETS, STRIP_COUNTS), (TILE_OFFSETS, TILE_COUNTS)):
        if offsets in tags and counts in tags and len(tags[offsets]) == len(tags[counts]):
            return tags[offsets].astype(np.uint64), tags[counts].astype(np.uint64)
    return np.empty(0, np.uint64), np.empty(0, np.uint64)


def end_of_pixels(tags: Tags) -> int:
    """Return the byte after the last strip or tile that a directory claims to have; 0 where it has none."""
    offsets, counts = blocks(tags)
    held = counts > 0
    return int((offsets[held] + counts[held]).max()) if held.any() else 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag to write."""

    tag: int
    kind: int
    values: NDArray[np.generic] | bytes

    def raw(self) -> bytes:
        """Return the values as little-endian bytes."""
        if isinstance(self.values, bytes):
            return self.values
        return self.values.astype(
            np.dtype(_CODES[self.kind] if self.kind != RATIONAL else "u4").newbyteorder("<")
        ).tobytes()


def entry(tag: int, kind: int, *values: float) -> Entry:
    """Return a tag of a few numbers; a RATIONAL takes numerator and denominator in turn."""
    return Entry(tag, kind, np.array(values))


def pack(chain: Sequence[Sequence[Entry]], *, big: bool) -> bytes:
    """Return a file's header and its directories in order, each followed by the values that do not fit in it."""
    form = _Form("<", big)
    header = b"II+\0" + struct.pack("<HHQ", 8, 0, 16) if big else b"II*\0" + struct.pack("<I", 8)
    parts, place = [header], len(header)
    for number, entries in enumerate(chain):
        table = struct.calcsize(form.count) + len(entries) * form.entry + struct.calcsize(form.offset)
        rows, values, beyond = [], [], place + table
        for item in sorted(entries, key=lambda item: item.tag):
            raw = item.raw()
            count = len(raw) // (8 if item.kind == RATIONAL else np.dtype(_CODES[item.kind]).itemsize)
            rows.append(struct.pack(form.order + "HH", item.tag, item.kind) + struct.pack(form.offset, count))
            if len(raw) <= form.inline:
                rows.append(raw.ljust(form.inline, b"\0"))
                continue
            rows.append(struct.pack(form.offset, beyond))
            values.append(raw.ljust(-(-len(raw) // 16) * 16, b"\0"))
            beyond += len(values[-1])
        beyond = -(-beyond // 16) * 16
        onward = beyond if number + 1 < len(chain) else 0
        body = struct.pack(form.count, len(entries)) + b"".join(rows) + struct.pack(form.offset, onward)
        parts.append((body + b"".join(values)).ljust(beyond - place, b"\0"))
        place = beyond
    return b"".join(parts)
