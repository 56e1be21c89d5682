"""Collections and their features as pages for people: tables and links, no script."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from fastapi import Response

from api import html
from api.feature_documents import MEDIA
from geo.features.collections import Collection
from geo.features.wanted import Page, Rows

_HOME = ("자료 목록", "collections?f=html")
_FORMS = {"json": "GeoJSON", "csv": "CSV", "gpkg": "GeoPackage", "parquet": "GeoParquet", "fgb": "FlatGeobuf"}


def collections(base: str, every: Sequence[Collection]) -> Response:
    """Show the list of collections."""
    table = [[_link(one.title, f"{base}collections/{one.id}?f=html"), one.id, one.description] for one in every]
    return _page("자료 목록", base, [], ["자료", "이름", "설명"], table, [("JSON", f"{base}collections?f=json")])


def collection(base: str, one: Collection) -> Response:
    """Show what a collection is."""
    here = f"{base}collections/{one.id}"
    table: list[list[Any]] = [[each.name, each.kind] for each in one.properties]
    links = [("도형과 속성 보기", f"{here}/items?f=html")]
    links += [(word, f"{here}/items?f={form}") for form, word in _FORMS.items() if form in MEDIA]
    return _page(one.title, base, [_HOME], ["속성", "종류"], table, links, one.description)


def items(base: str, found: Page, following: str | None) -> Response:
    """Show one page of features."""
    one = found.rows.collection
    here = f"{base}collections/{one.id}"
    rows = [
        [_link(id, f"{here}/items/{quote(str(id))}?f=html"), *values]
        for id, *values in zip(found.rows.ids, *found.rows.columns, strict=True)
    ]
    links = [("다음 쪽", following)] if following else []
    crumbs = [_HOME, (one.title, f"collections/{one.id}?f=html")]
    names = [each.name for each in one.properties]
    about = f"{found.matched:,}건 가운데 {len(rows):,}건"
    return _page(f"{one.title} 목록", base, crumbs, ["번호", *names], rows, links, about)


def item(base: str, found: Rows) -> Response:
    """Show one feature."""
    one = found.collection
    table: list[list[Any]] = [
        [each.name, values[0]] for each, values in zip(one.properties, found.columns, strict=True)
    ]
    shape = found.shapes[0]
    table.append(
        ["도형", "없음" if shape is None else f"{shape.geom_type}, {shape.area:,.1f} ㎡, {shape.length:,.1f} m"]
    )
    crumbs = [_HOME, (one.title, f"collections/{one.id}?f=html"), ("목록", f"collections/{one.id}/items?f=html")]
    links = [("GeoJSON", f"{base}collections/{one.id}/items/{quote(str(found.ids[0]))}?f=json")]
    return _page(f"{one.title} {found.ids[0]}", base, crumbs, ["속성", "값"], table, links)


def _link(text: Any, href: str) -> dict[str, Any]:
    return {"text": text, "href": href}


def _page(
    title: str,
    base: str,
    crumbs: Sequence[tuple[str, str]],
    heads: Sequence[str],
    table: Sequence[Sequence[Any]],
    links: Sequence[tuple[str, str]],
    about: str = "",
) -> Response:
    facts = {"title": title, "base": base, "crumbs": crumbs, "heads": heads, "table": table, "links": links,
             "about": about}  # fmt: skip
    return html.answer("features", facts)
