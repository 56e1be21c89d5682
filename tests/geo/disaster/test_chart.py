"""The works as pictures: where each span lies, what stands beside it, and that a name can be no markup."""

from datetime import date
from xml.etree import ElementTree

import pytest

from geo.disaster import chart
from geo.disaster.works import Budget, Item, Share

SVG = "{http://www.w3.org/2000/svg}"


def item(name, state, start, end):
    return Item(name, name, state, "말", start, end, "계획", "2026", "")


def drawn(picture):
    root = ElementTree.fromstring(picture)
    rects = [{name: float(one.get(name)) for name in ("x", "y", "width")} for one in root.iter(f"{SVG}rect")]
    return root, rects, ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]


def test_spans_lie_on_one_line_of_time_from_the_first_day_to_the_last():
    items = [item("<b>", "running", "2024", "2024"), item("둘", "planned", "2024-07-01", "2025-12-31")]
    root, rects, words = drawn(chart.timeline(items, date(2025, 1, 1), width_px=730))
    assert root.get("width") == "730"
    spans = [one for one in rects if one["width"] < 730]  # 730 days, a pixel each
    assert spans[0] == {"x": 0, "y": 20, "width": pytest.approx(365, abs=1)}
    assert spans[1] == {"x": pytest.approx(182, abs=1), "y": 58, "width": pytest.approx(548, abs=1)}
    assert "<b>" in words
    assert "▶ 말" in words
    assert {"2024-01-01", "2025-01-01", "2025-12-31"} <= set(words)


def test_what_has_no_dates_is_named_and_nothing_at_all_is_an_empty_line():
    _, rects, words = drawn(chart.timeline([item("해제", "planned", None, None)], date(2026, 1, 1), width_px=300))
    assert rects == []
    assert "해제" in words
    assert "○ 말 · 일정 없음" in words
    assert drawn(chart.timeline([], date(2026, 1, 1), width_px=300))[2] == ["2026-01-01"]


def test_a_day_outside_every_span_is_on_the_line_too():
    _, (track, span), words = drawn(chart.timeline([item("a", "confirmed", "2025-01-01", "2025-01-11")],
                                                   date(2025, 1, 21), width_px=200))  # fmt: skip
    assert track["width"] == 200
    assert (span["x"], span["width"]) == (0, 100)
    assert "2025-01-21" in words


def test_funds_take_their_share_and_what_is_missing_stays_empty():
    parts = (Share("국비", 50, 50.0), Share("시비", 25, None))
    budget = Budget("p", 100, parts, 75, -25, 50.0, -50.0, "")
    _, (national, city, outline), words = drawn(chart.bars([budget], width_px=200))
    assert (national["x"], national["width"], city["x"], city["width"]) == (0, 100, 100, 50)
    assert outline["width"] == 199
    assert "총사업비 100 백만원" in words
    assert "국비 5050.00 %" in words
