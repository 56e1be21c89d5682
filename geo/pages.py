"""The city's Folium pages by name: what `geo map` writes and `/maps/{name}` serves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import folium

from geo import answers
from geo.access import Role
from geo.change import store as changes
from geo.crs import CITY, WEB, transformer
from geo.database import City
from geo.disaster import scenario_store, works
from geo.disaster import store as disaster
from geo.errors import NotFound
from geo.grid import Grid
from geo.maps import flood, folium_map, offline
from geo.maps.imagery import Backdrop, picture, tiled
from geo.orthophoto import store as orthophoto
from geo.orthophoto.store import Survey
from geo.registry import store as registry

PICTURE_PX = 1000  # across, of the picture in a file that is sent by e-mail


@dataclass(frozen=True)
class Page:
    """A page and who may see it."""

    role: Role
    draw: Callable[[City, date, Sequence[Backdrop], str | None], folium.Map]
    of: str | None = None
    """What can be named for it, a run or a zone; the newest run or the first zone is shown where none is."""


def _orthophoto(_: City, __: date, backdrops: Sequence[Backdrop], ___: str | None) -> folium.Map:
    return folium_map.orthophoto(backdrops)


def _changes(city: City, _: date, backdrops: Sequence[Backdrop], named: str | None) -> folium.Map:
    runs = [changes.run(city, named)] if named else changes.runs(city)
    if not runs:
        raise NotFound("no change run yet; make one with 'geo change detect'", korean="변화탐지 결과가 아직 없습니다.")
    run = runs[0]
    found = answers.explained(city, run["id"])
    hidden = changes.hidden(city, run["id"])
    return folium_map.changes(found, before=run["before_on"], after=run["after_on"], hidden=hidden, backdrops=backdrops)


def _designated_roads(city: City, on: date, backdrops: Sequence[Backdrop], _: str | None) -> folium.Map:
    roads, day = registry.everything(city, "roads"), on.isoformat()
    in_force = (roads["valid_from"] <= day) & (roads["valid_to"].isna() | (roads["valid_to"] > day))
    return folium_map.designated_roads(roads[in_force], as_of=on, backdrops=backdrops)


def _disaster_zone(city: City, on: date, backdrops: Sequence[Backdrop], named: str | None) -> folium.Map:
    zones = disaster.zones(city)
    if zones.empty:
        raise NotFound(
            "no disaster zone yet; bring one in with 'geo disaster import'", korean="재해위험지구가 없습니다."
        )
    zone = named or zones["id"].iloc[0]
    if zone not in set(zones["id"]):
        there = ", ".join(zones["id"])
        raise NotFound(
            f"no disaster zone {zone!r}; there are {there}",
            korean=f"'{zone}' 재해위험지구는 없습니다. 있는 지구: {there}",
            parameter="zone",
        )
    record, index = disaster.zone_record(city, zone), scenario_store.index_or_none(city, zone)
    floods = flood.of_storm(index, lambda id: scenario_store.raster(city, zone, id)[0]) if index else None
    return folium_map.disaster_zone(record, works.status(record, on), floods=floods, backdrops=backdrops)


PAGES = {
    "orthophoto": Page(Role.PUBLIC, _orthophoto),
    "changes": Page(Role.REVIEWER, _changes, of="run"),
    "designated-roads": Page(Role.PUBLIC, _designated_roads),
    "disaster-zone": Page(Role.PUBLIC, _disaster_zone, of="zone"),
}


def page(name: str) -> Page:
    """Return a page by its name. Raises NotFound."""
    if name not in PAGES:
        names = ", ".join(PAGES)
        raise NotFound(
            f"no map {name!r}; there are {names}",
            korean=f"'{name}' 지도는 없습니다. 있는 지도: {names}",
            parameter="name",
        )
    return PAGES[name]


def served(city: City, name: str, on: date, *, of: str | None = None) -> str:
    """Return the HTML of a page, `of` a run or a zone, whose assets and tiles come from our own server."""
    return offline.localise(page(name).draw(city, on, tiled(orthophoto.surveys(city)), of))


def alone(city: City, name: str, on: date, *, of: str | None = None) -> str:
    """Return the HTML of a page, `of` a run or a zone, with everything in it: it opens anywhere, with no network."""
    surveys = orthophoto.surveys(city)
    shown = surveys if name == "orthophoto" else surveys[:1]
    return offline.one_file(page(name).draw(city, on, [_picture(city, survey) for survey in shown], of))


def _picture(city: City, survey: Survey) -> Backdrop:
    left, bottom, right, top = transformer(CITY, WEB).transform_bounds(*survey.bounds)
    grid = Grid.cover((left, bottom, right, top), WEB, max(right - left, top - bottom) / PICTURE_PX)
    raster = orthophoto.reader(city, survey.id)(grid)
    return picture(survey.captured_on.isoformat(), raster, synthetic=survey.synthetic)
