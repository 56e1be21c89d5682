"""A zone's fact sheet to print: one A4 page of HTML with nothing fetched and no script in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from geo.disaster.impact import KINDS
from geo.disaster.period import first_day, last_day
from geo.disaster.scenario import FAILURES, WORKS
from geo.disaster.works import Budget, Item, Status
from geo.disaster.zone import Record

CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_STYLE = """
@page{size:A4;margin:14mm}body{font:10pt/1.45 "Noto Sans KR","Malgun Gothic",sans-serif;color:#111;max-width:182mm;
margin:0 auto}h1{font-size:16pt;margin:0}h2{font-size:11.5pt;margin:5mm 0 1.5mm;border-bottom:.3mm solid #111}
table{border-collapse:collapse;width:100%}td,th{border:.2mm solid #888;padding:.8mm 1.5mm;text-align:left;
vertical-align:top;font-size:9pt}.mark{border:.5mm solid #8c0000;color:#8c0000;padding:1mm 2mm;font-weight:700}
.small{font-size:8pt}tr,svg{break-inside:avoid}
"""
_COLOURS = {"planned": "#767676", "running": "#0b50d0", "confirmed": "#1b7a30", "overdue_unconfirmed": "#bd2c0f"}
_FUND_COLOURS = ("#12466b", "#3f83b5", "#a3c9e2")
_WIDTH, _LABEL, _ROW = 700, 205, 22
_WIDE = 110  # a bar that holds its state in words


def html(record: Record, status: Status, modelled: Mapping[str, Any] | None) -> str:
    """Return the sheet of a zone as of the status's day; `modelled` is the index of its scenarios, None without."""
    zone = record["zone"]
    title = escape(f"{zone['name']} 자연재해위험개선지구 현황")
    facts = [
        ("유형·등급", f"{zone['type_name']} {zone['grade'] or '-'}"),
        ("위치", zone["address"]),
        ("고시 면적", None if zone["area_notice_m2"] is None else f"{zone['area_notice_m2']:,.0f} ㎡"),
        ("지정", zone["designated_on"]),
        ("해제", zone["released_on"] or "해제 고시 없음"),
        ("자료", f"{zone['source']} ({zone['source_date']})"),
    ]
    items = (*status.projects, *status.events)
    parts = [
        f"<h1>{title}</h1><p>{escape(status.as_of)} 현재. {escape(status.sentence)}</p>",
        _mark(record, modelled),
        _table(("항목", "내용"), [(name, value or "자료 없음") for name, value in facts]),
        "<h2>공정</h2>",
        timeline(items, date.fromisoformat(status.as_of)),
        "<h2>시설과 공사</h2>",
        _table(("이름", "상태", "설명"), [(i.name, i.label, i.sentence) for i in (*status.facilities, *status.works)]),
        "<h2>사업비</h2>",
        *(f"{bars(budget)}<p>{escape(budget.sentence)}</p>" for budget in status.budget),
        _others(record["other_sources"]),
        _floods(modelled),
    ]
    return (
        f'<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"</head><body>{''.join(parts)}</body></html>"
    )


def timeline(items: Sequence[Item], on: date) -> str:
    """Return the spans of projects and steps as an SVG picture, with a line at `on`; what has no dates is named."""
    dated = [(item, first_day(item.start), last_day(item.end)) for item in items if item.start and item.end]
    if not dated:
        return "<p>일정 자료가 없습니다.</p>"
    begin = min(*(start for _, start, _ in dated), on)
    span = max((max(*(end for _, _, end in dated), on) - begin).days, 1)

    def at(day: date) -> float:
        return round(_LABEL + (day - begin).days / span * (_WIDTH - _LABEL - 4), 1)

    rows = []
    for place, (item, start, end) in enumerate(dated):
        y, width = place * _ROW, max(at(end) - at(start), 2)
        rows.append(
            f'<text x="0" y="{y + 14}" font-size="11">{escape(item.name)[:40]}</text>'
            f'<rect x="{at(start)}" y="{y + 3}" width="{width:.1f}" height="13" fill="{_COLOURS[item.state]}"/>'
            + _told(item.label, at(start), at(end), y + 13)
        )
    height = len(dated) * _ROW + 16
    rows.append(
        f'<path d="M{at(on)} 0V{height - 14}" stroke="#111" stroke-dasharray="3 2"/>'
        f'<text x="{at(on)}" y="{height - 3}" font-size="9" text-anchor="end">{on}</text>'
    )
    undated = ", ".join(item.name for item in items if not (item.start and item.end))
    after = f'<p class="small">일정이 없는 것: {escape(undated)}</p>' if undated else ""
    return f"{_svg('공정표', height)}{''.join(rows)}</svg>{after}"


def _told(label: str, left: float, right: float, y: int) -> str:
    """Return a state in words: in its bar where that is wide, else before it."""
    if right - left >= _WIDE:
        return f'<text x="{left + 3}" y="{y}" font-size="9" fill="#fff">{escape(label)}</text>'
    return f'<text x="{left - 3}" y="{y}" font-size="9" text-anchor="end">{escape(label)}</text>'


def bars(budget: Budget) -> str:
    """Return a project's cost by fund as an SVG bar; parts that fall short of the cost leave the rest empty."""
    whole = max(budget.cost_mkrw, budget.sum_mkrw) or 1.0
    drawn, x = [], 0.0
    for place, part in enumerate(budget.parts):
        width = part.amount_mkrw / whole * (_WIDTH - 2)
        light = place % 3 == 2
        drawn.append(
            f'<rect x="{x:.1f}" y="1" width="{width:.1f}" height="20" fill="{_FUND_COLOURS[place % 3]}"/>'
            f'<text x="{x + 4:.1f}" y="15" font-size="10" fill="{"#111" if light else "#fff"}">{escape(part.fund)} '
            f"{part.amount_mkrw:,.0f}</text>"
        )
        x += width
    drawn.append(f'<rect x="0" y="1" width="{_WIDTH - 2}" height="20" fill="none" stroke="#888"/>')
    return f"{_svg('재원', 22)}{''.join(drawn)}</svg>"


def _svg(title: str, height: int) -> str:
    return f'<svg role="img" aria-label="{title}" viewBox="0 0 {_WIDTH} {height}" width="100%">'


def _mark(record: Record, modelled: Mapping[str, Any] | None) -> str:
    rows = [record["zone"], *record["facilities"], *record["works"]]
    words = ["도형은 합성 자료이며 실제 파주가 아닙니다."] if any(row["synthetic"] for row in rows) else []
    if modelled:
        words.append(modelled["provenance"]["watermark"])
    return f'<p class="mark">{escape(" · ".join(words))}</p>' if words else ""


def _others(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    told = [(row["label"], row["plan"], row["other"], f"{row['source']} ({row['source_date']})") for row in rows]
    return "<h2>자료마다 다른 것 (평균하지 않음)</h2>" + _table(("항목", "계획", "다른 자료", "출처"), told)


def _floods(modelled: Mapping[str, Any] | None) -> str:
    if not modelled:
        return "<h2>예상 침수 (모의)</h2><p>계산된 시나리오가 없습니다.</p>"
    stage = max(modelled["stage_m"])
    rows = [
        (f"{band['rain_mm']:g} mm", WORKS[band["works"]], FAILURES[band["failure"]], _span(band["peak_level_m"], 1, 2),
         _span(band["flooded_m2"], 10_000, 1), *(_span(band["sites"][kind], 1, 0) for kind in KINDS),
         _people(band["residents"]))
        for band in modelled["bands"] if band["stage_m"] == stage
    ]  # fmt: skip
    made = modelled["provenance"]
    inputs = "; ".join(
        f"{row['label']} {row['value']} {row['unit']}{' (가정)' if row['assumed'] else ''}" for row in made["inputs"]
    )
    head = ("24시간 강우", "정비", "고장", "최고수위 (m)", "침수 (ha)", *KINDS.values(), "인원 (가정)")
    return (
        f"<h2>예상 침수 (모의, {escape(made['stage_label'])} {stage:g} m)</h2>{_table(head, rows)}"
        f'<p class="small">띠는 펌프 토출량과 주택마다 사는 사람 수의 가정에서 나온 낮은 값과 높은 값입니다. '
        f"{escape(made['notice'])} "
        f"지형 {escape(made['terrain']['name'])}, 방법 {escape(made['method'])}, 판 {escape(modelled['version'])}. "
        f"{escape(made['verdicts_withheld'] or '')} 입력: {escape(inputs)}</p>"
    )


def _span(values: Sequence[float], unit: float, digits: int) -> str:
    low, high = (f"{value / unit:,.{digits}f}" for value in values)
    return low if low == high else f"{low} ~ {high}"


def _people(residents: Mapping[str, Any]) -> str:
    """Tell how many people live where the water comes: as known, and as assumed for houses beyond that."""
    known = f"{_span(residents['known'], 1, 0)} + " if residents["known"] else ""
    return f"{known}{_span(residents['assumed'], 1, 0)}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
