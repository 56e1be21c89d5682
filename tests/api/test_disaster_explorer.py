"""The scenario explorer in a real browser: sliders over the modelled floods, their picture on the map, two compared."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def explorer(watched, service):
    """Opens the disaster tab at a permalink and waits until the flood's own figures have come."""

    def go(fragment=""):
        watched.page.goto("about:blank")
        watched.page.goto(f"{service}#tab=disaster{fragment}")
        watched.wait("window.__ready && document.querySelector('.explorer svg.level')")
        return watched.page

    return go


def figures(page, name):
    row = page.locator(".explorer table").first.locator("tr", has=page.get_by_role("cell", name=name, exact=True))
    return [cell.replace("\n", " ") for cell in row.locator("td").all_inner_texts()[1:]]


def test_a_flood_is_drawn_under_the_words_that_it_is_no_survey(watched, explorer):
    page = explorer()
    assert page.locator("#flood-mark").inner_text() == "합성 지형 · 실제 파주가 아님 · 모의결과·설계검토용 아님"
    assert "필지별 판정을 내리지 않습니다" in page.locator(".explorer").inner_text()
    watched.wait("document.querySelector('canvas.flood, .flood canvas')")
    for one in page.locator(".picture img").all():
        assert one.evaluate("image => image.complete && image.naturalWidth > 300")
    page.locator("#tab-layers").click()
    assert page.locator("#flood-mark").is_hidden()
    page.locator("#tab-disaster").click()
    page.get_by_text("침수심을 지도에 그리기").click()
    assert page.locator("#flood-mark").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.check()


def test_sliders_and_choices_lead_to_the_flood_they_name(watched, explorer):
    page = explorer("&flood=r200-s13-none")
    dry = figures(page, "최고 수위")
    assert dry[1] == "–"
    page.get_by_role("slider", name="강우 (24시간)").focus()
    page.keyboard.press("ArrowRight")
    watched.wait("location.hash.includes('flood=r300-s13-none')")
    assert figures(page, "최고 수위")[0] > dry[0]
    assert page.get_by_label("펌프 고장").is_hidden()
    page.get_by_label("정비", exact=True).select_option("basin_pumps")
    watched.wait("location.hash.includes('flood=r300-s13-basin_pumps-nominal')")
    assert "~" in figures(page, "최고 수위")[1]
    page.get_by_label("펌프 고장").select_option("all_pumps")
    watched.wait("location.hash.includes('flood=r300-s13-basin_pumps-fail')")
    assert page.get_by_label("펌프 토출량 (가정)").is_hidden()
    watched.check()


def test_two_floods_are_compared(watched, explorer):
    page = explorer("&flood=r300-s13-none")
    page.get_by_role("button", name="이것을 비교 기준으로").click()
    page.get_by_label("정비", exact=True).select_option("basin")
    watched.wait("location.hash.includes('flood_from=r300-s13-none')")
    watched.wait("document.querySelector('.explorer').innerText.includes('비교 기준과의 차이')")
    assert "1 m 이상 얕아짐" in page.locator(".legend").inner_text()
    page.get_by_role("button", name="비교 끝내기").click()
    assert "5 m 이상" in page.locator(".legend").inner_text()
    watched.check()
