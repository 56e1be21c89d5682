"""A server under load by wrk: its rate, its delay, and the CPU of its process tree."""

import os
import re
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """A server under load: its process tree's CPU is read before and after."""

    def __init__(self, command: list[str], port: int, probe: str, environment: dict[str, str] | None = None) -> None:
        self.port = port
        self.process = subprocess.Popen(
            command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 60
        while True:
            try:
                self.get(probe)
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def get(self, path: str) -> bytes:
        """Return what stands at a path."""
        return urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}").read()

    def cpu_s(self) -> float:
        """Return the seconds that the process and its children have used."""
        total, waiting = 0, [self.process.pid]
        while waiting:
            pid = waiting.pop()
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
            for thread in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
        return total / TICK

    def settled_cpu_s(self) -> float:
        """Wait until nothing is under way; return the seconds used by then."""
        used = -1.0
        while used != (now := self.cpu_s()):
            used = now
            time.sleep(0.1)
        return used

    def load(self, walk: Path, connections: int, seconds: int) -> dict[str, float]:
        """Return tiles per second, CPU microseconds per tile and p50 in ms."""
        before = self.cpu_s()
        out = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s", str(walk),
             f"http://127.0.0.1:{self.port}"], capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        used = self.settled_cpu_s() - before
        if "Non-2xx" in out or "Socket errors" in out:
            raise SystemExit(f"{walk.name}: {out}")
        count, span, unit = re.search(r"(\d+) requests in ([\d.]+)(s|m)", out).groups()
        middle, scale = re.search(r"50%\s+([\d.]+)(us|ms|s)", out).groups()
        return {
            "rate": int(count) / float(span) / (60 if unit == "m" else 1),
            # what was under way when wrk stopped has been worked off too
            "cpu_us": used / (int(count) + connections) * 1e6,
            "p50_ms": float(middle) * {"us": 1e-3, "ms": 1, "s": 1e3}[scale],
        }


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]
