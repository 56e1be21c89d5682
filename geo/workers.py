"""Worker processes that end with the one that hands out their work."""

from __future__ import annotations

import os
from multiprocessing import parent_process
from threading import Thread


def end_with_parent() -> None:
    """Watch the process that started this one and leave when it is killed: nobody would tell its workers to stop."""
    Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)
