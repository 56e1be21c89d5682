"""How good a detection is against the truth: per pixel, and per object where shapes need only overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.errors import BadInput

OBJECT_IOU = 0.3
OBJECT_PX = 40


@dataclass(frozen=True, slots=True)
class Count:
    """What was found and what was there; counts of several images add up."""

    found_right: int = 0
    found_wrong: int = 0
    missed: int = 0

    def __add__(self, other: Count) -> Count:
        """Return both counts together."""
        return Count(
            self.found_right + other.found_right,
            self.found_wrong + other.found_wrong,
            self.missed + other.missed,
        )

    @property
    def precision(self) -> float | None:
        """Share of what was found that was there; None when nothing was found."""
        return _share(self.found_right, self.found_wrong)

    @property
    def recall(self) -> float | None:
        """Share of what was there that was found; None when nothing was there."""
        return _share(self.found_right, self.missed)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None when there was nothing and nothing was found."""
        return _share(2 * self.found_right, self.found_wrong + self.missed)

    @property
    def iou(self) -> float | None:
        """Intersection over union; None when there was nothing and nothing was found."""
        return _share(self.found_right, self.found_wrong + self.missed)


def _share(part: int, rest: int) -> float | None:
    return part / (part + rest) if part + rest else None


def pixels(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Count:
    """Count pixels of two masks of one shape."""
    _same(found, truth)
    return Count(int((found & truth).sum()), int((found & ~truth).sum()), int((~found & truth).sum()))


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects found and there; one truth may be met by several found, so each side is counted by itself."""

    found: int = 0
    found_right: int = 0
    there: int = 0
    there_met: int = 0

    def __add__(self, other: Objects) -> Objects:
        """Return both counts together."""
        return Objects(
            self.found + other.found,
            self.found_right + other.found_right,
            self.there + other.there,
            self.there_met + other.there_met,
        )

    @property
    def precision(self) -> float | None:
        """Share of the objects found that match one there."""
        return self.found_right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Share of the objects there that match one found."""
        return self.there_met / self.there if self.there else None


def objects(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Objects:
    """Count objects of at least 40 px (8-connected) that overlap one of the other side with an IoU of 0.3 or more."""
    _same(found, truth)
    (a, size_a), (b, size_b) = _objects(found), _objects(truth)
    pairs, shared = np.unique(np.stack([a.ravel(), b.ravel()]), axis=1, return_counts=True)
    both = (pairs > 0).all(axis=0)
    (i, j), shared = pairs[:, both], shared[both]
    match = shared / (size_a[i] + size_b[j] - shared) >= OBJECT_IOU
    return Objects(
        int((size_a[1:] > 0).sum()), len(np.unique(i[match])), int((size_b[1:] > 0).sum()), len(np.unique(j[match]))
    )


def false_alarms(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> int:
    """Count the objects of at least 40 px found (8-connected) that touch nothing there."""
    _same(found, truth)
    labels, size = _objects(found)
    touched = np.bincount(labels.ravel(), weights=truth.ravel(), minlength=len(size))
    return int(((size > 0) & (touched == 0))[1:].sum())


def _objects(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return numbered objects and their sizes, those that are too small taken out (size 0)."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    size = np.bincount(labels.ravel())
    small = size < OBJECT_PX
    size[small] = 0
    return np.where(small[labels], 0, labels), size


def _same(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> None:
    if found.shape != truth.shape:
        raise BadInput(f"the mask found is {found.shape}, the truth {truth.shape}")


def summary(counts: Sequence[Count], matched: Sequence[Objects]) -> dict[str, float | int | None]:
    """Return the figures over all images together, rounded to 4 places."""
    count, match = sum(counts, Count()), sum(matched, Objects())
    figures = {
        "precision": count.precision,
        "recall": count.recall,
        "f1": count.f1,
        "iou": count.iou,
        "object_precision": match.precision,
        "object_recall": match.recall,
    }
    rounded = {name: None if value is None else round(value, 4) for name, value in figures.items()}
    return {"pairs": len(counts), **rounded, "objects_found": match.found, "objects_there": match.there}
