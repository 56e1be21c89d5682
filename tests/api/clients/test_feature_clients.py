"""GDAL's OAPIF and MVT readers and OWSLib on the collections: counts equal the store's."""

import itertools
from datetime import UTC, datetime

import geopandas as gpd
import httpx2
import pyogrio
import pytest
import shapely
from owslib.ogcapi.features import Features

from geo import boundaries
from geo.features import store
from geo.grid import WEB_MERCATOR

X, Y = 187_000, 577_000
COUNT = 250


@pytest.fixture(scope="module")
def grid(service, tmp_path_factory):
    """A layer of 25 x 10 squares of 80 m, 100 m apart."""
    squares = [shapely.box(X + 100 * (n % 25), Y + 100 * (n // 25), X + 100 * (n % 25) + 80, Y + 100 * (n // 25) + 80)
               for n in range(COUNT)]  # fmt: skip
    frame = gpd.GeoDataFrame({"id": [f"s{n:03}" for n in range(COUNT)], "n": range(COUNT)}, geometry=squares, crs=5186)
    path = tmp_path_factory.mktemp("layer") / "grid.parquet"
    frame.to_parquet(path)
    store.import_layer(service.city, "squares", path, title="격자", at=datetime(2026, 4, 30, tzinfo=UTC))
    return frame


def read(service, id, **options):
    return pyogrio.read_dataframe(f"OAPIF:{service.url}", layer=id, **options)


def test_gdal_finds_every_collection_that_is_public(service, grid):
    names = {name for name, _ in pyogrio.list_layers(f"OAPIF:{service.url}")}
    assert names == {each.id for each in store.collections(service.city)}


@pytest.mark.parametrize("page", [7, 100, 1000])
def test_gdal_reads_all_pages(service, grid, page):
    found = read(service, "squares", PAGE_SIZE=page)
    assert sorted(found["n"]) == list(range(COUNT))
    assert pyogrio.read_info(f"OAPIF:{service.url}", layer="ri", PAGE_SIZE=page)["features"] == 104


def test_gdal_reads_a_bbox_and_both_axis_orders(service, grid):
    """GDAL takes the CRS in which the data is stored, EPSG:5186, unless it is told another."""
    for crs, held in (("EPSG:5186", grid), ("OGC:CRS84", grid.to_crs(4326))):
        left, bottom, right, top = held.geometry.iloc[60].bounds
        margin = (right - left) / 3
        window = left - margin, bottom - margin, right + margin, top + margin
        expected = held[held.intersects(shapely.box(*window))]
        found = read(service, "squares", CRS=crs, bbox=window).sort_values("n")
        assert list(found["n"]) == list(expected["n"])
        assert len(found) >= 3
        distances = shapely.hausdorff_distance(found.geometry.to_numpy(), expected.geometry.to_numpy())
        assert distances.max() < (0.01 if crs == "EPSG:5186" else 1e-7)
    assert read(service, "squares").crs.to_epsg() == 5186


def test_gdal_hands_a_filter_to_the_server(service, grid):
    assert sorted(read(service, "squares", where="n >= 240 AND id LIKE 's%'")["n"]) == list(range(240, 250))


def test_gdal_reads_tiles_where_they_lie(service, grid, tmp_path):
    """All squares are on the tiles over them, each where it is but for one unit of its tile."""
    there = grid.to_crs(3857).set_index("n").geometry
    z = 13
    left, top, right, bottom = WEB_MERCATOR.tiles_over(tuple(there.total_bounds), z)
    seen = set()
    for row, col in itertools.product(range(top, bottom + 1), range(left, right + 1)):
        answer = httpx2.get(f"{service.url}collections/squares/tiles/WebMercatorQuad/{z}/{row}/{col}")
        path = tmp_path / f"{row}_{col}.pbf"
        path.write_bytes(answer.content)
        if answer.status_code == 204:
            continue
        found = pyogrio.read_dataframe(path, layer="squares", X=col, Y=row, Z=z, CLIP="NO").set_index("n").geometry
        seen |= set(found.index)
        box = shapely.box(*WEB_MERCATOR.tile(z, col, row).bounds)
        inside = [n for n in found.index if box.contains(there[n])]
        distances = shapely.hausdorff_distance(found[inside].to_numpy(), there[inside].to_numpy())
        assert distances.max(initial=0) < WEB_MERCATOR.span(z) / 4096
    assert seen == set(range(COUNT))


def test_owslib_reads_collections_schema_and_items(service, grid):
    api = Features(service.url, headers={"Accept": "application/json"})  # of anything else, / is the viewer
    assert set(api.feature_collections()) == {each.id for each in store.collections(service.city)}
    found = api.collection_items("ri", limit=1000)
    assert found["numberMatched"] == len(found["features"]) == len(boundaries.ri())
    assert api.collection_queryables("squares")["properties"]["n"]["type"] == "integer"
    one = api.collection_item("squares", "s007")
    assert one["properties"]["n"] == 7
    narrow = api.collection_items("squares", filter="n BETWEEN 10 AND 12")
    assert narrow["numberMatched"] == 3
