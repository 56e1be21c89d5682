"""Whether values and geometries of a delivered file are acceptable: pure, so no file here."""

import numpy as np
import pandas as pd
import pytest
import shapely

from geo import boundaries
from geo.errors import BadFile, BadInput
from geo.registry import parcel, permit, road
from geo.registry.columns import JIMOK, KINDS, Field, kind
from geo.registry.delivery import BadRows, Fault, chosen, clean, misplaced, shapes
from geo.registry.values import read

PARCELS, ROADS, PERMITS = KINDS["parcels"], KINDS["roads"], KINDS["permits"]
PNU = "4148036024101000001"


def test_columns_are_found_whatever_their_case_and_by_their_lsmd_names():
    found = chosen(["PNU", "Jibun", "AREA", "BCHK", "SYNTHETIC"], PARCELS)
    assert found == {"PNU": "pnu", "Jibun": "jibun", "AREA": "area_m2", "SYNTHETIC": "synthetic"}


def test_names_cut_to_ten_letters_count_when_they_can_mean_one_field():
    present = ["road_uid", "legal_basi", "status", "valid_from", "terrain_de"]
    assert chosen(present, ROADS)["legal_basi"] == "legal_basis"
    with pytest.raises(BadFile, match="'designatio' may mean designation_no or designation_route"):
        chosen([*present, "designatio"], ROADS)


def test_missing_and_doubled_columns():
    with pytest.raises(
        BadFile, match="columns missing for roads: legal_basis, valid_from; the file has road_uid, status"
    ):
        chosen(["road_uid", "status"], ROADS)
    with pytest.raises(BadFile, match="column pnu is there twice, the second time as 'pnu'"):
        chosen(["PNU", "pnu", "JIBUN"], PARCELS)


@pytest.mark.parametrize(
    ("jibun", "lot", "jimok"),
    [
        ("100-1대", "100-1", "대"),
        ("산12-3임", "산12-3", "임"),
        ("산 12 임", "산12", "임"),
        ("7", "7", None),
        ("0007-0000전", "7", "전"),
        ("100-1 공장용지", "100-1", "공장용지"),
        ("100번지", "100", None),
    ],
)
def test_lot_number_and_jimok_come_apart(jibun, lot, jimok):
    table, faults = clean({"pnu": [PNU], "jibun": [jibun]}, 1, PARCELS)
    assert not faults
    assert (table["jibun"][0], table["jimok"][0]) == (lot, jimok)


def test_a_column_of_jimok_stands_before_what_the_lot_number_says():
    table, _ = clean({"pnu": [PNU], "jibun": ["100-1대"], "jimok": ["전"]}, 1, PARCELS)
    assert (table["jibun"][0], table["jimok"][0]) == ("100-1", "전")


def test_garbled_text_is_found_by_what_it_should_say():
    _, faults = clean({"pnu": [PNU], "jibun": ["100-1´ë"]}, 1, PARCELS)
    assert [str(fault) for fault in faults] == [
        "row 1, jibun: '100-1´ë' is no lot number; if it is garbled, see the encoding"
    ]


def test_there_are_28_jimok():
    assert len(JIMOK) == 28
    assert all(name.startswith(letter) or letter in name for letter, name in JIMOK.items())


@pytest.mark.parametrize(
    ("type_", "value", "read_as"),
    [
        ("date", "2021-05-03", "2021-05-03"),
        ("date", "20210503", "2021-05-03"),
        ("date", "2021-05-03T00:00:00", "2021-05-03"),
        ("date", np.datetime64("2021-05-03"), "2021-05-03"),
        ("date", pd.Timestamp("2021-05-03"), "2021-05-03"),
        ("number", "4.5", 4.5),
        ("number", np.int64(4), 4.0),
        ("count", 3.0, 3),
        ("flag", "Y", True),
        ("flag", "n", False),
        ("flag", 1.0, True),
        ("flag", np.bool_(False), False),
        ("text", "  가나길 ", "가나길"),
        ("text", 12.0, "12"),
        ("pnu", PNU, PNU),
        ("pnu", int(PNU), PNU),
        ("pnus", f"{PNU}; {PNU};", PNU),
        ("text", float("nan"), None),
        ("date", pd.NaT, None),
        ("text", "   ", None),
        ("number", None, None),
    ],
)
def test_values_are_read_as_their_columns_type(type_, value, read_as):
    found = read(Field("x", type_), value)
    assert found == read_as
    assert type(found) is type(read_as)


@pytest.mark.parametrize(
    ("type_", "value", "sentence"),
    [
        ("date", "2021-13-01", "no date of the form"),
        ("date", "03/05/2021", "no date of the form"),
        ("date", "2021-05-03T12:00:00", "no date of the form"),
        ("number", "four", "'four' is no number"),
        ("number", True, "no finite number"),
        ("number", "nan", "no finite number"),
        ("count", -1, "-1 is no count"),
        ("count", 1e9, "no count"),
        ("flag", 2, "neither Y nor N"),
        ("pnu", float(PNU), "lost digits"),
        ("pnu", "４１４８０３６０２４１０１０００００１", "digits"),
        ("text", "가\x00나", "control characters"),
        ("text", "가\ufffd나", "wrong text encoding"),
        ("text", "가" * 3000, "3,000 characters long"),
    ],
)
def test_values_that_are_refused(type_, value, sentence):
    with pytest.raises(ValueError, match=sentence):
        read(Field("x", type_), value)


def test_an_empty_value_is_refused_only_where_one_is_required():
    assert read(Field("x"), None) is None
    with pytest.raises(ValueError, match="is empty"):
        read(Field("x", required=True), " ")


def test_a_permit_without_a_list_of_parcels_stands_on_its_main_one():
    raw = {"permit_id": ["p"], "kind": ["건축신고"], "state": ["접수"], "main_pnu": [PNU]}
    table, faults = clean(raw, 1, PERMITS)
    assert not faults
    assert table["pnus"][0] == PNU


def test_every_fault_is_told_in_the_order_of_rows():
    raw = {"pnu": ["1", PNU, PNU], "jibun": ["?", "1", "1"], "area_m2": [1.0, -1.0, 1.0]}
    _, faults = clean(raw, 3, PARCELS)
    refusal = BadRows("p.gpkg", faults)
    assert [(fault.row, fault.column) for fault in refusal.faults] == [
        (1, "jibun"),
        (1, "pnu"),
        (2, "area_m2"),
        (3, "pnu"),
    ]
    assert str(refusal).startswith("p.gpkg: 3 rows at fault, nothing was imported; row 1, jibun:")
    assert str(BadRows("p", [Fault(1, "a", "b")])) == "p: 1 row at fault, nothing was imported; row 1, a: b"


def star(points):
    angles = np.arange(points) * (2 * np.pi * (points // 2) / points)
    return shapely.Polygon(np.column_stack([np.cos(angles), np.sin(angles)]))


def test_shapes_are_refused_one_by_one_with_the_reason():
    good = shapely.box(0, 0, 1, 1)
    wkb = [
        shapely.to_wkb(good),
        None,
        shapely.to_wkb(shapely.Polygon()),
        shapely.to_wkb(shapely.LineString([(0, 0), (1, 1)])),
        shapely.to_wkb(star(101)),
        b"\x01\x03",
        shapely.to_wkb(shapely.box(0, 0, 1, np.inf)),
        shapely.to_wkb(shapely.force_3d(good, 5.0)),
        shapely.to_wkb(good).replace(b"\x05\x00\x00\x00", b"\x02\x00\x00\x00")[:45],  # a ring of two points
    ]
    found, faults = shapes(wkb, PARCELS)
    assert [fault.row for fault in sorted(faults, key=lambda fault: fault.row)] == [2, 3, 4, 5, 6, 7, 9]
    said = {fault.row: fault.problem for fault in faults}
    assert said[2] == "is missing"
    assert said[3] == "is empty"
    assert said[4] == "is a LineString, not a Polygon or MultiPolygon"
    assert said[5].startswith("Self-intersection")
    assert said[6] == "the geometry's bytes end too early"
    assert said[7] == "has a coordinate that is no finite number"
    assert said[9] == "cannot be built from its bytes"
    assert found[0].equals(good)
    assert found[7].has_z is False
    assert [shape is None for shape in found] == [False, True, True, True, True, True, True, False, True]


def test_a_parcel_far_from_its_ri_or_the_city_is_a_fault_of_its_row():
    ri = boundaries.ri().set_index("code").geometry["4148036024"]
    inside = ri.representative_point()
    left, _, _, _ = boundaries.city_bounds()
    near_edge = shapely.Point(ri.bounds[2] + 400, inside.y)
    west, south = shapely.Point(left - 400, inside.y), shapely.Point(inside.x, inside.y - 9000)
    there = shapely.buffer(np.array([inside, west, south, near_edge]), 5)
    table = pd.DataFrame({"pnu": [PNU] * 4})
    faults = misplaced(there, table, PARCELS)
    assert [fault.row for fault in faults] == [2, 3]
    assert "outside Paju" in faults[0].problem
    assert "from the ri or dong that" in faults[1].problem


def test_a_polygon_that_crosses_itself_once_moved_is_a_fault():
    inside = boundaries.ri().set_index("code").geometry["4148036024"].representative_point()
    x, y = inside.x, inside.y
    bow = shapely.Polygon([(x, y), (x + 9, y + 9), (x + 9, y), (x, y + 9)])
    [fault] = misplaced(np.array([bow]), pd.DataFrame({"pnu": [PNU]}), PARCELS)
    assert fault.problem.startswith("Self-intersection")
    assert fault.problem.endswith("once in EPSG:5186")


def test_the_tables_of_the_law_and_of_the_files_agree():
    assert PARCELS.columns == parcel.COLUMNS
    assert ROADS.columns == road.COLUMNS
    assert PERMITS.columns == permit.COLUMNS
    assert KINDS["recognitions"].columns == parcel.RECOGNITION_COLUMNS
    assert KINDS["zoning"].columns == parcel.ZONING_COLUMNS
    assert KINDS["coverage"].columns == parcel.COVERAGE_COLUMNS


def test_an_unknown_kind_is_named():
    with pytest.raises(
        BadInput, match="kind 'roadz' is none of parcels, roads, permits, recognitions, zoning, coverage"
    ):
        kind("roadz")
