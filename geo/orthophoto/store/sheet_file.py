"""Opening delivered sheets: as TIFF and nothing else, with GDAL kept from neighbours, side files and the network."""

from __future__ import annotations

import hashlib
import mmap
import warnings
from collections import OrderedDict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from geo.errors import BadFile, Unreadable
from geo.grid import Grid
from geo.orthophoto import sheet as rules
from geo.orthophoto import tiff
from geo.orthophoto.sheet import Header, Sheet
from geo.raster import Raster

# No listing of the folder, so no .aux.xml, .ovr, .msk or .tfw is taken; nothing reaches for the network or Python.
GUARD = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_TIMEOUT": "1",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{noext}",
    "GDAL_CACHEMAX": 64,
    "GTIFF_HONOUR_NEGATIVE_SCALEY": "NO",
}
SAMPLE_PX = 128
OPEN_AT_ONCE = 64
_BYTES = {"uint8": 1, "uint16": 2}  # other types are refused
_YES = {"true", "yes", "y", "1"}


def guard() -> Any:
    """Return the GDAL environment in which, and only in which, sheets are opened and read."""
    return rasterio.Env(**GUARD)


def _open(path: Path) -> Any:
    """Open `path` with the GTiff driver alone. An absolute path is no GDAL prefix such as GTIFF_DIR: or /vsi."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(path, driver="GTiff", sharing=False)


def describe(path: Path, assumed_epsg: int | None) -> Sheet:
    """Return what `path` holds. Raises BadFile, in one sentence, for what cannot become imagery of the city."""
    path = path.resolve()
    _check_bytes(path)
    try:
        with guard(), _open(path) as dataset:
            header = _header(path, dataset)
            grid, footprint = rules.place(header, assumed_epsg)
            rules.check_pixels(header)
            levels, fingerprint = _sample(dataset, header)
    except (RasterioError, CRSError) as error:
        raise BadFile(f"{path.name} cannot be read as a TIFF: {_first_line(error)}") from error
    return Sheet(
        path=path,
        grid=grid,
        bands=header.bands - header.alpha,
        dtype=header.dtype,
        alpha=header.alpha,
        nodata=header.nodata,
        gsd_m=rules.gsd(grid, footprint),
        footprint=footprint,
        captured_on=header.captured_on,
        synthetic=header.synthetic,
        levels=levels,
        print=fingerprint,
    )


def _first_line(error: Exception) -> str:
    cause = error.__cause__ or error
    return str(cause).split("\n")[0].split(": ", 1)[-1]


def _check_bytes(path: Path) -> None:
    """Refuse what is no TIFF by its first bytes, and a TIFF that ends before its pixels do."""
    if not path.is_file():
        raise BadFile(f"{path.name} is no file")
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(4) not in tiff.MAGIC:
            raise BadFile(f"{path.name} is not a TIFF, whatever its name says")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            try:
                ends = [tiff.end_of_pixels(tags) for tags in tiff.directories(view)]
            except Unreadable as error:
                raise BadFile(f"{path.name} {str(error).removeprefix('it ')}; ask for it again") from error
    if max(ends) > size:
        raise BadFile(f"{path.name} is cut short: it has {size:,} bytes of {max(ends):,}; ask for it again")


def _header(path: Path, dataset: Any) -> Header:
    tags = {name.lower(): value.strip() for name, value in dataset.tags().items()}
    t = dataset.transform
    system = CRS.from_wkt(dataset.crs.to_wkt()) if dataset.crs else None
    height, width = dataset.block_shapes[0]
    interps = dataset.colorinterp
    interleaved = dataset.count if dataset.profile.get("interleave") == "pixel" else 1
    return Header(
        path=path,
        width=dataset.width,
        height=dataset.height,
        transform=None if t.is_identity else (t.a, t.b, t.c, t.d, t.e, t.f),
        crs=system,
        dtype=dataset.dtypes[0] if len(set(dataset.dtypes)) == 1 else "mixed types",
        bands=dataset.count,
        alpha=dataset.count == 4 and interps[3] == ColorInterp.alpha,
        palette=ColorInterp.palette in interps,
        nodata=dataset.nodata,
        block_bytes=height * width * interleaved * _BYTES.get(dataset.dtypes[0], 16),
        captured_on=_date(tags.get("captured_on", tags.get("captured", ""))),
        synthetic=any(name.endswith("synthetic") and value.lower() in _YES for name, value in tags.items()),
    )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _sample(dataset: Any, header: Header) -> tuple[tuple[float, ...], str]:
    """Return percentiles of pixels picked evenly over the sheet, and a fingerprint of them."""
    shape = min(SAMPLE_PX, header.height), min(SAMPLE_PX, header.width)
    try:
        picked = dataset.read(out_shape=(header.bands, *shape))
    except RasterioError as error:
        raise BadFile(f"{header.path.name} has broken pixels; ask for it again") from error
    valid = _ground(picked, header.alpha, header.nodata)
    values = picked[: header.bands - header.alpha, valid]
    fingerprint = hashlib.blake2b(picked.tobytes(), digest_size=8).hexdigest()
    if not values.size:
        return (), fingerprint
    return tuple(float(v) for v in np.percentile(values, np.arange(101))), fingerprint


def _ground(pixels: NDArray[Any], alpha: bool, nodata: float | None) -> NDArray[np.bool_]:
    """Tell which pixels show ground: opaque, and not nodata in every band."""
    valid: NDArray[np.bool_] = np.ones(pixels.shape[1:], np.bool_)
    if alpha:
        valid &= pixels[-1] >= 128
        pixels = pixels[:-1]
    if nodata is not None:
        valid &= (pixels != nodata).any(0)
    return valid


class SheetFiles:
    """Opens sheets as they are read and keeps some open; one thread's own."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, Any] = OrderedDict()

    def dataset(self, path: Path) -> Any:
        """Return the open dataset of a sheet that `describe` has passed."""
        if path in self._open:
            self._open.move_to_end(path)
            return self._open[path]
        if len(self._open) == OPEN_AT_ONCE:
            self._open.popitem(last=False)[1].close()
        self._open[path] = _open(path)
        return self._open[path]

    def close(self) -> None:
        """Close all."""
        while self._open:
            self._open.popitem()[1].close()


class SheetSource:
    """A sheet as a source of RGB in 8 bits."""

    bands = 3

    def __init__(self, sheet: Sheet, files: SheetFiles, stretch: tuple[float, float] | None) -> None:
        """Read `sheet` through `files`; values of `stretch` become 0 and 255."""
        self._sheet, self._files, self._stretch = sheet, files, stretch
        self.grid: Grid = sheet.grid

    def window(self, col: int, row: int, width: int, height: int) -> Raster:
        """Read a part that lies inside the sheet. Raises BadFile when the file's pixels are broken."""
        sheet = self._sheet
        try:
            dataset = self._files.dataset(sheet.path)
            pixels = dataset.read(window=Window(col, row, width, height))
        except RasterioError as error:
            raise BadFile(f"{sheet.name} has broken pixels near column {col}, row {row}; ask for it again") from error
        valid = _ground(pixels, sheet.alpha, sheet.nodata)
        colours = _eight_bits(pixels[:3] if len(pixels) >= 3 else pixels[:1], self._stretch)
        stored = np.empty((height, width, 3), np.uint8)
        stored[...] = colours.transpose(1, 2, 0)  # one band of panchromatic fills all three
        if not valid.all():
            stored[~valid] = 0
        return Raster(stored.transpose(2, 0, 1), valid, self.grid.window(col, row, width, height))


def _eight_bits(pixels: NDArray[Any], stretch: tuple[float, float] | None) -> NDArray[np.uint8]:
    if stretch is None:
        return pixels.astype(np.uint8, copy=False)
    low, high = stretch
    scaled: NDArray[np.float32] = (pixels.astype(np.float32) - low) * (255 / (high - low))
    return np.rint(scaled).clip(0, 255).astype(np.uint8)
