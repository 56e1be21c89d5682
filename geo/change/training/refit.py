"""The head of change fitted anew to a city: from its permits, its register and its officers' verdicts, in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.change.model import Head
from geo.errors import BadInput
from geo.raster import Raster

UNKNOWN = 255
CELL = 4
"""A feature covers 4 x 4 px of 0.5 m; the head gives 2 x 2 values on it."""
ROUNDS = 12
HOLD = 0.003
"""How strongly the shipped head is held to, against one unit of mean cross entropy per output."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A piece of ground that somebody knows about."""

    features: Raster
    """As `model.features` gives them."""
    change: NDArray[np.uint8]
    """At 0.5 m, four times the size of the features: 1 where a building changed, 0 where none did, else UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Refit:
    """A head for the city, and how much better it does on the examples that it did not see."""

    head: Head
    loss_before: float
    loss_after: float
    """Mean cross entropy on the left-out fifth of the examples, of the start and of the refitted head."""


def refit(examples: Sequence[Example], start: Head) -> Refit:
    """Return `start` fitted to the examples, each of them counting alike. Raises BadInput without both kinds."""
    rows = [_rows(example) for example in examples]
    kinds = {int(y) for _, labels, _ in rows for y in np.unique(labels[labels >= 0]).round()}
    if len(rows) < 5 or kinds != {0, 1}:
        raise BadInput(f"{len(rows)} examples of {sorted(kinds)}: at least 5, with changes and without, are needed")
    left_out, kept = rows[::5], [row for number, row in enumerate(rows) if number % 5]
    trial = _fit(kept, start)
    return Refit(_fit(rows, start), _loss(left_out, start), _loss(left_out, trial))


_Rows = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Features with a last column of ones (n, 33); labels (n, 4), below 0 where unknown; weights (n, 4)."""


def _rows(example: Example) -> _Rows:
    grid = example.features.grid
    if example.change.shape != (grid.height * CELL, grid.width * CELL):
        raise BadInput(f"labels of {example.change.shape} px do not fill features of {grid.height} x {grid.width}")
    squares = example.change.reshape(grid.height, 2, 2, grid.width, 2, 2).transpose(0, 3, 1, 4, 2, 5)
    squares = squares.reshape(grid.height * grid.width, 4, 4)
    known = (squares != UNKNOWN).all(axis=2) & example.features.valid.reshape(-1, 1)
    labels = np.where(known, (squares == 1).mean(axis=2), -1.0)
    seen = example.features.data.reshape(example.features.data.shape[0], -1).T.astype(np.float64)
    wanted = known.any(axis=1)
    weights = known[wanted] / max(1, known.sum())
    return np.column_stack([seen, np.ones(len(seen))])[wanted], labels[wanted], weights * 4


def _fit(rows: Sequence[_Rows], start: Head) -> Head:
    """Minimise the mean cross entropy plus HOLD times the squared distance from `start`, by Newton's method."""
    x, labels, weights = (np.concatenate(part) for part in zip(*rows, strict=True))
    first = np.column_stack([np.array(start.weights), np.array(start.biases)])
    scale = np.sqrt((x**2).mean(axis=0)) + 1e-3
    fitted = first.copy()
    for output in range(len(first)):
        y, weight = np.maximum(labels[:, output], 0), weights[:, output] / len(rows)
        for _ in range(ROUNDS):
            p = 1 / (1 + np.exp(-np.clip(x @ fitted[output], -30, 30)))
            hold = HOLD * scale**2
            slope = x.T @ (weight * (p - y)) + hold * (fitted[output] - first[output])
            bend = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(hold)
            fitted[output] -= np.linalg.solve(bend, slope)
    return Head(tuple(tuple(map(float, row[:-1])) for row in fitted), tuple(float(row[-1]) for row in fitted))


def _loss(rows: Sequence[_Rows], head: Head) -> float:
    whole = np.column_stack([np.array(head.weights), np.array(head.biases)])
    losses = []
    for x, labels, weights in rows:
        p = np.clip(1 / (1 + np.exp(-np.clip(x @ whole.T, -30, 30))), 1e-6, 1 - 1e-6)
        y = np.maximum(labels, 0)
        losses.append(float((weights * -(y * np.log(p) + (1 - y) * np.log(1 - p))).sum() / 4))
    return float(np.mean(losses))
