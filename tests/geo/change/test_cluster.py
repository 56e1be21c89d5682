"""A Dask cluster in place of processes: the same result, also when a worker is killed; a lost one is told."""

import os
import signal
import sys
from pathlib import Path

import pytest

from geo.change import cluster, scan
from geo.errors import BadInput, Conflict

distributed = pytest.importorskip("distributed")


@pytest.fixture
def started(monkeypatch):
    """A scheduler and two worker processes that find the drawn reader."""
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[3]), *sys.path])
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options, host="127.0.0.1", protocol="tcp", silence_logs=50) as made:
        yield made


def once_killed(task):
    """Kill the worker at the first try of the second item."""
    number, mark = task
    if number == 1 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * 10


def test_a_killed_worker_changes_nothing(started, tmp_path):
    with cluster.connected(started.scheduler_address) as run:
        assert list(run(once_killed, [(n, tmp_path / "killed") for n in range(4)])) == [0, 10, 20, 30]
    assert (tmp_path / "killed").exists()


def test_it_finds_what_one_process_finds(started, straddling):
    before, after, bounds = straddling
    found = []
    for address in (None, started.scheduler_address):
        with scan.crew(before, after, 1, address) as run:
            pair = scan.prepare(before, after, bounds, run)
            found.append(scan.assemble(list(scan.each(pair, scan.blocks(bounds), run))))
    assert found[0]["change_id"].tolist() == found[1]["change_id"].tolist()
    assert [g.wkb for g in found[0].geometry] == [g.wkb for g in found[1].geometry]


def test_a_cluster_that_is_lost_is_told(started):
    def lose():
        with cluster.connected(started.scheduler_address) as run:
            for number in run(abs, range(3)):
                if number == 1:
                    raise OSError("Timed out during handshake")

    with pytest.raises(Conflict, match="was lost; run the same command again"):
        lose()


def test_a_scheduler_that_is_not_there():
    with pytest.raises(BadInput, match="no Dask scheduler answers at nonsense://x"), cluster.connected("nonsense://x"):
        pass
