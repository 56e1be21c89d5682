"""The whole detection, block by block over any extent: the same ground gives the same changes however it is cut."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context

import cv2
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.change import align, classes, cluster, detect, hidden, land, lattice, model, polygons, radiometry
from geo.crs import CITY
from geo.errors import BadInput, Conflict
from geo.frame import check
from geo.grid import Bounds, Grid
from geo.raster import Raster, Reader
from geo.workers import end_with_parent

CELL_M = model.CELL_M
"""Ground is compared at this pixel size, whatever the surveys have."""
BLOCK_M = model.CORE_PX * CELL_M
"""Side of a block; blocks start on multiples of it in EPSG:5186, as the model's windows do."""
HALO_PX = model.HALO_PX
"""Read around a block, for the model;"""
RIM_PX = 64
"""every other measure looks less far around (`detect.REACH_PX`)."""
FILL_M2 = 12.0
LEAST_M2 = np.where(np.arange(256) > land.LAID, 15.0, 100.0)
"""Smaller patches of a code are dropped early: half of the least in classes.SMALLEST_M2, as holes are filled later."""

COLUMNS = ("change_id", "class", "score", "area_m2", "aligned", "geometry")


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two surveys, what brings the second onto the first, and where one of them hides the ground."""

    before: Reader
    after: Reader
    shift: align.ShiftField
    tone: radiometry.Tone
    hidden: gpd.GeoDataFrame

    def read(self, grid: Grid) -> tuple[Raster, Raster]:
        """Return both surveys on `grid`, the second moved onto the first and in its light; hidden ground is none."""
        first = self.before(grid)
        second = self.tone.undo(align.shifted(self.after, self.shift, grid))
        shown = hidden.shown(self.hidden, grid)
        if shown is None:
            return first, second
        return Raster(first.data, first.valid & shown, grid), Raster(second.data, second.valid & shown, grid)

    def near(self, bounds: Bounds) -> Pair:
        """Return the pair with only those nodes that `bounds` needs, to be sent to a worker."""
        shift = replace(self.shift, field=self.shift.field.near(bounds))
        tone = radiometry.Tone(self.tone.field.near(bounds))
        return Pair(self.before, self.after, shift, tone, self.hidden[self.hidden.intersects(shapely.box(*bounds))])


def prepare(
    before: Reader, after: Reader, bounds: Bounds, run: align.Run = map, progress: align.Progress = align.silent
) -> Pair:
    """Measure how `after` lies beside `before`, in what light, and what is hidden over `bounds` (EPSG:5186)."""
    shift = align.estimate(before, after, bounds, run, progress)
    tone = radiometry.estimate(before, after, bounds, run, progress)
    return Pair(before, after, shift, tone, hidden.estimate(before, after, bounds, run, progress))


def blocks(bounds: Bounds) -> list[Grid]:
    """Return the blocks that hold `bounds` (EPSG:5186), row by row from the south-west."""
    return lattice.tiles(bounds, BLOCK_M, CELL_M)


def pieces(pair: Pair, block: Grid, head: model.Head | None = None) -> gpd.GeoDataFrame:
    """Return the changed patches of `block`, cut at its border, with the sums that tell their class.

    `head` is a city's own head of the model.
    """
    before, after = pair.read(block.window(-HALO_PX, -HALO_PX, block.width + 2 * HALO_PX, block.height + 2 * HALO_PX))
    found = []
    if (before.valid & after.valid).any():
        seen = model.window(before, after, head)
        for part in detect.codes(*(_inner(wide, HALO_PX - RIM_PX) for wide in (before, after, seen))):
            codes, evidence = _inner(part.codes, RIM_PX), _inner(part.evidence, RIM_PX)
            aligned = lattice.spread(pair.shift.field.steps(codes.grid)[2] > 0.5, codes.grid)[None]
            told = evidence, Raster(aligned, codes.valid, codes.grid)
            found.append(polygons.trace(codes, told, EVIDENCE, least_m2=LEAST_M2))
    return gpd.GeoDataFrame(pd.concat(found, ignore_index=True), crs=CITY) if found else polygons.none(EVIDENCE)


EVIDENCE = (*detect.EVIDENCE, "aligned")


def _inner(wide: Raster, rim_px: int) -> Raster:
    """Return a raster without a rim of `rim_px` pixels of CELL_M, whatever its own pixel size."""
    rim = round(rim_px * CELL_M / wide.grid.cell)
    inner = wide.grid.window(rim, rim, wide.grid.width - 2 * rim, wide.grid.height - 2 * rim)
    return Raster(wide.data[:, rim:-rim, rim:-rim], wide.valid[rim:-rim, rim:-rim], inner)


def assemble(parts: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Join the pieces of all blocks and return the changes, surest first, with COLUMNS."""
    pieces = polygons.join(parts)
    if pieces.empty:
        return _none()
    known = classes.judge(polygons.simplify(pieces, FILL_M2))
    if known.empty:
        return _none()
    built = known["class"].str.startswith("building").to_numpy()
    known = known.set_geometry(np.where(built, polygons.squared(known.geometry), known.geometry.to_numpy()), crs=CITY)
    known = known.assign(change_id=polygons.identify(known), aligned=known["aligned"] * 2 > known["px"])
    known = known.sort_values(["score", "change_id"], ascending=[False, True]).drop_duplicates("change_id")
    return check(known[list(COLUMNS)].reset_index(drop=True), COLUMNS, ("MultiPolygon",))


def _none() -> gpd.GeoDataFrame:
    kinds = {"change_id": str, "class": str, "score": float, "area_m2": float, "aligned": bool}
    columns = {name: pd.Series([], dtype=kind) for name, kind in kinds.items()}
    return gpd.GeoDataFrame(columns, geometry=[], crs=CITY)


def each(
    pair: Pair, wanted: Sequence[Grid], run: align.Run = map, head: model.Head | None = None
) -> Iterator[gpd.GeoDataFrame]:
    """Yield the pieces of the blocks in order."""
    yield from run(_work, [(pair.near(_reach(block)), block, head) for block in wanted])


def _reach(block: Grid) -> Bounds:
    left, bottom, right, top = block.bounds
    halo_m = HALO_PX * CELL_M
    return left - halo_m, bottom - halo_m, right + halo_m, top + halo_m


def _work(task: tuple[Pair, Grid, model.Head | None]) -> gpd.GeoDataFrame:
    cv2.setNumThreads(1)
    return pieces(*task)


@contextmanager
def crew(before: Reader, after: Reader, workers: int, scheduler: str | None = None) -> Iterator[align.Run]:
    """Give a `map` over `workers` processes, or threads where a reader cannot be sent to a process.

    With `scheduler`, over the Dask cluster at that address. Raises BadInput; Conflict when a worker is lost.
    """
    if workers < 1:
        raise BadInput(f"{workers} workers: at least one is needed")
    if scheduler is not None:
        with cluster.connected(scheduler) as run:
            yield run
        return
    if workers == 1:
        yield map
        return
    with _pool(before, after, workers) as pool:
        try:
            yield pool.map
        except BrokenProcessPool as error:
            raise Conflict("a worker process was killed; run the same command again, it goes on from here") from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _pool(before: Reader, after: Reader, workers: int) -> Executor:
    try:
        pickle.dumps((before, after))
    except (pickle.PicklingError, AttributeError, TypeError):
        return ThreadPoolExecutor(workers)
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=end_with_parent)
