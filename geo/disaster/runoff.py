"""From rain to the flow that reaches the basin: NRCS curve number losses, then Clark's unit hydrograph."""

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
INITIAL_LOSS = 0.2  # of the retention S; NRCS National Engineering Handbook 630, chapter 10


def wet(curve_number: float) -> float:
    """Return the curve number of wet ground (AMC III) for that of average ground (AMC II), after Hawkins 1985."""
    return 23 * curve_number / (10 + 0.13 * curve_number)


def excess(fallen_mm: Array, curve_number: float) -> Array:
    """Return the depth in mm that has run off when `fallen_mm` has fallen, for a curve number of 0 < CN <= 100."""
    retention = 25400 / curve_number - 254
    loss = INITIAL_LOSS * retention
    over = np.maximum(fallen_mm - loss, 0.0)
    run_off: Array = np.divide(over**2, over + retention, out=np.zeros_like(over), where=over > 0)
    return run_off


def time_area(concentration_s: float, step_s: float) -> Array:
    """Return the part of the catchment that begins to contribute in each step; HEC's synthetic curve, sum 1."""
    steps = max(1, math.ceil(concentration_s / step_s - 1e-9))
    x = np.minimum(np.arange(steps + 1) * step_s / concentration_s, 1.0)
    area = np.where(x <= 0.5, math.sqrt(2) * x**1.5, 1 - math.sqrt(2) * (1 - x) ** 1.5)
    return np.diff(area)


def clark(
    runoff_mm: Array, *, area_m2: float, concentration_s: float, storage_s: float, step_s: float
) -> tuple[Array, Array]:
    """Return the flow at the end of each step (m3/s) and the volume that passed in it (m3), for as many steps.

    `runoff_mm` is the excess of each step. The linear reservoir is updated exactly, so no volume is lost.
    """
    flow = runoff_mm / 1000 * area_m2 / step_s
    arriving = np.convolve(flow, time_area(concentration_s, step_s))[: len(flow)]
    keep = math.exp(-step_s / storage_s)
    flows = np.empty_like(arriving)
    before = 0.0
    for step, inflow in enumerate(arriving):
        before = inflow + (before - inflow) * keep
        flows[step] = before
    volumes = arriving * step_s - storage_s * np.diff(flows, prepend=0.0)
    return flows, np.maximum(volumes, 0.0)
