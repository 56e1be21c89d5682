"""The whole detection, block by block over any extent: the same ground gives the same changes however it is cut."""

from __future__ import annotations

import math
import pickle
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context

import cv2
import geopandas as gpd
import numpy as np
import pandas as pd

from geo.change import align, classes, polygons, radiometry
from geo.change import detect as channel
from geo.crs import CITY
from geo.errors import BadInput, CrsMismatch
from geo.frame import check
from geo.grid import Bounds, Grid
from geo.raster import Raster, Reader

CELL_M = 0.5
"""Ground is compared at this pixel size, whatever the surveys have."""
STEP_M = 1.0
"""Grids start on multiples of it, since some measures work at half resolution."""
BLOCK_M = 512.0
"""Side of a block; blocks start on multiples of it in EPSG:5186."""
HALO_PX = 64
"""Read around a block: every measure looks less far, and it is a multiple of their steps."""
FILL_M2 = 12.0

COLUMNS = ("change_id", "class", "score", "area_m2", "aligned", "geometry")


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two surveys and what brings the second onto the first."""

    before: Reader
    after: Reader
    shift: align.ShiftField
    tone: radiometry.Tone

    def read(self, grid: Grid) -> tuple[Raster, Raster]:
        """Return both surveys on `grid`, the second moved onto the first and in its light."""
        first = self.before(grid)
        second = self.tone.undo(align.shifted(self.after, self.shift, grid))
        return Raster(first.data[:3], first.valid, grid), second

    def near(self, bounds: Bounds) -> Pair:
        """Return the pair with only those nodes that `bounds` needs, to be sent to a worker."""
        shift = replace(self.shift, field=self.shift.field.near(bounds))
        return Pair(self.before, self.after, shift, radiometry.Tone(self.tone.field.near(bounds)))


def prepare(
    before: Reader, after: Reader, bounds: Bounds, run: align.Run = map, progress: align.Progress = align.silent
) -> Pair:
    """Measure how `after` lies beside `before`, and in what light, over `bounds` (EPSG:5186)."""
    shift = align.estimate(before, after, bounds, run, progress)
    return Pair(before, after, shift, radiometry.estimate(before, after, bounds, run, progress))


def blocks(grid: Grid, block_m: float = BLOCK_M) -> list[Grid]:
    """Cut `grid` (0.5 m, EPSG:5186) along the multiples of `block_m`, row by row from the south-west."""
    if grid.crs != CITY:
        raise CrsMismatch(f"changes are detected in EPSG:5186, got a grid in {grid.crs.to_string()}")
    if not grid.north_up or grid.cell != CELL_M or any(edge % STEP_M for edge in grid.bounds):
        raise BadInput(f"changes are detected on pixels of {CELL_M} m between multiples of {STEP_M} m, got {grid}")
    left, bottom, right, top = grid.bounds
    cut = []
    for j in range(math.floor(bottom / block_m), math.ceil(top / block_m)):
        for i in range(math.floor(left / block_m), math.ceil(right / block_m)):
            part = (max(i * block_m, left), max(j * block_m, bottom),
                    min((i + 1) * block_m, right), min((j + 1) * block_m, top))  # fmt: skip
            cut.append(Grid.cover(part, CITY, CELL_M))
    return cut


def probability(pair: Pair, block: Grid) -> Raster:
    """Return the probability of change on `block`, uint8 0 to 255."""
    wide = _with_halo(block)
    return _core(channel.score(*pair.read(wide)), block)


def pieces(pair: Pair, block: Grid) -> gpd.GeoDataFrame:
    """Return the changed patches of `block`, cut at its border, with the sums that tell their class."""
    wide = _with_halo(block)
    before, after = pair.read(wide)
    if not (before.valid & after.valid).any():
        empty = np.zeros((len(classes.EVIDENCE), 1, 1), np.uint8)
        grid = block.window(0, 0, 1, 1)
        valid = np.zeros((1, 1), bool)
        return polygons.trace(Raster(empty[:1], valid, grid), Raster(empty, valid, grid), classes.EVIDENCE)
    codes, evidence = classes.transitions(before, after, channel.score(before, after))
    aligned = pair.shift.field.on(block)[2:] > 0.5
    inner = _core(evidence, block)
    seen = Raster(np.concatenate([inner.data, aligned]).astype(np.uint8), inner.valid, block)
    return polygons.trace(_core(codes, block), seen, (*classes.EVIDENCE, "aligned"))


def _with_halo(block: Grid) -> Grid:
    return block.window(-HALO_PX, -HALO_PX, block.width + 2 * HALO_PX, block.height + 2 * HALO_PX)


def _core(wide: Raster, block: Grid) -> Raster:
    inner = slice(HALO_PX, -HALO_PX)
    return Raster(wide.data[:, inner, inner], wide.valid[inner, inner], block)


def assemble(parts: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Join the pieces of all blocks and return the changes, surest first, with COLUMNS."""
    pieces = polygons.join(parts)
    if pieces.empty:
        return _none()
    known = classes.judge(polygons.simplify(pieces, FILL_M2))
    if known.empty:
        return _none()
    known = known.assign(change_id=polygons.identify(known), aligned=known["aligned"] * 2 > known["px"])
    known = known.sort_values(["score", "change_id"], ascending=[False, True]).drop_duplicates("change_id")
    return check(known[list(COLUMNS)].reset_index(drop=True), COLUMNS, ("MultiPolygon",))


def _none() -> gpd.GeoDataFrame:
    kinds = {"change_id": str, "class": str, "score": float, "area_m2": float, "aligned": bool}
    columns = {name: pd.Series([], dtype=kind) for name, kind in kinds.items()}
    return gpd.GeoDataFrame(columns, geometry=[], crs=CITY)


def detect(
    before: Reader, after: Reader, grid: Grid, *, workers: int = 1, block_m: float = BLOCK_M
) -> gpd.GeoDataFrame:
    """Return the changes between two surveys over `grid` (0.5 m, EPSG:5186), with COLUMNS."""
    with crew(before, after, workers) as run:
        pair = prepare(before, after, grid.bounds, run)
        return assemble(list(each(pair, blocks(grid, block_m), run)))


def each(pair: Pair, wanted: Sequence[Grid], run: align.Run = map) -> Iterator[gpd.GeoDataFrame]:
    """Yield the pieces of the blocks in order."""
    yield from run(_work, [(pair.near(_with_halo(block).bounds), block) for block in wanted])


def _work(task: tuple[Pair, Grid]) -> gpd.GeoDataFrame:
    cv2.setNumThreads(1)
    return pieces(*task)


@contextmanager
def crew(before: Reader, after: Reader, workers: int) -> Iterator[align.Run]:
    """Give a `map` over `workers` processes, or threads where a reader cannot be sent to a process."""
    if workers < 1:
        raise BadInput(f"{workers} workers: at least one is needed")
    if workers == 1:
        yield map
        return
    with _pool(before, after, workers) as pool:
        try:
            yield pool.map
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _pool(before: Reader, after: Reader, workers: int) -> Executor:
    try:
        pickle.dumps((before, after))
    except (pickle.PicklingError, AttributeError, TypeError):
        return ThreadPoolExecutor(workers)
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
