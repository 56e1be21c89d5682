"""Changes over the whole city: CPU, wall, memory, speed, and what was found of what `whole_city.py` planted.

    python benchmarks/change.py FOLDER [--workers 2] [--minutes 120] [--area 금촌동]

FOLDER is the one that `whole_city.py` has filled. The run is stopped after `--minutes` and goes on where it was when
this is called again; `change.json` in FOLDER adds the calls up, and is begun anew once a run was whole.
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

from geo import answers
from geo.change import scan, store
from geo.database import open_city
from geo.orthophoto import store as orthophoto

BEFORE, AFTER = "2026", "2027"
IOU = 0.3


def detect(data: Path, workers: int, minutes: float, area: str | None) -> tuple[dict[str, float], str | None]:
    """Run the command until it ends or time is up; return time, the largest process in MB, and the run where whole."""
    words = [sys.executable, "-m", "geo", "change", "detect", BEFORE, AFTER, "--workers", str(workers)]
    words += ["--area", area] if area else []
    started = time.monotonic()
    with subprocess.Popen(
        [*words, "--data", str(data), "--json"], start_new_session=True, stdout=subprocess.PIPE
    ) as one:
        try:
            told, _ = one.communicate(timeout=minutes * 60)
        except subprocess.TimeoutExpired:
            os.killpg(one.pid, signal.SIGINT)
            told, _ = one.communicate()
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {
        "cpu_s": spent.ru_utime + spent.ru_stime,
        "wall_s": time.monotonic() - started,
        "peak_mb": spent.ru_maxrss / 1024,
    }
    return figures, json.loads(told)["id"] if one.returncode == 0 else None


def found(data: Path, run: str, planted: gpd.GeoDataFrame) -> dict[str, float]:
    """Return how many changes there are, and how many of those planted, by class, they meet at an IoU of 0.3."""
    shapes = store.changes(open_city(data), run).geometry.to_numpy()
    truth = planted.geometry.to_numpy()
    a, b = shapely.STRtree(shapes).query(truth, predicate="intersects")
    both = shapely.area(shapely.intersection(truth[a], shapes[b]))
    match = both / (shapely.area(truth[a]) + shapely.area(shapes[b]) - both) >= IOU
    met = planted.assign(met=planted.index.isin(a[match])).groupby("class")["met"]
    told = {f"{name} met, of {met.count()[name]}": share for name, share in met.mean().items()}
    return told | {"changes": len(shapes), "changes that meet a planted one": len(set(b[match])) / max(len(shapes), 1)}


def main() -> None:
    """Run, add up and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minutes", type=float, default=1e4)
    parser.add_argument("--area", help="the name of a 읍면동; the whole city by default")
    chosen = parser.parse_args()
    data, file = chosen.folder / "data", chosen.folder / "change.json"
    told = json.loads(file.read_text()) if file.exists() else {}
    told = {"cpu_s": 0.0, "wall_s": 0.0, "peak_mb": 0.0} if "changes" in told or not told else told
    spent, run = detect(data, chosen.workers, chosen.minutes, chosen.area)
    told |= {name: told[name] + spent[name] for name in ("cpu_s", "wall_s")}
    told["peak_mb"] = max(told["peak_mb"], spent["peak_mb"])
    if run:
        planted = gpd.read_file(chosen.folder / "truth.gpkg")
        ground = shapely.box(*orthophoto.survey(open_city(data), BEFORE).bounds)
        made = json.loads((chosen.folder / "result.json").read_text())[BEFORE]
        told["mpx"] = made["gigapixels"] * 1000  # of ground with both dates: what lies in the bounds beside it is empty
        if chosen.area:
            ground = answers.area(open_city(data), chosen.area)
            told["mpx"] = ground.area / scan.CELL_M**2 / 1e6
        told |= found(data, run, planted[planted.within(ground)].reset_index(drop=True))
        told["mpx_per_cpu_s"] = told["mpx"] / told["cpu_s"]
    file.write_text(json.dumps(told, indent=2))
    print("\n".join(f"| {name} | {value:,.2f} |" for name, value in told.items()))


if __name__ == "__main__":
    main()
