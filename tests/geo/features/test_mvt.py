import numpy as np
import pyogrio
import pytest
import shapely

from geo.features import mvt


def same(points):
    return points


def varints(data):
    found, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(value)
            value = shift = 0
    return found


def commands(shape):
    """The geometry of the one feature of a layer, as command integers."""
    tile = mvt.layer("t", np.array([shape], dtype=object), same, [1], {})
    start = tile.index(b"\x22", tile.index(b"\x18"))  # field 4 of the feature, after its type
    return varints(tile[start + 2 : start + 2 + tile[start + 1]])


@pytest.mark.parametrize(
    ("wkt", "expected"),
    [
        ("POINT (25 17)", [9, 50, 34]),
        ("MULTIPOINT (5 7, 3 2)", [17, 10, 14, 3, 9]),
        ("LINESTRING (2 2, 2 10, 10 10)", [9, 4, 4, 18, 0, 16, 16, 0]),
        ("MULTILINESTRING ((2 2, 2 10, 10 10), (1 1, 3 5))", [9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8]),
        ("POLYGON ((3 6, 8 12, 20 34, 3 6))", [9, 6, 12, 18, 10, 12, 24, 44, 15]),
    ],
)
def test_the_examples_of_the_specification(wkt, expected):
    """Mapbox Vector Tile 2.1, 4.3.5."""
    assert commands(shapely.from_wkt(wkt)) == expected


def test_rings_wind_as_the_specification_says_whatever_came_in():
    """4.3.5.6: exteriors have a positive area with y down, holes a negative one; an example's numbers."""
    two = shapely.from_wkt(
        "MULTIPOLYGON (((0 0, 0 10, 10 10, 10 0, 0 0)), ((11 11, 20 11, 20 20, 11 20, 11 11), "
        "(13 13, 17 13, 17 17, 13 17, 13 13)))"
    )
    found = commands(two)
    rings, x, y, place = [], 0, 0, 0
    while place < len(found):
        count = found[place] >> 3
        if found[place] & 7 == 7:
            place += 1
            continue
        if found[place] & 7 == 1:
            rings.append([])
        for step in range(count):
            dx, dy = found[place + 1 + 2 * step], found[place + 2 + 2 * step]
            x, y = x + (dx >> 1 ^ -(dx & 1)), y + (dy >> 1 ^ -(dy & 1))
            rings[-1].append((x, y))
        place += 1 + 2 * count
    areas = [shapely.LinearRing(ring).is_ccw for ring in rings]  # positive with y down is counter-clockwise with y up
    assert areas == [True, True, False]
    assert [shapely.Polygon(ring).area for ring in rings] == [100, 81, 16]


def test_gdal_reads_values_of_every_type_and_shape_back(tmp_path):
    shapes = [shapely.Point(5, 5), shapely.LineString([(0, 0), (9, 9)]), shapely.box(10, 10, 20, 20)]
    columns = {
        "words": ["가", "", None],
        "whole": [-7, 0, 9_000_000_000],
        "number": [1.5, None, -2.25],
        "flag": [True, False, True],
        "list": [("ko", "en"), ("ko",), None],
    }
    path = tmp_path / "t.pbf"
    path.write_bytes(mvt.layer("mixed", np.array(shapes, dtype=object), same, [3, 4, 5_000_000_000], columns))
    found = pyogrio.read_dataframe(f"MVT:{path}", layer="mixed")
    assert found["words"].tolist()[:2] == ["가", ""]
    assert found["words"].isna().tolist() == [False, False, True]
    assert found["whole"].tolist() == columns["whole"]
    assert found["number"].tolist()[::2] == [1.5, -2.25]
    assert found["flag"].astype(bool).tolist() == columns["flag"]
    assert found["list"].tolist()[:2] == ["ko, en", "ko"]
    assert found["mvt_id"].tolist() == [3, 4, 5_000_000_000]
    assert [shape.geom_type for shape in found.geometry] == ["Point", "LineString", "Polygon"]


def test_what_vanishes_in_whole_units_is_left_out():
    small = shapely.box(5.1, 5.1, 5.3, 5.3)
    holed = shapely.box(0, 0, 50, 50) - shapely.box(20, 20, 20.2, 20.2)
    tile = mvt.layer(
        "t", np.array([small, shapely.LineString([(1, 1), (1.2, 1.1)]), holed], dtype=object), same, [1, 2, 3], {}
    )
    assert commands(holed) == commands(shapely.Polygon(holed.exterior))
    assert tile.count(b"\x12") == mvt.layer("t", np.array([holed], dtype=object), same, [3], {}).count(b"\x12")
