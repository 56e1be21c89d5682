"""Tiles, crops and WMTS of a survey with near infrared over HTTP, against colours worked out by hand."""

from datetime import date

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from geo import crs
from geo.database import open_city
from geo.grid import KOREA_CENTRAL, TILE_MATRIX_SETS
from geo.orthophoto import store

LEFT, TOP, PX = 183_040.5, 583_424.0, 512
FIELDS = {  # red, green, blue, infrared as delivered -> the colour that RdYlGn gives the index, from -0.2 to 0.8
    "west": ((60, 80, 40, 180), "a6d96a"),  # (180 - 60) / 240 = 0.5, the eighth stop
    "east": ((120, 90, 70, 80), "a50026"),  # (80 - 120) / 200 = -0.2, the first stop
}
MIDDLE = {"west": (LEFT + 64, TOP - 128), "east": (LEFT + 192, TOP - 128)}
SETS = {"KoreaCentral5186Quad": 12, "WebMercatorQuad": 18}


def sheet(path, bands):
    pixels = np.empty((4, PX, PX), np.uint8)
    pixels[:, :, : PX // 2] = np.reshape(FIELDS["west"][0], (4, 1, 1))
    pixels[:, :, PX // 2 :] = np.reshape(FIELDS["east"][0], (4, 1, 1))
    with rasterio.open(path, "w", driver="GTiff", width=PX, height=PX, count=bands, dtype="uint8", crs="EPSG:5186",
                       transform=Affine(0.5, 0, LEFT, 0, -0.5, TOP), alpha="UNSPECIFIED") as out:  # fmt: skip
        out.write(pixels[:bands])
    return path


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A survey with near infrared, taken in first, and an older one of colours alone."""
    folder = tmp_path_factory.mktemp("styles")
    city = open_city(folder / "data", create=True)
    store.ingest(city, [sheet(folder / "four.tif", 4)], survey="infrared", captured_on=date(2026, 4, 22))
    store.ingest(city, [sheet(folder / "three.tif", 3)], survey="colours", captured_on=date(2024, 5, 14))
    return city


@pytest.fixture(scope="module")
def http(city):
    return TestClient(create_app(Settings(data=city.folder)))


def place(tms, field, z=None):
    """Return the tile over the middle of a field, and the pixel in it."""
    held, z = TILE_MATRIX_SETS[tms], SETS[tms] if z is None else z
    x, y = crs.move(*MIDDLE[field], crs.CITY, held.crs)
    col, row, _, _ = held.tiles_over((x, y, x + 1e-3, y + 1e-3), z)
    left, _, _, top = held.tile(z, col, row).bounds
    return f"{z}/{col}/{row}", (int((top - y) / held.cell(z)), int((x - left) / held.cell(z)))


def picture(answer):
    """Return height x width x bands, red first."""
    pixels = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    return pixels[..., [2, 1, 0, 3] if pixels.shape[2] == 4 else [2, 1, 0]].astype(int)


def expected(field, style):
    red, green, blue, infrared = FIELDS[field][0]
    index = list(bytes.fromhex(FIELDS[field][1]))
    return {"natural": [red, green, blue], "false_colour": [infrared, red, green], "ndvi": index}[style]


@pytest.mark.parametrize("tms", SETS)
@pytest.mark.parametrize("style", ["natural", "false_colour", "ndvi"])
@pytest.mark.parametrize("form", ["png", "webp", "jpeg"])
def test_the_colours_of_a_field(http, tms, style, form):
    for field in FIELDS:
        path, pixel = place(tms, field)
        answer = http.get(f"/tiles/infrared/{tms}/{path}?style={style}&f={form}")
        assert answer.headers["content-type"] == f"image/{form}"
        assert picture(answer)[pixel][:3] == pytest.approx(expected(field, style), abs=5)


def test_every_pixel_of_the_index_is_that_of_the_published_values(city, http):
    path, _ = place("KoreaCentral5186Quad", "west")
    grid = KOREA_CENTRAL.tile(*map(int, path.split("/")))
    files = store.survey(city, "infrared").files
    bands = []
    for name, band in (("KoreaCentral5186Quad", 1), ("KoreaCentral5186Quad.nir", 1)):
        with rasterio.open(files[name]) as held:
            window = rasterio.windows.from_bounds(*grid.bounds, transform=held.transform)
            bands.append(held.read(band, window=window).astype(float))
    red, infrared = bands
    index = (infrared - red) / (infrared + red)
    answer = picture(http.get(f"/tiles/infrared/KoreaCentral5186Quad/{path}?style=ndvi&f=png"))
    stops = [bytes.fromhex(c) for c in ("fee08b", "ffffbf", "d9ef8b", "a6d96a", "66bd63", "1a9850")]  # 0.2 to 0.7
    for band in range(3):
        shown = np.interp(index, np.arange(2, 8) / 10, [stop[band] for stop in stops])
        assert np.abs(answer[..., band] - shown).max() <= 6  # GDAL's decoder and ours differ by one or two of 255


@pytest.mark.parametrize("style", ["natural", "false_colour", "ndvi"])
@pytest.mark.parametrize(
    ("tms", "z"), [("KoreaCentral5186Quad", 12), ("KoreaCentral5186Quad", 9), ("WebMercatorQuad", 18),
                   ("WebMercatorQuad", 15), ("WebMercatorQuad", 19)],
)  # fmt: skip
def test_no_corner_is_black(http, tms, z, style):
    """Every tile of the survey's edge: no ground is transparent, and ground keeps its colour up to its last pixel."""
    held = TILE_MATRIX_SETS[tms]
    corners = [(LEFT, TOP), (LEFT, TOP - 256), (LEFT + 256, TOP), (LEFT + 256, TOP - 256)]
    partial = 0
    for corner in corners:
        x, y = crs.move(*corner, crs.CITY, held.crs)
        col, row, _, _ = held.tiles_over((x, y, x + 1e-3, y + 1e-3), z)
        answer = http.get(f"/tiles/infrared/{tms}/{z}/{col}/{row}?style={style}")
        if answer.status_code == 204:  # the corner is the tile's own
            continue
        shown = picture(answer)
        assert answer.headers["content-type"] == "image/png"
        ground = shown[..., 3] == 255
        assert set(np.unique(shown[..., 3])) == {0, 255}
        partial += 1
        colours = np.array([expected(field, style) for field in FIELDS])
        away = np.abs(shown[ground][:, None, :3] - colours).max(-1).min(-1)
        # but for the line where the fields meet, which resampling mixes
        assert (away <= 24).mean() > 0.97
        assert shown[ground][:, :3].sum(-1).min() > 100
        white = picture(http.get(f"/tiles/infrared/{tms}/{z}/{col}/{row}?style={style}&f=jpeg"))
        inner = cv2.erode((~ground).astype(np.uint8), np.ones((17, 17))) == 1  # JPEG rings within its blocks
        assert (white[inner] > 240).all()
    assert partial >= 2


@pytest.mark.parametrize("style", ["false_colour", "ndvi"])
def test_a_crop_in_a_style(http, style):
    x, y = MIDDLE["west"]
    bbox = f"{y - 20},{x - 30},{y + 20},{x + 30}"
    asked = {"bbox": bbox, "bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/5186", "style": style}
    shown = picture(http.get("/surveys/infrared/image", params=asked))
    assert shown.shape == (80, 120, 3)
    assert np.abs(shown - expected("west", style)).max() <= 5


@pytest.mark.parametrize("style", ["natural", "false_colour", "ndvi"])
def test_wmts_shows_the_same_tile(http, style):
    path, _ = place("KoreaCentral5186Quad", "east")
    z, col, row = path.split("/")
    mine = http.get(f"/tiles/infrared/KoreaCentral5186Quad/{path}?style={style}&f=png").content
    layer = f"/wmts/1.0.0/orthophoto/{style}"
    for time in ("2026-04-22", "default"):
        assert http.get(f"{layer}/{time}/KoreaCentral5186Quad/{z}/{row}/{col}.png").content == mine
    older = http.get(f"{layer}/2024-05-14/KoreaCentral5186Quad/{z}/{row}/{col}.png")
    assert older.status_code == (200 if style == "natural" else 404)
    if style != "natural":
        assert 'locator="style"' in older.text
    assert f"<ows:Identifier>{style}</ows:Identifier>" in http.get("/wmts?request=GetCapabilities").text


def test_latest_is_the_day_of_capture_not_of_arrival(http):
    path, _ = place("KoreaCentral5186Quad", "west")
    latest, newest, older = (
        http.get(f"/tiles/{id}/KoreaCentral5186Quad/{path}") for id in ("latest", "infrared", "colours")
    )
    assert latest.headers["etag"] == newest.headers["etag"] != older.headers["etag"]
    assert "immutable" not in latest.headers["cache-control"]
    assert http.get(f"/tiles/latest/KoreaCentral5186Quad/{path}?style=ndvi").status_code == 200
    assert http.get(f"/tiles/colours/KoreaCentral5186Quad/{path}?style=ndvi").json()["parameter"] == "style"
    assert http.get("/surveys/latest/image", params={"bbox": "126.8,37.8,126.801,37.801"}).status_code in (200, 204)
