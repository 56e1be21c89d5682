"""Pairs of image files, georeferenced or plain: probability of change out of them, and how it meets the labels."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioIOError
from rasterio.windows import Window

from geo.change import accuracy, align, model, scan
from geo.change.detect import EVEN
from geo.crs import CITY
from geo.errors import BadFile, BadInput, NotFound, Unreadable
from geo.grid import Grid
from geo.raster import Raster

PLAIN_GSD_M = 0.5
"""Ground sample distance of a file that tells none, or nearly this one: its pixels are compared as they are."""
NEAR = 0.25
METRES_PER_DEGREE = 111_320.0  # along the equator, WGS 84; only to tell 0.1 m from 0.5 m
STRIP_PX = 512
ENDINGS = {".tif": "GTiff", ".tiff": "GTiff", ".png": "PNG"}
IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class _Image:
    """An image file as a survey on a plane of its own: first corner at 0, 0, metres by its ground sample distance."""

    file: Any
    """The open file; plain images are decoded once this way, through GDAL's cache."""
    name: str
    gsd_m: float
    width: int
    height: int

    def __call__(self, grid: Grid) -> Raster:
        """Read the pixels that lie whole inside the file; a reader."""
        data = np.zeros((3, grid.height, grid.width), np.uint8)
        valid = np.zeros((grid.height, grid.width), bool)
        left, _, _, top = grid.bounds
        col, cols = _inside(left, grid.cell, grid.width, self.width * self.gsd_m)
        row, rows = _inside(-top, grid.cell, grid.height, self.height * self.gsd_m)
        if cols and rows:
            scale = grid.cell / self.gsd_m
            window = Window((left / grid.cell + col) * scale, (-top / grid.cell + row) * scale,
                            cols * scale, rows * scale)  # fmt: skip
            place = (slice(row, row + rows), slice(col, col + cols))
            shape = (rows, cols)
            how = Resampling.average if scale > 1 else Resampling.bilinear if scale < 1 else Resampling.nearest
            try:
                data[:, *place] = self.file.read((1, 2, 3), window=window, out_shape=(3, *shape), resampling=how)
                valid[place] = self.file.dataset_mask(window=window, out_shape=shape) > 0
            except RasterioIOError as error:
                raise Unreadable(f"{self.name} is damaged: its pixels cannot be read") from error
        return Raster(data * valid, valid, grid)


def _inside(start: float, cell: float, count: int, extent: float) -> tuple[int, int]:
    """Return the first cell that lies whole inside 0 to `extent`, and how many do."""
    first = max(0, int(np.ceil(-start / cell - 1e-6)))
    last = min(count, int(np.floor((extent - start) / cell + 1e-6)))
    return first, max(0, last - first)


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    if not path.is_file():
        raise NotFound(f"no file {path}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as file:
                yield file
    except RasterioIOError as error:
        raise Unreadable(f"{path.name} cannot be read as an image: {error}") from error


def _image(file: Any, name: str) -> _Image:
    if file.count < 3:
        raise BadFile(f"{name} has {file.count} band(s); three of red, green, blue are needed")
    if set(file.dtypes) != {"uint8"}:
        raise BadFile(f"{name} is {file.dtypes[0]}; 8 bits per band are needed")
    gsd_m = PLAIN_GSD_M
    if file.crs is not None:
        unit = METRES_PER_DEGREE if file.crs.is_geographic else file.crs.linear_units_factor[1]
        gsd_m = float(abs(file.transform.determinant) ** 0.5 * unit)
    if abs(gsd_m / PLAIN_GSD_M - 1) <= NEAR:
        gsd_m = PLAIN_GSD_M
    return _Image(file, name, gsd_m, file.width, file.height)


@contextmanager
def _pair(before: Path, after: Path) -> Iterator[tuple[_Image, _Image]]:
    with _open(before) as first, _open(after) as second:
        a, b = _image(first, before.name), _image(second, after.name)
        if first.shape != second.shape:
            raise BadInput(
                f"{a.name} is {a.width} x {a.height} pixels and {b.name} {b.width} x {b.height}; equal sizes are needed"
            )
        if first.crs != second.crs or not first.transform.almost_equals(second.transform, 1e-6):
            raise BadInput(f"{a.name} and {b.name} lie on different grids; bring them onto one first")
        yield a, b


@contextmanager
def _probability(
    before: _Image, after: _Image, progress: align.Progress
) -> Iterator[tuple[NDArray[np.uint8], scan.Pair]]:
    """Give the probability on the pixels of the pair, block by block through a scratch file, and how they compare."""
    width_m, height_m = before.width * before.gsd_m, before.height * before.gsd_m
    bounds = (0.0, -np.ceil(height_m), np.ceil(width_m), 0.0)
    grid = Grid.cover(bounds, CITY, model.CELL_M)
    pair = scan.prepare(before, after, bounds, map, progress)
    with tempfile.TemporaryFile() as scratch:
        whole = np.memmap(scratch, np.uint8, "w+", shape=(grid.height, grid.width))
        ground = False
        blocks = scan.blocks(bounds)
        for block in progress(blocks, "blocks", len(blocks)):
            left, _, _, top = block.bounds
            row, col = round(-top / grid.cell), round(left / grid.cell)
            inside = block.window(0, 0, min(block.width, grid.width - col), min(block.height, grid.height - row))
            found = model.probabilities(pair.read, inside)
            ground = ground or bool(found.valid.any())
            whole[row : row + inside.height, col : col + inside.width] = found.data[0]
        if not ground:
            raise BadInput(f"{before.name} and {after.name} have no pixel that is valid in both")
        yield whole, pair


def predict(before: Path, after: Path, out: Path, *, progress: align.Progress = align.silent) -> dict[str, Any]:
    """Write the probability of change, one band of uint8 0 to 255 on the pixels of the pair, to a .tif or .png.

    Both files: RGB of 8 bits, equal in size, GeoTIFF on one grid or plain images (taken as 0.5 m). Raises BadInput,
    BadFile, NotFound and Unreadable, with nothing written. `unaligned` is the share of their ground that cannot be
    brought together and is compared as it lies; `hidden_m2` lies under clouds or in deep shadow and is not compared.
    """
    driver = ENDINGS.get(out.suffix.lower())
    if driver is None:
        raise BadInput(f"{out.name}: the result ends in {', '.join(ENDINGS)}")
    if out.resolve() in (before.resolve(), after.resolve()):
        raise BadInput(f"{out} is one of the two images; name another file for the result")
    if not out.parent.is_dir():
        raise NotFound(f"no folder {out.parent}")
    temporary = out.with_name(f".{uuid4().hex}{out.suffix.lower()}")
    try:
        with _pair(before, after) as (a, b), _probability(a, b, progress) as (whole, pair):
            changed = _write(temporary, driver, a, whole)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    return {"file": str(out), "width": a.width, "height": a.height, "gsd_m": round(a.gsd_m, 4),
            "changed_share": round(changed / (a.width * a.height), 4),
            "unaligned": round(pair.shift.unaligned, 4), "hidden_m2": round(pair.hidden.area.sum())}  # fmt: skip


def _write(out: Path, driver: str, like: _Image, whole: NDArray[np.uint8]) -> int:
    """Write probabilities on the pixels of `like`; return how many pixels are more likely changed than not."""
    profile = {"driver": driver, "width": like.width, "height": like.height, "count": 1, "dtype": "uint8"}
    if driver == "GTiff":
        profile |= {"tiled": True, "blockxsize": STRIP_PX, "blockysize": STRIP_PX, "compress": "deflate"}
        profile |= {"crs": like.file.crs, "transform": like.file.transform} if like.file.crs else {}
    changed = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(out, "w", **profile) as file:
            for row in range(0, like.height, STRIP_PX):
                strip = _on_pixels(whole, like, row, min(row + STRIP_PX, like.height))
                changed += int((strip >= EVEN).sum())
                file.write(strip[None], window=Window(0, row, like.width, len(strip)))
    return changed


def _on_pixels(whole: NDArray[np.uint8], image: _Image, start: int, stop: int) -> NDArray[np.uint8]:
    """Return rows `start` to `stop` of the image's own pixels from probabilities at CELL_M."""
    scale = image.gsd_m / model.CELL_M
    rows = np.minimum((np.arange(start, stop) + 0.5) * scale, whole.shape[0] - 1).astype(np.intp)
    cols = np.minimum((np.arange(image.width) + 0.5) * scale, whole.shape[1] - 1).astype(np.intp)
    return np.asarray(whole[rows][:, cols])


def evaluate(folder: Path, *, progress: align.Progress = align.silent) -> dict[str, Any]:
    """Compare predictions for folder/A and folder/B with folder/label (0 or 255): figures over all pairs together.

    False alarms are objects that touch no label, per km2 of ground without one; speed is Mpx of ground per CPU-second,
    reading included. Raises BadInput naming the file that has no partner.
    """
    counts, matched = [], []
    px, seconds = 0, 0.0
    alarms, unchanged_m2 = 0, 0.0
    pairs = _partners(folder)
    for before, after, label in progress(pairs, "pairs", len(pairs)):
        with _open(label) as file:
            truth = file.read(1) >= EVEN
        start = time.process_time()
        with _pair(before, after) as (a, b), _probability(a, b, align.silent) as (whole, _):
            found = _on_pixels(whole, a, 0, a.height)
        if truth.shape != found.shape:
            raise BadInput(f"label {label.name} has {truth.shape} pixels, its pair {found.shape}")
        marked = model.found(found, a.gsd_m)
        seconds += time.process_time() - start
        px += found.size
        counts.append(accuracy.pixels(marked, truth))
        matched.append(accuracy.objects(marked, truth))
        alarms += accuracy.false_alarms(marked, truth)
        unchanged_m2 += float((~truth).sum()) * a.gsd_m**2
    return accuracy.summary(counts, matched) | {
        "false_alarms_km2": round(alarms / unchanged_m2 * 1e6, 2) if unchanged_m2 else None,
        "mpx_per_cpu_s": round(px / 1e6 / max(seconds, 1e-9), 3),
    }


def _partners(folder: Path) -> list[tuple[Path, Path, Path]]:
    """Return the files of A, B and label that bear one name."""
    held: dict[str, dict[str, Path]] = {}
    for part in ("A", "B", "label"):
        if not (folder / part).is_dir():
            raise NotFound(f"no folder {folder / part}; A, B and label are needed")
        held[part] = {p.stem: p for p in sorted((folder / part).iterdir()) if p.suffix.lower() in IMAGES}
    for part in ("B", "label"):
        if lone := sorted(held["A"].keys() ^ held[part].keys()):
            raise BadInput(f"{lone[0]} stands in only one of {folder / 'A'} and {folder / part}")
    if not held["A"]:
        raise BadInput(f"no image in {folder / 'A'}")
    return [(held["A"][name], held["B"][name], held["label"][name]) for name in held["A"]]
