"""A walk over the headers of WKB from outside, before shapely is let near it: nested collections crash GEOS."""

import struct

from geo.errors import BadInput

MAX_DEPTH = 8
_NAMES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection")
_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000  # flags of extended WKB; ISO WKB adds 1000, 2000, 3000 instead


def vertices(wkb: bytes, *, limit: int) -> int:
    """Return how many vertices `wkb` holds, having counted them without building anything.

    Raises BadInput for more than `limit`, nesting deeper than 8, a type that is no simple feature, or cut-off bytes.
    """
    try:
        return _walk(wkb, limit)
    except struct.error:
        raise BadInput("the geometry's bytes end too early") from None


def _walk(wkb: bytes, limit: int) -> int:
    place, total, open_parts = 0, 0, [1]
    while open_parts:
        if not open_parts[-1]:
            open_parts.pop()
            continue
        open_parts[-1] -= 1
        order = "<" if wkb[place : place + 1] == b"\x01" else ">"
        (code,) = struct.unpack_from(order + "I", wkb, place + 1)
        place += 9 if code & _SRID else 5
        kind, width = _kind(code)
        if kind > 3:  # a collection: so many parts follow, each with a header of its own
            (parts,) = struct.unpack_from(order + "I", wkb, place)
            place += 4
            if len(open_parts) >= MAX_DEPTH:
                raise BadInput(f"collections are nested deeper than {MAX_DEPTH}")
            open_parts.append(parts)
            continue
        rings = 1
        if kind == 3:
            (rings,) = struct.unpack_from(order + "I", wkb, place)
            place += 4
        for _ in range(rings):
            count = 1
            if kind > 1:
                (count,) = struct.unpack_from(order + "I", wkb, place)
                place += 4
            place += count * width
            total += count
            if total > limit:
                raise BadInput(f"more than {limit:,} vertices")
            if place > len(wkb):
                raise BadInput("the geometry's bytes end too early")
    return total


def _kind(code: int) -> tuple[int, int]:
    """Return the type, 1 to 7, and the bytes of one vertex."""
    flags, number = code & (_Z | _M), code & 0x1FFFFFFF
    dimension, kind = divmod(number, 1000)
    if not 1 <= kind <= len(_NAMES) or dimension > 3:
        raise BadInput(f"geometry type {number} is none of {', '.join(_NAMES)}")
    extra = (2 if dimension == 3 else 1) if dimension else bool(flags & _Z) + bool(flags & _M)
    return kind, 8 * (2 + extra)
