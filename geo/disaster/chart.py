"""Works in time and money as SVG pictures that fetch nothing: spans on one line of time, the cost by fund."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from geo.disaster.period import first_day, last_day
from geo.disaster.works import Budget, Item

COLOURS = {"planned": "#58616a", "running": "#0b50d0", "confirmed": "#1b7a30", "overdue_unconfirmed": "#bd2c0f"}
SIGNS = {"planned": "○", "running": "▶", "confirmed": "✓", "overdue_unconfirmed": "!"}
_FUNDS = (("#12466b", "#fff"), ("#3f83b5", "#fff"), ("#a3c9e2", "#111"))
_FONT = "Pretendard GOV,Noto Sans KR,NanumGothic,Malgun Gothic,sans-serif"
_ROW, _AXIS, _BAR = 38, 30, 46
_HALO = 'paint-order="stroke" stroke="#fff" stroke-width="3"'


def timeline(items: Sequence[Item], on: date, *, width_px: int) -> str:
    """Return the spans of projects and steps, each with its state in words, and a line at `on`.

    What has no dates is named under the others as undated.
    """
    dated = [(item, first_day(item.start), last_day(item.end)) for item in items if item.start and item.end]
    undated = [item for item in items if not (item.start and item.end)]
    first = min([start for _, start, _ in dated] + [on])
    last = max([end for _, _, end in dated] + [on])

    def at(day: date) -> float:
        return round((day - first).days / max((last - first).days, 1) * width_px, 1)

    bottom = len(dated) * _ROW
    years = [date(year, 1, 1) for year in range(first.year + 1, last.year + 1)]
    parts = [f'<path d="M{at(day)} 0V{bottom}" stroke="#cdd1d5"/>' for day in years]
    parts += [
        _bar(place * _ROW + 20, at(start), at(end), item, width_px) for place, (item, start, end) in enumerate(dated)
    ]
    parts.append(f'<path d="M{at(on)} 0V{bottom + 4}" stroke="#111" stroke-width="2" stroke-dasharray="4 2"/>')
    parts += [_words(item, item.label, place * _ROW + 14, width_px) for place, (item, _, _) in enumerate(dated)]
    parts.append(_axis(first, last, on, at(on), bottom + 17, width_px))
    parts += [
        _words(item, f"{item.label} · 일정 없음", bottom + _AXIS + 14 + place * 22, width_px)
        for place, item in enumerate(undated)
    ]
    return _svg("공정표", width_px, bottom + _AXIS + len(undated) * 22, parts)


def _bar(y: int, left: float, right: float, item: Item, width_px: int) -> str:
    return (
        f'<rect x="0" y="{y}" width="{width_px}" height="12" fill="#eceef0"/><rect x="{left}" y="{y}" '
        f'width="{max(right - left, 3):.1f}" height="12" fill="{COLOURS[item.state]}">'
        f"<title>{escape(f'{item.name} {item.start}~{item.end}')}</title></rect>"
    )


def _words(item: Item, label: str, y: int, width_px: int) -> str:
    colour = COLOURS[item.state]
    return (
        f'<text x="0" y="{y}" font-size="14" {_HALO}>{escape(item.name)}</text><text x="{width_px}" y="{y}" '
        f'font-size="13" font-weight="700" text-anchor="end" fill="{colour}" {_HALO}>'
        f"{SIGNS[item.state]} {escape(label)}</text>"
    )


def _axis(first: date, last: date, on: date, at: float, y: int, width_px: int) -> str:
    """Name the day looked at, and each end of the line of time that it leaves room for."""
    room = 84
    middle = min(max(at, room / 2), width_px - room / 2)
    words = [(middle, "middle", on, ' font-weight="700"')]
    if first < on and middle > 1.5 * room:
        words.append((0, "start", first, ""))
    if on < last and middle < width_px - 1.5 * room:
        words.append((width_px, "end", last, ""))
    return "".join(
        f'<text x="{x:g}" y="{y}" font-size="12" text-anchor="{anchor}"{weight}>{day}</text>'
        for x, anchor, day, weight in words
    )


def bars(budgets: Sequence[Budget], *, width_px: int) -> str:
    """Return each project's cost by fund, million won; parts that fall short of the cost leave the rest empty."""
    parts = []
    for place, budget in enumerate(budgets):
        y, x = place * (_BAR + 26), 0.0
        whole = max(budget.cost_mkrw, budget.sum_mkrw) or 1.0
        parts.append(f'<text x="0" y="{y + 14}" font-size="14">총사업비 {budget.cost_mkrw:,.0f} 백만원</text>')
        for part, (colour, ink) in zip(budget.parts, _FUNDS, strict=False):
            width = part.amount_mkrw / whole * width_px
            share = "" if part.share_pct is None else f"{part.share_pct:.2f} %"
            parts.append(
                f'<rect x="{x:.1f}" y="{y + 22}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>'
                f'<text fill="{ink}" font-size="12"><tspan x="{x + 5:.1f}" y="{y + 40}">{escape(part.fund)} '
                f'{part.amount_mkrw:,.0f}</tspan><tspan x="{x + 5:.1f}" y="{y + 58}">{share}</tspan></text>'
            )
            x += width
        parts.append(
            f'<rect x="0.5" y="{y + 22.5}" width="{width_px - 1}" height="{_BAR - 1}" fill="none" stroke="#58616a"/>'
        )
    return _svg("재원", width_px, len(budgets) * (_BAR + 26), parts)


def _svg(title: str, width_px: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}" viewBox="0 0 {width_px} {height}" '
        f'width="{width_px}" height="{height}" font-family="{_FONT}" fill="#1e2124">{"".join(parts)}</svg>'
    )
