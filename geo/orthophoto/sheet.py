"""Sheet: what one delivered file holds and where it lies, and whether the city's imagery can be made of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from geo import boundaries, crs
from geo.errors import BadFile, BadInput
from geo.grid import Bounds, Grid

MAX_PIXELS = 1 << 32  # 65,536 x 65,536: a delivery of more comes as sheets
MAX_BLOCK_BYTES = 256 << 20
BANDS = {
    ("uint8", 1): "panchromatic", ("uint8", 3): "RGB", ("uint8", 4): "RGB and one more",
    ("uint16", 1): "panchromatic", ("uint16", 3): "RGB", ("uint16", 4): "RGB and one more",
}  # fmt: skip


Transform = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f of pixel corner to x, y."""


@dataclass(frozen=True)
class Header:
    """What the file itself says, before it is judged."""

    path: Path
    width: int
    height: int
    transform: Transform | None
    """None where neither the file nor a world file beside it gives a position."""
    crs: CRS | None
    dtype: str
    bands: int
    alpha: bool
    """The fourth band is transparency."""
    palette: bool
    nodata: float | None
    block_bytes: int
    """Bytes of one block when decoded."""
    captured_on: date | None
    synthetic: bool
    format: str
    """Compression of a TIFF, else the driver's name."""


@dataclass(frozen=True)
class Sheet:
    """One sheet that passed the checks of `describe`."""

    path: Path
    grid: Grid
    bands: int
    """Bands of ground, transparency not counted."""
    dtype: str
    alpha: bool
    nodata: float | None
    gsd_m: float
    """Side of a pixel on the ground, metres."""
    footprint: BaseGeometry
    """Outline, EPSG:5186."""
    captured_on: date | None
    synthetic: bool
    levels: tuple[float, ...]
    """Percentiles 0 to 100 of a sample of its pixels that show ground; empty when there are none."""
    print: str
    """Fingerprint of the sample."""
    format: str = "none"
    """Compression of a TIFF, else the driver's name."""

    @property
    def name(self) -> str:
        """File name."""
        return self.path.name


def place(header: Header, assumed: int | None) -> tuple[Grid, BaseGeometry]:
    """Return the grid of a sheet and its outline in EPSG:5186.

    `assumed` is the EPSG code for sheets that state none. Raises BadFile, in one sentence, for what has no position,
    no known CRS, does not lie in the city, or is larger than can be.
    """
    name = header.path.name
    check_size(header)
    if header.transform is None:
        raise BadFile(f"{name} carries no position: ask for a GeoTIFF, or for the world file that belongs beside it")
    system = _system(header, assumed)
    try:
        grid = Grid(system, crs_affine(header.transform), header.width, header.height)
    except BadInput as error:
        raise BadFile(f"{name}: {error}") from error
    footprint = outline(grid)
    if footprint is None or not footprint.intersects(boundaries.city()):
        raise BadFile(
            f"{name} lies at {_where(grid)}, which is not in Paju; check its coordinate system ({system.name})"
        )
    try:
        crs.epsg_of(system)
    except BadInput as error:
        raise BadFile(f"{name}: {error}") from error
    return grid, footprint


def check_size(header: Header) -> None:
    """Raise BadFile where a sheet, or a block of it that is decoded at once, is larger than can be."""
    if header.width * header.height > MAX_PIXELS or header.block_bytes > MAX_BLOCK_BYTES:
        raise BadFile(
            f"{header.path.name} is {header.width} x {header.height} px in blocks of {header.block_bytes} bytes: "
            f"too large; at most {MAX_PIXELS:,} px in blocks of {MAX_BLOCK_BYTES:,} bytes"
        )


def from_world(name: str, words: Sequence[str]) -> Transform:
    """Return the position that the six numbers of a world file give: they speak of the first pixel's centre."""
    try:
        a, d, b, e, x, y = map(float, words)
    except ValueError as error:
        raise BadFile(f"{name} is no world file: it should hold six numbers") from error
    return a, b, x - a / 2 - b / 2, d, e, y - d / 2 - e / 2


def check_pixels(header: Header) -> None:
    """Raise BadFile unless the bands are of a kind that imagery comes in."""
    name = header.path.name
    if header.palette:
        raise BadFile(f"{name} has a colour palette; ask for RGB")
    if (header.dtype, header.bands) not in BANDS:
        raise BadFile(
            f"{name} has {header.bands} bands of {header.dtype}; imagery has 1, 3 or 4 bands of uint8 or uint16"
        )


def crs_affine(values: Transform) -> Affine:
    """Return the affine transform of a header."""
    transform = Affine(*values)
    if not all(map(math.isfinite, values)) or transform.determinant == 0:
        raise BadInput(f"its position {values} lays no pixels on the ground")
    return transform


def _system(header: Header, assumed: int | None) -> CRS:
    name = header.path.name
    if header.crs is None:
        if assumed is None:
            raise BadFile(f"{name} states no coordinate system; name it with --crs, such as --crs EPSG:5186")
        return crs.accepted(assumed)
    if assumed is None:
        return _canonical(header.crs)
    stated = _epsg(header.crs)
    if stated is None:
        return crs.accepted(assumed)
    if stated != assumed:
        raise BadFile(
            f"{name} states EPSG:{stated}, --crs says EPSG:{assumed}; leave --crs out or ask for the sheet again"
        )
    return crs.accepted(assumed)


def _epsg(system: CRS) -> int | None:
    try:
        return crs.epsg_of(system)
    except BadInput:
        return None


def _canonical(system: CRS) -> CRS:
    """Return the registry's own entry for a CRS that stands for one, so that equal ones compare equal."""
    epsg = _epsg(system)
    return system if epsg is None else crs.accepted(epsg)


def edge(grid: Grid, steps: int = 8) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x and y along the outline of a grid, units of its CRS, clockwise from its first pixel."""
    s = np.linspace(0, 1, steps, endpoint=False)
    zero, one = np.zeros(steps), np.ones(steps)
    cols = np.concatenate([s, one, 1 - s, zero]) * grid.width
    rows = np.concatenate([zero, s, one, 1 - s]) * grid.height
    t = grid.transform
    return t.a * cols + t.b * rows + t.c, t.d * cols + t.e * rows + t.f


def outline(grid: Grid) -> BaseGeometry | None:
    """Return the outline of a grid in EPSG:5186, or None when it does not lie in Korea."""
    x, y = edge(grid)
    lon, lat = crs.transformer(grid.crs, crs.LONLAT).transform(x, y)
    # far from its central meridian a transverse Mercator answers with nonsense: Korea first, then the city
    if not (
        np.isfinite(lon).all() and (lon > 120).all() and (lon < 135).all() and (lat > 30).all() and (lat < 45).all()
    ):
        return None
    x, y = crs.transformer(grid.crs, crs.CITY).transform(x, y)
    return shapely.make_valid(shapely.Polygon(np.column_stack([x, y])))


def _where(grid: Grid) -> str:
    x, y = grid.transform @ (grid.width / 2, grid.height / 2)
    lon, lat = crs.move(x, y, grid.crs, crs.LONLAT)
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return f"x {x:,.1f}, y {y:,.1f}"
    return f"longitude {lon:.5f}, latitude {lat:.5f}"


def gsd(grid: Grid, footprint: BaseGeometry) -> float:
    """Return the side of a pixel on the ground in metres."""
    if grid.crs == crs.CITY and grid.north_up:
        return grid.cell
    return round(math.sqrt(footprint.area / (grid.width * grid.height)), 4)


def cell_in(sheets: tuple[Sheet, ...], target: CRS) -> float:
    """Return how wide the finest pixel of some sheets is in units of `target`."""
    cells = []
    for sheet in sheets:
        if sheet.grid.crs == target:
            cells.append(sheet.grid.cell)
            continue
        x, y = sheet.grid.transform @ (sheet.grid.width / 2, sheet.grid.height / 2)
        right, below = sheet.grid.transform.a, sheet.grid.transform.d
        a, b = crs.move(x, y, sheet.grid.crs, target), crs.move(x + right, y + below, sheet.grid.crs, target)
        cells.append(math.dist(a, b))
    return min(cells)


def bounds_in(sheets: tuple[Sheet, ...], target: CRS) -> Bounds:
    """Return left, bottom, right, top of some sheets in `target`."""
    edges = []
    for sheet in sheets:
        x, y = edge(sheet.grid)
        edges.append(np.column_stack(crs.transformer(sheet.grid.crs, target).transform(x, y)))
    points = np.concatenate(edges)
    (left, bottom), (right, top) = points.min(0), points.max(0)
    return float(left), float(bottom), float(right), float(top)
