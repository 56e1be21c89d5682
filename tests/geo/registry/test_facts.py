"""Facts read from a file: what is missing or cannot be is refused with the entry and its name."""

import copy

import pytest

from geo.errors import BadInput
from geo.registry.facts import exact
from geo.registry.statute import judge

ROAD = {
    "id": "R7",
    "zone": {"urban": True, "district_unit_plan": False, "emd_type": "동"},
    "road": {"dead_end": True, "length_m": 20, "width_m": 3.0},
    "contact_m": 3,
    "building": {"use": "단독주택", "gfa_m2": 150},
}
CORNER = {"id": "C7", "angle_deg": 80, "road_width_m": 6, "crossing_width_m": 6}


def place(entry, path, value):
    changed = copy.deepcopy(entry)
    *parents, name = path.split(".")
    inner = changed
    for parent in parents:
        inner = inner[parent]
    if value is KeyError:
        del inner[name]
    else:
        inner[name] = value
    return changed


FACTS = ["zone.urban", "zone.district_unit_plan", "zone.emd_type", "road.dead_end", "road.length_m", "road.width_m"]
FACTS += ["contact_m", "building.use", "building.gfa_m2", "zone", "road", "building"]


@pytest.mark.parametrize("gone", [KeyError, None])
@pytest.mark.parametrize("path", FACTS)
def test_a_missing_fact_is_refused_by_name(path, gone):
    with pytest.raises(BadInput, match=rf"road R7.*\b{path.split('.')[-1]} is missing"):
        judge({"road": [ROAD | {"id": "R1"}, place(ROAD, path, gone)]})


@pytest.mark.parametrize("path", ["angle_deg", "road_width_m", "crossing_width_m"])
def test_a_missing_fact_of_a_corner_is_refused_by_name(path):
    with pytest.raises(BadInput, match=f"corner C7: the fact {path} is missing"):
        judge({"corner": [place(CORNER, path, KeyError)]})


@pytest.mark.parametrize("value", [-0.01, float("nan"), float("inf"), -float("inf"), True, "4", [4], {}, 10**400, 1e12])
@pytest.mark.parametrize("path", ["road.length_m", "road.width_m", "contact_m", "building.gfa_m2", "frontage_m"])
def test_no_number_that_can_be(path, value):
    with pytest.raises(BadInput, match=rf"road R7.*\b{path.split('.')[-1]} is "):
        judge({"road": [place(ROAD, path, value)]})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("zone.urban", "예"), ("zone.urban", 1), ("zone.emd_type", "리"), ("zone.emd_type", 3), ("road.dead_end", 0),
        ("road.width_m", 0), ("road.opposite", 5), ("road.terrain_designated", "yes"), ("building.use", 7),
        ("building.use", "  "), ("zone", []), ("road", "길"), ("building", 150),
    ],
)  # fmt: skip
def test_a_wrong_type_is_refused_by_name(path, value):
    with pytest.raises(BadInput, match=rf"road R7.*{path.split('.')[-1]}"):
        judge({"road": [place(ROAD, path, value)]})


@pytest.mark.parametrize("angle", [0, -5, 360, "80", float("nan")])
def test_no_angle(angle):
    with pytest.raises(BadInput, match="corner C7: angle_deg is"):
        judge({"corner": [CORNER | {"angle_deg": angle}]})


@pytest.mark.parametrize(
    "document", [None, [], "road", {}, {"law_as_of": "2026"}, {"road": {}}, {"road": [5]}, {"road": [{}]}]
)
def test_no_document(document):
    with pytest.raises(BadInput):
        judge(document)


def test_an_entry_without_an_id_is_named_by_its_place():
    with pytest.raises(BadInput, match="road entry 2: the id is missing"):
        judge({"road": [ROAD, place(ROAD, "id", KeyError)]})


def test_float_noise_is_dropped_and_written_digits_are_kept():
    assert exact(0.1 + 0.2) == exact(0.3)
    assert exact(1999.99) < exact(2000)
    assert str(exact(34.99)) == "34.990000000"
