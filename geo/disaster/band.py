"""The band of results over what is not known of the pumps: from the lowest assumed capacity to the highest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from geo.disaster.impact import KINDS
from geo.disaster.scenario import FAILURES, WORKS

_WORKS, _FAILURES = tuple(WORKS), tuple(FAILURES)
FIGURES = ("peak_level_m", "flooded_m2", "pumped_volume_m3", "uncertain_m2")


def bands(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the lowest and highest figure over the capacities for each storm, state of the works and failure."""

    def same(row: Mapping[str, Any]) -> tuple[float, float, int, int]:
        return row["rain_mm"], row["stage_m"], _WORKS.index(row["works"]), _FAILURES.index(row["failure"])

    found = []
    for (rain, stage, works, failure), group in groupby(sorted(rows, key=same), same):
        members = list(group)
        figures = {name: _span(member["summary"][name] for member in members) for name in FIGURES}
        sites = [member["summary"]["sites"] for member in members]
        people = [member["summary"]["residents"] for member in members]
        known = [one["known"] for one in people if one["known"] is not None]
        found.append({
            "rain_mm": rain, "stage_m": stage, "works": _WORKS[works], "failure": _FAILURES[failure],
            "capacities": [member["capacity"] for member in members if member["capacity"] is not None],
            "scenarios": [member["id"] for member in members],
            **figures,
            "sites": {kind: _span(one[kind] for one in sites) for kind in KINDS},
            "residents": {
                "known": _span(known) if known else None,
                "assumed": _span(bound for one in people for bound in one["assumed"]),
            },
        })  # fmt: skip
    return found


def _span(values: Iterable[float]) -> list[float]:
    every = list(values)
    return [min(every), max(every)]


def told(values: Sequence[float], *, unit: float = 1.0, digits: int) -> str:
    """Return the lowest and highest of a band in words, in multiples of `unit`; one figure where they read the same."""
    low, high = (f"{value / unit:,.{digits}f}" for value in values)
    return low if low == high else f"{low} ~ {high}"
