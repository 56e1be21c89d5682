"""`geo change`: probability of change of two images, figures against labels, runs and their export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from geo import console
from geo.change import store

group = click.Group("change")
_FILE = click.Path(path_type=Path)


@console.command(group, "predict")
@click.argument("before", metavar="A", type=_FILE)
@click.argument("after", metavar="B", type=_FILE)
@click.argument("out", metavar="OUT", type=_FILE)
def predict(data: Path, before: Path, after: Path, out: Path) -> dict[str, Any]:
    """Write the probability of change of two images (A older, B newer) to OUT, .tif or .png, 0 to 255."""
    return store.predict(before, after, out, progress=console.progress)


@console.command(group, "evaluate")
@click.argument("folder", metavar="DIR", type=_FILE)
def evaluate(data: Path, folder: Path) -> dict[str, Any]:
    """Compare predictions for the pairs DIR/A and DIR/B with DIR/label, per pixel and per object."""
    return store.evaluate(folder, progress=console.progress)


@console.command(group, "list")
def list_runs(data: Path) -> list[dict[str, Any]]:
    """List the runs, the newest pair of dates first."""
    return store.runs(console.city(data))


@console.command(group, "export")
@click.argument("run")
@click.argument("file", type=_FILE)
def export(data: Path, run: str, file: Path) -> dict[str, str]:
    """Write the changes of RUN to FILE: .gpkg, .parquet, .geojson or .fgb."""
    return {"run": run, "file": str(store.export(console.city(data), run, file))}
