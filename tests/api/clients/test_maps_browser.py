"""Leaflet and OpenLayers in Chromium: a survey point lies on its pixel within half a pixel, in both grids.

OpenLayers 10.11.0 (BSD 2-Clause) and Proj4js 2.22.0 (MIT) stand in static/ as their npm packages ship them.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest

import geo.maps

pytestmark = pytest.mark.browser
LIBRARIES = {
    "leaflet.js": Path(geo.maps.__file__).parent / "static" / "leaflet.js",
    "leaflet.css": Path(geo.maps.__file__).parent / "static" / "leaflet.css",
    "ol.js": Path(__file__).parent / "static" / "ol.js",
    "proj4.js": Path(__file__).parent / "static" / "proj4.js",
}
SIDE = 400
KOREA = "+proj=tmerc +lat_0=38 +lon_0=127 +k=1 +x_0=200000 +y_0=600000 +ellps=GRS80 +units=m +no_defs"
PAGE = """<!doctype html><html lang="ko"><title>map</title><link rel="stylesheet" href="/try/leaflet.css">
<style>html,body{{margin:0;background:#000}}#map{{width:%dpx;height:%dpx}}</style><div id="map"></div>
{scripts}<script>window.ready = false; {code}</script>""" % (SIDE, SIDE)  # noqa: UP031 (the page holds many braces)

LEAFLET = """
proj4.defs("EPSG:5186", "{korea}");
const Korea = L.extend({{}}, L.CRS, {{
  projection: {{
    project: (at) => L.point(proj4("EPSG:5186", [at.lng, at.lat])),
    unproject: (at) => {{ const [x, y] = proj4("EPSG:5186").inverse([at.x, at.y]); return L.latLng(y, x); }},
  }},
  transformation: new L.Transformation(1, 30000, -1, 1000000),
  scale: (z) => 2 ** z / 2048,
  infinite: true,
}});
const [x, y] = {lonlat}, map = L.map("map", {{crs: {crs}, zoomControl: false, attributionControl: false,
  zoomAnimation: false, fadeAnimation: false}}).setView([y, x], {z});
const layer = L.tileLayer("/tiles/2024/{tms}/{{z}}/{{x}}/{{y}}", {{maxZoom: {z}}}).addTo(map);
layer.on("load", () => window.ready = true);
// where tiles put the point; latLngToContainerPoint rounds to whole pixels
const at = map.project([y, x]).subtract(map.getPixelOrigin()).add(L.DomUtil.getPosition(map.getPane("mapPane")));
window.at = [at.x, at.y];
"""
OPENLAYERS = """
proj4.defs("EPSG:5186", "{korea}"); ol.proj.proj4.register(proj4);
const code = "{code}", resolution = {cell};
const show = (source) => {{
  const map = new ol.Map({{target: "map", controls: [], interactions: [], pixelRatio: 1,
    layers: [new ol.layer.Tile({{source}})],
    view: new ol.View({{projection: code, center: {center}, resolution, constrainResolution: false}})}});
  map.once("rendercomplete", () => {{ window.at = map.getPixelFromCoordinate({center}); window.ready = true; }});
}};
{source}
"""
XYZ = """show(new ol.source.TileImage({{projection: code, interpolate: false,
  tileGrid: new ol.tilegrid.TileGrid({{origin: [-30000, 1000000], tileSize: 256,
    resolutions: Array.from({{length: 13}}, (_, z) => 2048 / 2 ** z)}}),
  tileUrlFunction: ([z, x, y]) => `/tiles/2024/KoreaCentral5186Quad/${{z}}/${{x}}/${{y}}`}}));"""
WEB_XYZ = 'show(new ol.source.XYZ({{url: "/tiles/2024/WebMercatorQuad/{{z}}/{{x}}/{{y}}", maxZoom: 18}}));'
WMTS = """fetch("/wmts?service=WMTS&request=GetCapabilities").then((r) => r.text()).then((text) => {{
  const read = new ol.format.WMTSCapabilities().read(text);
  const options = ol.source.WMTS.optionsFromCapabilities(read, {{layer: "orthophoto", matrixSet: "{set}"}});
  options.dimensions.Time = "2024-05-14";
  show(new ol.source.WMTS(options));
}});"""


@pytest.fixture
def page(chromium, service):
    context = chromium.new_context(viewport={"width": SIDE, "height": SIDE})
    shown = context.new_page()
    shown.errors = []
    shown.on("pageerror", lambda error: shown.errors.append(str(error)))
    for name, file in LIBRARIES.items():
        shown.route(f"**/try/{name}", lambda route, _, file=file: route.fulfill(path=file))
    yield shown
    context.close()


def photographed(page, service, scripts, code):
    html = PAGE.format(scripts="".join(f'<script src="/try/{name}"></script>' for name in scripts), code=code)
    page.route("**/try/map.html", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto(f"{service.url}try/map.html")
    page.wait_for_function("window.ready", timeout=20_000)
    assert page.errors == []
    page.wait_for_timeout(200)  # the frame in which the last tile is drawn
    shot = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR).transpose(2, 0, 1)
    return shot, page.evaluate("window.at")


@pytest.mark.parametrize(
    ("tms", "crs", "z"),
    [("KoreaCentral5186Quad", "Korea", 12), ("WebMercatorQuad", "L.CRS.EPSG3857", 18)],
    ids=["5186", "3857"],
)
def test_leaflet(page, service, middle_of_light, tms, crs, z):
    code = LEAFLET.format(korea=KOREA, lonlat=list(service.lonlat), tms=tms, crs=crs, z=z)
    shot, at = photographed(page, service, ["leaflet.js", "proj4.js"], code)
    assert np.median(shot) == pytest.approx(service.shade["2024"], abs=3)
    assert at == pytest.approx([SIDE / 2, SIDE / 2], abs=1)  # the map's origin is a whole pixel
    assert middle_of_light(shot) == pytest.approx(at, abs=0.5)


@pytest.mark.parametrize(
    ("code", "cell", "source"),
    [
        ("EPSG:5186", 0.5, XYZ),
        ("EPSG:3857", 0.5971642834779395, WEB_XYZ),
        ("EPSG:5186", 0.5, WMTS.replace("{set}", "KoreaCentral5186Quad")),
        ("EPSG:3857", 0.5971642834779395, WMTS.replace("{set}", "WebMercatorQuad")),
    ],
    ids=["5186", "3857", "wmts-5186", "wmts-3857"],
)
def test_openlayers(page, service, middle_of_light, code, cell, source):
    center = list(service.point if code == "EPSG:5186" else service.web)
    # OpenLayers reads a TopLeftCorner northing first only where the definition of the CRS says so
    korea = KOREA + (" +axis=neu" if "WMTS" in source else "")
    text = OPENLAYERS.format(korea=korea, code=code, cell=cell, center=center, source=source.format())
    shot, at = photographed(page, service, ["ol.js", "proj4.js"], text)
    assert np.median(shot) == pytest.approx(service.shade["2024"], abs=3)
    assert at == pytest.approx([SIDE / 2, SIDE / 2], abs=0.01)
    assert middle_of_light(shot) == pytest.approx(at, abs=0.5)
