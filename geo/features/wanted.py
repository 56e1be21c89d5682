"""Which features a client wants, and the rows that answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from geo.features.collections import Collection
from geo.features.mvt import Shapes
from geo.features.ogc_crs import CRS84, OgcCrs
from geo.features.temporal import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a feature must be to be counted; without anything, every one is."""

    ground: BaseGeometry | None = None
    """EPSG:5186; the feature's geometry intersects it."""
    filter: str | None = None
    """CQL2 JSON."""
    filter_crs: OgcCrs = CRS84
    equal: tuple[tuple[str, str], ...] = ()
    """Properties and the values they must have."""
    during: tuple[Literal | None, Literal | None] | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Some features of a collection, in the order of their identifiers."""

    collection: Collection
    fids: Sequence[int]
    ids: Sequence[Any]
    columns: tuple[Sequence[Any], ...]
    """The values of each of the collection's properties."""
    shapes: Shapes
    """EPSG:5186, None where no geometry was published."""

    def features(self, crs: OgcCrs) -> list[dict[str, Any]]:
        """Return each as a GeoJSON feature, its geometry written in `crs`."""
        names = [each.name for each in self.collection.properties]
        geometries = shapely.to_geojson(crs.written(self.shapes))
        rows = zip(*self.columns, strict=True)
        return [
            {
                "type": "Feature",
                "id": id,
                "geometry": None if geometry is None else orjson.Fragment(geometry),
                "properties": dict(zip(names, values, strict=True)),
            }
            for id, geometry, values in zip(self.ids, geometries, rows, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, how many there are in all, and the identifier after which the next page begins."""

    rows: Rows
    matched: int
    following: Any = None
