"""Edits roads in one child process after another and kills each in the middle: run by test_store_crash.py."""

import os
import random
import signal
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from geo import boundaries
from geo.database import open_city
from geo.registry import store
from geo.registry.event import Document, Event

PAPER = (Document("기타", "건축과-1"),)


def edit(city, uid, turn):
    row = store.road(city, uid)
    at = datetime.now(ZoneInfo("Asia/Seoul"))
    if turn % 2:
        north = np.array([0, 2.0 if turn % 4 == 1 else -2.0])
        moved = shapely.transform(row["geometry"], lambda points: points + north)
        event = Event("CORRECT", geometry=moved, documents=PAPER)
    else:
        since = max(date.fromisoformat(row["valid_from"]), date(2011, 1, 1)) + timedelta(days=1)
        width = 5.0 if row["width_m"] == 4.0 else 4.0
        event = Event(
            "CHANGE_WIDTH", effective_on=since, values={"width_m": width}, documents=PAPER,
            consents_required=1, consents_obtained=1, parties=({"name": "아무개", "pnu": "1"},),
        )  # fmt: skip
    store.amend_road(city, uid, event, versions=None, officer="kim", at=at, reason="측량")


def child(folder, url, seed, ready):
    city = open_city(Path(folder), url or None)
    for turn in range(seed, 100_000):
        edit(city, f"r-{turn % 3}", turn)
        os.write(ready, b".")


if __name__ == "__main__":
    folder, url, kills = sys.argv[1], sys.argv[2], int(sys.argv[3])
    chance = random.Random(7)
    boundaries.city()  # read once, for every child
    for kill in range(kills):
        heard, ready = os.pipe()
        pid = os.fork()  # nothing is open yet in this process, and all is imported
        if pid == 0:
            child(folder, url, kill * 10, ready)
        os.close(ready)
        os.read(heard, 1)  # it has made its first edit
        time.sleep(chance.uniform(0, 0.15))
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        os.close(heard)
        assert os.WIFSIGNALED(status), f"the child ended by itself: {status}"
