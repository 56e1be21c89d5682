"""Documents that must be refused, each with the value at fault, and the committed facts that must not."""

import json
import math
from pathlib import Path

import pytest

from geo.disaster import document as documents
from geo.errors import BadFile, GeoError, Unreadable

FACTS = Path(__file__).parents[3] / "sample_data" / "yulgok.json"


def parse(document):
    return documents.parse(json.dumps(document).encode())


def test_the_committed_facts_are_those_of_the_plan():
    rows = documents.parse(FACTS.read_bytes())
    (zone,) = rows["zones"]
    assert (zone["id"], zone["area_notice_m2"], zone["type"], zone["grade"]) == ("yulgok", 279_794, "001", "나")
    assert zone["designated_on"] == "2003-10-30"
    assert [row["id"] for row in rows["facilities"]] == [
        "main_station",
        "simple_station",
        "retention_basin",
        "storage_tank",
    ]
    assert [(row["id"], row["length_plan_m"], row["quantity"]) for row in rows["works"]] == [
        ("u_channel", 128, 1),
        ("levee", 666, 1),
        ("catch_basins", None, 8),
        ("structures", None, 2),
    ]
    assert [row["amount_mkrw"] for row in rows["budget"]] == [14_200, 6_848, 7_352]
    assert sum(row["amount_mkrw"] for row in rows["budget"]) == rows["projects"][0]["cost_mkrw"] == 28_400
    assert all(row["source"] and row["source_date"] for found in rows.values() for row in found)
    assert all(row["geometry"] is None for name in ("zones", "facilities", "works") for row in rows[name])
    assert len(rows["other_sources"]) == 8


def test_the_committed_capacities_are_velocity_times_area():
    for row in documents.parse(FACTS.read_bytes())["facilities"]:
        if row["pump_count"]:
            area_m2 = math.pi * (row["pump_diameter_mm"] / 1000) ** 2 / 4
            given = [row[f"capacity_{name}_m3s"] for name in ("low", "nominal", "high")]
            assert given == pytest.approx([v * area_m2 * row["pump_count"] for v in (1.5, 2.5, 3.0)], abs=5e-3)


def test_a_good_document_is_taken(document):
    rows = parse(document)
    assert rows["zones"][0]["geometry"].area == 20_000
    assert rows["works"][1]["geometry"] is None


REFUSED = {
    "unknown type": (("zones", 0, "type", "009"), "type '009' is none of 001"),
    "unknown grade": (("zones", 0, "grade", "A"), "grade 'A' is none of"),
    "missing source": (("works", 0, "source", None), "source is missing"),
    "empty source": (("works", 0, "source", " "), "source is ' '"),
    "missing source date": (("budget", 0, "source_date", None), "source_date is missing"),
    "release before designation": (("zones", 0, "released_on", "2003-10-29"), "dates out of order"),
    "end before start": (("progress", 0, "end", "2024-08"), "start 2024-09 comes after end 2024-08"),
    "confirmed before start": (("progress", 0, "confirmed_on", "2024-08-31"), "dates out of order"),
    "a date that is none": (("progress", 0, "start", "2024-13"), "'2024-13' is no date"),
    "precision": (("progress", 0, "precision", "day"), "precision is 'day'"),
    "negative cost": (("projects", 0, "cost_mkrw", -1), "cannot be negative"),
    "text for a number": (("projects", 0, "cost_mkrw", "284억"), "must be a number"),
    "a boolean for a number": (("projects", 0, "cost_mkrw", True), "must be a number"),
    "a number beyond all": (("projects", 0, "cost_mkrw", 10**400), "beyond any figure"),
    "half a pump": (("facilities", 0, "pump_count", 1.5), "whole number"),
    "pump stop above start": (("facilities", 0, "stop_level_m", 1.5), "stop_level_m 1.5 must lie below start"),
    "capacity without basis": (("facilities", 0, "capacity_low_m3s", 3), "capacity_basis is missing"),
    "unknown zone": (("facilities", 0, "zone_id", "zoen"), "zone_id 'zoen' stands nowhere in zones"),
    "unknown project": (("budget", 0, "project_id", "x"), "project_id 'x' stands nowhere in projects"),
    "unknown subject": (("other_sources", 0, "subject", "x"), "subject 'x' is the id of no row"),
    "budget that does not add up": (("budget", 0, "amount_mkrw", 90), "290 million won, 10 less than the project's"),
    "budget over": (("budget", 0, "amount_mkrw", 100.5), "0.5 more than"),
    "a slip of unit": (("projects", 0, "cost_mkrw", 3), "297 more than"),
    "a field of no table": (("facilities", 0, "volme_m3", 3), "'volme_m3' is unknown"),
    "a dong of elsewhere": (("zones", 0, "legal_dong_code", "4715042029"), "no legal dong of Paju"),
    "standard that disagrees": (("zones", 0, "standard", {"DST_RSK_DSTRCT_TYPE_CD": "002"}), "'002' but the row says"),
    "quality without geometry": (("works", 1, "geometry_quality", "surveyed"), "it has no geometry"),
    "geometry without quality": (("works", 0, "geometry_quality", "none"), "it has a geometry"),
    "synthetic denied": (("works", 0, "synthetic", False), "synthetic is false"),
    "a surrogate": (("zones", 0, "name", "\ud800"), "no text"),
    "a notice without date": (("zones", 0, "notices", [{"what": "지정", "source": "x"}]), "on is missing"),
    "an unknown parameter": (("assumptions", 0, "parameter", "wind"), "parameter 'wind' is none of"),
    "an assumption of nobody": (("assumptions", 0, "source", None), "source is missing"),
    "an assumption that hides": (("assumptions", 0, "assumed", None), "assumed is missing"),
    "a number alone": (("assumptions", 0, "values", 4), "values is 4; it must be a list of numbers"),
    "words among numbers": (("assumptions", 0, "values", ["4 km2"]), "values[0] is '4 km2'; it must be a number"),
    "a value too many": (("assumptions", 0, "values", [4, 5]), "catchment_km2 has 2 values; it takes 1"),
    "hectares for km2": (("assumptions", 0, "values", [40_000]), "from 0.001 to 10000 km²"),
    "a curve number of 101": (("assumptions", 1, "values", [101]), "curve_number is 101; it goes from 1 to 100"),
    "a curve of rain that falls": (("assumptions", 3, "values", [10] * 18 + [9]), "rain_shape_pct must rise"),
    "no stage": (("assumptions", 5, "values", []), "stage_m has 0 values; it takes 1 to 24"),
    "an assumed pump that stops below the floor": (("assumptions", 9, "values", [0.4, 0.2, 0.5]), "cannot stop 0.5 m"),
    "an id of two rows": (("facilities", 1, "id", "pump"), "id 'pump' stands twice in facilities"),
}  # fmt: skip


@pytest.mark.parametrize("case", list(REFUSED))
def test_it_is_refused_in_one_sentence(document, case):
    (section, place, field, value), says = REFUSED[case]
    document[section][place][field] = value
    with pytest.raises(BadFile) as refusal:
        parse(document)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_one_figure_of_a_zone_stands_once(document):
    document["assumptions"].append(document["assumptions"][0] | {"id": "again"})
    with pytest.raises(BadFile, match=r"assumptions\[11\] 'again': zone 'zone' has a catchment_km2 already"):
        parse(document)


def test_an_actual_end_after_its_source_is_refused(document):
    document["progress"][0] |= {"end": "2027-01", "end_is_actual": True}
    with pytest.raises(BadFile, match="called actual by a source of 2026"):
        parse(document)


@pytest.mark.parametrize("crs", [None, "EPSG:5174", "5186", 5186])
def test_coordinates_must_say_the_citys_crs(document, crs):
    document["crs"] = crs
    with pytest.raises(BadFile, match="must be in EPSG:5186"):
        parse(document)


def test_capacities_that_fall(document):
    document["facilities"][0] |= {"capacity_low_m3s": 3, "capacity_high_m3s": 2, "capacity_basis": "x"}
    with pytest.raises(BadFile, match="must rise"):
        parse(document)


def levee(document, *points):
    document["works"][0]["geometry"] = {
        "type": "LineString",
        "coordinates": [[194_000 + x, 592_000 + y] for x, y in points],
    }
    return parse(document)


@pytest.mark.parametrize("points", [[(5, 50), (250, 50)], [(-50, 50), (250, 50)], [(100, 98), (100, 103)]])
def test_a_levee_that_crosses_the_outline_is_refused(document, points):
    with pytest.raises(BadFile, match="levee crosses the outline of zone 'zone'"):
        levee(document, *points)


@pytest.mark.parametrize(
    "points",
    [[(0, 100), (200, 100)], [(5, 50), (199, 50)], [(0, 100.9), (200, 99.1)], [(210, 0), (210, 90)]],
)
def test_a_levee_along_inside_or_beside_is_taken(document, points):
    assert levee(document, *points)


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"\xff\xfe{", b"[" * 100_000, b'{"zones": [NaN]}', b'{"crs": 1, "crs": 2}', b"[]", b"null", b"{}",
     b'{"crs": "EPSG:5186", "zones": {}}', b'{"crs": "EPSG:5186", "zones": [1]}', b'{"crs": "EPSG:5186"}',
     b'{"crs": "EPSG:5186", "zone": []}', b'{"a":' * 100_000],
)  # fmt: skip
def test_what_is_no_document_is_refused(text):
    with pytest.raises((Unreadable, BadFile)):
        documents.parse(text)


def test_malformed_json_of_the_world_is_refused(shared):
    files = sorted((shared / "data" / "bad_inputs" / "json").glob("*.json"))
    assert len(files) > 100
    for file in files:
        with pytest.raises(GeoError):
            documents.parse(file.read_bytes())
