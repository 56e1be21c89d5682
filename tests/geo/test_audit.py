import sqlite3

import pytest

from geo import audit
from geo.database import write


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
    assert audit.first_fault(chained) is None
    assert audit.head(chained)[0] == 5


def test_an_edited_entry_is_found(chained):
    change(chained, "UPDATE audit SET officer = 'lee' WHERE n = 3")
    assert audit.first_fault(chained) == 3


def test_a_deleted_entry_is_found(chained):
    change(chained, "DELETE FROM audit WHERE n = 2")
    assert audit.first_fault(chained) == 2


def test_a_cut_tail_shows_in_the_head(chained):
    kept = audit.head(chained)
    change(chained, "DELETE FROM audit WHERE n = 5")
    assert audit.first_fault(chained) is None
    assert audit.head(chained) != kept


def test_an_entry_is_saved_with_its_deed_or_not_at_all(chained, at):
    with pytest.raises(RuntimeError), write(chained, audit.AUDIT) as connection:
        audit.append(connection, chained, deed(at, 9))
        raise RuntimeError("the deed failed")
    assert audit.head(chained)[0] == 5
