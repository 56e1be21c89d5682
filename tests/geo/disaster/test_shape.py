"""GeoJSON geometries that must not become shapes."""

import pytest

from geo.disaster.shape import read
from geo.errors import BadFile

X, Y = 194_000.0, 592_000.0
SQUARE = [[X, Y], [X + 10, Y], [X + 10, Y + 10], [X, Y + 10], [X, Y]]
POLYGONS = ("Polygon", "MultiPolygon")


def test_a_square():
    assert read("row", {"type": "Polygon", "coordinates": [SQUARE]}, POLYGONS).area == 100


@pytest.mark.parametrize(
    ("kind", "coordinates", "says"),
    [
        ("Polygon", [SQUARE[:-1]], "open ring: it begins at .194000.0, 592000.0."),
        ("MultiPolygon", [[SQUARE], [SQUARE[:-1]]], "open ring"),
        ("Polygon", [SQUARE, SQUARE[:-1]], "open ring"),
        ("Polygon", [SQUARE[:3]], "3 positions where a Polygon needs 4"),
        ("Polygon", [[SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]], "broken: Self-intersection"),
        ("Polygon", [], "geometry is empty"),
        ("Polygon", None, "no list of coordinates"),
        ("Polygon", SQUARE, "no list of coordinates|not two finite numbers"),
        ("Polygon", [[[X, Y, 1.0]] * 5], "not two finite numbers"),
        ("Polygon", [[[X, float("inf")]] * 5], "not two finite numbers"),
        ("Polygon", [[[X, float("nan")]] * 5], "not two finite numbers"),
        ("Polygon", [[[X, "592000"]] * 5], "not two finite numbers"),
        ("Polygon", [[[X, True]] * 5], "not two finite numbers"),
        ("Polygon", [[[10**400, Y]] * 5], "not two finite numbers"),
        ("Polygon", [[[126.8, 37.9], [126.9, 37.9], [126.9, 38.0], [126.8, 37.9]]], "outside the city"),
        ("Point", [X, Y], "expected Polygon or MultiPolygon"),
        (None, [X, Y], "expected Polygon"),
        ({}, [X, Y], "expected Polygon"),
    ],
)
def test_a_geometry_that_is_refused(kind, coordinates, says):
    with pytest.raises(BadFile, match=says):
        read("row", {"type": kind, "coordinates": coordinates}, POLYGONS)


@pytest.mark.parametrize("value", [5, "POLYGON ((0 0))", [], {"type": "Feature"}])
def test_what_is_no_geometry_is_refused(value):
    with pytest.raises(BadFile, match="geometry is"):
        read("row", value, POLYGONS)


def test_a_line_of_one_point_is_refused():
    with pytest.raises(BadFile, match="needs 2"):
        read("row", {"type": "LineString", "coordinates": [[X, Y]]}, ("LineString",))


def test_very_deep_coordinates_are_refused():
    deep = [X, Y]
    for _ in range(500):
        deep = [deep]
    with pytest.raises(BadFile):
        read("row", {"type": "Polygon", "coordinates": deep}, POLYGONS)


def test_a_geometry_with_a_crs_of_its_own_is_refused():
    with pytest.raises(BadFile, match="crs of its own"):
        read("row", {"type": "Point", "coordinates": [X, Y], "crs": "EPSG:4326"}, ("Point",))
