"""The index of sheets at 1:5,000, against published numbers and an index that was computed elsewhere."""

import json

import pytest
import shapely

from geo import boundaries, crs
from geo.orthophoto import sheet_index


def test_the_sheet_of_the_city_hall():
    """37604092 is the published number of the sheet round 126.7799 E, 37.7599 N."""
    hall = shapely.Point(crs.move(126.7799, 37.7599, crs.LONLAT, crs.CITY))
    assert [cell.number for cell in sheet_index.over(hall.buffer(1))] == ["37604092"]
    assert sheet_index.numbered("37604092").outline.contains(hall)


@pytest.mark.parametrize("number", ["37601001", "37616100", "37607028", "38616055"])
def test_numbers_and_cells_go_both_ways(number):
    middle = sheet_index.numbered(number).outline.centroid
    assert [cell.number for cell in sheet_index.over(middle.buffer(1))] == [number]


def test_corners_of_a_degree():
    x, y = crs.move(126.0, 38.0, crs.LONLAT, crs.CITY)
    assert sheet_index.numbered("37601001").outline.distance(shapely.Point(x, y)) < 1e-6
    x, y = crs.move(127.0, 37.0, crs.LONLAT, crs.CITY)
    assert sheet_index.numbered("37616100").outline.distance(shapely.Point(x, y)) < 1e-6


def test_numbers_that_are_none():
    assert sheet_index.numbered("37617001") is None
    assert sheet_index.numbered("37604101") is None
    assert sheet_index.number_in("(B060)정사영상_2024_37604092.tif") == "37604092"
    assert sheet_index.number_in("20240514.tif") is None
    assert sheet_index.number_in("376040921.tif") is None
    assert sheet_index.over(shapely.Polygon()) == ()


def test_the_cells_of_the_city_are_those_of_another_computation(shared):
    path = shared / "data" / "paju" / "paju_sheets_5k_computed.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    mine = {cell.number: cell.outline for cell in sheet_index.over(boundaries.city())}
    assert set(mine) == {feature["properties"]["sheet"] for feature in features}
    for feature in features[::10]:
        lon, lat = shapely.geometry.shape(feature["geometry"]).centroid.coords[0]
        assert mine[feature["properties"]["sheet"]].contains(shapely.Point(crs.move(lon, lat, crs.LONLAT, crs.CITY)))
