"""A zone's scenarios computed onto disk: in parallel, resumable, the same bytes every time.

`{data}/disaster/{zone}/{version}/` holds `{scenario}.json` and `{scenario}.tif` (depth in mm, uncertain 0 or 1) and,
when all are there, `index.json`. Beside it `current` names the version that is served, and `worst.json` tells what its
worst storm does to each parcel.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import shapely
from rasterio.io import MemoryFile

from geo.database import City
from geo.disaster import assumption, impact, scenario_store, store
from geo.disaster.band import bands
from geo.disaster.impact import Row, Sites
from geo.disaster.scenario import Axes, Model, Outcome, Scenario, Setting, scenarios
from geo.disaster.terrain import Terrain, rim_m
from geo.workers import end_with_parent

Progress = Callable[[Iterable[Any], str, int | None], Iterable[Any]]
_NAMES = {"compress": "deflate", "predictor": 2, "tiled": True, "blockxsize": 256, "blockysize": 256}


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What every worker is handed once."""

    ground: Terrain
    basin: bytes
    setting: Setting
    sites: Sites
    per_house: tuple[float, float]
    most_m3: float
    folder: Path


_models: dict[Path, Model] = {}
"""The model of this process, by the folder that it fills."""


def precompute(
    city: City,
    zone_id: str,
    *,
    ground: Terrain,
    sites: gpd.GeoDataFrame,
    axes: Axes | None = None,
    workers: int,
    progress: Progress,
) -> Row:
    """Run every scenario of a zone that is not there yet, then serve them; return the index.

    `sites` as `impact.laid` takes them; `axes` are storms other than the zone's own. The same inputs give the same
    bytes, and what an earlier call finished is kept.
    """
    record = store.zone_record(city, zone_id)
    zone = assumption.of(record)
    used = assumption.stated(record, zone, ground)
    axes = axes or zone.axes
    wanted = scenarios(axes, zone.setting.capacity_m3s)
    on_grid = impact.laid(sites, ground.heights.grid)
    version = _version(used, record["zone"]["id"], wanted, on_grid, zone.basin)
    home = scenario_store.home(city, record["zone"]["id"])
    folder = home / version
    rim_m(ground, zone.basin)  # refused before anything is made
    folder.mkdir(parents=True, exist_ok=True)
    most_m3 = zone.setting.catchment.area_m2 * max(axes.rain_mm) / 1000
    work = _Work(ground, shapely.to_wkb(zone.basin), zone.setting, on_grid, zone.residents_per_house, most_m3, folder)
    left = [scenario for scenario in wanted if not (folder / f"{scenario.id}.json").exists()]
    for _ in progress(_run_all(work, left, workers), "scenarios", len(left)):
        pass
    told = [orjson.loads((folder / f"{scenario.id}.json").read_bytes()) for scenario in wanted]
    index = _index(record["zone"]["id"], version, used, axes, told)
    _write(folder / "index.json", _json(index))
    _serve(home, version)
    _write(home / "worst.json", _json(_worst(index, told)))
    return index


def _serve(home: Path, version: str) -> None:
    """Serve a version; the one before it is kept for who reads it just now, older ones and half files are removed."""
    for half in home.rglob(".*"):
        half.unlink()
    current = home / "current"
    before = current.read_text() if current.exists() else version
    _write(current, version.encode())
    for folder in home.iterdir():
        if folder.is_dir() and folder.name not in (version, before):
            shutil.rmtree(folder)


def _run_all(work: _Work, left: Sequence[Scenario], workers: int) -> Iterable[str]:
    if workers == 1 or len(left) < 2:
        return (_finish(work, scenario) for scenario in left)
    return _in_processes(work, left, workers)


def _in_processes(work: _Work, left: Sequence[Scenario], workers: int) -> Iterable[str]:
    # spawn: a forked worker would share the city's open database
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin, initargs=(work,)) as pool:
        yield from pool.map(_next, left, chunksize=4)


_given: list[_Work] = []


def _begin(work: _Work) -> None:
    _given[:] = [work]
    end_with_parent()


def _next(scenario: Scenario) -> str:
    return _finish(_given[0], scenario)


def _finish(work: _Work, scenario: Scenario) -> str:
    """Run one scenario and write its raster, then its row: the row says that it is whole."""
    if work.folder not in _models:
        _models.clear()
        _models[work.folder] = Model(work.ground, shapely.from_wkb(work.basin), work.setting)
    model = _models[work.folder]
    outcome = model.run(scenario, most_m3=work.most_m3)
    rows = impact.impacts(outcome, work.sites, model.inside_basin, withheld=work.ground.verdicts_withheld)
    cell = work.ground.heights.grid.cell
    told = {
        "id": scenario.id,
        **asdict(scenario),
        "summary": impact.summary(outcome, rows, model.inside_basin, cell, work.per_house),
        "levels": np.column_stack([outcome.routed.times_s, outcome.routed.levels_m.round(4)]).tolist(),
        "impacts": rows,
    }
    _write(work.folder / f"{scenario.id}.tif", _picture(outcome, work.ground))
    _write(work.folder / f"{scenario.id}.json", _json(told))
    return scenario.id


def _picture(outcome: Outcome, ground: Terrain) -> bytes:
    grid = ground.heights.grid
    bands = np.stack([np.ceil(outcome.depth_m * 1000).clip(0, 65535), outcome.uncertain]).astype(np.uint16)
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=grid.width, height=grid.height, count=2, dtype="uint16", crs="EPSG:5186",
            transform=grid.transform, interleave="band", **_NAMES,
        ) as target:  # fmt: skip
            target.write(bands)
            target.update_tags(scenario=outcome.scenario.id, dem_is_synthetic=str(ground.synthetic).lower(),
                               terrain=ground.name, unit="mm", watermark=assumption.watermark(ground))  # fmt: skip
        return bytes(memory.read())


def _version(used: Row, zone_id: str, wanted: Sequence[Scenario], sites: Sites, basin: Any) -> str:
    stamp = hashlib.sha256(
        _json([zone_id, used, [scenario.id for scenario in wanted], sites.kind, sites.id, sites.name])
    )
    for part in (sites.area_m2, sites.cells, sites.starts):
        stamp.update(part.tobytes())
    stamp.update(orjson.dumps([sites.residents, sites.houses]))
    stamp.update(shapely.to_wkb(basin))
    return stamp.hexdigest()[:12]


def _index(zone_id: str, version: str, used: Row, axes: Axes, told: Sequence[Row]) -> Row:
    found = [{name: value for name, value in row.items() if name not in ("levels", "impacts")} for row in told]
    return {
        "zone_id": zone_id,
        "version": version,
        "rain_mm": list(axes.rain_mm),
        "stage_m": list(axes.stage_m),
        "provenance": used,
        "scenarios": found,
        "bands": bands(found),
    }


def _worst(index: Row, told: Sequence[Row]) -> Row:
    """Return what the most rain at the highest stage does to each parcel: a row for each scenario of it, None if dry.

    A review reads this of one parcel in place of every scenario whole.
    """
    storm = max(index["rain_mm"]), max(index["stage_m"])
    held = [row for row in told if (row["rain_mm"], row["stage_m"]) == storm]
    parcels: dict[str, list[Row | None]] = {}
    for place, row in enumerate(held):
        for site in row["impacts"]:
            if site["kind"] == "parcel":
                found = parcels.setdefault(site["id"], [None] * len(held))
                found[place] = {name: site[name] for name in ("depth_max_m", "wet_area_m2", "uncertain", "verdict")}
    scenarios = [{name: row[name] for name in ("id", "rain_mm", "stage_m", "works", "failure")} for row in held]
    made = {name: index[name] for name in ("zone_id", "version", "provenance")}
    return {**made, "scenarios": scenarios, "parcels": parcels}


def _write(path: Path, data: bytes) -> None:
    """Write aside and rename, so that what stands under a name is whole."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_bytes(data)
    aside.replace(path)


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)
