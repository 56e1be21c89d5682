"""The published encoder made narrower where it is slowest: half the channels of one block, the rest refitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from geo.change.training import network
from geo.change.training.pairs import Sampler
from geo.change.training.train import stack

IMAGES = 48
BLOCK = "_blocks.1."
RIDGE = 1e-6


def narrowed(published: Path, sampler: Sampler) -> dict[str, Tensor]:
    """Return the state of network.Encoder out of the weights of EfficientNet-Lite0.

    Channels leave one by one, each time the one that the others replace best (least squares on training imagery).
    """
    known = torch.load(published, map_location="cpu", weights_only=True)
    inner, target = _seen(known, stack([sampler.draw(np.random.default_rng([3, n])) for n in range(IMAGES)])[0])
    spread = known[BLOCK + "_bn2.running_var"].double().sqrt()
    ones = torch.cat([inner, torch.ones(len(inner), 1).double()], 1)
    gram, cross = ones.T @ ones, ones.T @ (target / spread)
    own = network.Encoder().state_dict()
    kept = list(range(inner.shape[1]))
    while len(kept) > own[BLOCK + "_bn1.weight"].shape[0]:
        kept.remove(min(kept, key=lambda channel: -_explained(gram, cross, [c for c in kept if c != channel])))
    weights = _solve(gram, cross, [*kept, inner.shape[1]]) * spread
    state = {name: _narrow(known[name], value, kept) for name, value in own.items()}
    state[BLOCK + "_project_conv.weight"] = weights[:-1].T.float()[:, :, None, None]
    # the convolution has no bias: the constant of the fit moves the mean that is taken off behind it
    state[BLOCK + "_bn2.running_mean"] = known[BLOCK + "_bn2.running_mean"] - weights[-1].float()
    return state


def _seen(known: dict[str, Tensor], images: Tensor) -> tuple[Tensor, Tensor]:
    """Return what the block's last convolution takes and gives in the published network, rows of pixels."""
    blocks = list(network.BLOCKS)
    encoder = network.Encoder((blocks[0], (3, 2, 6, 24)))
    encoder.load_state_dict({name: known[name] for name in encoder.state_dict()})
    encoder.eval()
    block = encoder._blocks[1]
    with torch.no_grad():
        x = encoder._blocks[0](functional.relu6(encoder._bn0(encoder._conv_stem(images))))
        x = functional.relu6(block._bn0(block._expand_conv(x)))
        x = functional.relu6(block._bn1(block._depthwise_conv(x)))
        y = block._project_conv(x)
    inner, target = (v.permute(0, 2, 3, 1).reshape(-1, v.shape[1])[::7].double() for v in (x, y))
    return inner, target


def _solve(gram: Tensor, cross: Tensor, rows: list[int]) -> Tensor:
    part = gram[rows][:, rows]
    return torch.linalg.solve(part + RIDGE * gram.diag().mean() * torch.eye(len(rows)).double(), cross[rows])


def _explained(gram: Tensor, cross: Tensor, kept: list[int]) -> float:
    rows = [*kept, len(gram) - 1]
    fit = _solve(gram, cross, rows)
    return float(2 * (fit * cross[rows]).sum() - (fit * (gram[rows][:, rows] @ fit)).sum())


def _narrow(given: Tensor, like: Tensor, kept: list[int]) -> Tensor:
    if given.shape == like.shape:
        return given
    axis = next(i for i, (a, b) in enumerate(zip(given.shape, like.shape, strict=True)) if a != b)
    return given.index_select(axis, torch.tensor(kept))
