"""Mapbox Vector Tile 2.1: one layer of shapes given in tile units, encoded by whole arrays."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

EXTENT = 4096
"""Units along a tile's side; x to the right, y down."""

_MOVE_TO, _LINE_TO, _CLOSE = 1, 2, 15  # command integers of the specification, 4.3.1; _CLOSE with its count of one

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]
Parts = tuple[Ints, Ints, Ints]
"""Vertices (n, 2); how many each part has; the row each part belongs to."""


def layer(name: str, shapes: Shapes, ids: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> bytes:
    """Return a tile of one layer: `shapes` in tile units, `ids` and the values of `columns` in the same order.

    Shapes that vanish in whole units are left out, so are missing values. Points, lines and polygons may be mixed.
    """
    tags, values = _tags(columns, len(shapes))
    out = [b"\x78\x02", _field(1, name.encode())]
    dimension = shapely.get_dimensions(shapes)
    for kind, parts_of in enumerate((_points, _lines, _rings)):
        rows = np.flatnonzero(dimension == kind)
        if not len(rows):
            continue
        vertices, counts, owner = parts_of(shapes[rows])
        if not len(counts):
            continue
        head = b"\x18" + _varint(kind + 1)
        for row, commands in _geometries(kind + 1, vertices, counts, rows[owner]):
            out.append(_field(2, b"\x08" + _varint(ids[row]) + _field(2, tags[row]) + head + _field(4, commands)))
    out += [_field(3, key.encode()) for key in columns]
    out += [_field(4, value) for value in values]
    out.append(b"\x28" + _varint(EXTENT))
    return _field(3, b"".join(out))


def _points(shapes: Shapes) -> Parts:
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    return np.rint(xy).astype(np.int64), np.bincount(owner, minlength=len(shapes)), np.arange(len(shapes))


def _lines(shapes: Shapes) -> Parts:
    lines, owner = shapely.get_parts(shapes, return_index=True)
    is_line = shapely.get_dimensions(lines) == 1  # a clip may leave points beside lines
    lines, owner = lines[is_line], owner[is_line]
    vertices, counts = _rounded(lines)
    return _kept(counts >= 2, vertices, counts, owner)


def _rings(shapes: Shapes) -> Parts:
    polygons, owner = shapely.get_parts(shapes, return_index=True)
    is_polygon = shapely.get_dimensions(polygons) == 2
    polygons, owner = shapely.orient_polygons(polygons[is_polygon]), owner[is_polygon]
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    vertices, counts = _rounded(rings)
    vertices, counts = _opened(vertices, counts)
    first = np.append(True, np.diff(polygon) > 0)  # the exterior: positive area with y down, holes negative
    area = np.where(first, 1, -1) * _doubled_area(vertices, counts)
    good = (counts >= 3) & (area > 0)
    return _kept(good & good[first][polygon], vertices, counts, owner[polygon])


def _rounded(lines: Shapes) -> tuple[Ints, Ints]:
    """Return vertices in whole units, one where several follow each other at one place, and how many each line has."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    units = np.rint(xy).astype(np.int64)
    new = np.ones(len(units), dtype=bool)
    new[1:] = (units[1:] != units[:-1]).any(axis=1) | (line[1:] != line[:-1])
    return units[new], np.bincount(line[new], minlength=len(lines))


def _opened(vertices: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Take away each ring's last vertex, which repeats its first."""
    last = np.zeros(len(vertices), dtype=bool)
    last[np.cumsum(counts) - 1] = True
    return vertices[~last], counts - 1


def _doubled_area(vertices: Ints, counts: Ints) -> NDArray[np.float64]:
    ring = np.repeat(np.arange(len(counts)), counts)
    ends = np.cumsum(counts)
    following = np.arange(1, len(vertices) + 1)
    some = counts > 0
    following[ends[some] - 1] = (ends - counts)[some]
    x, y = vertices.T
    cross = x * y[following] - x[following] * y
    area: NDArray[np.float64] = np.zeros(len(counts))
    np.add.at(area, ring, cross)
    return area


def _kept(good: NDArray[np.bool_], vertices: Ints, counts: Ints, owner: Ints) -> Parts:
    return vertices[np.repeat(good, counts)], counts[good], owner[good]


def _geometries(kind: int, vertices: Ints, counts: Ints, owner: Ints) -> list[tuple[int, bytes]]:
    """Return each row that has parts, with its command integers (specification, 4.3) as varints."""
    starts = np.append(True, owner[1:] != owner[:-1])  # parts that begin a feature, where the cursor is at 0, 0
    delta = np.diff(vertices, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    before = np.cumsum(counts) - counts
    delta[before[starts]] = vertices[before[starts]]
    zigzag = (delta << 1) ^ (delta >> 63)
    heads = 1 if kind == 1 else 2
    sizes = 2 * counts + heads + (kind == 3)
    place = np.cumsum(sizes) - sizes
    stream = np.empty(int(sizes.sum()), dtype=np.uint64)
    stream[place] = (counts << 3 if kind == 1 else 8) | _MOVE_TO
    within = np.arange(len(vertices)) - np.repeat(before, counts)
    at = np.repeat(place, counts) + 1 + 2 * within + ((within > 0) if heads == 2 else 0)
    stream[at], stream[at + 1] = zigzag[:, 0], zigzag[:, 1]
    if heads == 2:
        stream[place + 3] = (counts - 1) << 3 | _LINE_TO
    if kind == 3:
        stream[place + sizes - 1] = _CLOSE
    data, offsets = _varints(stream)
    begins = offsets[place[starts]].tolist()
    ends = [*begins[1:], len(data)]
    return [(row, data[a:b]) for row, a, b in zip(owner[starts].tolist(), begins, ends, strict=True)]


def _varints(values: NDArray[np.uint64]) -> tuple[bytes, Ints]:
    """Return integers under 2^35 as varints, and where each of them begins."""
    lengths = np.ones(len(values), dtype=np.int64)
    for bits in (7, 14, 21, 28):
        lengths += values >= 1 << bits
    ends = np.cumsum(lengths)
    begins = ends - lengths
    out = np.empty(int(ends[-1]), dtype=np.uint8)
    for byte in range(5):
        there = lengths > byte
        low = (values[there] >> np.uint64(7 * byte)) & np.uint64(127)
        more = lengths[there] - 1 > byte
        out[begins[there] + byte] = low.astype(np.uint8) | (more.astype(np.uint8) << 7)
    return out.tobytes(), begins


def _tags(columns: Mapping[str, Sequence[Any]], rows: int) -> tuple[list[bytes], list[bytes]]:
    """Return each row's pairs of key and value, and the values that are told apart."""
    encoded: list[bytes] = []
    pairs: list[list[bytes]] = []
    for key, column in enumerate(columns.values()):
        head = _varint(key)
        known: dict[Any, bytes] = {None: b""}  # of one column, whose values are of one type
        for value in column:
            if value not in known:
                known[value] = head + _varint(len(encoded))
                encoded.append(_value(value))
        pairs.append([known[value] for value in column])
    return [b"".join(row) for row in zip(*pairs, strict=True)] if pairs else [b""] * rows, encoded


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        return _field(1, value.encode())
    if isinstance(value, bool):
        return b"\x38\x01" if value else b"\x38\x00"
    if isinstance(value, int):
        return b"\x30" + _varint(value << 1 if value >= 0 else (-value << 1) - 1)
    if isinstance(value, float):
        return b"\x19" + struct.pack("<d", value)
    return _field(1, ", ".join(value).encode())  # a list


def _field(number: int, body: bytes) -> bytes:
    return _HEADS[number] + _varint(len(body)) + body


def _varint(value: int) -> bytes:
    return _SMALL[value] if value < len(_SMALL) else _spelt(value)


def _spelt(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


_HEADS = [bytes((number << 3 | 2,)) for number in range(16)]
_SMALL = [_spelt(value) for value in range(1 << 14)]
