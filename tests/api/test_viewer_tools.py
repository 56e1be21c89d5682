"""The viewer's tools in a real browser: one change and its verdict, a road, measuring, the legend, years, paper."""

import json
import re

import pytest

from geo.change.store import records

pytestmark = pytest.mark.browser
DESKTOP = pytest.mark.parametrize("watched", [(1280, 800)], indirect=True)


@DESKTOP
def test_a_verdict_is_kept_by_an_officer_who_logged_in(watched, own_service):
    city, key, address = own_service.city, own_service.key, own_service.address
    page = watched.page
    page.goto(f"{address}#tab=changes")
    watched.wait("window.__ready")
    page.click("#changes td button.link")
    page.wait_for_selector("#change")
    for side in (0, 1):
        watched.wait(f"document.querySelectorAll('.chips img')[{side}].naturalWidth > 20")
    page.click("text=오탐지")
    page.wait_for_selector(".verdicts >> text=로그인하기")
    assert records.changes(city, "2025-2026")["verdict"].isna().all()
    page.click(".verdicts >> text=로그인하기")
    page.fill("#key", key)
    page.press("#key", "Enter")
    page.wait_for_url(re.compile(re.escape(address) + r"(#.*)?$"))
    watched.wait("window.__ready")
    page.click("#tab-changes")
    page.click("#changes td button.link")
    page.fill(".verdicts input", "비닐하우스")
    page.click("text=오탐지")
    page.wait_for_selector("text=판정 이력")
    (judged,) = records.changes(city, "2025-2026").dropna(subset="verdict").itertuples()
    assert (judged.verdict, judged.verdict_by, judged.verdict_note) == ("false", "kim", "비닐하우스")
    assert page.locator(".verdicts [aria-pressed=true]").inner_text() == "오탐지"
    watched.check()


def test_a_road_is_found_by_its_name_with_history_and_dependents(watched, viewer, town):
    site = json.loads((town.folder / "sample" / "truth" / "sites.json").read_text(encoding="utf-8"))[0]
    page = viewer(f"#pnu={site['pnu']}")
    page.wait_for_selector("#verdict")
    name = page.locator("#review article h4").first.inner_text().split(" · ")[0]
    page.fill("#query", name)
    page.press("#query", "Enter")
    page.wait_for_selector("#road")
    assert page.locator("#road").inner_text().startswith(name)
    assert page.locator("text=이 도로가 없어지면").is_visible()
    assert "road=" in page.evaluate("location.hash")
    page.locator("#roads td button.link").first.click()
    page.wait_for_selector("#verdict")
    assert "tab=review" in page.evaluate("location.hash")
    watched.check()


@DESKTOP
def test_an_area_is_measured_by_mouse_and_a_length_by_keyboard(watched, viewer):
    page = viewer("#c=184000.0,587500.0&r=1.000")
    box = page.locator("#map").bounding_box()
    x, y = box["x"] + 300, box["y"] + 300
    page.click("[data-kind=area]")
    for dx, dy in ((0, 0), (100, 0), (100, 100)):
        page.mouse.click(x + dx, y + dy)
        page.wait_for_timeout(300)  # two clicks in a row would end it
    page.mouse.dblclick(x, y + 100)
    assert page.locator("#measured").inner_text() == "넓이 10,000 ㎡ (3,025 평)"
    assert page.locator("#verdict").count() == 0
    page.click("[data-kind=length]")
    page.focus("#map")
    page.keyboard.press("Enter")
    before = page.evaluate("location.hash")
    page.keyboard.press("ArrowRight")
    watched.wait(f"location.hash !== {json.dumps(before)}")
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    assert page.locator("#measured").inner_text() == "길이 128 m"
    page.keyboard.press("Escape")
    assert page.locator("#measured").inner_text() == ""
    assert page.locator("#measure [aria-pressed=true]").count() == 0
    watched.check()


@DESKTOP
def test_the_legend_leaves_a_class_out_and_the_address_keeps_it(watched, viewer, service):
    page = viewer("#tab=layers")
    page.click("button.key >> text=식생 훼손")
    watched.wait("location.hash.includes('hide=changes.vegetation_loss')")
    again = page.evaluate("location.hash")
    page = viewer(again)
    assert page.locator("button.key >> text=식생 훼손").get_attribute("aria-pressed") == "false"
    assert page.locator("button.key >> text=건물 신축").get_attribute("aria-pressed") == "true"
    watched.check()


@DESKTOP
def test_the_years_slide_two_dates_at_once(watched, viewer):
    page = viewer()
    page.focus("#year")
    page.keyboard.press("ArrowLeft")
    assert [page.locator(f"#{side}").input_value() for side in ("left", "right")] == ["2024", "2025"]
    assert page.locator("#year").get_attribute("aria-valuetext") == "2024-05-14, 2025-09-28"
    watched.check()


@DESKTOP
@pytest.mark.parametrize(("paper", "width_mm", "scale"), [("a4", 277, "5,000"), ("a3", 400, "2,500")])
def test_the_map_is_printed_at_a_round_scale_with_date_and_source(watched, viewer, paper, width_mm, scale):
    page = viewer("#c=184000.0,587500.0&r=1.000")
    page.evaluate(
        """() => { window.print = () => {
            const canvas = document.querySelector('#map canvas').getBoundingClientRect();
            window.__paper = [document.getElementById('print-note').textContent, canvas.width,
                              getComputedStyle(document.body).page];
        }; }"""
    )
    page.select_option("#paper", paper)
    page.click("#print button")
    note, width_px, named = watched.wait("window.__paper")
    assert abs(width_px - width_mm / 25.4 * 96) < 4
    assert named == paper
    assert f"1:{scale} " in note  # 850 m of ground stay in view
    assert "2025-09-28, 2026-04-22 촬영" in note
    assert watched.wait("!document.body.classList.contains('printing')")
    assert "r=1.000" in page.evaluate("location.hash")
    watched.check()
