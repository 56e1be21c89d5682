"""Forty processes killed in the middle of edits, on both stores: what is there is whole and agrees."""

import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import func, select

from geo import audit
from geo.crs import CITY
from geo.database import read
from geo.registry import store
from geo.registry.store.tables import CONSENTS, EVENTS, HISTORY, PARTIES, ROADS

X, Y = 184_000.0, 587_000.0
KILLS = 40


@pytest.fixture
def filled(either, tmp_path, at):
    numbers = [f"41480360241{100 + n:04d}0000" for n in range(9)]
    lots = [shapely.box(X + 40 * n, Y, X + 40 * n + 40, Y + 30) for n in range(9)]
    table = {"PNU": numbers, "JIBUN": [f"{100 + n}대" for n in range(9)], "AREA": 1200.0}
    gpd.GeoDataFrame(table, geometry=lots, crs=CITY).to_file(tmp_path / "p.gpkg", engine="pyogrio")
    row = {"legal_basis": "NAMOK", "status": "DESIGNATED", "valid_from": "2010-03-02", "width_m": 4.0}
    row |= {"area_m2": 480.0}
    rows = [row | {"road_uid": f"r-{n}", "lead_pnu": numbers[3 * n]} for n in range(3)]
    shapes = [shapely.box(X + 120 * n, Y - 4, X + 120 * n + 120, Y) for n in range(3)]
    gpd.GeoDataFrame(rows, geometry=shapes, crs=CITY).to_file(tmp_path / "r.gpkg", engine="pyogrio")
    store.import_file(either, "parcels", tmp_path / "p.gpkg", at=at)
    store.import_file(either, "roads", tmp_path / "r.gpkg", at=at)
    either.engine.dispose()
    return either


def test_a_process_killed_in_mid_edit_leaves_nothing_half_done(filled):
    url = filled.engine.url
    words = ["", str(KILLS)] if url.drivername == "sqlite" else [url.render_as_string(hide_password=False), str(KILLS)]
    program = Path(__file__).with_name("edit_until_killed.py")
    done = subprocess.run(
        [sys.executable, program, filled.folder, *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with read(filled, ROADS, HISTORY["roads"], EVENTS, PARTIES, CONSENTS, *audit.TABLES) as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("SELECT rtreecheck('rtree_roads_geom')").scalar() == "ok"
            assert connection.exec_driver_sql("SELECT rtreecheck('rtree_roads_history_geom')").scalar() == "ok"
        events = connection.scalar(select(func.count()).select_from(EVENTS))
        versions = connection.scalar(select(func.sum(ROADS.c.version - 1)))
        edits = select(func.count()).select_from(audit.AUDIT).where(audit.AUDIT.c.action != "registry.import")
        assert events == versions == connection.scalar(edits)
        widened = connection.scalar(select(func.count()).select_from(EVENTS).where(EVENTS.c.event == "CHANGE_WIDTH"))
        assert widened == connection.scalar(select(func.count()).select_from(PARTIES))
        assert widened == connection.scalar(select(func.count()).select_from(CONSENTS))
        assert events > KILLS, "the children did edit"
    assert [fault for fault in store.verify(filled) if fault["check"] != "parcel area"] == []
