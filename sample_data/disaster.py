"""The disaster zone's document with geometries drawn into the town; the facts are those of yulgok.json."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import MultiLineString, MultiPoint
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from sample_data.axes import CORE, GRID_M
from sample_data.ground import STREAM_LINE
from sample_data.plan import BASIN, STATION

ZONE_M2 = 279_794.0  # notice of 2024-03
CHANNEL_M, LEVEE_M = 128.0, 666.0


@cache
def zone() -> BaseGeometry:
    """Return the zone: the polder on both sides of the lower stream, scaled to the area of the notice."""
    sketch = CORE.polygon((-118, 453), (455, 453), (470, 600), (440, 880), (380, 968), (60, 990), (-110, 960))
    factor = float(np.sqrt(ZONE_M2 / sketch.area))
    return shapely.set_precision(affinity.scale(sketch, factor, factor, origin=CORE.at(210, 456)), GRID_M)


def _levee() -> BaseGeometry:
    """Return the works on both banks of the stream inside the zone, 666 m together."""
    inside = zone().buffer(-2.0)
    right, left = (STREAM_LINE.parallel_offset(9.0, side).intersection(inside) for side in ("right", "left"))
    return shapely.set_precision(MultiLineString([right, substring(left, 0, LEVEE_M - right.length)]), GRID_M)


def shapes() -> dict[str, BaseGeometry]:
    """Return every geometry of the document by the id of its row, EPSG:5186."""
    return {
        "yulgok": zone(),
        "main_station": STATION.centroid,
        "simple_station": CORE.point(134, 458),
        "retention_basin": BASIN,
        "storage_tank": CORE.box(138, 155, 455, 461),
        "u_channel": CORE.line((0, 460), (CHANNEL_M, 460)),
        "levee": _levee(),
        "catch_basins": MultiPoint([CORE.at(8 + 16 * k, 463) for k in range(8)]),
        "structures": MultiPoint([CORE.at(420, 470), CORE.at(300, 487)]),
    }


def document() -> dict[str, Any]:
    """Return yulgok.json with a geometry, quality "synthetic", on every row that the town draws."""
    text = files("sample_data").joinpath("yulgok.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    drawn = shapes()
    for section in ("zones", "facilities", "works"):
        for row in document[section]:
            shape = shapely.set_precision(drawn[row["id"]], GRID_M)
            row["geometry"] = json.loads(shapely.to_geojson(shape))
            row["geometry_quality"], row["synthetic"] = "synthetic", True
    return document
