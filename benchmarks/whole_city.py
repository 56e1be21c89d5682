"""The whole city once, for real: 0.5 m sheets over all of it are drawn, ingested and served; what it took is printed.

    python benchmarks/whole_city.py FOLDER [--tiles 5000] [--area-km2 673.9]

Some 720 sheets of 2048 x 2048 px (9 GB) and the city (2 GB) are kept in FOLDER; a run that was stopped goes on where it
was, though its figures then speak of the rest alone. Run it with nice on a machine that has other work.
"""

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import measure
import shapely
import texture

from geo import boundaries, crs
from geo.database import open_city
from geo.grid import TILE_MATRIX_SETS
from geo.orthophoto import store

PX = 2048
PORT = 18_642
GEO = str(Path(sys.executable).with_name("geo"))


def draw(folder: Path, area_km2: float) -> list[Path]:
    """Draw the sheets that the city touches, from the north, until they show `area_km2` of it."""
    city, side = boundaries.city(), PX * texture.CELL_M
    left, bottom, right, top = city.bounds
    left, top = left // side * side, -(-top // side) * side
    folder.mkdir(parents=True, exist_ok=True)
    pool, made, shown = texture.patches(256), [], 0.0
    for row in range(int((top - bottom) // side) + 1):
        for col in range(int((right - left) // side) + 1):
            x, y = left + col * side, top - row * side
            part = city.intersection(shapely.box(x, y - side, x + side, y)).area
            if not part or shown >= area_km2 * 1e6:
                continue
            shown += part
            path = folder / f"{row:02d}_{col:02d}.tif"
            if not path.exists():
                texture.sheet(path, pool, PX, x, y, seed=row * 1000 + col)
            made.append(path)
    return made


def serve(data: Path, count: int) -> dict[str, float]:
    """Serve the city and ask for `count` of its stored tiles over one connection."""
    city = open_city(data)
    survey, asked, rng = store.surveys(city)[0], [], random.Random(1)
    for name, tms in TILE_MATRIX_SETS.items():
        low, high = store.zooms(survey, name)
        bounds = crs.transformer(crs.CITY, tms.crs).transform_bounds(*survey.bounds)
        for _ in range(count // 2):
            z = rng.randint(low, high)
            x0, y0, x1, y1 = tms.tiles_over(bounds, z)
            asked.append(f"/tiles/{survey.id}/{name}/{z}/{rng.randint(x0, x1)}/{rng.randint(y0, y1)}")
    server = subprocess.Popen([GEO, "serve", "--data", str(data), "--port", str(PORT)], stderr=subprocess.DEVNULL)
    try:
        _ready()
        before, began = _cpu_s(server.pid), time.monotonic()
        client, held, sizes = http.client.HTTPConnection("127.0.0.1", PORT), 0, 0
        for path in asked:
            client.request("GET", path)
            answer = client.getresponse()
            sizes += len(answer.read())
            held += answer.status == 200
        spent, wall = _cpu_s(server.pid) - before, time.monotonic() - began
    finally:
        server.terminate()
        server.wait()
    return {"asked": len(asked), "images": held, "bytes": sizes, "cpu_us_per_tile": spent / len(asked) * 1e6,
            "wall_s": wall}  # fmt: skip


def _ready() -> None:
    end = time.monotonic() + 120
    while True:
        try:
            client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
            client.request("GET", "/health/ready")
            if client.getresponse().status == 200:
                return
        except OSError:
            pass
        if time.monotonic() > end:
            raise TimeoutError("the service did not start within two minutes")
        time.sleep(0.5)


def _cpu_s(process: int) -> float:
    words = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Draw, ingest, serve, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tiles", type=int, default=5000)
    parser.add_argument("--area-km2", type=float, default=1e9)
    words = parser.parse_args()
    sheets, data = draw(words.folder / "sheets", words.area_km2), words.folder / "data"
    told = words.folder / "result.json"
    result = json.loads(told.read_text()) if told.exists() else {"sheets": len(sheets), "runs": []}
    result |= {"gigapixels": len(sheets) * PX * PX / 1e9, "sheet_bytes": sum(path.stat().st_size for path in sheets)}
    if not (data / "city.gpkg").exists() or not store.surveys(open_city(data)):
        command = [GEO, "ortho", "ingest", "--data", str(data), *map(str, sheets), "--survey", "whole",
                   "--captured", date(2026, 4, 22).isoformat()]  # fmt: skip
        cost = measure.run(command)
        result["runs"].append({"cpu_s": cost.cpu_s, "wall_s": cost.wall_s, "peak_mb": cost.peak_mb})
    survey = store.surveys(open_city(data))[0]
    result |= {"coverage_pct": survey.coverage_pct, "bytes": survey.sizes, "served": serve(data, words.tiles)}
    told.write_text(json.dumps(result, indent=2))
    print(told.read_text())


if __name__ == "__main__":
    main()
