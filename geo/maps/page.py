"""The page around a map: title, date, badge, legend hatches, tables; whatever it is given is escaped."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from branca.element import Figure
from folium.template import Template

from geo.grid import Bounds
from geo.maps.style import Look, style

_ESCAPES = {ord(sign): f"&#{ord(sign)};" for sign in "&<>\"'`$\\{}"}
"""HTML's own signs, those of a JavaScript template literal, and those of the Jinja that Folium runs twice."""


def safe(value: object) -> str:
    """Return `value` as text that can stand in HTML, in a script's template literal and in a Jinja template."""
    return "–" if value is None or value != value else str(value).translate(_ESCAPES)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; with `bounds` (degrees: left, bottom, right, top) its first cell shows it on the map."""

    cells: Sequence[object]
    bounds: Bounds | None = None
    note: object = None
    """A sentence that stands under the row, across the table."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table beside the map: the keyboard's and the screen reader's way to what the map shows."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Row]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture beside the map: an SVG that fetches nothing, and the same in words."""

    title: str
    svg: str
    words: str

    @property
    def url(self) -> str:
        """The picture inside its own address, where nothing in it can run."""
        return f"data:image/svg+xml;base64,{base64.b64encode(self.svg.encode()).decode()}"


class Page(Figure):
    """The HTML page of one map, in Korean, with its own template in place of Folium's bare one."""

    _template = Template(
        """<!DOCTYPE html>
<html lang="ko">
<head>
<meta charset="utf-8">
<title>{{ this.safe(this.title) }}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{{ this.static }}leaflet.css">
<link rel="stylesheet" href="{{ this.static }}page.css">
<script src="{{ this.static }}leaflet.js"></script>
{{ this.header.render(**kwargs) }}
<style>{% for look in this.looks %}
.{{ this.hatch(look) }} { fill: url(#{{ this.hatch(look) }}); fill-opacity: 1; }{% endfor %}
</style>
</head>
<body>
<svg class="defs" aria-hidden="true" width="0" height="0"><defs>{% for look in this.looks %}
<pattern id="{{ this.hatch(look) }}" width="9" height="9" patternUnits="userSpaceOnUse">
<rect width="9" height="9" fill="{{ look.colour }}" fill-opacity="{{ 0.06 if look.faint else 0.25 }}"/>
<path d="{{ this.strokes[look.pattern] }}" stroke="{{ look.colour }}" fill="none"
 stroke-width="{{ 0.8 if look.faint else 1.6 }}" stroke-opacity="{{ 0.5 if look.faint else 1 }}"/></pattern>
{% endfor %}</defs></svg>
<header><h1>{{ this.safe(this.title) }}</h1>
{% if this.synthetic %}<strong class="badge">{{ this.safe(this.badge) }}</strong>{% endif %}
<p>{{ this.safe(this.subtitle) }}</p></header>
<main>
<section class="map" aria-label="지도">{{ this.html.render(**kwargs) }}
{% if this.mark %}<p class="mark">{{ this.safe(this.mark) }}</p>{% endif %}</section>
{% if this.tables or this.text %}<section class="side" aria-label="자료" tabindex="0">
{% if this.text %}<p>{{ this.safe(this.text) }}</p>{% endif %}
{% if this.keys %}<figure><figcaption>{{ this.safe(this.keys_title) }}</figcaption><ul class="keys">
{% for look in this.keys %}<li><svg width="30" height="18" aria-hidden="true"><rect width="30" height="18"
 fill="{{ look.colour }}" stroke="#464c53"/></svg>{{ this.safe(look.label) }}</li>{% endfor %}</ul></figure>
{% endif %}
{% for picture in this.pictures %}<figure><figcaption>{{ this.safe(picture.title) }}</figcaption>
<img src="{{ picture.url }}" alt="{{ this.safe(picture.words) }}"></figure>
{% endfor %}{% for table in this.tables %}<div class="scroll" tabindex="0" role="region"
 aria-label="{{ this.safe(table.title) }}"><table><caption>{{ this.safe(table.title) }}</caption>
<thead><tr>{% for head in table.heads %}<th scope="col">{{ this.safe(head) }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in table.rows %}<tr>{% for cell in row.cells %}<td>{% if loop.first and row.bounds %}
<button type="button" data-bounds="{{ row.bounds|join(',') }}">{{ this.safe(cell) }}</button>
{% else %}{{ this.safe(cell) }}{% endif %}</td>{% endfor %}</tr>
{% if row.note %}<tr><td class="under" colspan="{{ row.cells|length }}">{{ this.safe(row.note) }}</td></tr>{% endif %}
{% endfor %}</tbody></table></div>
{% if table.note %}<p class="note">{{ this.safe(table.note) }}</p>{% endif %}{% endfor %}
</section>{% endif %}
</main>
<footer>{{ this.safe(this.notice) }}</footer>
<script>{{ this.script.render(**kwargs) }}</script>
<script src="{{ this.static }}page.js"></script>
</body>
</html>
"""
    )
    strokes: ClassVar[dict[str, str]] = {  # drawn on a square of 9 x 9
        "none": "",
        "slash": "M-2,11 L11,-2 M-2,2 L2,-2 M7,11 L11,7",
        "backslash": "M-2,-2 L11,11 M7,-2 L11,2 M-2,7 L2,11",
        "cross": "M-2,11 L11,-2 M-2,-2 L11,11",
        "dots": "M1,2.5 h2.4 M5.5,7 h2.4",
        "horizontal": "M0,4.5 H9",
        "vertical": "M4.5,0 V9",
        "grid": "M0,4.5 H9 M4.5,0 V9",
    }

    def __init__(
        self,
        title: str,
        subtitle: str,
        *,
        synthetic: bool,
        text: str = "",
        looks: Iterable[Look] = (),
        tables: Sequence[Table] = (),
        pictures: Sequence[Picture] = (),
        mark: str = "",
        keys: Sequence[Look] = (),
        keys_title: str = "",
    ) -> None:
        super().__init__(title=title)
        self.subtitle, self.synthetic, self.text, self.mark = subtitle, synthetic, text, mark
        self.pictures, self.keys, self.keys_title = list(pictures), list(keys), keys_title
        self.looks, self.tables = sorted(set(looks), key=lambda look: look.colour + look.pattern), list(tables)
        self.static = "/static/maps/"
        self.badge, self.notice = style().synthetic, style().notice
        self.safe, self.hatch = safe, hatch


def hatch(look: Look) -> str:
    """Return the name of a look's fill, as a class of paths and as the id of its pattern."""
    return f"{look.pattern}-{look.colour.removeprefix('#')}"


def swatch(look: Look) -> str:
    """Return a legend swatch as SVG: the same hatch and outline as on the map."""
    dash = ",".join(str(length) for length in look.dash)
    return (
        f'<svg class="swatch" width="30" height="18" aria-hidden="true"><rect class="{hatch(look)}" x="1.5" y="1.5" '
        f'width="27" height="15" stroke="{look.colour}" stroke-width="2" stroke-dasharray="{dash}"/></svg>'
    )
