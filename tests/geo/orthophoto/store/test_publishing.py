"""Nothing half published: runs that are killed, disks that are full, files that are cut short."""

import os
import resource
import signal
import subprocess
import sys
from datetime import date

import numpy as np
import pytest

from geo.database import open_city
from geo.errors import BadFile, BadInput, Conflict, NoRoom
from geo.grid import TILE_MATRIX_SETS
from geo.orthophoto import layout, store
from geo.orthophoto.intake.store import child, parts

ON = date(2024, 5, 14)
KILLS = 7
RUN = """
import os, signal, sys
from datetime import date
from pathlib import Path
from geo.database import open_city
from geo.orthophoto import store

limit, folder, *sheets = sys.argv[1:]
done = 0

def step(event, arguments):
    global done
    if event.startswith(("open", "os.", "shutil.")) and "/orthophoto" in str(arguments[0]):
        done += 1
        if done == int(limit):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(step)
city = open_city(Path(folder), create=True)
store.ingest(city, list(map(Path, sheets)), survey="new", captured_on=date(2025, 1, 1))
print(done)
"""


@pytest.fixture
def sheets(tmp_path, write, texture):
    """Four subtrees of 4096 px at least in each grid, cheap to build: most of the ground is bare."""
    places = enumerate([(183_040.5, 583_424.0), (185_540.5, 583_424.0), (183_040.5, 580_924.0)])
    return [write(tmp_path / f"{n}.tif", texture(700, 900, seed=n), left=x, top=y) for n, (x, y) in places]


def inside(city):
    return sorted(path.relative_to(city.folder).as_posix() for path in (city.folder / "orthophoto").rglob("*"))


def bytes_of(survey):
    return {name: file.read_bytes() for name, file in survey.files.items()}


def test_killed_at_any_point_nothing_is_half_published_and_the_next_run_ends_it(tmp_path, sheets):
    """`kill -9` of a run before its n-th touch of the disk, over all of it; each next run goes on from there."""

    def run(folder, limit=0):
        command = [sys.executable, "-c", RUN, str(limit), str(folder), *map(str, sheets)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    whole = open_city(tmp_path / "undisturbed", create=True)
    touches = int(run(whole.folder).stdout)
    assert touches > 30
    expected = bytes_of(store.survey(whole, "new"))
    city = open_city(tmp_path / "data", create=True)
    before = bytes_of(store.ingest(city, [sheets[0]], survey="old", captured_on=ON))
    kills = 0
    for limit in np.linspace(1, touches - 1, KILLS).astype(int).tolist():
        kills += run(city.folder, limit).returncode == -signal.SIGKILL
        ids = [survey.id for survey in store.surveys(city)]
        assert ids in (["old"], ["new", "old"])
        assert store.damaged(city) == {}
        assert bytes_of(store.survey(city, "old")) == before
        if ids[0] == "new":
            assert bytes_of(store.survey(city, "new")) == expected
            store.remove(city, "new")
    assert kills > KILLS / 2  # one that goes on from where another was killed has less left to do
    made = store.ingest(city, sheets, survey="new", captured_on=date(2025, 1, 1))
    assert bytes_of(made) == expected
    assert [name for name in inside(city) if name.startswith("orthophoto/.")] == []


def test_parts_that_are_there_are_kept_and_broken_ones_built_again(city, sheets, monkeypatch):
    made = []

    def stop(job):
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(job.file)
        parts.make(job)

    real = parts.attempt
    monkeypatch.setattr(parts, "attempt", stop)
    monkeypatch.setattr(child.Crew, "map", lambda self, job, items, hands: map(job, items))
    with pytest.raises(KeyboardInterrupt):
        store.ingest(city, sheets, survey="new", captured_on=ON)
    assert store.surveys(city) == []
    assert len(made) == 3
    made[0].write_bytes(made[0].read_bytes()[:-1])
    flipped = bytearray(made[1].read_bytes())
    flipped[100] ^= 1
    made[1].write_bytes(flipped)
    again = []
    monkeypatch.setattr(parts, "attempt", lambda job: again.append(job.file) or real(job))
    store.ingest(city, sheets, survey="new", captured_on=ON)
    assert made[0] in again
    assert made[1] in again
    assert made[2] not in again


def test_what_another_delivery_left_is_swept_and_a_run_at_work_is_not(city, sheets):
    home = city.folder / "orthophoto"
    left = home / ".new.0123456789abcdef" / "parts"
    left.mkdir(parents=True)
    (left / "x.part").write_bytes(b"half")
    lock = os.open(left.parent, os.O_RDONLY)
    import fcntl

    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(Conflict, match="'new' is being ingested by another run"):
        store.ingest(city, sheets[:1], survey="new", captured_on=ON)
    os.close(lock)
    store.ingest(city, sheets[:1], survey="new", captured_on=ON)
    assert [path.name for path in home.iterdir()] == ["new"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk to fill")
def test_a_full_disk(tmp_path, sheets):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], check=True)
    try:
        city = open_city(disk / "data", create=True)
        store.ingest(city, sheets[:1], survey="old", captured_on=ON)
        before = bytes_of(store.survey(city, "old"))
        with pytest.raises(NoRoom, match="nothing was published: make room and start again"):
            for n in range(20):
                store.ingest(city, sheets, survey=f"s{n}", captured_on=ON)
        assert store.damaged(city) == {}
        assert bytes_of(store.survey(city, "old")) == before
        ids = {survey.id for survey in store.surveys(city)}
        assert {path.name for path in (city.folder / "orthophoto").iterdir()} == ids
        city.engine.dispose()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_file_that_may_grow_no_further(tmp_path, sheets):
    """The limit that root cannot pass either, for where no disk can be mounted."""
    city = open_city(tmp_path / "data", create=True)
    child.crew().close()  # children take their limits from us when they start
    held = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, held[1]))
    try:
        with pytest.raises(NoRoom, match="nothing was published"):
            store.ingest(city, sheets, survey="new", captured_on=ON)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, held)
        child.crew().close()
    assert store.surveys(city) == []
    assert not (city.folder / "orthophoto").exists()


def test_a_child_that_is_killed_is_replaced_and_one_that_always_dies_is_named(city, sheets, monkeypatch):
    real, deaths = child.Crew.call, []

    def dying(self, function, *arguments, cpu_s):
        if function is parts.make and len(deaths) < limit:
            deaths.append(1)
            raise child.Died("it was killed")
        return real(self, function, *arguments, cpu_s=cpu_s)

    monkeypatch.setattr(child.Crew, "call", dying)
    limit = 2
    store.ingest(city, sheets[:1], survey="new", captured_on=ON)
    limit = 99
    with pytest.raises(BadFile, match=r"ended the process 3 times \(it was killed\); look at 0\.tif"):
        store.ingest(city, sheets[:1], survey="other", captured_on=ON)


@pytest.fixture
def cluster():
    """A Dask cluster of two worker processes, over TCP."""
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options, host="127.0.0.1", protocol="tcp", silence_logs=50) as running:
        yield running


def test_a_dask_cluster_builds_the_same_bytes_also_when_a_worker_is_killed(tmp_path, sheets, cluster):
    killed = []

    def kill_one(items, title, total):
        for item in items:
            if title == "tiles" and not killed:
                killed.append(cluster.workers[0].pid)
                os.kill(killed[0], signal.SIGKILL)
            yield item

    alone = store.ingest(open_city(tmp_path / "alone", create=True), sheets, survey="new", captured_on=ON)
    for name, options in (("calm", {}), ("rough", {"progress": kill_one})):
        city = open_city(tmp_path / name, create=True)
        made = store.ingest(city, sheets, survey="new", captured_on=ON, scheduler=cluster.scheduler_address, **options)
        assert bytes_of(made) == bytes_of(alone)
    assert killed != []


def test_a_scheduler_that_is_not_there(city, sheets):
    pytest.importorskip("distributed")
    with pytest.raises(BadInput, match="no Dask scheduler answers at nonsense://x"):
        store.ingest(city, sheets[:1], survey="new", captured_on=ON, scheduler="nonsense://x")
    assert store.surveys(city) == []


@pytest.mark.parametrize(("mean", "magic"), [(10_000, b"II*\0"), (70_000, b"II+\0")])
def test_a_file_of_four_gigabytes_is_a_big_tiff(mean, magic):
    """Laid out, not written: 65,536 tiles of `mean` bytes, and where the last one stands."""
    tms = TILE_MATRIX_SETS["KoreaCentral5186Quad"]
    plan = parts.pyramid.Plan(tms.id, 12, 12, ((12, 0, 0),), (100, 100), (256, 256))
    rows = np.zeros(256 * 256, layout.ROW)
    rows["z"], rows["stream"] = 12, mean
    rows["x"], rows["y"] = np.tile(np.arange(256) + 100, 256), np.repeat(np.arange(256) + 100, 256)
    placed = layout.place(tms, plan, rows, b"\xff\xd8\xff\xd9", {})
    assert placed.head[:4] == magic
    assert placed.size == len(placed.head) + mean * 65_536
    image, _ = parts_of(placed.head)
    offsets = image[324].astype(np.int64)
    assert offsets[0] == len(placed.head)
    assert offsets[-1] == placed.size - mean
    assert (np.diff(offsets) == mean).all()


def parts_of(head):
    from geo.orthophoto import tiff

    return tiff.directories(head)
