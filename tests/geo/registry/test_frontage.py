"""Contact of a site with a road: drawn cases whose answer is known by hand, to a centimetre."""

import math
import random

import pytest
import shapely
from shapely import affinity
from shapely.geometry import MultiPolygon, Polygon, box

from geo.registry import frontage

CM = 0.01
X, Y = 190_000.0, 585_000.0
LOT = box(0, 0, 20, 30)
SOUTH = box(-10, -4, 40, 0)
FLAG = Polygon([(0, 0), (2, 0), (2, 10), (20, 10), (20, 30), (0, 30)])


def placed(shape, degrees=0.0):
    return affinity.translate(affinity.rotate(shape, degrees, origin=(0, 0)), X, Y)


def measured(site, road, degrees=0.0, **options):
    site, road = placed(site, degrees), placed(road, degrees)
    return frontage.contact(frontage.ground(site, road), road, **options)


def arc(radius, start, end, step):
    angles = [math.radians(start + n * step) for n in range(round((end - start) / step) + 1)]
    return [(radius * math.cos(a), radius * math.sin(a)) for a in angles]


CURVE = arc(30, 60, 120, 2)  # 30 chords of 2 degrees on a radius of 30 m
CURVE_M = 30 * 2 * 30 * math.sin(math.radians(1))
CURVED_ROAD = Polygon(CURVE + arc(34, 60, 120, 2)[::-1])
CURVED_LOT = Polygon([*CURVE, (-15, 10), (15, 10)])

CASES = {
    # name: site, road, total, longest
    "straight": (LOT, SOUTH, 20, 20),
    "a part of one side": (LOT, box(5, -4, 12.5, 0), 7.5, 7.5),
    "road shorter than the site at its corner": (LOT, box(-10, -4, 1.99, 0), 1.99, 1.99),
    "corner lot, one road around it": (LOT, SOUTH.union(box(20, -4, 24, 60)), 50, 50),
    "corner lot, the road beside it": (LOT, box(20, -4, 24, 60), 30, 30),
    "three sides": (LOT, box(-4, -4, 24, 60).difference(box(0, 0, 20, 60)), 80, 80),
    "two contacts on one road": (LOT, box(0, -4, 1.2, 0).union(box(5, -4, 6, 0)).union(box(-9, -8, 40, -4)), 2.2, 1.2),
    "opposite sides": (LOT, MultiPolygon([box(0, -4, 8, 0), box(0, 30, 5, 34)]), 13, 8),
    "at a point": (LOT, box(20, -10, 30, 0), 0, 0),
    "at a point, leaving at 10 degrees": (LOT, Polygon([(20, 0), (0, -3.527), (0, -9), (20, -9)]), 0, 0),
    "not at all": (LOT, box(-10, -9, 40, -5), 0, 0),
    "flag lot": (FLAG, SOUTH, 2, 2),
    "flag lot beside its pole": (FLAG, box(2, -4, 40, 10), 28, 28),
    "curved, noded": (CURVED_LOT, CURVED_ROAD, CURVE_M, CURVE_M),
    "curved, the site around the curve": (CURVED_ROAD, CURVED_LOT, CURVE_M, CURVE_M),
    "road through the site": (LOT, box(-10, 10, 40, 14), 40, 20),
    "road along the inside of the site": (LOT, box(-10, -5, 40, 4), 20, 20),
    "dead end inside the site": (LOT, box(8, -5, 12, 10), 24, 24),
    "road as an island in the site": (LOT, box(5, 5, 10, 12), 24, 24),
    "site as an island in the road": (LOT, box(-9, -9, 40, 40).difference(LOT), 100, 100),
    "offset outwards by 0.1": (LOT, box(-10, -4, 40, -0.1), 20, 20),
    "offset inwards by 0.1": (LOT, box(-10, -4, 40, 0.1), 20, 20),
    "offset outwards, a part": (LOT, box(5, -4, 15, -0.1), 10, 10),
    "offset inwards, a part": (LOT, box(5, -4, 15, 0.1), 10, 10),
    "offset outwards around a corner": (LOT, box(-9, -4, 24, -0.1).union(box(20.1, -4, 24, 60)), 50, 50),
    "digitised askew, 0.1 over 20 m": (LOT, Polygon([(-10, 0.1), (30, -0.1), (30, -4), (-10, -4)]), 20, 20),
    "beyond the tolerance": (LOT, box(-10, -4, 40, -0.3), 0, 0),
    "ends of the road at the sides": (LOT, box(-10, -4, 0, 10).union(box(20, -4, 30, 7)), 17, 10),
    "a bend of the boundary": (Polygon([(0, 0), (10, 0), (20, 5), (20, 30), (0, 30)]),
                               Polygon([(0, 0), (10, 0), (20, 5), (20, -4), (0, -4)]), 10 + math.hypot(10, 5),
                               10 + math.hypot(10, 5)),
    "a notch of 1 m": (LOT.difference(box(9, 0, 10, 3)), SOUTH, 19, 10),
    "the road in two sections": (LOT, MultiPolygon([box(-10, -4, 8, 0), box(8.005, -4, 40, 0)]), 20, 20),
    "a hole of the road": (box(2, 2, 6, 6), box(-9, -9, 20, 20).difference(box(2, 2, 6, 6)), 16, 16),
    "a triangle on its tip": (Polygon([(0, 0), (10, 20), (-10, 20)]), SOUTH, 0, 0),
}  # fmt: skip


@pytest.mark.parametrize("degrees", [0, 37, 90, 201])
@pytest.mark.parametrize("name", CASES)
def test_contact_to_a_centimetre(name, degrees):
    site, road, total, longest = CASES[name]
    found = measured(site, road, degrees)
    assert found.total_m == pytest.approx(total, abs=CM)
    assert found.longest_m == pytest.approx(longest, abs=CM)
    assert sum(line.length for line in found.lines) == pytest.approx(found.total_m)


def test_shared_edges_are_exact_to_a_millimetre():
    assert measured(FLAG, SOUTH).longest_m == pytest.approx(2.0, abs=1e-6)
    assert measured(CURVED_LOT, CURVED_ROAD).total_m == pytest.approx(CURVE_M, abs=1e-3)


def test_three_parcels_are_one_site():
    parcels = [box(0, 0, 0.8, 30), box(0.8, 0, 1.6, 30), box(1.6, 0, 2.4, 30)]
    for shifted in (parcels, [affinity.translate(parcel, n * 0.01, 0) for n, parcel in enumerate(parcels)]):
        found = measured(MultiPolygon(shifted), SOUTH)
        assert found.longest_m == pytest.approx(2.4, abs=3 * CM)
        assert len(found.lines) == 1


def test_parcels_that_do_not_touch_have_two_contacts():
    found = measured(MultiPolygon([box(0, 0, 1.5, 30), box(5, 0, 6, 30)]), SOUTH)
    assert (found.total_m, found.longest_m) == pytest.approx((2.5, 1.5))


def test_the_site_lies_on_the_left_of_its_contact():
    for site, road in ((LOT, SOUTH), (LOT, box(5, 5, 10, 12)), (CURVED_LOT, CURVED_ROAD)):
        ground = frontage.ground(placed(site), placed(road))
        for line in measured(site, road).lines:
            inward = shapely.offset_curve(line, 0.5)
            assert ground.buffer(1e-6).covers(inward.interpolate(0.5, normalized=True))


def test_where_the_first_point_of_the_ring_lies_does_not_matter():
    corners = [(0, 0), (20, 0), (20, 30), (0, 30)]
    for first in range(4):
        ring = corners[first:] + corners[:first]
        assert len(measured(Polygon(ring), SOUTH.union(box(20, -4, 24, 60))).lines) == 1
    mid_side = Polygon([(10, 0), (20, 0), (20, 30), (0, 30), (0, 0)])
    assert len(measured(mid_side, SOUTH).lines) == 1


def test_the_gap_is_told():
    assert measured(LOT, SOUTH).gap_m == 0
    assert measured(LOT, box(-10, -4, 40, -0.1)).gap_m == pytest.approx(0.1)
    wide = measured(LOT, box(-10, -4, 40, -0.4), tolerance_m=0.5)
    assert (wide.total_m, wide.gap_m) == pytest.approx((20, 0.4))


def test_widths_across_from_the_contact():
    assert frontage.widths_m(measured(LOT, SOUTH).lines, placed(SOUTH)) == pytest.approx([4.0] * 12)
    wedge = Polygon([(0, 0), (20, 0), (20, -5), (0, -3)])
    widths = frontage.widths_m(measured(LOT, wedge).lines, placed(wedge))
    assert (min(widths), max(widths)) == pytest.approx((3 + 1 / 12, 5 - 1 / 12))
    curved = frontage.widths_m(measured(CURVED_LOT, CURVED_ROAD).lines, placed(CURVED_ROAD))
    assert sorted(curved)[len(curved) // 2] == pytest.approx(4.0, abs=CM)


def test_the_way_in():
    def way(site, up_to=2.0):
        return frontage.passage_m(placed(site), measured(site, SOUTH).lines, up_to_m=up_to)

    assert way(LOT) is None
    assert way(FLAG) is None
    assert way(FLAG, up_to=4.0) == pytest.approx(2.0, abs=2 * CM)
    waist = FLAG.difference(box(1.8, 4, 2, 5))
    assert way(waist) == pytest.approx(1.8, abs=2 * CM)
    assert frontage.passage_m(placed(LOT), (), up_to_m=2.0) is None


def test_ground_loses_the_road_and_not_the_error_of_drawing():
    assert frontage.ground(placed(LOT), placed(box(-10, -5, 40, 4))).area == pytest.approx(20 * 26)
    assert frontage.ground(placed(LOT), placed(box(-10, -5, 40, 0.1))).area == pytest.approx(600)
    split = frontage.ground(placed(LOT), placed(box(-10, 10, 40, 14)))
    assert sorted(part.area for part in split.geoms) == pytest.approx([200, 320])
    assert frontage.ground(placed(LOT), placed(box(-9, -9, 40, 40))).is_empty


def test_noded_ground_agrees_with_the_intersection_of_boundaries():
    """Random blocks of a grid share whole edges: the oracle is the length of what both boundaries hold."""
    chance = random.Random(7)
    for _ in range(60):
        cells = [box(x, y, x + 3, y + 2) for x in range(0, 15, 3) for y in range(0, 10, 2)]
        chance.shuffle(cells)
        cut, end = sorted(chance.sample(range(1, 25), 2))
        site, road = shapely.union_all(cells[:cut]), shapely.union_all(cells[cut:end])
        expected = site.boundary.intersection(road.boundary).length
        turn = chance.uniform(0, 360)
        found = frontage.contact(placed(site, turn), placed(road, turn))
        assert found.total_m == pytest.approx(expected, abs=1e-3)


def test_random_rectangles_beside_a_road():
    """A rectangle at any place and angle on the road's edge: contact is the overlap of two intervals."""
    chance = random.Random(11)
    for _ in range(200):
        left, width, start, length = (round(chance.uniform(0, 30), 2) for _ in range(4))
        site, road = box(left, 0, left + width + 0.5, 20), box(start, -5, start + length + 0.5, 0)
        overlap = max(0.0, min(left + width + 0.5, start + length + 0.5) - max(left, start))
        found = measured(site, road, chance.uniform(0, 360))
        assert found.total_m == pytest.approx(overlap, abs=CM)
        assert found.longest_m == pytest.approx(overlap, abs=CM)


def test_very_many_edges_are_measured_as_few_are(monkeypatch):
    found = [measured(CURVED_LOT, CURVED_ROAD), measured(LOT, SOUTH), measured(FLAG, box(2, -4, 40, 10))]
    monkeypatch.setattr(frontage, "_MOST_PAIRS", 0)
    again = [measured(CURVED_LOT, CURVED_ROAD), measured(LOT, SOUTH), measured(FLAG, box(2, -4, 40, 10))]
    assert [(each.total_m, each.longest_m, each.gap_m) for each in again] == [
        (each.total_m, each.longest_m, each.gap_m) for each in found
    ]
