"""How a result shows itself in a notebook: a small table with a title, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]], *, under: str = "") -> str:
    """Return an HTML table; `under` is a line of text below it."""

    def row(tag: str, cells: Iterable[object]) -> str:
        told = ("" if cell is None else str(cell) for cell in cells)
        return "<tr>" + "".join(f'<{tag} style="text-align:left">{escape(cell)}</{tag}>' for cell in told) + "</tr>"

    caption = f'<caption style="text-align:left"><b>{escape(title)}</b></caption>'
    body = row("th", head) + "".join(row("td", cells) for cells in rows)
    return f"<table>{caption}{body}</table>" + (f"<p>{escape(under)}</p>" if under else "")
