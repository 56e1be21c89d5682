"""axe-core over every page that people of city hall see: no violation."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser
PAGES = [
    "status",
    "login",
    "maps/orthophoto",
    "maps/changes",
    "maps/designated-roads",
    "maps/disaster-zone",
    "disaster-zones/yulgok/sheet",
    "collections?f=html",
    "collections/designated_roads/items?f=html&limit=3",
]


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200], one["nodes"][0]["failureSummary"]) for one in found]


@pytest.mark.parametrize("path", PAGES)
def test_a_page(watched, service, path):
    response = watched.page.goto(service + path)
    assert response.ok
    watched.page.wait_for_load_state("networkidle")
    assert violations(watched.page) == []


def test_every_tab_of_the_viewer(watched, viewer, town):
    (site, *_) = json.loads((town.folder / "sample" / "truth" / "sites.json").read_text(encoding="utf-8"))
    page = viewer(f"#pnu={site['pnu']}")
    page.wait_for_selector("#verdict")
    assert violations(page) == []
    filled = {"roads": "table", "changes": "table", "disaster": ".explorer svg.level", "layers": "input"}
    for tab, inside in filled.items():
        page.click(f"#tab-{tab}")
        page.wait_for_selector(f"#{tab} {inside}")
        assert violations(page) == []
    page.click("#tab-roads")
    for words in ("오늘 살필 도로", "읍면동별 통계", "서 있는 곳의 도로"):
        page.click(f"#roads button:has-text('{words}')")
        page.wait_for_selector("#road-list")
        assert violations(page) == []
        page.click("text=화면의 도로로 돌아가기")


@pytest.mark.parametrize("watched", [(1280, 800)], indirect=True)
def test_one_change_and_a_road(watched, own_service):
    page = watched.page
    page.goto(own_service.address + "#tab=changes&change=1")
    watched.wait("window.__ready")
    page.wait_for_selector("#change")
    assert violations(page) == []
    page.fill("#query", "율곡5길")
    page.press("#query", "Enter")
    page.wait_for_selector("#road")
    assert violations(page) == []


def test_the_page_to_file(watched, service, town):
    (site, *_) = json.loads((town.folder / "sample" / "truth" / "sites.json").read_text(encoding="utf-8"))
    watched.page.goto(f"{service}permit-review?pnu={site['pnu']}&f=html")
    assert violations(watched.page) == []
