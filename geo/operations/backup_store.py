"""Writes a city into one backup file, and brings it back on another machine with its audit chain intact."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

from sqlalchemy import Engine, inspect, make_url

from geo import audit
from geo.database import City, note, open_city, write
from geo.digest import sha256
from geo.errors import BadFile, Conflict, Damaged, NotFound, Unreadable
from geo.orthophoto import store as orthophoto
from geo.registry.store.people import KEY as PERSONAL_KEY

FORM = 1
"""Of the backup and the tables in it; columns that a later version adds need no new number, the store adds them."""
MANIFEST = "manifest.json"
DATABASES = {"sqlite": "city.gpkg", "postgresql": "city.pgdump"}
KEYS = (audit.KEY, PERSONAL_KEY)
BACKUP_AT = "backup_at"


def backup(city: City, file: Path, *, at: datetime, officer: str) -> dict[str, Any]:
    """Write the database, the keys and the audit's head into `file`, for its owner alone; return its manifest.

    Imagery and flood scenarios are files of their own and not in it. Raises Conflict when `file` is there.
    """
    if file.exists():
        raise Conflict(f"{file} is there already: name another file, a backup is never written over")
    with write(city, *audit.TABLES) as connection:
        entry = audit.Entry(at=at, officer=officer, action="city.backup", subject=file.name, reason="backup")
        audit.append(connection, city, entry)
    with _folder_beside(file) as aside:
        # the head before the database: one that lags behind is no fault, one that runs ahead is
        for name in (audit.HEAD, *KEYS):
            if (city.folder / name).exists():
                shutil.copy2(city.folder / name, aside / name)
        _dump(city.engine, aside / DATABASES[city.engine.dialect.name])
        number, chain = audit.head(city)
        sums = {part.name: sha256(part) for part in sorted(aside.iterdir())}
        told: dict[str, Any] = {
            "form": FORM,
            "made_at": at.isoformat(),
            "audit": {"entries": number, "head": chain, "faults": [why for _, why in audit.faults(city)]},
            "sha256": sums,
        }
        (aside / MANIFEST).write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
        whole = aside / "whole.zip"
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            for name in (MANIFEST, *sums):
                archive.write(aside / name, name)
        whole.chmod(0o600)
        _sync(whole)
        whole.rename(file)
    note(city, BACKUP_AT, at.isoformat())
    return told


def restore(folder: Path, url: str | None, file: Path, *, at: datetime, officer: str) -> dict[str, Any]:
    """Bring the city of a backup back into an empty `folder`, and into the empty database `url` where one is named.

    Returns its manifest with `imagery_missing`, the surveys whose pyramids are to be copied into the folder. Raises
    Conflict when a city is there, Unreadable or BadFile for a file that is no whole backup; nothing is left then.
    """
    if any((folder / name).exists() for name in ("city.gpkg", *KEYS)):
        raise Conflict(f"{folder} holds a city already; restore into an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    with _folder_beside(folder / "city.gpkg") as aside:
        told = _unpack(file, aside)
        database = next((name for name in DATABASES.values() if name in told["sha256"]), None)
        if database is None or (database == DATABASES["sqlite"]) is not (url is None):
            raise Conflict(f"{file.name} holds {database}: it goes back into the kind of store it was made from")
        if url:
            _load(url, aside / database)
        held = open_city(aside, url)
        faults = [why for _, why in audit.faults(held)]
        held.engine.dispose()
        if faults != told["audit"]["faults"]:
            raise BadFile(f"the audit chain of {file.name} does not hold: {faults[0] if faults else 'faults are gone'}")
        for name in (*KEYS, audit.HEAD, DATABASES["sqlite"]):
            if (aside / name).exists():
                _sync(aside / name)
                (aside / name).rename(folder / name)  # the database last: a city is there when it is
    city = open_city(folder, url)
    with write(city, *audit.TABLES) as connection:
        reason = f"backup of {told['made_at']}"
        audit.append(
            connection, city,
            audit.Entry(at=at, officer=officer, action="city.restore", subject=file.name, reason=reason),
        )  # fmt: skip
    return told | {"imagery_missing": sorted(orthophoto.damaged(city))}


@contextmanager
def _folder_beside(file: Path) -> Iterator[Path]:
    """Give a folder on the disk of `file`, gone at the end, that nobody else may read."""
    aside = file.resolve().parent / f".{file.name}.{token_hex(4)}"
    aside.mkdir(mode=0o700)
    try:
        yield aside
    finally:
        shutil.rmtree(aside)


def _dump(engine: Engine, file: Path) -> None:
    """Write the whole database as it stands at one moment, while others go on writing."""
    if engine.dialect.name == "postgresql":
        _postgres(engine.url.render_as_string(hide_password=False), "pg_dump", "--format=custom", f"--file={file}")
        return
    with engine.connect() as connection, closing(sqlite3.connect(file)) as copy:
        cast(sqlite3.Connection, connection.connection.driver_connection).backup(copy)


def _load(url: str, file: Path) -> None:
    """Load a dump into an empty database; all of it or nothing."""
    with closing(open_city(file.parent, url).engine.connect()) as connection:
        if inspect(connection).has_table("city_meta"):
            raise Conflict("the database holds a city already; restore into an empty one")
    _postgres(url, "pg_restore", "--single-transaction", "--exit-on-error", "--no-comments", str(file))


def _postgres(url: str, program: str, *options: str) -> None:
    """Run one of PostgreSQL's own programs on a database; the password goes by the environment."""
    at = make_url(url)
    if shutil.which(program) is None:
        raise NotFound(f"{program} is not on this machine: install PostgreSQL's client programs")
    where = {"PGHOST": at.host or at.query.get("host"), "PGPORT": at.port, "PGUSER": at.username,
             "PGPASSWORD": at.password}  # fmt: skip
    environment = os.environ | {name: str(value) for name, value in where.items() if value is not None}
    command = [program, "--no-owner", "--no-privileges", f"--dbname={at.database}", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise Damaged(f"{program} failed: {done.stderr.strip()[-300:]}")


def _unpack(file: Path, aside: Path) -> dict[str, Any]:
    """Unpack a backup and hold every part against its checksum; return the manifest."""
    known = {audit.HEAD, *KEYS, *DATABASES.values()}
    try:
        with zipfile.ZipFile(file) as archive:
            told = json.loads(archive.read(MANIFEST))
            form, sums = told["form"], dict(told["sha256"])
            if form > FORM:
                raise BadFile(f"{file.name} was made by a newer version (form {form}, this one reads up to {FORM})")
            if not known >= set(sums):
                raise BadFile(f"{file.name} holds parts that no backup has: {', '.join(set(sums) - known)}")
            for name in sums:
                archive.extract(name, aside)
                (aside / name).chmod(0o600)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise Unreadable(f"{file} is no whole backup of a city: {error}") from error
    for name, expected in sums.items():
        if sha256(aside / name) != expected:
            raise BadFile(f"{name} in {file.name} is not what was backed up (SHA-256 differs)")
    return dict(told)


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
