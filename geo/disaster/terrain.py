"""A terrain made ready for water: culverts burned in, ridges and levees raised, an excavated basin filled up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

from geo.crs import CITY
from geo.errors import BadInput, CrsMismatch
from geo.grid import Grid
from geo.raster import Raster

COARSEST_M = 5.0  # 국토지리정보원 publishes 1 m and 5 m; a coarser terrain does not tell one parcel from the next


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """Heights in metres (one band, EPSG:5186) and what must be known of them before anybody is told anything."""

    heights: Raster
    name: str
    """Where it comes from, with its version: stands beside every figure made from it."""
    synthetic: bool
    sigma_m: float
    """Standard deviation of its vertical error."""
    datum: str

    def __post_init__(self) -> None:
        """Refuse what cannot be flooded."""
        grid = self.heights.grid
        if grid.crs != CITY or not grid.north_up:
            raise CrsMismatch(f"terrain {self.name}: expected a north-up grid in EPSG:5186, got {grid.crs.to_string()}")
        if self.sigma_m <= 0:
            raise BadInput(f"terrain {self.name}: sigma_m is {self.sigma_m}; a terrain without error does not exist")

    @property
    def z(self) -> NDArray[np.float64]:
        """Heights, shape (height, width); inf where there is no ground."""
        return np.where(self.heights.valid, self.heights.data[0], np.inf).astype(np.float64)

    @property
    def verdicts_withheld(self) -> str | None:
        """Why no verdict on a parcel may be given on this terrain (Korean), or None."""
        if self.synthetic:
            return "합성 지형에서 계산한 값이므로 필지별 판정을 내리지 않습니다."
        if self.heights.grid.cell > COARSEST_M:
            return f"지형의 격자가 {self.heights.grid.cell:g} m로 거칠어 필지별 판정을 내리지 않습니다."
        return None


@dataclass(frozen=True, slots=True)
class Culvert:
    """A way for water through a bank: a line in EPSG:5186 with the level of its floor, metres."""

    line: BaseGeometry
    invert_m: float


@dataclass(frozen=True, slots=True)
class Ridge:
    """A levee or wall that the terrain is too coarse to show: a line in EPSG:5186 with the level of its crest."""

    line: BaseGeometry
    crest_m: float


def burned(terrain: Terrain, culverts: Sequence[Culvert]) -> Terrain:
    """Return `terrain` lowered to the culverts' floors, so that a bank that has one is no dam."""
    z = terrain.z
    for culvert in culverts:
        under = touched(culvert.line, terrain.heights.grid)
        z[under] = np.minimum(z[under], culvert.invert_m)
    return _with(terrain, z)


def raised(terrain: Terrain, ridges: Sequence[Ridge]) -> Terrain:
    """Return `terrain` raised to the ridges' crests; no water passes between two cells of one."""
    z = terrain.z
    for ridge in ridges:
        under = touched(ridge.line, terrain.heights.grid)
        z[under] = np.maximum(z[under], ridge.crest_m)
    return _with(terrain, z)


def unexcavated(terrain: Terrain, basin: BaseGeometry) -> Terrain:
    """Return `terrain` as it was before `basin` was dug: as high as the median of the ground around its edge."""
    z = terrain.z
    inside = touched(basin, terrain.heights.grid)
    z[inside] = np.maximum(z[inside], rim_m(terrain, basin))
    return _with(terrain, z)


def excavated(terrain: Terrain, basin: BaseGeometry, volume_m3: float) -> Terrain:
    """Return `terrain` with `basin` dug to an even depth that holds `volume_m3` below its rim, or as deep as it is."""
    z = terrain.z
    inside = touched(basin, terrain.heights.grid)
    z[inside] = np.minimum(z[inside], rim_m(terrain, basin) - volume_m3 / basin.area)
    return _with(terrain, z)


def rim_m(terrain: Terrain, basin: BaseGeometry) -> float:
    """Return the median height of the ground around a basin's edge. Raises BadInput where there is none."""
    grid = terrain.heights.grid
    around = touched(basin.buffer(4 * grid.cell), grid) & ~touched(basin.buffer(1.5 * grid.cell), grid)
    z = terrain.z
    rim = z[around & np.isfinite(z)]
    if not rim.size:
        raise BadInput(f"terrain {terrain.name}: the retention basin lies outside of it")
    return float(np.median(rim))


def touched(shape: BaseGeometry, grid: Grid) -> NDArray[np.bool_]:
    """Return which cells a shape touches, however little: a line leaves no gap at a corner."""
    drawn: NDArray[np.uint8] = rasterize(
        [(shape, 1)], (grid.height, grid.width), transform=grid.transform, all_touched=True, dtype="uint8"
    )
    return drawn.astype(bool)


def _with(terrain: Terrain, z: NDArray[np.float64]) -> Terrain:
    return replace(terrain, heights=replace(terrain.heights, data=np.where(np.isfinite(z), z, 0.0)[None]))
