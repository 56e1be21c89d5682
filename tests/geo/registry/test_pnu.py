"""PNU: what is refused and why, and what a good one says."""

import pytest

from geo.errors import BadInput
from geo.registry import pnu


def test_a_pnu_in_words_and_back():
    for code, words in (
        ("4148036024101000001", "파평면 율곡리 100-1"),
        ("4148036024200120003", "파평면 율곡리 산 12-3"),
        ("4148012300100010000", "금릉동 1"),
    ):
        assert pnu.describe([pnu.check(code)]) == words
    place = pnu.place_of("4148036024101000001")
    assert (place.emd, place.ri, place.emd_type) == ("파평면", "율곡리", "면")
    assert pnu.compose(place, mountain=True, main=12, sub=3) == "4148036024200120003"


def test_several_parcels_in_words():
    codes = ["4148036024101000001", "4148036024101000002", "4148036024200120003"]
    assert pnu.describe(codes) == "파평면 율곡리 100-1 외 2필지"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("414803602410100000", "18 digits, expected 19"),
        ("41480360241010000011", "20 digits, expected 19"),
        ("", "expected 19 digits"),
        ("41480360241０1000001", "expected 19 digits"),
        ("4148036024-101000001", "expected 19 digits"),
        ("4128036024101000001", "begins with 41280"),
        ("4148036025101000001", "no 동 or ri of Paju has the code 4148036025"),
        ("4148036000101000001", "no 동 or ri of Paju has the code 4148036000"),
        ("4148036024001000001", "11th digit is 0"),
        ("4148036024301000001", "11th digit is 3"),
        ("4148036024100000001", "main lot number is 0000"),
    ],
)
def test_a_bad_pnu_is_refused_with_the_reason(code, reason):
    with pytest.raises(BadInput, match=reason) as refused:
        pnu.check(code)
    assert refused.value.parameter == "pnu"
    assert refused.value.korean.startswith("PNU")


def test_codes_of_the_building_register_are_not_strung_together():
    assert pnu.from_building_register("41480/36024/1/0012/0003") == "4148036024200120003"
    assert pnu.from_building_register("41480/36024/0/100/1") == "4148036024101000001"
    assert pnu.from_building_register("율곡리 100") is None
    with pytest.raises(BadInput, match="2 is a block"):
        pnu.from_building_register("41480/36024/2/0012/0003")
    with pytest.raises(BadInput, match="no 동 or ri of Paju has the code"):
        pnu.from_building_register("41480/36025/0/0012/0003")


def test_every_place_of_the_city():
    names = [place.name for place in pnu.places()]
    assert len(names) == 22 + 106
    assert "파평면" not in names
    assert len({place.code for place in pnu.places()}) == len(names)
