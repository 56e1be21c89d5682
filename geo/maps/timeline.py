"""A zone's works in time and money: spans on one line, what stands done, who pays."""

from __future__ import annotations

from datetime import date

from geo.disaster.period import first_day, last_day
from geo.disaster.works import Budget, Item, Status
from geo.disaster.zone import Record
from geo.maps import draw
from geo.maps.page import Chart, Row, Span, Table
from geo.maps.style import style


def chart(status: Status) -> Chart | None:
    """Return the projects and steps that have both ends, on one line of time; None when there is none."""
    spans = [
        (item, first_day(item.start), last_day(item.end))
        for item in (*status.projects, *status.events)
        if item.start and item.end
    ]
    if not spans:
        return None
    first, last = min(start for _, start, _ in spans), max(end for _, _, end in spans)

    def share(day: date) -> float:
        return round(min(max((day - first) / max(last - first, date.resolution), 0.0), 1.0), 4)

    return Chart(
        f"공정 (세로줄은 {status.as_of})",
        first.isoformat(),
        last.isoformat(),
        share(date.fromisoformat(status.as_of)),
        [Span(item.name, share(start), share(end), item.state, _state(item)) for item, start, end in spans],
    )


def tables(record: Record, status: Status) -> list[Table]:
    """Return what is built, who pays, and what other sources say."""
    bounds = {
        row["id"]: draw.degrees(row["geometry"].bounds)
        for row in (*record["facilities"], *record["works"])
        if row["geometry"] is not None
    }
    built = [Row([item.name, _state(item)], bounds.get(item.id)) for item in (*status.facilities, *status.works)]
    others = [Row([row["label"], row["plan"], row["other"], row["source"]]) for row in record["other_sources"]]
    found = [Table("시설과 공사", ["이름", "상태"], built), *(_money(budget) for budget in status.budget)]
    return [*found, Table("다른 자료와 다른 점", ["항목", "계획", "다른 자료", "출처"], others)] if others else found


def _money(budget: Budget) -> Table:
    rows = [
        Row([part.fund, f"{part.amount_mkrw:,.0f}", None if part.share_pct is None else f"{part.share_pct:.2f} %"])
        for part in budget.parts
    ]
    return Table(f"총사업비 {budget.cost_mkrw:,.0f} 백만원", ["재원", "백만원", "비율"], rows, budget.sentence)


def _state(item: Item) -> str:
    return f"{style().work_states[item.state]} {item.label}"
