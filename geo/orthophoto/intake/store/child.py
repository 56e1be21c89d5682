"""Child processes that open delivered sheets, so that a bad one can end a child and nothing else.

A child starts with GDAL's other drivers, side files and network off before anything is imported, and with caps on
memory, CPU and time. It is kept for the next job and leaves by itself when there is none.
"""

from __future__ import annotations

import atexit
import os
import pickle
import queue
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from geo.errors import GeoError, Unreadable

T = TypeVar("T")
MEMORY_BYTES = 2 << 30
"""Address space that a job may take beyond what the child has when it starts."""
IDLE_S = 5.0
GRACE = 4
"""A job may last this many times its CPU seconds: the machine may be busy."""
_FRAME = struct.Struct("<Q")
_START = "from geo.orthophoto.intake.store.child import serve; serve()"

# All but GTiff, JP2OpenJPEG and JPEG: none may be reached by a name, a prefix or what a file holds.
_OFF = (
    "AAIGrid ACE2 ADRG AIG AVCBin AVCE00 AirSAR BAG BIGGIF BLX BMP BSB BT BYN CALS CEOS COASP COSAR CPG CTG CTable2 "
    "DAAS DERIVED DIMAP DIPEx DOQ1 DOQ2 DTED ECRGTOC EEDA EEDAI EHdr EIR ELAS ENVI ERS ESAT ESRIC ESRIJSON FAST FIT "
    "GFF GIF GNMDatabase GNMFile GPKG GRASSASCIIGrid GRIB GS7BG GSAG GSBG GSC GTI GTX GXF GenBin GeoJSON GeoJSONSeq "
    "HDF5 HDF5Image HF2 HFA HTTP ILWIS IRIS ISCE ISG ISIS2 ISIS3 JAXAPALSAR JDEM KMLSUPEROVERLAY KRO L1B LAN LCP "
    "LOSLAS Leveller MAP MBTiles MFF MFF2 MRF MSGN MVT NDF NGSGEOID NITF NOAA_B NSIDCbin NTv2 NWT_GRC NWT_GRD OSM OZI "
    "PAux PCIDSK PCRaster PDF PDS PDS4 PLMOSAIC PNG PNM PRF R RIK RMF ROI_PAC RPFTOC RRASTER RS2 RST Rasterlite S102 "
    "S104 S111 SAFE SAGA SAR_CEOS SDTS SENTINEL2 SGI SIGDEM SNAP_TIFF SNODAS SQLite SRP SRTMHGT STACIT STACTA TGA TIL "
    "TSX Terragen TopoJSON USGSDEM VICAR VRT WCS WEBP WMS WMTS XPM XYZ ZMap Zarr netCDF"
)
GUARD = {
    "GDAL_SKIP": ",".join([*_OFF.split(), "ESRI Shapefile"]),
    # no listing of the folder, so no .aux.xml, .ovr, .msk or world file is taken
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_DRIVER_PATH": "disable",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_TIMEOUT": "1",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{noext}",
    "GDAL_CACHEMAX": "64",
    "GTIFF_HONOUR_NEGATIVE_SCALEY": "NO",
    "GDAL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # glibc: keep freed pixels at hand; giving them back and faulting them in again takes a tenth of a pyramid's time
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
}


class Died(Exception):
    """A child ended before it answered; the text says of what."""


# ---- the parent's side


class Child:
    """One child process and the pipe to it; one thread's own at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def call(self, function: Callable[..., T], arguments: tuple[Any, ...], cpu_s: int) -> T:
        """Return what `function` returns in the child, or raise what it raises. Raises Died."""
        message = pickle.dumps((function, arguments, cpu_s))
        answer = self._ask(message, cpu_s)
        if answer is None:  # it had left by itself, for want of jobs
            self.close()
            answer = self._ask(message, cpu_s)
        if answer is None:
            raise Died("it left without an answer")
        good, value = pickle.loads(answer)  # noqa: S301 - from our own child
        if not good:
            raise value
        result: T = value
        return result

    def _ask(self, message: bytes, cpu_s: int) -> bytes | None:
        """Return the answer, or None when the child had left in peace."""
        if self._process is not None and self._process.poll() is not None:
            self.close()
        process = self._process = self._process or _start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(_FRAME.pack(len(message)) + message)
            process.stdin.flush()
            size = _read(process.stdout, _FRAME.size, cpu_s * GRACE + 60)
            return _read(process.stdout, _FRAME.unpack(size)[0], 60)
        except TimeoutError as error:
            process.kill()
            self.close()
            raise Died(f"it had not answered after {cpu_s * GRACE + 60} s") from error
        except (EOFError, BrokenPipeError) as error:
            status = process.wait()
            self.close()
            if status == 0:
                return None
            raise Died(_cause(status)) from error

    def close(self) -> None:
        """End the child."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _start() -> subprocess.Popen[bytes]:
    places = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, "-c", _START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **GUARD, "PYTHONPATH": places},
    )


def _read(pipe: Any, size: int, timeout_s: float) -> bytes:
    data = b""
    while len(data) < size:
        if not select.select([pipe], [], [], timeout_s)[0]:
            raise TimeoutError
        more = os.read(pipe.fileno(), min(size - len(data), 1 << 20))
        if not more:
            raise EOFError
        data += more
    return data


def _cause(status: int) -> str:
    if status == -signal.SIGXCPU:
        return "it took too much time"
    if status == -signal.SIGKILL:
        return "it was killed"
    return f"it crashed ({signal.Signals(-status).name if status < 0 else f'exit {status}'})"


class Crew:
    """A few children that share jobs, started as they are needed."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._idle: queue.LifoQueue[Child] = queue.LifoQueue()  # one that has started, before one that has not
        self._all = [Child() for _ in range(size)]
        for child in self._all:
            self._idle.put(child)

    def call(self, function: Callable[..., T], *arguments: Any, cpu_s: int) -> T:
        """Run one job in an idle child. Raises Died."""
        child = self._idle.get()
        try:
            return child.call(function, arguments, cpu_s)
        finally:
            self._idle.put(child)

    def map(self, job: Callable[[T], Any], items: Iterable[T], hands: int) -> Iterator[Any]:
        """Yield `job(item)` for all items in their order, up to `hands` of them at a time."""
        with ThreadPoolExecutor(min(hands, self.size)) as pool:
            try:
                yield from pool.map(job, items)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """End all children."""
        for child in self._all:
            child.close()


_lock = threading.Lock()
_crew: list[Crew] = []


def crew() -> Crew:
    """Return the children of this process, as many as it has cores; they end with it."""
    with _lock:
        if not _crew:
            _crew.append(Crew(max(len(os.sched_getaffinity(0)), 1)))
            atexit.register(_crew[0].close)
        return _crew[0]


# ---- the child's side


def serve() -> None:
    """Answer jobs from standard input until it ends or there has been none for a while."""
    answers, inbox = os.fdopen(os.dup(1), "wb"), os.fdopen(os.dup(0), "rb")
    os.dup2(2, 1)  # what a library prints is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's to act on
    _cap(resource.RLIMIT_CORE, 0)
    _cap(resource.RLIMIT_AS, _address_space() + MEMORY_BYTES)
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(inbox, jobs), daemon=True).start()
    while True:
        try:
            message = jobs.get(timeout=IDLE_S)
        except queue.Empty:
            os._exit(0)
        answer = _answer(message)
        answers.write(_FRAME.pack(len(answer)) + answer)
        answers.flush()


def _listen(inbox: BinaryIO, jobs: queue.SimpleQueue[bytes]) -> None:
    while head := inbox.read(_FRAME.size):
        jobs.put(inbox.read(_FRAME.unpack(head)[0]))
    os._exit(0)  # the parent has ended, however it did: what is half done is no longer wanted


def _answer(message: bytes) -> bytes:
    try:
        function, arguments, cpu_s = pickle.loads(message)  # noqa: S301 - from our own parent
        spent = resource.getrusage(resource.RUSAGE_SELF)
        _cap(resource.RLIMIT_CPU, int(spent.ru_utime + spent.ru_stime) + cpu_s)
        return pickle.dumps((True, function(*arguments)))
    except MemoryError:
        return pickle.dumps((False, Unreadable("it needs more memory than a sheet may take")))
    except (GeoError, OSError) as error:  # any other ends the child, and its trace stands in the log
        return pickle.dumps((False, error))


def _cap(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
