import json
import sqlite3

import pytest
from sqlalchemy import func, select

from geo import audit
from geo.database import read, write
from geo.errors import BadInput


def deed(at, n):
    return audit.Entry(at=at, officer="kim", action="amend", subject=f"road {n}", reason="측량", after={"width_m": n})


@pytest.fixture
def chained(city, at):
    for n in range(5):
        with write(city, audit.AUDIT) as connection:
            audit.append(connection, city, deed(at, n))
    return city


def change(city, sql):
    with sqlite3.connect(city.folder / "city.gpkg") as connection:
        connection.execute(sql)


def test_a_chain_that_was_left_alone_holds(chained):
    assert audit.faults(chained) == []
    assert audit.head(chained)[0] == 5


def test_an_edited_entry_is_found(chained):
    change(chained, "UPDATE audit SET officer = 'lee' WHERE n = 3")
    assert audit.faults(chained)[0][0] == 3


def test_a_deleted_entry_is_found(chained):
    change(chained, "DELETE FROM audit WHERE n = 2")
    assert audit.faults(chained)[0][0] == 2


def test_a_cut_tail_shows_in_the_head(chained):
    change(chained, "DELETE FROM audit WHERE n = 5")
    assert audit.faults(chained) == [(5, "audit entries 5 to 5 were cut off: audit.head names 5 as the last")]


def test_a_missing_or_damaged_head_is_told(chained):
    (chained.folder / audit.HEAD).write_text("{}")
    assert "cannot be read" in audit.faults(chained)[0][1]
    (chained.folder / audit.HEAD).unlink()
    assert "is missing" in audit.faults(chained)[0][1]


def test_a_chain_written_anew_with_another_key_is_found(chained, at):
    key = chained.folder / "audit.key"
    key.write_text("00" * 32)
    assert audit.faults(chained)[0][0] == 1


def test_the_head_of_a_rolled_back_entry_is_not_exported(chained, at):
    with pytest.raises(RuntimeError), write(chained, *audit.TABLES) as connection:
        audit.append(connection, chained, deed(at, 9))
        raise RuntimeError("the deed failed")
    assert audit.faults(chained) == []
    assert json.loads((chained.folder / audit.HEAD).read_text())["n"] == 5


@pytest.fixture
def years(city, at):
    """Thirty months, two entries each, from 2024-01; on both sides of two years."""
    for month in range(30):
        for day in (3, 20):
            with write(city, *audit.TABLES) as connection:
                moment = at.replace(year=2024 + month // 12, month=month % 12 + 1, day=day)
                audit.append(connection, city, deed(moment, month))
    return city


def months(city):
    with read(city, audit.MONTHS) as connection:
        return connection.execute(select(audit.MONTHS).order_by(audit.MONTHS.c.last_n)).all()


def test_expired_months_go_whole_and_their_signed_heads_stay(years):
    kept = months(years)
    assert [row.month for row in kept][:2] == ["2024-01", "2024-02"]
    assert len(kept) == 29
    assert [row.month for row in kept if row.dropped_at] == ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05"]
    assert audit.faults(years) == []
    with read(years, audit.AUDIT) as connection:
        assert connection.scalar(select(func.min(audit.AUDIT.c.n))) == 11
    assert audit.entries(years, "2024-05") == []
    assert [row["subject"] for row in audit.entries(years, "2024-06")] == ["road 5", "road 5"]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("UPDATE audit_months SET chain = 'ff' WHERE month = '2024-02'", "not what was signed"),
        ("UPDATE audit_months SET dropped_at = '2026-06-01' WHERE month = '2025-12'", "not what was signed"),
        ("DELETE FROM audit WHERE n = 11", "entry 11 is missing"),
        ("DELETE FROM audit WHERE at LIKE '2025-03%'", "is missing"),
        ("UPDATE audit SET reason = 'x' WHERE n = 40", "entry 40 is not what was written"),
        ("DELETE FROM audit WHERE n > 40", "cut off"),
        ("DELETE FROM audit", "cut off"),
    ],
)
def test_months_that_were_tampered_with_are_found(years, sql, told):
    change(years, sql)
    assert told in audit.faults(years)[0][1]


def test_a_clock_set_back_and_ahead_breaks_nothing(city, at):
    for moment in (at, at.replace(month=5), at, at.replace(month=5), at.replace(month=6), at.replace(year=2036)):
        with write(city, *audit.TABLES) as connection:
            audit.append(connection, city, deed(moment, 1))
    assert [(row.month, row.first_n, row.last_n) for row in months(city)] == [
        ("2026-04", 1, 1), ("2026-05", 2, 4), ("2026-06", 5, 5),
    ]  # fmt: skip
    assert audit.faults(city) == []
    assert sum(row.dropped_at is not None for row in months(city)) == 2, "never more at one closing"


@pytest.mark.parametrize("setting", ["0", "-1", "two", "1.5", ""])
def test_a_retention_under_a_year_is_refused(monkeypatch, setting):
    monkeypatch.setenv(audit.RETENTION, setting)
    with pytest.raises(BadInput, match="at least 1"):
        audit.retention_years()


def test_a_month_that_is_none(city):
    with pytest.raises(BadInput, match="YYYY-MM"):
        audit.entries(city, "2026/04")


def test_an_entry_is_saved_with_its_deed_or_not_at_all(chained, at):
    with pytest.raises(RuntimeError), write(chained, audit.AUDIT) as connection:
        audit.append(connection, chained, deed(at, 9))
        raise RuntimeError("the deed failed")
    assert audit.head(chained)[0] == 5
