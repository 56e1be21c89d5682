"""Adjacency after imports and edits, on both stores: what frontage measures, and drift is found."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlalchemy import delete, select, update

from geo.crs import CITY
from geo.database import read, write
from geo.registry import store
from geo.registry.delivery import BadRows
from geo.registry.event import Document, Event
from geo.registry.store import adjacency
from geo.registry.store.tables import ADJACENCY

X, Y = 184_000.0, 587_000.0
PNU = "41480360241{:04d}0000"


@pytest.fixture
def bring(either, tmp_path, at):
    def parcels(count=4, north=0.0):
        lots = [shapely.box(X + 20 * n, Y + north, X + 20 * n + 20, Y + north + 30) for n in range(count)]
        numbers = [PNU.format(100 + n) for n in range(count)]
        table = {"PNU": numbers, "JIBUN": [f"{100 + n}대" for n in range(count)], "AREA": 600.0}
        return save("parcels", gpd.GeoDataFrame(table, geometry=lots, crs=CITY))

    def roads(width=4.0, **told):
        row = {"road_uid": "r-1", "legal_basis": "NAMOK", "status": "DESIGNATED", "valid_from": "2010-03-02",
               "width_m": width, "area_m2": 200.0, "lead_pnu": PNU.format(100)} | told  # fmt: skip
        return save("roads", gpd.GeoDataFrame([row], geometry=[shapely.box(X, Y - 4, X + 50, Y)], crs=CITY))

    def save(kind, frame):
        frame.to_file(tmp_path / f"{kind}.gpkg", engine="pyogrio")
        return store.import_file(either, kind, tmp_path / f"{kind}.gpkg", at=at)

    return type("Bring", (), {"city": either, "parcels": staticmethod(parcels), "roads": staticmethod(roads)})


def held(city):
    with read(city, ADJACENCY) as connection:
        rows = connection.execute(select(ADJACENCY).order_by(ADJACENCY.c.pnu)).all()
    return {row.pnu[11:15]: (round(row.total_m, 3), round(row.longest_m, 3)) for row in rows}


FRONT = {"0100": (20.0, 20.0), "0101": (20.0, 20.0), "0102": (10.0, 10.0)}


def test_it_follows_imports_in_either_order(bring):
    bring.parcels()
    assert held(bring.city) == {}
    bring.roads()
    assert held(bring.city) == FRONT
    bring.parcels(north=5.0)
    assert held(bring.city) == {}
    bring.parcels()
    assert held(bring.city) == FRONT


def test_many_rows_are_joined_as_few_are(bring, monkeypatch):
    monkeypatch.setattr(adjacency, "_FEW", 0)
    bring.roads()
    bring.parcels()
    assert held(bring.city) == FRONT


def test_it_follows_an_edit_and_drift_is_found(bring, at):
    bring.parcels()
    bring.roads()
    moved = shapely.transform(shapely.box(X, Y - 4, X + 50, Y), lambda points: points + np.array([20, 0]))
    event = Event("CORRECT", geometry=moved, documents=(Document("측량성과도", "1"),))
    store.amend_road(bring.city, "r-1", event, versions={"r-1": 1}, officer="kim", at=at, reason="위치 정정")
    assert held(bring.city) == {"0101": (20.0, 20.0), "0102": (20.0, 20.0), "0103": (10.0, 10.0)}
    assert list(adjacency.differences(bring.city)) == []
    for spoil in (
        update(ADJACENCY).where(ADJACENCY.c.pnu == PNU.format(101)).values(total_m=19.9),
        delete(ADJACENCY).where(ADJACENCY.c.pnu == PNU.format(102)),
        update(ADJACENCY).where(ADJACENCY.c.pnu == PNU.format(103)).values(pnu=PNU.format(100)),
        update(ADJACENCY).where(ADJACENCY.c.pnu == PNU.format(100)).values(road_uid="gone"),
    ):
        known = len(list(adjacency.differences(bring.city)))
        with write(bring.city, ADJACENCY) as connection:
            connection.execute(spoil)
        assert len(list(adjacency.differences(bring.city))) >= max(known, 1)
    assert {fault["check"] for fault in store.verify(bring.city)} == {"adjacency"}


def test_a_file_does_not_undo_an_amendment(bring, at):
    bring.parcels()
    bring.roads()
    event = Event("CORRECT", values={"name": "가나길"}, documents=(Document("대장 별지27", "1"),))
    store.amend_road(bring.city, "r-1", event, versions={"r-1": 1}, officer="kim", at=at, reason="이름 정정")
    done = bring.roads()
    assert (done.kept, done.unchanged, done.changed) == (1, 0, 0)
    assert "1 kept" in done.sentence
    assert store.road(bring.city, "r-1")["name"] == "가나길"
    assert (bring.roads(name="가나길").kept, bring.roads(name="가나길").unchanged) == (0, 1), "it says the same"


@pytest.mark.parametrize("planted", ["홍길동 610708-1234567", "연락 010-2345-6789"])
def test_personal_data_in_free_text_is_refused_and_not_repeated(bring, planted):
    bring.parcels()
    for column in ("name", "surface", "quality_flags", "ownership_class", "geometry_source"):
        with pytest.raises(BadRows) as refused:
            bring.roads(**{column: planted})
        said = str(refused.value) + "".join(map(str, refused.value.faults))
        assert column in said
        assert planted.split()[1] not in said
