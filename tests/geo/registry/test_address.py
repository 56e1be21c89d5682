"""Addresses: each row of the table in the domain model, and each trap of the grammar."""

import pytest

from geo.errors import BadInput, NotFound, Unreadable
from geo.registry.address import ADMINISTRATIVE, resolve
from geo.registry.pnu import compose, describe, places


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("경기도 파주시 파평면 율곡리 100-1", "4148036024101000001"),
        ("파평면 율곡리 산 12-3", "4148036024200120003"),
        ("율곡리 산12-3번지", "4148036024200120003"),
        ("문산읍 문산리 5번지", "4148025021100050000"),
        ("금릉동 1", "4148012300100010000"),
        ("진서면 금릉리 1", "4148041023100010000"),
        ("41480/36024/1/0012/0003", "4148036024200120003"),
        ("4148036024101000001", "4148036024101000001"),
        # 전각, dashes of every kind, no-break and zero-width spaces, none at all
        ("파평면　율곡리　１００－１", "4148036024101000001"),
        ("파평면\u00a0율곡리\u00a0100–1", "4148036024101000001"),
        ("율곡리\u200b 100—1", "4148036024101000001"),
        ("율곡리 100 − 1", "4148036024101000001"),
        ("경기도파주시파평면율곡리100-1", "4148036024101000001"),
        ("율곡리 100-1", "4148036024101000001"),
        # other ways to write the sub number
        ("율곡리 100번지 1", "4148036024101000001"),
        ("율곡리 100의1", "4148036024101000001"),
        ("율곡리 100번지의 1", "4148036024101000001"),
        ("율곡리 100-1번지", "4148036024101000001"),
        # 산 in a name is not a mountain lot
        ("마산리 12", "4148036023100120000"),
        ("마산리산12", "4148036023200120000"),
        ("장산리12", "4148025028100120000"),
        ("산남동 산 5", "4148011200200050000"),
        ("산남동5", "4148011200100050000"),
        ("파주시 파주읍 파주리 9999-9999", "4148025326199999999"),
        ("파주 율곡리 100", "4148036024101000000"),
        ("경기 파주시 교하동 12", "4148010700100120000"),
    ],
)
def test_an_address_is_a_pnu(text, code):
    found = resolve(text)
    assert (found.outcome, found.pnu, found.require()) == ("PNU", code, code)


def test_a_decomposed_spelling_is_the_same():
    import unicodedata

    assert resolve(unicodedata.normalize("NFD", "파평면 율곡리 100-1")).pnu == "4148036024101000001"


def test_every_place_by_every_name_it_goes_by():
    for place in places():
        code = compose(place, mountain=True, main=7, sub=8)
        assert resolve(describe([code])).pnu == code
        assert resolve(f"경기도 파주시 {place.name} 산7-8번지").pnu == code
        assert resolve(f"{place.short}산7의8").pnu == code


def test_more_parcels_are_counted_and_not_guessed():
    found = resolve("파평면 율곡리 100-1 외 2필지")
    assert (found.pnu, found.more_parcels) == ("4148036024101000001", 2)
    assert "외 2필지는" in found.sentence


def test_a_city_that_is_not_named_is_taken_to_be_paju_and_said_so():
    assert resolve("율곡리 1").limited_to_paju
    assert "파주시로 한정" in resolve("율곡리 1").sentence
    assert not resolve("파주시 율곡리 1").limited_to_paju
    assert not resolve("4148036024101000001").limited_to_paju


def test_one_name_in_two_places_is_ambiguous():
    found = resolve("금릉 1")
    assert found.outcome == "AMBIGUOUS"
    assert {c.pnu for c in found.candidates} == {"4148012300100010000", "4148041023100010000"}
    with pytest.raises(BadInput, match=r"금릉동 1, 진서면 금릉리 1"):
        found.require()


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [
        ("파평면 울곡리 100", ("율곡리",)),
        ("울곡리 100", ("율곡리",)),
        ("진서면 어용리 3", ("어룡리",)),
        ("율곡 100", ("율곡리",)),
        ("마산 12", ("마산리",)),
        ("문산읍 율곡리 100", ("파평면 율곡리",)),
        ("장단면 백연리 100", ("군내면 백연리",)),
        ("진동면 1", ("동파리", "용산리", "하포리", "서곡리", "초리")),
        ("천국리 100", ()),
        ("마 산 12", ()),
    ],
)
def test_a_name_that_is_not_there_is_never_corrected(text, suggestions):
    found = resolve(text)
    assert (found.outcome, found.pnu, found.suggestions) == ("NOT_FOUND", None, suggestions)
    with pytest.raises(NotFound):
        found.require()


def test_the_question_back_is_asked_in_both_languages():
    found = resolve("파평면 울곡리 100")
    assert "did you mean 율곡리?" in found.english
    assert "혹시 '율곡리'입니까?" in found.sentence


@pytest.mark.parametrize(
    "text", ["경상북도 김천시 지례면 울곡리 100", "고양시 덕양구 주교동 1", "서울특별시 종로구 청운동 1"]
)
def test_another_city(text):
    assert resolve(text).outcome == "NOT_FOUND"
    assert "파주시가 아닙니다" in resolve(text).sentence


@pytest.mark.parametrize("text", ["운정3동 100", "운정 3동 100", "파주시 운정제3동 100번지"])
def test_an_administrative_dong_is_no_legal_dong(text):
    found = resolve(text)
    assert found.outcome == "NOT_A_LEGAL_DONG"
    assert [c.name for c in found.candidates] == ["야당동 100", "동패동 100"]
    with pytest.raises(BadInput, match="administrative dong"):
        found.require()


def test_administrative_dongs_lie_in_legal_ones():
    assert {name for names in ADMINISTRATIVE.values() for name in names} <= {place.emd for place in places()}
    assert resolve("교하동 12").outcome == "PNU"  # both administrative and legal
    assert resolve("운정7동 1").outcome == "NOT_FOUND"
    assert resolve("운정2동 1").candidates[0].name == "목동동 1"


@pytest.mark.parametrize(
    "text",
    [
        "시청로 50",
        "경기도 파주시 시청로 50",
        "파주시 문산읍 문향로 12-3",
        "금촌동 새꽃로 117",
        "문화로12번길 5",
        "율곡로 지하 3",
    ],
)
def test_a_road_name_needs_its_own_database(text):
    assert resolve(text).outcome == "NEEDS_JUSO_DB"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("", "UNREADABLE"), ("율곡리", "UNREADABLE"), ("율곡리 가100", "UNREADABLE"), ("A1BL 3LT", "UNREADABLE"),
        ("동패동 A1블록 3", "UNREADABLE"), ("100-1", "UNREADABLE"), ("율곡리 100-1, 100-2", "UNREADABLE"),
        ("율곡리 0", "INVALID"), ("율곡리 10000", "INVALID"), ("율곡리 100-0", "INVALID"),
        ("율곡리 " + "9" * 5000, "UNREADABLE"), ("414803602410100000", "INVALID"),
        ("41480/36024/2/0012/0003", "INVALID"),
    ],
)  # fmt: skip
def test_what_cannot_be_an_address(text, outcome):
    found = resolve(text)
    assert (found.outcome, found.pnu) == (outcome, None)
    with pytest.raises(Unreadable if outcome == "UNREADABLE" else BadInput):
        found.require()


def test_a_pnu_of_18_digits_is_refused_with_the_reason():
    with pytest.raises(BadInput, match="18 digits, expected 19"):
        resolve("414803602410100000").require()
