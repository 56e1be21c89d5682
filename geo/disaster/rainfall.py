"""Rain: a depth spread over its duration by a Huff curve, and the depth fallen by any time."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from geo.errors import BadInput

Array = npt.NDArray[np.float64]

HUFF_ILLINOIS = {
    1: (16, 33, 43, 52, 60, 66, 71, 75, 79, 82, 84, 86, 88, 90, 92, 94, 96, 97, 98),
    2: (3, 8, 12, 16, 22, 29, 39, 51, 62, 70, 76, 81, 85, 88, 91, 93, 95, 97, 98),
    3: (3, 6, 9, 12, 15, 19, 23, 27, 32, 38, 45, 57, 70, 79, 85, 89, 92, 95, 97),
    4: (2, 5, 8, 10, 13, 16, 19, 22, 25, 28, 32, 35, 39, 45, 51, 59, 72, 84, 92),
}  # Huff and Angel 1992, ISWS Bulletin 71: median point rainfall, percent of depth at each 5 % of the duration, by
# quartile. It is Illinois, not Korea: an assumption until the city gives the curve of its own gauge.


def huff(depth_mm: float, *, duration_s: float, step_s: float, curve: Sequence[float] = HUFF_ILLINOIS[3]) -> Array:
    """Return the depth of each step, mm, that spreads `depth_mm` over `duration_s` by a curve of 19 percentages.

    The curve is interpolated by PCHIP, which neither reverses nor misses 100 % as a sixth-order polynomial does.
    """
    whole = np.array([0.0, *curve, 100.0]) / 100
    if len(whole) != 21 or (np.diff(whole) < 0).any():
        raise BadInput(f"a Huff curve is 19 percentages that never fall, between 0 and 100; got {list(curve)}")
    fraction = PchipInterpolator(np.linspace(0, 1, 21), whole)
    steps = round(duration_s / step_s)
    if steps < 1 or abs(steps * step_s - duration_s) > 1e-6:
        raise BadInput(f"a duration of {duration_s} s is no whole number of steps of {step_s} s")
    by_then: Array = fraction(np.linspace(0, 1, steps + 1))
    return depth_mm * np.diff(by_then)


def fallen(rain: Array, times_s: Array) -> Array:
    """Return the depth in mm fallen by each of `times_s`.

    `rain` has two rows (t, mm) or more: that depth falls evenly from t to the next row's t; the last row's over as
    long as the row's before it.
    """
    edges = np.append(rain[:, 0], 2 * rain[-1, 0] - rain[-2, 0])
    by_then: Array = np.interp(times_s, edges, np.append(0.0, np.cumsum(rain[:, 1])))
    return by_then
