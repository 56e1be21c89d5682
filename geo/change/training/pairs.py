"""Training pairs without end: real changes, made changes and unchanged ground, each date in its own light."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo.change.training import decoys, light, synthesis
from geo.change.training.canvas import Planes, canvas, label
from geo.change.training.light import Image, Mask
from geo.change.training.scenes import UNKNOWN, Scene
from geo.change.training.sources import SOURCES

SIZE_PX = 192
GSD_M = 0.5
"""The model's pixel size; canvases vary around it by these factors."""
FINER, COARSER = 0.6, 1.6


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two dates of one ground and what is known on it; labels are 0, 1 or UNKNOWN."""

    before: Image
    after: Image
    change: Mask
    built_before: Mask
    built_after: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Sampler:
    """Draws pairs from scenes by the weights of their sources."""

    scenes: Mapping[str, Sequence[Scene]]
    bank: Sequence[synthesis.Roof] = field(default_factory=list)

    @classmethod
    def of(cls, scenes: Mapping[str, Sequence[Scene]]) -> Sampler:
        """Return a sampler with the roofs of its single-date scenes at hand."""
        single = [scene for group in scenes.values() for scene in group if scene.kind == "single"]
        return cls(scenes, synthesis.roofs(single))

    def draw(self, rng: np.random.Generator) -> Pair:
        """Return the next pair."""
        weights = {s.name: s.weight for s in SOURCES if s.weight > 0 and s.name in self.scenes}
        name = str(rng.choice(list(weights), p=np.array(list(weights.values())) / sum(weights.values())))
        return self.draw_from(rng, name)

    def draw_from(self, rng: np.random.Generator, name: str) -> Pair:
        """Return the next pair of one source."""
        gsd = GSD_M * float(np.exp(rng.uniform(np.log(FINER), np.log(COARSER))))
        planes = canvas(rng, self.scenes[name], SIZE_PX, gsd)
        kind = self.scenes[name][0].kind
        if kind == "pair":
            pair = _real(rng, planes)
        elif kind == "drawn":
            pair = as_drawn(planes)
        elif kind == "bare":
            pair = _same(planes[:, :, :3], np.full(planes.shape[:2], UNKNOWN, np.uint8), planes[:, :, -1])
        else:
            pair = self._made(rng, planes, name, gsd)
        pair = _seen(rng, pair)
        if rng.random() < 0.5:
            return pair
        return Pair(pair.after, pair.before, pair.change, pair.built_after, pair.built_before)

    def _made(self, rng: np.random.Generator, planes: Planes, name: str, gsd: float) -> Pair:
        """Return one image twice, with changes made to either copy."""
        start = _same(planes[:, :, :3], planes[:, :, 3], planes[:, :, -1])
        dates = [(start.before, start.built_before), (start.after, start.built_after)]
        unsure = np.zeros(start.change.shape, bool)
        for date in range(2):
            if rng.random() < 0.3:
                dates[date] = synthesis.erase(rng, *dates[date], share=float(rng.uniform(0.1, 1)))
            if rng.random() < 0.35:
                before = dates[date][1]
                dates[date], region, other = self._replaced(rng, *dates[date], name, gsd)
                unsure |= (region > 0.05) & (region < 0.95) & (before != other)
                unsure |= (region > 0.05) & (before == 1) & (other == 1)
            if rng.random() < 0.25:
                for _ in range(int(rng.integers(1, 5))):
                    dates[date] = synthesis.build(rng, *dates[date], self.bank, gsd)
            if rng.random() < 0.35:
                for _ in range(int(rng.integers(1, 5))):
                    dates[date] = decoys.draw(rng, *dates[date], gsd), dates[date][1]
            if rng.random() < 0.2:
                ground = self._other(rng, name, gsd)
                if not (ground[:, :, 3] == 1).any():
                    for _ in range(int(rng.integers(1, 5))):
                        dates[date] = synthesis.build(rng, *dates[date], self.bank, gsd, ground[:, :, :3])
        (first, built_first), (second, built_second) = dates
        change = synthesis.changed(built_first, built_second)
        change[unsure] = UNKNOWN
        return Pair(first, second, change, built_first, built_second)

    def _other(self, rng: np.random.Generator, name: str, gsd: float) -> Planes:
        single = [s.name for s in SOURCES if s.kind == "single" and s.name in self.scenes]
        choice = name if rng.random() < 0.5 else str(rng.choice(single))
        return canvas(rng, self.scenes[choice], SIZE_PX, gsd)

    def _replaced(
        self, rng: np.random.Generator, image: Image, mask: Mask, name: str, gsd: float
    ) -> tuple[tuple[Image, Mask], NDArray[np.float32], Mask]:
        planes = self._other(rng, name, gsd)
        region = synthesis.blob(rng, mask.shape)
        other = label(planes[:, :, 3], planes[:, :, -1])
        look = synthesis.matched(rng, planes[:, :, :3], image)
        return synthesis.replace(image, mask, look, other, region), region, other


def _same(image: Image, mask: Mask, valid: Mask) -> Pair:
    built = label(mask, valid)
    return Pair(image, image, label(np.zeros_like(mask), valid), built, built)


def _real(rng: np.random.Generator, planes: Planes) -> Pair:
    """Return a pair as labelled or, now and then, one of its dates twice."""
    valid = planes[:, :, -1]
    first, second, change, built = planes[:, :, :3], planes[:, :, 3:6], planes[:, :, 6], planes[:, :, 7]
    unknown = np.full(change.shape, UNKNOWN, np.uint8)
    if rng.random() < 0.15:
        if rng.random() < 0.5:
            return _same(first, built, valid)
        return _same(second, unknown, valid)
    # the labels of the pair sets were once laid over the pictures and left traces; wrong ones teach to ignore them
    if rng.random() < 0.6:
        wrong = change[:: int(rng.choice((-1, 1))), :: int(rng.choice((-1, 1)))]
        first, second = _traced(rng, first, wrong), _traced(rng, second, wrong)
    return Pair(first, second, label(change, valid), label(built, valid), unknown)


def as_drawn(planes: Planes) -> Pair:
    """Return a drawn scene as the pair that it is."""
    labels = [label(planes[:, :, number], planes[:, :, -1]) for number in (6, 7, 8)]
    return Pair(planes[:, :, :3], planes[:, :, 3:6], *labels)


def _traced(rng: np.random.Generator, image: Image, mask: Mask) -> Image:
    """Return the image after being blended half and half with a mask, compressed and taken back."""
    if rng.random() < 0.5:
        return image
    mixed = (image // 2 + (mask == 1)[:, :, None] * np.uint8(127)).astype(np.uint8)
    back = light.compressed(mixed, 95).astype(np.int16)
    whole = (back - (mask == 1)[:, :, None] * 127) * 2
    return np.asarray(np.clip(whole, 0, 255), np.uint8)


def _seen(rng: np.random.Generator, pair: Pair) -> Pair:
    """Return the pair as two flights saw it."""
    first, second, built = pair.before, pair.after, pair.built_after
    if rng.random() < 0.35:
        first = light.cast_shadows(rng, first, pair.built_before)
    if rng.random() < 0.35:
        second = light.cast_shadows(rng, second, built)
    if rng.random() < 0.7:
        second, built = light.displaced(rng, np.ascontiguousarray(second), np.ascontiguousarray(built), most_px=3.0)
    if rng.random() < 0.08:
        first, second = (np.repeat(x.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2) for x in (first, second))
    return Pair(light.relight(rng, first), light.relight(rng, second), pair.change, pair.built_before, built)
