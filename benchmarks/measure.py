"""What a command costs: CPU seconds and peak memory of its whole process tree, and wall seconds."""

import resource
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Of one run."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    """Most that all processes held at once: private pages, and their share of common ones."""


def run(command: list[str]) -> Cost:
    """Run a command to its end. Raises CalledProcessError."""
    before, began = _children(), time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    watch = _Watch(process.pid)
    watch.start()
    status = process.wait()
    wall = time.monotonic() - began
    watch.stop()
    if status:
        raise subprocess.CalledProcessError(status, command)
    return Cost(_children() - before, wall, watch.peak_kb / 1000)


def _children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


class _Watch(threading.Thread):
    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root, self.peak_kb, self._ended = root, 0, threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.1):
            self.peak_kb = max(self.peak_kb, sum(map(_held_kb, _tree(self.root))))

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _tree(root: int) -> list[int]:
    found, todo = [], [root]
    while todo:
        process = todo.pop()
        found.append(process)
        for tasks in Path(f"/proc/{process}/task").glob("*/children"):
            try:
                todo += map(int, tasks.read_text().split())
            except OSError:
                continue  # it has ended meanwhile
    return found


def _held_kb(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # it has ended meanwhile
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
