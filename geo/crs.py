"""The coordinate systems of the house and the only transformers; coordinates are always x, y (east, north)."""

from functools import cache

from pyproj import CRS, Transformer

from geo.errors import BadInput

_system = cache(CRS.from_epsg)  # one object each: that two are the same is then seen without asking PROJ

CITY = _system(5186)  # Korea 2000 / Central Belt 2010, metres: stored and measured in this
WEB = _system(3857)  # web map tiles; lengths are 1.27 times too long at Paju: never measure here
LONLAT = _system(4326)  # degrees; GeoJSON and Folium only

KOREAN = {
    5186: "Korea 2000 / Central Belt 2010",
    5179: "Korea 2000 / Unified (UTM-K)",
    5181: "Korea 2000 / Central Belt (false northing 500,000 m)",
    5174: "Korean 1985 / Modified Central Belt (Bessel)",
    2097: "Korean 1985 / Central Belt (Bessel)",
    5178: "Korean 1985 / Unified (Bessel)",
    32652: "WGS 84 / UTM zone 52N",
    3857: "WGS 84 / Pseudo-Mercator",
    4326: "WGS 84 (longitude, latitude)",
}  # what deliveries to the city come in; names as in the EPSG registry


@cache
def transformer(source: CRS, target: CRS) -> Transformer:
    """Return a transformer that takes and gives x, y whatever axis order the EPSG registry prefers."""
    return Transformer.from_crs(source, target, always_xy=True)


def accepted(epsg: int) -> CRS:
    """Return the CRS of an EPSG code that deliveries may come in. Raises BadInput for any other."""
    if epsg not in KOREAN:
        codes = ", ".join(str(code) for code in KOREAN)
        raise BadInput(f"EPSG:{epsg} is no coordinate system that Paju's data comes in; accepted are {codes}")
    return _system(epsg)


def epsg_of(crs: CRS) -> int:
    """Return the EPSG code that `crs` stands for. Raises BadInput when it is none that deliveries may come in."""
    for confidence in (100, 70, 25):
        epsg = crs.to_epsg(min_confidence=confidence)
        if epsg in KOREAN:
            return epsg
    raise BadInput(f"the coordinate system {crs.name!r} is none that Paju's data comes in; name it with --crs EPSG:...")


def move(x: float, y: float, source: CRS, target: CRS) -> tuple[float, float]:
    """Return one point x, y of `source` in `target`."""
    moved_x, moved_y = transformer(source, target).transform(x, y)
    return float(moved_x), float(moved_y)
