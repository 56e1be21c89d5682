"""Status as of a day: the days that are known by hand, on the committed facts of Yulgok."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from geo.disaster import document as documents
from geo.disaster import works
from geo.disaster.period import last_day
from geo.disaster.zone import planned

FACTS = Path(__file__).parents[3] / "sample_data" / "yulgok.json"
P, R, C, O = "planned", "running", "confirmed", "overdue_unconfirmed"  # noqa: E741


def record(text):
    rows = documents.parse(text)
    return {"zone": rows["zones"][0], **{name: found for name, found in rows.items() if name != "zones"}}


@pytest.fixture
def yulgok():
    return record(FACTS.read_bytes())


@pytest.mark.parametrize(
    ("on", "project", "events"),
    [
        ("2022-05-31", P, [P, P, P, P, P, P]),
        ("2024-05-01", R, [C, P, P, P, P, P]),
        ("2025-06-29", R, [C, R, R, P, P, P]),
        ("2025-06-30", R, [C, C, R, P, P, P]),
        ("2025-07-01", R, [C, C, R, P, P, P]),
        ("2026-02-28", R, [C, C, R, R, P, P]),
        ("2026-03-01", R, [C, C, O, R, P, P]),
        ("2026-03-15", R, [C, C, O, R, P, P]),
        ("2026-06-15", R, [C, C, O, R, R, P]),
        ("2026-07-31", R, [C, C, O, R, R, P]),
        ("2026-08-01", O, [C, C, O, O, O, P]),
        ("2026-11-22", O, [C, C, O, O, O, P]),
        ("2099-01-01", O, [C, C, O, O, O, P]),
    ],
)
def test_the_days_known_by_hand(yulgok, on, project, events):
    found = works.status(yulgok, date.fromisoformat(on))
    assert [item.state for item in found.projects] == [project]
    assert [item.state for item in found.events] == events
    assert found.zone_status == "designated"
    assert all(item.state != C for item in found.facilities + found.works)


def test_a_confirmation_makes_the_second_order_done_from_its_day_on(yulgok):
    (second,) = [row for row in yulgok["progress"] if row["id"] == "E3"]
    second["confirmed_on"] = "2026-03-05"
    assert works.state(second, date(2026, 3, 4)) == O
    assert works.state(second, date(2026, 3, 5)) == C
    assert works.state(second, date(2026, 3, 15)) == C


def test_the_second_order_is_told_overdue_and_unconfirmed(yulgok):
    found = works.status(yulgok, date(2026, 3, 15))
    assert found.events[2].label == "예정일 경과·확인필요"
    assert found.events[2].sentence == "2차 공사: 예정일(2026-02)이 지났으나 완료가 확인되지 않았습니다."
    assert "2차 공사" in found.sentence
    assert json.loads(json.dumps(found.to_dict()))["events"][2]["state"] == O


def test_works_that_end_do_not_release_a_zone(yulgok):
    for row in yulgok["projects"] + yulgok["progress"]:
        row["confirmed_on"] = "2026-08-31"
    found = works.status(yulgok, date(2026, 9, 1))
    assert {item.state for item in found.projects + found.events} == {C}
    assert found.zone_status == "designated"
    assert {item.state for item in found.facilities} == {O}  # nobody said that a single facility is complete
    yulgok["zone"]["released_on"] = "2026-12-01"
    assert works.status(yulgok, date(2026, 12, 1)).zone_status == "released"


def test_a_facility_is_done_by_its_own_completion(yulgok):
    yulgok["facilities"][0]["completed_on"] = "2026-06"
    before, after = (works.status(yulgok, date(2026, 6, day)).facilities[0].state for day in (29, 30))
    assert (before, after) == (R, C)


def test_a_work_of_no_project_is_only_planned(document):
    found = works.status(record(json.dumps(document).encode()), date(2026, 3, 15))
    assert [item.state for item in found.works] == [R, P]


days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(start=st.none() | days, length=st.integers(0, 900), on=days)
def test_a_planned_end_never_becomes_done_by_itself(start, length, on):
    end = (start or date(2025, 1, 1)) + timedelta(days=length)
    span = {"start": start and start.isoformat(), "end": end.isoformat(), "end_is_actual": False, "confirmed_on": None}
    found = works.state(span, on)
    assert found != C
    assert (found == O) == (on > last_day(span["end"]))


def test_the_budget_of_yulgok_adds_up(yulgok):
    (budget,) = works.status(yulgok, date(2026, 3, 15)).budget
    assert (budget.cost_mkrw, budget.sum_mkrw, budget.off_mkrw) == (28_400, 28_400, 0)
    assert [(part.fund, part.share_pct) for part in budget.parts] == [("국비", 50.0), ("도비", 24.11), ("시비", 25.89)]
    assert (budget.shares_sum_pct, budget.shares_off_pct) == (100.0, 0.0)


def test_shares_that_round_away_say_by_how_much(document):
    rows = record(json.dumps(document).encode())
    (budget,) = works.budgets(rows["projects"], rows["budget"])
    assert [part.share_pct for part in budget.parts] == [33.33, 33.33, 33.33]
    assert (budget.shares_sum_pct, budget.shares_off_pct) == (99.99, -0.01)
    assert "-0.01 %p" in budget.sentence


def test_parts_that_do_not_add_up_say_by_how_much(document):
    rows = record(json.dumps(document).encode())
    rows["budget"].pop()
    (budget,) = works.budgets(rows["projects"], rows["budget"])
    assert (budget.sum_mkrw, budget.off_mkrw) == (200, -100)
    assert "-100백만원" in budget.sentence


def test_a_project_without_parts_has_no_shares(document):
    rows = record(json.dumps(document).encode())
    (budget,) = works.budgets(rows["projects"], [])
    assert (budget.parts, budget.shares_sum_pct) == ((), None)
    assert "자료가 없습니다" in budget.sentence


def test_footprints_are_another_answer_than_the_zone(document):
    rows = record(json.dumps(document).encode())
    found = works.footprints(box(194_000, 592_000, 194_030, 592_100), planned(rows))
    assert [(row["id"], row["area_m2"], row["length_m"]) for row in found] == [
        ("basin", 600.0, None),
        ("levee", 0.0, 25.0),
    ]
    assert [(row["layer"], row["share"]) for row in found] == [("facility", 0.2), ("work", None)]
    assert {row["kind"] for row in found} == {"works_footprint"}
