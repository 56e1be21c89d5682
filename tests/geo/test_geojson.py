import json
import time

import geopandas as gpd
import pytest
import shapely

from geo import geojson
from geo.crs import CITY
from geo.errors import BadInput, Unreadable

HALL = shapely.Point(180605.205, 573373.103)  # 126.7799 E, 37.7599 N: reference/domain.md section 4


def test_points_leave_as_longitude_latitude():
    assert shapely.get_coordinates(geojson.lonlat(HALL))[0] == pytest.approx([126.7799, 37.7599], abs=2e-8)


def test_a_collection_is_rfc_7946():
    frame = gpd.GeoDataFrame({"pnu": ["a"], "area_m2": [float("nan")]}, geometry=[HALL.buffer(5)], crs=CITY)
    body = json.loads(geojson.collection(frame, "pnu", numberMatched=1))
    assert "crs" not in body
    assert body["numberReturned"] == 1
    assert body["features"][0]["id"] == "a"
    assert body["features"][0]["properties"]["area_m2"] is None
    assert body["features"][0]["geometry"]["type"] == "Polygon"


def square(lon=126.78, lat=37.76, side=0.001):
    ring = [[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_a_polygon_comes_in_and_goes_out_the_same():
    ground = geojson.polygon(square(), "geometry")
    assert ground.area == pytest.approx(88.09 * 110.99, rel=0.001)  # metres of 0.001 degrees at 37.76 N
    back = shapely.get_coordinates(geojson.lonlat(ground))
    assert back == pytest.approx(shapely.get_coordinates(shapely.from_geojson(json.dumps(square()))), abs=1e-8)


def nested(depth):
    value = [126.78, 37.76]
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        ({}, Unreadable),
        ({"type": "Point", "coordinates": [126.78, 37.76]}, Unreadable),
        ({"type": "Polygon", "coordinates": [[[126.78, 37.76], [126.79, 37.76]]]}, Unreadable),
        ({"type": "Polygon", "coordinates": nested(50_000)}, BadInput),
        ({"type": "Polygon", "coordinates": [[[126.78, 37.76]] * 10_001]}, BadInput),
        ({"type": "Polygon", "coordinates": [[[126.78, float("nan")]] * 4]}, BadInput),
        ({"type": "Polygon", "coordinates": [[[180605.2, 573373.1]] * 4]}, BadInput),
        ({"type": "Polygon", "coordinates": [[["126.78", "37.76"]] * 4]}, BadInput),
        ({"type": "Polygon", "coordinates": [[[126, 37], [127, 38], [127, 37], [126, 38], [126, 37]]]}, BadInput),
    ],
)
def test_hostile_polygons_are_refused_quickly(document, refusal):
    start = time.process_time()
    with pytest.raises(refusal):
        geojson.polygon(document, "geometry")
    assert time.process_time() - start < 0.2
