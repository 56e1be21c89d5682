"""Surveys on the disk: sheets in, pyramids published whole or not at all, tiles and pixels out."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from geo import boundaries
from geo.crs import WEB
from geo.database import City
from geo.errors import BadFile, BadInput, Conflict, Damaged, GeoError
from geo.grid import KOREA_CENTRAL, WEB_MERCATOR, Grid
from geo.orthophoto import delivery, delivery_map
from geo.orthophoto.delivery import Delivery
from geo.orthophoto.intake.store.child import crew
from geo.orthophoto.intake.store.parts import Progress
from geo.orthophoto.intake.store.sheet_file import describe
from geo.orthophoto.sheet import Sheet
from geo.orthophoto.store import cog
from geo.orthophoto.store.catalogue import Survey, drop, exists, home, survey, surveys
from geo.orthophoto.store.publishing import NIR, publish, touch
from geo.orthophoto.store.tiles import Image, Shelf, picture
from geo.raster import Raster

__all__ = [
    "Image",
    "Shelf",
    "Survey",
    "SurveyReader",
    "check",
    "damaged",
    "draw",
    "ingest",
    "picture",
    "reader",
    "remove",
    "survey",
    "surveys",
    "zooms",
]

FEW = 16
"""So many sheets are looked at by one child sooner than a second has started."""
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


def _quiet(items: Iterable[Any], title: str, total: int) -> Iterable[Any]:
    return items


def check(
    sheets: Sequence[Path], *, crs: int | None = None, captured_on: date | None = None, progress: Progress = _quiet
) -> Delivery:
    """Report on a delivery without changing anything; `crs` is the EPSG code of sheets that state none."""
    described: list[Sheet] = []
    faults: list[str] = []
    hands = 1 if len(sheets) <= FEW else crew().size
    for found in progress(crew().map(partial(_described, crs), sheets, hands), "sheets", len(sheets)):
        if isinstance(found, str):
            faults.append(found)
        else:
            described.append(found)
    return delivery.examine(described, faults, boundaries.city(), captured_on)


def draw(held: Delivery, file: Path) -> None:
    """Write the map of a delivery to an SVG file."""
    file.write_text(delivery_map.svg(held, boundaries.city()), encoding="utf-8")


def _described(epsg: int | None, path: Path) -> Sheet | str:
    """Return a sheet, or what is wrong with it."""
    try:
        return describe(path, epsg)
    except GeoError as error:
        return str(error)


def ingest(
    city: City,
    sheets: Sequence[Path],
    *,
    survey: str,
    captured_on: date,
    crs: int | None = None,
    scheduler: str | None = None,
    progress: Progress = _quiet,
) -> Survey:
    """Publish a delivery as the survey `survey`; `crs` is the EPSG code of sheets that state none.

    `scheduler` is the address of a Dask cluster that builds the tiles. A run that is killed is taken up by the next.
    Raises BadInput or BadFile for what cannot be taken in, Conflict for a survey that is there, NoRoom when the disk
    is full; then nothing is published and nothing is left.
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
    return publish(city, held, survey, captured_on, scheduler=scheduler, progress=progress)


def _refuse_twice(city: City, id: str) -> None:
    if (city.folder / "city.gpkg").exists() and exists(city, id):
        raise Conflict(f"survey {id!r} is there already; 'geo ortho remove {id}' takes it out first")


def remove(city: City, id: str) -> None:
    """Take a survey out of the catalogue and off the disk. Raises NotFound."""
    drop(city, id)
    shutil.rmtree(home(city) / id, ignore_errors=True)
    if home(city).exists():
        touch(home(city))


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
            for name, file in one.files.items():
                cog.opened(file, name.removesuffix(NIR), one.sizes[name], one.version).check()
        except Damaged as error:
            found[one.id] = str(error)
    return found
