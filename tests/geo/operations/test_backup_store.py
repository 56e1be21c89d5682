import json
import os
import shutil
import zipfile

import pytest
from sqlalchemy import create_engine, text

from geo import audit, digest
from geo.change import store as changes
from geo.database import note, noted, open_city
from geo.errors import BadFile, Conflict, Unreadable
from geo.operations import backup_store, store
from geo.registry import store as registry

BY = {"officer": "kim"}


def fresh(postgis, name):
    """Make an empty database with PostGIS in it; return its URL."""
    engine = create_engine(f"{postgis}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE blank"))
    engine.dispose()
    return f"{postgis}/{name}"


@pytest.fixture
def held(town, tmp_path):
    """A copy of the town that may be changed."""
    return open_city(shutil.copytree(town.folder, tmp_path / "data"))


def counted(city):
    with city.engine.connect() as connection:
        tables = ("parcels", "roads", "roads_history", "permits", "changes", "orthophoto_surveys", "adjacency")
        return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in tables}


def test_a_city_comes_back_on_another_machine(held, tmp_path, at):
    file = tmp_path / "paju.backup"
    told = backup_store.backup(held, file, at=at, **BY)
    assert told["audit"]["faults"] == []
    assert file.stat().st_mode & 0o777 == 0o600
    assert noted(held, "backup_at") == at.isoformat()
    assert store.condition(held, at).backup_at == at.isoformat()
    back = backup_store.restore(tmp_path / "there", None, file, at=at, **BY)
    assert back["imagery_missing"] == ["2024", "2025", "2026"]
    there = open_city(tmp_path / "there")
    assert counted(there) == counted(held)
    assert registry.verify(there) == registry.verify(held)
    assert audit.faults(there) == []
    months = {entry["action"] for entry in audit.entries(there, "2026-04")}
    assert {"city.backup", "city.restore"} <= months
    shutil.copytree(held.folder / "orthophoto", there.folder / "orthophoto")
    assert store.condition(there, at).light == "green"
    assert [p.name for p in there.folder.iterdir() if p.name.startswith(".")] == []


def test_a_backup_is_taken_whole_while_others_write(held, tmp_path, at):
    """The snapshot is one moment: what is saved meanwhile is in the city and not in the backup."""
    file = tmp_path / "paju.backup"
    told = backup_store.backup(held, file, at=at, **BY)
    backup_store.backup(held, tmp_path / "later.backup", at=at, **BY)
    backup_store.restore(tmp_path / "there", None, file, at=at, **BY)
    assert audit.head(open_city(tmp_path / "there"))[0] == told["audit"]["entries"] + 1  # its own restoring


def test_a_backup_of_an_earlier_version_gets_the_columns_it_lacks(held, tmp_path, at):
    with held.engine.begin() as connection:
        connection.execute(text("ALTER TABLE changes DROP COLUMN verdict_note"))
    backup_store.backup(held, tmp_path / "paju.backup", at=at, **BY)
    backup_store.restore(tmp_path / "there", None, tmp_path / "paju.backup", at=at, **BY)
    found = changes.changes(open_city(tmp_path / "there"), "2025-2026")
    assert found["verdict_note"].isna().all()


def test_what_is_there_is_never_written_over(held, tmp_path, at):
    file = tmp_path / "paju.backup"
    backup_store.backup(held, file, at=at, **BY)
    before = file.read_bytes()
    with pytest.raises(Conflict, match="there already"):
        backup_store.backup(held, file, at=at, **BY)
    assert file.read_bytes() == before
    with pytest.raises(Conflict, match="holds a city"):
        backup_store.restore(held.folder, None, file, at=at, **BY)


def rewritten(file, out, change):
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out


def one_bit(name, data):
    return data[:5000] + bytes([data[5000] ^ 1]) + data[5001:] if name == "city.gpkg" else data


def newer(name, data):
    return json.dumps(json.loads(data) | {"form": 99}) if name == "manifest.json" else data


def escaping(name, data):
    if name != "manifest.json":
        return data
    told = json.loads(data)
    return json.dumps(told | {"sha256": told["sha256"] | {"../evil": "00"}})


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [(one_bit, BadFile, "SHA-256"), (newer, BadFile, "newer version"), (escaping, BadFile, "no backup has")],
)
def test_a_backup_that_was_changed_is_refused_and_leaves_nothing(held, tmp_path, at, change, error, said):
    file = tmp_path / "paju.backup"
    backup_store.backup(held, file, at=at, **BY)
    bad = rewritten(file, tmp_path / "bad.backup", change)
    with pytest.raises(error, match=said):
        backup_store.restore(tmp_path / "there", None, bad, at=at, **BY)
    assert list((tmp_path / "there").iterdir()) == []
    half = tmp_path / "half.backup"
    half.write_bytes(file.read_bytes()[:3000])
    with pytest.raises(Unreadable, match="no whole backup"):
        backup_store.restore(tmp_path / "there", None, half, at=at, **BY)


def test_an_audit_that_was_edited_after_the_backup_key_is_found(held, tmp_path, at):
    """Who edits the database inside a backup, and its checksum with it, is found by the chain."""
    file = tmp_path / "paju.backup"
    backup_store.backup(held, file, at=at, **BY)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "parts")
    edited = open_city(tmp_path / "parts")
    with edited.engine.begin() as connection:
        connection.execute(text("UPDATE audit SET officer = 'lee' WHERE n = 2"))
    edited.engine.dispose()
    told = json.loads((tmp_path / "parts" / "manifest.json").read_text(encoding="utf-8"))
    told["sha256"]["city.gpkg"] = digest.sha256(tmp_path / "parts" / "city.gpkg")
    with zipfile.ZipFile(tmp_path / "bad.backup", "w") as archive:
        archive.writestr("manifest.json", json.dumps(told))
        for name in told["sha256"]:
            archive.write(tmp_path / "parts" / name, name)
    with pytest.raises(BadFile, match="audit entry 2"):
        backup_store.restore(tmp_path / "there", None, tmp_path / "bad.backup", at=at, **BY)
    assert list((tmp_path / "there").iterdir()) == []


def test_postgis_is_backed_up_by_its_own_programs(postgis, tmp_path, at, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/lib/postgresql/15/bin", prepend=os.pathsep)
    urls = [fresh(postgis, f"{name}_{abs(hash(tmp_path))}") for name in ("here", "there")]
    city = open_city(tmp_path / "here", urls[0], create=True)
    note(city, "synthetic", "true")
    file = tmp_path / "paju.backup"
    backup_store.backup(city, file, at=at, **BY)
    backup_store.restore(tmp_path / "there", urls[1], file, at=at, **BY)
    there = open_city(tmp_path / "there", urls[1])
    assert noted(there, "synthetic") == "true"
    assert audit.faults(there) == []
    assert audit.head(there)[0] == 2
    with pytest.raises(Conflict, match="kind of store"):
        backup_store.restore(tmp_path / "elsewhere", None, file, at=at, **BY)
    with pytest.raises(Conflict, match="holds a city already"):
        backup_store.restore(tmp_path / "elsewhere", urls[1], file, at=at, **BY)
