"""The catalogue of surveys in the city's database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Boolean, Column, Connection, Float, Integer, Table, Text, UniqueConstraint, select

from geo import database, notebook
from geo.database import City
from geo.errors import NotFound
from geo.grid import Bounds

SURVEYS = Table(
    "orthophoto_surveys",
    database.METADATA,
    Column("fid", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("captured_on", Text, nullable=False),
    Column("gsd_m", Float, nullable=False),
    Column("coverage_pct", Float, nullable=False),
    Column("bands", Integer, nullable=False),
    Column("sheets", Integer, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("stretch", Text),
    Column("sizes", Text, nullable=False),
    Column("geom", database.Geo("MULTIPOLYGON")),
    UniqueConstraint("id"),
)


@dataclass(frozen=True)
class Survey:
    """One flight over the city, published."""

    id: str
    version: str
    """Short hash of its tiles."""
    captured_on: date
    gsd_m: float
    """Side of a pixel on the ground, metres."""
    coverage_pct: float
    """Share of the city's area."""
    bounds: Bounds
    """EPSG:5186."""
    bands: int
    """Bands delivered."""
    sheets: int
    """Sheets delivered."""
    files: dict[str, Path]
    """The pyramid of each tile matrix set."""
    synthetic: bool
    """Its sheets say that they were drawn, not flown."""
    stretch: tuple[float, float] | None
    """16-bit values that became 0 and 255; None for 8 bits."""
    footprint: BaseGeometry
    """What its sheets cover, EPSG:5186."""
    sizes: dict[str, int]
    """Bytes of each file when it was published."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, bounds in EPSG:5186."""
        return {
            "id": self.id,
            "version": self.version,
            "captured_on": self.captured_on.isoformat(),
            "gsd_m": self.gsd_m,
            "coverage_pct": self.coverage_pct,
            "bounds": list(self.bounds),
            "bands": self.bands,
            "sheets": self.sheets,
            "synthetic": self.synthetic,
            "stretch": self.stretch,
            "files": {tms: str(file) for tms, file in self.files.items()},
        }

    def _repr_html_(self) -> str:
        told = (self.captured_on, f"{self.gsd_m:g} m", f"{self.coverage_pct:.1f} %", f"{self.sheets:,}", self.bands)
        under = "합성 자료" if self.synthetic else ""
        return notebook.table(self.id, ("촬영일", "해상도", "시 면적 대비", "도엽", "밴드"), [told], under=under)


def home(city: City) -> Path:
    """Return the folder of the pyramids."""
    return city.folder / "orthophoto"


def _survey(city: City, row: Any) -> Survey:
    sizes: dict[str, int] = json.loads(row.sizes)
    return Survey(
        id=row.id,
        version=row.version,
        captured_on=date.fromisoformat(row.captured_on),
        gsd_m=row.gsd_m,
        coverage_pct=row.coverage_pct,
        bounds=row.geom.bounds,
        bands=row.bands,
        sheets=row.sheets,
        files={tms: home(city) / row.id / f"{tms}.tif" for tms in sizes},
        synthetic=row.synthetic,
        stretch=tuple(json.loads(row.stretch)) if row.stretch else None,
        footprint=row.geom,
        sizes=sizes,
    )


def surveys(city: City) -> list[Survey]:
    """Return all surveys, newest first."""
    with database.read(city, SURVEYS) as connection:
        rows = connection.execute(select(SURVEYS).order_by(SURVEYS.c.captured_on.desc(), SURVEYS.c.id.desc())).all()
    return [_survey(city, row) for row in rows]


def survey(city: City, id: str) -> Survey:
    """Return one survey. Raises NotFound."""
    with database.read(city, SURVEYS) as connection:
        row = connection.execute(select(SURVEYS).where(SURVEYS.c.id == id)).first()
    if row is None:
        raise missing(id)
    return _survey(city, row)


def missing(id: str) -> NotFound:
    """Return the refusal of a survey that is not there."""
    return NotFound(
        f"no survey {id!r}; 'geo ortho list' names those there are",
        korean=f"정사영상 {id}은(는) 없습니다",
        parameter="survey",
    )


def exists(city: City, id: str) -> bool:
    """Tell whether there is a survey of that name."""
    with database.read(city, SURVEYS) as connection:
        return connection.scalar(select(SURVEYS.c.fid).where(SURVEYS.c.id == id)) is not None


@contextmanager
def adding(city: City, row: Survey) -> Iterator[Connection]:
    """Add a survey; it is saved when the block ends well, and nothing is when it does not."""
    with database.write(city, SURVEYS) as connection:
        connection.execute(SURVEYS.insert().values(
            id=row.id, version=row.version, captured_on=row.captured_on.isoformat(), gsd_m=row.gsd_m,
            coverage_pct=row.coverage_pct, bands=row.bands, sheets=row.sheets, synthetic=row.synthetic,
            stretch=json.dumps(row.stretch) if row.stretch else None, sizes=json.dumps(row.sizes),
            geom=_multi(row.footprint),
        ))  # fmt: skip
        yield connection


def drop(city: City, id: str) -> None:
    """Take a survey out of the catalogue. Raises NotFound."""
    with database.write(city, SURVEYS) as connection:
        if connection.execute(SURVEYS.delete().where(SURVEYS.c.id == id)).rowcount == 0:
            raise missing(id)


def _multi(geometry: BaseGeometry) -> BaseGeometry:
    return shapely.MultiPolygon([part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"])
