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
    tags, counts_of_tags, values = _tags(columns, len(shapes))
    out = [b"\x78\x02", _field(1, name.encode())]
    dimension = shapely.get_dimensions(shapes)
    numbers, ends = np.asarray(ids, dtype=np.uint64), np.cumsum(counts_of_tags)
    for kind, parts_of in enumerate((_points, _lines, _rings)):
        rows = np.flatnonzero(dimension == kind)
        if not len(rows):
            continue
        vertices, counts, owner = parts_of(shapes[rows])
        if not len(counts):
            continue
        commands, lengths, drawn = _commands(kind + 1, vertices, counts, rows[owner])
        of = counts_of_tags[drawn]
        mine = tags[np.repeat((ends - counts_of_tags)[drawn], of) + _within(of)]
        out.append(_features(kind + 1, numbers[drawn], (mine, of), (commands, lengths)))
    out += [_field(3, key.encode()) for key in columns]
    out += values
    out.append(b"\x28" + _varint(EXTENT))
    return _field(3, b"".join(out))


def _features(
    kind: int, ids: NDArray[np.uint64], tags: tuple[NDArray[np.uint64], Ints], commands: tuple[NDArray[np.uint64], Ints]
) -> bytes:
    """Return the features of one kind: all that stands in them, field numbers and lengths too, are varints."""
    (tag, tag_count), (command, command_count) = tags, commands
    tag_bytes, command_bytes = _bytes_of(tag, tag_count), _bytes_of(command, command_count)
    body = 5 + _lengths(ids) + _lengths(tag_bytes) + tag_bytes + _lengths(command_bytes) + command_bytes
    sizes = 10 + tag_count + command_count
    begin = np.cumsum(sizes) - sizes
    stream = np.empty(int(sizes.sum()), dtype=np.uint64)
    before: tuple[Any, ...] = (0x12, body, 0x08, ids, 0x12, tag_bytes)  # field 2 of a layer; 1 and 2 of a feature
    for place, value in enumerate(before):
        stream[begin + place] = value
    stream[np.repeat(begin + 6, tag_count) + _within(tag_count)] = tag
    after: tuple[Any, ...] = (0x18, kind, 0x22, command_bytes)  # fields 3 and 4
    for place, value in enumerate(after):
        stream[begin + 6 + tag_count + place] = value
    stream[np.repeat(begin + 10 + tag_count, command_count) + _within(command_count)] = command
    return _varints(stream)


def _within(counts: Ints) -> Ints:
    """Return 0, 1, 2 … for each of so many runs of so many."""
    return np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)


def _bytes_of(values: NDArray[np.uint64], counts: Ints) -> Ints:
    """Return how many bytes each run of so many values takes as varints."""
    ends = np.append(0, np.cumsum(_lengths(values)))
    last = np.cumsum(counts)
    found: Ints = ends[last] - ends[last - counts]
    return found


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
    return np.bincount(ring, weights=cross, minlength=len(counts)).astype(np.float64)


def _kept(good: NDArray[np.bool_], vertices: Ints, counts: Ints, owner: Ints) -> Parts:
    return vertices[np.repeat(good, counts)], counts[good], owner[good]


def _commands(kind: int, vertices: Ints, counts: Ints, owner: Ints) -> tuple[NDArray[np.uint64], Ints, Ints]:
    """Return the command integers (specification, 4.3), how many each row has, and the rows that have any."""
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
    within = _within(counts)
    at = np.repeat(place, counts) + 1 + 2 * within + ((within > 0) if heads == 2 else 0)
    stream[at], stream[at + 1] = zigzag[:, 0], zigzag[:, 1]
    if heads == 2:
        stream[place + 3] = (counts - 1) << 3 | _LINE_TO
    if kind == 3:
        stream[place + sizes - 1] = _CLOSE
    return stream, np.add.reduceat(sizes, np.flatnonzero(starts)), owner[starts]


def _lengths(values: NDArray[Any]) -> Ints:
    """Return how many bytes each integer takes as a varint."""
    lengths = np.ones(len(values), dtype=np.int64)
    for bits in range(7, 64, 7):
        more = values >= 1 << bits
        if not more.any():
            break
        lengths += more
    return lengths


def _varints(values: NDArray[np.uint64]) -> bytes:
    """Return integers as varints, one after the other."""
    lengths = _lengths(values)
    ends = np.cumsum(lengths)
    begins = ends - lengths
    out = np.empty(int(ends[-1]), dtype=np.uint8)
    for byte in range(int(lengths.max())):
        there = lengths > byte
        low = (values[there] >> np.uint64(7 * byte)) & np.uint64(127)
        more = lengths[there] - 1 > byte
        out[begins[there] + byte] = low.astype(np.uint8) | (more.astype(np.uint8) << 7)
    return out.tobytes()


def _tags(columns: Mapping[str, Sequence[Any]], rows: int) -> tuple[NDArray[np.uint64], Ints, list[bytes]]:
    """Return the pairs of key and value row by row, how many integers each row has, and the values, as field 4."""
    encoded: list[bytes] = []
    codes = np.empty((rows, len(columns)), dtype=np.int64)
    for key, column in enumerate(columns.values()):
        known: dict[Any, int] = dict.fromkeys(column, -1)  # of one column, whose values are of one type
        known.pop(None, None)
        for value in known:
            known[value] = len(encoded)
            encoded.append(_value(value))
        known[None] = -1
        codes[:, key] = [known[value] for value in column]
    there = codes >= 0
    keys = np.broadcast_to(np.arange(len(columns)), codes.shape)
    pairs = np.column_stack((keys[there], codes[there])).astype(np.uint64).ravel()
    return pairs, 2 * there.sum(axis=1), encoded


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        text = value.encode()
        size = len(text)
        if size < 126:  # its length and that of the value around it are one byte each
            return b"\x22%c\x0a%c%b" % (size + 2, size, text)
        return _field(4, _field(1, text))
    if isinstance(value, bool):
        return b"\x22\x02\x38\x01" if value else b"\x22\x02\x38\x00"
    if isinstance(value, float):
        return b"\x22\x09\x19" + _DOUBLE(value)
    if isinstance(value, int):
        return _field(4, b"\x30" + _varint(value << 1 if value >= 0 else (-value << 1) - 1))
    return _value(", ".join(value))  # a list


def _field(number: int, body: bytes) -> bytes:
    return b"%c%b%b" % (number << 3 | 2, _varint(len(body)), body)


def _varint(value: int) -> bytes:
    return _SMALL[value] if value < len(_SMALL) else _spelt(value)


def _spelt(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


_DOUBLE = struct.Struct("<d").pack
_SMALL = [_spelt(value) for value in range(1 << 14)]
