"""Training: from ImageNet to buildings, checkpointed, resumed by the same command, over several processes."""

from __future__ import annotations

import copy
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, distributed
from torch.nn import functional

from geo.change.training import scenes
from geo.change.training.network import OUT, ChangeNet, centred
from geo.change.training.pairs import Pair, Sampler
from geo.change.training.scenes import UNKNOWN


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run is made of; kept beside its checkpoints."""

    steps: int
    batch: int = 12
    """Pairs per process and step."""
    rate: float = 1.5e-3
    encoder_rate: float = 4e-4
    warm_steps: int = 100
    fall_share: float = 0.5
    """The last part of the steps, over which the rates fall to 0."""
    decay: float = 0.02
    average: float = 0.996
    fixed_low: bool = False
    """Whether the encoder stays as published up to stride 4: half the time per step."""
    seed: int = 5
    keep_every: int = 50


def factor(recipe: Recipe, step: int) -> float:
    """Return the share of the full learning rate at `step`."""
    rise = min(1.0, (step + 1) / recipe.warm_steps)
    fall = (recipe.steps - step) / max(1.0, recipe.steps * recipe.fall_share)
    return min(rise, max(0.0, min(1.0, fall)))


def batch(sampler: Sampler, recipe: Recipe, step: int, rank: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return both images (n, 3, h, w) and labels (n, 3, h, w) of a step; the same for the same seed, step and rank."""
    rng = np.random.default_rng([recipe.seed, step, rank])
    return stack([sampler.draw(rng) for _ in range(recipe.batch)])


def stack(drawn: list[Pair]) -> tuple[Tensor, Tensor, Tensor]:
    """Return pairs as tensors."""
    images = [
        centred(torch.from_numpy(np.stack([np.ascontiguousarray(x) for x in some]))).permute(0, 3, 1, 2)
        for some in ([p.before for p in drawn], [p.after for p in drawn])
    ]
    labels = np.stack([np.stack([p.change, p.built_before, p.built_after]) for p in drawn])
    first, second = (image.contiguous(memory_format=torch.channels_last) for image in images)
    return first, second, torch.from_numpy(labels)


def loss(logits: Tensor, labels: Tensor) -> tuple[Tensor, dict[str, float]]:
    """Return the loss of logits at stride OUT against labels at full size, and its parts."""
    known = functional.avg_pool2d((labels != UNKNOWN).float(), OUT)
    yes = functional.avg_pool2d((labels == 1).float(), OUT) / known.clamp(min=1e-3)
    sure = (known > 0.5).float()
    change = _overlap_and_entropy(logits[:, :1], yes[:, :1], sure[:, :1])
    building = _overlap_and_entropy(logits[:, 1:], yes[:, 1:], sure[:, 1:])
    # where no date's buildings are known, a change still says: at one date only; no change: as before
    p, q = torch.sigmoid(logits[:, 1]), torch.sigmoid(logits[:, 2])
    either = (p * (1 - q) + q * (1 - p)).clamp(1e-4, 1 - 1e-4)
    open_ = sure[:, 0] * (1 - sure[:, 1] * sure[:, 2])
    entropy = functional.binary_cross_entropy(either, yes[:, 0], reduction="none")
    apart = (entropy * open_).sum() / open_.sum().clamp(min=1)
    total = change + 0.6 * building + 0.3 * apart
    return total, {"change": change.item(), "building": building.item(), "apart": apart.item()}


def _overlap_and_entropy(logits: Tensor, yes: Tensor, sure: Tensor) -> Tensor:
    """Return cross entropy plus 1 - Dice over the pixels that are sure."""
    entropy = functional.binary_cross_entropy_with_logits(logits, yes, reduction="none")
    p = torch.sigmoid(logits) * sure
    y = yes * sure
    dice = (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)
    return (entropy * sure).sum() / sure.sum().clamp(min=1) * 1.5 + (1 - dice) * 0.7


class Run:
    """A network in training and where it is kept."""

    def __init__(self, folder: Path, recipe: Recipe, encoder: Path) -> None:
        self.folder, self.recipe = folder, recipe
        torch.manual_seed(recipe.seed)
        self.net = ChangeNet()
        self.net.encoder.load_state_dict(torch.load(encoder, map_location="cpu", weights_only=True))
        self.net.to(memory_format=torch.channels_last)
        self.mean = copy.deepcopy(self.net)
        slow = list(self.net.encoder.parameters())
        ids = {id(p) for p in slow}
        fast = [p for p in self.net.parameters() if id(p) not in ids]
        groups = [{"params": fast, "full": recipe.rate}, {"params": slow, "full": recipe.encoder_rate}]
        self.optimizer = torch.optim.AdamW(groups, lr=recipe.rate, weight_decay=recipe.decay)
        self.step = 0
        last = folder / "last.pt"
        if last.exists():
            self.restore(torch.load(last, map_location="cpu", weights_only=True))
        if recipe.fixed_low:
            self.net.encoder.fix_low()

    def restore(self, kept: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.net.load_state_dict(kept["net"])
        self.mean.load_state_dict(kept["mean"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self.step = kept["step"]

    def keep(self) -> None:
        """Write a checkpoint; a torn write leaves the last one whole."""
        state = {"net": self.net.state_dict(), "mean": self.mean.state_dict(), "step": self.step,
                 "optimizer": self.optimizer.state_dict(), "recipe": asdict(self.recipe)}  # fmt: skip
        torch.save(state, self.folder / "last.tmp")
        (self.folder / "last.tmp").replace(self.folder / "last.pt")

    def advance(self, first: Tensor, second: Tensor, labels: Tensor) -> dict[str, float]:
        """Take one step."""
        share = factor(self.recipe, self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = group["full"] * share
        total, parts = loss(self.net(first, second), labels)
        self.optimizer.zero_grad()
        total.backward()
        _share_gradients(self.net)
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 3.0)
        self.optimizer.step()
        self.step += 1
        weight = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for kept, new in zip(self.mean.state_dict().values(), self.net.state_dict().values(), strict=True):
                if kept.dtype.is_floating_point:
                    kept.lerp_(new, 1 - weight)
                else:
                    kept.copy_(new)
        return parts


def _share_gradients(net: torch.nn.Module) -> None:
    if not distributed.is_initialized():
        return
    gradients = [p.grad for p in net.parameters() if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    distributed.all_reduce(flat)
    flat /= distributed.get_world_size()
    start = 0
    for g in gradients:
        g.copy_(flat[start : start + g.numel()].view_as(g))
        start += g.numel()


def work(rank: int, processes: int, folder: Path, cache: Path, encoder: Path, recipe: Recipe) -> None:
    """Train in this process up to the recipe's last step."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    if processes > 1:
        meeting = folder / f"meeting-{os.getppid()}"
        distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=processes)
    run = Run(folder, recipe, encoder)
    sampler = Sampler.of(scenes.load(cache, held=False))
    run.net.train()
    sums: dict[str, float] = {}
    began = time.perf_counter()
    while run.step < recipe.steps:
        parts = run.advance(*batch(sampler, recipe, run.step, rank))
        sums = {name: sums.get(name, 0.0) + value / recipe.keep_every for name, value in parts.items()}
        if run.step % recipe.keep_every == 0 or run.step == recipe.steps:
            if rank == 0:
                run.keep()
                row = {"step": run.step, "seconds": round(time.perf_counter() - began, 1), **sums}
                with (folder / "log.jsonl").open("a") as log:
                    log.write(json.dumps({k: round(v, 4) for k, v in row.items()}) + "\n")
            sums, began = {}, time.perf_counter()


def train(folder: Path, cache: Path, encoder: Path, recipe: Recipe, processes: int) -> None:
    """Train in `processes` processes, going on from the last checkpoint in `folder` if there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["OMP_NUM_THREADS"] = "1"
    arguments = (processes, folder, cache, encoder, recipe)
    if processes == 1:
        work(0, *arguments)
    else:
        torch.multiprocessing.spawn(work, arguments, nprocs=processes)
