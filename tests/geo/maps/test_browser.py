"""Each Folium page in a real browser with no network: served beside its assets, and as one file."""

import re
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from geo.maps import folium_map, imagery, offline
from geo.maps.store import asset

pytestmark = pytest.mark.browser
# the rules that the service states for these pages: their scripts stand in the page, nothing comes from outside
CSP = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; sandbox allow-scripts"
)
TYPES = {"js": "text/javascript", "css": "text/css", "png": "image/png", "html": "text/html; charset=utf-8"}
DRAWN = "document.querySelectorAll('path.leaflet-interactive').length"


@pytest.fixture
def maps(change_frame, road_frame, record, status, backdrop):
    below = [backdrop]
    return {
        "orthophoto": (folium_map.orthophoto(below), 0),
        "changes": (folium_map.changes(change_frame, before="2025-09-28", after="2026-04-22", backdrops=below), 7),
        "designated-roads": (folium_map.designated_roads(road_frame, as_of=date(2026, 4, 1)), 4),
        "disaster-zone": (folium_map.disaster_zone(record, status, backdrops=below), 5),
    }


class Site:
    """A server of nothing but the pages handed to it, the assets, and 204 for tiles."""

    def __init__(self):
        self.pages, self.asked = {}, []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                path = self.path.split("?")[0]
                site.asked.append(path)
                if path.startswith("/tiles/"):
                    self.send_response(204)
                    self.end_headers()
                    return
                held = path.startswith("/static/maps/")
                body = asset(path.removeprefix("/static/maps/")) if held else site.pages[path].encode()
                self.send_response(200)
                self.send_header("Content-Type", TYPES[path.rsplit(".", 1)[-1] if held else "html"])
                self.send_header("Content-Security-Policy", CSP)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def site():
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever)
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()


@pytest.mark.parametrize("name", ["orthophoto", "changes", "designated-roads", "disaster-zone"])
@pytest.mark.parametrize(("form", "watched"), [("served", (1280, 800)), ("one file", (390, 844))], indirect=["watched"])
def test_a_page_draws_and_asks_for_nothing_outside(watched, site, maps, name, form, tmp_path):
    page_map, features = maps[name]
    if form == "served":
        site.pages["/map"] = offline.localise(page_map)
        watched.page.goto(f"{site.url}/map")
    else:
        file = tmp_path / "map.html"
        file.write_text(offline.one_file(page_map), encoding="utf-8")
        watched.page.goto(file.as_uri())
    watched.wait("window.__ready")
    assert watched.page.evaluate(DRAWN) == features
    assert watched.page.evaluate("document.querySelector('.leaflet-control-layers-toggle').title") == "레이어와 범례"
    if name != "designated-roads":
        assert watched.page.evaluate("document.querySelector('img.leaflet-image-layer').naturalWidth") > 50
    assert watched.page.evaluate("window.hit") is None
    watched.check()


@pytest.mark.parametrize("watched", [(1280, 800)], indirect=True)
def test_words_that_try_to_run_are_shown_as_words(watched, site, maps, attacks):
    site.pages["/map"] = offline.localise(maps["changes"][0])
    watched.page.goto(f"{site.url}/map")
    watched.wait("window.__ready")
    told = watched.page.locator(".side tbody").inner_text()
    for attack in attacks:
        assert re.sub(r"\s+", "", attack) in re.sub(r"\s+", "", told)
    paths = watched.page.locator("path.leaflet-interactive")
    for n in range(7):
        paths.nth(n).dispatch_event("click")
        popup = watched.page.locator(".leaflet-popup-content").last.inner_text()
        assert attacks[n][:12] in popup
    for n in range(7):
        watched.page.locator("[data-bounds]").nth(n).click()
    assert watched.page.evaluate("window.hit") is None
    watched.check()


@pytest.mark.parametrize("watched", [(1280, 800)], indirect=True)
def test_a_class_is_switched_off_and_a_row_shows_its_place(watched, site, maps):
    site.pages["/map"] = offline.localise(maps["changes"][0])
    watched.page.goto(f"{site.url}/map")
    watched.wait("window.__ready")
    watched.page.get_by_label("건물 철거 (1)").uncheck()
    assert watched.page.evaluate(DRAWN) == 6
    zoom = "window[document.querySelector('.folium-map').id].getZoom()"
    before = watched.page.evaluate(zoom)
    watched.page.get_by_role("button", name="도로").press("Enter")
    assert watched.page.evaluate(zoom) > before


@pytest.mark.parametrize("watched", [(1280, 800)], indirect=True)
def test_tiles_are_asked_of_this_server_where_the_survey_lies(watched, site, backdrop):
    tiles = imagery.Backdrop("2026-04-22", "/tiles/a/WebMercatorQuad/{z}/{x}/{y}?v=1", backdrop.bounds, True, 18)
    site.pages["/map"] = offline.localise(folium_map.orthophoto([tiles]))
    watched.page.goto(f"{site.url}/map")
    watched.wait("window.__ready")
    watched.wait("document.querySelectorAll('img.leaflet-tile').length > 0")
    watched.page.wait_for_timeout(300)
    assert any(re.fullmatch(r"/tiles/a/WebMercatorQuad/1\d/\d+/\d+", path) for path in site.asked)
    watched.check()
