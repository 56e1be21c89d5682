"""The whole city twice, for real: 0.5 m sheets over all of it are drawn, ingested and served; what it took is printed.

    python benchmarks/whole_city.py FOLDER [--tiles 5000] [--area-km2 673.9]

Two surveys, 2026 and 2027, that differ by what `planted.py` plants (`truth.gpkg` in FOLDER holds it). The sheets of a
survey, some 720 of 2048 x 2048 px (9 GB), are taken away once they are ingested; both cities (4 GB) stay in FOLDER. A
run that was stopped goes on where it was, though its figures then speak of the rest alone. Run it with nice on a
machine that has other work.
"""

import argparse
import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import measure
import planted
import shapely
import texture

from geo import boundaries, crs
from geo.database import open_city
from geo.grid import TILE_MATRIX_SETS
from geo.orthophoto import store

PX = 2048
SIDE_M = PX * texture.CELL_M
PORT = 18_642
GEO = [sys.executable, "-m", "geo"]
SURVEYS = {"2026": "2026-04-22", "2027": "2026-10-28"}  # a day that is yet to come is refused, whatever the name


def places(area_km2: float) -> Iterator[tuple[int, int, float, float]]:
    """Yield row, column, left and top of the sheets that the city touches, from the north, that show `area_km2`."""
    city, shown = boundaries.city(), 0.0
    left, bottom, right, top = city.bounds
    left, top = left // SIDE_M * SIDE_M, -(-top // SIDE_M) * SIDE_M
    for row in range(int((top - bottom) // SIDE_M) + 1):
        for col in range(int((right - left) // SIDE_M) + 1):
            x, y = left + col * SIDE_M, top - row * SIDE_M
            part = city.intersection(shapely.box(x, y - SIDE_M, x + SIDE_M, y)).area
            if part and shown < area_km2 * 1e6:
                shown += part
                yield row, col, x, y


def draw(folder: Path, survey: str, area_km2: float) -> list[Path]:
    """Draw the sheets of a survey that are not there yet, and the truth beside them."""
    sheets = folder / "sheets" / survey
    sheets.mkdir(parents=True, exist_ok=True)
    pool, made, rows = texture.patches(256), [], []
    for row, col, x, y in places(area_km2):
        path, seed = sheets / f"{row:02d}_{col:02d}.tif", row * 1000 + col
        first, second, differences = planted.draw(texture.ground(pool, PX, seed), seed)
        if not path.exists():
            texture.write(path, first if survey == min(SURVEYS) else second, x, y)
        made.append(path)
        for one in differences:
            corners = one.corners * (texture.CELL_M, -texture.CELL_M) + (x, y)
            rows.append({"class": one.kind, "sheet": path.stem, "geometry": shapely.Polygon(corners)})
    gpd.GeoDataFrame(rows, crs=crs.CITY).to_file(folder / "truth.gpkg", layer="2026_2027", engine="pyogrio")
    return made


def ingest(folder: Path, survey: str, area_km2: float) -> dict[str, float]:
    """Draw and ingest a survey, take its sheets away, and return what ingest took."""
    sheets = draw(folder, survey, area_km2)
    cost = measure.run([*GEO, "ortho", "ingest", "--data", str(folder / "data"), *map(str, sheets), "--survey", survey,
                        "--captured", SURVEYS[survey]])  # fmt: skip
    told = {"sheets": len(sheets), "gigapixels": len(sheets) * PX * PX / 1e9,
            "sheet_bytes": sum(path.stat().st_size for path in sheets)}  # fmt: skip
    shutil.rmtree(folder / "sheets" / survey)
    return told | {"cpu_s": cost.cpu_s, "wall_s": cost.wall_s, "peak_mb": cost.peak_mb}


def serve(data: Path, count: int) -> dict[str, dict[str, float]]:
    """Serve the city and ask for `count` of its whole tiles over one connection; return what came, by zoom."""
    shelf, asked, rng = store.Shelf(open_city(data)), [], random.Random(1)
    for survey in shelf.surveys():
        for name, tms in TILE_MATRIX_SETS.items():
            low, high = store.zooms(survey, name)
            bounds = crs.transformer(crs.CITY, tms.crs).transform_bounds(*survey.bounds)
            wanted = len(asked) + count // 4
            while len(asked) < wanted:
                z = rng.randint(low, high)
                x0, y0, x1, y1 = tms.tiles_over(bounds, z)
                x, y = rng.randint(x0, x1), rng.randint(y0, y1)
                if shelf.stored(survey, tms, z, x, y):
                    asked.append((f"{name} {z}", f"/tiles/{survey.id}/{name}/{z}/{x}/{y}"))
    server = subprocess.Popen([*GEO, "serve", "--data", str(data), "--port", str(PORT)], stderr=subprocess.DEVNULL)
    try:
        _ready()
        before, began = _cpu_s(server.pid), time.monotonic()
        client, found = http.client.HTTPConnection("127.0.0.1", PORT), {}
        for level, path in asked:
            client.request("GET", path)
            answer, held = client.getresponse(), found.setdefault(level, {"images": 0, "bytes": 0})
            held["images"] += answer.status == 200
            held["bytes"] += len(answer.read())
        spent, wall = _cpu_s(server.pid) - before, time.monotonic() - began
    finally:
        server.terminate()
        server.wait()
    return {"all": {"asked": len(asked), "cpu_us_per_tile": spent / len(asked) * 1e6, "wall_s": wall},
            **dict(sorted(found.items()))}  # fmt: skip


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
    data, told = words.folder / "data", words.folder / "result.json"
    result = json.loads(told.read_text()) if told.exists() else {}
    for id in SURVEYS:
        there = {one.id for one in store.surveys(open_city(data))} if (data / "city.gpkg").exists() else set()
        if id not in there:
            result[id] = ingest(words.folder, id, words.area_km2)
            told.write_text(json.dumps(result, indent=2))
    for one in store.surveys(open_city(data)):
        result[one.id] |= {"coverage_pct": one.coverage_pct, "bytes": one.sizes}
    result["served"] = serve(data, words.tiles)
    told.write_text(json.dumps(result, indent=2))
    print(told.read_text())


if __name__ == "__main__":
    main()
