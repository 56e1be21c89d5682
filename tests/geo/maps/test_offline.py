import re
from datetime import date
from types import SimpleNamespace

import folium
import folium.plugins
import pytest

from geo.errors import BadInput
from geo.maps import folium_map, imagery, offline
from geo.maps.store import asset

OUTSIDE = re.compile(r"""(?:src|href)\s*=\s*["']?\s*(?:https?:)?//""", re.IGNORECASE)
SURVEY = SimpleNamespace(
    id="a",
    version="v",
    gsd_m=0.5,
    synthetic=False,
    captured_on=date(2026, 4, 22),
    bounds=(180_000.0, 573_000.0, 181_000.0, 574_000.0),
)


@pytest.fixture
def changes(change_frame, backdrop):
    return folium_map.changes(change_frame, before="2025-09-28", after="2026-04-22", backdrops=[backdrop])


@pytest.fixture
def tiles():
    return folium_map.orthophoto(imagery.tiled([SURVEY]))


def test_a_served_page_takes_everything_from_this_server(changes, tiles):
    for page_map in (changes, tiles):
        html = offline.localise(page_map)
        assert not OUTSIDE.search(html)
        assert '<script src="/static/maps/leaflet.js">' in html
        assert "jsdelivr" not in html
    assert "/tiles/a/WebMercatorQuad/{z}/{x}/{y}?v=v" in offline.localise(tiles)


def test_every_asset_that_a_page_links_is_shipped(changes):
    for name in re.findall(r'(?:src|href)="/static/maps/([^"]+)"', offline.localise(changes)):
        assert asset(name)
    for name in re.findall(r"url\(([^)#]+)\)", asset("leaflet.css").decode()):
        assert asset(name)


def test_one_file_holds_everything_and_stays_small(changes):
    html = offline.one_file(changes)
    assert not OUTSIDE.search(html)
    assert "/static/" not in html
    assert "asset:" not in html
    assert "L.map(" in html
    assert len(html.encode()) < 400_000


def test_a_map_can_be_written_both_ways_in_turn(changes):
    for html in (offline.localise(changes), offline.one_file(changes), offline.localise(changes)):
        assert len(re.findall(r"^\s*var map_\w+ = L\.map\(", html, re.MULTILINE)) == 1
        assert len(re.findall(r"^\s*geo_json_\w+_add\(\{", html, re.MULTILINE)) == 7


def test_the_process_is_left_as_it_was(changes):
    before = (list(folium.Map.default_js), list(folium.Map.default_css))
    offline.one_file(changes)
    assert (folium.Map.default_js, folium.Map.default_css) == before
    assert any("jsdelivr" in url for _, url in folium.Map().default_js)


def test_tiles_cannot_travel_in_a_file(tiles):
    with pytest.raises(BadInput, match="cannot hold tiles"):
        offline.one_file(tiles)


@pytest.mark.parametrize(
    "url", ["https://tile.openstreetmap.org/{z}/{x}/{y}.png", "//evil/{z}/{x}/{y}", "tiles/{z}/{x}/{y}", "/\\evil/{z}"]
)
def test_tiles_from_elsewhere_are_refused(changes, url):
    folium.TileLayer(url, attr="x").add_to(changes)
    with pytest.raises(BadInput, match="not an address on this server"):
        offline.localise(changes)


def test_a_plugin_that_fetches_is_refused(changes):
    folium.plugins.Fullscreen().add_to(changes)
    for write in (offline.localise, offline.one_file):
        with pytest.raises(BadInput, match="Fullscreen"):
            write(changes)


@pytest.mark.parametrize(
    "markup",
    ['<img src="http://evil/x.png">', "<link rel=stylesheet href=//evil/x.css>", "<style>a{background:url(http://evil)}</style>",
     "<style>@import 'http://evil/x.css';</style>"],
)  # fmt: skip
def test_markup_that_fetches_is_refused(changes, markup):
    changes.get_root().html.add_child(folium.Element(markup))
    for write in (offline.localise, offline.one_file):
        with pytest.raises(BadInput, match="would fetch"):
            write(changes)


def test_a_map_of_somebody_else_is_refused():
    with pytest.raises(BadInput, match="not made by"):
        offline.localise(folium.Map())


@pytest.mark.parametrize("static", ["https://cdn.example/", "//cdn.example/", "static/maps"])
def test_assets_lie_on_this_server(changes, static):
    with pytest.raises(BadInput, match="not an address on this server"):
        offline.localise(changes, static)


def test_people_may_zoom_the_page(changes):
    html = offline.localise(changes)
    assert "user-scalable" not in html
    assert "width=device-width" in html
