"""Stored tiles in front of the application: bytes, caching, and refusals that name the parameter."""

from datetime import date

import cv2
import httpx2
import numpy as np
import pytest
import rasterio
from affine import Affine

from api.tile_path import TilePath
from geo import crs
from geo.database import open_city
from geo.grid import KOREA_CENTRAL, WEB_MERCATOR
from geo.orthophoto import store

SET = "KoreaCentral5186Quad"


async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"passed on"})


class Town:
    """One survey of 1,000 x 1,000 px whose corner is no tile's corner."""

    def __init__(self, folder, run):
        self.run = run
        knots = np.random.default_rng(1).normal(110, 30, (30, 30, 3)).clip(0, 255).astype(np.float32)
        self.pixels = cv2.resize(knots, (1000, 1000)).astype(np.uint8)
        self.sheet = folder / "sheet.tif"
        place = Affine(0.5, 0, 183_040.5, 0, -0.5, 583_424.0)
        with rasterio.open(self.sheet, "w", driver="GTiff", width=1000, height=1000, count=3, dtype="uint8",
                           crs="EPSG:5186", transform=place) as out:  # fmt: skip
            out.write(self.pixels.transpose(2, 0, 1))
        self.city = open_city(folder / "data", create=True)
        self.add("2024", date(2024, 5, 14))
        self.door = TilePath(application, store.Shelf(self.city))

    def add(self, id, captured_on):
        self.survey = store.ingest(self.city, [self.sheet], survey=id, captured_on=captured_on)

    def get(self, path, method="GET", **headers):
        async def call():
            transport = httpx2.ASGITransport(self.door)
            async with httpx2.AsyncClient(transport=transport, base_url="http://city") as client:
                return await client.request(method, path, headers=headers)

        return self.run(call())


@pytest.fixture(scope="module")
def town(tmp_path_factory, run_apart):
    return Town(tmp_path_factory.mktemp("town"), run_apart)


def tile(z=12, dx=0, dy=0):
    x, y, _, _ = KOREA_CENTRAL.tiles_over((183_040.5, 582_924.0, 183_540.5, 583_424.0), z)
    return f"{z}/{x + dx}/{y + dy}"


def picture(response):
    pixels = cv2.imdecode(np.frombuffer(response.content, np.uint8), cv2.IMREAD_UNCHANGED)
    return pixels.transpose(2, 0, 1)[[2, 1, 0, 3] if pixels.shape[2] == 4 else [2, 1, 0]]


def test_a_whole_tile_is_the_stored_bytes(town):
    answer = town.get(f"/tiles/2024/{SET}/{tile(dx=1, dy=1)}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    stream = answer.content[answer.content.index(b"\xff\xc0") :]  # frame and scan, without the tables
    assert stream in town.survey.files[SET].read_bytes()
    left, _, _, top = KOREA_CENTRAL.tile(*map(int, tile(dx=1, dy=1).split("/"))).bounds
    col, row = round((left - 183_040.5) / 0.5), round((583_424.0 - top) / 0.5)
    source = town.pixels[row : row + 256, col : col + 256].transpose(2, 0, 1)
    assert np.abs(picture(answer).astype(int) - source).mean() < 2


def test_an_edge_tile_is_transparent_where_there_is_no_ground(town):
    answer = town.get(f"/tiles/2024/{SET}/{tile()}")
    assert answer.headers["content-type"] == "image/png"
    alpha = picture(answer)[3]
    left = KOREA_CENTRAL.tile(*map(int, tile().split("/"))).bounds[0]
    cols = round((183_040.5 - left) / 0.5)
    assert (alpha[:, :cols] == 0).all()
    assert (alpha[-1, cols:] == 255).all()


@pytest.mark.parametrize("z", [5, 9, 11, 14])
def test_levels_that_are_not_stored_are_made(town, z):
    answer = town.get(f"/tiles/2024/{SET}/{tile(z)}")
    assert answer.status_code == 200
    assert picture(answer).shape[1:] == (256, 256)


def test_both_grids_are_served(town):
    middle = crs.move(183_290, 583_174, crs.CITY, crs.WEB)
    x, y, _, _ = WEB_MERCATOR.tiles_over((*middle, middle[0] + 1, middle[1] + 1), 18)
    answer = town.get(f"/tiles/2024/WebMercatorQuad/18/{x}/{y}")
    assert answer.headers["content-type"] == "image/jpeg"
    assert picture(answer).shape == (3, 256, 256)


def test_caching(town):
    path, version = f"/tiles/2024/{SET}/{tile(dx=1, dy=1)}", town.survey.version
    plain, named = town.get(path), town.get(f"{path}?v={version}")
    assert plain.headers["cache-control"] == "public, no-cache"
    assert "immutable" in named.headers["cache-control"]
    assert "immutable" not in town.get(f"{path}?v=old").headers["cache-control"]
    assert "immutable" not in town.get(f"/tiles/latest/{SET}/{tile(dx=1)}?v={version}").headers["cache-control"]
    etag = plain.headers["etag"]
    assert etag == named.headers["etag"] == f'"{version}"'
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        again = town.get(path, **{"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    assert town.get(path, **{"If-None-Match": '"other"'}).status_code == 200


def test_head_has_headers_alone(town):
    path = f"/tiles/2024/{SET}/{tile(dx=1, dy=1)}"
    answer = town.get(path, method="HEAD")
    assert answer.status_code == 200
    assert answer.headers["content-length"] == str(len(town.get(path).content))


def test_outside_the_imagery_there_is_no_content(town):
    for place in ("12/0/0", tile(dx=40), "16/5/5", "3/0/0"):
        answer = town.get(f"/tiles/2024/{SET}/{place}")
        assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        (f"/tiles/1999/{SET}/12/0/0", 404, "survey"),
        (f"/tiles/..%2f..%2fetc/{SET}/12/0/0", None, None),
        ("/tiles/2024/Mars/12/0/0", 404, "tms"),
        (f"/tiles/2024/{SET}/17/0/0", 404, "z"),
        (f"/tiles/2024/{SET}/-1/0/0", 404, "z"),
        (f"/tiles/2024/{SET}/3/8/0", 404, "x"),
        (f"/tiles/2024/{SET}/3/0/100000000000000000000", 404, "y"),
        (f"/tiles/2024/{SET}/3/0/10000000000000000000", 404, "y"),
        (f"/tiles/2024/{SET}/3/0/1e3", 400, "y"),
        (f"/tiles/2024/{SET}/a/0/0", 400, "z"),
    ],
)
def test_refusals_name_the_parameter(town, path, status, parameter):
    answer = town.get(path)
    if status is None:  # more than one segment: no tile's path
        assert answer.status_code == 418
        return
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["parameter"] == parameter
    assert answer.json()["status"] == status


@pytest.mark.parametrize("path", ["/", "/surveys", f"/tiles/2024/{SET}/tilejson.json", "/tiles/a/b/c/d/e/f"])
def test_everything_else_is_passed_on(town, path):
    assert town.get(path).text == "passed on"


def test_a_tile_is_read_alone(town):
    answer = town.get(f"/tiles/2024/{SET}/1/0/0", method="POST")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(("form", "media_type"), [("png", "image/png"), ("webp", "image/webp"), ("jpeg", "image/jpeg")])
@pytest.mark.parametrize("place", [tile(dx=1, dy=1), tile()], ids=["whole", "edge"])
def test_formats(town, form, media_type, place):
    answer = town.get(f"/tiles/2024/{SET}/{place}?f={form}")
    assert answer.headers["content-type"] == media_type
    shown = picture(answer)
    plain = picture(town.get(f"/tiles/2024/{SET}/{place}"))
    ground = np.ones((256, 256), bool) if len(plain) == 3 else plain[3] == 255
    assert np.abs(shown[:3, ground].astype(int) - plain[:3, ground]).mean() < 3
    if form == "jpeg":
        assert (shown[:, 20:-20, 20:-20][:, ~ground[20:-20, 20:-20]] > 200).all()  # white, but for ringing at the edge
    else:
        assert (len(shown) == 4) == (not ground.all())
    assert town.get(f"/tiles/2024/{SET}/{place}?f={form}", method="HEAD").headers["content-type"] == media_type


def test_a_whole_tile_asked_for_as_jpeg_is_the_stored_bytes(town):
    path = f"/tiles/2024/{SET}/{tile(dx=1, dy=1)}"
    assert town.get(path + "?f=jpeg").content == town.get(path).content


@pytest.mark.parametrize(
    ("query", "status", "parameter"),
    [("style=sepia", 400, "style"), ("style=", 400, "style"), ("f=gif", 400, "f"), ("style=ndvi", 404, "style"),
     ("style=false_colour&f=png", 404, "style"), ("style=natural", 200, None), ("_=1700000000", 200, None)],
)  # fmt: skip
def test_styles_and_formats_that_are_not_there(town, query, status, parameter):
    answer = town.get(f"/tiles/2024/{SET}/{tile(dx=1, dy=1)}?{query}")
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    if parameter:
        assert answer.json()["parameter"] == parameter


def test_surveys_come_and_go_while_it_serves(tmp_path, run_apart):
    town = Town(tmp_path, run_apart)
    path = f"{SET}/{tile(dx=1, dy=1)}"
    assert town.get(f"/tiles/2026/{path}").status_code == 404
    town.add("2026", date(2026, 4, 22))
    assert town.get(f"/tiles/2026/{path}").status_code == 200
    assert town.get(f"/tiles/latest/{path}").headers["etag"] == f'"{town.survey.version}"'
    store.remove(town.city, "2026")
    assert town.get(f"/tiles/2026/{path}").status_code == 404
    file = store.survey(town.city, "2024").files[SET]
    with file.open("r+b") as out:
        out.truncate(5000)
    answer = town.get(f"/tiles/2024/{path}")
    assert answer.status_code == 503
    assert str(town.city.folder) not in answer.text
    store.remove(town.city, "2024")
    assert town.get(f"/tiles/latest/{path}").json()["parameter"] == "survey"
