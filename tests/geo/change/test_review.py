"""Rules of the unpermitted list, each on drawn parcels where the answer is plain."""

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from geo.change.review import ALLOWS, ranked, unpermitted
from geo.crs import CITY
from geo.errors import CrsMismatch

PNUS = [f"41480370261010{n:05}" for n in range(4)]  # four lots in a row, 20 m wide


@pytest.fixture
def parcels():
    return gpd.GeoDataFrame({"pnu": PNUS}, geometry=[box(20 * n, 0, 20 * n + 20, 20) for n in range(4)], crs=CITY)


def changed(name="building_gained", shape=None):
    row = {"change_id": ["c"], "class": [name], "before": ["2024-05-14"], "after": ["2025-09-28"]}
    return gpd.GeoDataFrame(row, geometry=[shape or box(5, 5, 15, 15)], crs=CITY)


def permitted(**how):
    permit = {
        "permit_id": "P1",
        "permit_no": "2024-건축-1",
        "kind": "건축허가",
        "state": "착공",
        "approved_on": "2024-08-01",
        "used_on": None,
        "ended_on": None,
        "main_pnu": PNUS[0],
        "pnus": PNUS[0],
        "deemed_under": None,
    } | how
    return gpd.GeoDataFrame([permit], geometry=[Point(10, 10)], crs=CITY)


def judged(parcels, permits, change=None):
    return unpermitted(changed() if change is None else change, permits, parcels).iloc[0]


def test_a_permit_of_the_parcel_explains(parcels):
    row = judged(parcels, permitted())
    assert (row.explained, row.permit_id, row.pnus) == (True, "P1", (PNUS[0],))
    assert row.reason == "건축허가 2024-건축-1(2024-08-01 허가, 현재 착공)에 따른 건물 신축입니다."


@pytest.mark.parametrize("state", ["허가", "착공", "사용승인"])
def test_states_in_force(parcels, state):
    assert judged(parcels, permitted(state=state)).explained


@pytest.mark.parametrize("state", ["접수", "보완", "협의", "불허가", "반려", "취하", "허가취소", "효력상실", "위반"])
def test_states_without_force(parcels, state):
    row = judged(parcels, permitted(state=state))
    assert not row.explained
    assert f"{state} 상태라 효력이 없음" in row.reason


@pytest.mark.parametrize(
    ("kind", "name", "explained"),
    [
        ("건축신고", "building_extended", True),
        ("건축허가", "earthwork", False),
        ("개발행위허가", "road", True),
        ("개발행위허가", "building_gained", False),
        ("산지전용허가", "vegetation_loss", True),
        ("농지전용허가", "building_gained", False),
        ("농지전용허가", "earthwork", True),
        ("사도개설허가", "road", True),
        ("도로점용허가", "building_gained", False),
    ],
)
def test_kinds_allow_their_classes(parcels, kind, name, explained):
    row = judged(parcels, permitted(kind=kind), changed(name))
    assert row.explained == explained
    assert explained or "허용하는 종류가 아님" in row.reason


@pytest.mark.parametrize(
    ("name", "words"), [("building_gained", "건물 신축을"), ("earthwork", "토공(절·성토)을"), ("road", "도로를")]
)
def test_particles_fit_the_word(parcels, name, words):
    assert words in judged(parcels, permitted(kind="도로점용허가"), changed(name)).reason


def test_every_class_is_allowed_by_some_kind():
    assert frozenset().union(*ALLOWS.values()) == {
        "building_gained", "building_lost", "building_extended", "vegetation_loss", "earthwork", "road", "water",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"approved_on": "2025-09-29"}, "허가일(2025-09-29)이 촬영일(2025-09-28)보다 늦음"),
        ({"approved_on": None}, "허가일이 없음"),
        ({"ended_on": "2025-01-02"}, "전에 끝남(2025-01-02)"),
        ({"state": "사용승인", "used_on": "2023-03-01"}, "이미 사용승인됨(2023-03-01)"),
    ],
)
def test_dates(parcels, how, why):
    row = judged(parcels, permitted(**how))
    assert not row.explained
    assert why in row.reason


def test_approved_on_the_day_of_the_photograph_explains(parcels):
    assert judged(parcels, permitted(approved_on="2025-09-28")).explained


def test_another_parcel_of_the_same_site_explains(parcels):
    row = judged(parcels, permitted(main_pnu=PNUS[1], pnus=f"{PNUS[1]};{PNUS[0]}"))
    assert row.explained


def test_a_permit_next_door_is_named_and_does_not_explain(parcels):
    row = judged(parcels, permitted(main_pnu=PNUS[1], pnus=PNUS[1]))
    assert not row.explained
    assert row.reason == "건물 신축에 맞는 인허가가 없습니다. 건축허가 2024-건축-1: 다른 필지의 인허가임."


def test_most_of_a_change_must_lie_on_the_site(parcels):
    over = changed(shape=box(14, 5, 34, 15))  # 30 % on the first lot, 70 % on the second
    row = judged(parcels, permitted(), over)
    assert row.pnus == (PNUS[1], PNUS[0])
    assert not row.explained
    assert "30%만 허가 대지 안에 있음" in row.reason
    assert judged(parcels, permitted(pnus=";".join(PNUS[:2])), over).explained


def test_an_outline_slightly_over_the_line_does_not_touch_the_neighbour(parcels):
    assert judged(parcels, permitted(), changed(shape=box(5, 5, 20.3, 15))).pnus == (PNUS[0],)


def test_no_permit_anywhere(parcels):
    row = judged(parcels, permitted().iloc[:0])
    assert (row.explained, row.permit_id) == (False, None)
    assert "인허가가 없습니다" in row.reason


def test_no_parcel_anywhere(parcels):
    assert "필지 자료가 없어" in judged(parcels.iloc[:0], permitted().iloc[:0]).reason


def test_a_deemed_permit_has_no_number_of_its_own(parcels):
    deemed = permitted(kind="산지전용허가", permit_no=None, deemed_under="건축법 11⑤5")
    row = judged(parcels, deemed, changed("vegetation_loss"))
    assert row.reason.startswith("산지전용허가 P1(건축법 11⑤5 의제)(2024-08-01 허가")


def test_frames_in_another_crs_are_refused(parcels):
    with pytest.raises(CrsMismatch):
        unpermitted(changed().to_crs(4326), permitted(), parcels)


def test_a_visit_goes_by_score_size_and_zone():
    shapes = [box(100 * n, 0, 100 * n + 20, 20) for n in range(4)]
    table = {"n": range(1, 5), "class": "building_gained", "score": [0.9, 0.9, 0.8, 0.8],
             "area_m2": [30.0, 90.0, 30.0, 30.0]}  # fmt: skip
    zones = gpd.GeoDataFrame(
        {"kind": ["용도지역"] * 2 + ["지구단위계획구역"], "name": ["제1종일반주거지역", "자연녹지지역", "율곡"]},
        geometry=[box(90, -10, 250, 30), box(250, -10, 325, 30), box(-10, -10, 500, 30)],
        crs=CITY,
    )
    found = ranked(gpd.GeoDataFrame(table, geometry=shapes, crs=CITY), zones)
    assert found["n"].tolist() == [2, 4, 1, 3]
    assert found["priority"].tolist() == [1.8, 1.2, 0.9, 0.8]  # 0.9 x 2 doublings, 0.8 x 1.5, ...
    assert found["zone"].tolist() == ["제1종일반주거지역", "자연녹지지역", None, "제1종일반주거지역"]
