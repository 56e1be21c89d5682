"""The head of change fitted anew to a city: from its permits, its register and its officers' verdicts, in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.change import model
from geo.change.model import Head
from geo.errors import BadInput
from geo.raster import Raster

UNKNOWN = 255
CELL = 4
"""A feature covers 4 x 4 px of 0.5 m; the head gives 2 x 2 values on it."""
FINE_M = 1.0
FOLDS = 5
MOST_CELLS = 400
"""Of an example, evenly taken; figures are of all its cells."""
ROUNDS = 8
HOLD = 1e-3
"""How strongly the start is held to, against one unit of mean cross entropy per output."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A piece of ground that somebody knows about."""

    features: Raster
    """As `model.features` gives them."""
    change: NDArray[np.uint8]
    """At 0.5 m, four times the size of the features: 1 where a building changed, 0 where none did, else UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How a head does on examples that it did not see."""

    changes: int
    """Examples in which a building changed."""
    changes_found: int
    """Those of them in which an object meets the change."""
    quiet_km2: float
    """Ground on which none changed."""
    false_objects: int
    """Objects that meet only such ground."""

    def no_worse_than(self, other: Figures) -> bool:
        """Return whether no fewer changes are found, with no more false objects, and either is better."""
        gains = self.changes_found - other.changes_found, other.false_objects - self.false_objects
        return min(gains) >= 0 and max(gains) > 0


@dataclass(frozen=True, slots=True)
class Refit:
    """A head for the city, and how it and the start do on each fifth of the examples when fitted to the others."""

    head: Head
    before: Figures
    after: Figures


def refit(examples: Sequence[Example], start: Head) -> Refit:
    """Return `start` fitted to the examples, each pixel of them counting alike. Raises BadInput without both kinds."""
    rows = [_rows(example) for example in examples]
    kinds = {int(y) for _, labels, _ in rows for y in np.unique(labels[labels >= 0]).round()}
    if len(rows) < FOLDS or kinds != {0, 1}:
        raise BadInput(f"{len(rows)} examples of {sorted(kinds)}: at least 5, with changes and without, are needed")
    heads = [_fit([row for n, row in enumerate(rows) if n % FOLDS != fold], start) for fold in range(FOLDS)]
    after = figures(examples, [heads[n % FOLDS] for n in range(len(rows))])
    return Refit(_fit(rows, start), figures(examples, [start] * len(rows)), after)


def figures(examples: Sequence[Example], heads: Sequence[Head]) -> Figures:
    """Return how each head does on its example, by the objects that a city would be told."""
    changes = found = false = 0
    quiet_m2 = 0.0
    for example, head in zip(examples, heads, strict=True):
        objects = np.repeat(np.repeat(model.found(_probability(example.features, head), FINE_M), 2, 0), 2, 1)
        changed, quiet = example.change == 1, example.change == 0
        changes += int(changed.any())
        found += int((objects & changed).any())
        count, numbered = cv2.connectedComponents((objects & quiet).astype(np.uint8), connectivity=8)
        beside = np.unique(numbered[cv2.dilate(changed.astype(np.uint8), np.ones((9, 9), np.uint8)) == 1])
        false += count - 1 - int((beside > 0).sum())
        quiet_m2 += float(quiet.sum()) * model.CELL_M**2
    return Figures(changes, found, round(quiet_m2 / 1e6, 4), false)


def _probability(features: Raster, head: Head) -> NDArray[np.uint8]:
    """Return the probability of change at FINE_M, 0 to 255, as the head gives it, not yet smoothed."""
    grid = features.grid
    odds = np.tensordot(np.array(head.weights), features.data, 1) + np.array(head.biases)[:, None, None]
    fine = odds.reshape(2, 2, grid.height, grid.width).transpose(2, 0, 3, 1).reshape(2 * grid.height, 2 * grid.width)
    return np.asarray(np.rint(255 / (1 + np.exp(-np.clip(fine, -30, 30)))), np.uint8)


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
    share = slice(None, None, -(-int(wanted.sum()) // MOST_CELLS) or 1)
    rows = np.column_stack([seen, np.ones(len(seen))])[wanted][share]
    return rows, labels[wanted][share], known[wanted][share] * (wanted.sum() / max(1, len(rows)))


def _fit(rows: Sequence[_Rows], start: Head) -> Head:
    """Minimise the mean cross entropy plus HOLD times the squared distance from `start`, by Newton's method."""
    x, labels, weights = (np.concatenate(part) for part in zip(*rows, strict=True))
    first = np.column_stack([np.array(start.weights), np.array(start.biases)])
    scale = np.sqrt((x**2).mean(axis=0)) + 1e-3
    fitted = first.copy()
    for output in range(len(first)):
        y, weight = np.maximum(labels[:, output], 0), weights[:, output] / weights[:, output].sum()
        for _ in range(ROUNDS):
            p = 1 / (1 + np.exp(-np.clip(x @ fitted[output], -30, 30)))
            hold = HOLD * scale**2
            slope = x.T @ (weight * (p - y)) + hold * (fitted[output] - first[output])
            bend = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(hold)
            fitted[output] -= np.linalg.solve(bend, slope)
    return Head(tuple(tuple(map(float, row[:-1])) for row in fitted), tuple(float(row[-1]) for row in fitted))
