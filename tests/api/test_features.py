import html

import pytest
import shapely
from pyproj import Transformer
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from geo import boundaries
from geo.database import note, open_city
from geo.features import store
from geo.features.wanted import Wanted

OGC = "http://www.opengis.net/def/crs/"
CITY = f"{OGC}EPSG/0/5186"
GEOJSON = "application/geo+json"


def items(client, id, **asked):
    answer = client.get(f"/collections/{id}/items", params={name.replace("_", "-"): v for name, v in asked.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_district_and_ri_of_the_city_is_served(client):
    for collection, count in (("emd", 35), ("ri", 104)):
        body = items(client, collection, limit=1000)
        assert body["numberMatched"] == body["numberReturned"] == len(body["features"]) == count
    names = {f["properties"]["name"] for f in items(client, "emd", limit=100)["features"]}
    assert {"금촌동", "문산읍", "파평면", "진서면"} <= names


def test_pages_follow_each_other_without_gap_or_repeat(client):
    seen, url = [], "/collections/ri/items?limit=30"
    while url:
        body = client.get(url).json()
        seen += [feature["id"] for feature in body["features"]]
        url = next((link["href"] for link in body["links"] if link["rel"] == "next"), None)
    assert sorted(seen) == sorted(boundaries.ri()["code"])


def test_a_bbox_is_exact_and_follows_its_crs(client):
    hall = shapely.box(126.779, 37.759, 126.781, 37.761)
    lonlat = boundaries.emd().to_crs(4326)
    expected = set(lonlat.loc[lonlat.intersects(hall), "name"])
    found = items(client, "emd", bbox="126.779,37.759,126.781,37.761")
    assert {feature["properties"]["name"] for feature in found["features"]} == expected
    swapped = items(client, "emd", bbox="37.759,126.779,37.761,126.781", bbox_crs=f"{OGC}EPSG/0/4326")
    assert swapped["numberMatched"] == len(expected)
    assert items(client, "emd", bbox="0,0,1,1")["numberMatched"] == 0
    assert items(client, "emd", bbox="-180,-90,180,90")["numberMatched"] == 35
    assert items(client, "emd", bbox="126.779,37.759,0,126.781,37.761,9")["numberMatched"] == len(expected)


def test_epsg_5186_is_northing_first(client):
    """A known corner, in both axis orders, against pyproj's own reading of the authority."""
    lonlat = items(client, "parcels", limit=1)["features"][0]
    city = items(client, "parcels", limit=1, crs=CITY)["features"][0]
    lon, lat = shapely.get_coordinates(shapely.geometry.shape(lonlat["geometry"]))[0]
    first, second = shapely.get_coordinates(shapely.geometry.shape(city["geometry"]))[0]
    north, east = Transformer.from_crs(4326, 5186).transform(lat, lon)
    assert (first, second) == pytest.approx((north, east), abs=0.002)
    assert 560_000 < first < 605_000
    assert 165_000 < second < 205_000
    box = f"{first - 1},{second - 1},{first + 1},{second + 1}"
    assert city["id"] in {f["id"] for f in items(client, "parcels", bbox=box, bbox_crs=CITY)["features"]}
    swapped = f"{second - 1},{first - 1},{second + 1},{first + 1}"
    assert items(client, "parcels", bbox=swapped, bbox_crs=CITY)["numberMatched"] == 0


@pytest.mark.parametrize("epsg", [5186, 5179, 4326, 3857])
def test_the_header_names_the_crs_of_the_answer(client, epsg):
    uri = f"{OGC}EPSG/0/{epsg}"
    answer = client.get("/collections/ri/items", params={"limit": 1, "crs": uri})
    assert answer.headers["content-crs"] == f"<{uri}>"
    first = answer.json()["features"][0]
    lonlat = items(client, "ri", limit=1)["features"][0]
    lon, lat = shapely.get_coordinates(shapely.geometry.shape(lonlat["geometry"]))[0]
    expected = Transformer.from_crs(4326, epsg).transform(lat, lon)
    found = shapely.get_coordinates(shapely.geometry.shape(first["geometry"]))[0]
    assert found == pytest.approx(expected, abs=0.002 if epsg != 4326 else 1e-7)


def test_a_collection_says_how_it_can_be_asked(client):
    for one in client.get("/collections").json()["collections"]:
        assert client.get(f"/collections/{one['id']}").json() == one
        assert one["storageCrs"] == CITY
        assert {f"{OGC}OGC/1.3/CRS84", CITY} <= set(one["crs"])
        for link in one["links"]:
            assert client.get(link["href"]).status_code in (200, 400), link
        schema = client.get(f"/collections/{one['id']}/schema").json()
        queryables = client.get(f"/collections/{one['id']}/queryables").json()
        assert queryables["properties"].keys() == schema["properties"].keys()
        assert schema["properties"]["geometry"]["x-ogc-role"] == "primary-geometry"


def test_features_are_what_the_schema_says(client):
    from jsonschema import Draft202012Validator

    for id in ("parcels", "designated_roads", "permits", "changes", "disaster_zones", "emd", "ri"):
        schema = client.get(f"/collections/{id}/schema").json()
        for property in schema["properties"].values():  # a value may be missing, which JSON Schema calls another type
            if "type" in property:
                property["type"] = [property["type"], "null"]
        check = Draft202012Validator(schema)
        for feature in items(client, id, limit=50)["features"]:
            assert feature["properties"].keys() == schema["properties"].keys() - {"geometry"}
            check.validate(feature["properties"])


def test_filters_in_both_languages_and_as_parameters(client, town):
    text = items(client, "parcels", filter="jimok = '대' AND area_m2 > 300")["numberMatched"]
    parts = '{"op":"=","args":[{"property":"jimok"},"대"]},{"op":">","args":[{"property":"area_m2"},300]}'
    json = '{"op":"and","args":[' + parts + "]}"
    assert items(client, "parcels", filter=json, filter_lang="cql2-json")["numberMatched"] == text > 0
    rows = store.everything(town, store.collection(town, "parcels"), Wanted(), most=10_000)
    place = [each.name for each in rows.collection.properties].index("jimok")
    expected = list(rows.columns[place]).count("대")
    assert items(client, "parcels", jimok="대")["numberMatched"] == expected
    assert items(client, "parcels", synthetic="true", jimok="대")["numberMatched"] == expected


def test_a_filter_takes_geometries_in_its_own_crs(client):
    point = items(client, "parcels", limit=1, crs=CITY)["features"][0]
    inside = shapely.point_on_surface(shapely.geometry.shape(point["geometry"]))
    words = f"s_intersects(geometry, POINT({inside.x} {inside.y}))"
    found = items(client, "parcels", filter=words, filter_crs=CITY)
    assert [feature["id"] for feature in found["features"]] == [point["id"]]


def test_datetime_keeps_what_was_in_force(client):
    every = items(client, "designated_roads", limit=1000)["features"]
    dates = [(f["properties"]["valid_from"], f["properties"]["valid_to"] or "9999") for f in every]
    day = items(client, "designated_roads", datetime="2019-06-01", limit=1)["numberMatched"]
    assert day == sum(start <= "2019-06-01" < end for start, end in dates)
    until = items(client, "designated_roads", datetime="../2010-01-01", limit=1)["numberMatched"]
    assert until == sum(start <= "2010-01-01" for start, _ in dates)
    since = items(client, "designated_roads", datetime="2030-01-01T00:00:00Z/..", limit=1)["numberMatched"]
    assert since == sum(end > "2030-01-01" for _, end in dates)
    assert items(client, "parcels", datetime="1999-01-01", limit=1)["numberMatched"] > 3500  # of no time


def test_items_say_that_they_are_synthetic(client):
    body = items(client, "parcels", limit=5)
    assert body["numberReturned"] == 5
    assert all(feature["properties"]["synthetic"] is True for feature in body["features"])
    assert body["numberMatched"] > 3500


@pytest.mark.parametrize("id", ["parcels", "designated_roads", "disaster_zones", "disaster_works", "permits"])
def test_one_item_is_the_item_of_the_list(client, id):
    first = items(client, id, limit=1)["features"][0]
    one = client.get(f"/collections/{id}/items/{first['id']}").json()
    assert {link["rel"] for link in one.pop("links")} == {"self", "alternate", "collection"}
    assert one == first


@pytest.mark.parametrize(
    ("form", "type", "starts"),
    [
        ("csv", "text/csv", b"\xef\xbb\xbfcode,name"),
        ("gpkg", "application/geopackage+sqlite3", b"SQLite format 3\x00"),
        ("parquet", "application/vnd.apache.parquet", b"PAR1"),
        ("fgb", "application/flatgeobuf", b"fgb\x03"),
    ],
)
def test_files_come_by_word_and_by_accept(client, form, type, starts):
    for answer in (
        client.get(f"/collections/emd/items?f={form}"),
        client.get("/collections/emd/items", headers={"Accept": f"{type};q=0.9, */*;q=0.1"}),
    ):
        assert answer.headers["content-type"].partition(";")[0] == type
        assert f'filename="emd.{form}"' in answer.headers["content-disposition"]
        assert answer.content.startswith(starts)


REFUSED = [
    ("bbox=1,2,3", "bbox"),
    ("bbox=1,2,3,x", "bbox"),
    ("bbox=3,2,1,4", "bbox"),
    ("bbox=0,0,999,1", "bbox"),
    ("bbox=nan,0,1,1", "bbox"),
    ("bbox=null", "bbox"),
    ("bbox=1,2,3,4' OR 1=1--", "bbox"),
    ("bbox=0,0,1,1&bbox-crs=EPSG:5186", "bbox-crs"),
    ("crs=http://www.opengis.net/def/crs/EPSG/0/4978", "crs"),
    ("datetime=yesterday", "datetime"),
    ("datetime=2020-02-30", "datetime"),
    ("datetime=2021-01-01/2020-01-01", "datetime"),
    ("datetime=2020-01-01T00:00:00", "datetime"),
    ("datetime=", "datetime"),
    ("limit=0", "limit"),
    ("limit=-1", "limit"),
    ("limit=ten", "limit"),
    ("limit=1&limit=2", "limit"),
    ("filter=nope%20%3D%201", "filter"),
    ("filter=a&filter-lang=sql", "filter-lang"),
    ("filter=true&filter-crs=EPSG", "filter-crs"),
    ("f=xml", "f"),
    ("area_m2=big", "area_m2"),
    ("synthetic=maybe", "synthetic"),
    ("unknown=1", "unknown"),
    ("geom=1", "geom"),
]


@pytest.mark.parametrize(("query", "parameter"), REFUSED)
def test_a_bad_parameter_is_refused_by_name(client, query, parameter):
    answer = client.get(f"/collections/parcels/items?{query}")
    assert (answer.status_code, answer.json().get("parameter")) == (400, parameter)
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_not_there_is_refused_by_name(client):
    for path, parameter in (
        ("nothing", "collectionId"),
        ("nothing/items", "collectionId"),
        ("nothing/schema", "collectionId"),
        ("parcels/items/123", "featureId"),
        ("parcels/items/%00", "featureId"),
        ("..%2f..%2fcity/items", None),
    ):
        answer = client.get(f"/collections/{path}")
        assert (answer.status_code, answer.json().get("parameter")) == (404, parameter), path
    assert client.get("/collections/changes/items/x").status_code == 400


def test_a_large_limit_means_the_most_there_is(client):
    assert items(client, "parcels", limit=999_999)["numberReturned"] == items(client, "parcels")["numberMatched"]


@pytest.mark.parametrize("path", ["", "/parcels", "/parcels/items", "/parcels/items/{id}"])
def test_pages_for_people_are_korean_and_ask_nothing_from_outside(client, path):
    id = items(client, "parcels", limit=1)["features"][0]["id"]
    for answer in (
        client.get(f"/collections{path.format(id=id)}?f=html"),
        client.get(f"/collections{path.format(id=id)}", headers={"Accept": "text/html,application/xhtml+xml"}),
    ):
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert '<html lang="ko">' in answer.text
        assert "필지" in answer.text
        assert "<script" not in answer.text
        assert [
            u for u in answer.text.split('"') if u.startswith("http") and not u.startswith("http://testserver/")
        ] == []


HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>`${alert(3)}`\"'"


def test_no_string_of_the_data_breaks_a_page(tmp_path, at):
    import geopandas as gpd

    city = open_city(tmp_path / "data", create=True)
    note(city, "synthetic", "true")
    frame = gpd.GeoDataFrame({"id": ["a/b?<i>"], "<img src=x>": [HOSTILE], "list": [[HOSTILE, "http://testserver/"]]},
                             geometry=[shapely.Point(190_000, 580_000)], crs="EPSG:5186")  # fmt: skip
    frame.to_parquet(tmp_path / "x.parquet")
    store.import_layer(city, "hostile", tmp_path / "x.parquet", title=HOSTILE, at=at)
    client = TestClient(create_app(Settings(data=city.folder)))
    for path in ("", "/hostile", "/hostile/items", "/hostile/items/a%2Fb%3F%3Ci%3E"):
        text = client.get(f"/collections{path}?f=html").text
        assert 'href="http://testserver/"' not in text.replace(
            'href="http://testserver/">지도', ""
        )  # data makes no link
        for piece in ("<img", "<script", "</script><", "<i>"):
            assert piece not in text
        assert html.escape(HOSTILE, quote=False)[:20] in text
    assert client.get("/collections/hostile/items").headers["x-content-type-options"] == "nosniff"


def test_the_landing_page_speaks_to_programs(client):
    for answer in (client.get("/?f=json"), client.get("/", headers={"Accept": "application/json"})):
        rels = {link["rel"] for link in answer.json()["links"]}
        assert {"self", "service-desc", "service-doc", "conformance", "data"} <= rels
    page = client.get("/", headers={"Accept": "text/html,*/*"})
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    classes = client.get("/conformance").json()["conformsTo"]
    assert {"http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
            "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
            "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt"} <= set(classes)  # fmt: skip
