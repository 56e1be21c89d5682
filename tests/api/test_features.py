import pytest

from geo import boundaries


def test_every_district_and_ri_of_the_city_is_served(client):
    for collection, count in (("emd", 35), ("ri", 104)):
        body = client.get(f"/collections/{collection}/items?limit=1000").json()
        assert body["numberMatched"] == body["numberReturned"] == len(body["features"]) == count
    names = {f["properties"]["name"] for f in client.get("/collections/emd/items?limit=100").json()["features"]}
    assert {"금촌동", "문산읍", "파평면", "진서면"} <= names


def test_pages_follow_each_other_without_gap_or_repeat(client):
    seen, url = [], "/collections/ri/items?limit=30"
    while url:
        body = client.get(url).json()
        seen += [feature["id"] for feature in body["features"]]
        url = next((link["href"] for link in body["links"] if link["rel"] == "next"), None)
    assert sorted(seen) == sorted(boundaries.ri()["code"])


def test_bbox_is_longitude_latitude(client):
    hall = "126.779,37.759,126.781,37.761"  # near the city hall, in 아동동 or 금촌동
    found = client.get(f"/collections/emd/items?bbox={hall}&limit=10").json()
    assert 1 <= found["numberMatched"] <= 3
    assert client.get("/collections/emd/items?bbox=0,0,1,1").json()["numberMatched"] == 0
    assert client.get("/collections/emd/items?bbox=-180,-90,180,90").json()["numberMatched"] == 35


def test_items_say_that_they_are_synthetic(client):
    body = client.get("/collections/parcels/items?limit=5").json()
    assert body["numberReturned"] == 5
    assert all(feature["properties"]["synthetic"] is True for feature in body["features"])
    assert body["numberMatched"] > 3500


@pytest.mark.parametrize("id", ["parcels", "designated_roads", "disaster_zones", "disaster_works", "permits"])
def test_one_item_is_the_item_of_the_list(client, id):
    first = client.get(f"/collections/{id}/items?limit=1").json()["features"][0]
    one = client.get(f"/collections/{id}/items/{first['id']}").json()
    assert {link["rel"] for link in one.pop("links")} == {"self", "alternate", "collection"}
    assert one == first


def test_the_landing_page_speaks_to_programs(client):
    for answer in (client.get("/?f=json"), client.get("/", headers={"Accept": "application/json"})):
        rels = {link["rel"] for link in answer.json()["links"]}
        assert {"self", "service-desc", "conformance", "data"} <= rels
    page = client.get("/", headers={"Accept": "text/html,*/*"})
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
