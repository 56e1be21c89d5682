"""The law: the published vectors, tables worked by hand, and a second implementation on random facts."""

import json
import math
import random
from fractions import Fraction
from pathlib import Path

import pytest

from geo.registry.facts import Building, Way, Zone
from geo.registry.statute import (
    articles_44_47_apply,
    contact_word,
    corner_leg_m,
    cut_area_m2,
    deduction_m2,
    is_obstacle,
    judge,
    large_building_word,
    required_width_m,
    setback_m,
)

VECTORS = Path(__file__).parents[4] / "shared" / "vectors" / "statutory.json"
CITY = Zone(urban=True, district_unit_plan=False, emd_type="동")
EUP = Zone(urban=False, district_unit_plan=False, emd_type="읍")


def through(width, opposite=None):
    return Way(width, dead_end=False, length_m=None, opposite=opposite)


def dead_end(length, width=4.0, *, terrain=False):
    return Way(width, dead_end=True, length_m=length, terrain_designated=terrain)


@pytest.fixture(scope="module")
def vectors():
    if not VECTORS.exists():
        pytest.skip("the published vectors ../shared/vectors/statutory.json are not here")
    return json.loads(VECTORS.read_text(encoding="utf-8"))


def bare(vectors):
    kept = {key: vectors[key] for key in ("road", "corner")}
    return {kind: [{k: v for k, v in e.items() if k != "expect"} for e in entries] for kind, entries in kept.items()}


@pytest.mark.parametrize(("kind", "count"), [("road", 22), ("corner", 10)])
def test_every_published_vector(vectors, kind, count):
    judged = judge(bare(vectors))[kind]
    assert len(judged) == count
    assert [entry["expect"] for entry in judged] == [entry["expect"] for entry in vectors[kind]]


def test_the_rest_of_the_file_comes_back_as_it_was(vectors):
    shuffled = bare(vectors) | {"_about": "kept", "law_as_of": "x"}
    random.Random(1).shuffle(shuffled["road"])
    for number, entry in enumerate(shuffled["road"]):
        entry["id"] = f"any-{number}"
        entry.pop("title")
    judged = judge(shuffled)
    assert [{k: v for k, v in e.items() if k != "expect"} for e in judged["road"]] == shuffled["road"]
    assert judged["_about"] == "kept"
    by_note = {(e["road"]["width_m"], e["contact_m"], str(e["zone"]), str(e["road"]), str(e["building"])): e["expect"]
               for e in vectors["road"]}  # fmt: skip
    for e in judged["road"]:
        key = (e["road"]["width_m"], e["contact_m"], str(e["zone"]), str(e["road"]), str(e["building"]))
        assert e["expect"] == by_note[key]


@pytest.mark.parametrize(
    ("urban", "plan", "emd_type", "bound"),
    [
        (True, False, "동", True), (True, False, "읍", True), (True, False, "면", True),
        (False, True, "동", True), (False, True, "읍", True), (False, True, "면", True),
        (False, False, "동", True), (False, False, "읍", True), (False, False, "면", False),
    ],
)  # fmt: skip
def test_where_articles_44_to_47_bind(urban, plan, emd_type, bound):
    assert articles_44_47_apply(Zone(urban, plan, emd_type)) is bound


@pytest.mark.parametrize(
    ("way", "zone", "width"),
    [
        (through(4.0), CITY, 4.0),
        (Way(3.0, dead_end=False, length_m=None, terrain_designated=True), CITY, 3.0),
        (dead_end(0), CITY, 2.0), (dead_end(9.99), CITY, 2.0), (dead_end(10), CITY, 3.0),
        (dead_end(34.99), CITY, 3.0), (dead_end(34.99999999999999), CITY, 6.0), (dead_end(35.0), CITY, 6.0),
        (dead_end(35), EUP, 4.0), (dead_end(34.99), EUP, 3.0), (dead_end(9.99), EUP, 2.0),
        (dead_end(35), Zone(urban=True, district_unit_plan=False, emd_type="읍"), 6.0),
        (dead_end(35), Zone(urban=False, district_unit_plan=False, emd_type="동"), 6.0),
        (dead_end(35), Zone(urban=False, district_unit_plan=True, emd_type="면"), 4.0),
        (dead_end(9.99, terrain=True), CITY, 2.0), (dead_end(10, terrain=True), CITY, 3.0),
        (dead_end(200, terrain=True), CITY, 3.0),
    ],
)  # fmt: skip
def test_the_width_a_road_must_have(way, zone, width):
    assert required_width_m(way, zone) == width


@pytest.mark.parametrize(
    ("width", "opposite", "required", "setback"),
    [
        (4.0, None, 4.0, 0.0), (5.0, "하천", 4.0, 0.0), (3.0, None, 4.0, 0.5), (3.0, "일반 대지", 4.0, 0.5),
        (3.0, "하천", 4.0, 1.0), (2.4, "철도", 4.0, 1.6), (2.4, "선로부지", 4.0, 1.6), (3.7, " 하 천 ", 4.0, 0.3),
        (3.9, None, 4.0, 0.05), (3.0, "경사지", 6.0, 3.0), (3.0, "없음", 4.0, 0.5), (3.35, None, 4.0, 0.325),
    ],
)  # fmt: skip
def test_how_far_the_building_line_falls_back(width, opposite, required, setback):
    assert setback_m(through(width, opposite), required) == setback


def test_what_stands_opposite():
    assert all(is_obstacle(word) for word in ("경사지", "하천", "철도", "철도부지", "선로부지", "지방하천"))
    assert not any(is_obstacle(word) for word in (None, "", "없음", "일반 대지", "대지", "공원", "하천 없음"))


@pytest.mark.parametrize(
    ("use", "gfa", "width", "contact", "word"),
    [
        ("업무시설", 1999.99, 4, 2, "NOT_TRIGGERED"), ("업무시설", 2000, 6, 4, "PASS"),
        ("업무시설", 2000, 5.99, 4, "FAIL"), ("업무시설", 2000, 6, 3.99, "FAIL"),
        ("공장", 2999.99, 2, 0, "NOT_TRIGGERED"), ("공장", 3000, 6, 4, "PASS"),
        ("공장", 3000, 5, 40, "FAIL"), ("축사", 1999, 4, 3, "NOT_TRIGGERED"), ("축사", 2000, 4, 3, "ORDINANCE"),
        ("작물 재배사", 5000, 8, 9, "ORDINANCE"), ("제2종근린생활시설(공장)", 2500, 4, 3, "FAIL"),
    ],
)  # fmt: skip
def test_large_buildings(use, gfa, width, contact, word):
    assert large_building_word(Building(use, gfa), width, contact) == word


def test_two_metres_and_the_farm_hut():
    house = Building("단독주택", 150)
    assert contact_word(2.0, house) == "PASS"
    assert contact_word(0.7 + 1.3, house) == "PASS"
    assert contact_word(1.999, house) == "FAIL"
    assert contact_word(0, Building("농막", 18)) == "PASS"


def test_only_a_line_under_46_1_takes_from_the_site():
    assert deduction_m2(1.6, 12) == 19.2
    assert deduction_m2(3, 20, article="46②") == 0


TABLE = """
 89.99  6 6 4 | 89.99  6 4 3 | 89.99  4 6 3 | 89.99  4 4 2 | 10 7.99 7.99 4 | 10 7.99 5.99 3 | 45 5.99 5.99 2
 90     6 6 3 | 90     6 4 2 | 90     4 6 2 | 90     4 4 2 | 119.99 7.99 7.99 3 | 119.99 6 5.99 2 | 100 4 5 2
 120    6 6 0 | 90     8 6 0 | 90     6 8 0 | 80  3.99 6 0 | 80 6 3.99 0 | 80 8 8 0 | 179 4 4 0 | 200 6 6 0
"""


@pytest.mark.parametrize("case", [case.split() for case in TABLE.replace("\n", "|").split("|") if case.strip()])
def test_the_table_of_corners(case):
    angle, road, crossing, leg = map(float, case)
    assert corner_leg_m(angle, road, crossing) == leg


def test_the_triangle_by_its_corners():
    for angle in (30, 60, 89.9, 90, 119.9):
        x, y = 4 * math.cos(math.radians(angle)), 4 * math.sin(math.radians(angle))
        shoelace = abs((0 * 0 - 4 * 0) + (4 * y - x * 0) + (x * 0 - 0 * y)) / 2
        assert cut_area_m2(4, angle) == pytest.approx(shoelace, abs=0.0005)


# A second implementation, written from the articles alone: exact fractions of the written digits, decision by decision.


def second_opinion(entry):
    zone, road, building = entry["zone"], entry["road"], entry["building"]

    def number(value):
        return Fraction(str(value))

    country = not zone["urban"]
    if country and not zone["district_unit_plan"] and zone["emd_type"] == "면":
        answer = dict.fromkeys(("required_width_m", "setback_m")) | {"arts_44_47_apply": False, "overall": "N/A"}
        answer |= {"art44_2m": "N/A", "art28_2": "N/A"}
        return answer | ({"site_area_deduction_m2": None} if "frontage_m" in entry else {})
    short = road["dead_end"] and number(road["length_m"]) < 10
    if short:
        need = 2
    elif road.get("terrain_designated"):
        need = 3
    elif not road["dead_end"]:
        need = 4
    elif number(road["length_m"]) < 35:
        need = 3
    else:
        need = 4 if country and zone["emd_type"] != "동" else 6
    lacking = need - number(road["width_m"])
    share = 1 if road.get("opposite") in ("하천", "철도", "경사지", "선로부지") else Fraction(1, 2)
    back = lacking * share if lacking > 0 else Fraction(0)
    touches = number(entry["contact_m"]) >= 2
    limit = 3000 if building["use"] == "공장" else 2000
    if number(building["gfa_m2"]) < limit:
        large = "NOT_TRIGGERED"
    elif building["use"] in ("축사", "작물 재배사"):
        large = "ORDINANCE"
    else:
        large = "PASS" if number(road["width_m"]) >= 6 and number(entry["contact_m"]) >= 4 else "FAIL"
    overall = "PASS_WITH_SETBACK" if back else "PASS"
    if large == "ORDINANCE":
        overall = "REVIEW"
    if not touches or large == "FAIL":
        overall = "FAIL"
    answer = {"arts_44_47_apply": True, "required_width_m": float(need), "setback_m": float(back), "overall": overall}
    answer |= {"art44_2m": "PASS" if touches else "FAIL", "art28_2": large}
    if "frontage_m" in entry:
        answer["site_area_deduction_m2"] = pytest.approx(float(back * number(entry["frontage_m"])), abs=0.000501)
    return answer


def near(chance, *edges):
    """Return a number on an edge, a hair beside it, or anywhere."""
    edge = chance.choice(edges)
    return chance.choice([edge, edge - 0.01, edge + 0.01, round(chance.uniform(0.01, 2 * edge), 2), int(edge)])


def drawn(chance, number):
    dead = chance.random() < 0.5
    road = {"dead_end": dead, "width_m": near(chance, 2.0, 3.0, 4.0, 6.0)}
    if dead:
        road["length_m"] = near(chance, 10.0, 35.0)
    if chance.random() < 0.3:
        road["terrain_designated"] = chance.random() < 0.5
    if chance.random() < 0.5:
        road["opposite"] = chance.choice(["하천", "철도", "경사지", "선로부지", "일반 대지", "없음", None])
    zone = {"urban": chance.random() < 0.5, "district_unit_plan": chance.random() < 0.3}
    entry = {
        "id": f"r{number}",
        "zone": zone | {"emd_type": chance.choice("동읍면")},
        "road": road,
        "contact_m": near(chance, 2.0, 4.0),
        "building": {
            "use": chance.choice(["단독주택", "업무시설", "공장", "축사", "작물 재배사"]),
            "gfa_m2": near(chance, 2000.0, 3000.0, 150.0),
        },
    }
    return entry | ({"frontage_m": near(chance, 20.0)} if chance.random() < 0.5 else {})


def test_a_second_implementation_agrees_on_random_facts():
    chance = random.Random(20261122)
    entries = [drawn(chance, number) for number in range(6000)]
    judged = judge({"road": entries})["road"]
    for entry in judged:
        assert entry["expect"] == second_opinion(entry), entry
    seen = {(e["expect"]["overall"], e["expect"]["art28_2"]) for e in judged}
    assert len(seen) == 8  # the drawing reaches every outcome there is


def test_no_noise_in_the_numbers():
    chance = random.Random(3)
    for entry in judge({"road": [drawn(chance, n) for n in range(2000)]})["road"]:
        setback = entry["expect"]["setback_m"]
        assert setback is None or len(str(setback)) <= 6
