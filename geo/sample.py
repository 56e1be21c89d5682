"""The sample city: a synthetic town drawn inside the real boundary, taken through every step that a real one takes."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime
from importlib import import_module

from geo import answers
from geo.database import City, note, noted
from geo.disaster import store as disaster
from geo.disaster.scenario import Axes
from geo.errors import Conflict
from geo.orthophoto import store as orthophoto
from geo.registry import store as registry

SURVEYS = {"2024": date(2024, 5, 14), "2025": date(2025, 9, 28), "2026": date(2026, 4, 22)}
REGISTER = {
    "parcels": "parcels.shp",
    "roads": "roads.gpkg",
    "permits": "permits.gpkg",
    "zoning": "zoning.gpkg",
    "coverage": "coverage.gpkg",
}
PAIRS = (("2024", "2025"), ("2025", "2026"))
TWO_STORMS = Axes(rain_mm=(200, 300), stage_m=(13,))
Say = Callable[[str], None]


def build(city: City, *, at: datetime, say: Say, progress: answers.Progress, scale: float = 1.0) -> None:
    """Draw the town and take it in, step by step; what an earlier call finished is not done again.

    `scale` below 1 photographs only a corner of it, with the whole register, and floods the zone by two storms alone.
    Raises Conflict when the data folder holds a city that is not this one.
    """
    if noted(city, "sample") == "built":
        return
    if noted(city, "sample") is None and (orthophoto.surveys(city) or len(registry.sources(city))):
        raise Conflict(f"{city.folder} holds a city already; serve it with 'geo serve', or name another folder")
    note(city, "sample", "building")
    note(city, "synthetic", "true")
    folder = city.folder / "sample"
    if noted(city, "sample_drawn") is None:
        say("drawing the synthetic town (three dates, registers, terrain)")
        import_module("sample_data.make").draw(
            folder, scale=scale, progress=lambda what, done, of: say(f"  {what} ({done} of {of})")
        )
        note(city, "sample_drawn", "true")
    held = {survey.id for survey in orthophoto.surveys(city)}
    for id, captured_on in SURVEYS.items():
        if id not in held:
            say(f"ingesting the orthophotos of {captured_on}")
            sheets = sorted((folder / "orthophoto" / id).glob("*.tif"))
            orthophoto.ingest(city, sheets, survey=id, captured_on=captured_on, progress=progress)
    for kind, file in REGISTER.items():
        say(f"importing {kind}")
        registry.import_file(city, kind, folder / "registry" / file, at=at)
    say("importing the Yulgok disaster zone")
    disaster.import_file(city, folder / "disaster" / "yulgok.json", at=at)
    say("computing the flood scenarios of the zone")
    storms, workers = (None, os.cpu_count() or 1) if scale == 1 else (TWO_STORMS, 1)
    terrain = folder / "terrain" / "synthetic_dem_2m.tif"
    answers.flood_scenarios(city, "yulgok", terrain, axes=storms, workers=workers, progress=progress)
    for before, after in PAIRS:
        say(f"finding changes from {before} to {after}")
        answers.detect(city, before, after, area=None, workers=os.cpu_count() or 1, progress=progress)
    note(city, "sample", "built")
