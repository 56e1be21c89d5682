import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import numpy as np
import pytest
import shapely
from sqlalchemy import Column, Float, Integer, MetaData, Table, Text, delete, insert, select, update

from geo import database, geometry_type
from geo.database import METADATA, Geo, note, noted, open_city, overlaps, read, write
from geo.errors import Busy, Damaged, NotFound

WELLS = Table(
    "test_wells",
    METADATA,
    Column("fid", Integer, primary_key=True),
    Column("name", Text),
    Column("geom", Geo("POLYGON")),
)
NOTES = Table("test_notes", METADATA, Column("n", Integer, primary_key=True), Column("word", Text))
HERE = (183_000.0, 587_000.0)


def square(east, north, side=10.0):
    x, y = HERE[0] + east, HERE[1] + north
    return shapely.box(x, y, x + side, y + side)


def put(city, *rows):
    with write(city, WELLS) as connection:
        connection.execute(insert(WELLS), [{"name": name, "geom": geometry} for name, geometry in rows])


def names(city, bounds):
    with read(city, WELLS) as connection:
        return set(connection.scalars(select(WELLS.c.name).where(overlaps(connection, WELLS, bounds))))


def test_a_geometry_comes_back_as_it_was_put(either):
    holed = shapely.Polygon(square(0, 0).exterior.coords, [square(2, 2, 3).exterior.coords])
    put(either, ("holed", holed), ("none", None))
    with read(either, WELLS) as connection:
        held = dict(connection.execute(select(WELLS.c.name, WELLS.c.geom)).all())
    assert shapely.equals_identical(held["holed"], holed) or held["holed"].wkt == holed.wkt
    assert held["none"] is None


def test_the_index_answers_as_geos_does(either):
    rng = np.random.default_rng(3)
    boxes = {f"w{n}": square(*rng.uniform(0, 500, 2), side=rng.uniform(1, 40)) for n in range(200)}
    put(either, *boxes.items())
    for _ in range(20):
        left, bottom = HERE + rng.uniform(0, 500, 2)
        bounds = (left, bottom, left + 60, bottom + 60)
        truth = {name for name, geometry in boxes.items() if geometry.intersects(shapely.box(*bounds))}
        found = names(either, bounds)
        assert truth <= found
        assert all(boxes[name].distance(shapely.box(*bounds)) < 0.1 for name in found), "rounded outwards, not far"


def test_the_index_follows_every_edit(either):
    put(either, ("a", square(0, 0)), ("b", square(100, 0)), ("c", square(200, 0)))
    with write(either, WELLS) as connection:
        connection.execute(update(WELLS).where(WELLS.c.name == "a").values(geom=square(1000, 0)))
        connection.execute(delete(WELLS).where(WELLS.c.name == "b"))
        connection.execute(update(WELLS).where(WELLS.c.name == "c").values(name="d"))
    x, y = HERE
    assert names(either, (x, y, x + 300, y + 10)) == {"d"}
    assert names(either, (x + 990, y, x + 1005, y + 5)) == {"a"}


def test_a_transaction_is_saved_whole_or_not_at_all(either):
    put(either, ("kept", square(0, 0)))
    with pytest.raises(RuntimeError, match="in the middle"), write(either, WELLS) as connection:
        connection.execute(insert(WELLS).values(name="lost", geom=square(50, 0)))
        connection.execute(delete(WELLS).where(WELLS.c.name == "kept"))
        raise RuntimeError("in the middle")
    assert names(either, (*HERE, HERE[0] + 100, HERE[1] + 100)) == {"kept"}


def test_a_long_writer_is_told_of_and_stops_no_first_reading(either, monkeypatch):
    put(either, ("a", square(0, 0)))
    either.engine.dispose()
    monkeypatch.setattr(database, "_PATIENCE_MS", 200)
    monkeypatch.setattr(database, "_ensured", set())
    holding, done = threading.Event(), threading.Event()

    def hold():
        with write(either, WELLS):
            holding.set()
            done.wait(20)

    writer = threading.Thread(target=hold)
    writer.start()
    try:
        assert holding.wait(20)
        database._ensured.clear()  # as in a process that has just started
        assert names(either, (*HERE, HERE[0] + 100, HERE[1] + 100)) == {"a"}
        with pytest.raises(Busy) as refused:
            put(either, ("b", square(100, 0)))
        assert "잠시 뒤" in refused.value.korean
    finally:
        done.set()
        writer.join()
    put(either, ("b", square(100, 0)))


def test_a_city_of_an_earlier_version_gets_the_columns_it_lacks(either):
    put(either, ("a", square(0, 0)))
    later = Table(
        "test_wells", MetaData(), Column("fid", Integer, primary_key=True), Column("name", Text),
        Column("depth_m", Float), Column("geom", Geo("POLYGON")),
    )  # fmt: skip
    database._ensured.clear()
    with write(either, later) as connection:
        connection.execute(insert(later).values(name="b", depth_m=7.5, geom=square(100, 0)))
        assert connection.execute(select(later.c.name, later.c.depth_m)).all() == [("a", None), ("b", 7.5)]


def test_facts_about_the_city_are_set_and_replaced(either):
    assert noted(either, "synthetic") is None
    note(either, "synthetic", "yes")
    note(either, "synthetic", "no")
    assert noted(either, "synthetic") == "no"


def test_there_is_no_city_until_it_is_made(tmp_path):
    with pytest.raises(NotFound, match="no city in"):
        open_city(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    assert open_city(tmp_path / "made", create=True).folder.is_dir()


def gdal(code, file):
    """Run pyogrio in a process of its own: its SQLite beside ours in one process would break both their locks."""
    done = subprocess.run(
        [sys.executable, "-c", f"import pyogrio; file = {str(file)!r}\n{code}"], capture_output=True, text=True
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_gdal_opens_the_live_file_for_reading(city):
    put(city, ("a", square(0, 0)), ("b", square(100, 0)))
    file = city.folder / "city.gpkg"
    told = "i = pyogrio.read_info(file, layer='test_wells'); print(*(i[k] for k in ('driver', 'crs', 'features')))"
    assert gdal(told, file) == "GPKG EPSG:5186 2"
    x, y = HERE
    near = f"print(*pyogrio.read_dataframe(file, layer='test_wells', bbox=({x + 90}, {y}, {x + 120}, {y + 5}))['name'])"
    assert gdal(near, file) == "b"
    put(city, ("c", square(200, 0)))
    assert gdal("print(*pyogrio.read_dataframe(file, layer='test_wells')['name'])", file) == "a b c", (
        "as we go on writing"
    )


def test_no_other_program_can_write(city):
    put(city, ("a", square(0, 0)))
    file = city.folder / "city.gpkg"
    for statement in (
        "INSERT INTO test_wells (name, geom) SELECT 'other', geom FROM test_wells",
        "UPDATE test_wells SET name = 'other'",
        "DELETE FROM test_wells",
    ):
        with closing(sqlite3.connect(file)) as other, pytest.raises(sqlite3.OperationalError, match="paju_min_x"):
            other.execute(statement)
    held = "frame = pyogrio.read_dataframe(file, layer='test_wells')"
    assert "paju_min_x" in gdal(f"{held}\npyogrio.write_dataframe(frame, file, layer='test_wells', append=True)", file)
    with read(city, WELLS) as connection:
        assert connection.scalars(select(WELLS.c.name)).all() == ["a"]


QGIS = """
from qgis.core import QgsApplication, QgsVectorLayer
app = QgsApplication([], False)
app.initQgis()
layer = QgsVectorLayer(f"{file}|layername=test_wells", "wells", "ogr")
print(layer.isValid(), layer.featureCount(), layer.crs().authid(), *(each["name"] for each in layer.getFeatures()))
layer.startEditing()
layer.changeAttributeValue(1, layer.fields().indexOf("name"), "other")
print("saved" if layer.commitChanges() else "refused")
layer.startEditing()
layer.deleteFeature(2)
print("saved" if layer.commitChanges() else "refused")
"""


def test_qgis_opens_the_live_file_and_cannot_write(city, tmp_path):
    python = "/usr/bin/python3"  # Debian's QGIS is a package of the system's own Python
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    kept |= {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    if not shutil.which(python) or subprocess.run([python, "-c", "import qgis.core"], env=kept).returncode:
        pytest.skip("no QGIS on this machine: .ci/run installs python3-qgis")
    put(city, ("a", square(0, 0)), ("b", square(100, 0)))
    code = f"file = {str(city.folder / 'city.gpkg')!r}\n{QGIS}"
    with read(city, WELLS) as connection:
        connection.execute(select(WELLS.c.name)).all()
        done = subprocess.run([python, "-c", code], env=kept, capture_output=True, text=True, timeout=120)
    assert done.stdout.split("\n")[:3] == ["True 2 EPSG:5186 a b", "refused", "refused"], done.stderr
    assert names(city, (*HERE, HERE[0] + 200, HERE[1] + 100)) == {"a", "b"}
    put(city, ("c", square(200, 0)))


def test_the_file_is_a_geopackage_by_its_header(city):
    put(city, ("a", square(0, 0)))
    start = (city.folder / "city.gpkg").read_bytes()[:72]
    assert start[:15] == b"SQLite format 3"
    assert start[68:72] == b"GPKG"


def test_durability_is_not_traded_away(city):
    with read(city, NOTES) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_file_of_another_program_is_left_alone(tmp_path):
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "city.gpkg")) as other:
        other.execute("PRAGMA application_id = 252006674")  # Fossil's
        other.execute("CREATE TABLE theirs (n)")
    city = open_city(tmp_path / "data")
    with pytest.raises(Damaged, match="another program"), read(city, NOTES):
        pass


def test_blobs_with_any_envelope_are_read():
    shape = square(0, 0)
    left, bottom, right, top = shape.bounds
    flat = [left, right, bottom, top]
    for code, numbers in enumerate(([], flat, [*flat, 0, 1], [*flat, 0, 1], [*flat, 0, 1, 0, 1])):
        header = b"GP\x00" + bytes([code << 1 | 1]) + (5186).to_bytes(4, "little")
        blob = header + np.array(numbers, "<f8").tobytes() + shapely.to_wkb(shape)
        assert geometry_type.shape_of(blob).equals(shape)


def test_a_table_without_geometry_has_no_index(city):
    with read(city, NOTES) as connection, pytest.raises(NotFound, match="test_notes has no geometry"):
        overlaps(connection, NOTES, (0, 0, 1, 1))
