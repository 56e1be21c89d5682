"""Scenarios that are killed in the middle: nothing half written is served, and the end is the same."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import rasterio
from affine import Affine

from geo.crs import CITY
from geo.database import open_city
from geo.disaster import store

LEFT, BOTTOM = 194_000.0, 592_000.0  # of the zone that conftest draws
PUMPS = {"pump_count": 2, "capacity_low_m3s": 0.21, "capacity_nominal_m3s": 0.35, "capacity_high_m3s": 0.42,
         "capacity_basis": "가정"}  # fmt: skip


@pytest.fixture
def compute(tmp_path, document, write, at):
    """Begins the command for a city of its own, of which the name is given."""
    document["facilities"][0] |= PUMPS
    document["assumptions"][4]["values"] = [20, 40]
    document["assumptions"][5]["values"] = [11, 13]
    z = np.full((100, 150), 11.0, np.float32)
    z[[0, -1]] = z[:, [0, -1]] = 30
    with rasterio.open(
        tmp_path / "dem.tif", "w", driver="GTiff", width=150, height=100, count=1, dtype="float32", crs=CITY,
        transform=Affine(2, 0, LEFT - 50, 0, -2, BOTTOM + 150),
    ) as target:  # fmt: skip
        target.write(z, 1)

    def begin(name):
        data = tmp_path / name
        if not data.exists():
            store.import_file(open_city(data, create=True), write(document), at=at)
        words = ["disaster", "scenarios", "zone", "--terrain", tmp_path / "dem.tif", "--workers", "2", "--data", data]
        return data / "disaster" / "zone", subprocess.Popen([sys.executable, "-m", "geo", *words])

    return begin


def held(home):
    return {file.relative_to(home): file.read_bytes() for file in sorted(home.rglob("*")) if file.is_file()}


def children(pid):
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in found.stdout.split()]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_run_killed_twice_ends_with_the_same_bytes_and_leaves_no_process(compute):
    whole, run = compute("whole")
    assert run.wait(120) == 0
    for finished in (2, 20):
        home, run = compute("killed")
        end = time.monotonic() + 120
        while len(list(home.glob("*/*.json"))) < finished:
            assert run.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        workers = children(run.pid)
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert not (home / "current").exists()
        end = time.monotonic() + 30
        while any(alive(pid) for pid in workers):
            assert time.monotonic() < end, "its workers outlive it"
            time.sleep(0.05)
    home, run = compute("killed")
    assert run.wait(120) == 0
    assert len(held(home)) == 36 * 2 + 3
    assert held(home) == held(whole)
