"""Tile matrix sets as morecantile reads them, and TileJSON as a map library uses it."""

import httpx2
import morecantile
import pytest

from geo.crs import CITY, LONLAT, transformer
from geo.grid import TILE_MATRIX_SETS
from geo.orthophoto import store


def test_the_list_leads_to_the_sets(service):
    listed = httpx2.get(f"{service.url}tileMatrixSets").json()["tileMatrixSets"]
    assert [one["id"] for one in listed] == list(TILE_MATRIX_SETS)
    for one in listed:
        assert httpx2.get(one["links"][0]["href"]).json()["id"] == one["id"]


@pytest.mark.parametrize("name", TILE_MATRIX_SETS)
def test_morecantile_lays_the_same_tiles(service, name):
    ours = TILE_MATRIX_SETS[name]
    theirs = morecantile.TileMatrixSet.model_validate(httpx2.get(f"{service.url}tileMatrixSets/{name}").json())
    assert theirs.crs.to_epsg() == ours.crs.to_epsg()
    assert (theirs.minzoom, theirs.maxzoom) == (0, ours.max_z)
    for z in (0, 5, 12, ours.max_z):
        x, y = (1 << z) * 3 // 4, (1 << z) // 3
        assert theirs.xy_bounds(x, y, z) == pytest.approx(ours.tile(z, x, y).bounds, abs=1e-6)
    assert theirs.tile(*service.lonlat, 12)[:2] == ours.tiles_over(
        (*(at := service.point if ours.crs == CITY else service.web), at[0] + 1e-3, at[1] + 1e-3), 12
    )[:2]  # fmt: skip


def test_the_registered_set_is_as_registered(service):
    registered = morecantile.tms.get("WebMercatorQuad")
    served = httpx2.get(f"{service.url}tileMatrixSets/WebMercatorQuad").json()
    for ours, theirs in zip(served["tileMatrices"], registered.tileMatrices, strict=False):
        assert ours["scaleDenominator"] == pytest.approx(theirs.scaleDenominator, rel=1e-9)
        assert ours["pointOfOrigin"] == pytest.approx(theirs.pointOfOrigin)


@pytest.mark.parametrize("name", TILE_MATRIX_SETS)
@pytest.mark.parametrize("asked", ["2024", "latest"])
def test_tilejson(service, name, asked):
    found = httpx2.get(f"{service.url}tiles/{asked}/{name}/tilejson.json").json()
    survey = store.survey(service.city, "2024" if asked == "2024" else "2026")
    assert found["tilejson"] == "3.0.0"
    assert (found["minzoom"], found["maxzoom"]) == store.zooms(survey, name)
    assert found["bounds"] == pytest.approx(transformer(CITY, LONLAT).transform_bounds(*survey.bounds))
    west, south, east, north = found["bounds"]
    lon, lat = service.lonlat
    assert west < lon < east
    assert south < lat < north
    held, z = TILE_MATRIX_SETS[name], found["maxzoom"]
    x, y = service.point if held.crs == CITY else service.web
    col, row, _, _ = held.tiles_over((x, y, x + 1e-3, y + 1e-3), z)
    url = found["tiles"][0].replace("{z}", str(z)).replace("{x}", str(col)).replace("{y}", str(row))
    answer = httpx2.get(url)
    assert answer.status_code == 200
    assert answer.headers["etag"] == f'"{survey.version}"'
    assert ("immutable" in answer.headers["cache-control"]) == (asked == "2024")


def test_what_is_not_there(service):
    assert httpx2.get(f"{service.url}tiles/1999/WebMercatorQuad/tilejson.json").json()["parameter"] == "survey"
    assert httpx2.get(f"{service.url}tiles/2024/Mars/tilejson.json").status_code == 404
    assert httpx2.get(f"{service.url}tileMatrixSets/Mars").status_code == 404


def test_the_surveys(service):
    listed = httpx2.get(f"{service.url}surveys").json()
    assert [(one["id"], one["captured_on"]) for one in listed] == [("2026", "2026-04-22"), ("2024", "2024-05-14")]
    assert httpx2.get(f"{service.url}surveys/2024").json() == listed[1]
    assert listed[1]["version"] == store.survey(service.city, "2024").version
    assert listed[1]["gsd_m"] == 0.5
    assert listed[1]["bounds_5186"] == [service.left, service.top - 600, service.left + 600, service.top]
    assert httpx2.get(f"{service.url}surveys/1999").json()["parameter"] == "survey"
