"""What every map of the city shares: imagery below, groups that can be switched off, words that are safe in HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import folium
import geopandas as gpd
import orjson
import shapely

from geo import boundaries
from geo.crs import CITY, LONLAT, transformer
from geo.errors import BadInput
from geo.geojson import lonlat
from geo.grid import Bounds
from geo.maps.imagery import Backdrop
from geo.maps.page import Page, Row, Table, hatch, safe, swatch
from geo.maps.style import Look

MOST_FEATURES = 5_000  # Folium writes every vertex into the page: 20,000 polygons took a browser 20 s (measured)
MOST_ROWS = 200
MAX_Z = 21
BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"  # where no tile is held
AREAS = ("Polygon", "MultiPolygon")
SITUATED = ("Point", "MultiPoint", "LineString", "MultiLineString", *AREAS)


@dataclass(frozen=True, slots=True)
class Group:
    """Things of one look that are switched on and off together; every column of `rows` is told of each."""

    look: Look
    name: str
    rows: gpd.GeoDataFrame
    dashes: Sequence[tuple[int, ...]] = ()
    """The outline of each row, where it is not the look's own."""


def few(frame: gpd.GeoDataFrame) -> None:
    """Raise BadInput for more features than a page can hold."""
    if len(frame) > MOST_FEATURES:
        raise BadInput(
            f"{len(frame):,} features are more than the {MOST_FEATURES:,} that a Folium page can hold; "
            "narrow the area or show them as tiles in the viewer",
            korean=f"한 장의 지도에는 {MOST_FEATURES:,}개까지 그립니다(요청 {len(frame):,}개). "
            "범위를 좁히거나 뷰어의 타일로 보십시오.",
        )


def base(page: Page, backdrops: Sequence[Backdrop]) -> folium.Map:
    """Put a map into the page, on no imagery but what is given, the first one shown."""
    found = folium.Map(tiles=None, max_zoom=MAX_Z, zoom_snap=0.5)
    found.add_to(page)
    for number, one in enumerate(backdrops):
        _backdrop(one, shown=number == 0).add_to(found)
    return found


def _backdrop(one: Backdrop, *, shown: bool) -> folium.map.Layer:
    left, bottom, right, top = one.bounds
    corners = [[bottom, left], [top, right]]
    name = safe(f"항공사진 {one.title}")
    if one.native_z is None:
        return folium.raster_layers.ImageOverlay(
            one.url, corners, name=name, overlay=False, show=shown, pixelated=False, alt=name, attribution=name
        )
    return folium.TileLayer(
        one.url,
        name=name,
        attr=name,
        show=shown,
        max_zoom=MAX_Z,
        max_native_zoom=one.native_z,
        bounds=corners,
        error_tile_url=BLANK,
    )


def pictures(found: folium.Map, each: Sequence[Backdrop]) -> folium.Map:
    """Lay pictures between the imagery and what is drawn, the first one shown and each of the others a choice."""
    for number, one in enumerate(each):
        left, bottom, right, top = one.bounds
        name = safe(one.title)
        folium.raster_layers.ImageOverlay(
            one.url, [[bottom, left], [top, right]], name=name, alt=name, show=number == 0
        ).add_to(found)
    return found


def groups(found: folium.Map, each: Sequence[Group]) -> folium.Map:
    """Draw each group that has rows; its name in the switch, with a swatch, is its legend."""
    for group in each:
        if not group.rows.empty:
            _layer(group).add_to(found)
    return found


def _layer(group: Group) -> folium.GeoJson:
    fields = _fields(group.rows)
    return folium.GeoJson(
        _features(group.rows, fields),
        name=f"{swatch(group.look)} {safe(group.name)} ({len(group.rows):,})",
        style_function=lambda feature: _options(group, feature),
        highlight_function=lambda _: {"weight": 5},
        marker=folium.CircleMarker(radius=8),
        tooltip=folium.GeoJsonTooltip(fields),
        popup=folium.GeoJsonPopup(fields),
    )


def _options(group: Group, feature: dict[str, Any]) -> dict[str, Any]:
    """Return Leaflet's options of one feature of a group; lines are not filled."""
    look = group.look
    dash = group.dashes[int(feature["id"])] if group.dashes else look.dash
    options: dict[str, Any] = {"color": look.colour, "weight": 3, "fillOpacity": 1}
    if "LineString" in feature["geometry"]["type"]:
        options |= {"weight": 5, "fill": False}
    else:
        options["className"] = hatch(look)
    return options | ({"dashArray": ",".join(str(length) for length in dash)} if dash else {})


def _features(rows: gpd.GeoDataFrame, fields: Sequence[str]) -> dict[str, Any]:
    """Return GeoJSON in degrees whose properties are safe words, since Folium's tooltips make them HTML as they are."""
    shapes = shapely.to_geojson(lonlat(rows.geometry.to_numpy()))
    words = rows[list(fields)].map(safe).to_dict("records")
    features = [
        {"type": "Feature", "id": str(n), "geometry": orjson.loads(shape), "properties": properties}
        for n, (shape, properties) in enumerate(zip(shapes, words, strict=True))
    ]
    return {"type": "FeatureCollection", "features": features}


def finish(found: folium.Map, bounds: Bounds) -> folium.Map:
    """Show `bounds` (degrees) and add the switch of layers, folded on a phone."""
    left, bottom, right, top = bounds
    found.fit_bounds([[bottom, left], [top, right]], padding=(12, 12), max_zoom=19)
    control = folium.LayerControl()
    cast("dict[str, Any]", control.options)["collapsed"] = folium.JsCode("innerWidth < 720")
    control.add_to(found)
    return found


def table(title: str, rows: gpd.GeoDataFrame, *, under: str) -> Table:
    """Return the first rows of a layer as a table that shows each on the map; column `under` stands below its row."""
    fields, some = [name for name in _fields(rows) if name != under], rows.iloc[:MOST_ROWS]
    notes = some[under].where(some[under].notna(), None).tolist() if under in some.columns else [None] * len(some)
    bounds = [degrees((left, bottom, right, top)) for left, bottom, right, top in some.geometry.bounds.to_numpy()]
    cells = some[fields].to_numpy().tolist()
    note = f"표에는 {MOST_ROWS}개까지 적었습니다. 나머지는 지도에 있습니다." if len(rows) > MOST_ROWS else ""
    return Table(title, fields, [Row(*row) for row in zip(cells, bounds, notes, strict=True)], note)


def _fields(rows: gpd.GeoDataFrame) -> list[str]:
    return [str(name) for name in rows.columns if name != rows.geometry.name]


def around(frame: gpd.GeoDataFrame) -> Bounds:
    """Return what to show, in degrees: everything drawn, or the whole city when nothing is."""
    if frame.empty:
        return degrees(boundaries.city_bounds())
    left, bottom, right, top = frame.total_bounds
    return degrees((left, bottom, right, top))


def degrees(bounds: Bounds) -> Bounds:
    """Return bounds of EPSG:5186 in degrees, to a centimetre."""
    left, bottom, right, top = transformer(CITY, LONLAT).transform_bounds(*bounds)
    return round(left, 7), round(bottom, 7), round(right, 7), round(top, 7)
