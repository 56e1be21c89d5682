import pyogrio
import pytest

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
@pytest.mark.parametrize("id", ["parcels", "designated_roads", "disaster_zones", "emd", "ri", "permits", "changes"])
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
