"""Tiles served: CPU, rate and delay against titiler and nginx, A B A B in one run, medians, as a table.

    uv venv peers && uv pip install --python peers/bin/python titiler-core uvicorn uvloop httptools
    uv run python benchmarks/tiles.py --peers peers

It needs `nginx` and `wrk` (Debian's packages). One worker each; CPU is that of the server's process tree.
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import date
from pathlib import Path

import cv2
import morecantile
import numpy as np
import rasterio
from affine import Affine
from rio_cogeo.cogeo import cog_translate

from geo.crs import CITY, WEB, transformer
from geo.database import open_city
from geo.grid import WEB_MERCATOR
from geo.orthophoto import store

LEFT, TOP, PX = 183_040.0, 583_424.0, 2560
TICK = os.sysconf("SC_CLK_TCK")
TITILER = """
from fastapi import FastAPI
from titiler.core.factory import TilerFactory
app = FastAPI()
app.include_router(TilerFactory().router)
"""
NGINX = """
worker_processes 1; daemon off; pid {www}/nginx.pid; error_log {www}/error.log;
events {{ worker_connections 512; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; default_type image/jpeg;
  server {{ listen 127.0.0.1:{port}; root {www}; }} }}
"""
WALK = """
local paths, i = {{ {paths} }}, 0
request = function() i = i % #paths + 1; return wrk.format("GET", paths[i]) end
"""


def ground(bands: int, seed: int) -> np.ndarray:
    """Texture that JPEG keeps about as well as a photograph of 0.5 m: seven octaves of noise."""
    rng, field = np.random.default_rng(seed), np.zeros((PX, PX, bands), np.float32)
    for step, strength in ((2, 6), (4, 8), (8, 10), (32, 15), (128, 20), (512, 20)):
        knots = rng.normal(0, strength, (PX // step + 2, PX // step + 2, bands)).astype(np.float32)
        field += cv2.resize(knots, (PX, PX), interpolation=cv2.INTER_CUBIC).reshape(PX, PX, bands)
    return (field + 110).clip(0, 255).astype(np.uint8).transpose(2, 0, 1)


def write(path: Path, pixels: np.ndarray, col: int = 0, row: int = 0) -> Path:
    """Write a sheet whose first pixel lies at a column and row of the ground; a fourth band is no alpha."""
    place = Affine(0.5, 0, LEFT + col * 0.5, 0, -0.5, TOP - row * 0.5)
    with rasterio.open(path, "w", driver="GTiff", width=pixels.shape[2], height=pixels.shape[1], count=len(pixels),
                       dtype="uint8", crs="EPSG:5186", transform=place, alpha="UNSPECIFIED") as out:  # fmt: skip
        out.write(pixels)
    return path


def build(folder: Path) -> tuple[Path, Path]:
    """Publish ten dates (the first with near infrared) and one survey of 100 sheets; a four-band COG for titiler."""
    city = open_city(folder / "data", create=True)
    for n in range(10):
        pixels = ground(4 if n == 0 else 3, n)
        sheet = write(folder / f"date{n}.tif", pixels)
        store.ingest(city, [sheet], survey=f"date{n}", captured_on=date(2016 + n, 5, 1))
        if n == 0:
            side = PX // 10
            parts = [
                write(folder / f"part{r}{c}.tif", pixels[:3, r * side : (r + 1) * side, c * side : (c + 1) * side],
                      c * side, r * side)
                for r in range(10) for c in range(10)
            ]  # fmt: skip
            store.ingest(city, parts, survey="sheets", captured_on=date(2015, 5, 1))
    four = folder / "four.tif"
    profile = {"driver": "GTiff", "interleave": "pixel", "tiled": True, "blockxsize": 256, "blockysize": 256,
               "compress": "JPEG", "photometric": "MINISBLACK"}  # fmt: skip
    web = morecantile.tms.get("WebMercatorQuad")
    cog_translate(folder / "date0.tif", four, profile, tms=web, aligned_levels=4, quiet=True)
    return city.folder, four


def whole_tiles(data: Path, survey: str) -> dict[str, bytes]:
    """Return all tiles of a survey that are stored whole, by z/x/y, in the order of a walk."""
    shelf = store.Shelf(open_city(data))
    held = shelf.survey(survey)
    bounds = transformer(CITY, WEB).transform_bounds(*held.bounds)
    found = {}
    for z in range(14, 19):
        x0, y0, x1, y1 = WEB_MERCATOR.tiles_over(bounds, z)
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                image = shelf.stored(held, WEB_MERCATOR, z, x, y)
                if image:
                    found[f"{z}/{x}/{y}"] = image.body
    return found


class Server:
    """A server under load: its process tree's CPU is read before and after."""

    def __init__(self, command: list[str], port: int, probe: str, environment: dict[str, str] | None = None) -> None:
        self.port = port
        self.process = subprocess.Popen(
            command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{probe}").read()
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def cpu_s(self) -> float:
        """Return the seconds that the process and its children have used."""
        total, waiting = 0, [self.process.pid]
        while waiting:
            pid = waiting.pop()
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
            for thread in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
        return total / TICK

    def load(self, walk: Path, connections: int, seconds: float) -> dict[str, float]:
        """Return tiles per second, CPU microseconds per tile and p50 in ms."""
        before = self.cpu_s()
        out = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s", str(walk),
             f"http://127.0.0.1:{self.port}"], capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        used = self.cpu_s() - before
        if "Non-2xx" in out or "Socket errors" in out:
            raise SystemExit(f"{walk.name}: {out}")
        count, span, unit = re.search(r"(\d+) requests in ([\d.]+)(s|m)", out).groups()
        middle, scale = re.search(r"50%\s+([\d.]+)(us|ms|s)", out).groups()
        return {
            "rate": int(count) / float(span) / (60 if unit == "m" else 1),
            "cpu_us": used / int(count) * 1e6,
            "p50_ms": float(middle) * {"us": 1e-3, "ms": 1, "s": 1e3}[scale],
        }


def walk(folder: Path, name: str, paths: list[str]) -> Path:
    """Write what wrk asks for, again and again in this order."""
    file = folder / f"{name}.lua"
    file.write_text(WALK.format(paths=", ".join(json.dumps(path) for path in paths)))
    return file


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def servers(folder: Path, data: Path, tiles: dict[str, bytes], peers: Path) -> dict[str, Server]:
    """Start this service, titiler and nginx, each with one worker."""
    www, ports = folder / "www", [free_port() for _ in range(3)]
    for name, body in tiles.items():
        (www / name).parent.mkdir(parents=True, exist_ok=True)
        (www / name).write_bytes(body)
    (folder / "nginx.conf").write_text(NGINX.format(www=www, port=ports[2]))
    (folder / "peer_titiler.py").write_text(TITILER)
    # as titiler's own guide has it
    tuned = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_CACHEMAX": "200", "VSI_CACHE": "TRUE"}
    titiler = [str(peers / "bin" / "uvicorn"), "peer_titiler:app", "--app-dir", str(folder), "--port", str(ports[1]),
               "--log-level", "warning", "--no-access-log"]  # fmt: skip
    first = next(iter(tiles))
    ours = [sys.executable, "-m", "geo", "serve", "--data", str(data), "--port", str(ports[0])]
    return {
        "geo": Server(ours, ports[0], "/health/live"),
        "titiler": Server(titiler, ports[1], "/openapi.json", tuned),
        "nginx": Server([shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-c", str(folder / "nginx.conf")], ports[2],
                        f"/{first}"),
    }  # fmt: skip


def walks(folder: Path, data: Path, four: Path, tiles: dict[str, bytes]) -> dict[str, tuple[str, Path]]:
    """Return what is asked of whom, by the name of the case."""
    cog = data / "orthophoto" / "date0" / "WebMercatorQuad.tif"
    ours, names = "/tiles/{}/WebMercatorQuad/{}{}", list(tiles)
    theirs = "/tiles/WebMercatorQuad/{}.jpg?url={}{}"
    ndvi = "&expression=(b4-b1)/(b4%2Bb1)&rescale=-0.2,0.8&colormap_name=rdylgn&return_mask=false"
    cases = {
        "geo": ("geo", [ours.format("date0", name, "") for name in names]),
        "titiler": ("titiler", [theirs.format(name, cog, "") for name in names]),
        "nginx": ("nginx", [f"/{name}" for name in names]),
        "dates": ("geo", [ours.format(f"date{n % 10}", name, "") for n, name in enumerate(names)]),
        "sheets": ("geo", [ours.format("sheets", name, "") for name in names]),
        "false colour geo": ("geo", [ours.format("date0", name, "?style=false_colour&f=jpeg") for name in names]),
        "false colour titiler": ("titiler", [theirs.format(n, four, "&bidx=4&bidx=1&bidx=2") for n in names]),
        "NDVI geo": ("geo", [ours.format("date0", name, "?style=ndvi&f=jpeg") for name in names]),
        "NDVI titiler": ("titiler", [theirs.format(name, four, ndvi) for name in names]),
    }
    return {name: (server, walk(folder, name.replace(" ", "_"), paths)) for name, (server, paths) in cases.items()}


ROUNDS = [("geo", c) for c in (1, 8, 64)] + [("titiler", c) for c in (1, 8, 64)] + [("nginx", c) for c in (8, 64)] + [
    (name, 8) for name in ("dates", "sheets", "false colour geo", "false colour titiler", "NDVI geo", "NDVI titiler")
]  # fmt: skip


def measure(running: dict[str, Server], asked: dict[str, tuple[str, Path]], rounds: int, seconds: float) -> dict:
    """Run all cases one after the other, several times; return the medians."""
    order = sorted(ROUNDS, key=lambda case: (case[1], ROUNDS.index(case)))
    for name, _ in order:  # warm: files in memory, code loaded
        running[asked[name][0]].load(asked[name][1], 4, 1)
    found: dict = {case: [] for case in order}
    for _ in range(rounds):
        for name, connections in order:
            server, file = asked[name]
            found[name, connections].append(running[server].load(file, connections, seconds))
    return {case: {key: statistics.median(run[key] for run in runs) for key in runs[0]} for case, runs in found.items()}


def report(m: dict) -> str:
    """Return the medians and the figures as tables."""

    def ratio(over: tuple, under: tuple, key: str) -> float:
        return m[over][key] / m[under][key]

    lines = ["| case | connections | tiles/s | CPU us per tile | p50 ms |", "|---|---|---|---|---|"]
    lines += [f"| {n} | {c} | {v['rate']:,.0f} | {v['cpu_us']:,.0f} | {v['p50_ms']:.3g} |" for (n, c), v in m.items()]
    lines += ["", "| figure | at least | measured |", "|---|---|---|"]
    for c in (8, 64):
        figure = ratio(("titiler", c), ("geo", c), "cpu_us")
        lines.append(f"| CPU per stored tile against titiler, {c} connections | 200 x less | {figure:.0f} x |")
        lines.append(
            f"| tiles/s against nginx, {c} connections | 0.5 | {ratio(('geo', c), ('nginx', c), 'rate'):.2f} |"
        )
    lines.append(f"| p50 of one connection against titiler | 50 x less | "
                 f"{ratio(('titiler', 1), ('geo', 1), 'p50_ms'):.0f} x |")  # fmt: skip
    for name, words in (("dates", "a tile of any of 10 dates"), ("sheets", "a tile of 100 sheets")):
        lines.append(f"| CPU of {words} against one date, one sheet | 1.1 at most | "
                     f"{ratio((name, 8), ('geo', 8), 'cpu_us'):.2f} |")  # fmt: skip
    for name in ("false colour", "NDVI"):
        figure = ratio((f"{name} titiler", 8), (f"{name} geo", 8), "cpu_us")
        lines.append(f"| CPU of a tile in {name} against titiler | 8 x less | {figure:.1f} x |")
    return "\n".join(lines)


def main() -> None:
    """Build, serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, required=True, help="a virtual environment with titiler")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)  # nginx's worker is another user
        data, four = build(folder)
        tiles = whole_tiles(data, "date0")
        print(f"{len(tiles)} tiles, {statistics.mean(map(len, tiles.values())) / 1000:.1f} kB each", flush=True)
        running = servers(folder, data, tiles, arguments.peers.resolve())
        try:
            print(report(measure(running, walks(folder, data, four, tiles), arguments.rounds, int(arguments.seconds))))
        finally:
            for server in running.values():
                server.process.terminate()
                server.process.wait(20)


if __name__ == "__main__":
    main()
