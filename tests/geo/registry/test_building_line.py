"""Building lines as geometry: lines, strips and corner triangles known by hand."""

import math

import pytest
import shapely
from shapely.geometry import Polygon, box

from geo.registry import building_line, frontage

LOT = box(0, 0, 20, 30)
SOUTH = box(-10, -4, 40, 0)
EAST = box(20, -4, 24, 60)


def lines(site, road):
    return frontage.contact(site, road).lines


def test_the_line_falls_back_into_the_site():
    line = building_line.setback_line(lines(LOT, SOUTH), LOT, 0.5)
    assert line.equals_exact(shapely.LineString([(0, 0.5), (20, 0.5)]), 1e-6)
    assert building_line.setback_line(lines(LOT, SOUTH), LOT, 0.0) is None
    around = building_line.setback_line(lines(LOT, SOUTH.union(EAST)), LOT, 1.0)
    assert around.length == pytest.approx(19 + 29)


def test_the_strip_is_setback_times_frontage():
    assert building_line.strip(lines(LOT, SOUTH), LOT, 1.6).area == pytest.approx(20 * 1.6)
    assert building_line.strip(lines(LOT, SOUTH.union(EAST)), LOT, 0.5).area == pytest.approx(25 - 0.25)
    assert building_line.strip(lines(LOT, SOUTH), LOT, 0.0).is_empty
    assert building_line.strip((), LOT, 1.0).is_empty


def two_roads(angle_deg, site_m=20.0):
    """A site whose corner at 0, 0 has the given angle between two roads 4 m wide."""
    angle = math.radians(angle_deg)
    tip = (site_m * math.cos(angle), site_m * math.sin(angle))
    site = Polygon([(0, 0), (site_m, 0), (site_m + tip[0], tip[1]), tip])
    across = (-4 * math.sin(angle), 4 * math.cos(angle))
    second = Polygon([(0, 0), tip, (tip[0] + across[0], tip[1] + across[1]), across])
    return site, box(-9, -4, 30, 0), second


@pytest.mark.parametrize("angle", [45, 80, 89, 90, 91, 100, 119])
def test_a_corner_by_its_angle(angle):
    site, south, second = two_roads(angle)
    found = building_line.corners([("a", lines(site, south)), ("b", lines(site, second))], accuracy_m=0.05)
    assert len(found) == 1
    assert found[0].angle_deg == pytest.approx(angle, abs=0.01)
    assert set(found[0].roads) == {"a", "b"}
    assert found[0].at.distance(shapely.Point(0, 0)) < 1e-6
    triangle = building_line.cut(found[0], 3, site)
    assert triangle.area == pytest.approx(4.5 * math.sin(math.radians(angle)), abs=1e-6)


def test_the_error_of_the_angle():
    site, south, second = two_roads(89)
    corner = building_line.corners([("a", lines(site, south)), ("b", lines(site, second))], accuracy_m=0.5)[0]
    assert corner.error_deg == pytest.approx(math.degrees(math.atan(0.5 / 20)), abs=0.01)
    site, south, second = two_roads(90)
    corner = building_line.corners([("a", lines(site, south)), ("b", lines(site, second))], accuracy_m=0.5)[0]
    assert (corner.angle_deg, corner.error_deg) == (90.0, 0.0)  # drawn square, planned square


@pytest.mark.parametrize("angle", [121, 150, 180, 240])
def test_no_corner_from_120_degrees(angle):
    site, south, second = two_roads(angle) if angle < 180 else (LOT, SOUTH, box(30, 40, 50, 60))
    contacts = [("a", lines(site, south)), ("b", lines(site, second))]
    assert building_line.corners(contacts, accuracy_m=0.05) == ()


def test_one_road_that_bends_is_a_corner_and_a_curve_is_none():
    found = building_line.corners([("a", lines(LOT, SOUTH.union(EAST)))], accuracy_m=0.05)
    assert [corner.roads for corner in found] == [("a", "a")]
    circle = shapely.Point(0, 0).buffer(10, quad_segs=24)
    ring = shapely.Point(0, 0).buffer(14, quad_segs=24).difference(circle)
    assert building_line.corners([("a", lines(circle, ring))], accuracy_m=0.05) == ()


def test_a_corner_already_cut():
    site = Polygon([(0, 0), (18, 0), (20, 2), (20, 30), (0, 30)])
    road = SOUTH.union(EAST).union(Polygon([(18, 0), (20, 0), (20, 2)]))
    (corner,) = building_line.corners([("a", lines(site, road))], accuracy_m=0.05)
    assert corner.at.distance(shapely.Point(20, 0)) < 1e-6
    assert building_line.cut(corner, 2, site).area == pytest.approx(0, abs=1e-6)
    assert building_line.cut(corner, 3, site).area == pytest.approx(4.5 - 2.0)


def test_roads_on_opposite_sides_have_no_corner():
    contacts = [("a", lines(LOT, SOUTH)), ("b", lines(LOT, box(-9, 30, 40, 34)))]
    assert building_line.corners(contacts, accuracy_m=0.05) == ()
