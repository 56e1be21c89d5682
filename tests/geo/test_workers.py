"""Workers end when the process that hands out their work is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

WORK = """
import time
from geo.change import scan
with scan.crew(None, None, 2) as run:
    print(*set(run(eval, ["__import__('time').sleep(0.3) or __import__('os').getpid()"] * 4)), flush=True)
    time.sleep(60)
"""


def alive(pid):
    """Whether a process runs; one that has ended may wait for its reaper."""
    file = Path(f"/proc/{pid}/stat")
    return file.exists() and file.read_text().rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
def test_workers_of_a_killed_run_end_too():
    root = str(Path(__file__).parents[2])
    with subprocess.Popen([sys.executable, "-c", WORK], stdout=subprocess.PIPE, cwd=root, text=True) as run:
        workers = [int(pid) for pid in run.stdout.readline().split()]
        assert len(workers) == 2
        assert all(alive(pid) for pid in workers)
        os.kill(run.pid, signal.SIGKILL)
    end = time.monotonic() + 20
    while any(alive(pid) for pid in workers) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(alive(pid) for pid in workers)
