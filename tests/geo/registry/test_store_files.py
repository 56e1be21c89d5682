"""Which encoding a shapefile's table is in, CRS as .prj files spell it, layers, and columns that are not asked for."""

import hashlib
import json
import struct
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet
import pyogrio
import pytest
import shapely

from geo.crs import CITY
from geo.errors import BadFile, Unreadable
from geo.registry.store import dbase, files

X, Y = 184_000.0, 587_000.0
HANGUL = ["100대", "101천", "102천"]


def everything(names):
    return {name: name for name in names}


@pytest.fixture
def shp(tmp_path):
    def write(texts, encoding, *, cpg=None, code_page=0, name="parcels"):
        shapes = [shapely.box(X + n, Y, X + n + 1, Y + 1) for n in range(len(texts))]
        file = tmp_path / f"{name}.shp"
        gpd.GeoDataFrame({"JIBUN": texts}, geometry=shapes, crs=CITY).to_file(file, encoding=encoding, engine="pyogrio")
        file.with_suffix(".cpg").unlink()
        if cpg:
            file.with_suffix(".cpg").write_text(cpg)
        table = file.with_suffix(".dbf")
        data = bytearray(table.read_bytes())
        data[29] = code_page
        table.write_bytes(data)
        return file

    return write


@pytest.mark.parametrize(
    ("written", "cpg", "code_page", "read"),
    [
        ("CP949", None, 0, "CP949"),
        ("UTF-8", None, 0, "UTF-8"),
        ("CP949", None, 0x4E, "CP949"),
        ("CP949", "949", 0, "CP949"),
        ("CP949", "EUC-KR\n", 0, "CP949"),
        ("CP949", "ANSI 949", 0, "CP949"),
        ("UTF-8", "UTF-8", 0x4E, "UTF-8"),
        ("UTF-8", "utf8", 0, "UTF-8"),
    ],
)
def test_text_is_read_in_the_encoding_that_it_has(shp, written, cpg, code_page, read):
    file = shp(HANGUL, written, cpg=cpg, code_page=code_page)
    delivered = files.read(file, "parcels", everything)
    assert delivered.encoding == read
    assert list(delivered.columns["JIBUN"]) == HANGUL


def test_bytes_that_decode_as_utf8_by_chance_are_still_cp949(shp):
    """'천' is C3 B5 in CP949, which is 'õ' in UTF-8: nothing but the letters themselves says what is meant."""
    file = shp(["1천", "2천"], "CP949")
    assert "1õ".encode() in file.with_suffix(".dbf").read_bytes()
    assert dbase.encoding(file) == "CP949"


@pytest.mark.parametrize(
    ("written", "cpg", "code_page", "sentence"),
    [
        ("CP949", "UTF-8", 0, r"parcels.cpg says UTF-8, but row 1, JIBUN is not UTF-8"),
        ("UTF-8", "CP949", 0, r"parcels.cpg says CP949, but row 1, JIBUN is not CP949"),
        ("UTF-8", None, 0x4E, r"code page byte says CP949, but row 1, JIBUN is not CP949"),
        ("CP949", "ISO-8859-1", 0, r"names the encoding 'ISO-8859-1': files come in CP949 or UTF-8"),
    ],
)
def test_a_wrong_word_about_the_encoding_is_refused(shp, written, cpg, code_page, sentence):
    with pytest.raises(BadFile, match=sentence):
        files.read(shp(["뷁대", "2대"], written, cpg=cpg, code_page=code_page), "parcels", everything)


def test_text_in_no_korean_encoding_is_refused(shp):
    file = shp(["100A", "101"], "UTF-8")
    table = file.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"100A", b"100\xff"))
    with pytest.raises(BadFile, match=r"neither UTF-8 nor CP949 \(row 1, JIBUN\); add a .cpg"):
        files.read(file, "parcels", everything)


def test_parts_of_a_shapefile_that_are_missing_or_cut(shp):
    file = shp(HANGUL, "CP949")
    table = file.with_suffix(".dbf")
    whole = table.read_bytes()
    for cut, sentence in ((whole[:20], "is cut off"), (whole[:-60], "says 3 rows, and holds fewer")):
        table.write_bytes(cut)
        with pytest.raises(Unreadable, match=sentence):
            files.read(file, "parcels", everything)
    table.unlink()
    with pytest.raises(BadFile, match=r"without its \.dbf"):
        files.read(file, "parcels", everything)
    table.write_bytes(whole)
    file.with_suffix(".shx").unlink()
    with pytest.raises(BadFile, match=r"without its \.shx"):
        files.read(file, "parcels", everything)


def test_parts_in_upper_case(shp):
    file = shp(HANGUL, "CP949")
    for part in (".dbf", ".shx", ".prj"):
        file.with_suffix(part).rename(file.with_suffix(part.upper()))
    delivered = files.read(file, "parcels", everything)
    assert list(delivered.columns["JIBUN"]) == HANGUL
    assert delivered.crs == CITY


def test_a_file_without_prj_says_no_crs(shp):
    file = shp(HANGUL, "UTF-8")
    file.with_suffix(".prj").unlink()
    assert files.read(file, "parcels", everything).crs is None


def test_the_hash_is_that_of_the_named_file(shp):
    file = shp(HANGUL, "UTF-8")
    assert files.read(file, "parcels", everything).sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_columns_that_were_not_chosen_are_never_read(tmp_path):
    frame = gpd.GeoDataFrame({"a": [1], "OWNER": ["김아무개"]}, geometry=[shapely.Point(X, Y)], crs=CITY)
    for name in ("f.gpkg", "f.parquet"):
        frame.to_parquet(tmp_path / name) if name.endswith("parquet") else frame.to_file(
            tmp_path / name, engine="pyogrio"
        )
        delivered = files.read(tmp_path / name, "f", lambda names: {"a": "b"})
        assert {key: list(column) for key, column in delivered.columns.items()} == {"b": [1]}


def test_of_several_layers_the_named_one_is_read(tmp_path):
    file = tmp_path / "all.gpkg"
    for n, layer in enumerate(("parcels", "roads")):
        frame = gpd.GeoDataFrame({"n": [n]}, geometry=[shapely.Point(X, Y)], crs=CITY)
        frame.to_file(file, layer=layer, engine="pyogrio")
    assert list(files.read(file, "roads", everything).columns["n"]) == [1]
    with pytest.raises(BadFile, match=r"layers parcels, roads: name the one to import 'zoning'"):
        files.read(file, "zoning", everything)


def test_geojson_with_and_without_its_old_crs_member(tmp_path):
    file = tmp_path / "p.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [X, Y]}}
    collection = {"type": "FeatureCollection", "features": [feature]}
    file.write_text(json.dumps(collection))
    assert files.read(file, "p", everything).crs.to_epsg() == 4326
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5186"}}
    file.write_text("﻿" + json.dumps(collection | {"crs": named}))
    assert files.read(file, "p", everything).crs == CITY


def parquet(file, geo):
    table = pa.table({"geometry": [shapely.to_wkb(shapely.Point(X, Y))]})
    pyarrow.parquet.write_table(
        table.replace_schema_metadata({"geo": json.dumps(geo)} if geo is not None else {}), file
    )


def test_geoparquet_says_its_crs_or_that_it_has_none(tmp_path):
    file = tmp_path / "p.parquet"
    column = {"encoding": "WKB"}
    parquet(file, {"primary_column": "geometry", "columns": {"geometry": column}})
    assert files.read(file, "p", everything).crs.to_epsg() == 4326, "the default of GeoParquet 1.1"
    parquet(file, {"primary_column": "geometry", "columns": {"geometry": column | {"crs": None}}})
    assert files.read(file, "p", everything).crs is None
    parquet(file, {"primary_column": "geometry", "columns": {"geometry": column | {"crs": CITY.to_json_dict()}}})
    assert files.read(file, "p", everything).crs == CITY


@pytest.mark.parametrize(
    ("geo", "sentence"),
    [
        (None, "without the geometry"),
        ([], "without the geometry"),
        ({"primary_column": "x", "columns": {}}, "without the geometry"),
        ({"primary_column": "geometry", "columns": {"geometry": {"encoding": "point"}}}, "not WKB but 'point'"),
        ({"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "crs": {"type": "?"}}}}, "--crs"),
    ],
)
def test_parquet_that_is_no_geoparquet(tmp_path, geo, sentence):
    parquet(tmp_path / "p.parquet", geo)
    with pytest.raises(BadFile, match=sentence):
        files.read(tmp_path / "p.parquet", "p", everything)


def test_wkb_from_a_file_reaches_nobody_unwalked(tmp_path):
    """What crashes shapely comes out of the file as bytes."""
    deep = struct.pack("<BII", 1, 7, 1) * 20_000 + shapely.to_wkb(shapely.Point(X, Y))
    table = pa.table({"geometry": [deep]})
    geo = {"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    pyarrow.parquet.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), tmp_path / "p.parquet")
    assert files.read(tmp_path / "p.parquet", "p", everything).wkb == [deep]


def test_real_malformed_files_are_refused_or_read_and_never_crash(shared):
    folder = shared / "data" / "bad_inputs" / "vector"
    outcomes = set()
    for file in sorted(folder.iterdir()):
        try:
            files.read(file, "parcels", everything)
            outcomes.add("read")
        except (BadFile, Unreadable):
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_pyogrio_drivers_cannot_be_named_in_a_path(tmp_path, monkeypatch):
    """'CSV:/etc/passwd' is no file, and a real file of that name is opened by its absolute path."""
    monkeypatch.chdir(tmp_path)
    frame = gpd.GeoDataFrame({"n": [7]}, geometry=[shapely.Point(X, Y)], crs=CITY)
    pyogrio.write_dataframe(frame, tmp_path / "plain.gpkg")
    odd = tmp_path / "CSV:odd.gpkg"
    (tmp_path / "plain.gpkg").rename(odd)
    assert list(files.read(Path("CSV:odd.gpkg"), "plain", everything).columns["n"]) == [7]
