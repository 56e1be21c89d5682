"""Change runs on disk and in the database: the work of a detection, its changes, and pairs of image files."""

from geo.change.store.detecting import detect
from geo.change.store.images import evaluate, predict
from geo.change.store.records import changes, export, run, runs, touching

__all__ = ["changes", "detect", "evaluate", "export", "predict", "run", "runs", "touching"]
