"""Uses of buildings in free words."""

import pytest

from geo.registry.use import is_factory, is_farm_hut, is_left_to_ordinance


@pytest.mark.parametrize(
    "use", ["공장", " 공장 ", "공 장", "공장(식품제조)", "일반공장", "17. 공장", "아파트형 공장", "공장시설"]
)
def test_a_factory(use):
    assert is_factory(use)


@pytest.mark.parametrize(
    "use",
    [
        "제2종근린생활시설(공장)",
        "제2종근린생활시설 공장",
        "공장 및 창고",
        "창고및공장",
        "사무소·공장",
        "공장용 창고",
        "업무시설",
        "축사",
    ],
)
def test_no_factory_where_the_words_leave_doubt(use):
    assert not is_factory(use)


@pytest.mark.parametrize(
    "use",
    [
        "축사",
        " 축사 ",
        "작물 재배사",
        "작물재배사",
        "버섯재배사",
        "돈사",
        "동물 및 식물 관련 시설(축사)",
        "동물및식물관련시설",
        "온실",
    ],
)
def test_left_to_the_ordinance(use):
    assert is_left_to_ordinance(use)


@pytest.mark.parametrize(
    "use", ["건축사사무소", "건축사", "공인회계사", "신축 업무시설", "공장", "창고시설", "단독주택"]
)
def test_not_left_to_the_ordinance(use):
    assert not is_left_to_ordinance(use)


def test_a_farm_hut_is_small():
    assert is_farm_hut("농막", None)
    assert is_farm_hut("가설건축물(농막)", 20.0)
    assert not is_farm_hut("농막", 20.1)
    assert not is_farm_hut("농막창고", 10)
    assert not is_farm_hut("단독주택", 18)
