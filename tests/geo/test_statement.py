"""A statement compiled once gives on either store what the query itself gives."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import shapely
from sqlalchemy import Column, Integer, Table, Text, bindparam, select

from geo.database import METADATA, open_city, overlaps, write
from geo.geometry_type import Geo, decode
from geo.statement import BOX, Statement, box, snapshot

PLACES = Table("statement_places", METADATA, Column("fid", Integer, primary_key=True), Column("name", Text),
               Column("geom", Geo("POINT")))  # fmt: skip
METADATA.remove(PLACES)  # a table of this test alone
ROWS = [{"name": name, "geom": shapely.Point(x, 20)} for name, x in (("a", 10), ("b", 20), ("c", 30))]
NEAR = Statement(
    lambda held: (
        select(PLACES.c.name, PLACES.c.geom)
        .where(overlaps(held, PLACES, BOX), PLACES.c.name != bindparam("but"), PLACES.c.name != "100%")
        .order_by(PLACES.c.fid)
    )
)


def test_rows_by_name_and_place(either):
    with write(either, PLACES) as connection:
        connection.execute(PLACES.insert(), ROWS)
    for but, within_m, expected in (("a", 1, ["b"]), ("a", 15, ["b", "c"]), ("x", 15, ["a", "b", "c"]), ("b", 1, [])):
        with snapshot(either, PLACES) as held:
            rows = NEAR.rows(held, {**box((20, 20, 20, 20), within_m), "but": but})
            shapes = decode(held, [row[1] for row in rows])
        assert [row[0] for row in rows] == expected
        assert [shape.wkt for shape in shapes] == [row["geom"].wkt for row in ROWS if row["name"] in expected]


def test_nothing_decodes_to_nothing(either):
    with snapshot(either, PLACES) as held:
        assert decode(held, []).tolist() == []
        assert decode(held, [None]).tolist() == [None]


def test_a_snapshot_is_of_one_moment_and_the_next_of_now(either):
    def held():
        return [row[0] for row in NEAR.rows(now, {**box((20, 20, 20, 20), 100), "but": "none"})]

    with write(either, PLACES) as connection:
        connection.execute(PLACES.insert(), ROWS)
    with snapshot(either, PLACES) as now:
        assert held() == ["a", "b", "c"]
        with write(either, PLACES) as connection:
            connection.execute(PLACES.delete().where(PLACES.c.name == "b"))
        with snapshot(either, PLACES) as inner:
            assert inner is now
        assert held() == ["a", "b", "c"]
    with snapshot(either, PLACES) as now:
        assert held() == ["a", "c"]


def test_a_table_made_inside_a_snapshot_is_seen_there(either):
    later = Table("statement_later", METADATA, Column("n", Integer, primary_key=True))
    METADATA.remove(later)
    with snapshot(either, PLACES) as held:
        assert NEAR.rows(held, {**box((0, 0, 1, 1)), "but": "none"}) == []
        with snapshot(either, later) as inner:
            assert Statement(lambda _: select(later.c.n)).rows(inner, {}) == []


def test_snapshots_of_two_cities_do_not_mix(either, tmp_path):
    other = open_city(tmp_path / "other", create=True)
    for city, rows in ((either, ROWS), (other, ROWS[:1])):
        with write(city, PLACES) as connection:
            connection.execute(PLACES.insert(), rows)
    everything = {**box((20, 20, 20, 20), 100), "but": "none"}
    with snapshot(either, PLACES) as first, snapshot(other, PLACES) as second:
        assert (len(NEAR.rows(first, everything)), len(NEAR.rows(second, everything))) == (3, 1)
        with snapshot(either, PLACES) as third:
            assert len(NEAR.rows(third, everything)) == 3
    with pytest.raises(RuntimeError, match="in the middle"), snapshot(other, PLACES):
        raise RuntimeError("in the middle")
    with snapshot(other, PLACES) as held:
        assert len(NEAR.rows(held, everything)) == 1


def test_many_threads_read_at_once(either):
    with write(either, PLACES) as connection:
        connection.execute(PLACES.insert(), ROWS)
    number = 20 if either.engine.dialect.name == "sqlite" else 10  # PostGIS: as many as the pool has connections
    together = threading.Barrier(number)

    def ask(_):
        with snapshot(either, PLACES) as held:
            together.wait(20)
            return len(NEAR.rows(held, {**box((20, 20, 20, 20), 100), "but": "none"}))

    with ThreadPoolExecutor(number) as threads:
        assert list(threads.map(ask, range(number))) == [3] * number
