"""CQL2 by the classes of its abstract test suite (OGC 21-065r2, annex A), answers by hand, as text and as JSON."""

import re

import cql2 as library
import geopandas as gpd
import numpy as np
import orjson
import pytest
import shapely

from geo.errors import Unreadable
from geo.features import cql2, store
from geo.features.ogc_crs import KNOWN
from geo.features.store import asking
from geo.features.wanted import Wanted

CITY = KNOWN["http://www.opengis.net/def/crs/EPSG/0/5186"]
X, Y = 190_000, 580_000


def rect(left, bottom, right, top):
    """WKT in EPSG:5186 as OGC has it, northing first."""
    corners = (left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)
    return "POLYGON((" + ",".join(f"{Y + y} {X + x}" for x, y in corners) + "))"


WHOLE = rect(0, 0, 100, 100)
SMALL = rect(25, 25, 30, 30)
BASIC = [
    ("pop = 100", "A"),
    ("pop <> 100", "BCEF"),
    ("pop < 100", "EF"),
    ("pop > 100", "BC"),
    ("pop <= 100", "AEF"),
    ("pop >= 100", "ABC"),
    ("100 = pop", "A"),
    ("name = '금촌'", "C"),
    ("name = 'O''Brien 100%'", "D"),
    ("name > 'x'", "FC"),
    ("area = 2.5", "B"),
    ("open = true", "ACF"),
    ("open", "ACF"),
    ("NOT open", "BE"),
    ("open <> true", "BE"),
    ("name IS NULL", "E"),
    ("name IS NOT NULL", "ABCDF"),
    ("langs IS NULL", "D"),
    ("pop > 50 AND open", "AC"),
    ("pop > 250 OR pop < 0", "CF"),
    ("NOT (pop > 250 OR pop < 0)", "ABE"),
    ("pop > 50 AND (open OR area > 2)", "ABC"),
    ("true", "ABCDEF"),
    ("false OR pop = 0", "E"),
    ("since = DATE('2020-01-01')", "A"),
    ("since < DATE('2021-01-01')", "AE"),
    ("since >= '2022-03-01'", "CF"),
    ("since <= TIMESTAMP('2020-12-31T14:59:59Z')", "AE"),
    ("since < TIMESTAMP('2020-12-31T15:00:00Z')", "AE"),
    ("seen = TIMESTAMP('2024-05-01T00:00:00Z')", "AB"),
    ("seen > TIMESTAMP('2024-05-01T15:00:00Z')", "CF"),
    ("seen < DATE('2024-05-02')", "AB"),
]
ADVANCED = [
    ("name LIKE 'caf%'", "B"),
    ("name LIKE '%unsan'", "AB"),
    ("name LIKE 'x_y'", "F"),
    ("name LIKE 'x\\_y'", "F"),
    ("name LIKE '%100\\%'", "D"),
    ("name LIKE '금_'", "C"),
    ("name NOT LIKE '%unsan'", "CDF"),
    ("pop BETWEEN 0 AND 200", "ABE"),
    ("pop NOT BETWEEN 0 AND 200", "CF"),
    ("since BETWEEN DATE('2020-06-01') AND DATE('2021-06-15')", "BE"),
    ("pop IN (100, 300, 7)", "AC"),
    ("pop NOT IN (100, 300)", "BEF"),
    ("name IN ('금촌', 'x_y')", "CF"),
]
FOLDED = [
    ("CASEI(name) = CASEI('CAFE MUNSAN')", "B"),
    ("CASEI(name) LIKE CASEI('CAF%')", "AB"),
    ("CASEI(name) IN (CASEI('X_Y'), CASEI('금촌'))", "CF"),
    ("ACCENTI(name) = ACCENTI('Cafe Munsan')", "A"),
    ("ACCENTI(name) LIKE '금%'", "C"),
    ("CASEI(ACCENTI(name)) = 'cafe munsan'", "AB"),
    ("ACCENTI(CASEI(name)) LIKE ACCENTI(CASEI('CAFÉ%'))", "AB"),
]
ARITHMETIC = [
    ("pop + 1 = 101", "A"),
    ("pop * 2 - 100 = 300", "B"),
    ("pop / 8 = 12.5", "A"),
    ("pop / 0 = 1", ""),
    ("pop div 150 = 2", "C"),
    ("pop div 0 = 2", ""),
    ("pop % 150 = 50", "B"),
    ("pop % 0 = 50", ""),
    ("area ^ 2 = 100", "F"),
    ("-pop = 5", "F"),
    ("pop = area * 100", "C"),
    ("pop > area AND area < 2", "A"),
    ("since = until", ""),
    ("since < until", "ACEF"),
]
SPATIAL = [
    (f"s_intersects(geometry, {rect(0, 0, 10, 10)})", "A"),
    (f"s_intersects(geometry, POINT({Y + 50} {X + 50}))", "ACDE"),
    (f"s_intersects(geometry, BBOX({Y}, {X}, {Y + 10}, {X + 10}))", "A"),
    (f"s_intersects(geometry, LINESTRING({Y + 60} {X + 160}, {Y + 60} {X + 400}))", "B"),
    (f"s_intersects(geometry, MULTIPOINT({Y + 30} {X + 30}, {Y + 140} {X + 60}))", "ACF"),
    (f"s_equals(geometry, {WHOLE})", "A"),
    (f"s_disjoint(geometry, {rect(160, 60, 190, 90)})", "ACDEF"),
    (f"NOT s_disjoint(geometry, {rect(160, 60, 190, 90)})", "B"),
    (f"s_touches(geometry, {WHOLE})", "B"),
    (f"s_within(geometry, {WHOLE})", "ADF"),
    (f"s_contains(geometry, {SMALL})", "AF"),
    (f"s_overlaps(geometry, {WHOLE})", "C"),
    (f"s_crosses(geometry, {WHOLE})", "E"),
    (f"s_within({SMALL}, geometry)", "AF"),
    (f"s_contains({WHOLE}, geometry)", "ADF"),
    (f"s_intersects({SMALL}, {WHOLE}) AND pop = 0", "E"),
    ("s_equals(geometry, geometry)", "ABCDEF"),
    (f"s_intersects(geometry, {SMALL}) AND NOT s_equals(geometry, {WHOLE})", "F"),
]
TEMPORAL = [
    ("t_after(since, DATE('2021-06-15'))", "CF"),
    ("t_before(since, DATE('2020-12-31'))", "A"),
    ("t_equals(since, DATE('2020-12-31'))", "E"),
    ("t_disjoint(since, INTERVAL('2020-06-01', '2021-12-31'))", "ACF"),
    ("t_intersects(since, INTERVAL('2020-06-01', '2021-12-31'))", "BE"),
    ("t_intersects(INTERVAL(since, until), INTERVAL('2021-06-15', '2022-01-01'))", "BDE"),
    ("t_during(INTERVAL(since, until), INTERVAL('2019-01-01', '2022-01-01'))", "AE"),
    ("t_during(since, INTERVAL('..', '2020-12-31'))", "A"),
    ("t_contains(INTERVAL(since, until), INTERVAL('2022-04-01', '2022-05-01'))", "BCD"),
    ("t_equals(INTERVAL(since, until), INTERVAL('2020-01-01', '2021-01-01'))", "A"),
    ("t_finishes(INTERVAL(since, until), INTERVAL('2019-01-01', '2021-01-01'))", "A"),
    ("t_finishedBy(INTERVAL(since, until), INTERVAL('2020-06-01', '2021-01-01'))", "A"),
    ("t_meets(INTERVAL(since, until), INTERVAL('2021-06-15', '2022-01-01'))", "E"),
    ("t_metBy(INTERVAL(since, until), INTERVAL('2019-01-01', '2020-01-01'))", "A"),
    ("t_overlaps(INTERVAL(since, until), INTERVAL('2020-06-01', '2021-03-01'))", "A"),
    ("t_overlappedBy(INTERVAL(since, until), INTERVAL('2020-06-01', '2021-03-01'))", "E"),
    ("t_starts(INTERVAL(since, until), INTERVAL('2020-01-01', '2022-03-01'))", "A"),
    ("t_startedBy(INTERVAL(since, until), INTERVAL('2020-01-01', '2020-02-01'))", "A"),
    ("t_after(seen, TIMESTAMP('2024-05-02T00:00:00+00:00'))", "F"),
    ("t_intersects(seen, INTERVAL('2024-05-02', '..'))", "CEF"),
]
LISTS = [
    ("a_contains(langs, ('ko', 'en'))", "AC"),
    ("a_containedBy(langs, ('ko', 'en'))", "ABE"),
    ("a_equals(langs, ('en', 'ko'))", "A"),
    ("a_overlaps(langs, ('zh', 'vi'))", "CF"),
    ("NOT a_overlaps(langs, ('ko'))", "EF"),
]
EVERY = [*BASIC, *ADVANCED, *FOLDED, *ARITHMETIC, *SPATIAL, *TEMPORAL, *LISTS]


def ids(city, wanted):
    found = store.page(city, store.collection(city, "places"), wanted, limit=100)
    assert found.matched == len(found.rows.ids)
    return "".join(found.rows.ids)


def test_every_filter_means_what_the_standard_says(places):
    """As text and as JSON; on either store."""
    wrong = []
    for text, expected in EVERY:
        json = orjson.dumps(library.parse_text(text).to_json()).decode()
        for tree in (cql2.parse(text, "cql2-text"), cql2.parse(json, "cql2-json")):
            found = ids(places, Wanted(filter=orjson.dumps(tree).decode(), filter_crs=CITY))
            if sorted(found) != sorted(expected):
                wrong.append((text, expected, found))
    assert wrong == [], wrong


REFUSED = [
    ("nope = 1", "nope"),
    ("s_intersects(shape, POINT(1 2))", "shape"),
    ("buffer(geometry) = 1", "buffer"),
    ("wobbly(name)", "wobbly"),
    ("name = 1", "text and number"),
    ("pop = 'x'", "integer and text"),
    ("langs = 'ko'", "list"),
    ("name", "flag"),
    ("pop + name = 1", "number"),
    ("name LIKE 5", "text"),
    ("name LIKE '%a%b%c%d%e%f%g%h%i%'", "%"),
    ("since = DATE('2021-02-30')", "2021-02-30"),
    ("since = 5", "date"),
    ("seen = since", "days with hours"),
    ("t_after(INTERVAL('2021-13-01','..'), since)", "2021-13-01"),
    ("s_within(geometry, name)", "geometry"),
    ("s_within(geometry, POLYGON((0 0,1 1,1 0,0 1,0 0)))", "broken"),
    ("a_contains(langs, ('ko', (1, 2)))", "list"),
    ("a_contains(name, ('ko'))", "list"),
    ("CASEI(pop) = 'x'", "text"),
    ("pop = NULL", "IS NULL"),
    ("INTERVAL(since, until) = 1", "value"),
]
REFUSED_JSON = [
    ({"op": "and", "args": []}, "two arguments"),
    ({"op": "like", "args": [{"property": "name"}]}, "2 arguments"),
    ({"op": "s_within", "args": [{"property": "geometry"}, {"bbox": [1]}]}, "bbox"),
    ({"op": "s_within", "args": [{"property": "geometry"}, {"bbox": ["a", "b", "c", "d"]}]}, "bbox"),
    ({"op": "t_after", "args": [{"property": "since"}, {"interval": [".."]}]}, "2 arguments"),
    ({"op": "=", "args": [{"property": "since"}, {"date": 5}]}, "5"),
    (None, "NULL"),
    ("a", "flag"),
    ({"op": "s_equals", "args": [{"property": "geometry"}, {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}]},
     "coordinates"),
]  # fmt: skip


def test_what_cannot_be_is_refused_by_name(places):
    trees = [(cql2.parse(text, "cql2-text"), named) for text, named in REFUSED] + REFUSED_JSON
    for tree, named in trees:
        with pytest.raises(Unreadable, match=re.escape(named)) as refused:
            ids(places, Wanted(filter=orjson.dumps(tree).decode(), filter_crs=CITY))
        assert refused.value.parameter == "filter"


def test_values_are_bound_and_never_spliced(places):
    for text in ("name = 'x''; DROP TABLE layer_features;--'", "name LIKE '%''; DROP TABLE layers;--'"):
        assert ids(places, Wanted(filter=orjson.dumps(cql2.parse(text, "cql2-text")).decode())) == ""
    assert ids(places, Wanted()) == "ABCDEF"


def test_a_filter_that_takes_too_long_is_given_up(either, tmp_path, at, monkeypatch):
    squares = shapely.box(X + np.arange(20_000) % 100, Y, X + np.arange(20_000) % 100 + 1, Y + 1)
    gpd.GeoDataFrame({"n": range(20_000)}, geometry=squares, crs=5186).to_parquet(tmp_path / "many.parquet")
    store.import_layer(either, "many", tmp_path / "many.parquet", title="많음", at=at)
    many, slow = store.collection(either, "many"), '{"op":"=","args":[{"op":"^","args":[{"property":"n"},2]},4]}'
    assert store.page(either, many, Wanted(filter=slow), limit=9).matched == 1
    monkeypatch.setattr(asking, "MOST_S", 0.001)
    with pytest.raises(Unreadable, match=r"within 0\.001 s") as refused:
        store.page(either, many, Wanted(filter=slow.replace("4", "9")), limit=9)
    assert refused.value.parameter == "filter"


def test_arithmetic_without_an_answer_finds_nothing_or_is_refused(places):
    beyond = Wanted(filter='{"op":"=","args":[{"op":"^","args":[{"property":"pop"},1e300]},1]}')
    if places.engine.dialect.name == "sqlite":
        assert ids(places, beyond) == ""
        return
    with pytest.raises(Unreadable, match="or not at all"):
        ids(places, beyond)
