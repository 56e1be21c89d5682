"""A detection over two surveys, block by block on disk until it is whole: stopped anywhere, it goes on from there."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.change import align, hidden, lattice, model, radiometry, scan
from geo.change.store import records
from geo.database import City
from geo.errors import BadInput
from geo.grid import Bounds, Grid
from geo.raster import Reader

METHOD = "4"
"""Changes with what is computed, beside the model, so that work begun by another version is not gone on with."""

MOST_LOST = 0.5  # of the places that show anything to align by; where there are fewer, each change is flagged


class Survey(Protocol):
    """What a run keeps of a survey."""

    @property
    def id(self) -> str:
        """Its name in the catalogue."""

    @property
    def version(self) -> str:
        """Changes with its pixels."""

    @property
    def captured_on(self) -> date:
        """The day it was photographed."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """left, bottom, right, top, EPSG:5186."""

    @property
    def bands(self) -> int:
        """Of its sheets: three of them, or four with near infrared, are colours."""

    @property
    def synthetic(self) -> bool:
        """True when it was drawn, not photographed."""


def detect(
    city: City,
    before_reader: Reader,
    after_reader: Reader,
    *,
    before: Survey,
    after: Survey,
    area: BaseGeometry | None = None,
    head: model.Head | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    progress: align.Progress = align.silent,
) -> str:
    """Find the changes between two surveys inside `area` (EPSG:5186; None: where both show ground); return the run id.

    `head` is the city's own head of the model, `scheduler` the address of a Dask cluster that sees the data folder. A
    run of the same surveys over the same area is not done again. Raises BadInput when the surveys do not overlap,
    `before` is not the older one, one has no colours, or most of the ground cannot be aligned.
    """
    ground = _ground(before, after, area)
    id = f"{before.id}-{after.id}" + ("" if area is None else f"-{_digest(ground.normalize().wkb)[:8]}")
    made_by = f"{METHOD} {_digest(model.WEIGHTS.read_bytes())} {head}"
    inputs = _digest(f"{made_by} {before.version} {after.version} {ground.normalize().wkb_hex}".encode())
    if any(run["id"] == id and run["inputs"] == inputs for run in records.runs(city)):
        return id
    work = _Work(city.folder / "change" / id / "work", inputs)
    shapely.prepare(ground)
    blocks = [block for block in scan.blocks(ground.bounds) if ground.intersects(shapely.box(*block.bounds))]
    with scan.crew(before_reader, after_reader, workers, scheduler) as run:
        pair = work.pair(before_reader, after_reader, ground.bounds, run, progress)
        _refuse_unaligned(pair, before, after)
        todo = [block for block in blocks if not work.has(block)]
        found = zip(todo, scan.each(pair, todo, run, head), strict=True)
        for block, pieces in progress(found, "blocks", len(todo)):
            work.put(block, pieces)
    changes = scan.assemble([work.get(block) for block in blocks])
    changes = changes[changes.intersects(ground)].reset_index(drop=True)
    row = {"id": id, "before": before.id, "after": after.id, "inputs": inputs,
           "before_on": before.captured_on.isoformat(), "after_on": after.captured_on.isoformat(),
           "synthetic": before.synthetic or after.synthetic, "area_km2": round(ground.area / 1e6, 4),
           "residual_m": None if math.isnan(pair.shift.residual_m) else round(pair.shift.residual_m, 3),
           "unaligned": round(pair.shift.unaligned, 4)}  # fmt: skip
    records.save(city, row, changes, hidden.within(pair.hidden, ground))
    work.remove()
    return id


def _ground(before: Survey, after: Survey, area: BaseGeometry | None) -> BaseGeometry:
    if before.captured_on >= after.captured_on:
        raise BadInput(
            f"survey {before.id} ({before.captured_on}) is not older than {after.id} ({after.captured_on}); "
            f"name the older one first"
        )
    for survey in (before, after):
        if survey.bands < 3:
            raise BadInput(f"survey {survey.id} has {survey.bands} band(s); three of red, green, blue are needed")
    both = shapely.box(*before.bounds).intersection(shapely.box(*after.bounds))
    if both.area == 0:
        raise BadInput(f"surveys {before.id} and {after.id} do not overlap")
    ground = both if area is None else area.intersection(both)
    if ground.area == 0:
        raise BadInput(f"the area lies outside what surveys {before.id} and {after.id} both show")
    return ground


def _refuse_unaligned(pair: scan.Pair, before: Survey, after: Survey) -> None:
    if pair.shift.lost > MOST_LOST:
        raise BadInput(
            f"{pair.shift.lost:.0%} of the ground of {before.id} and {after.id} cannot be aligned: one of them "
            f"lies more than {align.FARTHEST_M:g} m off or shows other ground; check its georeference"
        )


def _digest(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()


class _Work:
    """The folder of a run that is not whole yet: one file per block done, each written aside and then renamed."""

    def __init__(self, folder: Path, inputs: str) -> None:
        self.folder = folder
        plan = folder / "plan.json"
        if not plan.exists() or json.loads(plan.read_text()) != {"inputs": inputs}:
            self.remove()
            folder.mkdir(parents=True)
            self._write(plan, lambda file: file.write_text(json.dumps({"inputs": inputs})))

    def pair(
        self, before: Reader, after: Reader, bounds: Bounds, run: align.Run, progress: align.Progress
    ) -> scan.Pair:
        """Return the pair over `bounds` with the shifts, the light and what is hidden measured once."""
        file, places = self.folder / "pair.npz", self.folder / "hidden.parquet"
        if not file.exists():
            made = scan.prepare(before, after, bounds, run, progress)
            self._write(places, made.hidden.to_parquet)
            self._write(file, lambda path: np.savez(
                path, shift=made.shift.field.values, tone=made.tone.field.values,
                first=[made.shift.field.first, made.tone.field.first],
                quality=[made.shift.residual_m, made.shift.unaligned, made.shift.lost]))  # fmt: skip
        with np.load(file) as held:
            firsts = [(int(i), int(j)) for i, j in held["first"]]
            shift = align.ShiftField(lattice.Field(firsts[0], held["shift"]), *(float(v) for v in held["quality"]))
            tone = radiometry.Tone(lattice.Field(firsts[1], held["tone"]))
            return scan.Pair(before, after, shift, tone, gpd.read_parquet(places))

    def has(self, block: Grid) -> bool:
        """Return whether `block` is done."""
        return self._file(block).exists()

    def put(self, block: Grid, pieces: gpd.GeoDataFrame) -> None:
        """Keep what was found in `block`."""
        self._write(self._file(block), pieces.to_parquet)

    def get(self, block: Grid) -> gpd.GeoDataFrame:
        """Return what was found in `block`."""
        return gpd.read_parquet(self._file(block))

    def remove(self) -> None:
        """Remove the folder when the run is saved."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _file(self, block: Grid) -> Path:
        left, bottom, _, _ = block.bounds
        return self.folder / f"{left:.0f}_{bottom:.0f}.parquet"

    def _write(self, file: Path, fill: Callable[[Path], object]) -> None:
        temporary = self.folder / f"{uuid4().hex}{file.suffix}"
        fill(temporary)
        temporary.replace(file)
