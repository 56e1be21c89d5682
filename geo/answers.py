"""Answers that join the subjects: a site's review with its hazards and changes, and changes that no permit explains."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from geo import boundaries
from geo.change import review as change_review
from geo.change import store as changes
from geo.crs import CITY
from geo.database import City
from geo.disaster import exposure, precompute_store, scenario_store, terrain_store, works
from geo.disaster import store as disaster
from geo.disaster.nearby_store import near as disaster_near
from geo.disaster.scenario import Axes
from geo.disaster.zone import planned, touching
from geo.errors import BadInput, NotFound
from geo.grid import Bounds
from geo.orthophoto import store as orthophoto
from geo.registry import dependents as registry_dependents
from geo.registry import review as registry_review
from geo.registry import store as registry
from geo.registry.parcel import Site
from geo.registry.review import Review
from geo.statement import snapshot

Progress = Callable[[Iterable[Any], str, int | None], Iterable[Any]]
_POINT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*")
_FILES = {".shp", ".gpkg", ".geojson", ".json", ".parquet"}
_PNUS = re.compile(r"[\d+\s]+")


def permit_review(city: City, site: Site, *, as_of: date, use: str | None, gfa_m2: float | None) -> Review:
    """Review a building on `site` as the register, the zoning, the hazards and the changes stood on `as_of`."""
    ground = site.geometry
    with snapshot(city):
        held = registry.surroundings(city, site, as_of)
        zones, built = disaster_near(city, ground.bounds, as_of)
        changed = changes.touching(city, ground, as_of)
    floods = scenario_store.worst(city, site.pnus)
    return registry_review.review(
        site,
        roads=held.roads,
        permits=held.permits,
        zoning=held.zoning,
        coverage=held.coverage,
        hazards=exposure.hazards(touching(ground, zones), works.footprints(ground, built), floods),
        changes=changed,
        as_of=as_of,
        use=use,
        gfa_m2=gfa_m2,
    )


def dependents(city: City, road_uid: str, *, on: date, narrowed_to_m: float | None) -> dict[str, Any]:
    """Say which sites and open permits a road's abolition, or its narrowing, would take access from.

    Raises NotFound, and BadInput for a width that is not narrower.
    """
    road, sites = registry.sites_beside(city, road_uid)
    if narrowed_to_m is not None and road["width_m"] is not None and narrowed_to_m >= road["width_m"]:
        raise BadInput(
            f"{narrowed_to_m:g} m is not narrower than the road, {road['width_m']:g} m",
            korean=f"{narrowed_to_m:g} m는 지금의 너비 {road['width_m']:g} m보다 좁지 않습니다.",
            parameter="width_m",
        )
    found = []
    for pnus in sites:
        ground = registry.site(city, pnus=pnus)
        around = registry.surroundings(city, ground, on)
        found.append(registry_dependents.dependent(ground, road_uid, vars(around), on, narrowed_to_m))
    return registry_dependents.answer(road, found, on, narrowed_to_m)


def site(city: City, said: str) -> Site:
    """Return the site that an officer wrote: a PNU, several with '+', 'x,y' (EPSG:5186), a polygon file, an address."""
    if point := _POINT.fullmatch(said):
        return registry.site(city, point=(float(point[1]), float(point[2])))
    if _PNUS.fullmatch(said):
        return registry.site(city, pnus=[pnu.strip() for pnu in said.split("+")])
    if Path(said).suffix.lower() in _FILES:
        return registry.site(city, polygon=registry.polygon(Path(said)))
    return registry.site(city, address=said)


def area(city: City, said: str) -> BaseGeometry:
    """Return the ground that `--area` names: a polygon file, a PNU or a 읍면동; EPSG:5186. Raises NotFound."""
    named = boundaries.emd().query("name == @said")
    if len(named):
        ground: BaseGeometry = named.geometry.iloc[0]
        return ground
    if Path(said).suffix.lower() in _FILES:
        return registry.polygon(Path(said))
    if _PNUS.fullmatch(said):
        return site(city, said).geometry
    raise NotFound(f"area {said!r} is no polygon file, no PNU and no 읍면동 of Paju", parameter="area")


def detect(
    city: City,
    before: str,
    after: str,
    *,
    area: BaseGeometry | None,
    workers: int,
    scheduler: str | None = None,
    progress: Progress,
) -> str:
    """Find the changes between two surveys and keep them; return the run's id.

    `area` (EPSG:5186) bounds the search; None: wherever both surveys show ground. `scheduler` is the address of a Dask
    cluster that does the work in place of `workers` processes.
    """
    return changes.detect(
        city,
        orthophoto.reader(city, before),
        orthophoto.reader(city, after),
        before=orthophoto.survey(city, before),
        after=orthophoto.survey(city, after),
        area=area,
        workers=workers,
        scheduler=scheduler,
        progress=progress,
        head=changes.head(city),
    )


def train(city: City, before: str, after: str, *, officer: str, at: datetime, progress: Progress) -> dict[str, Any]:
    """Fit the building channel to the permits, the register and the verdicts between two surveys; tell how it went."""
    return changes.train(
        city,
        orthophoto.reader(city, before),
        orthophoto.reader(city, after),
        before=orthophoto.survey(city, before),
        after=orthophoto.survey(city, after),
        permits=registry.permits(city),
        parcels=registry.everything(city, "parcels"),
        officer=officer,
        at=at,
        progress=progress,
    )


def explained(
    city: City, run: str, *, classes: Collection[str] = (), min_score: float = 0.0, bounds: Bounds | None = None
) -> gpd.GeoDataFrame:
    """Return the changes of a run, each with the permit that explains it or the reason why none does; EPSG:5186.

    Adds `explained`, `permit_id`, `reason` (a Korean sentence) and `pnus` to the columns of a change.
    """
    return _explained(city, changes.changes(city, run, classes=classes, min_score=min_score, bbox=bounds))


def explained_one(city: City, run: str, n: int) -> gpd.GeoDataFrame:
    """Return change `n` of a run as `explained` does. Raises NotFound."""
    return _explained(city, changes.change(city, run, n))


def _explained(city: City, found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return change_review.unpermitted(found, registry.permits(city), registry.parcels_at(city, found))


def unpermitted(city: City, run: str) -> gpd.GeoDataFrame:
    """Return the changes of a run that no permit explains, as `ranked` orders them; EPSG:5186."""
    return ranked(city, explained(city, run))


def ranked(city: City, found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return those of `explained` that no permit explains, in the order in which an inspector visits them."""
    return change_review.ranked(found[~found["explained"].astype(bool)], registry.everything(city, "zoning"))


def flood_scenarios(
    city: City,
    zone: str,
    terrain: Path,
    *,
    lines: Path | None = None,
    axes: Axes | None = None,
    workers: int,
    progress: Progress,
) -> dict[str, Any]:
    """Compute a zone's flood scenarios on a terrain file, with the parcels, buildings and roads they reach.

    `lines` is a file of culverts and levees, as `terrain_store.terrain` takes it; `axes` are storms other than the
    zone's own.
    """
    return precompute_store.precompute(
        city,
        zone,
        ground=terrain_store.terrain(terrain, lines),
        sites=_flood_sites(city),
        axes=axes,
        workers=workers,
        progress=progress,
    )


def _flood_sites(city: City) -> gpd.GeoDataFrame:
    """Return what a flood may reach; a building is the point of its permit, as no footprints are held."""
    parcels, roads, permits = (registry.everything(city, kind) for kind in ("parcels", "roads", "permits"))
    built = permits[permits["state"].eq("사용승인") & permits["kind"].isin(["건축허가", "건축신고"])]
    rows = [
        {"kind": kind, "id": frame[id], "name": frame[name], "use": frame.get("use"), "geometry": frame.geometry}
        for kind, frame, id, name in (
            ("parcel", parcels, "pnu", "jibun"),
            ("road", roads, "road_uid", "name"),
            ("building", built, "permit_id", "permit_no"),
        )
    ]
    found = pd.concat([pd.DataFrame(row) for row in rows], ignore_index=True)
    one_each = {"단독주택": 1}  # how many households other houses hold is not in their permits
    found = found[found["geometry"].notna()].assign(residents=None, houses=found["use"].map(one_each))
    return gpd.GeoDataFrame(found, geometry="geometry", crs=CITY)


def flood_exposure(
    city: City, zone: str, pnu: str, *, rain_mm: float | None, stage_m: float | None, as_of: date
) -> dict[str, Any]:
    """Return legal zone, modelled flood, flood record and works footprint of a parcel, side by side.

    The storm is the worst one computed where `rain_mm` or `stage_m` is None.
    """
    found = registry.site(city, pnus=[pnu])
    record = disaster.zone_record(city, zone)
    index = scenario_store.index_or_none(city, zone)
    floods: list[dict[str, Any]] = []
    if index is not None:
        storm = {"rain_mm": rain_mm, "stage_m": stage_m}
        worst = {name: max(index[name]) if value is None else value for name, value in storm.items()}
        floods = scenario_store.of_site(city, zone, "parcel", found.pnus[0], **worst)
    answers = exposure.four(
        touching(found.geometry, disaster.zones(city, as_of)),
        works.footprints(found.geometry, planned(record)),
        floods,
        None if index is None else index["provenance"],
    )
    return {"pnu": found.pnus[0], "zone_id": record["zone"]["id"], "as_of": as_of.isoformat(), **answers}
