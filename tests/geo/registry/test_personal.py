"""What is found in free text, and that sealed data opens with its key, in its place, unchanged, and not otherwise."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import BadInput, Damaged, RuleBroken
from geo.registry import personal

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("소유자 610708-1234567", "주민등록번호"), ("6107081234567", "주민등록번호"),
        ("610708 - 2234567", "주민등록번호"),
        ("연락 010-2345-6789", "전화번호"), ("01023456789", "전화번호"), ("031-940-4114", "전화번호"),
        ("+82 10-2345-6789", "전화번호"), ("02-123-4567", "전화번호"), ("(031) 940-4114", "전화번호"),
        ("4148036024101000000", None), ("파주시 공고 2019-500", None), ("2019-12", None), ("율곡리 100-1", None),
        ("613308-1234567", None), ("2020-05-01", None), ("건축과-12345", None), ("", None),
    ],
)  # fmt: skip
def test_what_is_found_in_free_text(text, kind):
    assert personal.found_in(text) == kind
    assert personal.found_in(personal.veil(text)) is None
    assert (personal.veil(text) == text) is (kind is None)


@settings(deadline=None)
@given(st.text(max_size=50), st.text(max_size=20))
def test_what_is_sealed_comes_back(name, about):
    sealed = personal.seal(KEY, {"name": name}, about)
    assert personal.reveal(KEY, sealed, about) == {"name": name}
    assert sealed != personal.seal(KEY, {"name": name}, about), "never the same twice"
    with pytest.raises(Damaged):
        personal.reveal(KEY, sealed, about + "x")
    with pytest.raises(Damaged):
        personal.reveal(bytes(32), sealed, about)
    with pytest.raises(Damaged):
        personal.reveal(KEY, sealed[:-4] + ("AAAA" if sealed[-4:] != "AAAA" else "BBBB"), about)


def test_parties_are_read_without_being_repeated():
    assert personal.party({"name": "홍", "pnu": "1"}) == ({"name": "홍"}, {"pnu": "1"})
    for given_, error in (
        ({"name": "홍길동전", "resident": "1"}, BadInput), ({"contact": "홍길동전"}, BadInput),
        ({"name": "홍길동전" * 60}, BadInput), ({"name": "홍길동전", "birth_on": "610708-1234567"}, RuleBroken),
    ):  # fmt: skip
        with pytest.raises(error) as refused:
            personal.party(given_)
        assert "홍길동전" not in str(refused.value)
