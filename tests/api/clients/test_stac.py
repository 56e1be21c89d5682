"""STAC as pystac validates it and pystac-client searches it."""

import json

import httpx2
import pystac
import pytest
import rasterio
from pystac.validation import validate_dict
from pystac.validation.stac_validator import JsonSchemaSTACValidator
from pystac_client import Client
from stac_pydantic.api import Collections, ItemCollection, LandingPage

# what the projection extension 2.0.0 says of the fields that are used, so that nothing is fetched
PROJECTION = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "$id": "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "type": "object",
    "properties": {
        "assets": {
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "proj:code": {"type": ["string", "null"], "pattern": "^EPSG:[0-9]+$"},
                    "proj:bbox": {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number"}},
                    "proj:shape": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "integer"}},
                    "proj:transform": {"type": "array", "minItems": 6, "maxItems": 6, "items": {"type": "number"}},
                },
                "patternProperties": {"^proj:(?!code$|bbox$|shape$|transform$)": False},
            }
        }
    },
}


@pytest.fixture(scope="module")
def catalogue(service):
    return Client.open(f"{service.url}stac")


@pytest.fixture(autouse=True)
def offline_schemas():
    validator = JsonSchemaSTACValidator()
    validator.schema_cache[PROJECTION["$id"]] = PROJECTION
    pystac.validation.RegisteredValidator.set_validator(validator)


def ids(search):
    return [item.id for item in search.items()]


def test_everything_is_valid(service):
    base = f"{service.url}stac"
    landing = httpx2.get(base).json()
    LandingPage.model_validate(landing)
    validate_dict({key: value for key, value in landing.items() if key != "conformsTo"})
    collections = httpx2.get(f"{base}/collections").json()
    Collections.model_validate(collections)
    for collection in collections["collections"]:
        validate_dict(collection)
        assert httpx2.get(f"{base}/collections/{collection['id']}").json() == collection
        page = httpx2.get(f"{base}/collections/{collection['id']}/items").json()
        ItemCollection.model_validate(page)
        assert [item["id"] for item in page["features"]] == ["2026", "2024"]
        for item in page["features"]:
            assert len(validate_dict(item)) == 2  # the core and the extension
            assert httpx2.get(f"{base}/collections/{collection['id']}/items/{item['id']}").json() == item
    for link in landing["links"]:
        if link.get("method") != "POST":
            assert httpx2.get(link["href"]).status_code == 200, link


def test_an_item_tells_of_its_files(service, catalogue):
    item = catalogue.get_collection("orthophotos").get_item("2024")
    assert item.datetime.date() == service.days["2024"]
    assert item.properties["gsd"] == 0.5
    assert {"KoreaCentral5186Quad", "WebMercatorQuad", "thumbnail"} == set(item.assets)
    for name, code in (("KoreaCentral5186Quad", "EPSG:5186"), ("WebMercatorQuad", "EPSG:3857")):
        asset = item.assets[name]
        assert [band["name"] for band in asset.extra_fields["bands"]] == ["red", "green", "blue"]
        with rasterio.open(asset.href) as file:
            assert asset.extra_fields["proj:code"] == code == f"EPSG:{file.crs.to_epsg()}"
            assert asset.extra_fields["proj:shape"] == list(file.shape)
            assert asset.extra_fields["proj:transform"] == list(file.transform)[:6]
    assert httpx2.get(item.assets["thumbnail"].href).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_search(service, catalogue, method):
    def search(**asked):
        return ids(catalogue.search(method=method, **asked))

    lon, lat = service.lonlat
    point = {"type": "Point", "coordinates": [lon, lat]}
    assert search() == ["2026", "2024"]
    assert search(limit=1) == ["2026", "2024"]  # page by page
    assert search(ids=["2024"]) == ["2024"]
    assert search(collections=["orthophotos"]) == ["2026", "2024"]
    assert search(collections=["others"]) == []
    assert search(bbox=[lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01]) == ["2026", "2024"]
    assert search(bbox=[0, 0, 1, 1]) == []
    assert search(intersects=point) == ["2026", "2024"]
    assert search(intersects={"type": "Point", "coordinates": [lon + 1, lat]}) == []
    assert search(datetime="2024-05-14") == ["2024"]
    assert search(datetime="2024-01-01/2024-12-31") == ["2024"]
    assert search(datetime="2025-01-01/..") == ["2026"]
    assert search(datetime="../2023-12-31") == []
    assert catalogue.search(method=method).matched() == 2


def test_a_day_without_hours_is_the_whole_day(service):
    found = httpx2.get(f"{service.url}stac/search", params={"datetime": "2024-05-14"}).json()
    assert [item["id"] for item in found["features"]] == ["2024"]
    later = httpx2.get(f"{service.url}stac/search", params={"datetime": "2024-05-15/.."}).json()
    assert [item["id"] for item in later["features"]] == ["2026"]


@pytest.mark.parametrize(
    ("asked", "name"),
    [({"bbox": "1,2,3"}, "bbox"), ({"bbox": "a,b,c,d"}, "bbox"), ({"datetime": "noon"}, "datetime"),
     ({"limit": "0"}, "limit"), ({"limit": "x"}, "limit"), ({"intersects": "{"}, "intersects"),
     ({"intersects": '{"type":"Mars"}'}, "intersects"), ({"token": "-1"}, "token")],
)  # fmt: skip
def test_what_cannot_be_read(service, asked, name):
    answer = httpx2.get(f"{service.url}stac/search", params=asked)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["parameter"] == name
    body = {key: json.loads(value) if key == "intersects" and value != "{" else value for key, value in asked.items()}
    assert httpx2.post(f"{service.url}stac/search", json=body).status_code == 400


@pytest.mark.parametrize("path", ["collections/x", "collections/x/items", "collections/orthophotos/items/1999"])
def test_what_is_not_there(service, path):
    assert httpx2.get(f"{service.url}stac/{path}").status_code == 404


def test_links_are_those_of_the_proxy_in_front(service):
    answer = httpx2.get(f"{service.url}stac", headers={"X-Forwarded-Proto": "https", "Host": "map.paju.example"})
    assert all(link["href"].startswith("https://map.paju.example/") for link in answer.json()["links"])
