import html

import pytest

from geo.maps.page import Page, Row, Table, safe


def test_words_are_disarmed_and_still_read_the_same(attacks):
    for attack in attacks:
        text = safe(attack)
        assert not set(text) & set("<>\"'`$\\{}")
        assert html.unescape(text) == attack


@pytest.mark.parametrize("absent", [None, float("nan")])
def test_what_is_unknown_is_a_dash(absent):
    assert safe(absent) == "–"


def test_a_page_says_its_language_title_and_that_it_is_synthetic():
    page = Page(
        "지도", "2026-04-22", synthetic=True, tables=[Table("표", ["이름"], [Row(["가"], (1.0, 2.0, 3.0, 4.0))])]
    )
    text = page.render()
    assert '<html lang="ko">' in text
    assert "<title>지도</title>" in text
    assert "<h1>지도</h1>" in text
    assert "합성 자료 (실제 파주가 아님)" in text
    assert 'data-bounds="1.0,2.0,3.0,4.0"' in text
    assert "합성" not in Page("지도", "", synthetic=False).render()
