"""What every test may use: an empty city on either store, the fixed hour, the shared vectors where they are at hand."""

import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import create_engine, text

from geo.database import note, open_city

SHARED = Path(__file__).parents[2] / "shared"
BIN = Path("/usr/lib/postgresql/15/bin")  # Debian's postgresql-15-postgis-3
CONTROL = Path("/usr/share/postgresql/15/extension/postgis.control")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


@pytest.fixture
def city(tmp_path):
    return open_city(tmp_path / "data", create=True)


@pytest.fixture
def at():
    return datetime(2026, 4, 30, 9, 0, tzinfo=ZoneInfo("Asia/Seoul"))


@pytest.fixture(scope="session")
def shared():
    if not SHARED.is_dir():
        pytest.skip("../shared, with the test vectors and real data, is not here")
    return SHARED


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: .ci/run installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


class Watched:
    """A browser page that remembers what it asked for outside of this machine and what went wrong on it."""

    def __init__(self, context):
        self.page = context.new_page()
        self.outside, self.errors = [], []
        self.page.on("request", lambda request: self._ask(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self._hear(message))

    def _ask(self, url):
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:", "file:")):
            self.outside.append(url)

    def _hear(self, message):
        # a refused request is written to the console by Chromium itself, and is no fault of the page
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.errors.append(message.text)

    def wait(self, expression, seconds=40):
        """Wait until `expression` is true; polled from here, since the pages forbid eval."""
        end = time.monotonic() + seconds
        while not (value := self.page.evaluate(expression)):
            assert time.monotonic() < end, f"{expression} never came true; errors: {self.errors}"
            time.sleep(0.1)
        return value

    def check(self):
        assert self.outside == []
        assert self.errors == []


@pytest.fixture(params=[(1280, 800), (390, 844)], ids=["desktop", "phone"])
def watched(request, chromium):
    width, height = request.param
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="ko-KR")
    yield Watched(context)
    context.close()


@pytest.fixture(scope="session")
def drawing(request):
    """The synthetic town's sheets (a corner), registers and terrain: drawn once, and again when its code changes."""
    from sample_data import make

    sources = sorted(path for path in Path(make.__file__).parent.iterdir() if path.is_file())
    code = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    kept = request.config.cache.mkdir("town") / code[:16]
    if not kept.exists():
        made = kept.with_name(uuid4().hex)
        make.draw(made, scale=0.2)
        try:
            made.rename(kept)
        except OSError:  # another worker was first
            shutil.rmtree(made)
    return kept


@pytest.fixture(scope="session")
def town(tmp_path_factory, drawing):
    """The sample city with a corner of its imagery, through every step; read it, do not change it."""
    from geo import sample

    city = open_city(tmp_path_factory.mktemp("town") / "data", create=True)
    shutil.copytree(drawing, city.folder / "sample")
    note(city, "sample_drawn", "true")
    at = datetime(2026, 4, 30, 9, 0, tzinfo=ZoneInfo("Asia/Seoul"))
    sample.build(city, at=at, say=lambda _: None, progress=lambda items, _title, _total=None: items, scale=0.2)
    return city


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


@pytest.fixture
def listener():
    """An address on this machine, and the list of who called there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        called = []

        def answer():
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                called.append(client.recv(100))
                client.close()

        threading.Thread(target=answer, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}", called
