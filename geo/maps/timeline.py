"""A zone's works beside its map: pictures of time and money, what stands done, who pays."""

from __future__ import annotations

from datetime import date

from geo.disaster import chart
from geo.disaster.works import Budget, Item, Status
from geo.disaster.zone import Record
from geo.maps import draw
from geo.maps.page import Picture, Row, Table
from geo.maps.style import style

_WIDTH_PX = 384


def pictures(status: Status) -> list[Picture]:
    """Return the works on one line of time, and the cost by fund."""
    on, items = date.fromisoformat(status.as_of), (*status.projects, *status.events)
    told = "; ".join(f"{item.name} {item.label}" for item in items)
    found = [Picture(f"공정 (세로줄은 {on})", chart.timeline(items, on, width_px=_WIDTH_PX), told)]
    if status.budget:
        words = " ".join(budget.sentence for budget in status.budget)
        found.append(Picture("사업비", chart.bars(status.budget, width_px=_WIDTH_PX), words))
    return found


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
