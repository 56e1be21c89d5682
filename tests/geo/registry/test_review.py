"""The review of drawn sites: the situations G01 to G14 of the published vectors, and what decides each verdict."""

import json
from datetime import date
from pathlib import Path

import pytest
import shapely

from geo.registry.parcel import Recognition

VECTORS = Path(__file__).parents[4] / "shared" / "vectors" / "statutory.json"
FLAG = [(10, 10), (20, 10), (20, 30), (0, 30), (0, 10)]
TESTS = ["articles_44_47_apply", "road_established", "art44_2m", "art28_2", "setback", "corner_cut"]


def verdicts(review):
    return {each.id: each.verdict for each in review.tests}


def finding(review, name):
    return next(each for each in review.tests if each.id == name)


def road_of(review, number=0):
    return review.to_dict()["roads"][number]


def flag(board, width):
    return board.polygon([(0, 0), (width, 0), (width, 10), *FLAG[:-1], (0, 10)])


# The situations, one test each


def test_g01_a_parcel_called_road_is_no_road(board):
    lane = {"pnu": "4148010100109990000", "jibun": "999도", "jimok": "도", "geometry": board.at(board.south)}
    unnamed = lane | {"pnu": "4148010100109980000", "jibun": None, "jimok": "도로"}
    far = lane | {"jibun": "997도", "geometry": board.at(board.box(0, 40, 20, 44))}
    site = board.site(board.lot, streets=[lane, unnamed, far])
    review = board.ask(site)
    assert review.verdict == "FAIL"
    assert verdicts(review)["road_established"] == "FAIL"
    for word in ("(999도, 4148010100109980000)", "법제처 16-0162", "1976-02-01"):
        assert word in finding(review, "road_established").sentence


def test_g02_an_access_way_in_a_rural_myeon(board):
    review = board.ask(board.site(board.lot, emd_type="면"), zones=[board.zone("농림지역")], covered=())
    assert review.verdict == "NOT_APPLICABLE"
    assert "개발행위허가" in review.sentence


def test_g03_a_road_for_cars_alone(board):
    review = board.ask(board.site(board.lot), board.road(board.box(3, -20, 8, 0), motor_only=True, width_m=20.0))
    assert review.verdict == "FAIL"
    assert verdicts(review)["art44_2m"] == "FAIL"
    assert "자동차전용도로" in review.sentence


@pytest.mark.parametrize(
    ("document", "on", "verdict"),
    [
        ("파주시 2026-77", date(2026, 5, 1), "PASS"),
        (None, date(2026, 5, 1), "REVIEW"),
        ("파주시 2026-77", None, "REVIEW"),
        ("파주시 2026-77", date(2026, 12, 1), "REVIEW"),
    ],
)
@pytest.mark.parametrize("kind", ["공지", "출입지장없음"])
def test_g04_open_ground_counts_with_its_document(board, kind, document, on, verdict):
    site = board.site(board.lot, recognitions=(Recognition(kind, document, on),))
    review = board.ask(site)
    assert verdicts(review)["art44_2m"] == verdict
    assert review.verdict == verdict
    assert verdict == "REVIEW" or "파주시 2026-77" in review.sentence


def test_g05_a_farm_hut_needs_no_road(board):
    assert board.ask(board.site(board.lot), use="농막", gfa_m2=18.0).verdict == "PASS"
    assert board.ask(board.site(board.lot), use="농막", gfa_m2=None).verdict == "REVIEW"
    assert board.ask(board.site(board.lot), use="농막", gfa_m2=60.0).verdict == "FAIL"


def test_g06_a_designation_that_the_register_left_out(board):
    review = board.ask(board.site(board.lot), board.road(board.south, quality_flags="대장누락"))
    assert review.verdict == "PASS"
    assert [each["what"] for each in review.disagreements] == ["register_entry"]


def test_g07_a_past_permit_proves_no_designation(board):
    old = {"permit_id": "p", "kind": "건축허가", "state": "사용승인", "approved_on": "1995-03-02",
           "used_on": "1996-01-01", "geometry": board.at(board.lot.centroid)}  # fmt: skip
    review = board.ask(board.site(board.lot), permits=[old])
    assert review.verdict == "FAIL"
    assert "2017두50843" in review.sentence
    assert review.permits[0]["open"] is False


def test_g08_a_way_older_than_february_1976(board):
    way = board.road(board.south, legal_basis="ADDENDUM_1976", designated_on=None, announced_on=None, valid_from=None)
    review = board.ask(board.site(board.lot), way)
    assert review.verdict == "REVIEW"
    assert verdicts(review)["road_established"] == "REVIEW"
    assert "1976-02-01" in review.sentence


def test_g09_an_abolished_road_stays_in_the_history(board):
    road = board.road(board.south, status="ABOLISHED", valid_to="2026-11-01")
    after, before = (
        board.ask(board.site(board.lot), road),
        board.ask(board.site(board.lot), road, as_of=date(2026, 10, 31)),
    )
    assert (after.verdict, before.verdict) == ("FAIL", "PASS")
    assert road_of(after)["status"] == "ABOLISHED"
    assert road_of(after)["contact_total_m"] == 20
    assert "2026-11-01 폐지" in after.sentence


def test_g10_two_contacts_that_only_together_reach_2_m(board):
    comb = board.box(0, -4, 1.2, 0).union(board.box(5, -4, 6, 0)).union(board.box(-9, -8, 40, -4))
    review = board.ask(board.site(board.lot), board.road(comb))
    assert review.verdict == "REVIEW"
    assert (road_of(review)["contact_total_m"], road_of(review)["contact_longest_m"]) == (2.2, 1.2)
    assert "합계 2.2 m, 가장 긴 곳이 1.2 m" in review.sentence


def test_g12_a_contact_within_the_error_of_the_map(board):
    road = board.road(board.south, accuracy_m=0.5, geometry_source="연속지적 편집")
    review = board.ask(board.site(flag(board, 2.1)), road)
    assert review.verdict == "REVIEW"
    assert "1.6~2.6 m" in review.sentence
    assert board.ask(board.site(flag(board, 2.6)), road).verdict == "PASS"
    assert board.ask(board.site(flag(board, 1.4)), road).verdict == "FAIL"


def test_g13_a_narrow_way_inside_is_told_and_fails_nothing(board):
    waist = flag(board, 3.0).difference(board.box(1.8, 4, 3, 6))
    review = board.ask(board.site(waist), board.road(board.south))
    assert review.verdict == "PASS"
    assert "1.8 m" in finding(review, "art44_2m").sentence


def test_g14_a_recognised_access_and_a_large_building(board):
    site = board.site(board.lot, recognitions=(Recognition("출입지장없음", "파주시 2026-1", date(2026, 1, 5)),))
    review = board.ask(site, gfa_m2=2500.0, use="업무시설")
    assert verdicts(review)["art44_2m"] == "PASS"
    assert (verdicts(review)["art28_2"], review.verdict) == ("REVIEW", "REVIEW")
    assert "법제처 16-0229" in review.sentence


def test_every_published_situation_stands_here():
    if not VECTORS.exists():
        pytest.skip("the published vectors ../shared/vectors/statutory.json are not here")
    published = {each["id"].lower() for each in json.loads(VECTORS.read_text(encoding="utf-8"))["status"]}
    here = {name.split("_")[1] for name in globals() if name.startswith("test_g")}
    assert published - here == {"g11"}  # a line under 46② is statute.deduction_m2, tested there


# What decides


def test_the_published_vectors_on_drawn_ground(board):
    """Each road vector, drawn: a straight road as wide as it says, a contact as long as it says."""
    if not VECTORS.exists():
        pytest.skip("the published vectors ../shared/vectors/statutory.json are not here")
    words = {"N/A": "NOT_APPLICABLE", "NOT_TRIGGERED": "NOT_APPLICABLE", "ORDINANCE": "REVIEW"}
    for vector in json.loads(VECTORS.read_text(encoding="utf-8"))["road"]:
        facts, zone, expect = vector["road"], vector["zone"], vector["expect"]
        width, contact = facts["width_m"], vector["contact_m"]
        road = board.road(
            board.box(0, -width, contact, 0), width_m=width, accuracy_m=0.0, is_dead_end=facts["dead_end"],
            dead_end_length_m=facts.get("length_m"), opposite_obstacle=facts.get("opposite", "없음"),
            terrain_designated=facts.get("terrain_designated", False),
        )  # fmt: skip
        zones = [board.zone("제1종일반주거지역" if zone["urban"] else "계획관리지역")]
        zones += [board.zone("가 구역", kind="지구단위계획구역")] * zone["district_unit_plan"]
        site = board.site(board.lot, emd_type=zone["emd_type"])
        review = board.ask(site, road, zones=zones, use=vector["building"]["use"], gfa_m2=vector["building"]["gfa_m2"])
        assert review.verdict == words.get(expect["overall"], expect["overall"]), vector["id"]
        assert verdicts(review)["art44_2m"] == words.get(expect["art44_2m"], expect["art44_2m"])
        assert verdicts(review)["art28_2"] == words.get(expect["art28_2"], expect["art28_2"])
        assert road_of(review)["setback_m"] == expect["setback_m"]
        assert road_of(review)["required_width_m"] == expect["required_width_m"]
        if expect["setback_m"]:
            assert road_of(review)["deduction_m2"] == pytest.approx(expect["setback_m"] * contact)


@pytest.mark.parametrize("covered", [(), ("NAMOK",), ("GAMOK",)])
def test_no_road_is_never_said_where_the_register_is_not_complete(board, covered):
    near = board.road(board.south, status="ABOLISHED", valid_to="2020-01-01")
    short = board.road(board.box(3, -4, 4.5, 0))
    for roads in ((), (near,), (short,)):
        review = board.ask(board.site(board.lot), *roads, covered=covered)
        assert review.verdict == "UNKNOWN_COVERAGE"
        assert "FAIL" not in verdicts(review).values()
    assert board.ask(board.site(board.lot), board.road(board.south), covered=covered).verdict == "PASS"


def test_a_day_before_the_law_text_held(board):
    review = board.ask(board.site(board.lot), board.road(board.south), as_of=date(2026, 10, 5))
    assert review.verdict == "REVIEW"
    assert set(verdicts(review).values()) == {"REVIEW"}
    assert "2026-10-06" in review.sentence
    assert "보유한 조문으로 보면 '적합'이다" in review.sentence
    assert "보유한 조문으로는 적합" in finding(review, "art44_2m").sentence
    assert board.ask(board.site(board.lot), board.road(board.south), as_of=date(2026, 10, 6)).verdict == "PASS"


def test_several_roads_the_best_decides_and_each_has_its_setback(board):
    narrow = board.road(board.box(-10, -3, 40, 0), name="남길", width_m=3.0)
    river = board.road(board.box(-10, 30, 40, 33), name="북길", width_m=3.0, opposite_obstacle="하천")
    review = board.ask(board.site(board.lot), narrow, river)
    assert review.verdict == "PASS_WITH_SETBACK"
    assert {road["name"]: road["setback_m"] for road in review.roads} == {"남길": 0.5, "북길": 1.0}
    assert {road["name"]: road["deduction_m2"] for road in review.roads} == {"남길": 10.0, "북길": 20.0}
    total = next(each for each in finding(review, "setback").inputs if each.name == "deduction_total_m2")
    assert total.value == pytest.approx(30.0)
    assert finding(review, "setback").required == 4.0


def test_a_disputed_road_beside_a_good_one_spoils_nothing_by_itself(board):
    good = board.road(board.south)
    disputed = board.road(board.box(-9, 30, 40, 34), status="DISPUTED")
    narrow = board.road(board.box(-9, 30, 40, 33), status="DISPUTED", width_m=3.0)
    assert board.ask(board.site(board.lot), good, disputed).verdict == "PASS"
    assert board.ask(board.site(board.lot), good, narrow).verdict == "REVIEW"  # a set-back may follow
    assert board.ask(board.site(board.lot), disputed).verdict == "REVIEW"


def test_two_sections_of_road_make_one_contact(board):
    sections = (board.road(board.box(-9, -4, 1.5, 0), name="가"), board.road(board.box(1.5, -4, 3, 0), name="나"))
    assert board.ask(board.site(board.lot), *sections).verdict == "PASS"
    apart = (board.road(board.box(-9, -4, 1.5, 0), name="가"), board.road(board.box(5, -4, 6.5, 0), name="나"))
    assert board.ask(board.site(board.lot), *apart).verdict == "REVIEW"


def test_a_road_drawn_apart(board):
    site = board.site(board.lot)
    assert board.ask(site, board.road(board.box(-9, -4, 40, -0.1), accuracy_m=0.3)).verdict == "PASS"
    surveyed = board.ask(site, board.road(board.box(-9, -4, 40, -0.1), accuracy_m=0.05))
    assert surveyed.verdict == "REVIEW"
    assert "0.1 m 떨어져" in surveyed.sentence
    assert board.ask(site, board.road(board.box(-9, -4, 40, -0.4), accuracy_m=0.5)).verdict == "REVIEW"
    assert board.ask(site, board.road(board.box(-9, -4, 40, -0.6), accuracy_m=0.5)).verdict == "FAIL"


def test_register_and_drawing_disagree(board):
    review = board.ask(board.site(board.lot), board.road(board.box(-9, -3, 40, 0), width_m=4.0))
    assert review.verdict == "REVIEW"
    (told,) = review.disagreements
    assert (told["what"], told["register"], told["geometry"]) == ("width_m", 4.0, 3.0)


def test_the_width_that_was_designated_is_exact(board):
    rough = board.road(board.south, accuracy_m=0.5)
    assert board.ask(board.site(board.lot), rough).verdict == "PASS"
    assert (
        board.ask(board.site(board.lot), board.road(board.south, accuracy_m=0.5, width_source="measured")).verdict
        == "REVIEW"
    )


def test_the_zone_matters_where_it_changes_the_answer(board):
    road = board.road(board.south)
    assert board.ask(board.site(board.lot, emd_type="면"), road, zones=[]).verdict == "REVIEW"
    assert board.ask(board.site(board.lot, emd_type="읍"), road, zones=[]).verdict == "PASS"


@pytest.mark.parametrize(
    ("use", "gfa", "width", "verdict"),
    [
        ("업무시설", 1999.99, 4.0, "NOT_APPLICABLE"), ("업무시설", 2000.0, 4.0, "FAIL"),
        ("업무시설", 2000.0, 6.0, "PASS"), ("공장", 2999.0, 4.0, "NOT_APPLICABLE"),
        ("공장", 3000.0, 4.0, "FAIL"), ("축사", 2500.0, 4.0, "REVIEW"),
        ("축사", 2500.0, 6.0, "PASS"), (None, 2500.0, 4.0, "REVIEW"), (None, 2500.0, 6.0, "PASS"),
        (None, 1500.0, 4.0, "NOT_APPLICABLE"), (None, 3500.0, 4.0, "REVIEW"), ("업무시설", None, 4.0, "NOT_APPLICABLE"),
    ],
)  # fmt: skip
def test_large_buildings(board, use, gfa, width, verdict):
    road = board.road(board.box(-9, -width, 40, 0), width_m=width)
    review = board.ask(board.site(board.lot), road, use=use, gfa_m2=gfa)
    assert verdicts(review)["art28_2"] == verdict
    assert review.verdict == (verdict if verdict in ("FAIL", "REVIEW") else "PASS")


def test_a_floor_area_that_is_not_given_is_said(board):
    review = board.ask(board.site(board.lot), board.road(board.south), use=None, gfa_m2=None)
    assert review.verdict == "PASS"
    assert "연면적이 주어지지 않아" in review.sentence


def test_whether_the_width_after_the_setback_counts_is_for_the_authority(board):
    dead_end = board.road(board.south, is_dead_end=True, dead_end_length_m=60.0)
    review = board.ask(board.site(board.lot), dead_end, use="업무시설", gfa_m2=2500.0)
    assert verdicts(review)["art28_2"] == "REVIEW"
    assert "후퇴하여 확보될 너비" in finding(review, "art28_2").sentence


def corner_lot(board, south_m, east_m, **facts):
    south = board.road(board.box(-10, -south_m, 20, 0), name="남길", width_m=south_m, **facts)
    east = board.road(board.box(20, -south_m, 20 + east_m, 60), name="동길", width_m=east_m, **facts)
    return board.ask(board.site(board.lot), south, east)


@pytest.mark.parametrize(("south", "east", "leg"), [(6.0, 6.0, 3), (6.0, 4.0, 2), (4.0, 4.0, 2)])
def test_the_corner_of_two_roads(board, south, east, leg):
    review = corner_lot(board, south, east)
    assert review.verdict == "PASS_WITH_SETBACK"
    for road in review.roads:
        assert (road["corner_cut"]["leg_m"], road["corner_cut"]["area_m2"]) == (leg, leg * leg / 2)
        assert road["corner_cut"]["geometry"].area == pytest.approx(leg * leg / 2)
    assert "제31조제1항" in review.sentence


def test_a_corner_with_a_wide_road_has_no_cut(board):
    review = corner_lot(board, 8.0, 6.0)
    assert (review.verdict, verdicts(review)["corner_cut"]) == ("PASS", "NOT_APPLICABLE")


def test_a_corner_of_a_narrow_road_is_for_the_authority(board):
    review = corner_lot(board, 6.0, 3.0)
    assert (review.verdict, verdicts(review)["corner_cut"]) == ("REVIEW", "REVIEW")
    assert "0~2 m" in finding(review, "corner_cut").sentence


def test_a_setback_at_a_corner_takes_each_square_metre_once(board):
    review = corner_lot(board, 3.0, 3.0, terrain_designated=False)
    assert [road["deduction_m2"] for road in review.roads] == [15.0, 10.0]
    total = next(each for each in finding(review, "setback").inputs if each.name == "deduction_total_m2")
    assert total.value == pytest.approx(24.75)


def test_a_road_drawn_into_the_parcel(board):
    part = board.road(board.box(-10, -1, 40, 3), part_of_parcel=True)
    review = board.ask(board.site(board.lot), part)
    assert review.verdict == "PASS"
    assert road_of(review)["contact_total_m"] == 20


@pytest.mark.parametrize("covered", [(), ("GAMOK", "NAMOK")])
def test_a_parcel_that_is_all_road(board, covered):
    review = board.ask(board.site(board.lot), board.road(board.box(-5, -5, 40, 40)), covered=covered)
    assert review.verdict == "FAIL"
    assert "대지 전체가 도로" in review.sentence


def test_three_parcels_are_one_site(board):
    site = board.site(board.box(0, 0, 0.8, 30), board.box(0.8, 0, 1.6, 30), board.box(1.6, 0, 20, 30))
    review = board.ask(site, board.road(board.box(-9, -4, 2.4, 0)))
    assert (review.verdict, road_of(review)["contact_longest_m"]) == ("PASS", 2.4)


# What it says


def test_the_shape_of_the_answer(board):
    review = board.ask(
        board.site(board.lot),
        board.road(board.box(-9, -3, 40, 0), width_m=3.0),
        hazards=[{"id": "z"}],
        changes=[{"id": 1}],
    )
    answer = review.to_dict()
    assert list(answer) == ["site", "as_of", "verdict", "sentence", "tests", "roads", "permits", "hazards", "changes",
                            "disagreements", "sources", "notice"]  # fmt: skip
    assert list(answer["site"]) == [
        "pnus",
        "address",
        "area_m2",
        "geometry",
        "emd",
        "urban",
        "district_unit_plan",
        "zoning",
    ]
    assert [each["id"] for each in answer["tests"]] == TESTS
    for each in answer["tests"]:
        assert list(each) == [
            "id",
            "verdict",
            "required",
            "measured",
            "unit",
            "article",
            "in_force_since",
            "inputs",
            "sentence",
        ]
        assert each["article"].startswith("건축법")
        assert each["in_force_since"] in (None, "2026-10-06")
        assert each["sentence"].endswith(".")
        for given in each["inputs"]:
            assert list(given) == ["name", "value", "source", "as_of", "accuracy_m"]
    (road,) = answer["roads"]
    wanted = ["id", "designation_no", "legal_basis", "status", "width_m", "width_source", "dead_end", "contact_total_m",
              "contact_longest_m", "required_width_m", "setback_m", "setback_line", "deduction_m2", "corner_cut",
              "notice_no", "consents"]  # fmt: skip
    assert set(wanted) <= set(road)
    assert road["consents"] == {"required": 4, "obtained": 4, "scope": "통행"}
    assert road["setback_line"].equals_exact(board.at(shapely.LineString([(0, 0.5), (20, 0.5)])), 1e-6)
    assert answer["notice"] == "심사 보조이며 처분이 아님"
    assert (answer["as_of"], answer["hazards"], answer["changes"]) == ("2026-11-23", [{"id": "z"}], [{"id": 1}])


def test_the_sentence_names_article_measured_and_required(board):
    review = board.ask(board.site(board.lot), board.road(board.box(-9, -3, 40, 0), width_m=3.0))
    for words in (
        "제44조제1항",
        "20 m 접하여 기준 2 m",
        "너비 3 m, 소요너비 4 m",
        "0.5 m 후퇴",
        "제46조제1항",
        "10 ㎡",
    ):
        assert words in review.sentence


def test_a_road_with_holes_in_its_row(board):
    bare = {"road_uid": "r", "legal_basis": "NAMOK", "geometry": board.at(board.south)}
    review = board.ask(board.site(board.lot), bare)
    assert review.verdict == "REVIEW"
    assert road_of(review)["width_m"] == pytest.approx(4.0)
    assert road_of(review)["width_source"] == "none"


def test_an_area_that_disagrees_is_told(board):
    review = board.ask(board.site(board.lot, area_m2=500.0), board.road(board.south))
    assert [each["what"] for each in review.disagreements] == ["area_m2"]
