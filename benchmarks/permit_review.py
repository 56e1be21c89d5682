"""The permit review beside hand-written SQL on PostGIS and beside tipg, on one city, paired: A B A B.

    python benchmarks/permit_review.py CITY POSTGRES_URL [--number 300] [--tipg URL --service URL --pids A,B]

CITY is a data folder (see large_city.py); its parcels, roads, permits and zoning are copied into the database of
POSTGRES_URL where they are missing. Every statement there is written by hand, prepared, and sent over a Unix socket.
`--tipg` and `--service` are two running servers on the same data; `--pids` are their process ids, whose CPU time and
that of their children (and of PostgreSQL's) is read from /proc.
"""

import argparse
import os
import random
import statistics
import time
from datetime import date
from pathlib import Path
from urllib.request import urlopen

import psycopg
import shapely
from sqlalchemy import select

from geo import answers
from geo.change.store.records import CHANGES
from geo.database import open_city, read
from geo.disaster.store import FACILITIES, WORKS, ZONES
from geo.geojson import dumps
from geo.registry import store
from geo.registry.store.tables import (
    COVERAGE,
    FOREVER,
    HISTORY,
    PARCELS,
    PERMITS,
    RECOGNITIONS,
    ROADS,
    SITES,
    SOURCES,
    ZONING,
)
from geo.statement import snapshot

ON = date(2026, 11, 20)
TURN = 25
ROAD = ("road_uid", "designation_no", "name", "legal_basis", "status", "designated_on", "announced_on", "notice_no",
        "valid_from", "valid_to", "width_m", "width_source", "is_dead_end", "dead_end_length_m", "opposite_obstacle",
        "accuracy_m", "consents_required", "consents_obtained", "source_id")  # fmt: skip
PERMIT = ("permit_id", "permit_no", "kind", "state", "applied_on", "use", "main_pnu", "valid_from", "valid_to",
          "source_id")  # fmt: skip
COPIED = {
    "parcels": (PARCELS, ("pnu", "jibun", "jimok", "area_m2", "source_id")),
    "roads": (ROADS, ROAD),
    "roads_history": (HISTORY["roads"], (*ROAD, "recorded_to")),
    "permits": (PERMITS, PERMIT),
    "permits_history": (HISTORY["permits"], (*PERMIT, "recorded_to")),
    "permit_parcels": (SITES, ("permit_id", "pnu")),
    "zoning": (ZONING, ("kind", "name", "notice_no", "notice_on", "valid_from", "valid_to")),
    "coverage": (COVERAGE, ("legal_basis", "complete_as_of", "source")),
    "recognitions": (RECOGNITIONS, ("kind", "document_no", "decided_on", "valid_to", "pnus")),
    "disaster_zones": (ZONES, ("id", "name", "status", "designated_on", "released_on")),
    "disaster_facilities": (FACILITIES, ("id", "name", "zone_id")),
    "disaster_works": (WORKS, ("id", "name", "zone_id")),
    "changes": (CHANGES, ("run", "n", "class", "score", "area_m2", "before", "after", "verdict")),
    "sources": (SOURCES, ("id", "file", "imported_at", "crs")),
}
TOUCH = "ST_DWithin(r.geom, p.geom, 0.15)"
CONTACT = "ST_Length(ST_Intersection(ST_Boundary(p.geom), ST_Buffer(r.geom, 0.15, 'quad_segs=2')))"
LOOKUP = f"""
SELECT p.pnu, p.jibun, p.jimok, p.area_m2, ST_AsBinary(p.geom),
 (SELECT json_agg(json_build_array(r.road_uid, r.name, r.legal_basis, r.status, r.width_m, {CONTACT}))
  FROM roads r WHERE {TOUCH}),
 (SELECT json_agg(json_build_array(q.permit_id, q.permit_no, q.kind, q.state, q.applied_on))
  FROM permits q JOIN permit_parcels s USING (permit_id) WHERE s.pnu = p.pnu)
FROM parcels p WHERE p.pnu = %s"""
HERE = "ST_Intersects({0}.geom, p.geom)"
FACTS = f"""
SELECT p.pnu, p.jibun, p.jimok, p.area_m2, ST_AsBinary(p.geom), s.file, s.imported_at, s.crs,
 (SELECT json_agg(json_build_array(r.*, ST_AsBinary(r.geom), {CONTACT}, t.file, t.imported_at, t.crs))
  FROM roads r JOIN sources t ON t.id = r.source_id WHERE ST_DWithin(r.geom, p.geom, 30)),
 (SELECT json_agg(json_build_array(h.*, ST_AsBinary(h.geom))) FROM roads_history h
  WHERE ST_DWithin(h.geom, p.geom, 30) AND h.recorded_to = '{FOREVER}' AND h.valid_from <= '{ON}'
  AND h.valid_to > '{ON}'),
 (SELECT json_agg(json_build_array(q.*, t.file, t.imported_at,
   (SELECT json_agg(h.*) FROM permits_history h WHERE h.permit_id = q.permit_id AND h.recorded_to = '{FOREVER}'
    AND h.valid_from <= '{ON}' AND h.valid_to > '{ON}')))
  FROM permits q JOIN permit_parcels USING (permit_id) JOIN sources t ON t.id = q.source_id
  WHERE permit_parcels.pnu = p.pnu AND (q.applied_on IS NULL OR q.applied_on <= '{ON}')),
 (SELECT json_agg(json_build_array(z.kind, z.name, z.notice_no, z.notice_on, z.valid_from, z.valid_to,
   ST_Area(ST_Intersection(z.geom, p.geom)))) FROM zoning z WHERE {HERE.format("z")}),
 (SELECT json_agg(json_build_array(c.legal_basis, c.complete_as_of, c.source)) FROM coverage c
  WHERE ST_Covers(c.geom, p.geom)),
 (SELECT json_agg(json_build_array(n.pnu, n.jibun)) FROM parcels n
  WHERE n.jimok = '도' AND ST_DWithin(n.geom, p.geom, 0.5)),
 (SELECT json_agg(c.*) FROM recognitions c WHERE {HERE.format("c")}),
 (SELECT json_agg(z.*) FROM disaster_zones z WHERE z.geom IS NULL OR {HERE.format("z")}),
 (SELECT json_agg(f.*) FROM disaster_facilities f WHERE {HERE.format("f")}),
 (SELECT json_agg(w.*) FROM disaster_works w WHERE {HERE.format("w")}),
 (SELECT json_agg(c.*) FROM changes c WHERE {HERE.format("c")} AND c."after" <= '{ON}')
FROM parcels p JOIN sources s ON s.id = p.source_id WHERE p.pnu = %s"""


def copy(city, connection):
    """Copy the city's rows into PostGIS: typed columns, GiST and B-tree indices, statistics."""
    run = connection.execute
    run("CREATE EXTENSION IF NOT EXISTS postgis")
    if run("SELECT to_regclass('sources')").fetchone()[0]:
        return
    for name, (table, columns) in COPIED.items():
        kinds = [f'"{c}" {"float8" if c.endswith(("_m", "_m2")) else "text"}' for c in columns]
        has_shape = "geom" in table.c
        kinds += [f"geom geometry({table.c.geom.type.kind}, 5186)"] if has_shape else []
        run(f"DROP TABLE IF EXISTS {name}")
        run(f"CREATE TABLE {name} ({', '.join(kinds)})")
        with read(city, table) as held, connection.cursor() as cursor:
            rows = held.execute(select(*(table.c[c] for c in columns), *([table.c.geom] if has_shape else [])))
            with cursor.copy(f"COPY {name} FROM STDIN") as out:
                for row in rows:
                    out.write_row([hexwkb(value) if hasattr(value, "wkb") else value for value in row])
        run(f"CREATE INDEX ON {name} USING gist (geom)") if has_shape else None
        run(f"CREATE INDEX ON {name} ({columns[0]})")
    run("CREATE INDEX ON permit_parcels (pnu)")
    connection.commit()
    connection.autocommit = True
    run("ANALYZE")


def hexwkb(shape):
    """Return a geometry of EPSG:5186 as COPY reads it."""
    return shapely.to_wkb(shapely.set_srid(shape, 5186), hex=True, include_srid=True)


def ask(connection, statement):
    """Return a function of a PNU that runs `statement`, prepared."""

    def asked(pnu):
        return connection.execute(statement, (pnu,), prepare=True).fetchall()

    return asked


def paired(engines, pnus, pids):
    """Return each engine's seconds for every PNU, and CPU seconds of `pids` per PNU and turn.

    They take turns of TURN parcels, in a new order each time.

    A city has one of the stores, so that neither is to push the other out of the processor's caches at every question.
    """
    spent, used = {name: [] for name in engines}, {name: [] for name in engines}
    draw = random.Random(7)
    for some in (pnus[n : n + TURN] for n in range(0, len(pnus), TURN)):
        for name in draw.sample(list(engines), len(engines)):
            before = cpu_s(pids)
            for pnu in some:
                begun = time.perf_counter()
                engines[name](pnu)
                spent[name].append(time.perf_counter() - begun)
            used[name].append((cpu_s(pids) - before) / len(some))
    return spent, used


def cpu_s(pids):
    """Return the CPU seconds that processes have used, with those of their children that still run."""
    children = [int(n) for pid in pids for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in (*pids, *children))  # as clock_getcpuclockid(3) names it


def served(given, pnus):
    """Print CPU milliseconds per request of the review and of tipg's parcel, taking turns."""
    ours, theirs = ([int(pid) for pid in group.split("+")] for group in given.pids.split(","))
    spent = {"service": [], "tipg": []}
    for some in (pnus[n::6] for n in range(6)):
        for name, pids, url in (
            ("service", ours, f"{given.service}/permit-review?pnu={{}}&as_of={ON}"),
            ("tipg", theirs, f"{given.tipg}/collections/public.parcels/items?pnu={{}}&f=geojson"),
        ):
            begun = cpu_s(pids)
            for pnu in some:
                urlopen(url.format(pnu)).read()
            spent[name].append((cpu_s(pids) - begun) / len(some) * 1000)
    for name, values in spent.items():
        print(f"| {name}: CPU per request | {statistics.median(values):.2f} ms (rounds {min(values):.2f} to "
              f"{max(values):.2f}) |")  # fmt: skip
    print(f"| tipg / service | {statistics.median(spent['tipg']) / statistics.median(spent['service']):.1f} |")


def main():
    """Copy where needed, measure, print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("city", type=Path)
    options.add_argument("postgres")
    options.add_argument("--number", type=int, default=300)
    options.add_argument("--tipg")
    options.add_argument("--service")
    options.add_argument("--pids", help="processes of the service, then of tipg and PostgreSQL: 1,2+3")
    given = options.parse_args()
    city = open_city(given.city)
    with psycopg.connect(given.postgres) as connection:
        copy(city, connection)
        with read(city, PARCELS) as held:
            lots = list(held.scalars(select(PARCELS.c.pnu).where(PARCELS.c.jimok != "도").order_by(PARCELS.c.pnu)))
            total = len(held.execute(select(PARCELS.c.fid)).all())
        pnus = random.Random(4).sample(lots, given.number + 50)

        def review(pnu):
            with snapshot(city):  # one moment for all of it, as the service asks
                return answers.permit_review(city, store.site(city, pnus=[pnu]), as_of=ON, use="단독주택", gfa_m2=150.0)

        engines = {
            "lookup": lambda pnu: store.lookup(city, pnu),
            "lookup, SQL on PostGIS": ask(connection, LOOKUP),
            "review": review,
            "review as JSON": lambda pnu: dumps(review(pnu).to_dict()),
            "the facts of a review, SQL on PostGIS": ask(connection, FACTS),
        }
        pids = os.getpid(), connection.info.backend_pid
        paired(engines, pnus[:50], pids)
        spent, used = paired(engines, pnus[50:], pids)
    print(f"{total:,} parcels, {given.number} asked\n\n| | p10 ms | p50 ms | p90 ms | CPU ms |\n|---|---|---|---|---|")
    middle, cpu = {}, {}
    for name, seconds in spent.items():
        tenths = [1000 * q for q in statistics.quantiles(seconds, n=10)]
        middle[name], cpu[name] = tenths[4], 1000 * statistics.median(used[name])
        print(f"| {name} | {tenths[0]:.3f} | {tenths[4]:.3f} | {tenths[8]:.3f} | {cpu[name]:.3f} |")
    for name, sql in (("lookup", "lookup, SQL on PostGIS"), ("review", "the facts of a review, SQL on PostGIS")):
        print(f"| SQL / {name} | | {middle[sql] / middle[name]:.2f} | | {cpu[sql] / cpu[name]:.2f} |")
    if given.tipg:
        served(given, pnus)


if __name__ == "__main__":
    main()
