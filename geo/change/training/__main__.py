"""One command per step: `python -m geo.change.training manifest|cache|narrow|train|evaluate|export`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from geo.change.training import calibrate, evaluate, export, scenes, sources
from geo.change.training.light import Image
from geo.change.training.narrow import narrowed
from geo.change.training.network import STRIDE
from geo.change.training.pairs import Sampler
from geo.change.training.train import Recipe, train


def main() -> None:
    """Run one step."""
    parser = argparse.ArgumentParser(prog="python -m geo.change.training", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    for name, paths in {
        "manifest": ("root",),
        "cache": ("root", "cache"),
        "narrow": ("published", "cache", "out"),
        "train": ("run", "cache", "encoder"),
        "evaluate": ("model", "root", "cache"),
        "export": ("checkpoint", "cache", "out"),
    }.items():
        step = steps.add_parser(name)
        for path in paths:
            step.add_argument(path, type=Path)
    run = steps.choices["train"]
    run.add_argument("--steps", type=int, required=True)
    run.add_argument("--processes", type=int, default=2)
    run.add_argument("--batch", type=int, default=12)
    run.add_argument("--fixed-low", action="store_true", help="keep the encoder as it is up to stride 4")
    steps.choices["evaluate"].add_argument("--levir", action="store_true", help="at the end of a run only")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    _step(parser.parse_args())


def _step(given: argparse.Namespace) -> None:
    if given.step == "manifest":
        _tell(sources.manifest(given.root))
    elif given.step == "cache":
        scenes.build(given.root, given.cache)
    elif given.step == "narrow":
        torch.save(narrowed(given.published, Sampler.of(scenes.load(given.cache, held=False))), given.out)
    elif given.step == "train":
        recipe = Recipe(given.steps, batch=given.batch, fixed_low=given.fixed_low)
        train(given.run, given.cache, given.encoder, recipe, given.processes)
    elif given.step == "evaluate":
        predict = _predict(given.model)
        _tell(evaluate.validate(predict, given.cache))
        if given.levir:
            _tell({"dev_levir": evaluate.score(predict, evaluate.levir(given.root), 0.5)})
    else:
        export.write(export.network(given.checkpoint), given.out, Sampler.of(scenes.load(given.cache, held=False)))
        folds = evaluate.folds(_predict(given.out), given.cache)
        export.keep_curve(given.out, calibrate.fit(np.concatenate(folds)))
        _tell(calibrate.reliability(folds))


def _predict(model: Path) -> evaluate.Predict:
    """Return the prediction of an ONNX or a checkpoint; images are grown to multiples of the stride."""
    if model.suffix == ".onnx":
        session = export.session(model)

        def run(before: Image, after: Image) -> evaluate.Maps:
            return np.asarray(session.run(["probabilities"], {"before": before, "after": after})[0], np.float32)
    else:
        net = export.network(model)

        def run(before: Image, after: Image) -> evaluate.Maps:
            return export.by_torch(net, before, after)

    def predict(before: Image, after: Image) -> evaluate.Maps:
        height, width = before.shape[:2]
        return run(evaluate.padded(before, STRIDE), evaluate.padded(after, STRIDE))[:, :height, :width]

    return predict


def _tell(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=1) + "\n")


if __name__ == "__main__":
    main()
