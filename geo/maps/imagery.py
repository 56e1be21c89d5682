"""What lies under a map: a survey's tiles from our own server, or one picture that travels in the file."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from geo.crs import CITY, LONLAT, WEB, transformer
from geo.errors import BadInput, CrsMismatch
from geo.grid import WEB_MERCATOR, Bounds
from geo.orthophoto import encode
from geo.orthophoto.store import Survey
from geo.raster import Raster

TILES = "/tiles/{survey}/WebMercatorQuad/{z}/{x}/{y}?v={version}"
STRETCH = 1.265  # of a metre at Paju in web Mercator: 1 / cos(37.8 degrees)


@dataclass(frozen=True, slots=True)
class Backdrop:
    """Imagery of one date in web Mercator."""

    title: str
    """The date of the flight."""
    url: str
    """Template of tiles with {z}, {x}, {y}, or a data: URI of one picture."""
    bounds: Bounds
    """Degrees: left, bottom, right, top."""
    synthetic: bool
    native_z: int | None = None
    """The matrix that shows the pixels as they were flown; None for a picture."""


def tiled(surveys: Sequence[Survey], tile_url: str = TILES) -> list[Backdrop]:
    """Return surveys as tiles of `tile_url`, in which {survey} and {version} are filled in."""
    return [
        Backdrop(
            title=survey.captured_on.isoformat(),
            url=tile_url.replace("{survey}", quote(survey.id, safe="")).replace(
                "{version}", quote(survey.version, safe="")
            ),
            bounds=transformer(CITY, LONLAT).transform_bounds(*survey.bounds),
            synthetic=survey.synthetic,
            native_z=WEB_MERCATOR.z_for(survey.gsd_m * STRETCH),
        )
        for survey in surveys
    ]


def picture(title: str, raster: Raster, *, synthetic: bool) -> Backdrop:
    """Return pixels read on a north-up grid in EPSG:3857 as one picture. Raises CrsMismatch, BadInput.

    Leaflet lays a picture between two corners in web Mercator: pixels in any other CRS would be metres off.
    """
    if raster.grid.crs != WEB:
        raise CrsMismatch(f"a picture under a Folium map must be read in EPSG:3857, got {raster.grid.crs.to_string()}")
    if not raster.grid.north_up:
        raise BadInput("a picture under a Folium map must be north-up")
    whole = bool(raster.valid.all())
    data = encode.jpeg(raster) if whole else encode.webp(raster)
    mime = encode.JPEG if whole else encode.WEBP
    return Backdrop(
        title=title,
        url=f"data:{mime};base64,{base64.b64encode(data).decode()}",
        bounds=transformer(WEB, LONLAT).transform_bounds(*raster.grid.bounds),
        synthetic=synthetic,
    )
