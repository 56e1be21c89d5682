"""A quadtree of tiles built depth first in one pass: leaves from a reader, parents from their four children."""

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np

from geo.grid import Bounds, Grid, TileMatrixSet
from geo.orthophoto import encode, mask
from geo.orthophoto.warp import blank, halve, interleaved
from geo.raster import Raster

Node = tuple[int, int, int]
"""z, x, y."""
Leaf = Callable[[Node, Grid], Raster | None]
"""Gives the pixels of a leaf, or None where there is no ground."""
_CHILDREN = ((0, 0), (1, 0), (0, 1), (1, 1))


@dataclass(frozen=True, slots=True)
class Tile:
    """One encoded tile."""

    node: Node
    tables: bytes
    """JPEG tables, the same for all tiles."""
    stream: bytes
    """JPEG stream without its tables."""
    mask: bytes
    """DEFLATE of one bit per pixel, 1 where there is ground; `mask.FULL` for a whole tile."""


def build(tms: TileMatrixSet, node: Node, leaf_z: int, leaf: Leaf) -> Generator[Tile, None, Raster | None]:
    """Yield the tiles under `node` and `node` itself, children before parents; return its pixels.

    `leaf` is asked for every tile of `leaf_z` under `node`. At most four rasters of each level are held.
    """
    grid = tms.tile(*node)
    if node[0] == leaf_z:
        raster = leaf(node, grid)
    else:
        z, x, y = node
        children = []
        for dx, dy in _CHILDREN:
            child = yield from build(tms, (z + 1, 2 * x + dx, 2 * y + dy), leaf_z, leaf)
            children.append(child)
        raster = _parent(children, tms, grid)
    if raster is None or not raster.valid.any():
        return None
    tables, stream = encode.block(raster)
    yield Tile(node, tables, stream, mask.pack(raster.valid))
    return raster


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
