"""STAC documents: the collection, and a survey as an item with its files as assets."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pystac
from pystac.extensions.projection import ProjectionExtension
from shapely.geometry import mapping

from geo.clock import SEOUL
from geo.crs import CITY, LONLAT, transformer
from geo.geojson import lonlat
from geo.orthophoto.store import Survey, tiles
from geo.orthophoto.store.tiles import Asset

COLLECTION = "orthophotos"
TITLE = "파주시 정사영상"
COG = "image/tiff; application=geotiff; profile=cloud-optimized"
BANDS = {3: ("red", "green", "blue"), 1: ("nir",)}
PAJU = [126.66, 37.69, 127.02, 38.01]
"""Around the city's boundary, degrees: the extent while there is no survey."""


def day(survey: Survey) -> tuple[datetime, datetime]:
    """Return the first and the last moment of the day of capture in Seoul; the hour is not known."""
    first = datetime.combine(survey.captured_on, time(), SEOUL)
    return first.astimezone(UTC), (first + timedelta(hours=24, seconds=-1)).astimezone(UTC)


def box(survey: Survey) -> list[float]:
    """Return west, south, east, north in degrees."""
    return [round(value, 7) for value in transformer(CITY, LONLAT).transform_bounds(*survey.bounds)]


def catalog(base: str) -> dict[str, Any]:
    """Return the landing page, less what STAC API adds to it; `base` is the address of the service, with a slash."""
    made = pystac.Catalog("paju", "파주시가 촬영일별로 발행한 정사영상", TITLE)
    here = f"{base}stac"
    return _linked(
        made,
        ("self", here, pystac.MediaType.JSON),
        ("root", here, pystac.MediaType.JSON),
        ("conformance", f"{here}/conformance", pystac.MediaType.JSON),
        ("data", f"{here}/collections", pystac.MediaType.JSON),
        ("child", f"{here}/collections/{COLLECTION}", pystac.MediaType.JSON),
        ("service-desc", f"{base}openapi.json", "application/vnd.oai.openapi+json;version=3.1"),
    )


def collection(base: str, surveys: Sequence[Survey]) -> dict[str, Any]:
    """Return the collection of all surveys."""
    boxes = list(zip(*map(box, surveys), strict=True))
    around = [min(boxes[0]), min(boxes[1]), max(boxes[2]), max(boxes[3])] if surveys else PAJU
    days = [day(survey) for survey in surveys]
    times = [min(first for first, _ in days), max(last for _, last in days)] if days else [None, None]
    made = pystac.Collection(
        COLLECTION,
        "파주시 전역을 촬영일별로 이은 정사영상",
        pystac.Extent(pystac.SpatialExtent([list(around)]), pystac.TemporalExtent([times])),
        TITLE,
        license="other",
        providers=[pystac.Provider("파주시", roles=[pystac.ProviderRole.PRODUCER, pystac.ProviderRole.HOST])],
    )
    here = f"{base}stac/collections/{COLLECTION}"
    return _linked(
        made,
        ("self", here, pystac.MediaType.JSON),
        ("root", f"{base}stac", pystac.MediaType.JSON),
        ("parent", f"{base}stac", pystac.MediaType.JSON),
        ("items", f"{here}/items", pystac.MediaType.GEOJSON),
    )


def item(base: str, survey: Survey) -> dict[str, Any]:
    """Return a survey as an item. Raises Damaged, naming the survey."""
    first, last = day(survey)
    made = pystac.Item(
        survey.id,
        mapping(lonlat(survey.footprint)),
        box(survey),
        first + timedelta(hours=12),  # noon in Seoul: the same day in UTC
        {
            "title": f"{TITLE} {survey.captured_on}" + (" (합성 자료)" if survey.synthetic else ""),
            "gsd": survey.gsd_m,
            "version": survey.version,
            "paju:coverage_pct": survey.coverage_pct,
            "paju:sheets": survey.sheets,
            "paju:synthetic": survey.synthetic,
        },
        start_datetime=first,
        end_datetime=last,
        collection=COLLECTION,
    )
    for one in tiles.assets(survey):
        _add(made, base, survey, one)
    west, south, east, north = box(survey)
    picture = f"{base}surveys/{survey.id}/image?bbox={west},{south},{east},{north}&width=512&f=jpeg"
    made.add_asset("thumbnail", pystac.Asset(picture, media_type=pystac.MediaType.JPEG, roles=["thumbnail"]))
    here = f"{base}stac/collections/{COLLECTION}"
    return _linked(
        made,
        ("self", f"{here}/items/{survey.id}", pystac.MediaType.GEOJSON),
        ("root", f"{base}stac", pystac.MediaType.JSON),
        ("parent", here, pystac.MediaType.JSON),
        ("collection", here, pystac.MediaType.JSON),
    )


def _add(made: pystac.Item, base: str, survey: Survey, one: Asset) -> None:
    fields = {
        "gsd": survey.gsd_m,
        "data_type": "uint8",
        "bands": [{"name": name} for name in BANDS[one.bands]],
    }
    asset = pystac.Asset(
        f"{base}surveys/{survey.id}/assets/{one.name}.tif",
        one.name,
        media_type=COG,
        roles=["data"],
        extra_fields=fields,
    )
    made.add_asset(one.name, asset)
    ProjectionExtension.ext(asset, add_if_missing=True).apply(
        code=f"EPSG:{one.grid.crs.to_epsg()}",
        bbox=list(one.grid.bounds),
        shape=[one.grid.height, one.grid.width],
        transform=list(one.grid.transform)[:6],
    )


def _linked(made: pystac.Catalog | pystac.Item, *links: tuple[str, str, str]) -> dict[str, Any]:
    made.clear_links()
    for rel, href, media_type in links:
        made.add_link(pystac.Link(rel, href, media_type))
    return made.to_dict(include_self_link=True, transform_hrefs=False)
