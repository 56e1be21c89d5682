"""One storage-and-pumps case: what `geo disaster simulate` reads, runs and answers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.disaster import rainfall, runoff
from geo.disaster.basin import Gate, HeadCurve, Pumps, StageStorage
from geo.disaster.hydrograph import Inflow, Tailwater
from geo.disaster.reading import count, decode, measure, members, number, pairs, positive
from geo.disaster.storage import route
from geo.errors import BadFile

Array = npt.NDArray[np.float64]
_MOST_STEPS = 2_000_000


@dataclass(frozen=True, slots=True)
class Catchment:
    """Ground that drains to the basin; `concentration_s` and `storage_s` are Clark's time and storage."""

    area_m2: float
    curve_number: float
    concentration_s: float
    storage_s: float


@dataclass(frozen=True, slots=True)
class Case:
    """A basin with its pumps and gate, and the water that comes: an inflow, or rain (rows t, mm) on a catchment."""

    duration_s: float
    step_s: float
    water: Inflow | tuple[Array, Catchment]
    basin: StageStorage
    initial_level_m: float
    pumps: tuple[Pumps, ...]
    gate: Gate | None
    tailwater: Tailwater | None


def parse(text: bytes) -> Case:
    """Return the case that a JSON text describes. Raises Unreadable or BadInput, naming the value at fault."""
    content = decode(text)
    _refuse_inches(content)
    found = members(
        "the case",
        content,
        required=("duration_h", "step_s", "basin"),
        optional=("inflow_m3s", "rain_mm", "catchment", "pumps", "gate"),
    )
    duration_s, step_s = positive("duration_h", found["duration_h"]) * 3600, positive("step_s", found["step_s"])
    if step_s > duration_s or duration_s / step_s > _MOST_STEPS:
        raise BadFile(f"step_s {step_s:g} makes {duration_s / step_s:.3g} steps; from 1 to {_MOST_STEPS:,} can be run")
    basin = members("basin", found["basin"], required=("stage_area", "initial_level_m"))
    gate, tailwater = _gate(found.get("gate"))
    pumps = _pumps(found.get("pumps"))
    if tailwater is None and any(group.curve for group in pumps):
        raise BadFile("a pump's curve lifts against a level outside; give gate.tailwater_m")
    return Case(
        duration_s=duration_s,
        step_s=step_s,
        water=_water(found.get("inflow_m3s"), found.get("rain_mm"), found.get("catchment")),
        basin=StageStorage(pairs("basin.stage_area", basin["stage_area"])),
        initial_level_m=number("basin.initial_level_m", basin["initial_level_m"]),
        pumps=pumps,
        gate=gate,
        tailwater=tailwater,
    )


def _refuse_inches(content: Any) -> None:
    """Rain in inches is the one unit that a case may be expected in and is not read."""
    for name, value in content.items() if isinstance(content, dict) else ():
        words = f"{name} {value}".lower() if isinstance(value, str) else name.lower()
        if "inch" in words or words.endswith(("_in", " in", "_in_h")):
            raise BadFile(f"{name[:40]!r} gives rain in inches; give rain_mm in millimetres (1 inch is 25.4 mm)")


def _water(inflow: Any, rain: Any, catchment: Any) -> Inflow | tuple[Array, Catchment]:
    if (inflow is None) == (rain is None):
        raise BadFile(f"give one of inflow_m3s and rain_mm; {'both are' if rain is not None else 'neither is'} given")
    if inflow is not None:
        if catchment is not None:
            raise BadFile("catchment goes with rain_mm, not with inflow_m3s")
        return _inflow(_series("inflow_m3s", inflow))
    if catchment is None:
        raise BadFile("catchment is missing: rain_mm falls on one")
    depths = _series("rain_mm", rain)
    if len(depths) < 2 and depths[0, 1] > 0:
        raise BadFile("rain_mm has one row, so nothing says when its rain ends; add a row [t, 0] there")
    of = members("catchment", catchment, required=("area_km2", "curve_number", "tc_h", "k_h"))
    curve_number = positive("catchment.curve_number", of["curve_number"])
    if curve_number > 100:
        raise BadFile(f"catchment.curve_number is {of['curve_number']}; it goes from 0 to 100")
    return depths, Catchment(
        area_m2=positive("catchment.area_km2", of["area_km2"]) * 1e6,
        curve_number=curve_number,
        concentration_s=positive("catchment.tc_h", of["tc_h"]) * 3600,
        storage_s=positive("catchment.k_h", of["k_h"]) * 3600,
    )


def _series(where: str, value: Any) -> Array:
    rows = pairs(where, value)
    for place, (t, amount) in enumerate(rows):
        measure(f"{where}[{place}][0]", t)
        measure(f"{where}[{place}][1]", amount)
    _check_times(where, rows)
    return np.array(rows)


def _check_times(where: str, rows: list[tuple[float, float]]) -> None:
    for place, ((before, _), (after, _)) in enumerate(pairwise(rows), 1):
        if after <= before:
            raise BadFile(f"{where}[{place}]: time {after:g} s does not come after {before:g} s; times must rise")


def _inflow(series: Array) -> Inflow:
    return Inflow(series[:, 0], series[:-1, 1], series[1:, 1])


def _pumps(value: Any) -> tuple[Pumps, ...]:
    if not isinstance(value, list | None):
        raise BadFile(f"pumps is {str(value)[:40]!r}; it must be a list")
    groups = []
    for place, item in enumerate(value or []):
        where = f"pumps[{place}]"
        of = members(where, item, required=("count", "on_m", "off_m"), optional=("capacity_m3s", "curve"))
        on_m, off_m = number(f"{where}.on_m", of["on_m"]), number(f"{where}.off_m", of["off_m"])
        curve = None if of.get("curve") is None else _curve(f"{where}.curve", of["curve"])
        if (curve is None) == (of.get("capacity_m3s") is None):
            fault = "capacity_m3s is missing" if curve is None else "both are given"
            raise BadFile(f"{where}: {fault}; give one of capacity_m3s and curve")
        capacity = positive(f"{where}.capacity_m3s", of["capacity_m3s"]) if curve is None else 0.0
        groups.append(Pumps(count(f"{where}.count", of["count"]), capacity, on_m, off_m, curve))
    return tuple(groups)


def _curve(where: str, value: Any) -> HeadCurve:
    of = members(where, value, required=("shutoff_m", "pump_loss", "system_loss"))
    losses = (measure(f"{where}.{name}", of[name]) for name in ("pump_loss", "system_loss"))
    found = HeadCurve(positive(f"{where}.shutoff_m", of["shutoff_m"]), *losses)
    if found.pump_loss + found.system_loss <= 0:
        raise BadFile(f"{where}: pump_loss and system_loss are both 0; nothing would hold the flow back")
    return found


def _gate(value: Any) -> tuple[Gate | None, Tailwater | None]:
    if value is None:
        return None, None
    of = members("gate", value, required=("coefficient", "area_m2", "sill_m", "tailwater_m"))
    rows = pairs("gate.tailwater_m", of["tailwater_m"])
    _check_times("gate.tailwater_m", rows)
    gate = Gate(
        positive("gate.coefficient", of["coefficient"]),
        positive("gate.area_m2", of["area_m2"]),
        number("gate.sill_m", of["sill_m"]),
    )
    outside = np.array(rows)
    return gate, Tailwater(outside[:, 0], outside[:, 1])


def simulate(case: Case) -> dict[str, Any]:
    """Return what the basin of `case` does: peak, volumes, starts of each group of pumps, level at every step."""
    inflow = case.water if isinstance(case.water, Inflow) else _drained(case, *case.water)
    routed = route(
        case.basin,
        inflow,
        initial_level_m=case.initial_level_m,
        duration_s=case.duration_s,
        step_s=case.step_s,
        pumps=case.pumps,
        gate=case.gate,
        tailwater=case.tailwater,
    )
    return {
        "peak_level_m": routed.peak_level_m,
        "peak_inflow_m3s": inflow.peak(case.duration_s),
        "inflow_volume_m3": routed.inflow_volume_m3,
        "pumped_volume_m3": routed.pumped_volume_m3,
        "gate_volume_m3": routed.gate_volume_m3,
        "starts_per_pump": list(routed.starts),
        "mass_balance_error": routed.mass_balance_error,
        "above_table": routed.peak_level_m > case.basin.top_m,
        "levels": np.column_stack([routed.times_s, routed.levels_m]).tolist(),
    }


def _drained(case: Case, rain: Array, catchment: Catchment) -> Inflow:
    """Return the flow off the catchment: constant within each step at its mean, so that no volume is lost."""
    steps = int(np.ceil(case.duration_s / case.step_s - 1e-9))
    edges = np.arange(steps + 1, dtype=np.float64) * case.step_s
    fallen = rainfall.fallen(rain, edges) if len(rain) > 1 else np.zeros(steps + 1)
    _, volumes = runoff.clark(
        np.diff(runoff.excess(fallen, catchment.curve_number)),
        area_m2=catchment.area_m2,
        concentration_s=catchment.concentration_s,
        storage_s=catchment.storage_s,
        step_s=case.step_s,
    )
    means = volumes / case.step_s
    return Inflow(edges, means, means)
