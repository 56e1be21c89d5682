"""A quadtree of tiles built depth first in one pass: leaves from a reader, parents from their four children."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.grid import Bounds, Grid, TileMatrixSet
from geo.orthophoto import encode, mask
from geo.orthophoto.warp import blank, halve, interleaved
from geo.raster import Raster

Node = tuple[int, int, int]
"""z, x, y."""
Patch = Callable[[Node, Grid], Raster | None]
"""Gives the pixels of a node on a grid that may be finer than the node's own, or None where there is no ground."""
_CHILDREN = ((0, 0), (1, 0), (0, 1), (1, 1))
COLOUR, INFRARED = 0, 1
"""Layers of a pyramid: the first three bands, and the fourth."""
PATCH_LEVELS = 2
"""Pixels are asked for by 4 x 4 leaves, so that projecting and reading cost little beside moving them."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One encoded tile."""

    node: Node
    layer: int
    tables: bytes
    """JPEG tables, the same for all tiles of a layer."""
    stream: bytes
    """JPEG stream without its tables."""
    mask: bytes
    """DEFLATE of one bit per pixel, 1 where there is ground; `mask.FULL` for a whole tile."""


def build(
    tms: TileMatrixSet, node: Node, leaf_z: int, patch: Patch, patch_levels: int = PATCH_LEVELS
) -> Generator[Tile, None, Raster | None]:
    """Yield the tiles under `node` and `node` itself, children before parents; return its pixels.

    `patch` is asked for the pixels, as wide as those of `leaf_z`, of every node that stands `patch_levels` above.
    """
    depth = leaf_z - node[0]
    if depth <= patch_levels:
        px = tms.tile_px << depth
        whole = tms.tile(*node)
        grid = Grid(tms.crs, whole.transform @ whole.transform.scale(1 / (1 << depth)), px, px)
        raster = patch(node, grid)
    else:
        raster = yield from _joined(tms, node, leaf_z, patch, patch_levels)
        depth = 0
    if raster is None or not raster.valid.any():
        return None
    for level in range(depth, -1, -1):
        yield from _cut(tms, node, level, raster)
        if level:
            raster = halve(raster, _coarser(raster.grid))
    return raster


def _joined(
    tms: TileMatrixSet, node: Node, leaf_z: int, patch: Patch, patch_levels: int
) -> Generator[Tile, None, Raster | None]:
    z, x, y = node
    children = []
    for dx, dy in _CHILDREN:
        child = yield from build(tms, (z + 1, 2 * x + dx, 2 * y + dy), leaf_z, patch, patch_levels)
        children.append(child)
    return _parent(children, tms, tms.tile(*node))


def _coarser(grid: Grid) -> Grid:
    return Grid(grid.crs, grid.transform @ grid.transform.scale(2), grid.width // 2, grid.height // 2)


def _cut(tms: TileMatrixSet, node: Node, level: int, raster: Raster) -> Iterator[Tile]:
    """Encode the tiles that stand `level` below `node` and are joined in `raster`."""
    px, side = tms.tile_px, 1 << level
    pixels, whole = interleaved(raster), bool(raster.valid.all())
    for row in range(side):
        for col in range(side):
            here = np.s_[row * px : (row + 1) * px, col * px : (col + 1) * px]
            valid = raster.valid[here]
            if whole or valid.any():
                place = node[0] + level, (node[1] << level) + col, (node[2] << level) + row
                yield from _encoded(tms, place, pixels[here], valid)


def _encoded(tms: TileMatrixSet, node: Node, pixels: NDArray[Any], valid: NDArray[np.bool_]) -> Iterator[Tile]:
    packed = mask.pack(valid)
    grid = tms.tile(*node)
    for layer, bands in ((COLOUR, np.s_[:3]), (INFRARED, np.s_[3:])):
        part = pixels[..., bands]
        if part.shape[2]:
            tables, stream = encode.block(Raster(part.transpose(2, 0, 1), valid, grid))
            yield Tile(node, layer, tables, stream, packed)


def _parent(children: list[Raster | None], tms: TileMatrixSet, grid: Grid) -> Raster | None:
    px = tms.tile_px
    known = next((child for child in children if child is not None), None)
    if known is None:
        return None
    whole = blank(Grid(tms.crs, grid.transform @ grid.transform.scale(0.5), 2 * px, 2 * px), len(known.data))
    pixels = interleaved(whole)
    for (dx, dy), child in zip(_CHILDREN, children, strict=True):
        if child is not None:
            here = np.s_[dy * px : (dy + 1) * px, dx * px : (dx + 1) * px]
            pixels[here] = interleaved(child)
            whole.valid[here] = child.valid
    return halve(whole, grid)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which matrices a survey is stored in, and the subtrees that are built apart."""

    tms_id: str
    top_z: int
    """The coarsest matrix stored: the survey lies on 2 x 2 of its tiles at most."""
    leaf_z: int
    parts: tuple[Node, ...]
    """Roots of the subtrees, row by row."""
    corner: tuple[int, int]
    """x and y of the first tile of `top_z`."""
    extent: tuple[int, int]
    """Number of tiles of `top_z` across and down."""


PART_LEVELS = 4
"""A subtree is 16 x 16 leaves, 4096 x 4096 px: a second or two of work, some MB of tiles."""


def plan(tms: TileMatrixSet, bounds: Bounds, cell: float) -> Plan:
    """Plan the pyramid of a survey that lies in `bounds` and whose finest pixel is `cell` wide (units of the set)."""
    leaf_z = top_z = tms.z_for(cell)
    while top_z:
        x0, y0, x1, y1 = tms.tiles_over(bounds, top_z)
        if x1 - x0 <= 1 and y1 - y0 <= 1:
            break
        top_z -= 1
    x0, y0, x1, y1 = tms.tiles_over(bounds, top_z)
    part_z = max(top_z, leaf_z - PART_LEVELS)
    a, b, c, d = tms.tiles_over(bounds, part_z)
    parts = tuple((part_z, x, y) for y in range(b, d + 1) for x in range(a, c + 1))
    return Plan(tms.id, top_z, leaf_z, parts, (x0, y0), (x1 - x0 + 1, y1 - y0 + 1))
