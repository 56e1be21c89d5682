"""All scenarios of a zone precomputed by the command, from nothing, again and again: wall time, CPU, the same bytes.

    python benchmarks/scenarios.py CITY [--zone yulgok] [--terrain FILE] [--rounds 3] [--workers 2]

CITY is a data folder that `geo up` built; its database is copied, so that nothing in it changes. Prints medians.
"""

import argparse
import hashlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def fingerprint(folder):
    """Return how many files a folder holds and one hash over their names and bytes."""
    stamp, files = hashlib.sha256(), sorted(file for file in folder.rglob("*") if file.is_file())
    for file in files:
        stamp.update(str(file.relative_to(folder)).encode())
        stamp.update(file.read_bytes())
    return len(files), stamp.hexdigest()[:12]


def run(city, zone, terrain, workers):
    """Compute a zone in a copy of the city; return wall s, CPU s of all processes, and the fingerprint."""
    with tempfile.TemporaryDirectory() as name:
        for file in ("city.gpkg", "audit.key", "audit.head"):
            if (city / file).exists():
                shutil.copy(city / file, name)
        words = ["disaster", "scenarios", zone, "--terrain", terrain, "--workers", str(workers), "--data", name]
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        subprocess.run([sys.executable, "-m", "geo", *words], check=True, stdout=subprocess.DEVNULL)
        wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return wall, cpu, fingerprint(Path(name) / "disaster")


def main():
    """Measure so many rounds and print their medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("city", type=Path)
    options.add_argument("--zone", default="yulgok")
    options.add_argument("--terrain", type=Path)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    terrain = given.terrain or given.city / "sample" / "terrain" / "synthetic_dem_2m.tif"
    rounds = [run(given.city, given.zone, terrain, given.workers) for _ in range(given.rounds)]
    walls, cpus, prints = zip(*rounds, strict=True)
    print(f"{given.rounds} rounds, {given.workers} workers: median {statistics.median(walls):.1f} s wall "
          f"({min(walls):.1f} to {max(walls):.1f}), {statistics.median(cpus):.1f} s CPU; "
          f"{prints[0][0]} files, {'the same bytes' if len(set(prints)) == 1 else 'BYTES DIFFER'}")  # fmt: skip


main()
