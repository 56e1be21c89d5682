"""Documents into a real city.gpkg and back: whole or not at all, once, with an audit entry."""

import copy
from datetime import date

import pyogrio
import pytest
from sqlalchemy import select

from geo import audit, database
from geo.disaster import store
from geo.errors import BadFile, NotFound, Unreadable


def entries(city):
    with database.read(city, audit.AUDIT) as connection:
        return connection.execute(select(audit.AUDIT)).mappings().all()


def everything(city):
    with database.read(city, *store.TABLES.values(), audit.AUDIT) as connection:
        tables = (*store.TABLES.values(), audit.AUDIT)
        return {table.name: connection.execute(select(table)).all() for table in tables}


def test_a_document_goes_in_and_comes_back(city, document, write, at):
    done = store.import_file(city, write(document), at=at, officer="kim")
    assert done["changed"]
    assert (done["zones_named"], done["facilities"], done["works"]) == (["zone"], 2, 2)
    zones = store.zones(city, date(2026, 3, 15))
    assert zones.crs.to_epsg() == 5186
    assert zones.geometry.area.tolist() == [20_000.0]
    assert zones.geometry.geom_type.tolist() == ["MultiPolygon"]
    works = store.works(city)
    assert works["length_geom_m"].tolist() == [90.0, None]
    assert works.geometry.isna().tolist() == [False, True]
    assert store.facilities(city)["id"].tolist() == ["pump", "basin"]
    assert store.budget(city)["amount_mkrw"].sum() == 300
    assert store.projects(city)["cost_mkrw"].tolist() == [300]
    assert store.progress(city)["confirmed_on"].tolist() == [None]
    assert store.other_sources(city)["other"].tolist() == ["4억 원"]


def test_a_gis_program_reads_the_layers(city, document, write, at):
    store.import_file(city, write(document), at=at)
    zones = pyogrio.read_dataframe(city.folder / "city.gpkg", layer="disaster_zones")
    assert zones.geometry.area.tolist() == [20_000.0]
    works = pyogrio.read_dataframe(city.folder / "city.gpkg", layer="disaster_works")
    assert works.geometry.isna().tolist() == [False, True]


def test_the_second_import_changes_nothing(city, document, write, at):
    file = write(document)
    store.import_file(city, file, at=at)
    first = everything(city)
    assert not store.import_file(city, file, at=at)["changed"]
    assert everything(city) == first
    assert len(entries(city)) == 1
    assert audit.faults(city) == []


def test_a_changed_document_replaces_and_is_audited(city, document, write, at):
    store.import_file(city, write(document), at=at, officer="kim")
    document["zones"][0]["grade"] = "가"
    document["works"].pop()
    assert store.import_file(city, write(document), at=at, officer="lee")["changed"]
    assert store.zones(city)["grade"].tolist() == ["가"]
    assert len(store.works(city)) == 1
    first, second = entries(city)
    assert (first["officer"], first["before"], second["officer"], second["subject"]) == ("kim", None, "lee", "zone")
    assert second["before"] == first["after"] != second["after"]
    assert audit.faults(city) == []


def test_other_zones_stay(city, document, write, at):
    store.import_file(city, write(document), at=at)
    other = {"crs": "EPSG:5186", "zones": [copy.deepcopy(document["zones"][0]) | {"id": "other", "type": "004"}]}
    store.import_file(city, write(other), at=at)
    assert store.zones(city)["id"].tolist() == ["zone", "other"]
    assert len(store.works(city)) == 2
    assert store.zone_record(city, "other")["works"] == []


def test_a_refused_document_changes_nothing(city, document, write, at):
    store.import_file(city, write(document), at=at)
    held = everything(city)
    document["zones"][0]["grade"] = "가"
    document["budget"][2]["amount_mkrw"] = 99
    with pytest.raises(BadFile, match=r"zone\.json: budget of 'project'"):
        store.import_file(city, write(document), at=at)
    assert everything(city) == held


def test_an_id_of_another_document_is_refused_and_nothing_changes(city, document, write, at):
    store.import_file(city, write(document), at=at)
    held = everything(city)
    other = copy.deepcopy(document)
    other["zones"][0]["id"] = "other"
    for section in ("facilities", "works", "projects", "progress", "assumptions", "other_sources"):
        for row in other[section]:
            row["zone_id"] = "other"
    with pytest.raises(BadFile, match="facilities id 'pump' belongs to a zone that is not in this document"):
        store.import_file(city, write(other), at=at)
    assert everything(city) == held


def test_a_file_that_is_not_there(city, tmp_path, at):
    with pytest.raises(Unreadable, match=r"nowhere\.json: No such file"):
        store.import_file(city, tmp_path / "nowhere.json", at=at)
    with pytest.raises(Unreadable, match="directory"):
        store.import_file(city, tmp_path, at=at)


def test_the_record_of_a_zone_by_id_name_or_alias(city, document, write, at):
    document["zones"][0] |= {"alias": "실험", "notices": [{"what": "지정", "on": "2003-10-30", "source": "고시"}]}
    store.import_file(city, write(document), at=at)
    record = store.zone_record(city, "zone")
    assert record["zone"]["notices"] == [{"what": "지정", "on": "2003-10-30", "notice_no": None, "source": "고시"}]
    assert record["zone"]["geometry"].area == 20_000
    assert record["zone"]["type_name"] == "침수위험"
    assert [len(record[name]) for name in ("facilities", "works", "projects", "budget", "progress")] == [2, 2, 1, 3, 1]
    assert store.zone_record(city, "실험") == store.zone_record(city, "시험") == record
    with pytest.raises(NotFound, match="no disaster zone 'x'; held are: zone") as refusal:
        store.zone_record(city, "x")
    assert "없습니다" in refusal.value.korean


def test_an_empty_city_has_no_zones(city):
    assert len(store.zones(city, date(2026, 3, 15))) == 0
    assert len(store.works(city)) == 0
    with pytest.raises(NotFound, match="held are: none"):
        store.zone_record(city, "zone")
