"""A zone's fact sheet to print: HTML for A4 with nothing fetched and no script in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from geo.disaster import chart
from geo.disaster.band import told
from geo.disaster.impact import KINDS
from geo.disaster.scenario import FAILURES, WORKS
from geo.disaster.works import Status
from geo.disaster.zone import Record

CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_STYLE = """
@page{size:A4;margin:14mm}body{font:10pt/1.45 "Noto Sans KR",NanumGothic,"Malgun Gothic",sans-serif;color:#111;
max-width:182mm;margin:0 auto}h1{font-size:16pt;margin:0}
h2{font-size:11.5pt;margin:5mm 0 1.5mm;border-bottom:.3mm solid #111}
table{border-collapse:collapse;width:100%}svg{max-width:100%;height:auto}
td,th{border:.2mm solid #888;padding:.8mm 1.5mm;text-align:left;vertical-align:top;font-size:9pt;word-break:keep-all}
.mark{border:.5mm solid #8c0000;color:#8c0000;padding:1mm 2mm;font-weight:700}
.small{font-size:8pt}tr,svg{break-inside:avoid}@media screen{body{padding:8mm 4mm}}
"""
_WIDTH = 680


def html(record: Record, status: Status, modelled: Mapping[str, Any] | None) -> str:
    """Return the sheet of a zone as of the status's day; `modelled` is the index of its scenarios, None without."""
    zone = record["zone"]
    title = escape(f"{zone['name']} 자연재해위험개선지구 현황")
    facts = [
        ("기준일", status.as_of),
        ("유형·등급", f"{zone['type_name']} {zone['grade'] or '-'}"),
        ("위치", zone["address"]),
        ("고시 면적", None if zone["area_notice_m2"] is None else f"{zone['area_notice_m2']:,.0f} ㎡"),
        ("지정", zone["designated_on"]),
        ("해제", zone["released_on"] or "해제 고시 없음"),
        ("자료", f"{zone['source']} ({zone['source_date']})"),
    ]
    items = (*status.projects, *status.events)
    parts = [
        f"<h1>{title}</h1><p>{escape(status.sentence)}</p>",
        _mark(record, modelled),
        _table(("항목", "내용"), [(name, value or "자료 없음") for name, value in facts]),
        "<h2>공정</h2>",
        chart.timeline(items, date.fromisoformat(status.as_of), width_px=_WIDTH),
        "<h2>시설과 공사</h2>",
        _table(("이름", "상태", "설명"), [(i.name, i.label, i.sentence) for i in (*status.facilities, *status.works)]),
        "<h2>사업비</h2>",
        chart.bars(status.budget, width_px=_WIDTH),
        *(f"<p>{escape(budget.sentence)}</p>" for budget in status.budget),
        _others(record["other_sources"]),
        _floods(modelled),
    ]
    return (
        f'<!doctype html><html lang="ko"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style>"
        f"</head><body><main>{''.join(parts)}</main></body></html>"
    )


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
    rows = [_flood(band) for band in modelled["bands"] if band["stage_m"] == stage]
    made = modelled["provenance"]
    inputs = "; ".join(
        f"{row['label']} {_value(row['value'])} {row['unit']}{' (가정)' if row['assumed'] else ''}"
        for row in made["inputs"]
    )
    head = ("24시간 강우", "정비", "고장", "최고수위 (m)", "침수 (ha)", *KINDS.values(), "인원 (가정)")
    return (
        f"<h2>예상 침수 (모의, {escape(made['stage_label'])} {stage:g} m)</h2>{_table(head, rows)}"
        f'<p class="small">띠는 펌프 토출량과 주택마다 사는 사람 수의 가정에서 나온 낮은 값과 높은 값입니다. '
        f"{escape(made['notice'])} "
        f"지형 {escape(made['terrain']['name'])}, 방법 {escape(made['method'])}, 판 {escape(modelled['version'])}. "
        f"{escape(made['verdicts_withheld'] or '')} 입력: {escape(inputs)}</p>"
    )


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_value(one) for one in value)
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)


def _flood(band: Mapping[str, Any]) -> list[str]:
    return [
        f"{band['rain_mm']:g} mm",
        WORKS[band["works"]],
        FAILURES[band["failure"]],
        told(band["peak_level_m"], digits=2),
        told(band["flooded_m2"], unit=10_000, digits=1),
        *(told(band["sites"][kind], digits=0) for kind in KINDS),
        _people(band["residents"]),
    ]


def _people(residents: Mapping[str, Any]) -> str:
    """Tell how many people live where the water comes: as known, and as assumed for houses beyond that."""
    known = f"{told(residents['known'], digits=0)} + " if residents["known"] else ""
    return f"{known}{told(residents['assumed'], digits=0)}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
