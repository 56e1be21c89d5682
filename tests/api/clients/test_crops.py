"""Exact crops of a survey, against the survey's own pixels."""

import cv2
import httpx2
import numpy as np
import pytest
from affine import Affine

from geo import crs
from geo.crs import CITY
from geo.grid import Grid
from geo.orthophoto import store

CITY_CRS = "http://www.opengis.net/def/crs/EPSG/0/5186"


def cut(service, **asked):
    asked = {name.replace("_", "-"): value for name, value in asked.items()}
    return httpx2.get(f"{service.url}surveys/2024/image", params=asked)


def picture(answer):
    pixels = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    return pixels.transpose(2, 0, 1)[[2, 1, 0, 3] if pixels.shape[2] == 4 else [2, 1, 0]]


def test_pixels_on_the_grid_are_the_survey_s_own(service):
    x, y = service.point
    left, top = x - 50.25, y + 60.25
    bbox = f"{top - 100},{left},{top},{left + 150}"  # northing first, as the CRS has it
    own = store.reader(service.city, "2024")(Grid(CITY, Affine(0.5, 0, left, 0, -0.5, top), 300, 200)).data
    for width in (None, 300):
        asked = {"bbox": bbox, "bbox_crs": CITY_CRS} | ({"width": width} if width else {})
        answer = cut(service, **asked)
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-crs"] == f"<{CITY_CRS}>"
        assert [float(v) for v in answer.headers["content-bbox"].split(",")] == [top - 100, left, top, left + 150]
        assert np.array_equal(picture(answer), own)


@pytest.mark.parametrize(("form", "media_type"), [("jpeg", "image/jpeg"), ("webp", "image/webp"), ("png", "image/png")])
def test_a_bbox_in_degrees(service, middle_of_light, form, media_type):
    lon, lat = service.lonlat
    answer = cut(service, bbox=f"{lon - 0.0005},{lat - 0.0004},{lon + 0.0005},{lat + 0.0004}", width=200, f=form)
    assert answer.headers["content-type"] == media_type
    shown = picture(answer)
    assert shown.shape[2] == 200
    _, left, top, right = (float(v) for v in answer.headers["content-bbox"].split(","))
    cell = (right - left) / 200
    x, y = service.point
    assert middle_of_light(shown) == pytest.approx(((x - left) / cell, (top - y) / cell), abs=0.5)


def test_caching_and_empty_ground(service):
    lon, lat = crs.move(service.left + 100, service.top - 100, CITY, crs.LONLAT)
    bbox = f"{lon},{lat},{lon + 0.001},{lat + 0.001}"
    version = store.survey(service.city, "2024").version
    answer = cut(service, bbox=bbox, v=version)
    assert "immutable" in answer.headers["cache-control"]
    assert "immutable" not in cut(service, bbox=bbox).headers["cache-control"]
    again = httpx2.get(
        f"{service.url}surveys/2024/image", params={"bbox": bbox}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    assert cut(service, bbox="126.9,37.8,126.901,37.801").status_code == 204


@pytest.mark.parametrize(
    ("asked", "status", "name"),
    [
        ({}, 400, "bbox"),
        ({"bbox": "1,2,3"}, 400, "bbox"),
        ({"bbox": "nan,37,127,38"}, 400, "bbox"),
        ({"bbox": "127,37,126,38"}, 400, "bbox"),
        ({"bbox": "183000,583000,183100,583100"}, 400, "bbox"),
        ({"bbox": "126.7,37.7,127,38"}, 422, "bbox"),
        ({"bbox": "126.8,37.8,126.81,37.81", "width": 99999}, 422, "width"),
        ({"bbox": "126.8,37.8,126.81,37.81", "width": 0}, 422, "width"),
        ({"bbox": "126.8,37.8,126.81,37.81", "width": "x"}, 400, "width"),
        ({"bbox": "126.8,37.8,126.81,37.81", "bbox_crs": "EPSG:9999"}, 400, "bbox-crs"),
        ({"bbox": "126.8,37.8,126.81,37.81", "f": "gif"}, 400, "f"),
        ({"bbox": "126.8,37.8,126.801,37.801", "style": "ndvi"}, 404, "style"),
    ],
)
def test_refusals(service, asked, status, name):
    answer = cut(service, **asked)
    assert answer.status_code == status
    assert answer.json()["parameter"] == name
