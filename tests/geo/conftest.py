"""Both stores: the GeoPackage in the data folder, and a PostGIS of our own on a free port where it is installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from geo.database import open_city

BIN = Path("/usr/lib/postgresql/15/bin")  # Debian's postgresql-15-postgis-3
CONTROL = Path("/usr/share/postgresql/15/extension/postgis.control")


def as_postgres(*words):
    """Run a program of PostgreSQL, which refuses to run as root."""
    dropped = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*dropped, *map(str, words)], check=True, capture_output=True, cwd="/", timeout=120)


@pytest.fixture(scope="session")
def postgis():
    """Yield the URL, without a database's name, of a cluster that lives as long as the tests."""
    pytest.importorskip("psycopg", reason="psycopg, the extra `postgis`, is not installed")
    if not (BIN / "initdb").exists() or not CONTROL.exists():
        pytest.skip("PostGIS (Debian's postgresql-15-postgis-3) is not installed")
    folder = Path(tempfile.mkdtemp(prefix="paju-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, options = folder / "data", f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
    try:
        as_postgres(
            BIN / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"
        )
        as_postgres(BIN / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        url = f"postgresql+psycopg://postgres@127.0.0.1:{port}"
        run(url, "postgres", "CREATE DATABASE blank")
        run(url, "blank", "CREATE EXTENSION postgis")
        yield url
    finally:
        if (data / "postmaster.pid").exists():
            as_postgres(BIN / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def run(url, database, statement):
    engine = create_engine(f"{url}/{database}", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=["geopackage", "postgis"])
def either(request, tmp_path):
    """Yield an empty city on each of the two stores."""
    if request.param == "geopackage":
        yield open_city(tmp_path / "data", create=True)
        return
    url = request.getfixturevalue("postgis")
    name = f"city_{abs(hash(tmp_path))}"
    run(url, "postgres", f"CREATE DATABASE {name} TEMPLATE blank")
    city = open_city(tmp_path / "data", f"{url}/{name}", create=True)
    yield city
    city.engine.dispose()
    run(url, "postgres", f"DROP DATABASE {name}")
