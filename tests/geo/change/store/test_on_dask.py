"""A Dask scheduler of its own process, killed mid-run: the run goes on with another one and ends with equal bytes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geo.change import store
from geo.database import open_city
from geo.errors import Conflict

distributed = pytest.importorskip("distributed")


@pytest.fixture
def start(tmp_path):
    """Start a scheduler and one worker as `dask` does; returns the scheduler's process and address."""
    begun, file = [], tmp_path / "scheduler.json"

    def dask(*words):
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[4])}
        words = [sys.executable, "-m", "dask", *words, "--no-dashboard", "--scheduler-file", file]
        begun.append(subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL))
        return begun[-1]

    def both():
        file.unlink(missing_ok=True)
        scheduler = dask("scheduler", "--host", "tcp://127.0.0.1", "--port", "0")
        end = time.monotonic() + 60
        while not file.exists():
            assert time.monotonic() < end
            time.sleep(0.1)
        dask("worker", "--nworkers", "1", "--nthreads", "1", "--death-timeout", "30", "--no-nanny")
        return scheduler, json.loads(file.read_text())["address"]

    yield both
    for process in begun:
        process.kill()
        process.wait()


def test_a_killed_scheduler_changes_nothing(tmp_path, straddling, surveys, same, start):
    city = open_city(tmp_path / "killed", create=True)
    scheduler, address = start()

    def kill_after_one(items, title, total):
        for n, item in enumerate(items):
            if title == "blocks" and n == 1:
                scheduler.send_signal(signal.SIGKILL)
            yield item

    with pytest.raises(Conflict, match="was lost; run the same command again"):
        store.detect(city, *straddling[:2], **surveys, scheduler=address, progress=kill_after_one)
    assert store.runs(city) == []
    left = []
    store.detect(
        city, *straddling[:2], **surveys, scheduler=start()[1], progress=lambda i, title, n: left.append(n) or i
    )
    assert left[-1] < 4
    same(city)
