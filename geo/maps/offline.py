"""Pages that fetch nothing from outside: assets from our own server, or everything inside one file."""

import base64
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import folium
from branca.element import Element
from folium.elements import JSCSSMixin

from geo.errors import BadInput
from geo.maps.page import Page
from geo.maps.store import asset

_MIME = {"css": "text/css", "js": "text/javascript", "png": "image/png"}
_INSIDE = "asset:"
_LOADS = {"src", "href", "srcset", "poster", "action", "formaction", "background", "xlink:href"}


def localise(page_map: folium.Map, static_url: str = "/static/maps/") -> str:
    """Return the HTML page of a map whose assets lie at `static_url` on the same server.

    Raises BadInput for anything on it that would be fetched from elsewhere.
    """
    static = f"{static_url.rstrip('/')}/"
    _same_server(static)
    _page(page_map)
    for layer in _elements(page_map):
        if isinstance(layer, folium.TileLayer):
            _same_server(str(layer.tiles))
    html = _rendered(page_map, static)
    _check(html, (static, "data:", "#"))
    return html


def one_file(page_map: folium.Map) -> str:
    """Return the HTML page of a map with everything in it, for a machine with no network.

    Raises BadInput for tiles, which need a server, and for anything else that would be fetched.
    """
    _page(page_map)
    for layer in _elements(page_map):
        if isinstance(layer, folium.TileLayer):
            raise BadInput(
                "a map in one file cannot hold tiles; give it a picture (imagery.picture) instead",
                korean="파일 하나로 된 지도에는 타일을 넣을 수 없습니다. 사진 한 장으로 넣으십시오.",
            )
    html = _rendered(page_map, _INSIDE)
    html = re.sub(
        rf'<script src="{_INSIDE}([\w.]+)"></script>', lambda found: f"<script>{_script(found[1])}</script>", html
    )
    html = re.sub(
        rf'<link rel="stylesheet" href="{_INSIDE}([\w.]+)">', lambda found: f"<style>{_sheet(found[1])}</style>", html
    )
    _check(html, ("data:", "#"))
    return html


def _rendered(page_map: folium.Map, static: str) -> str:
    """Render without the libraries that Folium asks for by default: the page links its own, of this folder."""
    for element in _elements(page_map):
        if element is page_map:
            # on this map alone: the lists of the class are shared by every map of the process
            element.default_js, element.default_css = [], []
        elif isinstance(element, JSCSSMixin) and (element.default_js or element.default_css):
            raise BadInput(
                f"{type(element).__name__} fetches its own scripts, which are not shipped in geo/maps/static"
            )
    page = _page(page_map)
    page.static = static
    html = page.render()
    # people must be able to zoom the page itself (WCAG 1.4.4); Folium forbids it
    return re.sub(r",\s*maximum-scale=1\.0,\s*user-scalable=no", "", html)


def _page(page_map: folium.Map) -> Page:
    page = page_map.get_root()
    if not isinstance(page, Page):
        raise BadInput("this map was not made by geo.maps, so nobody knows what it would fetch")
    return page


def _elements(root: folium.Map) -> list[Element]:
    found: list[Element] = []
    waiting: list[Element] = [root]
    while waiting:
        element = waiting.pop()
        found.append(element)
        waiting.extend(element._children.values())
    return found


def _script(name: str) -> str:
    return asset(name).decode().replace("</script", "<\\/script")


def _sheet(name: str) -> str:
    """Return a style sheet with its pictures inside."""
    return re.sub(r"url\(([\w./-]+)\)", lambda found: f"url({_data(found[1])})", asset(name).decode())


def _data(name: str) -> str:
    mime = _MIME[name.rsplit(".", 1)[1]]
    return f"data:{mime};base64,{base64.b64encode(asset(name)).decode()}"


def _same_server(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme or parts.netloc or "\\" in url or not url.startswith("/"):
        raise BadInput(f"{url!r} is not an address on this server, such as /static/maps/")


class _Addresses(HTMLParser):
    """Collects every address that a page would load or link to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in _LOADS]


def _check(html: str, allowed: tuple[str, ...]) -> None:
    """Raise BadInput for an address in markup or in a style that is none of `allowed`."""
    parser = _Addresses()
    parser.feed(html)
    styles = " ".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL))
    for address in parser.found + re.findall(r"url\(['\"]?([^'\")]*)", styles) + re.findall(r"@import\s+(\S+)", styles):
        if not address.startswith(allowed):
            raise BadInput(f"the page would fetch {address[:100]!r}, which is not shipped with it")
