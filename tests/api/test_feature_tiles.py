import pyogrio
import pytest
import shapely
from sqlalchemy import insert
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from geo.change.store.records import CHANGES
from geo.database import note, open_city, write
from geo.features import store
from geo.grid import KOREA_CENTRAL, WEB_MERCATOR


def place(town, tms, z, id="parcels"):
    """Row and column of the tile over the middle of a collection."""
    from geo.crs import CITY, move

    one = store.collection(town, id)
    left, bottom, right, top = store.reach(town, one, store.version(town, one))
    x, y = (left + right) / 2, (bottom + top) / 2
    if tms.crs != CITY:
        x, y = move(x, y, CITY, tms.crs)
    col, row, _, _ = tms.tiles_over((x, y, x + 0.01, y + 0.01), z)
    return row, col


@pytest.mark.parametrize("tms", [KOREA_CENTRAL, WEB_MERCATOR], ids=lambda tms: tms.id)
@pytest.mark.parametrize("id", ["parcels", "designated_roads", "disaster_zones", "emd", "ri", "permits"])
def test_gdal_reads_the_tiles_of_every_collection(client, town, tmp_path, tms, id):
    z = 9 if tms is KOREA_CENTRAL else 14
    row, col = place(town, tms, z, id)
    answer = client.get(f"/collections/{id}/tiles/{tms.id}/{z}/{row}/{col}")
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    (tmp_path / "t.pbf").write_bytes(answer.content)
    found = pyogrio.read_dataframe(f"MVT:{tmp_path / 't.pbf'}", layer=id)
    assert len(found) > 0
    shown = {each.name for each in store.collection(town, id).properties}
    assert set(found.columns) <= shown | {"mvt_id", "geometry"}


def test_changes_are_a_collection_with_tiles(tmp_path):
    """Rows of a run, told apart by their number among all runs, and tiled like everything else."""
    city = open_city(tmp_path / "data", create=True)
    note(city, "synthetic", "true")
    shape = shapely.MultiPolygon([shapely.box(190_000, 580_000, 190_050, 580_030)])
    row = {"run": "a", "n": 1, "change_id": "c1", "class": "building_gained", "score": 0.9, "area_m2": 1500.0,
           "before": "2024-05-14", "after": "2025-09-28", "synthetic": True, "aligned": True,
           "geom": shape}  # fmt: skip
    with write(city, CHANGES) as connection:
        connection.execute(insert(CHANGES), [row, {**row, "run": "b"}])
    client = TestClient(create_app(Settings(data=city.folder)))
    body = client.get("/collections/changes/items?run=b").json()
    assert (body["numberMatched"], body["features"][0]["id"], body["features"][0]["properties"]["n"]) == (1, 2, 1)
    assert client.get("/collections/changes/items/2").json()["properties"]["run"] == "b"
    assert client.get("/collections/changes/items?datetime=2025-09-28").json()["numberMatched"] == 2
    assert client.get("/collections/changes/items?datetime=2025-09-29/..").json()["numberMatched"] == 0
    row, col = place(city, KOREA_CENTRAL, 9, "changes")
    assert b"building_gained" in client.get(f"/collections/changes/tiles/{KOREA_CENTRAL.id}/9/{row}/{col}").content


def test_a_tile_is_known_by_its_etag(client, town):
    row, col = place(town, WEB_MERCATOR, 14)
    url = f"/collections/parcels/tiles/WebMercatorQuad/14/{row}/{col}"
    first = client.get(url)
    assert client.get(url, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert client.get(f"/collections/parcels/tiles/WebMercatorQuad/14/{row - 9}/{col}").status_code == 204


def test_reviewers_collections_are_closed_in_tiles_too(outside):
    for id in ("permits", "changes"):
        for path in ("tiles/WebMercatorQuad/0/0/0", "tiles", "tiles/WebMercatorQuad/tilejson.json", "style"):
            assert outside.get(f"/collections/{id}/{path}").status_code == 401
    assert outside.get("/collections/parcels/tiles/WebMercatorQuad/0/0/0").status_code == 204  # nothing so small


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("parcels/tiles/Mars/0/0/0", 404, "tms"),
        ("parcels/tiles/WebMercatorQuad/25/0/0", 404, "z"),
        ("parcels/tiles/WebMercatorQuad/1/2/0", 404, "row"),
        ("parcels/tiles/WebMercatorQuad/1/0/2", 404, "col"),
        ("parcels/tiles/WebMercatorQuad/x/0/0", 400, "z"),
        ("parcels/tiles/WebMercatorQuad/1/-1/0", 400, "row"),
        ("parcels/tiles/WebMercatorQuad/1/0/1e20", 400, "col"),
        ("nothing/tiles/WebMercatorQuad/0/0/0", 404, "collectionId"),
    ],
)
def test_a_bad_tile_is_refused_by_name(client, path, status, parameter):
    answer = client.get(f"/collections/{path}")
    assert (answer.status_code, answer.json()["parameter"]) == (status, parameter)
    assert answer.headers["content-type"] == "application/problem+json"
