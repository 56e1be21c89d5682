"""Zones as of a day and the hazards of a site, areas known by hand."""

from datetime import date

import pytest
from shapely.geometry import Point, box

from geo import boundaries
from geo.disaster import store
from geo.disaster.zone import STANDARD_NAMES, TYPES, status, touching

X, Y = 194_000.0, 592_000.0
DAY = date(2026, 3, 15)


def site(left, bottom, right, top):
    return box(X + left, Y + bottom, X + right, Y + top)


@pytest.fixture
def held(city, document, write, at):
    def zones(on=DAY, **changed):
        document["zones"][0] |= changed
        store.import_file(city, write(document), at=at)
        return store.zones(city, on)

    return zones


def test_a_site_half_inside(held):
    (hazard,) = touching(site(190, 10, 210, 30), held())
    assert (hazard["area_m2"], hazard["share"], hazard["relation"]) == (200.0, 0.5, "overlaps")
    assert [rule["article"] for rule in hazard["follows"]] == [
        "건축법 제11조제4항제2호",
        "건축법 제49조제5항",
        "자연재해대책법 제15조",
    ]
    assert "200.0 ㎡(50.0%)" in hazard["sentence"]
    assert "합성" in hazard["sentence"]
    assert (hazard["kind"], hazard["as_of"], hazard["source_date"]) == ("legal_zone", "2026-03-15", "2026")


def test_a_site_outside(held):
    assert touching(site(300, 0, 310, 10), held()) == []


def test_a_site_that_shares_an_edge_is_bound_by_nothing(held):
    (hazard,) = touching(site(200, 0, 210, 10), held())
    assert (hazard["relation"], hazard["area_m2"], hazard["follows"]) == ("adjoins", 0.0, [])


def test_a_point_has_no_share(held):
    (hazard,) = touching(Point(X + 5, Y + 5), held())
    assert (hazard["relation"], hazard["share"]) == ("overlaps", None)
    assert hazard["follows"]


def test_another_type_has_article_15_alone(held):
    (hazard,) = touching(site(10, 10, 20, 20), held(type="002"))
    assert [rule["article"] for rule in hazard["follows"]] == ["자연재해대책법 제15조"]
    assert hazard["type_name"] == TYPES["002"]


def test_a_released_zone_is_told_and_binds_nothing(held):
    zones = held(released_on="2026-12-01", on=date(2026, 12, 1))
    (hazard,) = touching(site(10, 10, 20, 20), zones)
    assert (hazard["status"], hazard["follows"]) == ("released", [])
    assert "2026-12-01 해제" in hazard["sentence"]


def test_until_the_day_of_release_it_binds(held):
    (hazard,) = touching(site(10, 10, 20, 20), held(released_on="2026-12-01", on=date(2026, 11, 30)))
    assert hazard["status"] == "designated"
    assert len(hazard["follows"]) == 3


def test_before_designation_there_is_no_zone(held):
    assert touching(site(10, 10, 20, 20), held(on=date(2003, 10, 29))) == []


def test_a_zone_without_geometry_is_unknown_in_its_legal_dong_alone(held):
    zones = held(geometry=None, geometry_quality="none", synthetic=False)
    far = box(180_000, 570_000, 180_010, 570_010)
    ri = boundaries.ri().set_index("code").geometry["4148036024"]
    (hazard,) = touching(ri.representative_point().buffer(5), zones)
    assert (hazard["relation"], hazard["area_m2"], hazard["share"]) == ("unknown", None, None)
    assert "알 수 없습니다" in hazard["sentence"]
    assert touching(far, zones) == []


def test_a_zone_with_neither_geometry_nor_legal_dong_is_unknown_everywhere(held):
    zones = held(geometry=None, geometry_quality="none", synthetic=False, legal_dong_code=None)
    assert touching(site(5000, 5000, 5010, 5010), zones)[0]["relation"] == "unknown"


def test_the_drawn_area_stands_beside_the_notice(held):
    row = held(area_notice_m2=16_000).iloc[0]
    assert (row["area_geom_m2"], row["area_diff_pct"]) == (20_000.0, 25.0)


@pytest.mark.parametrize(
    ("on", "expected"),
    [(date(2003, 9, 30), "not_yet"), (date(2003, 10, 1), "designated"), (date(2026, 12, 31), "designated"),
     (date(2027, 1, 1), "released")],
)  # fmt: skip
def test_status_with_dates_to_the_month(on, expected):
    assert status("2003-10", "2027-01", on) == expected


def test_standard_names_are_written_beside_ours(city, document, write, at):
    document["zones"][0]["standard"] = {"DST_RSK_DSTRCT_NM": "시험", "DSGN_YMD": "20031030"}
    store.import_file(city, write(document), at=at)
    told = store.zone_record(city, "zone")["zone"]["standard"]
    assert set(told) == set(STANDARD_NAMES.values())
    assert (told["DSGN_YMD"], told["DST_RSK_DSTRCT_TYPE_CD"], told["DST_RSK_DSTRCT_GRD_CD"]) == (
        "20031030",
        "001",
        None,
    )
