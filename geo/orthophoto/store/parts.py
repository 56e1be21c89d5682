"""Building a survey's tiles: subtrees apart, each into a file of its own, and the few tiles above them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.grid import TILE_MATRIX_SETS, Grid
from geo.orthophoto import mask, pyramid
from geo.orthophoto.delivery import Delivery
from geo.orthophoto.layout import ROW
from geo.orthophoto.mosaic import mosaics, overlay
from geo.orthophoto.pyramid import Node, Plan, Tile
from geo.orthophoto.sheet import bounds_in, cell_in
from geo.orthophoto.store.sheet_file import SheetFiles, SheetSource, guard
from geo.raster import Raster

ALONE_MPX = 40  # a smaller delivery is built alone sooner than other processes have started
PROCESSES = 2
Progress = Callable[[Iterable[Any], str, int], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """A built subtree."""

    file: Path
    """Streams and masks, one behind the other."""
    rows: NDArray[np.void]
    """Its tiles, as layout.ROW."""
    root: Raster | None
    """Pixels of its root."""
    tables: bytes
    digest: bytes
    """Of `file`."""


@dataclass(frozen=True, slots=True)
class Built:
    """All tiles of one grid of a survey."""

    plan: Plan
    parts: tuple[Part, ...]

    @property
    def rows(self) -> NDArray[np.void]:
        """All tiles, with the number of their part."""
        rows = [part.rows.copy() for part in self.parts]
        for number, part in enumerate(rows):
            part["part"] = number
        return np.concatenate(rows)

    @property
    def tables(self) -> bytes:
        """JPEG tables of the tiles; empty when there is no tile."""
        return next((part.tables for part in self.parts if part.tables), b"")


def build(delivery: Delivery, folder: Path, *, progress: Progress) -> list[Built]:
    """Build every tile matrix set of `delivery` into part files in `folder`."""
    plans = [
        pyramid.plan(tms, bounds_in(delivery.sheets, tms.crs), cell_in(delivery.sheets, tms.crs))
        for tms in TILE_MATRIX_SETS.values()
    ]
    jobs = [(plan, node, folder) for plan in plans for node in plan.parts]
    mpx = sum(sheet.grid.width * sheet.grid.height for sheet in delivery.sheets) / 1e6
    run = _alone if mpx < ALONE_MPX else _pooled
    parts = iter(list(progress(run(delivery, jobs), "tiles", len(jobs))))
    return [_crowned(plan, tuple(next(parts) for _ in plan.parts), folder) for plan in plans]


_Job = tuple[Plan, Node, Path]


def _alone(delivery: Delivery, jobs: list[_Job]) -> Iterator[Part]:
    worker = _Worker(delivery)
    try:
        for job in jobs:
            yield worker.part(*job)
    finally:
        worker.files.close()


def _pooled(delivery: Delivery, jobs: list[_Job]) -> Iterator[Part]:
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), _begin, (delivery,)) as pool:
        try:
            yield from pool.map(_in_process, jobs)
        finally:
            pool.shutdown(cancel_futures=True)


_worker: _Worker | None = None
"""In a pool's process: its one worker."""


def _begin(delivery: Delivery) -> None:
    global _worker
    cv2.setNumThreads(1)
    _worker = _Worker(delivery)


def _in_process(job: _Job) -> Part:
    if _worker is None:
        raise RuntimeError("the pool began without its worker")
    return _worker.part(*job)


class _Worker:
    """The sheets of a delivery, open, and what builds subtrees from them."""

    def __init__(self, delivery: Delivery) -> None:
        self.files = SheetFiles()
        sources = [SheetSource(sheet, self.files, delivery.stretch) for sheet in delivery.sheets]
        self._read = overlay(mosaics(sources))

    def part(self, plan: Plan, node: Node, folder: Path) -> Part:
        """Build the subtree under `node`."""
        name = f"{plan.tms_id}-{'-'.join(map(str, node))}"
        with guard():
            return _write(plan, node, plan.leaf_z, self._leaf, folder / name)

    def _leaf(self, _: Node, grid: Grid) -> Raster | None:
        return self._read(grid)


def _write(plan: Plan, node: Node, leaf_z: int, leaf: pyramid.Leaf, file: Path, skip_z: int | None = None) -> Part:
    """Write the tiles under `node`, but those of `skip_z`, to `file`."""
    rows, place, tables, digest = [], 0, b"", hashlib.blake2b(digest_size=16)
    building = pyramid.build(TILE_MATRIX_SETS[plan.tms_id], node, leaf_z, leaf)
    with file.open("wb") as out:
        while True:
            try:
                tile: Tile = next(building)
            except StopIteration as end:
                root: Raster | None = end.value
                break
            z, x, y = tile.node
            if z == skip_z:
                continue
            own = b"" if tile.mask == mask.FULL else tile.mask
            rows.append((z, y, x, 0, place, len(tile.stream), len(own)))
            data = tile.stream + own
            out.write(data)
            digest.update(data)
            place, tables = place + len(data), tile.tables
    return Part(file, np.array(rows, ROW), root, tables, digest.digest())


def _crowned(plan: Plan, parts: tuple[Part, ...], folder: Path) -> Built:
    """Add the tiles above the subtrees."""
    part_z = plan.parts[0][0]
    roots = {node: part.root for node, part in zip(plan.parts, parts, strict=True)}
    tops = sorted({(plan.top_z, x >> (part_z - plan.top_z), y >> (part_z - plan.top_z)) for _, x, y in plan.parts})
    if plan.top_z == part_z:
        return Built(plan, parts)
    crowns = []
    for z, x, y in tops:
        file = folder / f"{plan.tms_id}-crown-{x}-{y}"
        crowns.append(_write(plan, (z, x, y), part_z, lambda node, _: roots.get(node), file, skip_z=part_z))
    return Built(plan, (*parts, *crowns))


def fingerprint(built: list[Built]) -> str:
    """Return a short hash of all tiles of a survey."""
    whole = hashlib.blake2b(digest_size=6)
    for one in built:
        for part in one.parts:
            whole.update(part.digest)
    return whole.hexdigest()
