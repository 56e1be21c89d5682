"""Surveys on the disk: sheets in, pyramids published whole or not at all, tiles and pixels out."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.exc import IntegrityError

from geo import boundaries
from geo.crs import WEB
from geo.database import City
from geo.errors import BadFile, BadInput, Conflict, Damaged, GeoError
from geo.grid import KOREA_CENTRAL, WEB_MERCATOR, Grid
from geo.orthophoto import delivery
from geo.orthophoto.delivery import Delivery
from geo.orthophoto.store import cog, parts
from geo.orthophoto.store.catalogue import Survey, adding, drop, exists, home, survey, surveys
from geo.orthophoto.store.parts import Built, Progress
from geo.orthophoto.store.sheet_file import describe
from geo.orthophoto.store.tiles import Image, Shelf, picture
from geo.raster import Raster

__all__ = [
    "Image",
    "Shelf",
    "Survey",
    "SurveyReader",
    "check",
    "damaged",
    "ingest",
    "picture",
    "reader",
    "remove",
    "survey",
    "surveys",
    "zooms",
]

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_PROBES = 16


def _quiet(items: Iterable[Any], title: str, total: int) -> Iterable[Any]:
    return items


def check(
    sheets: Sequence[Path], *, crs: int | None = None, captured_on: date | None = None, progress: Progress = _quiet
) -> Delivery:
    """Report on a delivery without changing anything; `crs` is the EPSG code of sheets that state none."""
    described, faults = [], []
    for path in progress(sheets, "sheets", len(sheets)):
        try:
            described.append(describe(path, crs))
        except GeoError as error:
            faults.append(str(error))
    return delivery.examine(described, faults, boundaries.city(), captured_on)


def ingest(
    city: City,
    sheets: Sequence[Path],
    *,
    survey: str,
    captured_on: date,
    crs: int | None = None,
    progress: Progress = _quiet,
) -> Survey:
    """Publish a delivery as the survey `survey`; `crs` is the EPSG code of sheets that state none.

    Raises BadInput or BadFile for what cannot be taken in and Conflict for a survey that is there; then nothing is.
    """
    if not _ID.fullmatch(survey) or survey == "latest":
        raise BadInput(f"{survey!r} names no survey: use 1 to 32 of a-z, 0-9, - and _, and not 'latest'")
    if not sheets:
        raise BadInput("a survey needs at least one sheet")
    held = check(sheets, crs=crs, captured_on=captured_on, progress=progress)
    if held.errors:
        more = f" (and {len(held.errors) - 1} more faults; see 'geo ortho check')" if len(held.errors) > 1 else ""
        raise BadFile(held.errors[0] + more)
    _refuse_twice(city, survey)
    home(city).mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{survey}.", dir=home(city)))
    try:
        return _publish(city, held, survey, captured_on, work, progress)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if not any(home(city).iterdir()):
            home(city).rmdir()


def _refuse_twice(city: City, id: str) -> None:
    if (city.folder / "city.gpkg").exists() and exists(city, id):
        raise Conflict(f"survey {id!r} is there already; 'geo ortho remove {id}' takes it out first")


def _publish(city: City, held: Delivery, id: str, captured_on: date, work: Path, progress: Progress) -> Survey:
    pieces, ready = work / "parts", work / "ready"
    pieces.mkdir()
    ready.mkdir()
    built = parts.build(held, pieces, progress=progress)
    if not all(len(one.rows) for one in built):
        raise BadFile("no sheet shows any ground: every pixel is nodata")
    made = _survey(city, held, id, captured_on, version=parts.fingerprint(built))
    for one in built:
        file = ready / f"{one.plan.tms_id}.tif"
        made.sizes[one.plan.tms_id] = cog.write(file, one, _tags(made, held))
        _verify(file, one, made.sizes[one.plan.tms_id])
    _fsync(ready)
    place = home(city) / id
    try:
        with adding(city, made):
            if place.exists():  # left by a run that was killed before it was entered in the catalogue
                shutil.rmtree(place)
            ready.rename(place)
            _fsync(home(city))
    except IntegrityError as error:
        raise Conflict(f"survey {id!r} was published by another run meanwhile") from error
    _touch(home(city))
    return made


def _survey(city: City, held: Delivery, id: str, captured_on: date, version: str) -> Survey:
    ids = [tms.id for tms in (KOREA_CENTRAL, WEB_MERCATOR)]
    return Survey(
        id=id,
        version=version,
        captured_on=captured_on,
        gsd_m=held.gsd_m,
        coverage_pct=round(held.coverage_pct, 3),
        bounds=held.footprint.bounds,
        bands=held.sheets[0].bands,
        sheets=len(held.sheets),
        files={tms: home(city) / id / f"{tms}.tif" for tms in ids},
        synthetic=any(sheet.synthetic for sheet in held.sheets),
        stretch=held.stretch,
        footprint=held.footprint,
        sizes=dict.fromkeys(ids, 0),
    )


def _tags(made: Survey, held: Delivery) -> dict[str, str]:
    tags = {
        "survey": made.id,
        "version": made.version,
        "captured_on": made.captured_on.isoformat(),
        "synthetic": "true" if made.synthetic else "false",
        "gsd_m": f"{made.gsd_m:g}",
    }
    if held.stretch:
        tags["stretch"] = f"{held.stretch[0]:g} {held.stretch[1]:g}"
    return tags


def _verify(file: Path, built: Built, size: int) -> None:
    """Open what was written and compare it with what was built. Raises Damaged."""
    tms = next(tms for tms in (KOREA_CENTRAL, WEB_MERCATOR) if tms.id == built.plan.tms_id)
    written = cog.Cog(file, tms, size)
    if sum(int(np.count_nonzero(level.counts)) for level in written.levels.values()) != len(built.rows):
        raise Damaged(f"{file.name} does not hold the tiles that were built")
    for row in built.rows[:: max(len(built.rows) // _PROBES, 1)]:
        if written.raster(int(row["z"]), int(row["x"]), int(row["y"])) is None:
            raise Damaged(f"{file.name} does not hold tile {row['z']}/{row['x']}/{row['y']}")


def _touch(folder: Path) -> None:
    """Make who watches `folder` read the catalogue again, now that it is saved; the clock may not have ticked yet."""
    held = folder.stat()
    os.utime(folder, ns=(held.st_atime_ns, held.st_mtime_ns + 1_000_000))


def _fsync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def remove(city: City, id: str) -> None:
    """Take a survey out of the catalogue and off the disk. Raises NotFound."""
    drop(city, id)
    shutil.rmtree(home(city) / id, ignore_errors=True)
    if home(city).exists():
        _touch(home(city))


@dataclass(frozen=True)
class SurveyReader:
    """Reads one published survey on any grid; it may be handed to other processes and used by several threads."""

    survey: Survey

    def __call__(self, grid: Grid) -> Raster:
        """Return RGB pixels on `grid`. Raises Damaged, naming the survey."""
        tms = WEB_MERCATOR if grid.crs == WEB else KOREA_CENTRAL
        one = self.survey
        try:
            return cog.opened(one.files[tms.id], tms.id, one.sizes[tms.id], one.version).read(grid)
        except Damaged as error:
            raise Damaged(f"survey {one.id!r}: {error}") from error


def reader(city: City, id: str) -> SurveyReader:
    """Return what reads the survey `id` on any grid. Raises NotFound."""
    return SurveyReader(survey(city, id))


def zooms(survey: Survey, tms_id: str) -> tuple[int, int]:
    """Return the coarsest and the finest matrix that a survey is stored in. Raises Damaged, naming the survey."""
    try:
        levels = cog.opened(survey.files[tms_id], tms_id, survey.sizes[tms_id], survey.version).levels
    except Damaged as error:
        raise Damaged(f"survey {survey.id!r}: {error}") from error
    return min(levels), max(levels)


def damaged(city: City) -> dict[str, str]:
    """Return the surveys whose files are not what was published, with the reason."""
    found = {}
    for one in surveys(city):
        try:
            for tms, file in one.files.items():
                cog.opened(file, tms, one.sizes[tms], one.version).check()
        except Damaged as error:
            found[one.id] = str(error)
    return found
