"""Change runs on disk and in the database: the work of a detection, its changes, and pairs of image files."""

from geo.change.store.detecting import detect
from geo.change.store.images import evaluate, predict
from geo.change.store.records import change, changes, export, hidden, run, runs, touching
from geo.change.store.refitting import head, train
from geo.change.store.verdicts import history, judge

__all__ = [
    "change",
    "changes",
    "detect",
    "evaluate",
    "export",
    "head",
    "hidden",
    "history",
    "judge",
    "predict",
    "run",
    "runs",
    "touching",
    "train",
]
