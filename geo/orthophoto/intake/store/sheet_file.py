"""Opening delivered sheets, in a guarded child alone: by the driver that their first bytes name and no other."""

from __future__ import annotations

import hashlib
import mmap
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from geo.errors import BadFile, Unreadable
from geo.orthophoto import sheet as rules
from geo.orthophoto import tiff
from geo.orthophoto.intake.store.child import Died, crew
from geo.orthophoto.sheet import Header, Sheet, Transform

SAMPLE_PX = 128
LOOK_CPU_S = 20
_BYTES = {"uint8": 1, "uint16": 2}  # other types are refused
_YES = {"true", "yes", "y", "1"}
_DRIVERS = {
    **dict.fromkeys(tiff.MAGIC, "GTiff"),
    b"\0\0\0\x0cjP  \r\n\x87\n": "JP2OpenJPEG",  # ISO/IEC 15444-1 Annex I
    b"\xff\x4f\xff\x51": "JP2OpenJPEG",  # a bare codestream
    b"\xff\xd8\xff": "JPEG",
}
_WORLD = {
    ".tif": (".tfw", ".tifw"), ".tiff": (".tfw", ".tiffw"), ".jpg": (".jgw", ".jpgw"), ".jpeg": (".jgw", ".jpegw"),
    ".jp2": (".j2w", ".jp2w"), ".j2k": (".j2w", ".j2kw"),
}  # fmt: skip


def describe(path: Path, assumed_epsg: int | None) -> Sheet:
    """Return what `path` holds. Raises BadFile, in one sentence, for what cannot become imagery of the city."""
    path = path.resolve()
    try:
        header, levels, fingerprint = crew().call(look, path, cpu_s=LOOK_CPU_S)
    except Died as error:
        raise BadFile(f"{path.name} ended the process that opened it: {error}; ask for it again") from error
    except Unreadable as error:
        raise BadFile(f"{path.name} cannot be read: {error}") from error
    grid, footprint = rules.place(header, assumed_epsg)
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
        format=header.format,
    )


def driver_of(path: Path) -> str:
    """Return the GDAL driver that a file's first bytes name. Raises BadFile."""
    with path.open("rb") as file:
        first = file.read(12)
    for magic, driver in _DRIVERS.items():
        if first.startswith(magic):
            return driver
    raise BadFile(f"{path.name} is not a TIFF, JPEG 2000 or JPEG, whatever its name says")


def open_sheet(path: Path) -> Any:
    """Open `path` with one driver alone. An absolute path is no GDAL prefix such as GTIFF_DIR: or /vsi."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(path, driver=driver_of(path), sharing=False)


def look(path: Path) -> tuple[Header, tuple[float, ...], str]:
    """Return a sheet's header, percentiles of a sample of its ground and the sample's fingerprint. Raises BadFile."""
    if not path.is_file():
        raise BadFile(f"{path.name} is no file")
    driver = driver_of(path)
    absent = _check_bytes(path) if driver == "GTiff" else 0
    try:
        with open_sheet(path) as dataset:
            header = _header(path, dataset, driver)
            rules.check_size(header)
            rules.check_pixels(header)
            if absent and header.nodata is None and MaskFlags.all_valid in dataset.mask_flag_enums[0]:
                raise BadFile(
                    f"{path.name} lacks {absent:,} of its blocks and names no nodata: it was not written to its end; "
                    "ask for it again"
                )
            return header, *_sample(dataset, header)
    except (RasterioError, CRSError) as error:
        kind = {"GTiff": "TIFF", "JP2OpenJPEG": "JPEG 2000"}.get(driver, driver)
        raise BadFile(f"{path.name} cannot be read as a {kind}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    cause = error.__cause__ or error
    return str(cause).split("\n")[0].split(": ", 1)[-1]


def _check_bytes(path: Path) -> int:
    """Refuse a TIFF that ends before its pixels do; return how many blocks of its first image are not stored."""
    size = path.stat().st_size
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        try:
            chain = tiff.directories(view)
        except Unreadable as error:
            raise BadFile(f"{path.name} {str(error).removeprefix('it ')}; ask for it again") from error
    end = max(map(tiff.end_of_pixels, chain))
    if end > size:
        raise BadFile(f"{path.name} is cut short: it has {size:,} bytes of {end:,}; ask for it again")
    return int(np.count_nonzero(tiff.blocks(chain[0])[1] == 0))


def _header(path: Path, dataset: Any, driver: str) -> Header:
    tags = {name.lower(): value.strip() for name, value in dataset.tags().items()}
    t = dataset.transform
    system = CRS.from_wkt(dataset.crs.to_wkt()) if dataset.crs else None
    height, width = dataset.block_shapes[0]
    interps = dataset.colorinterp
    interleaved = dataset.count if dataset.profile.get("interleave") == "pixel" else 1
    packing = str(dataset.profile.get("compress", "none")).lower() if driver == "GTiff" else driver
    return Header(
        path=path,
        width=dataset.width,
        height=dataset.height,
        transform=_world(path) if t.is_identity else (t.a, t.b, t.c, t.d, t.e, t.f),
        crs=system,
        dtype=dataset.dtypes[0] if len(set(dataset.dtypes)) == 1 else "mixed types",
        bands=dataset.count,
        alpha=dataset.count == 4 and interps[3] == ColorInterp.alpha,
        palette=ColorInterp.palette in interps,
        nodata=dataset.nodata,
        block_bytes=height * width * interleaved * _BYTES.get(dataset.dtypes[0], 16),
        captured_on=_date(tags.get("captured_on", tags.get("captured", ""))),
        synthetic=any(name.endswith("synthetic") and value.lower() in _YES for name, value in tags.items()),
        format=packing,
    )


def _world(path: Path) -> Transform | None:
    """Return the position that a world file beside a sheet gives, or None where there is none. Raises BadFile."""
    for ending in _WORLD.get(path.suffix.lower(), ()):
        for file in (path.with_suffix(ending), path.with_suffix(ending.upper())):
            if not file.is_file():
                continue
            if file.stat().st_size > 1000:
                raise BadFile(f"{file.name} is no world file: it should hold six numbers")
            words = file.read_text(encoding="utf-8", errors="replace").replace(",", ".").split()
            return rules.from_world(file.name, words)
    return None


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
    valid = ground(picked, header.alpha, header.nodata)
    values = picked[: header.bands - header.alpha, valid]
    fingerprint = hashlib.blake2b(picked.tobytes(), digest_size=8).hexdigest()
    if not values.size:
        return (), fingerprint
    return tuple(float(v) for v in np.percentile(values, np.arange(101))), fingerprint


def ground(pixels: NDArray[Any], alpha: bool, nodata: float | None) -> NDArray[np.bool_]:
    """Tell which pixels, (bands, height, width), show ground: opaque, and not nodata in every band."""
    valid: NDArray[np.bool_] = np.ones(pixels.shape[1:], np.bool_)
    if alpha:
        valid &= pixels[-1] >= 128
        pixels = pixels[:-1]
    if nodata is not None:
        valid &= (pixels != nodata).any(0)
    return valid
