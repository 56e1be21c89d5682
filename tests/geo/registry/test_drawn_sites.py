"""Whole reviews of drawn sites whose answer is known by hand: verdict, contact, set-back and ground lost."""

import math
from datetime import date

import pytest
from shapely.geometry import LineString, MultiPolygon, Polygon, box

LOT = box(0, 0, 20, 30)
SOUTH4, SOUTH3 = box(-10, -4, 40, 0), box(-10, -3, 40, 0)
EAST4 = box(20, -4, 24, 60)
NORTH4 = box(-10, 30, 40, 34)
FLAG2 = Polygon([(0, 0), (2, 0), (2, 10), (20, 10), (20, 30), (0, 30)])
FLAG19 = Polygon([(0, 0), (1.9, 0), (1.9, 10), (20, 10), (20, 30), (0, 30)])
COMB = box(0, -4, 1.2, 0).union(box(5, -4, 6, 0)).union(box(-9, -8, 40, -4))
COMB3 = box(0, -4, 3, 0).union(box(5, -4, 6, 0)).union(box(-9, -8, 40, -4))
RING = box(-9, -9, 29, 39).difference(LOT)
AROUND = box(-8, -8, 28, 60).difference(box(0, 0, 20, 60))
ARC = [(30 * math.cos(math.radians(a)), 30 * math.sin(math.radians(a))) for a in range(60, 121, 2)]
OUTER = [(34 * math.cos(math.radians(a)), 34 * math.sin(math.radians(a))) for a in range(60, 121, 2)]
CURVE = Polygon(ARC + OUTER[::-1])
CURVED = Polygon([*ARC, (-15, 10), (15, 10)])
CHORDS = 30 * 60 * math.sin(math.radians(1))
POND = LOT.difference(box(5, 5, 10, 12))
THREE = (box(0, 0, 0.8, 30), box(0.8, 0, 1.6, 30), box(1.6, 0, 20, 30))
SPLIT = (box(0, 0, 20, 10), box(0, 12, 20, 30))
TRIANGLE = Polygon([(0, 0), (10, 20), (-10, 20)])
SKEW = Polygon([(-10, 0.1), (30, -0.1), (30, -4), (-10, -4)])
NARROW = {"width_m": 3.0}
RIVER = {"width_m": 3.0, "opposite_obstacle": "하천"}
DEAD9 = {"width_m": 2.0, "is_dead_end": True, "dead_end_length_m": 9.0}
DEAD20 = {"width_m": 2.0, "is_dead_end": True, "dead_end_length_m": 20.0}
DEAD60 = {"is_dead_end": True, "dead_end_length_m": 60.0}
EDITED = {"accuracy_m": 0.5, "geometry_source": "연속지적 편집"}

CASES = {
    # name: site, [(road, facts)], verdict, total, longest and set-back at the first road, ground lost
    "one road along one side": ((LOT,), [(SOUTH4, {})], "PASS", 20, 20, 0, 0),
    "half a side": ((LOT,), [(box(5, -4, 12.5, 0), {})], "PASS", 7.5, 7.5, 0, 0),
    "exactly 2 m": ((LOT,), [(box(-10, -4, 2, 0), {"accuracy_m": 0.0})], "PASS", 2, 2, 0, 0),
    "1.99 m of a surveyed road": ((LOT,), [(box(-10, -4, 1.99, 0), {"accuracy_m": 0.0})], "FAIL", 1.99, 1.99, 0, 0),
    "2.05 m of a road off by 0.1": ((LOT,), [(box(-10, -4, 2.05, 0), {"accuracy_m": 0.1})], "REVIEW", 2.05, 2.05, 0, 0),
    "no road at all": ((LOT,), [], "FAIL", None, None, None, 0),
    "a road 5 m away": ((LOT,), [(box(-10, -9, 40, -5), {})], "FAIL", None, None, None, 0),
    "a point of contact": ((LOT,), [(box(20, -10, 30, 0), {})], "FAIL", None, None, None, 0),
    "on its tip": ((TRIANGLE,), [(SOUTH4, {})], "FAIL", None, None, None, 0),
    "corner lot, one bent road": ((LOT,), [(SOUTH4.union(EAST4), {})], "PASS_WITH_SETBACK", 50, 50, 0, 2),
    "corner lot, two roads": ((LOT,), [(SOUTH4, {}), (EAST4, {})], "PASS_WITH_SETBACK", 30, 30, 0, 2),
    "corner lot, 8 m road": ((LOT,), [(box(-10, -8, 20, 0), {"width_m": 8.0}), (box(20, -8, 24, 60), {})], "PASS", 30,
                             30, 0, 0),
    "corner lot, 6 and 6 m": ((LOT,), [(box(-10, -6, 20, 0), {"width_m": 6.0}),
                                       (box(20, -6, 26, 60), {"width_m": 6.0})], "PASS_WITH_SETBACK", 30, 30, 0, 4.5),
    "front and back": ((LOT,), [(SOUTH4, {}), (NORTH4, {})], "PASS", 20, 20, 0, 0),
    "three sides": ((LOT,), [(AROUND, {"width_m": 8.0})], "PASS", 80, 80, 0, 0),
    "an island in the road": ((LOT,), [(RING, {"width_m": 9.0})], "PASS", 100, 100, 0, 0),
    "two contacts on one road, short": ((LOT,), [(COMB, {})], "REVIEW", 2.2, 1.2, 0, 0),
    "two contacts on one road, one long": ((LOT,), [(COMB3, {})], "PASS", 4, 3, 0, 0),
    "two sections make one contact": ((LOT,), [(box(-9, -4, 1.5, 0), {}), (box(1.5, -4, 3, 0), {})], "PASS", 1.5, 1.5,
                                      0, 0),
    "flag lot, 2 m pole, surveyed": ((FLAG2,), [(SOUTH4, {"accuracy_m": 0.0})], "PASS", 2, 2, 0, 0),
    "flag lot, 2 m pole, edited map": ((FLAG2,), [(SOUTH4, EDITED)], "REVIEW", 2, 2, 0, 0),
    "flag lot, 1.9 m pole": ((FLAG19,), [(SOUTH4, {"accuracy_m": 0.0})], "FAIL", 1.9, 1.9, 0, 0),
    "flag lot, road beside its pole": ((FLAG2,), [(box(2, -4, 40, 10), {"width_m": 14.0})], "PASS", 28, 28, 0, 0),
    "curved road": ((CURVED,), [(CURVE, {})], "PASS", CHORDS, CHORDS, 0, 0),
    "road inside the parcel": ((LOT,), [(box(-10, -1, 40, 3), {"part_of_parcel": True})], "PASS", 20, 20, 0, 0),
    "road through the parcel": ((LOT,), [(box(-10, 10, 40, 14), {})], "PASS", 40, 20, 0, 0),
    "dead end into the parcel": ((LOT,), [(box(8, -5, 12, 10), {})], "PASS", 24, 24, 0, 0),
    "the parcel is all road": ((LOT,), [(box(-5, -5, 40, 40), {})], "FAIL", None, None, None, 0),
    "a parcel with a pond of another": ((POND,), [(SOUTH4, {})], "PASS", 20, 20, 0, 0),
    "three parcels, each too short": (THREE, [(box(-9, -4, 2.4, 0), {})], "PASS", 2.4, 2.4, 0, 0),
    "two parcels apart, one on the road": (SPLIT, [(SOUTH4, {})], "PASS", 20, 20, 0, 0),
    "digitised askew": ((LOT,), [(SKEW, {"width_m": 4.0})], "PASS", 20, 20, 0, 0),
    "3 m, both sides yield": ((LOT,), [(SOUTH3, NARROW)], "PASS_WITH_SETBACK", 20, 20, 0.5, 10),
    "3 m, river opposite": ((LOT,), [(SOUTH3, RIVER)], "PASS_WITH_SETBACK", 20, 20, 1.0, 20),
    "3 m, mountain road": ((LOT,), [(SOUTH3, NARROW | {"terrain_designated": True})], "PASS", 20, 20, 0, 0),
    "dead end of 9 m, 2 m wide": ((LOT,), [(box(-10, -2, 40, 0), DEAD9)], "PASS", 20, 20, 0, 0),
    "dead end of 20 m, 2 m wide": ((LOT,), [(box(-10, -2, 40, 0), DEAD20)], "PASS_WITH_SETBACK", 20, 20, 0.5, 10),
    "dead end of 60 m in town": ((LOT,), [(SOUTH4, DEAD60)], "PASS_WITH_SETBACK", 20, 20, 1.0, 20),
    "dead end of exactly 35 m": ((LOT,), [(SOUTH4, DEAD60 | {"dead_end_length_m": 35.0})], "REVIEW", 20, 20, 1.0, 20),
    "cars alone": ((LOT,), [(box(-10, -20, 40, 0), {"motor_only": True, "width_m": 20.0})], "FAIL", 20, 20, None, 0),
    "abolished": ((LOT,), [(SOUTH4, {"status": "ABOLISHED", "valid_to": "2020-01-01"})], "FAIL", 20, 20, None, 0),
    "planned and announced": ((LOT,), [(SOUTH4, {"status": "PLANNED"})], "PASS", 20, 20, 0, 0),
    "of uncertain ground": ((LOT,), [(SOUTH4, {"status": "DISPUTED"})], "REVIEW", 20, 20, 0, 0),
    "set back at a corner, each m2 once": ((LOT,), [(box(-10, -3, 20, 0), NARROW), (box(20, -3, 23, 60), NARROW)],
                                           "REVIEW", 30, 30, 0.5, 24.75),
}  # fmt: skip


def test_there_are_forty():
    assert len(CASES) >= 40


@pytest.mark.parametrize("name", CASES)
def test_the_review_of_a_drawn_site(board, name):
    site, roads, verdict, total, longest, setback, lost = CASES[name]
    drawn = [board.road(shape, **({"road_uid": f"r{n}", "name": f"{n}길"} | facts)) for n, (shape, facts) in
             enumerate(roads)]  # fmt: skip
    review = board.ask(board.site(*site), *drawn)
    assert review.verdict == verdict, review.sentence
    if total is None:
        assert review.roads == ()
    else:
        assert review.roads[0]["contact_total_m"] == pytest.approx(total, abs=0.01)
        assert review.roads[0]["contact_longest_m"] == pytest.approx(longest, abs=0.01)
        assert review.roads[0]["setback_m"] == setback
    found = next(each for each in review.tests if each.id == "setback")
    deduction = next(each.value for each in found.inputs if each.name == "deduction_total_m2")
    assert deduction == pytest.approx(lost, abs=0.01)


def test_a_building_line_is_drawn_where_it_was_worked_out(board):
    review = board.ask(board.site(LOT), board.road(SOUTH3, **RIVER))
    assert review.roads[0]["setback_line"].equals_exact(board.at(LineString([(0, 1), (20, 1)])), 1e-6)


def test_the_day_decides_before_the_drawing(board):
    road = board.road(SOUTH4, valid_from="2026-11-01", designated_on="2026-11-01", announced_on="2026-11-01")
    days = {date(2026, 10, 31): "FAIL", date(2026, 11, 1): "PASS"}
    assert {day: board.ask(board.site(LOT), road, as_of=day).verdict for day in days} == days


def test_islands_of_one_site_are_measured_together(board):
    review = board.ask(board.site(LOT), board.road(MultiPolygon([box(0, -4, 8, 0), box(0, 30, 5, 34)])))
    assert (review.roads[0]["contact_total_m"], review.roads[0]["contact_longest_m"]) == (13, 8)
