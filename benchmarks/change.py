"""Changes over the whole city: blocks done, CPU, wall, memory, and what was found of what `whole_city.py` planted.

    python benchmarks/change.py FOLDER [--workers 2] [--minutes 120]

FOLDER is the one that `whole_city.py` has filled. The run is stopped after `--minutes` and goes on where it was when
this is called again; `change.json` in FOLDER adds the calls up. Run it with nice on a machine that has other work.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import shapely

from geo.change import scan, store
from geo.database import open_city
from geo.orthophoto import store as orthophoto

BEFORE, AFTER = "2026", "2027"
RUN = f"{BEFORE}-{AFTER}"
IOU = 0.3


def detect(data: Path, workers: int, minutes: float) -> dict[str, float]:
    """Run the command until it ends or time is up; return seconds of CPU and wall, and the largest process in MB."""
    words = [sys.executable, "-m", "geo", "change", "detect", BEFORE, AFTER, "--workers", str(workers)]
    started = time.monotonic()
    child = subprocess.Popen([*words, "--data", str(data), "--json"], start_new_session=True)
    while child.poll() is None:
        time.sleep(1)
        if time.monotonic() - started > minutes * 60:
            os.killpg(child.pid, signal.SIGINT)
            child.wait()
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "cpu_s": spent.ru_utime + spent.ru_stime,
        "wall_s": time.monotonic() - started,
        "peak_mb": spent.ru_maxrss / 1024,
    }


def found(data: Path, truth: Path) -> dict[str, float]:
    """Return how many changes there are, and how many of those planted they meet at an IoU of 0.3."""
    shapes = store.changes(open_city(data), RUN).geometry.to_numpy()
    planted = gpd.read_file(truth).geometry.to_numpy()
    a, b = shapely.STRtree(shapes).query(planted, predicate="intersects")
    both = shapely.area(shapely.intersection(planted[a], shapes[b]))
    match = both / (shapely.area(planted[a]) + shapely.area(shapes[b]) - both) >= IOU
    return {"changes": len(shapes), "planted": len(planted), "planted_found": len(set(a[match]))}


def main() -> None:
    """Run, add up and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minutes", type=float, default=1e6)
    chosen = parser.parse_args()
    data, file = chosen.folder / "data", chosen.folder / "change.json"
    told = json.loads(file.read_text()) if file.exists() else {"cpu_s": 0.0, "wall_s": 0.0, "peak_mb": 0.0}
    spent = detect(data, chosen.workers, chosen.minutes)
    told |= {name: told[name] + spent[name] for name in ("cpu_s", "wall_s")}
    told["peak_mb"] = max(told["peak_mb"], spent["peak_mb"])
    survey = orthophoto.survey(open_city(data), BEFORE)
    work = data / "change" / RUN / "work"
    whole = len(scan.blocks(survey.bounds))
    told |= {"blocks": len(list(work.glob("*_*.parquet"))) if work.exists() else whole, "of": whole}
    if not work.exists():
        told |= found(data, chosen.folder / "truth.gpkg")
    told["mpx_per_cpu_s"] = told["blocks"] * (scan.BLOCK_M / scan.CELL_M) ** 2 / 1e6 / told["cpu_s"]
    file.write_text(json.dumps(told, indent=2))
    print("\n".join(f"| {name} | {value:,.2f} |" for name, value in told.items()))


if __name__ == "__main__":
    main()
