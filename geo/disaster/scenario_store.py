"""The scenarios of a zone that `precompute_store` made, read back by name."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import orjson
import rasterio

from geo.crs import CITY
from geo.database import City
from geo.disaster import store
from geo.disaster.impact import Row
from geo.errors import BadInput, NotFound
from geo.grid import Grid
from geo.raster import Raster

_FOLDER = re.compile(r"[\w-]{1,64}")


def index_or_none(city: City, zone_id: str) -> Row | None:
    """Return the scenarios of a zone, or None where none are computed. Raises NotFound for no such zone."""
    id = store.zone_record(city, zone_id)["zone"]["id"]
    return index(city, id) if (home(city, id) / "current").exists() else None


def index(city: City, zone_id: str) -> Row:
    """Return the scenarios of a zone, and what made them. Raises NotFound where none are computed."""
    found: Row = orjson.loads((_folder(city, zone_id) / "index.json").read_bytes())
    return found


def scenario(city: City, zone_id: str, id: str, *, parameter: str = "s") -> Row:
    """Return one scenario with its levels, the sites it reaches, and what made it. Raises NotFound."""
    folder, listed = _folder(city, zone_id), index(city, zone_id)
    if id not in _listed(folder):
        raise _absent(zone_id, id, parameter)
    found: Row = orjson.loads((folder / f"{id}.json").read_bytes())
    return found | {"version": listed["version"], "provenance": listed["provenance"]}


@lru_cache(maxsize=8)
def _listed(folder: Path) -> frozenset[str]:
    """Return the names of a version's scenarios, which never change."""
    return frozenset(row["id"] for row in orjson.loads((folder / "index.json").read_bytes())["scenarios"])


def _absent(zone_id: str, id: str, parameter: str) -> NotFound:
    return NotFound(
        f"no scenario {id[:80]!r} of zone {zone_id!r}",
        korean=f"{id[:80]!r} 시나리오는 없습니다.",
        parameter=parameter,
    )


def version(city: City, zone_id: str) -> str:
    """Return the version of a zone's scenarios that is served. Raises NotFound where none are computed."""
    return _folder(city, zone_id).name


def of_site(city: City, zone_id: str, kind: str, id: str, *, rain_mm: float, stage_m: float) -> list[Row]:
    """Return every scenario of one storm with its row of one site as `site`, None where it stays dry and sure.

    Raises NotFound for a storm that was not computed.
    """
    listed, found = index(city, zone_id), []
    for row in listed["scenarios"]:
        if (row["rain_mm"], row["stage_m"]) == (rain_mm, stage_m):
            whole = orjson.loads((_folder(city, zone_id) / f"{row['id']}.json").read_bytes())
            site = next((one for one in whole["impacts"] if (one["kind"], one["id"]) == (kind, id)), None)
            found.append({name: value for name, value in row.items() if name != "summary"} | {"site": site})
    if not found:
        rains, stages = (", ".join(f"{value:g}" for value in listed[name]) for name in ("rain_mm", "stage_m"))
        raise NotFound(
            f"no storm of {rain_mm:g} mm at a stage of {stage_m:g} m; rain is one of {rains}, the stage of {stages}",
            korean=f"강우 {rain_mm:g} mm, 수위 {stage_m:g} m의 시나리오는 없습니다. 강우 {rains}, 수위 {stages} "
            "가운데 고르십시오.",
            parameter="rain_mm",
        )
    return found


def worst(city: City, pnus: Sequence[str]) -> list[Row]:
    """Return, for each zone with scenarios and each parcel that its worst storm reaches or may reach, what it does.

    `floods` are rows as `of_site` tells them, under the zone's `provenance` and `version`.
    """
    found: list[Row] = []
    for file in _worst_files(city.folder):
        told = _worst(file, file.stat().st_mtime_ns)
        for pnu in pnus:
            if pnu in told["parcels"]:
                sites = zip(told["scenarios"], told["parcels"][pnu], strict=True)
                floods = [{**scenario, "site": site} for scenario, site in sites]
                made = {name: told[name] for name in ("zone_id", "version", "provenance")}
                found.append({**made, "pnu": pnu, "floods": floods})
    return found


def _worst_files(folder: Path) -> list[Path]:
    """Return the file of each zone's worst storm; a folder that is missing costs a review next to nothing."""
    try:
        zones = sorted(os.scandir(f"{folder}/disaster"), key=lambda zone: zone.name)
    except FileNotFoundError:
        return []
    return [file for zone in zones if (file := Path(zone.path, "worst.json")).exists()]


@lru_cache(maxsize=32)
def _worst(file: Path, _written_ns: int) -> Row:
    """Read a zone's worst storm, again when it was written again."""
    told: Row = orjson.loads(file.read_bytes())
    return told


def raster(city: City, zone_id: str, id: str, *, parameter: str = "s") -> tuple[Raster, Row]:
    """Return depth in mm and uncertain (0, 1) of a scenario as two bands, and its file's tags."""
    folder = _folder(city, zone_id)
    if id not in _listed(folder):
        raise _absent(zone_id, id, parameter)
    return _raster(folder / f"{id}.tif")


@lru_cache(maxsize=8)
def _raster(path: Path) -> tuple[Raster, Row]:
    """Read a raster of one version, which never changes; a map asks for many tiles of it."""
    with rasterio.open(path) as source:
        grid = Grid(CITY, source.transform, source.width, source.height)
        return Raster(source.read(), np.ones((source.height, source.width), bool), grid), source.tags()


def _folder(city: City, zone_id: str) -> Path:
    """Return the folder that is served; the zone is looked up first, so no name from outside becomes a path."""
    id = store.zone_record(city, zone_id)["zone"]["id"]
    current = home(city, id) / "current"
    if not current.exists():
        raise NotFound(
            f"no scenarios of zone {id!r} yet; compute them with 'geo disaster scenarios {id}'",
            korean=f"{id} 지구의 침수 시나리오가 아직 계산되지 않았습니다.",
            parameter="id",
        )
    return Path(current.parent, current.read_text())


def home(city: City, id: str) -> Path:
    """Return the folder of a zone's scenarios. Raises BadInput for an id that can name no folder."""
    if not _FOLDER.fullmatch(id):
        raise BadInput(f"zone id {id!r} can name no folder; use letters, digits, '_' and '-'")
    return city.folder / "disaster" / id
