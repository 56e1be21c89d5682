"""Collections beside tipg and beside PostGIS's ST_AsMVT, on one city, paired: A B A B.

    python benchmarks/features.py CITY POSTGRES_URL [--tiles 30] [--rounds 6] [--tipg TIPG_BIN]

CITY is a data folder (see large_city.py); its parcels are copied into the database of POSTGRES_URL where they are
missing. Tiles: our encoder in this process against ST_AsMVT over a prepared statement, CPU of this process and of the
PostgreSQL backend together, on tiles over parcels spread over the city. Items: 1,000 parcels a page over HTTP, CPU of
each server with its children and backends, for which both servers are started here; `--tipg` is the `uvicorn` of an
environment that has tipg. CPU is what the clock of each process says, which the kernel counts in nanoseconds.
"""

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psycopg
from permit_review import copy
from sqlalchemy import func, select

from geo.crs import CITY, move
from geo.database import open_city, read
from geo.features import store
from geo.features.store.tiles import tile
from geo.grid import KOREA_CENTRAL, WEB_MERCATOR
from geo.registry.store import PARCELS

MVT = """
SELECT ST_AsMVT(t, 'parcels', 4096, 'mvt') FROM (
 SELECT pnu, jibun, jimok, area_m2, true AS synthetic,
  ST_AsMVTGeom({moved}, ST_MakeEnvelope(%(left)s, %(bottom)s, %(right)s, %(top)s, {srid}), 4096, 64, true) AS mvt
 FROM parcels WHERE geom && {area}) t"""
WIDE = "ST_MakeEnvelope(%(left)s - %(m)s, %(bottom)s - %(m)s, %(right)s + %(m)s, %(top)s + %(m)s, {srid})"


def statement(tms):
    """Return the SQL for a tile: reprojected where the grid is not the one that parcels are stored in."""
    if tms.crs == CITY:
        return MVT.format(moved="geom", srid=5186, area=WIDE.format(srid=5186))
    area = f"ST_Transform({WIDE.format(srid=3857)}, 5186)"
    return MVT.format(moved="ST_Transform(geom, 3857)", srid=3857, area=area)


def cpu_ms(pids):
    """Return the CPU milliseconds that processes and their children have used, all threads, to the nanosecond."""
    spent = 0
    for pid in map(int, pids):
        spent += time.clock_gettime(~pid << 3 | 2) * 1e3  # the clock of a process: clock_getcpuclockid(3)
        for task in Path(f"/proc/{pid}/task").glob("*"):
            spent += cpu_ms((task / "children").read_text().split())
    return spent


def places(city, tms, z, number):
    """Return column and row of tiles over parcels that are drawn at random."""
    draw = random.Random(7)
    with read(city, PARCELS) as connection:
        most = connection.scalar(select(func.max(PARCELS.c.fid)))
        some = select(PARCELS.c.geom).where(PARCELS.c.fid.in_(draw.sample(range(1, most + 1), number)))
        middles = [shape.centroid.coords[0] for shape in connection.scalars(some)]
    moved = [move(x, y, CITY, tms.crs) if tms.crs != CITY else (x, y) for x, y in middles]
    return [tms.tiles_over((x, y, x + 0.01, y + 0.01), z)[:2] for x, y in moved]


def tiles(city, connection, number):
    """Print CPU per tile of both, taking turns, and how many parcels and bytes they hold."""
    parcels = store.collection(city, "parcels")
    version = store.version(city, parcels)
    backend = connection.info.backend_pid
    print("| tile | parcels | ours, ms | ST_AsMVT, ms | ST_AsMVT / ours, median | bytes |\n|---|---|---|---|---|---|")
    for tms, z in ((WEB_MERCATOR, 14), (WEB_MERCATOR, 15), (WEB_MERCATOR, 16), (KOREA_CENTRAL, 9)):
        sql, margin = statement(tms), tms.span(z) * 64 / 4096
        spent, held, sizes = {"ours": [], "theirs": []}, [], []
        for col, row in places(city, tms, z, number):
            left, bottom, right, top = tms.tile(z, col, row).bounds
            given = {"left": left, "bottom": bottom, "right": right, "top": top, "m": margin}

            def ours(col=col, row=row, tms=tms, z=z):
                return tile.__wrapped__(city, parcels, version, tms, z, col, row)

            def theirs(sql=sql, given=given):
                return connection.execute(sql, given, prepare=True).fetchone()[0]

            for name, ask in (("ours", ours), ("theirs", theirs), ("ours", ours), ("theirs", theirs)):
                begun = cpu_ms([os.getpid(), backend])
                body = ask()
                spent[name].append(cpu_ms([os.getpid(), backend]) - begun)
                if name == "ours":
                    sizes.append(len(body))
            held.append(body.count(b"\x18\x03\x22"))  # the type and the geometry of each feature
        ratio = statistics.median(b / a for a, b in zip(spent["ours"], spent["theirs"], strict=True))
        middles = {name: statistics.median(values) for name, values in spent.items()}
        print(f"| {tms.id} z{z} | {statistics.median(held):.0f} | {middles['ours']:.1f} | {middles['theirs']:.1f} | "
              f"{ratio:.1f} | {statistics.median(sizes):,.0f} |")  # fmt: skip


@contextmanager
def served(command, environment, url):
    """Run a server until the end of the block; yield its process id."""
    process = subprocess.Popen(command, env=os.environ | environment)
    try:
        for _ in range(300):
            try:
                urlopen(url).read()
                break
            except OSError:
                time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def items(given, postmaster):
    """Print CPU per page of 1,000 parcels of both servers, taking turns."""
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    ours, theirs = (f"http://127.0.0.1:{port}" for port in ports)
    geo = [sys.executable, "-m", "geo", "serve", "--data", given.city, "--port", str(ports[0])]
    tipg = [given.tipg, "tipg.main:app", "--port", str(ports[1]), "--log-level", "warning"]
    pages = {
        "geo": f"{ours}/collections/parcels/items?limit=1000",
        "tipg": f"{theirs}/collections/public.parcels/items?limit=1000&f=geojson",
    }
    with (
        served(geo, {}, f"{ours}/health/live") as one,
        served(tipg, {"DATABASE_URL": given.postgres}, f"{theirs}/") as other,
    ):
        pids = {"geo": [one], "tipg": [other, postmaster]}
        spent, bodies = {"geo": [], "tipg": []}, {}
        for turn in range(given.rounds + 1):
            for name, url in pages.items():
                begun = cpu_ms(pids[name])
                for _ in range(5):
                    bodies[name] = urlopen(url).read()
                if turn:  # the first warms both up
                    spent[name].append((cpu_ms(pids[name]) - begun) / 5)
    counts = {name: len(json.loads(body)["features"]) for name, body in bodies.items()}
    assert set(counts.values()) == {1000}, counts
    ratio = statistics.median(b / a for a, b in zip(spent["geo"], spent["tipg"], strict=True))
    print("\n| 1,000 items over HTTP | ms of CPU a page (rounds) | bytes |\n|---|---|---|")
    for name, values in spent.items():
        middle = statistics.median(values)
        print(f"| {name} | {middle:.1f} ({min(values):.1f} to {max(values):.1f}) | {len(bodies[name]):,} |")
    print(f"| tipg / geo, median of rounds | {ratio:.1f} | |")


def main():
    """Copy where needed, measure, print tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("city", type=Path)
    options.add_argument("postgres")
    options.add_argument("--tiles", type=int, default=30)
    options.add_argument("--rounds", type=int, default=6)
    options.add_argument("--tipg", help="the uvicorn of an environment that has tipg")
    given = options.parse_args()
    city = open_city(given.city)
    with psycopg.connect(given.postgres) as connection:
        copy(city, connection)
    with psycopg.connect(given.postgres, autocommit=True) as connection:
        tiles(city, connection, given.tiles)
        data = connection.execute("SHOW data_directory").fetchone()[0]
    if given.tipg:
        items(given, int((Path(data) / "postmaster.pid").read_text().split()[0]))


if __name__ == "__main__":
    main()
