"""Scenes: tiles of one place stitched where they are neighbours, kept as uint8 planes in a memory-mapped cache."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.change.training import towns
from geo.change.training.sources import SOURCES, Item, Source, items

FINEST_M = 0.2
"""Finer imagery is brought to this pixel size in the cache; the model works near 0.5 m."""
UNKNOWN = 255
"""Label of a pixel nothing is known about; else 0 or 1."""
PLANES = {"single": 4, "bare": 3, "pair": 8, "drawn": 9}
"""single: RGB, building; bare: RGB; pair: RGB, RGB, change, building at the first date; drawn: at the second one too;
then 1 where valid."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One place: planes (height, width, n) as in PLANES, uint8, the last one telling where there is ground."""

    source: str
    kind: str
    gsd_m: float
    planes: NDArray[np.uint8]


def build(root: Path, cache: Path) -> None:
    """Decode every source below `root` into `cache` (one .npy per scene and an index)."""
    cache.mkdir(parents=True, exist_ok=True)
    index = []
    for source in SOURCES:
        for held in (False, True):
            for number, planes in enumerate(_planes_of(source, root, held)):
                name = f"{source.name}-{'held' if held else 'train'}-{number}.npy"
                np.save(cache / name, planes)
                gsd = max(source.gsd_m, FINEST_M)
                index.append({"file": name, "source": source.name, "kind": source.kind, "gsd_m": gsd, "held": held})
    (cache / "index.json").write_text(json.dumps(index, indent=0))


def load(cache: Path, *, held: bool) -> dict[str, list[Scene]]:
    """Return the scenes of the cache by source, either those to train on or those held out."""
    found: dict[str, list[Scene]] = defaultdict(list)
    for entry in json.loads((cache / "index.json").read_text()):
        if entry["held"] == held:
            planes = np.load(cache / entry["file"], mmap_mode="r")
            found[entry["source"]].append(Scene(entry["source"], entry["kind"], entry["gsd_m"], planes))
    return dict(found)


def rgb(path: Path) -> NDArray[np.uint8]:
    """Return an image file as red, green, blue."""
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)[:, :, ::-1]


def marked(path: Path) -> NDArray[np.uint8]:
    """Return a label file (0 or 255) as 0 or 1."""
    return (np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) > 127).astype(np.uint8)


def _planes_of(source: Source, root: Path, held: bool) -> Iterable[NDArray[np.uint8]]:
    if source.kind == "drawn":
        return towns.series(held=held)
    return _scenes(source, [item for item in items(source, root) if item.held == held])


def _scenes(source: Source, wanted: list[Item]) -> list[NDArray[np.uint8]]:
    tiles = {}
    for number, item in enumerate(wanted):
        at = source.place(item.stem)
        # those that stand alone are put too far apart to touch
        tiles[at if at is not None else (10 * number, -(10**6))] = _planes(source, item)
    return [_stitch({at: tiles[at] for at in group}) for group in _neighbours(set(tiles))]


def _planes(source: Source, item: Item) -> NDArray[np.uint8]:
    images = 2 if source.kind == "pair" else 1
    parts = [rgb(path) for path in item.paths[:images]]
    labels = [marked(path) for path in item.paths[images:]]
    if source.kind == "pair" and source.before is None:
        labels.append(np.full(labels[0].shape, UNKNOWN, np.uint8))
    height, width = parts[0].shape[:2]
    planes = np.concatenate(
        [*parts, *(label[:, :, None] for label in labels), np.ones((height, width, 1), np.uint8)], 2
    )
    if source.gsd_m >= FINEST_M:
        return planes
    ratio = source.gsd_m / FINEST_M
    size = round(width * ratio), round(height * ratio)
    color, rest = planes[:, :, : 3 * images], planes[:, :, 3 * images :]
    fine = cv2.resize(np.ascontiguousarray(rest) * np.uint8(255), size, interpolation=cv2.INTER_AREA) > 127
    small = cv2.resize(np.ascontiguousarray(color), size, interpolation=cv2.INTER_AREA)
    return np.concatenate([small, fine.astype(np.uint8).reshape(size[1], size[0], -1)], 2)


def _neighbours(places: set[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    groups = []
    left = set(places)
    while left:
        group, front = [], [min(left)]
        left.discard(front[0])
        while front:
            x, y = front.pop()
            group.append((x, y))
            beside = {(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)} & left
            left -= beside
            front += sorted(beside)
        groups.append(sorted(group))
    return groups


def _stitch(tiles: dict[tuple[int, int], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    x0, y0 = min(x for x, _ in tiles), min(y for _, y in tiles)
    x1, y1 = max(x for x, _ in tiles), max(y for _, y in tiles)
    height, width, n = next(iter(tiles.values())).shape
    whole = np.zeros(((y1 - y0 + 1) * height, (x1 - x0 + 1) * width, n), np.uint8)
    for (x, y), tile in tiles.items():
        top, left = (y - y0) * height, (x - x0) * width
        whole[top : top + height, left : left + width] = tile
    return whole
