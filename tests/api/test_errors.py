import pytest


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("/nothing", 404, None),
        ("/surveys/1999", 404, None),
        ("/collections/nothing", 404, "collectionId"),
        ("/collections/nothing/items", 404, "collectionId"),
        ("/collections/parcels/items/none", 404, "featureId"),
        ("/collections/parcels/items?bbox=1,2,3", 400, "bbox"),
        ("/collections/parcels/items?bbox=1,2,3,NaN", 400, "bbox"),
        ("/collections/parcels/items?bbox=null", 400, "bbox"),
        ("/collections/parcels/items?bbox=1,2,3,4' OR 1=1--", 400, "bbox"),
        ("/collections/parcels/items?bbox=10,10,5,20", 400, "bbox"),
        ("/collections/parcels/items?limit=0", 400, "limit"),
        ("/collections/parcels/items?limit=many", 400, "limit"),
        ("/permit-review", 422, "pnu"),
        ("/permit-review?pnu=414803602410100001", 422, "pnu"),
        ("/permit-review?pnu=4148036024109990001", 404, "pnu"),
        ("/permit-review?pnu=4148036024109990001&as_of=tomorrow", 400, "as_of"),
        ("/permit-review?pnu=4148036024109990001&gfa_m2=NaN", 400, "gfa_m2"),
        ("/permit-review?x=nan&y=0", 422, None),
        ("/permit-review?x=0&y=0", 404, None),
        ("/tiles/1999/WebMercatorQuad/1/0/0", 404, "survey"),
        ("/tiles/2024/GoogleMaps/1/0/0", 404, "tms"),
        ("/tiles/2024/WebMercatorQuad/x/0/0", 400, "z"),
        ("/tiles/2024/WebMercatorQuad/99/0/0", 404, "z"),
        ("/tiles/2024/WebMercatorQuad/1/2/0", 404, "x"),
        ("/tiles/2024/WebMercatorQuad/1/0/2", 404, "y"),
        ("/tiles/2024/WebMercatorQuad/1/0/100000000000000000000", 404, "y"),
        ("/tiles/1999/WebMercatorQuad/tilejson.json", 404, "survey"),
        ("/tiles/2024/GoogleMaps/tilejson.json", 404, "tms"),
        ("/tileMatrixSets/nothing", 404, "tms"),
        ("/surveys/2024/image?bbox=1,2,3", 400, "bbox"),
        ("/surveys/2024/image?bbox=180000,573000,180100,573100&width=abc", 400, "width"),
        ("/stac/collections/none/items", 404, "collection"),
        ("/stac/search?bbox=1,2,3", 400, "bbox"),
        ("/stac/search?datetime=yesterday", 400, "datetime"),
        ("/stac/search?limit=0", 400, "limit"),
        ("/collections/none", 404, "collectionId"),
        ("/collections/none/items", 404, "collectionId"),
        ("/collections/none/queryables", 404, "collectionId"),
        ("/collections/none/tiles/WebMercatorQuad/1/0/0", 404, "collectionId"),
        ("/collections/parcels/items?bbox=1,2", 400, "bbox"),
        ("/collections/parcels/items?bbox=1,1,2,2&bbox-crs=EPSG:9", 400, "bbox-crs"),
        ("/collections/parcels/items?crs=EPSG:9", 400, "crs"),
        ("/collections/parcels/items/none?crs=EPSG:9", 400, "crs"),
        ("/collections/designated_roads/items?datetime=x", 400, "datetime"),
        ("/collections/parcels/items?limit=abc", 400, "limit"),
        ("/collections/parcels/tiles/Nope", 404, "tms"),
        ("/collections/parcels/tiles/Nope/tilejson.json", 404, "tms"),
        ("/collections/parcels/tiles/WebMercatorQuad/x/0/0", 400, "z"),
        ("/collections/parcels/tiles/WebMercatorQuad/1/2/0", 404, "row"),
        ("/collections/parcels/tiles/WebMercatorQuad/1/0/2", 404, "col"),
        ("/disaster-zones/nothing", 404, "id"),
        ("/disaster-zones/yulgok/status?as_of=2026-13-01", 400, "as_of"),
        ("/change-runs/nothing/changes", 404, "run"),
        ("/change-runs/2024-2025/changes?class=castle", 422, "class"),
        ("/change-runs/2024-2025/changes?bbox=1,2", 400, "bbox"),
        ("/change-runs/2024-2025/changes?min_score=2", 400, "min_score"),
        ("/maps/nothing", 404, "name"),
        ("/maps/changes?run=nothing", 404, "run"),
        ("/maps/disaster-zone?zone=nothing", 404, "zone"),
        ("/maps/orthophoto?zone=yulgok", 400, "zone"),
        ("/maps/..%2f..%2fetc", 404, None),
    ],
)
def test_what_is_wrong_is_named(client, path, status, parameter):
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    if parameter:
        assert body["parameter"] == parameter


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/designated-roads/none", {"GET", "PATCH"}),
        ("DELETE", "/permit-review", {"GET", "POST"}),
        ("PUT", "/surveys", {"GET"}),
        ("PUT", "/openapi.json", {"GET", "HEAD"}),
    ],
)
def test_a_method_that_is_not_allowed_names_those_that_are(client, method, path, allowed):
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == allowed


def test_a_fault_inside_tells_nothing(client, monkeypatch):
    from geo.disaster import store

    def broken(*_):
        raise RuntimeError("secret place /etc/paju")

    monkeypatch.setattr(store, "zone_record", broken)
    answer = client.get("/disaster-zones/yulgok")
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_deeply_nested_json_is_refused(client):
    answer = client.post("/permit-review", content=b"[" * 100_000, headers={"content-type": "application/json"})
    assert answer.status_code == 400
