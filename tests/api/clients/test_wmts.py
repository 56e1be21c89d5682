"""WMTS as OWSLib reads it, valid by the published schemas, refusing in the standard's words."""

import warnings
from pathlib import Path

import cv2
import httpx2
import mapproxy.test
import numpy as np
import pytest
from lxml import etree
from owslib.util import ServiceException
from owslib.wmts import WebMapTileService

from geo.grid import TILE_MATRIX_SETS

SCHEMAS = Path(mapproxy.test.__file__).parent / "schemas"  # the OGC schemas, as MapProxy ships them
# OWSLib 0.35 tells of changes to come in its own code
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:owslib")
OWS = "{http://www.opengis.net/ows/1.1}"


@pytest.fixture(scope="module")
def wmts(service):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return WebMapTileService(f"{service.url}wmts")


def pixels(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).transpose(2, 0, 1)


def place(service, tms, z):
    x, y = service.point if tms == "KoreaCentral5186Quad" else service.web
    col, row, _, _ = TILE_MATRIX_SETS[tms].tiles_over((x, y, x + 0.01, y + 0.01), z)
    left, _, _, top = TILE_MATRIX_SETS[tms].tile(z, col, row).bounds
    cell = TILE_MATRIX_SETS[tms].cell(z)
    return col, row, ((x - left) / cell, (top - y) / cell)


def valid(data, schema):
    rules = etree.XMLSchema(etree.parse(str(SCHEMAS / schema)))
    document = etree.fromstring(data)
    assert rules.validate(document), rules.error_log
    return document


@pytest.mark.parametrize("path", ["wmts?service=WMTS&request=GetCapabilities", "wmts/1.0.0/WMTSCapabilities.xml"])
def test_capabilities_are_valid(service, path):
    answer = httpx2.get(service.url + path)
    assert answer.headers["content-type"].startswith("application/xml")
    document = valid(answer.content, "wmts/1.0/wmtsGetCapabilities_response.xsd")
    scales = document.findtext(".//{http://www.opengis.net/wmts/1.0}WellKnownScaleSet")
    assert scales == "urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible"


def test_all_surveys_are_one_layer_with_days(service, wmts):
    assert list(wmts.contents) == ["orthophoto"]
    layer = wmts["orthophoto"]
    assert layer.dimensions["Time"]["values"] == ["2026-04-22", "2024-05-14"]
    assert layer.dimensions["Time"]["default"] == "2026-04-22"
    assert layer.formats == ["image/jpeg", "image/png"]
    assert list(layer.styles) == ["natural"]
    west, south, east, north = layer.boundingBoxWGS84
    lon, lat = service.lonlat
    assert west < lon < east
    assert south < lat < north
    assert set(layer.tilematrixsetlinks) == set(wmts.tilematrixsets) == set(TILE_MATRIX_SETS)


def test_matrices_are_in_the_axis_order_of_their_crs(wmts):
    city, web = wmts.tilematrixsets["KoreaCentral5186Quad"], wmts.tilematrixsets["WebMercatorQuad"]
    assert city.crs == "urn:ogc:def:crs:EPSG::5186"
    assert city.tilematrix["12"].topleftcorner == (1_000_000, -30_000)
    assert city.tilematrix["12"].scaledenominator * 0.00028 == pytest.approx(0.5)
    assert city.tilematrix["12"].matrixwidth == 4096
    assert list(city.tilematrix) == [str(z) for z in range(13)]  # no finer than the imagery
    assert web.tilematrix["0"].topleftcorner == pytest.approx((-20037508.342789, 20037508.342789))
    assert web.tilematrix["0"].scaledenominator == pytest.approx(559082264.0287178)


@pytest.mark.parametrize(("tms", "z"), [("KoreaCentral5186Quad", 12), ("WebMercatorQuad", 18)])
@pytest.mark.parametrize("day", ["2024", "2026"])
@pytest.mark.parametrize("form", ["image/jpeg", "image/png"])
def test_a_day_s_tile_by_query(service, wmts, middle_of_light, tms, z, day, form):
    col, row, expected = place(service, tms, z)
    limits = wmts["orthophoto"].tilematrixsetlinks[tms].tilematrixlimits[str(z)]
    assert limits.mintilecol <= col <= limits.maxtilecol
    assert limits.mintilerow <= row <= limits.maxtilerow
    data = wmts.gettile(
        layer="orthophoto", style="natural", format=form, tilematrixset=tms, tilematrix=str(z), row=row, column=col,
        Time=service.days[day].isoformat(),
    ).read()  # fmt: skip
    shown = pixels(data)
    assert np.median(shown) == pytest.approx(service.shade[day], abs=2)
    assert middle_of_light(shown) == pytest.approx(expected, abs=0.5)


def test_a_day_s_tile_by_path(service, wmts):
    col, row, _ = place(service, "KoreaCentral5186Quad", 12)
    wanted = {
        "Style": "natural",
        "TileMatrixSet": "KoreaCentral5186Quad",
        "TileMatrix": 12,
        "TileRow": row,
        "TileCol": col,
    }
    for resource in wmts["orthophoto"].resourceURLs:
        for time, shade in (("2024-05-14", 40), ("2024-05-14T03:00:00Z", 40), ("default", 90), ("current", 90)):
            url = resource["template"]
            for name, value in {**wanted, "Time": time}.items():
                url = url.replace(f"{{{name}}}", str(value))
            answer = httpx2.get(url)
            assert answer.headers["content-type"] == resource["format"]
            assert np.median(pixels(answer.content)) == pytest.approx(shade, abs=2)
            assert httpx2.get(url, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_where_there_is_no_ground_the_tile_is_empty(service):
    tile = "wmts/1.0.0/orthophoto/natural/default/KoreaCentral5186Quad/12/5/5"
    empty = httpx2.get(f"{service.url}{tile}.png")
    assert cv2.imdecode(np.frombuffer(empty.content, np.uint8), cv2.IMREAD_UNCHANGED)[..., 3].max() == 0
    assert pixels(httpx2.get(f"{service.url}{tile}.jpeg").content).min() > 250


GOOD = {
    "service": "WMTS", "request": "GetTile", "version": "1.0.0", "layer": "orthophoto", "style": "natural",
    "format": "image/jpeg", "tilematrixset": "KoreaCentral5186Quad", "tilematrix": "12", "tilerow": "5", "tilecol": "5",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "locator", "status"),
    [
        ({"request": None}, "MissingParameterValue", "request", 400),
        ({"service": None}, "MissingParameterValue", "service", 400),
        ({"service": "WMS"}, "InvalidParameterValue", "service", 400),
        ({"request": "GetFeatureInfo"}, "OperationNotSupported", "request", 501),
        ({"version": "2.0.0"}, "InvalidParameterValue", "version", 400),
        ({"layer": None}, "MissingParameterValue", "layer", 400),
        ({"layer": "roads"}, "InvalidParameterValue", "layer", 400),
        ({"style": "ndvi"}, "InvalidParameterValue", "style", 400),
        ({"style": "<b>"}, "InvalidParameterValue", "style", 400),
        ({"format": "image/gif"}, "InvalidParameterValue", "format", 400),
        ({"tilematrixset": "Mars"}, "InvalidParameterValue", "tilematrixset", 400),
        ({"tilematrix": "99"}, "InvalidParameterValue", "tilematrix", 400),
        ({"tilematrix": "a"}, "InvalidParameterValue", "tilematrix", 400),
        ({"tilerow": "-1"}, "InvalidParameterValue", "tilerow", 400),
        ({"tilerow": "4096"}, "TileOutOfRange", "tilerow", 400),
        ({"tilecol": "4096"}, "TileOutOfRange", "tilecol", 400),
        ({"time": "1999-01-01"}, "InvalidParameterValue", "time", 400),
        ({"time": "yesterday"}, "InvalidParameterValue", "time", 400),
        ({"request": "GetCapabilities", "acceptversions": "2.0.0"}, "VersionNegotiationFailed", "acceptversions", 400),
    ],
)
def test_refusals(service, change, code, locator, status):
    asked = {name.upper(): value for name, value in {**GOOD, **change}.items() if value is not None}
    answer = httpx2.get(f"{service.url}wmts", params=asked)
    assert answer.status_code == status
    report = valid(answer.content, "ows/1.1.0/owsExceptionReport.xsd")
    exception = report.find(f"{OWS}Exception")
    assert (exception.get("exceptionCode"), exception.get("locator")) == (code, locator)
    if status == 400 and change.keys() <= {"layer", "style", "tilerow"} and None not in change.values():
        path = {**GOOD, **change}
        url = f"wmts/1.0.0/{path['layer']}/{path['style']}/default/KoreaCentral5186Quad/12/{path['tilerow']}/5.jpeg"
        assert httpx2.get(service.url + url).status_code == 404


def test_owslib_tells_of_a_refusal(wmts):
    with pytest.raises(ServiceException, match="격자"):
        wmts.gettile(layer="orthophoto", style="natural", format="image/jpeg", tilematrixset="KoreaCentral5186Quad",
                     tilematrix="12", row=9999, column=1)  # fmt: skip
