"""Tiles of the published surveys, held ready for the door: stored ones undecoded, others made from the pyramid."""

from __future__ import annotations

from dataclasses import dataclass

from geo.database import City
from geo.errors import Damaged
from geo.grid import TileMatrixSet
from geo.orthophoto import encode
from geo.orthophoto.store import cog
from geo.orthophoto.store.catalogue import Survey, home, missing, surveys

LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Image:
    """A tile as bytes."""

    body: bytes
    media_type: str


class Shelf:
    """The published surveys of a city, read anew when one is added or taken out."""

    def __init__(self, city: City) -> None:
        self._city, self._stamp = city, -1
        self._newest_first: list[Survey] = []
        self._by_id: dict[str, Survey] = {}

    def survey(self, id: str) -> Survey:
        """Return a survey by its id, or the newest for `latest`. Raises NotFound."""
        self._refresh()
        if id == LATEST and self._newest_first:
            return self._newest_first[0]
        if id not in self._by_id:
            raise missing(id)
        return self._by_id[id]

    def _refresh(self) -> None:
        try:
            stamp = home(self._city).stat().st_mtime_ns
        except FileNotFoundError:
            stamp = 0
        if stamp == self._stamp:
            return
        self._newest_first = surveys(self._city)
        self._by_id = {one.id: one for one in self._newest_first}
        self._stamp = stamp

    def stored(self, survey: Survey, tms: TileMatrixSet, z: int, x: int, y: int) -> Image | None:
        """Return a whole tile as it is stored, undecoded; None for all others. Raises Damaged, naming the survey."""
        try:
            found = self._open(survey, tms).stored(z, x, y)
        except Damaged as error:
            raise Damaged(f"survey {survey.id!r}: {error}") from error
        return Image(found[0], encode.JPEG) if found and found[1] is None else None

    def made(self, survey: Survey, tms: TileMatrixSet, z: int, x: int, y: int) -> Image | None:
        """Return a tile at the edge, or of a matrix that is not stored; None outside the imagery. Raises Damaged."""
        grid = tms.tile(z, x, y)
        try:
            held = self._open(survey, tms)
            raster = held.raster(z, x, y) if z in held.levels else held.read(grid)
        except Damaged as error:
            raise Damaged(f"survey {survey.id!r}: {error}") from error
        if raster is None or not raster.valid.any():
            return None
        if raster.valid.all():
            return Image(encode.jpeg(raster), encode.JPEG)
        return Image(encode.png(raster), encode.PNG)

    def _open(self, survey: Survey, tms: TileMatrixSet) -> cog.Cog:
        return cog.opened(survey.files[tms.id], tms.id, survey.sizes[tms.id], survey.version)
