"""Figures of a model: pixels and objects on pairs with labels, false alarms on ground where nothing was built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.change import accuracy, model
from geo.change.training import calibrate, painting, scenes
from geo.change.training.light import Image
from geo.change.training.pairs import Pair, Sampler, as_drawn
from geo.change.training.scenes import UNKNOWN, Scene
from geo.change.training.sources import GZ_HELD, SOURCES, Source, items

Maps = NDArray[np.float32]
Predict = Callable[[Image, Image], Maps]
"""Two RGB images (height, width, 3) to probabilities (3, height, width): change, building before, building after."""
EVEN = 0.5
LEVIR = Source("dev_levir", "dev_levir", 0.5, 0, "pair")
"""For figures only: no image of it is ever trained on, nor is a checkpoint chosen by it."""
TRAVEL = ("southtyrol_it", "oam_nairobi_ke", "oam_catanduanes_ph", "sonwyang_cn")
TRAVEL_PAIRS = 40


def levir(root: Path) -> list[Pair]:
    """Return the pairs of dev_levir."""
    pairs = []
    for item in items(LEVIR, root):
        before, after = (scenes.rgb(path) for path in item.paths[:2])
        truth = scenes.marked(item.paths[2])
        unknown = np.full(truth.shape, UNKNOWN, np.uint8)
        pairs.append(Pair(before, after, truth, unknown, unknown))
    return pairs


def whole(group: Iterable[Scene]) -> Iterator[Pair]:
    """Yield the scenes of a pair set as they are."""
    for scene in group:
        p = np.asarray(scene.planes)
        unknown = np.full(p.shape[:2], UNKNOWN, np.uint8)
        yield Pair(p[:, :, :3], p[:, :, 3:6], p[:, :, 6], p[:, :, 7], unknown)


def travel(held: dict[str, list[Scene]], name: str) -> list[Pair]:
    """Return made pairs of a set kept out of training, always the same ones."""
    sampler = Sampler.of({source: group for source, group in held.items() if source in TRAVEL})
    return [sampler.draw_from(np.random.default_rng([11, number]), name) for number in range(TRAVEL_PAIRS)]


def score(predict: Predict, pairs: Iterable[Pair], gsd_m: float) -> dict[str, float | int | None]:
    """Return figures of change, F1 of buildings at a date where known, and false alarms per km2 of unchanged ground.

    What counts as found is what a city is told: objects, scored by the curve of the shipped model.
    """
    counts, matched = [], []
    buildings = accuracy.Count()
    alarms, unchanged_px = 0, 0
    for pair in pairs:
        p = predict(pair.before, pair.after)
        known = pair.change != UNKNOWN
        found = model.found(np.rint(p[0] * 255).astype(np.uint8), gsd_m) & known
        truth = pair.change == 1
        counts.append(accuracy.pixels(found, truth))
        matched.append(accuracy.objects(found, truth))
        for probability, built in ((p[1], pair.built_before), (p[2], pair.built_after)):
            there = built != UNKNOWN
            buildings += accuracy.pixels((probability > EVEN) & there, built == 1)
        alarms += accuracy.false_alarms(found, truth)
        unchanged_px += int((known & ~truth).sum())
    per_km2 = alarms / (unchanged_px * gsd_m**2 / 1e6) if unchanged_px else None
    figures = accuracy.summary(counts, matched)
    building_f1 = None if buildings.f1 is None else round(buildings.f1, 4)
    return {**figures, "building_f1": building_f1, "false_alarms_km2": None if per_km2 is None else round(per_km2, 1)}


def unchanged(held: dict[str, list[Scene]]) -> Iterator[Pair]:
    """Yield ground held out, twice, each time in another light and a little shifted: nothing was built."""
    sampler = Sampler(held)
    for name in ("banepa_bare", "flanders_bare"):
        for number in range(60):
            yield sampler.draw_from(np.random.default_rng([12, number]), name)


def validate(predict: Predict, cache: Path) -> dict[str, dict[str, float | int | None]]:
    """Return the figures that choose a checkpoint: held-out scenes and sets, nothing of LEVIR."""
    held = scenes.load(cache, held=True)
    figures: dict[str, dict[str, float | int | None]] = {
        name: score(predict, travel(held, name), 0.5) for name in TRAVEL
    }
    figures["unchanged"] = score(predict, unchanged(held), 0.5)
    for source in SOURCES:
        if source.kind == "pair":
            figures[source.name] = score(predict, whole(held[source.name]), source.gsd_m)
    figures["drawn_towns"] = score(predict, drawn(held), painting.PX_M)
    return figures


def drawn(held: dict[str, list[Scene]]) -> list[Pair]:
    """Return drawn ground of other seeds, just as it was drawn."""
    return [as_drawn(np.asarray(scene.planes)) for scene in held["drawn_towns"]]


def folds(predict: Predict, cache: Path) -> list[NDArray[np.float64]]:
    """Return the objects on real and drawn pairs held out, as `calibrate.judged` gives them, place by place."""
    held = scenes.load(cache, held=True)
    parts = [(part, 0.55) for part in np.array_split(np.arange(len(held["train_gz"])), len(GZ_HELD))]
    groups = [([held["train_gz"][number] for number in part], gsd) for part, gsd in parts]
    groups += [(held["lost_us"], 0.5), (held["pairs_2m"], 1.2)]
    places = [([*whole(group)], gsd) for group, gsd in groups] + [(drawn(held), painting.PX_M)]
    return [np.concatenate([calibrate.judged(predict(p.before, p.after)[0], p, gsd) for p in pairs])
            for pairs, gsd in places]  # fmt: skip


def padded(image: Image, stride: int) -> Image:
    """Return the image grown by reflection to multiples of the stride."""
    height, width = (-image.shape[0]) % stride, (-image.shape[1]) % stride
    return np.ascontiguousarray(np.pad(image, ((0, height), (0, width), (0, 0)), mode="reflect"))
