"""The geometry type that GeoPackage and PostGIS share: shapely in Python, EPSG:5186 in either store."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import UserDefinedType

SRID = 5186
_ENVELOPE = struct.Struct("<4d")  # GeoPackage 1.3, 2.1.3: min x, max x, min y, max y after a header of 8 bytes
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_NO_SHAPES: NDArray[np.object_] = np.empty(0, dtype=object)


class OfStore(Protocol):
    """Whatever knows which store it is of: a connection, a snapshot."""

    @property
    def dialect(self) -> Dialect:
        """Return the store's dialect."""


class Geo(UserDefinedType[BaseGeometry]):
    """A geometry in EPSG:5186: a GeoPackage blob in SQLite, a geometry column in PostGIS, shapely in Python."""

    cache_ok = True

    def __init__(self, kind: str) -> None:
        self.kind = kind
        """Its OGC name: POLYGON, MULTIPOLYGON, LINESTRING, POINT or GEOMETRY."""

    def get_col_spec(self, **_: Any) -> str:
        """Name the column type in PostGIS DDL."""
        return f"geometry({self.kind},{SRID})"

    def bind_processor(self, dialect: Dialect) -> Callable[[BaseGeometry | None], Any]:
        """Return what turns a geometry into the value that is stored."""
        if dialect.name == "sqlite":
            return _to_blob
        return lambda g: None if g is None else shapely.to_wkb(shapely.set_srid(g, SRID), hex=True, include_srid=True)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], BaseGeometry | None]:
        """Return what turns the stored value into a geometry."""
        if dialect.name == "sqlite":
            return shape_of
        return lambda value: None if value is None else shapely.from_wkb(value)


@compiles(Geo, "sqlite")
def _name_in_geopackage(geo: Geo, compiler: Any, **_: Any) -> str:
    return geo.kind


def _to_blob(geometry: BaseGeometry | None) -> bytes | None:
    if geometry is None:
        return None
    left, bottom, right, top = geometry.bounds
    envelope = _ENVELOPE.pack(left, right, bottom, top)
    return b"GP\x00\x03" + struct.pack("<i", SRID) + envelope + shapely.to_wkb(geometry, byte_order=1)


def shape_of(blob: bytes | None) -> BaseGeometry | None:
    """Return the geometry of a GeoPackage blob."""
    if blob is None:
        return None
    return shapely.from_wkb(blob[8 + _ENVELOPE_BYTES[blob[3] >> 1 & 7] :])


def decode(held: OfStore, stored: Sequence[Any]) -> NDArray[np.object_]:
    """Return geometries as a driver gave them as shapely's, all at once."""
    if not stored:
        return _NO_SHAPES
    if held.dialect.name == "sqlite":
        stored = [blob if blob is None else blob[8 + _ENVELOPE_BYTES[blob[3] >> 1 & 7] :] for blob in stored]
    return shapely.from_wkb(np.array(stored, dtype=object))
