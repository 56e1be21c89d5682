"""Level-pool routing: inflow into a basin, pumps and a gate out of it, its level through time; no volume is lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from geo.disaster.basin import Gate, Pumps, Storage
from geo.disaster.hydrograph import Inflow, Tailwater, stretches
from geo.errors import BadInput

Array = npt.NDArray[np.float64]
_MOST_STARTS = 100_000
_CLOSE_S = 1e-9  # near enough to the instant when a pump starts or stops
_NEXT_TO_NOTHING = 1e-6  # of what was held at the start, or of a cubic metre


@dataclass(frozen=True, slots=True)
class Routed:
    """What a basin did: its level at each step, and what came, went and stayed.

    `mass_balance_error` is relative to the inflow, or to what was held at the start where next to nothing came.
    """

    times_s: Array
    levels_m: Array
    peak_level_m: float
    peak_volume_m3: float
    inflow_volume_m3: float
    pumped_volume_m3: float
    gate_volume_m3: float
    starts: tuple[int, ...]
    mass_balance_error: float


class _Sum:
    """A running sum that keeps what rounding would lose (Neumaier 1974)."""

    __slots__ = ("lost", "total")

    def __init__(self) -> None:
        self.total = self.lost = 0.0

    def add(self, value: float) -> None:
        both = self.total + value
        big, small = (self.total, value) if abs(self.total) >= abs(value) else (value, self.total)
        self.lost += (big - both) + small
        self.total = both

    @property
    def value(self) -> float:
        return self.total + self.lost


class _State:
    """What changes while water is routed: the volume held since the start, which pumps run, what has left."""

    __slots__ = ("change", "gated", "highest", "pumped", "running", "start", "starts")

    def __init__(self, start: float, groups: int) -> None:
        self.start = self.highest = start
        self.running = [False] * groups
        self.starts = [0] * groups
        self.change, self.pumped, self.gated = _Sum(), _Sum(), _Sum()

    @property
    def volume(self) -> float:
        return self.start + self.change.value


def route(
    basin: Storage,
    inflow: Inflow,
    *,
    initial_level_m: float,
    duration_s: float,
    step_s: float,
    pumps: Sequence[Pumps] = (),
    gate: Gate | None = None,
    tailwater: Tailwater | None = None,
) -> Routed:
    """Route `inflow` through `basin` and return its level at every step, from 0 to the end.

    With pumps of constant capacity and no gate every instant is exact, whatever the step; with a gate or head curves
    each step is a Runge-Kutta step of fourth order. Where `tailwater` is None nothing outside stands against it.
    Raises BadInput for pumps that stop above their start or below the bottom, and a level outside the table.
    """
    _check(basin, pumps, initial_level_m)
    times = np.append(np.arange(0.0, duration_s - 1e-9 * step_s, step_s), duration_s)
    router = _Router(basin, pumps, gate, tailwater)
    state = _State(basin.volume(initial_level_m), len(pumps))
    router.switch(state)
    levels = [initial_level_m]
    stops = iter(times[1:].tolist())
    stop = next(stops)
    for t0, t1, q0, q1 in stretches(inflow, times):
        router.run(state, t0, t1, q0, q1)
        if t1 >= stop:
            levels.append(basin.level(state.volume))
            stop = next(stops, duration_s)
    came = inflow.volume(duration_s)
    left = came - state.pumped.value - state.gated.value - state.change.value
    return Routed(
        times_s=times,
        levels_m=np.array(levels),
        peak_level_m=basin.level(state.highest),
        peak_volume_m3=state.highest,
        inflow_volume_m3=came,
        pumped_volume_m3=state.pumped.value,
        gate_volume_m3=state.gated.value,
        starts=tuple(state.starts),
        mass_balance_error=left
        / (came if came > _NEXT_TO_NOTHING * max(state.start, 1.0) else max(state.start, _NEXT_TO_NOTHING)),
    )


def _check(basin: Storage, pumps: Sequence[Pumps], initial_level_m: float) -> None:
    bottom, top = basin.bottom_m, basin.top_m
    for place, group in enumerate(pumps):
        if group.off_m >= group.on_m:
            raise BadInput(f"pumps[{place}]: off_m {group.off_m} must lie below on_m {group.on_m}")
        if group.off_m < bottom:
            raise BadInput(f"pumps[{place}]: off_m {group.off_m} lies below the bottom of the basin, {bottom} m")
    if not bottom <= initial_level_m <= top:
        raise BadInput(f"initial_level_m {initial_level_m} lies outside the stage-area table, {bottom} to {top} m")


class _Router:
    """Moves a state over a stretch of linear inflow, from one start or stop of a pump to the next."""

    def __init__(self, basin: Storage, pumps: Sequence[Pumps], gate: Gate | None, tailwater: Tailwater | None) -> None:
        self.basin, self.pumps, self.gate, self.tailwater = basin, pumps, gate, tailwater
        self.on = [basin.volume(group.on_m) for group in pumps]
        self.off = [basin.volume(group.off_m) for group in pumps]
        self.constant = gate is None and all(group.curve is None for group in pumps)

    def run(self, state: _State, t0: float, t1: float, q0: float, q1: float) -> None:
        """Move `state` from t0 to t1 while the inflow goes from q0 to q1."""
        span, at = t1 - t0, 0.0
        slope = (q1 - q0) / span
        while (left := span - at) > 0:
            flow = q0 + slope * at
            if self.constant:
                lead, target = self._exactly(state, flow, slope, left)
            else:
                lead, target = self._step(state, t0 + at, flow, slope, left)
            at += lead
            state.highest = max(state.highest, state.volume)
            self.switch(state, target)
            if lead == left:
                break

    def switch(self, state: _State, target: float | None = None) -> None:
        """Start and stop the pumps whose volume is reached; `target` is just reached, whatever the rounding says."""
        volume = state.volume
        for place, (on, off) in enumerate(zip(self.on, self.off, strict=True)):
            if state.running[place]:
                state.running[place] = not (volume <= off or off == target)
            elif self.pumps[place].count and (volume >= on or on == target):
                state.running[place] = True
                state.starts[place] += 1
                if state.starts[place] > _MOST_STARTS:
                    raise BadInput(
                        f"pumps[{place}] start more than {_MOST_STARTS} times; set on_m and off_m further apart"
                    )

    def _targets(self, state: _State) -> tuple[float | None, float | None]:
        """Return the next volume below at which a pump stops, and above at which one starts."""
        groups = list(zip(self.pumps, self.on, self.off, state.running, strict=True))
        stops = [off for _, _, off, runs in groups if runs]
        starts = [on for group, on, _, runs in groups if group.count and not runs]
        return max(stops, default=None), min(starts, default=None)

    def _exactly(self, state: _State, flow: float, slope: float, left: float) -> tuple[float, float | None]:
        """Move on to the next event, or by `left` seconds: the volume is a parabola in time."""
        volume = state.volume
        out = sum(group.flow(0.0, 0.0) for group, runs in zip(self.pumps, state.running, strict=True) if runs)
        net = flow - out
        lead, target = left, None
        for place, sign in zip(self._targets(state), (-1.0, 1.0), strict=True):
            seconds = None if place is None else _crossing(volume - place, net, slope, sign)
            if seconds is not None and seconds < lead:
                lead, target = seconds, place
        if slope < 0 < net and -net / slope < lead:
            state.highest = max(state.highest, volume - net * net / slope / 2)
        state.pumped.add(out * lead)
        state.change.add(net * lead + slope * lead * lead / 2)
        return lead, target

    def _step(self, state: _State, t: float, flow: float, slope: float, left: float) -> tuple[float, float | None]:
        """Move on by one Runge-Kutta step, cut at the first event; no more flows out than there is."""
        volume, lead = state.volume, left

        def end(seconds: float) -> float:
            out = sum(self._mean_out(state, t, flow, slope, seconds))
            return volume + (flow + slope * seconds / 2 - out) * seconds

        below, above = self._targets(state)
        reached = end(left)
        target = below if below is not None and reached < below else None
        if target is None and above is not None and reached > above:
            target = above
        if target is not None:
            lead = float(brentq(lambda seconds: end(seconds) - target, 0.0, left, xtol=_CLOSE_S))
        pumped, gated = self._mean_out(state, t, flow, slope, lead)
        held = max(volume + (flow + slope * lead / 2) * lead, 0.0)
        wanted = (pumped + gated) * lead
        share = held / wanted if wanted > held else 1.0
        state.pumped.add(pumped * lead * share)
        state.gated.add(gated * lead * share)
        state.change.add((flow + slope * lead / 2 - (pumped + gated) * share) * lead)
        return lead, target

    def _mean_out(self, state: _State, t: float, flow: float, slope: float, lead: float) -> tuple[float, float]:
        """Return the mean m3/s pumped and let out over `lead` seconds, by the classical fourth-order rule."""
        volume = state.volume
        stages = [self._out(state, volume, t)]
        for part in (0.5, 0.5, 1.0):
            seconds = part * lead
            held = volume + (flow + slope * seconds / 2 - sum(stages[-1])) * seconds
            stages.append(self._out(state, held, t + seconds))
        weights = (1 / 6, 1 / 3, 1 / 3, 1 / 6)
        pumped = sum(weight * stage[0] for weight, stage in zip(weights, stages, strict=True))
        return pumped, sum(weight * stage[1] for weight, stage in zip(weights, stages, strict=True))

    def _out(self, state: _State, volume: float, t: float) -> tuple[float, float]:
        level = self.basin.level(volume)
        outside = self.basin.bottom_m if self.tailwater is None else self.tailwater.at(t)
        pumped = sum(group.flow(level, outside) for group, runs in zip(self.pumps, state.running, strict=True) if runs)
        gated = self.gate.flow(level, max(outside, self.basin.bottom_m)) if self.gate else 0.0
        return pumped, gated


def _crossing(above: float, net: float, slope: float, sign: float) -> float | None:
    """Return the seconds until `above + net s + slope s2 / 2` passes zero in the direction of `sign`, or None."""
    a, b, c = sign * slope / 2, sign * net, sign * above
    if c >= 0:
        return 0.0
    square = b * b - 4 * a * c
    if square < 0:
        return None
    root = b + math.sqrt(square)
    return -2 * c / root if root > 0 else None
