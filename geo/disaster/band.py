"""The band of results over what is not known of the pumps: from the lowest assumed velocity to the highest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from geo.disaster.scenario import FAILURES, WORKS

_WORKS, _FAILURES = tuple(WORKS), tuple(FAILURES)
FIGURES = ("peak_level_m", "flooded_m2", "pumped_volume_m3", "uncertain_m2")


def bands(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the lowest and highest figure over the velocities for each storm, state of the works and failure."""

    def same(row: Mapping[str, Any]) -> tuple[float, float, int, int]:
        return row["rain_mm"], row["stage_m"], _WORKS.index(row["works"]), _FAILURES.index(row["failure"])

    found = []
    for (rain, stage, works, failure), group in groupby(sorted(rows, key=same), same):
        members = list(group)
        figures = {name: sorted(member["summary"][name] for member in members) for name in FIGURES}
        sites = sorted(sum(member["summary"]["sites"].values()) for member in members)
        found.append({
            "rain_mm": rain, "stage_m": stage, "works": _WORKS[works], "failure": _FAILURES[failure],
            "velocities_m_s": sorted(m["velocity_m_s"] for m in members if m["velocity_m_s"] is not None),
            "scenarios": [member["id"] for member in members],
            **{name: [values[0], values[-1]] for name, values in figures.items()},
            "sites_reached": [sites[0], sites[-1]],
        })  # fmt: skip
    return found
