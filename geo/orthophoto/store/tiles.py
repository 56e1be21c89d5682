"""Tiles of the published surveys, held ready for the door: stored ones undecoded, others made from the pyramid."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import rasterio

from geo.database import City
from geo.errors import Damaged, NotFound
from geo.grid import KOREA_CENTRAL, TILE_MATRIX_SETS, Grid, TileMatrixSet
from geo.orthophoto import encode
from geo.orthophoto.store import cog
from geo.orthophoto.store.catalogue import Survey, home, missing, surveys
from geo.orthophoto.style import NATURAL, coloured
from geo.orthophoto.warp import blank
from geo.raster import Raster

LATEST = "latest"
NIR = ".nir"
"""Ends the name of a tile matrix set where the file holds its near infrared."""


class Image(NamedTuple):
    """A picture as bytes."""

    body: bytes
    media_type: str


class Shelf:
    """The published surveys of a city, read anew when one is added or taken out; several threads may use it."""

    def __init__(self, city: City) -> None:
        self._city, self._stamp = city, -1
        self._place = str(home(city))
        self._newest_first: list[Survey] = []
        self._by_id: dict[str, Survey] = {}
        self._open: dict[tuple[str, str, str], cog.Cog] = {}

    def surveys(self) -> list[Survey]:
        """Return all surveys, newest first."""
        self._refresh()
        return self._newest_first

    def survey(self, id: str) -> Survey:
        """Return a survey by its id, or the newest for `latest`. Raises NotFound."""
        self._refresh()
        if id == LATEST and self._newest_first:
            return self._newest_first[0]
        if id not in self._by_id:
            raise missing(id)
        return self._by_id[id]

    def captured(self, on: date) -> Survey:
        """Return the survey that was captured on a day, the last by name where there are two. Raises NotFound."""
        for one in self.surveys():
            if one.captured_on == on:
                return one
        raise NotFound(f"no survey was captured on {on}", korean=f"{on}에 촬영한 정사영상이 없습니다", parameter="time")

    def _refresh(self) -> None:
        try:
            stamp = os.stat(self._place).st_mtime_ns  # noqa: PTH116 (asked for every tile: a Path takes three times as long)
        except FileNotFoundError:
            stamp = 0
        if stamp == self._stamp:
            return
        self._newest_first = surveys(self._city)
        self._by_id = {one.id: one for one in self._newest_first}
        there = {(one.id, one.version) for one in self._newest_first}
        self._open = {key: held for key, held in self._open.items() if key[:2] in there}
        cog.opened.cache_clear()  # a file that was taken out keeps its place on the disk while it is open
        self._stamp = stamp

    def stored(self, survey: Survey, tms: TileMatrixSet, z: int, x: int, y: int) -> Image | None:
        """Return a whole tile as it is stored, undecoded; None for all others. Raises Damaged, naming the survey."""
        try:
            found = self._pyramid(survey, tms.id).stored(z, x, y)
        except Damaged as error:
            raise _named(survey, error) from error
        return Image(found[0], encode.JPEG) if found and found[1] is None else None

    def made(
        self,
        survey: Survey,
        tms: TileMatrixSet,
        z: int,
        x: int,
        y: int,
        *,
        style: str = NATURAL,
        media_type: str | None = None,
    ) -> Image | None:
        """Return a tile in a style and format; None where there is no ground. Raises Damaged, NotFound without NIR.

        Without a format it is JPEG, or PNG where some of it shows no ground.
        """
        if style == NATURAL and media_type == encode.JPEG:
            image = self.stored(survey, tms, z, x, y)
            if image is not None:
                return image
        raster = self._tile(survey, tms.id, tms.tile(z, x, y), (z, x, y), style)
        if raster is None or not raster.valid.any():
            return None
        return picture(raster, media_type)

    def crop(self, survey: Survey, tms: TileMatrixSet, grid: Grid, *, style: str = NATURAL) -> Raster:
        """Return pixels of a survey on any grid, from its pyramid in `tms`. Raises Damaged, NotFound without NIR."""
        try:
            rgb = self._pyramid(survey, tms.id).read(grid)
            return rgb if style == NATURAL else coloured(rgb, self._infrared(survey, tms.id).read(grid), style)
        except Damaged as error:
            raise _named(survey, error) from error

    def _tile(self, survey: Survey, tms_id: str, grid: Grid, place: tuple[int, int, int], style: str) -> Raster | None:
        try:
            infrared = None if style == NATURAL else self._infrared(survey, tms_id)
            rgb = _at(self._pyramid(survey, tms_id), grid, place)
            if rgb is None or infrared is None:
                return rgb
            nir = _at(infrared, grid, place)
        except Damaged as error:
            raise _named(survey, error) from error
        return None if nir is None else coloured(rgb, nir, style)

    def _infrared(self, survey: Survey, tms_id: str) -> cog.Cog:
        if tms_id + NIR not in survey.files:
            raise NotFound(
                f"survey {survey.id!r} has no near infrared; it is shown in natural colour alone",
                korean=f"정사영상 {survey.id}에는 근적외 밴드가 없습니다. 자연색(natural)만 볼 수 있습니다.",
                parameter="style",
            )
        return self._pyramid(survey, tms_id + NIR)

    def _pyramid(self, survey: Survey, name: str) -> cog.Cog:
        key = (survey.id, survey.version, name)
        held = self._open.get(key)
        if held is None:
            tms_id = name.removesuffix(NIR)
            held = cog.opened(survey.files[name], tms_id, survey.sizes[name], survey.version)
            self._open[key] = held
        return held


def picture(raster: Raster, media_type: str | None = None) -> Image:
    """Return RGB pixels encoded; without a format as JPEG, or as PNG where some show no ground."""
    if media_type is None:
        media_type = encode.JPEG if raster.valid.all() else encode.PNG
    return Image(encode.ENCODERS[media_type](raster), media_type)


def blank_tile(media_type: str) -> Image:
    """Return a tile without ground."""
    return picture(blank(KOREA_CENTRAL.tile(0, 0, 0), 3), media_type)


def has_infrared(survey: Survey) -> bool:
    """Tell whether a survey can be shown in false colour and as an index."""
    return any(name.endswith(NIR) for name in survey.files)


def _at(held: cog.Cog, grid: Grid, place: tuple[int, int, int]) -> Raster | None:
    return held.raster(*place) if place[0] in held.levels else held.read(grid)


def _named(survey: Survey, error: Damaged) -> Damaged:
    return Damaged(f"survey {survey.id!r}: {error}")


@dataclass(frozen=True, slots=True)
class Asset:
    """A published pyramid as a file to hand out."""

    name: str
    """A tile matrix set's, with `.nir` behind it where it is the near infrared."""
    file: Path
    size: int
    tms: TileMatrixSet
    grid: Grid
    """Its finest level."""
    bands: int


def assets(survey: Survey) -> list[Asset]:
    """Return the files of a survey. Raises Damaged, naming the survey."""
    return [asset(survey, name) for name in survey.files]


def asset(survey: Survey, name: str) -> Asset:
    """Return one file of a survey. Raises NotFound, Damaged, naming the survey."""
    if name not in survey.files:
        raise NotFound(
            f"survey {survey.id!r} has no file {name!r}; there are {', '.join(survey.files)}",
            korean=f"정사영상 {survey.id}에는 {name} 파일이 없습니다 ({', '.join(survey.files)})",
            parameter="name",
        )
    file, size = survey.files[name], survey.sizes[name]
    try:
        found = file.stat().st_size
    except OSError as error:
        raise _named(survey, Damaged(f"{file.name} cannot be opened ({error.strerror})")) from error
    if found != size:
        raise _named(survey, Damaged(f"{file.name} has {found:,} bytes, published were {size:,}"))
    tms = TILE_MATRIX_SETS[name.removesuffix(NIR)]
    grid, bands = _frame(file, survey.version, tms.id)
    return Asset(name, file, size, tms, grid, bands)


@lru_cache(maxsize=256)
def _frame(file: Path, version: str, tms_id: str) -> tuple[Grid, int]:
    with rasterio.open(file, driver="GTiff") as held:
        grid = Grid(TILE_MATRIX_SETS[tms_id].crs, held.transform, held.width, held.height)
        return grid, int(held.count)
