"""Pages, tiles, files and layers on a real city, on both stores."""

import io

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from sqlalchemy import delete, insert, select

from geo import audit
from geo.database import read, write
from geo.errors import BadFile, BadInput, NotFound, Unreadable
from geo.features import store
from geo.features.ogc_crs import CRS84
from geo.features.tables import LAYER_FEATURES
from geo.features.wanted import Wanted
from geo.grid import KOREA_CENTRAL

X, Y = 190_000, 580_000


def layer(folder, frame, name="layer.parquet"):
    path = folder / name
    frame.to_parquet(path) if name.endswith("parquet") else frame.to_file(path)
    return path


def points(count, **columns):
    shapes = [shapely.Point(X + 10 * n, Y) for n in range(count)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:5186")


def read_all(city, id, limit):
    one, seen, after = store.collection(city, id), [], None
    while True:
        page = store.page(city, one, Wanted(), limit=limit, after=after)
        seen += page.rows.ids
        if page.following is None:
            return seen
        after = str(page.following)


def test_pages_neither_miss_nor_repeat_while_rows_come_and_go(places):
    one = store.collection(places, "places")
    first = store.page(places, one, Wanted(), limit=2)
    assert (list(first.rows.ids), first.matched, first.following) == (["A", "B"], 6, "B")
    with write(places, LAYER_FEATURES, *audit.TABLES) as connection:
        connection.execute(delete(LAYER_FEATURES).where(LAYER_FEATURES.c.id == "A"))
        kept = connection.execute(select(LAYER_FEATURES).where(LAYER_FEATURES.c.id == "B")).mappings().one()
        connection.execute(insert(LAYER_FEATURES), {**kept, "fid": 90, "id": "AA"})
    second = store.page(places, one, Wanted(), limit=9, after="B")
    assert list(second.rows.ids) == ["C", "D", "E", "F"]


def test_identifiers_that_are_numbers_and_what_is_none(either):
    changes = store.collection(either, "changes")
    with pytest.raises(Unreadable, match="cursor"):
        store.page(either, changes, Wanted(), limit=1, after="x")
    with pytest.raises(NotFound):
        store.item(either, changes, "5")
    with pytest.raises(NotFound, match="no collection 'nothing'"):
        store.collection(either, "nothing")


def test_the_boundaries_are_shelved_once_and_served(either):
    for id, count in (("emd", 35), ("ri", 104)):
        assert len(read_all(either, id, 30)) == count == len(set(read_all(either, id, 30)))
    emd = store.collection(either, "emd")
    left, _, _, top = store.reach(either, emd, store.version(either, emd))
    assert 168_000 < left < 172_000
    assert 598_000 < top < 603_000


def test_an_edit_shows_in_the_next_tile(places, tmp_path, at):
    one = store.collection(places, "places")
    col, row, _, _ = KOREA_CENTRAL.tiles_over((X, Y, X + 1, Y + 1), 9)
    before = store.version(places, one)
    first = store.tile(places, one, before, KOREA_CENTRAL, 9, col, row)
    assert store.tile(places, one, before, KOREA_CENTRAL, 9, col, row) is first  # kept
    store.import_layer(places, "places", layer(tmp_path, points(1, id=["new"])), title="장소", at=at)
    one = store.collection(places, "places")
    after = store.version(places, one)
    assert after != before
    second = store.tile(places, one, after, KOREA_CENTRAL, 9, col, row)
    assert b"new" in second
    assert b"Munsan" in first
    assert b"Munsan" not in second


def test_a_tile_of_one_layer_holds_no_other(either, tmp_path, at):
    for id in ("first", "second"):
        store.import_layer(either, id, layer(tmp_path, points(2, word=[id, id])), title=id, at=at)
    one = store.collection(either, "second")
    col, row, _, _ = KOREA_CENTRAL.tiles_over((X, Y, X + 1, Y + 1), 9)
    body = store.tile(either, one, store.version(either, one), KOREA_CENTRAL, 9, col, row)
    assert b"second" in body
    assert b"first" not in body
    assert store.reach(either, one, store.version(either, one)) == pytest.approx((X, Y, X + 10, Y), abs=0.1)


@pytest.mark.parametrize("form", ["gpkg", "parquet", "fgb", "csv"])
def test_files_hold_what_the_store_holds(places, tmp_path, form):
    one = store.collection(places, "places")
    rows = store.everything(places, one, Wanted(), most=100)
    path = tmp_path / f"out.{form}"
    path.write_bytes(store.file(rows, form))
    if form == "csv":
        found = pd.read_csv(path)
        shapes = gpd.GeoSeries.from_wkt(found["WKT"], crs="EPSG:4326").to_crs(5186)
        assert found["langs"].tolist()[0] == "ko;en"
    else:
        found = gpd.read_parquet(path) if form == "parquet" else gpd.read_file(path)
        assert found.crs.to_epsg() == 5186
        found = found.sort_values("id").reset_index(drop=True)
        shapes = found.geometry
    assert found["id"].tolist() == list(rows.ids)
    assert found["area"].tolist() == [1.5, 2.5, 3.0, 4.25, 0.5, 10.0]
    assert shapely.hausdorff_distance(shapes.to_numpy(), rows.shapes).max() < 0.01
    with pytest.raises(Unreadable, match="more than 5"):
        store.everything(places, one, Wanted(), most=5)


def test_a_spreadsheet_computes_no_cell(either, tmp_path, at):
    words = ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx", "plain"]
    store.import_layer(either, "words", layer(tmp_path, points(7, word=words)), title="말", at=at)
    text = store.file(store.everything(either, store.collection(either, "words"), Wanted(), most=9), "csv")
    cells = pd.read_csv(io.BytesIO(text))["word"].tolist()
    assert cells[:4] == ["'=HYPERLINK(1)", "'+1", "'-1", "'@x"]
    assert cells[-1] == "plain"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


def test_a_layer_tells_what_its_columns_hold(places):
    kinds = {each.name: each.kind for each in store.collection(places, "places").properties}
    assert kinds == {"id": "text", "name": "text", "pop": "integer", "area": "number", "open": "flag",
                     "since": "date", "until": "date", "seen": "time", "langs": "list"}  # fmt: skip
    feature = store.item(places, store.collection(places, "places"), "F").features(CRS84)[0]
    assert feature["properties"]["seen"] == "2024-05-03T12:00:00.500Z"
    assert feature["properties"]["langs"] == ("vi",)


def test_a_layer_comes_whole_and_goes_whole(places, at):
    with read(places, *audit.TABLES) as connection:
        (entry,) = connection.execute(select(audit.AUDIT).where(audit.AUDIT.c.action == "layer.import")).all()
    assert (entry.subject, entry.reason) == ("places", "file places.parquet")
    store.remove_layer(places, "places", at=at)
    assert "places" not in {each.id for each in store.collections(places)}
    with read(places, LAYER_FEATURES) as connection:
        assert connection.execute(select(LAYER_FEATURES)).first() is None
    with pytest.raises(NotFound, match="no imported layer 'places'; there are none"):
        store.remove_layer(places, "places", at=at)
    assert audit.faults(places) == []


def test_rows_without_a_name_of_their_own_are_numbered(city, tmp_path, at):
    store.import_layer(city, "twins", layer(tmp_path, points(3, id=["a", "a", "b"])), title="쌍", at=at)
    assert read_all(city, "twins", 10) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("id", "columns", "error", "said"),
    [
        ("parcels", {}, BadInput, "a collection of the city's own"),
        ("Kiosk", {}, BadInput, "use 2 to 40"),
        ("../x", {}, BadInput, "use 2 to 40"),
        ("ok_id", {'a"b': ["x"]}, BadFile, "rename it"),
        ("ok_id", {"a": ["x" * 2001]}, BadFile, "longer than 2,000"),
        ("ok_id", {"memo": ["담당 010-1234-5678"]}, BadFile, "personal data"),
        ("ok_id", {"memo": ["800101-1234567"]}, BadFile, "personal data"),
    ],
)
def test_a_bad_layer_changes_nothing(city, tmp_path, at, id, columns, error, said):
    path = layer(tmp_path, points(1, **columns))
    with pytest.raises(error, match=said) as refused:
        store.import_layer(city, id, path, title="나쁨", at=at)
    assert "010-1234" not in str(refused.value)
    assert [each.id for each in store.collections(city) if each.layer] == []


def test_a_layer_lies_where_its_crs_says(city, tmp_path, at):
    far = points(1).set_geometry([shapely.Point(200_000, 200_000)], crs="EPSG:5186")
    with pytest.raises(BadFile, match="outside Paju"):
        store.import_layer(city, "far", layer(tmp_path, far), title="먼 곳", at=at)
    bessel = points(5).to_crs(5174)
    with pytest.raises(BadFile, match="too little evidence"):
        store.import_layer(city, "old", layer(tmp_path, bessel), title="옛 자료", at=at)
    report = store.import_layer(city, "old", layer(tmp_path, bessel), title="옛 자료", at=at, crs=5174)
    assert report.crs == "EPSG:5174"
    shape = store.item(city, store.collection(city, "old"), "1").shapes[0]
    assert shape.distance(shapely.Point(X, Y)) < 0.01


def test_a_citys_own_database_is_no_layer(city, at):
    with write(city, *audit.TABLES) as connection:
        audit.append(connection, city, audit.Entry(at=at, officer="t", action="t", subject="t", reason="t"))
    with pytest.raises(BadFile, match="a city's own database"):
        store.import_layer(city, "own", city.folder / "city.gpkg", title="자기", at=at)
