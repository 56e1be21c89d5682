"""Publishing a survey whole or not at all: a work folder that a killed run leaves is taken up by the next."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sqlalchemy.exc import IntegrityError, OperationalError

from geo.database import City
from geo.errors import BadFile, Conflict, GeoError, NoRoom
from geo.orthophoto.delivery import Delivery
from geo.orthophoto.intake.store import parts
from geo.orthophoto.intake.store.parts import Progress
from geo.orthophoto.pyramid import COLOUR, INFRARED
from geo.orthophoto.store.assembly import assemble
from geo.orthophoto.store.catalogue import Survey, adding, home

NIR = ".nir"
"""Ends the name of a tile matrix set where the file holds its near infrared."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def publish(
    city: City, held: Delivery, id: str, captured_on: date, *, scheduler: str | None, progress: Progress
) -> Survey:
    """Build the pyramids of a delivery and enter the survey in the catalogue. Raises BadFile, Conflict, NoRoom."""
    with _workplace(home(city), id, parts.key_of(held)) as work:
        pieces, ready = work / "parts", work / "ready"
        pieces.mkdir(exist_ok=True)
        if ready.exists():
            shutil.rmtree(ready)
        ready.mkdir()
        built = parts.build(held, pieces, scheduler=scheduler, progress=progress)
        if not all(len(one.layer(COLOUR)[0]) for one in built):
            raise BadFile("no sheet shows any ground: every pixel is nodata")
        sizes: dict[str, int] = {}
        made = _survey(city, held, id, captured_on, parts.fingerprint(built), sizes)
        layers = {COLOUR: ""} | ({INFRARED: NIR} if made.bands == 4 else {})
        for one in built:
            for layer, ending in layers.items():
                name = f"{one.plan.tms_id}{ending}"
                sizes[name] = assemble(ready / f"{name}.tif", one, layer, _tags(made, held))
                made.files[name] = home(city) / id / f"{name}.tif"
        _enter(city, made, ready)
    touch(home(city))
    return made


def _enter(city: City, made: Survey, ready: Path) -> None:
    """Move finished files to their place and enter them in the catalogue, both or neither."""
    place = home(city) / made.id
    _fsync(ready)
    moved = False
    try:
        with adding(city, made):
            if place.exists():  # left by a run that was killed before it was entered in the catalogue
                shutil.rmtree(place)
            ready.rename(place)
            moved = True
            _fsync(home(city))
    except IntegrityError as error:
        raise Conflict(f"survey {made.id!r} was published by another run meanwhile") from error
    except OperationalError as error:
        if moved:
            shutil.rmtree(place, ignore_errors=True)
        if "full" not in str(error.orig):  # SQLite: database or disk is full; PostgreSQL: disk full
            raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
    except BaseException:
        if moved:
            shutil.rmtree(place, ignore_errors=True)
        raise


@contextmanager
def _workplace(folder: Path, id: str, key: str) -> Iterator[Path]:
    """Yield the folder in which a delivery is built, held by this run alone.

    It is kept where the run is killed or stopped by hand, and removed where it ends or cannot go on.
    """
    work = folder / f".{id}.{key}"
    try:
        work.mkdir(parents=True, exist_ok=True)
        lock = _lock(work, id)
    except OSError as error:
        raise _no_room(error, folder) or error from error
    try:
        for other in folder.glob(f".{id}.*"):
            if other != work:  # of another delivery by that name, which nobody will take up
                os.close(_lock(other, id))
                shutil.rmtree(other, ignore_errors=True)
        yield work
    except KeyboardInterrupt:
        raise
    except OSError as error:
        _clear(folder, work)
        raise _no_room(error, folder) or error from error
    except GeoError:
        _clear(folder, work)
        raise
    else:
        _clear(folder, work)
    finally:
        os.close(lock)


def _lock(work: Path, id: str) -> int:
    fd = os.open(work, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        same = work.exists() and os.fstat(fd).st_ino == work.stat().st_ino
    except BlockingIOError:
        same = False
    if not same:
        os.close(fd)
        raise Conflict(f"survey {id!r} is being ingested by another run; wait for it, or choose another name")
    return fd


def _no_room(error: OSError, folder: Path) -> NoRoom | None:
    if error.errno not in _FULL:
        return None
    return NoRoom(
        f"the disk of {folder} cannot take the survey ({os.strerror(error.errno or 0)}); nothing was published: "
        "make room and start again"
    )


def _clear(folder: Path, work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    if folder.exists() and not any(folder.iterdir()):
        folder.rmdir()


def _survey(city: City, held: Delivery, id: str, captured_on: date, version: str, sizes: dict[str, int]) -> Survey:
    return Survey(
        id=id,
        version=version,
        captured_on=captured_on,
        gsd_m=held.gsd_m,
        coverage_pct=round(held.coverage_pct, 3),
        bounds=held.footprint.bounds,
        bands=held.sheets[0].bands,
        sheets=len(held.sheets),
        files={},
        synthetic=any(sheet.synthetic for sheet in held.sheets),
        stretch=held.stretch,
        footprint=held.footprint,
        sizes=sizes,
    )


def _tags(made: Survey, held: Delivery) -> dict[str, str]:
    tags = {
        "survey": made.id,
        "version": made.version,
        "captured_on": made.captured_on.isoformat(),
        "synthetic": "true" if made.synthetic else "false",
        "gsd_m": f"{made.gsd_m:g}",
    }
    if held.stretch:
        tags["stretch"] = f"{held.stretch[0]:g} {held.stretch[1]:g}"
    return tags


def touch(folder: Path) -> None:
    """Make who watches `folder` read the catalogue again, now that it is saved; the clock may not have ticked yet."""
    held = folder.stat()
    os.utime(folder, ns=(held.st_atime_ns, held.st_mtime_ns + 1_000_000))


def _fsync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
