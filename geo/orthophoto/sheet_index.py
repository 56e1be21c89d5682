"""The index of the national base map's sheets at 1:5,000, computed from its rule: which cells the city has, and where.

A sheet of 1:50,000 is a quarter of a degree square, numbered 01 to 16 by rows from the north-west in its degree, behind
the degree of latitude and the last digit of that of longitude; a sheet of 1:5,000 is one of its 10 x 10 parts of 1'30",
001 to 100 in the same order (지도도식규칙, National Geographic Information Institute).
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

import shapely
from shapely.geometry.base import BaseGeometry

from geo import crs

CELLS = 40  # of 1'30" in a degree
_NUMBER = re.compile(r"(?<!\d)3[3-8]\d{6}(?!\d)")
COVERED = 0.999  # of the city's part of a cell: less, and a strip is missing
ABSENT = 0.01
LEAST_M2 = 1  # less is round-off along an edge


@dataclass(frozen=True)
class Cell:
    """One sheet of the index."""

    number: str
    """Eight digits."""
    outline: BaseGeometry
    """EPSG:5186."""


def cell(row: int, col: int) -> Cell:
    """Return the cell whose row counts from the equator northwards and col from Greenwich, both in 1'30"."""
    lat, lon = row // CELLS, col // CELLS
    down, across = CELLS - 1 - row % CELLS, col % CELLS
    quarter = down // 10 * 4 + across // 10 + 1
    part = down % 10 * 10 + across % 10 + 1
    left, bottom, side = col / CELLS, row / CELLS, 1 / CELLS
    x = [left, left, left + side, left + side]
    y = [bottom, bottom + side, bottom + side, bottom]
    outline = shapely.polygons(list(zip(*crs.transformer(crs.LONLAT, crs.CITY).transform(x, y), strict=True)))
    return Cell(f"{lat:02d}{lon % 10}{quarter:02d}{part:03d}", outline)


@lru_cache(maxsize=4)
def over(area: BaseGeometry) -> tuple[Cell, ...]:
    """Return the cells that an area (EPSG:5186) touches inside, by number."""
    if area.is_empty:
        return ()
    left, bottom, right, top = crs.transformer(crs.CITY, crs.LONLAT).transform_bounds(*area.bounds)
    found = [
        cell(row, col)
        for row in range(math.floor(bottom * CELLS), math.ceil(top * CELLS))
        for col in range(math.floor(left * CELLS), math.ceil(right * CELLS))
    ]
    return tuple(
        sorted((one for one in found if one.outline.intersection(area).area > LEAST_M2), key=lambda one: one.number)
    )


def number_in(name: str) -> str | None:
    """Return the sheet number that a file's name carries, or None."""
    found = _NUMBER.search(name)
    return found.group() if found else None


def numbered(number: str) -> Cell | None:
    """Return the cell of a number, or None where there is none such."""
    lat, lon, quarter, part = int(number[:2]), 120 + int(number[2]), int(number[3:5]) - 1, int(number[5:]) - 1
    if not (0 <= quarter < 16 and 0 <= part < 100):
        return None
    down, across = quarter // 4 * 10 + part // 10, quarter % 4 * 10 + part % 10
    return cell(lat * CELLS + CELLS - 1 - down, lon * CELLS + across)


def lacking(cells: tuple[Cell, ...], city: BaseGeometry, covered: BaseGeometry) -> tuple[list[str], list[str]]:
    """Return the numbers of cells whose part of the city is not shown at all, and of those that are shown in part."""
    shapely.prepare(covered)
    missing, partial = [], []
    for one in cells:
        part = one.outline.intersection(city)
        if covered.contains(part):
            continue
        share = part.intersection(covered).area / part.area
        if share < ABSENT:
            missing.append(one.number)
        elif share < COVERED:
            partial.append(one.number)
    return missing, partial
