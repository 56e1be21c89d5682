"""Flow and level through time: what comes into a basin, and what stands outside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Inflow:
    """Flow into the basin, m3/s: linear from `start` to `end` in each interval between two `edges_s`, 0 outside."""

    edges_s: Array
    start_m3s: Array
    end_m3s: Array

    def volume(self, until_s: float) -> float:
        """Return the m3 that flow in by a time."""
        t0, t1 = self.edges_s[:-1], np.minimum(self.edges_s[1:], until_s)
        span = np.maximum(t1 - t0, 0.0)
        whole = np.diff(self.edges_s)
        last = self.start_m3s + (self.end_m3s - self.start_m3s) * span / whole
        return float(((self.start_m3s + last) / 2 * span).sum())

    def peak(self, until_s: float) -> float:
        """Return the greatest m3/s by a time."""
        if not len(self.start_m3s):
            return 0.0
        t0, t1 = self.edges_s[:-1], self.edges_s[1:]
        share = np.clip((until_s - t0) / (t1 - t0), 0.0, 1.0)
        last = self.start_m3s + (self.end_m3s - self.start_m3s) * share
        return float(np.maximum(self.start_m3s, last)[t0 < until_s].max(initial=0.0))


@dataclass(frozen=True, slots=True)
class Tailwater:
    """The level outside, m: linear between points, constant before the first and after the last."""

    times_s: Array
    levels_m: Array

    def at(self, time_s: float) -> float:
        """Return the level at a time."""
        return float(np.interp(time_s, self.times_s, self.levels_m))


def stretches(inflow: Inflow, times: Array) -> Iterable[tuple[float, float, float, float]]:
    """Yield t0, t1, q0, q1 of each stretch of linear inflow that neither one of `times` nor a point of it cuts."""
    edges = inflow.edges_s
    cuts = np.union1d(times, edges[(edges > times[0]) & (edges < times[-1])])
    t0, t1 = cuts[:-1], cuts[1:]
    place = np.searchsorted(edges, t0, "right") - 1
    inside = (place >= 0) & (place < len(edges) - 1)
    q0, q1 = np.zeros(len(t0)), np.zeros(len(t0))
    at = place[inside]
    slope = (inflow.end_m3s[at] - inflow.start_m3s[at]) / (edges[at + 1] - edges[at])
    q0[inside] = inflow.start_m3s[at] + slope * (t0[inside] - edges[at])
    q1[inside] = inflow.start_m3s[at] + slope * (t1[inside] - edges[at])
    return zip(t0.tolist(), t1.tolist(), q0.tolist(), q1.tolist(), strict=True)
