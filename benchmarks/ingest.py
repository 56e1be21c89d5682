"""Ingest against GDAL's COG driver: Mpx per CPU-second, peak memory, PSNR at equal bytes. A B A B in one run.

    python benchmarks/ingest.py FOLDER [--mpx 67] [--rounds 3]

Ours is `geo ortho ingest`, start of the command included: both grids, check of the delivery, verification, catalogue.
GDAL is the COG driver of rasterio's wheel, once per grid from a VRT of the sheets: JPEG of the same quality, 2 threads,
averaged overviews, SPARSE_OK; the web grid warped bilinear with ALIGNED_LEVELS so that every level passes through, the
city's grid with no tiling scheme and no warp, which favours GDAL. Sheets are uncompressed, 4096 x 4096 px RGB.
"""

import argparse
import math
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import measure
import numpy as np
import rasterio
import texture

from geo.grid import KOREA_CENTRAL, Grid
from geo.orthophoto import encode, tiff
from geo.raster import Raster

PX = 4096
LEFT, TOP = 178_000.0, 590_000.0
GDAL = """
import sys, rasterio
from rasterio.shutil import copy
source, out, grid, quality = sys.argv[1:]
options = dict(driver="COG", COMPRESS="JPEG", QUALITY=quality, NUM_THREADS="2", BIGTIFF="IF_SAFER", SPARSE_OK="YES",
               OVERVIEW_RESAMPLING="AVERAGE", BLOCKSIZE="256", ADD_ALPHA="NO")
if grid == "web":
    options |= dict(TILING_SCHEME="GoogleMapsCompatible", WARP_RESAMPLING="BILINEAR", ALIGNED_LEVELS="7")
copy(source, out, **options)
"""


def vrt(path: Path, sheets: list[Path]) -> Path:
    """Write a mosaic of sheets for GDAL."""
    boxes = []
    for sheet in sheets:
        with rasterio.open(sheet) as dataset:
            boxes.append((sheet, dataset.bounds))
            wkt = dataset.crs.to_wkt().replace('"', "&quot;")
    left, top = min(b.left for _, b in boxes), max(b.top for _, b in boxes)
    width = round((max(b.right for _, b in boxes) - left) / texture.CELL_M)
    height = round((top - min(b.bottom for _, b in boxes)) / texture.CELL_M)
    bands = []
    for band, colour in enumerate(("Red", "Green", "Blue"), 1):
        parts = "".join(
            f"<SimpleSource><SourceFilename>{sheet}</SourceFilename><SourceBand>{band}</SourceBand>"
            f'<SrcRect xOff="0" yOff="0" xSize="{PX}" ySize="{PX}"/><DstRect xOff="{round((b.left - left) * 2)}" '
            f'yOff="{round((top - b.top) * 2)}" xSize="{PX}" ySize="{PX}"/></SimpleSource>'
            for sheet, b in boxes
        )
        bands.append(f'<VRTRasterBand dataType="Byte" band="{band}"><ColorInterp>{colour}</ColorInterp>{parts}'
                     "</VRTRasterBand>")  # fmt: skip
    path.write_text(
        f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><SRS>{wkt}</SRS><GeoTransform>{left},0.5,0,{top},0,'
        f"-0.5</GeoTransform>{''.join(bands)}</VRTDataset>"
    )
    return path


def ours(sheets: list[Path], work: Path) -> list[measure.Cost]:
    """Ingest the sheets into an empty city."""
    geo = str(Path(sys.executable).with_name("geo"))
    cost = measure.run([geo, "ortho", "ingest", "--data", str(work / "data"), *map(str, sheets), "--survey", "a",
                        "--captured", "2024-05-14"])  # fmt: skip
    shutil.rmtree(work / "data")
    return [cost]


def gdal(source: Path, work: Path) -> list[measure.Cost]:
    """Let GDAL make both grids, one after the other."""
    costs = []
    for grid in ("web", "city"):
        out = work / f"{grid}.tif"
        words = [str(source), str(out), grid, str(encode.JPEG_QUALITY)]
        costs.append(measure.run([sys.executable, "-c", GDAL, *words]))
        out.unlink()
    return costs


def fidelity(sheet: Path, work: Path) -> list[tuple[float, float, float]]:
    """Return (bytes per tile, our PSNR, GDAL's PSNR) at the bytes of our qualities, full resolution, city's grid."""
    with rasterio.open(sheet) as dataset:
        pixels = np.ascontiguousarray(dataset.read().transpose(1, 2, 0))
    mine = [_our_point(pixels, quality) for quality in (75, 80, 85, 90)]
    theirs = []
    for quality in (70, 75, 80, 85, 90, 93):
        out = work / "q.tif"
        measure.run([sys.executable, "-c", GDAL, str(sheet), str(out), "city", str(quality)])
        with rasterio.open(out) as dataset:
            error = _error(pixels, dataset.read().transpose(1, 2, 0))
        first = tiff.directories(out.read_bytes())[0]
        theirs.append((float(tiff.blocks(first)[1].sum()), error))
        out.unlink()
    size, level = zip(*theirs, strict=True)
    tiles = (PX // 256) ** 2
    return [(held / tiles, psnr, float(np.interp(math.log(held), np.log(size), level))) for held, psnr in mine]


def _our_point(pixels: np.ndarray, quality: int) -> tuple[float, float]:
    held, seen, valid = 0, np.empty_like(pixels), np.ones((256, 256), np.bool_)
    grid: Grid = KOREA_CENTRAL.tile(12, 0, 0)
    for row in range(0, PX, 256):
        for col in range(0, PX, 256):
            part = pixels[row : row + 256, col : col + 256]
            tables, stream = encode.block(Raster(part.transpose(2, 0, 1), valid, grid), quality)
            held += len(stream)
            seen[row : row + 256, col : col + 256] = encode.decoded(encode.head(tables) + stream[2:], grid)
    return held, _error(pixels, seen)


def _error(a: np.ndarray, b: np.ndarray) -> float:
    return 10 * math.log10(255**2 / np.mean((a.astype(np.float32) - b) ** 2))


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mpx", type=int, default=67)
    parser.add_argument("--rounds", type=int, default=3)
    words = parser.parse_args()
    side = max(round(math.sqrt(words.mpx * 1e6) / PX), 1)
    made = list(texture.sheets(words.folder / f"sheets_{side}", side, side, PX, LEFT, TOP))
    mpx = len(made) * PX * PX / 1e6
    costs: dict[str, list[list[measure.Cost]]] = {"geo ortho ingest": [], "GDAL COG": []}
    with tempfile.TemporaryDirectory(dir=words.folder) as folder:
        work = Path(folder)
        source = vrt(work / "all.vrt", made)
        for _ in range(words.rounds):
            costs["geo ortho ingest"].append(ours(made, work))
            costs["GDAL COG"].append(gdal(source, work))
        points = fidelity(made[0], work)
    peer = f"GDAL {rasterio.__gdal_version__}"
    print(f"{mpx:.0f} Mpx in {len(made)} sheets, both grids, JPEG {encode.JPEG_QUALITY}, {peer}\n")
    print("| | CPU s | Mpx per CPU-s | wall s | peak MB |\n|---|---|---|---|---|")
    for name, runs in costs.items():
        cpu = [sum(cost.cpu_s for cost in run) for run in runs]
        wall, peak = [sum(c.wall_s for c in run) for run in runs], [max(c.peak_mb for c in run) for run in runs]
        used, lasted, held = map(statistics.median, (cpu, wall, peak))
        print(f"| {name} | {used:.1f} | {mpx / used:.1f} | {lasted:.0f} | {held:.0f} |")
    ratios = [sum(c.cpu_s for c in b) / sum(c.cpu_s for c in a) for a, b in zip(*costs.values(), strict=True)]
    print(f"\npaired CPU ratio: median {statistics.median(ratios):.1f} ({', '.join(f'{r:.1f}' for r in ratios)})\n")
    print("| bytes per tile | PSNR dB | GDAL's at those bytes | difference |\n|---|---|---|---|")
    for held, mine, theirs in points:
        print(f"| {held:,.0f} | {mine:.2f} | {theirs:.2f} | {mine - theirs:+.2f} |")


if __name__ == "__main__":
    main()
