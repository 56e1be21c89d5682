"""What an object's score means: how often objects of that mean probability proved right on scenes held out."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from geo.change import model
from geo.change.training.pairs import Pair
from geo.change.training.scenes import UNKNOWN

BINS = 6


def judged(probability: NDArray[np.float32], pair: Pair, gsd_m: float) -> NDArray[np.float64]:
    """Return mean probability and 1 or 0 (more than half of it is labelled as changed) of each object, shape (n, 2)."""
    labels, areas, means = model.objects(np.rint(probability * 255).astype(np.uint8))
    changed, unknown = (
        np.bincount(labels.ravel(), weights=(pair.change == value).ravel(), minlength=len(areas))
        for value in (1, UNKNOWN)
    )
    told = (areas * gsd_m**2 >= model.LEAST_M2) & (unknown < 0.3 * areas)
    told[0] = False
    return np.column_stack([means, changed > areas / 2])[told]


def fit(objects: NDArray[np.float64]) -> tuple[float, float]:
    """Return even odds and steepness of the logistic curve (Platt 1999) through objects as `judged` gives them."""
    p, right = np.clip(objects[:, 0], 0.01, 0.99), objects[:, 1]
    odds, sign = np.log(p / (1 - p)), 2 * right - 1

    def loss(given: NDArray[np.float64]) -> float:
        return float(np.logaddexp(0, -sign * given[1] * (odds - given[0])).mean())

    even, steep = minimize(loss, [0.5, 1.0], method="Nelder-Mead").x
    return round(float(even), 4), round(float(steep), 4)


def reliability(folds: Iterable[NDArray[np.float64]]) -> list[dict[str, float]]:
    """Return said against proved, in bins of alike many objects; each fold is scored by a curve from the others."""
    parts = [part for part in folds if len(part)]
    scored = []
    for left_out, part in enumerate(parts):
        even, steep = fit(np.concatenate([other for number, other in enumerate(parts) if number != left_out]))
        p = np.clip(part[:, 0], 0.01, 0.99)
        scored.append(np.column_stack([1 / (1 + np.exp(-steep * (np.log(p / (1 - p)) - even))), part[:, 1]]))
    whole = np.concatenate(scored)
    bins = np.array_split(whole[np.argsort(whole[:, 0], kind="stable")], BINS)
    return [{"said": round(float(b[:, 0].mean()), 3), "proved": round(float(b[:, 1].mean()), 3), "objects": len(b)}
            for b in bins]  # fmt: skip
