"""Works of a zone: what is planned, running, confirmed or overdue on a day, what it costs, which land it takes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo import notebook
from geo.disaster import zone as zones
from geo.disaster.period import first_day, last_day

LABELS = {
    "planned": "예정",
    "running": "진행(계획상)",
    "confirmed": "완료",
    "overdue_unconfirmed": "예정일 경과·확인필요",
}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """One project, step, facility or work and its `state` (a key of LABELS) on a day."""

    id: str
    name: str
    state: str
    label: str
    start: str | None
    end: str | None
    source: str
    source_date: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Share:
    """One fund's part of a project's cost; million won, percent of the cost rounded to 0.01."""

    fund: str
    amount_mkrw: float
    share_pct: float | None


@dataclass(frozen=True, slots=True)
class Budget:
    """A project's cost and its parts; `off_mkrw` and `shares_off_pct` say by how much they do not add up."""

    project_id: str
    cost_mkrw: float
    parts: tuple[Share, ...]
    sum_mkrw: float
    off_mkrw: float
    shares_sum_pct: float | None
    shares_off_pct: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Status:
    """How a zone, its projects, their steps and what they build stand `as_of` a day."""

    zone_id: str
    name: str
    as_of: str
    zone_status: str
    projects: tuple[Item, ...]
    events: tuple[Item, ...]
    facilities: tuple[Item, ...]
    works: tuple[Item, ...]
    budget: tuple[Budget, ...]
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return asdict(self)

    def _repr_html_(self) -> str:
        items = (*self.projects, *self.events, *self.facilities, *self.works)
        rows = [(item.name, item.label, item.source) for item in items]
        return notebook.table(f"{self.name} ({self.as_of})", ("이름", "상태", "근거"), rows, under=self.sentence)


def state(span: Row, on: date) -> str:
    """Return the state of something with `start`, `end`, `end_is_actual`, `confirmed_on` on a day.

    A period (year, month or day) is a closed interval. Only an actual end, or a confirmation, makes it confirmed: a
    planned end that has passed is overdue and unconfirmed.
    """
    start, end, confirmed = span["start"], span["end"], span["confirmed_on"]
    if confirmed and on >= last_day(confirmed):
        return "confirmed"
    if end and span["end_is_actual"] and on >= last_day(end):
        return "confirmed"
    if end and on > last_day(end):
        return "overdue_unconfirmed"
    return "running" if start and on >= first_day(start) else "planned"


def status(record: zones.Record, on: date) -> Status:
    """Return how a zone and its works stand on a day."""
    held = record["zone"]
    legal = zones.status(held["designated_on"], held["released_on"], on)
    projects = tuple(_item(row, on) for row in record["projects"])
    events = tuple(_item(row, on) for row in sorted(record["progress"], key=lambda row: (row["seq"], row["id"])))
    by_id = {row["id"]: row for row in record["projects"]}
    return Status(
        zone_id=held["id"],
        name=held["name"],
        as_of=on.isoformat(),
        zone_status=legal,
        projects=projects,
        events=events,
        facilities=tuple(_built(row, by_id, on) for row in record["facilities"]),
        works=tuple(_built(row, by_id, on) for row in record["works"]),
        budget=budgets(record["projects"], record["budget"]),
        sentence=_sentence(held, legal, projects + events, on),
    )


def _item(row: Row, on: date) -> Item:
    found = state(row, on)
    span = row["end"] if row["start"] == row["end"] else f"{row['start'] or '미정'}~{row['end'] or '미정'}"
    says = {
        "planned": f"예정입니다({span})." if row["start"] or row["end"] else "예정이며 일정은 계획에 없습니다.",
        "running": f"계획 기간({span}) 안에 있습니다. 실제 진행은 자료로 확인되지 않습니다.",
        "confirmed": f"완료되었습니다({span})."
        if row["end_is_actual"]
        else f"{row['confirmed_on']} 완료가 확인되었습니다.",
        "overdue_unconfirmed": f"예정일({row['end']})이 지났으나 완료가 확인되지 않았습니다.",
    }[found]
    return _make(row, found, row["start"], row["end"], f"{row['name']}: {says}")


def _built(row: Row, projects: Mapping[str | None, Row], on: date) -> Item:
    """Tell a facility or work: confirmed by its own completion alone, until then as its project, never as done."""
    done = row["completed_on"]
    if done and on >= last_day(done):
        return _make(row, "confirmed", None, done, f"{row['name']}: {done} 완료되었습니다.")
    project = projects.get(row["project_id"])
    if project is None:
        return _make(row, "planned", None, None, f"{row['name']}: 어느 사업에 드는지 자료가 없어 예정으로만 봅니다.")
    found = state(project, on)
    if found == "confirmed":
        found = "overdue_unconfirmed"
        says = "사업은 완료되었으나 이 시설의 준공은 자료로 확인되지 않습니다."
    else:
        says = {
            "planned": "예정입니다. 사업이 시작되지 않았습니다.",
            "running": "사업이 계획 기간 안에 있습니다. 어느 차수의 공사인지, 준공되었는지는 자료에 없습니다.",
            "overdue_unconfirmed": f"사업의 예정일({project['end']})이 지났으나 준공이 확인되지 않았습니다.",
        }[found]
    return _make(row, found, project["start"], project["end"], f"{row['name']}: {says}")


def _make(row: Row, found: str, start: str | None, end: str | None, sentence: str) -> Item:
    return Item(
        id=row["id"],
        name=row["name"],
        state=found,
        label=LABELS[found],
        start=start,
        end=end,
        source=row["source"],
        source_date=row["source_date"],
        sentence=sentence,
    )


def _sentence(held: Row, legal: str, items: tuple[Item, ...], on: date) -> str:
    late = [item.name for item in items if item.state == "overdue_unconfirmed"]
    words = {
        "not_yet": f"{on} 현재 {held['name']} 지구는 아직 지정되지 않았습니다({held['designated_on']} 지정).",
        "designated": f"{on} 현재 {held['name']} 지구는 지정되어 있으며 공사가 끝나도 해제 고시까지 제한이 남습니다.",
        "released": f"{held['name']} 지구는 {held['released_on']} 해제되었습니다.",
    }[legal]
    return f"{words} 예정일이 지나고 완료가 확인되지 않은 것: {', '.join(late)}." if late else words


def budgets(projects: Iterable[Row], budget: Sequence[Row]) -> tuple[Budget, ...]:
    """Return each project's cost with its parts by fund, and by how much they do not add up."""
    return tuple(
        _budget(project["id"], project["cost_mkrw"], [row for row in budget if row["project_id"] == project["id"]])
        for project in projects
    )


def _budget(project_id: str, cost: float, rows: Iterable[Row]) -> Budget:
    amounts: dict[str, float] = {}
    for row in rows:
        amounts[row["fund"]] = amounts.get(row["fund"], 0.0) + row["amount_mkrw"]
    parts = tuple(
        Share(fund, amount, round(amount / cost * 100, 2) if cost else None) for fund, amount in amounts.items()
    )
    total = round(sum(amounts.values()), 6)
    shares = [part.share_pct for part in parts if part.share_pct is not None]
    shares_sum = round(sum(shares), 2) if shares else None
    shares_off = None if shares_sum is None else round(shares_sum - 100.0, 2)
    off = round(total - cost, 6)
    return Budget(project_id, cost, parts, total, off, shares_sum, shares_off, _money(cost, parts, off, shares_off))


def _money(cost: float, parts: tuple[Share, ...], off: float, shares_off: float | None) -> str:
    if not parts:
        return f"총사업비 {cost:,.0f}백만원, 재원별 자료가 없습니다."
    listed = ", ".join(
        f"{part.fund} {part.amount_mkrw:,.0f}" + ("" if part.share_pct is None else f"({part.share_pct:.2f} %)")
        for part in parts
    )
    words = f"총사업비 {cost:,.0f}백만원 = {listed}"
    if off:
        return f"{words}; 재원의 합이 총사업비와 {off:+,.6g}백만원 다릅니다."
    return f"{words}; 비율의 합은 반올림으로 100 %와 {shares_off:+.2f} %p 다릅니다." if shares_off else f"{words}."


def footprints(site: BaseGeometry, built: Iterable[Row]) -> list[dict[str, Any]]:
    """Return which facilities and works lie on `site` (EPSG:5186): a planned footprint, no legal flag.

    `built` are rows with their `layer`, facility or work (`zone.planned`, `nearby_store.near`).
    """
    return [_footprint(site, row) for row in built if row["geometry"] is not None and site.intersects(row["geometry"])]


def _footprint(site: BaseGeometry, row: Row) -> dict[str, Any]:
    inside = site.intersection(row["geometry"])
    return {
        "kind": "works_footprint",
        "layer": row["layer"],
        "id": row["id"],
        "name": row["name"],
        "zone_id": row["zone_id"],
        "area_m2": round(inside.area, 2),
        "share": round(inside.area / site.area, 4) if inside.area else None,
        "length_m": round(inside.length, 2) if inside.area == 0 else None,
        "geometry_quality": row["geometry_quality"],
        "synthetic": row["synthetic"],
        "source": row["source"],
        "source_date": row["source_date"],
        "sentence": f"대지에 정비사업의 {row['name']} 계획이 걸칩니다. 편입 여부는 실시계획으로 확인해야 합니다.",
    }
