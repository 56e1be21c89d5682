"""Mapbox Vector Tile 2.1: one layer of shapes given in tile units, encoded by whole arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

EXTENT = 4096
"""Units along a tile's side; x to the right, y down."""

_MOVE_TO, _LINE_TO, _CLOSE = 1, 2, 15  # command integers of the specification, 4.3.1; _CLOSE with its count of one

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]
Move = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Carries points (n, 2) elsewhere."""
Parts = tuple[Ints, Ints, Ints]
"""Vertices (n, 2); how many each part has; the row each part belongs to."""


def layer(name: str, shapes: Shapes, to_units: Move, ids: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> bytes:
    """Return a tile of one layer: `shapes`, whose points `to_units` carries onto the tile, `ids` and values in order.

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
        vertices, counts, owner = parts_of(shapes[rows], to_units)
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


def _points(shapes: Shapes, to_units: Move) -> Parts:
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    return np.rint(to_units(xy)).astype(np.int64), np.bincount(owner, minlength=len(shapes)), np.arange(len(shapes))


def _lines(shapes: Shapes, to_units: Move) -> Parts:
    lines, owner = shapely.get_parts(shapes, return_index=True)
    is_line = shapely.get_dimensions(lines) == 1  # a clip may leave points beside lines
    xy, line = shapely.get_coordinates(lines[is_line], return_index=True)
    units = np.rint(to_units(xy)).astype(np.int64)
    new = np.append(True, (np.diff(units, axis=0) != 0).any(axis=1) | (line[1:] > line[:-1]))
    counts = np.bincount(line[new], minlength=int(is_line.sum()))
    good = counts >= 2
    return units[new & good[line]], counts[good], owner[is_line][good]


def _rings(shapes: Shapes, to_units: Move) -> Parts:
    polygons, owner = shapely.get_parts(shapes, return_index=True)
    is_polygon = shapely.get_dimensions(polygons) == 2
    rings, polygon = shapely.get_rings(polygons[is_polygon], return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    units = np.rint(to_units(xy)).astype(np.int64)
    x, y = np.ascontiguousarray(units.T)
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    # a vertex stands for the edge to the next one: none from a ring's last, which repeats its first
    edge = ((x != next_x) | (y != next_y)) & np.append(ring[1:] == ring[:-1], False)
    counts = np.bincount(ring[edge], minlength=len(rings))
    doubled = np.bincount(ring, weights=(x * next_y - next_x * y) * edge, minlength=len(rings))
    first = np.append(True, polygon[1:] > polygon[:-1])  # the exterior: positive area with y down, holes negative
    area = np.where(first, doubled, -doubled)
    good = (counts >= 3) & (area != 0)
    good &= good[first][polygon]
    place = _turned(np.flatnonzero(edge & good[ring]), counts[good], area[good] < 0)
    return units[place], counts[good], owner[is_polygon][polygon[good]]


def _turned(places: Ints, counts: Ints, wrong: NDArray[np.bool_]) -> Ints:
    """Return the places of rings' vertices, those of the `wrong` rings the other way round."""
    ends = np.cumsum(counts)
    order = np.arange(len(places))
    along = np.repeat(wrong, counts)
    order[along] = np.repeat((2 * ends - counts - 1)[wrong], counts[wrong]) - order[along]
    return places[order]


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
    lengths = np.ones(len(values), dtype=np.int8)
    most = int(values.max(initial=0))
    for bits in range(7, most.bit_length(), 7):
        lengths += values >= 1 << bits
    return lengths.astype(np.int64)


def _varints(values: NDArray[np.uint64]) -> bytes:
    """Return integers as varints, one after the other."""
    lengths = _lengths(values)
    ends = np.cumsum(lengths)
    out = np.empty(int(ends[-1]), dtype=np.uint8)
    at, rest = ends - lengths, values
    while len(rest):
        more = rest > 127
        out[at] = rest.astype(np.uint8) | more.astype(np.uint8) << 7  # bits above the seventh fall away, or are 0
        at, rest = at[more] + 1, rest[more] >> np.uint64(7)
    return out.tobytes()


def _tags(columns: Mapping[str, Sequence[Any]], rows: int) -> tuple[NDArray[np.uint64], Ints, list[bytes]]:
    """Return the pairs of key and value row by row, how many integers each row has, and the values, as field 4."""
    encoded: list[bytes] = []
    known_so_far = 0
    codes = np.empty((rows, len(columns)), dtype=np.int64)
    for key, column in enumerate(columns.values()):
        different = dict.fromkeys(column)
        different.pop(None, None)
        encoded.append(_values(list(different)))
        following = np.arange(known_so_far, known_so_far + len(different))
        if len(different) == rows:
            codes[:, key] = following
        else:
            codes_of = dict(zip(different, following.tolist(), strict=True)) | {None: -1}
            codes[:, key] = list(map(codes_of.__getitem__, column))
        known_so_far += len(different)
    there = codes >= 0
    keys = np.broadcast_to(np.arange(len(columns)), codes.shape)
    pairs = np.column_stack((keys[there], codes[there])).astype(np.uint64).ravel()
    return pairs, 2 * there.sum(axis=1), encoded


def _values(values: list[Any]) -> bytes:
    """Return values of one type, each as field 4."""
    if values and isinstance(values[0], str):
        texts = [value.encode() for value in values]
        if max(map(len, texts)) < len(_SHORT):
            return b"".join([_SHORT[len(text)] + text for text in texts])
        return b"".join([_field(4, _field(1, text)) for text in texts])
    if values and isinstance(values[0], float):
        out = np.empty((len(values), 11), dtype=np.uint8)
        out[:, :3] = 0x22, 9, 0x19
        out[:, 3:] = np.array(values, dtype="<f8").view(np.uint8).reshape(-1, 8)
        return out.tobytes()
    return b"".join(map(_value, values))


def _value(value: Any) -> bytes:
    if isinstance(value, bool):
        return b"\x22\x02\x38\x01" if value else b"\x22\x02\x38\x00"
    if isinstance(value, int):
        return _field(4, b"\x30" + _varint(value << 1 if value >= 0 else (-value << 1) - 1))
    return _values([", ".join(value)])  # a list


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


_SHORT = [bytes((0x22, size + 2, 0x0A, size)) for size in range(126)]
"""What stands before a text of so many bytes: its length and that of the value around it are one byte each."""
_SMALL = [_spelt(value) for value in range(1 << 14)]
