"""Grid: which pixels, where. A map tile, a sheet and a change block are all grids."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from affine import Affine
from pyproj import CRS

from geo.crs import CITY, WEB
from geo.errors import BadInput, NotFound

Bounds = tuple[float, float, float, float]
"""left, bottom, right, top in units of the CRS they go with."""


@dataclass(frozen=True)
class Grid:
    """`height` x `width` north-up or rotated pixels laid on `crs` by `transform` (pixel corner to x, y)."""

    crs: CRS
    transform: Affine
    width: int
    height: int

    def __post_init__(self) -> None:
        """Refuse a grid without pixels."""
        if self.width < 1 or self.height < 1:
            raise BadInput(f"a grid needs at least one pixel, got {self.width} x {self.height}")

    @classmethod
    def cover(cls, bounds: Bounds, crs: CRS, cell: float) -> Grid:
        """Lay the smallest north-up grid that holds `bounds`, snapped to multiples of `cell` (units of `crs`)."""
        left, bottom, right, top = bounds
        if not (cell > 0 and right > left and top > bottom):
            raise BadInput(f"bounds {bounds} with cell {cell} hold no pixel")
        # a hair inside, so that an edge that is a multiple but for round-off does not gain a row
        col, row = math.floor(left / cell + 1e-6), math.ceil(top / cell - 1e-6)
        width = math.ceil(right / cell - 1e-6) - col
        height = row - math.floor(bottom / cell + 1e-6)
        return cls(crs, Affine(cell, 0, col * cell, 0, -cell, row * cell), width, height)

    @cached_property
    def bounds(self) -> Bounds:
        """left, bottom, right, top in units of `crs`."""
        corners = [self.transform @ (col, row) for col in (0, self.width) for row in (0, self.height)]
        xs, ys = zip(*corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def cell(self) -> float:
        """Width of a pixel in units of `crs`."""
        return math.hypot(self.transform.a, self.transform.d)

    @property
    def north_up(self) -> bool:
        """True when rows run due south and pixels are square."""
        t = self.transform
        return t.b == 0 and t.d == 0 and t.a > 0 and abs(t.a + t.e) < 1e-9 * t.a

    def window(self, col: int, row: int, width: int, height: int) -> Grid:
        """Return the part of `width` x `height` pixels whose first pixel is `col`, `row`; it may reach outside."""
        return Grid(self.crs, self.transform @ Affine.translation(col, row), width, height)


@dataclass(frozen=True, slots=True)
class TileMatrixSet:
    """A quadtree of square tiles; matrix z is 2^z x 2^z tiles of `tile_px` pixels."""

    id: str
    title: str
    crs: CRS
    left: float
    """x of the top-left corner, units of `crs`."""
    top: float
    """y of the top-left corner, units of `crs`."""
    cell_0: float
    """Width of a pixel of matrix 0, units of `crs`."""
    max_z: int
    tile_px: int = 256

    def cell(self, z: int) -> float:
        """Width of a pixel of matrix `z`, units of `crs`."""
        return self.cell_0 / (1 << z)

    def span(self, z: int) -> float:
        """Width of a tile of matrix `z`, units of `crs`."""
        return self.cell(z) * self.tile_px

    def tile(self, z: int, x: int, y: int) -> Grid:
        """Lay the grid of tile z/x/y. Raises NotFound outside the matrix."""
        self.check(z, x, y)
        cell, span = self.cell(z), self.span(z)
        transform = Affine(cell, 0, self.left + x * span, 0, -cell, self.top - y * span)
        return Grid(self.crs, transform, self.tile_px, self.tile_px)

    def check(self, z: int, x: int, y: int) -> None:
        """Raise NotFound unless z/x/y is a tile of this set."""
        if not (0 <= z <= self.max_z and 0 <= x < 2**z and 0 <= y < 2**z):
            raise NotFound(f"tile {z}/{x}/{y} lies outside {self.id} (z 0 to {self.max_z}, x and y 0 to 2^z - 1)")

    def tiles_over(self, bounds: Bounds, z: int) -> tuple[int, int, int, int]:
        """Return x0, y0, x1, y1 (ends included) of the tiles of matrix `z` that `bounds` (in `crs`) touch inside."""
        span, most = self.span(z), 2**z - 1
        left, bottom, right, top = bounds
        x0 = math.floor((left - self.left) / span + 1e-9)
        y0 = math.floor((self.top - top) / span + 1e-9)
        x1 = math.ceil((right - self.left) / span - 1e-9) - 1
        y1 = math.ceil((self.top - bottom) / span - 1e-9) - 1
        return max(x0, 0), max(y0, 0), min(x1, most), min(y1, most)

    def z_for(self, cell: float) -> int:
        """Return the matrix whose pixel is the widest that is not wider than `cell` (units of `crs`)."""
        z = math.ceil(math.log2(self.cell_0 / cell) - 1e-6)
        return min(max(z, 0), self.max_z)


_HALF_EQUATOR = math.pi * 6378137.0

# Top-left corner and cell of matrix 0 are the project's own: 0.5 m at z 12, 0.25 m at z 13, sheets stay on the grid.
KOREA_CENTRAL = TileMatrixSet(
    "KoreaCentral5186Quad", "Korea 2000 / Central Belt 2010 quadtree", CITY, -30_000.0, 1_000_000.0, 2048.0, 16
)
WEB_MERCATOR = TileMatrixSet(
    "WebMercatorQuad",
    "Google Maps Compatible for the World",  # as registered in OGC Two Dimensional Tile Matrix Set 2.0
    WEB,
    -_HALF_EQUATOR,
    _HALF_EQUATOR,
    2 * _HALF_EQUATOR / 256,
    24,
)
TILE_MATRIX_SETS = {tms.id: tms for tms in (KOREA_CENTRAL, WEB_MERCATOR)}


def tile_matrix_set(id: str) -> TileMatrixSet:
    """Return a tile matrix set by its name. Raises NotFound."""
    if id not in TILE_MATRIX_SETS:
        names = ", ".join(TILE_MATRIX_SETS)
        raise NotFound(
            f"no tile matrix set {id!r}; there are {names}",
            korean=f"'{id}': 없는 타일 격자입니다({names}).",
            parameter="tms",
        )
    return TILE_MATRIX_SETS[id]
