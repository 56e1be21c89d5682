"""Building a survey's tiles: subtrees apart, each into a file of its own that a later run may take up, then the top."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.cluster import client
from geo.errors import BadFile
from geo.grid import TILE_MATRIX_SETS, Grid
from geo.orthophoto import encode, mask, pyramid
from geo.orthophoto.delivery import Delivery
from geo.orthophoto.intake.store.child import Died, crew
from geo.orthophoto.intake.store.sheet_source import Origin, SheetFiles, SheetSource
from geo.orthophoto.layout import ROW
from geo.orthophoto.mosaic import mosaics, overlay
from geo.orthophoto.pyramid import Node, Plan
from geo.orthophoto.sheet import bounds_in, cell_in
from geo.raster import Raster

FORM = 2
"""Counts up when equal sheets no longer give equal parts."""
ALONE_MPX = 100  # a smaller delivery is built by one child sooner than a second has started
PART_CPU_S = 600
TRIES = 3  # a child may be killed for want of memory, or by hand
Progress = Callable[[Iterable[Any], str, int], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """A built subtree."""

    file: Path
    """Streams and masks, one behind the other, then what follows here."""
    rows: NDArray[np.void]
    """Its tiles, as layout.ROW."""
    root: Raster | None
    """Pixels of its root."""
    tables: tuple[bytes, bytes]
    """JPEG tables of each layer."""
    digest: bytes
    """Of `file`."""


@dataclass(frozen=True, slots=True)
class Built:
    """All tiles of one grid of a survey."""

    plan: Plan
    parts: tuple[Part, ...]

    def layer(self, layer: int) -> tuple[NDArray[np.void], bytes]:
        """Return the tiles of one layer, with the number of their part, and their JPEG tables."""
        rows = [part.rows.copy() for part in self.parts]
        for number, part in enumerate(rows):
            part["part"] = number
        every = np.concatenate(rows)
        return every[every["layer"] == layer], next((p.tables[layer] for p in self.parts if p.tables[layer]), b"")


@dataclass(frozen=True, slots=True)
class Job:
    """One subtree to build, and all that it takes."""

    key: str
    origins: tuple[Origin, ...]
    plan: Plan
    node: Node
    file: Path


def plans(delivery: Delivery) -> list[Plan]:
    """Return the plan of every tile matrix set."""
    sheets = delivery.sheets
    return [pyramid.plan(t, bounds_in(sheets, t.crs), cell_in(sheets, t.crs)) for t in TILE_MATRIX_SETS.values()]


def key_of(delivery: Delivery) -> str:
    """Return a hash of all that decides a delivery's tiles: its files as they are now, and how tiles are made."""
    made_by = [FORM, encode.JPEG_QUALITY, version("simplejpeg"), cv2.__version__]
    files = []
    for sheet in delivery.sheets:
        held = sheet.path.stat()
        files.append([str(sheet.path), held.st_size, held.st_mtime_ns, sheet.print, str(Origin.of(sheet, None))])
    text = json.dumps([made_by, files, delivery.stretch, [str(plan) for plan in plans(delivery)]])
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def build(delivery: Delivery, folder: Path, *, scheduler: str | None = None, progress: Progress) -> list[Built]:
    """Build every tile matrix set of `delivery` into part files in `folder`; those that are there already are kept.

    `scheduler` is the address of a Dask cluster that sees the sheets and `folder` under the same names.
    """
    every, origins = plans(delivery), tuple(Origin.of(sheet, delivery.stretch) for sheet in delivery.sheets)
    key = key_of(delivery)
    jobs = [
        Job(key, origins, plan, node, folder / f"{plan.tms_id}-{'-'.join(map(str, node))}.part")
        for plan in every
        for node in plan.parts
    ]
    todo = [job for job in jobs if load(job.file, job) is None]
    if scheduler:
        run = _on_cluster(scheduler, todo)
    else:
        mpx = sum(sheet.grid.width * sheet.grid.height for sheet in delivery.sheets) / 1e6
        run = crew().map(attempt, todo, 1 if mpx < ALONE_MPX else crew().size)
    for _ in progress(run, "tiles", len(todo)):
        pass
    found = iter([_there(job) for job in jobs])
    return [_crowned(plan, tuple(next(found) for _ in plan.parts), folder, jobs[0]) for plan in every]


def _there(job: Job) -> Part:
    part = load(job.file, job)
    if part is None:
        raise BadFile(f"{job.file.name} was built and is not there; the cluster must see {job.file.parent}")
    return part


def attempt(job: Job) -> None:
    """Build one subtree in a child process, again when the child is killed. Raises BadFile."""
    for left in reversed(range(TRIES)):
        try:
            crew().call(make, job, cpu_s=PART_CPU_S)
            return
        except Died as error:
            if not left:
                names = f"{job.origins[0].name} or one of the {len(job.origins) - 1} other sheets"
                raise BadFile(f"building tiles ended the process {TRIES} times ({error}); look at {names}") from error


def _on_cluster(scheduler: str, jobs: list[Job]) -> Iterator[Any]:
    with client(scheduler) as held:
        from distributed import as_completed

        for future in as_completed(held.map(attempt, jobs, pure=False, retries=2)):  # type: ignore[no-untyped-call]
            yield future.result()


# ---- in a child


@lru_cache(maxsize=1)
def _reader(key: str, origins: tuple[Origin, ...]) -> Callable[[Grid], Raster]:
    cv2.setNumThreads(1)
    files = SheetFiles()
    return overlay(mosaics([SheetSource(origin, files) for origin in origins]))


def make(job: Job) -> None:
    """Build the subtree of `job` into its file, whole or not at all."""
    read = _reader(job.key, job.origins)
    _write(job, job.plan.leaf_z, lambda _, grid: read(grid), pyramid.PATCH_LEVELS)


def _write(job: Job, leaf_z: int, patch: pyramid.Patch, patch_levels: int, skip_z: int | None = None) -> None:
    """Write the tiles under a job's node, but those of `skip_z`, to its file."""
    rows, place, tables = [], 0, [b"", b""]
    building = pyramid.build(TILE_MATRIX_SETS[job.plan.tms_id], job.node, leaf_z, patch, patch_levels)
    unfinished = job.file.with_name(f"{job.file.name}.{os.getpid()}")
    with unfinished.open("wb") as out:
        while True:
            try:
                tile = next(building)
            except StopIteration as end:
                root: Raster | None = end.value
                break
            z, x, y = tile.node
            if z == skip_z:
                continue
            own = b"" if tile.mask == mask.FULL else tile.mask
            rows.append((z, y, x, 0, place, len(tile.stream), len(own), tile.layer))
            out.write(tile.stream + own)
            place, tables[tile.layer] = place + len(tile.stream) + len(own), tile.tables
        out.write(_trailer(np.array(rows, ROW), root, tables))
    with unfinished.open("rb") as back:
        digest = hashlib.file_digest(back, "sha256").digest()
    with unfinished.open("ab") as out:
        out.write(digest)
    unfinished.replace(job.file)


# ---- a part's file: streams, then rows, tables, pixels and mask of the root, their lengths, and a digest of all that

_LENGTHS = struct.Struct("<6q")
_DIGEST = 32  # SHA-256, which processors compute themselves


def _trailer(rows: NDArray[np.void], root: Raster | None, tables: list[bytes]) -> bytes:
    bands = 0 if root is None else len(root.data)
    pixels = b"" if root is None else np.ascontiguousarray(root.data.transpose(1, 2, 0)).tobytes()
    valid = b"" if root is None else np.packbits(root.valid).tobytes()
    pieces = [rows.tobytes(), *tables, pixels, valid]
    return b"".join(pieces) + _LENGTHS.pack(*map(len, pieces), bands)


def load(file: Path, job: Job) -> Part | None:
    """Return the part that `file` holds, or None where it is not there or not whole."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return None
    body, digest = memoryview(data)[:-_DIGEST], data[-_DIGEST:]
    if len(data) < _LENGTHS.size + _DIGEST or hashlib.sha256(body).digest() != digest:
        return None
    *lengths, bands = _LENGTHS.unpack(body[-_LENGTHS.size :])
    ends = len(body) - _LENGTHS.size - np.cumsum([0, *lengths[::-1]])
    rows, colour, infrared, pixels, valid = (bytes(body[a:b]) for a, b in zip(ends[:0:-1], ends[-2::-1], strict=True))
    root = None
    if bands:
        tms = TILE_MATRIX_SETS[job.plan.tms_id]
        px = tms.tile_px
        stored = np.frombuffer(pixels, np.uint8).reshape(px, px, bands)
        ground = np.unpackbits(np.frombuffer(valid, np.uint8)).reshape(px, px).astype(np.bool_)
        root = Raster(stored.transpose(2, 0, 1), ground, tms.tile(*job.node))
    return Part(file, np.frombuffer(rows, ROW), root, (colour, infrared), digest)


def _crowned(plan: Plan, parts: tuple[Part, ...], folder: Path, job: Job) -> Built:
    """Add the tiles above the subtrees."""
    part_z = plan.parts[0][0]
    if plan.top_z == part_z:
        return Built(plan, parts)
    roots = {node: part.root for node, part in zip(plan.parts, parts, strict=True)}
    grow = part_z - plan.top_z
    crowns = []
    for z, x, y in sorted({(plan.top_z, x >> grow, y >> grow) for _, x, y in plan.parts}):
        crown = replace(job, plan=plan, node=(z, x, y), file=folder / f"{plan.tms_id}-crown-{x}-{y}.part")
        _write(crown, part_z, lambda node, _: roots.get(node), 0, skip_z=part_z)
        crowns.append(_there(crown))
    return Built(plan, (*parts, *crowns))


def fingerprint(built: list[Built]) -> str:
    """Return a short hash of all tiles of a survey."""
    whole = hashlib.blake2b(digest_size=6)
    for one in built:
        for part in one.parts:
            whole.update(part.digest)
    return whole.hexdigest()
