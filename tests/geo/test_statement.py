"""A statement compiled once gives on either store what the query itself gives."""

import shapely
from sqlalchemy import Column, Integer, Table, Text, bindparam, select

from geo.database import METADATA, overlaps, read, write
from geo.geometry_type import Geo, decode
from geo.statement import BOX, Statement, box

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
        with read(either, PLACES) as connection:
            rows = NEAR.rows(connection, {**box((20, 20, 20, 20), within_m), "but": but})
            shapes = decode(connection, [row[1] for row in rows])
        assert [row[0] for row in rows] == expected
        assert [shape.wkt for shape in shapes] == [row["geom"].wkt for row in ROWS if row["name"] in expected]


def test_nothing_decodes_to_nothing(either):
    with read(either, PLACES) as connection:
        assert decode(connection, []) == []
        assert decode(connection, [None]) == [None]
