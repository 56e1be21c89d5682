"""The city's own head of the building channel: fitted to what the city knows, kept where it is no worse."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import geopandas as gpd
import pandas as pd

from geo import audit
from geo.change import model, scan
from geo.change.store import records
from geo.change.store.detecting import Survey
from geo.change.training import labels
from geo.change.training.refit import Example, refit
from geo.database import City, write
from geo.errors import BadInput, Conflict
from geo.raster import Reader

Progress = Callable[[Iterable[Any], str, int | None], Iterable[Any]]
LEAST_PX = 60
"""Ground with fewer labelled pixels (15 m2) teaches nothing."""


def head(city: City) -> model.Head | None:
    """Return the city's own head, None where it has none. Raises Conflict when it was fitted to another model."""
    file = _file(city)
    if not file.exists():
        return None
    held = json.loads(file.read_text())
    if held["model"] != _digest():
        raise Conflict(f"{file} was fitted to another model; run 'geo change train' again, or remove that file")
    return model.Head(tuple(tuple(row) for row in held["head"]["weights"]), tuple(held["head"]["biases"]))


def train(
    city: City,
    before_reader: Reader,
    after_reader: Reader,
    *,
    before: Survey,
    after: Survey,
    permits: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    officer: str,
    at: datetime,
    progress: Progress,
) -> dict[str, Any]:
    """Fit the head to what the city knows between two surveys; return what it was made of and how good it is.

    It is kept, and used by each detection from then on, where it does no worse than the one before on a fifth of the
    examples left out. Raises BadInput where too little is known.
    """
    dates = before.captured_on.isoformat(), after.captured_on.isoformat()
    mine = [run["id"] for run in records.runs(city) if (run["before"], run["after"]) == (before.id, after.id)]
    changes = pd.concat([records.changes(city, run) for run in mine]) if mine else _no_changes()
    ground = labels.known(permits, parcels, gpd.GeoDataFrame(changes), dates)
    if ground.empty:
        raise BadInput(f"nothing is known of buildings between {dates[0]} and {dates[1]}: no approval, no verdict")
    pair = scan.prepare(before_reader, after_reader, tuple(ground.total_bounds), progress=progress)
    rows = list(progress(list(zip(ground["kind"], ground.geometry, strict=True)), "examples", len(ground)))
    seen = [(kind, _example(pair, kind, shape)) for kind, shape in rows]
    told = [(kind, example) for kind, example in seen if (example.change <= 1).sum() >= LEAST_PX]
    start = head(city) or model.shipped_head()
    fitted = refit([example for _, example in told], start)
    report = {
        "before": before.id, "after": after.id, "trained_at": at.isoformat(), "trained_by": officer,
        "examples": {name: [kind for kind, _ in told].count(name) for name in ground["kind"].unique()},
        "held_out": {"before": asdict(fitted.before), "after": asdict(fitted.after)},
        "kept": fitted.after.no_worse_than(fitted.before), "model": _digest(),
    }  # fmt: skip
    if report["kept"]:
        _keep(city, report | {"head": asdict(fitted.head)}, officer, at)
    return report


def _no_changes() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"class": pd.Series([], dtype=str), "verdict": pd.Series([], dtype=str)}, geometry=[])


def _example(pair: scan.Pair, kind: str, shape: Any) -> Example:
    features, seen = model.features(pair.read, labels.window(shape))
    return Example(features, labels.label(kind, shape, seen))


def _keep(city: City, known: dict[str, Any], officer: str, at: datetime) -> None:
    """Write the head aside and rename it, with an entry in the audit."""
    file = _file(city)
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{uuid4().hex}.json")
    temporary.write_text(json.dumps(known, ensure_ascii=False, indent=1))
    told = {name: value for name, value in known.items() if name != "head"}
    subject, reason = f"{known['before']}-{known['after']}", "fitted to permits, register and verdicts"
    with write(city, *audit.TABLES) as connection:
        entry = audit.Entry(at=at, officer=officer, action="change.train", subject=subject, reason=reason, after=told)
        audit.append(connection, city, entry)
    temporary.replace(file)


def _file(city: City) -> Path:
    return city.folder / "change" / "head.json"


def _digest() -> str:
    return hashlib.sha256(model.WEIGHTS.read_bytes()).hexdigest()
