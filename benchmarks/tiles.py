"""Tiles served: CPU, rate and delay against titiler and nginx, A B B A in one run, medians of paired ratios, a table.

    uv venv peers && uv pip install --python peers/bin/python titiler-core uvicorn uvloop httptools
    uv run python benchmarks/tiles.py --peers peers

It needs `nginx` and `wrk` (Debian's packages). One worker each; CPU is that of the server's process tree. Ratios are
taken within a round, of two cases measured one right after the other; many short rounds see the same machine.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import cv2
import morecantile
import numpy as np
import rasterio
from affine import Affine
from rio_cogeo.cogeo import cog_translate
from server import Server, free_port

from geo.crs import CITY, WEB, transformer
from geo.database import open_city
from geo.grid import WEB_MERCATOR
from geo.orthophoto import store

LEFT, TOP, PX = 183_040.0, 583_424.0, 2560
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


def walk(folder: Path, name: str, paths: list[str]) -> Path:
    """Write what wrk asks for, again and again in this order."""
    file = folder / f"{name}.lua"
    file.write_text(WALK.format(paths=", ".join(json.dumps(path) for path in paths)))
    return file


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


def check_bytes(running: dict[str, Server], name: str) -> None:
    """Stop unless both hand out the same picture."""
    if running["geo"].get(f"/tiles/date0/WebMercatorQuad/{name}") != running["nginx"].get(f"/{name}"):
        raise SystemExit(f"{name}: geo and nginx hand out different bytes")


@dataclass(frozen=True)
class Figure:
    """A measure of two cases, taken one right after the other, as a ratio."""

    title: str
    over: str
    under: str
    connections: int
    key: str
    bound: str
    repeat: int = 1
    """Times as many rounds, where the ratio is near its bound."""


FIGURES = [
    Figure("CPU per stored tile, titiler : geo", "titiler", "geo", 8, "cpu_us", ">= 200"),
    Figure("CPU per stored tile, titiler : geo", "titiler", "geo", 64, "cpu_us", ">= 200"),
    Figure("tiles per second, geo : nginx", "geo", "nginx", 8, "rate", ">= 0.5"),
    Figure("tiles per second, geo : nginx", "geo", "nginx", 64, "rate", ">= 0.5"),
    Figure("p50 of a tile, titiler : geo", "titiler", "geo", 1, "p50_ms", ">= 50"),
    Figure("CPU per tile, 10 dates in turn : one date", "dates", "geo", 8, "cpu_us", "<= 1.1", 3),
    Figure("CPU per tile, 100 sheets : one sheet", "sheets", "geo", 8, "cpu_us", "<= 1.1", 3),
    Figure("CPU per false-colour tile, titiler : geo", "false colour titiler", "false colour geo", 8, "cpu_us", ">= 8"),
    Figure("CPU per NDVI tile, titiler : geo", "NDVI titiler", "NDVI geo", 8, "cpu_us", ">= 8"),
]


def short(value: float) -> str:
    """Write a number with three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def measure(figure: Figure, running: dict[str, Server], asked: dict[str, tuple[str, Path]], rounds: int,
            seconds: int) -> str:  # fmt: skip
    """Run both cases several times, each first in turn; return the medians and the ratios of the rounds as a row."""
    cases = figure.over, figure.under
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in cases}
    for n in range(rounds * figure.repeat + 1):  # the first warms: files in memory, code loaded
        for name in cases if n % 2 else cases[::-1]:
            server, file = asked[name]
            span = 3 * seconds if server == "titiler" else seconds
            runs[name].append(running[server].load(file, figure.connections, span))
    over, under = ([run[figure.key] for run in runs[name][1:]] for name in cases)
    ratios = [a / b for a, b in zip(over, under, strict=True)]
    return (
        f"| {figure.title} | {figure.connections} | {short(statistics.median(over))} : "
        f"{short(statistics.median(under))} | {figure.bound} | **{short(statistics.median(ratios))}** "
        f"| {short(min(ratios))} to {short(max(ratios))} |"
    )


def main() -> None:
    """Build, serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, required=True, help="a virtual environment with titiler")
    parser.add_argument("--rounds", type=int, default=9, help="of each figure")
    parser.add_argument(
        "--seconds", type=int, default=1, help="of each case in a round; three times as many for titiler"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)  # nginx's worker is another user
        data, four = build(folder)
        tiles = whole_tiles(data, "date0")
        print(f"{len(tiles)} tiles, {statistics.mean(map(len, tiles.values())) / 1000:.1f} kB each", flush=True)
        running = servers(folder, data, tiles, arguments.peers.resolve())
        try:
            check_bytes(running, next(iter(tiles)))
            asked = walks(folder, data, four, tiles)
            print("| figure | connections | medians | asked | ratio, median | rounds |\n|---|---|---|---|---|---|")
            for figure in FIGURES:
                print(measure(figure, running, asked, arguments.rounds, arguments.seconds), flush=True)
        finally:
            for server in running.values():
                server.process.terminate()
                server.process.wait(20)


if __name__ == "__main__":
    main()
