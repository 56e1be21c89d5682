"""The network: EfficientNet-Lite0 to stride 16 for each date, a light pyramid, one change and two building maps."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

STRIDE = 16
"""Windows start on multiples of it."""
MIDDLE, SPAN = 127.0, 128.0
"""Bytes are centred so; SPAN is a power of two, so that they are whole steps of it."""
OUT = 2
"""Logits come at this stride and are brought to full size by bilinear interpolation."""

# (kernel, stride, widening, channels) of the blocks of EfficientNet-Lite0 (Tan and Le 2019) up to stride 16. The
# first widening at half resolution is 3 in place of 6 (see narrow.py): it alone took a fifth of the time.
BLOCKS = (
    (3, 1, 1, 16), (3, 2, 3, 24), (3, 1, 6, 24), (5, 2, 6, 40), (5, 1, 6, 40),
    (3, 2, 6, 80), (3, 1, 6, 80), (3, 1, 6, 80), (5, 1, 6, 112), (5, 1, 6, 112), (5, 1, 6, 112),
)  # fmt: skip
STEM = 32
TAPS = (2, 4, 10)
"""Blocks whose output at stride 4, 8 and 16 goes on."""


class Same(nn.Conv2d):
    """A convolution without bias padded as TensorFlow does: with a stride of 2, one pixel more behind than before."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        padding = 0 if stride == 2 else kernel // 2
        super().__init__(inside, outside, kernel, stride, padding, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolved map."""
        if self.stride[0] == 2:
            before = (self.kernel_size[0] - 2) // 2
            after = self.kernel_size[0] - 2 - before
            x = functional.pad(x, (before, after, before, after))
        return super().forward(x)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.02)


class Block(nn.Module):
    """An inverted bottleneck; names as in the published weights."""

    def __init__(self, inside: int, kernel: int, stride: int, widen: int, outside: int) -> None:
        super().__init__()
        wide = inside * widen
        self.widen = widen
        if widen != 1:
            self._expand_conv = Same(inside, wide, 1)
            self._bn0 = _norm(wide)
        self._depthwise_conv = Same(wide, wide, kernel, stride, wide)
        self._bn1 = _norm(wide)
        self._project_conv = Same(wide, outside, 1)
        self._bn2 = _norm(outside)
        self.skip = stride == 1 and inside == outside

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's map."""
        y = x
        if self.widen != 1:
            y = functional.relu6(self._bn0(self._expand_conv(y)))
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.skip else y

    def fold(self) -> None:
        """Put the normalisation into the convolutions, for use without learning."""
        pairs = [("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2")]
        for convolution, norm in [("_expand_conv", "_bn0"), *pairs] if self.widen != 1 else pairs:
            setattr(self, convolution, fuse_conv_bn_eval(getattr(self, convolution), getattr(self, norm)))
            setattr(self, norm, nn.Identity())


class Encoder(nn.Module):
    """EfficientNet-Lite0 up to stride 16."""

    def __init__(self, blocks: tuple[tuple[int, int, int, int], ...] = BLOCKS) -> None:
        super().__init__()
        self._conv_stem = Same(3, STEM, 3, 2)
        self._bn0 = _norm(STEM)
        channels = [STEM, *(block[3] for block in blocks[:-1])]
        self._blocks = nn.ModuleList(Block(inside, *block) for inside, block in zip(channels, blocks, strict=True))

        self._fixed: list[nn.Module] = []

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the maps at stride 4, 8 and 16."""
        if self._fixed:
            with torch.no_grad():
                for part in self._fixed:
                    x = part(x)
        else:
            x = functional.relu6(self._bn0(self._conv_stem(x)))
        taps = [x] if self._fixed else []
        for number, block in enumerate(self._blocks):
            if self._fixed and number <= TAPS[0]:
                continue
            x = block(x)
            if number in TAPS:
                taps.append(x)
        return taps

    def fix_low(self) -> None:
        """Learn nothing up to stride 4, and run that part folded: more than half of the time lies there."""
        stem = fuse_conv_bn_eval(self._conv_stem.eval(), self._bn0.eval())
        low = [copy.deepcopy(block).eval() for block in self._blocks[: TAPS[0] + 1]]
        for block in low:
            block.fold()
        self._fixed = [nn.Sequential(stem, nn.ReLU6()), *low]
        for part in (self._conv_stem, self._bn0, *self._blocks[: TAPS[0] + 1]):
            part.requires_grad_(False)


def _smooth(inside: int, outside: int, kernel: int = 3) -> nn.Sequential:
    convolution = nn.Conv2d(inside, outside, kernel, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outside, momentum=0.05), nn.ReLU(inplace=True))


def _side(inside: int, outside: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inside, outside, 1, bias=False), nn.BatchNorm2d(outside, momentum=0.05))


def _larger(x: Tensor, times: int = 2) -> Tensor:
    return functional.interpolate(x, scale_factor=times, mode="bilinear", align_corners=False)


class ChangeNet(nn.Module):
    """Two dates in, logits of change, building before and building after out, at stride OUT."""

    def __init__(self, widths: tuple[int, int, int] = (32, 48, 64)) -> None:
        super().__init__()
        a, b, c = widths
        self.encoder = Encoder()
        self.side4, self.side8, self.side16 = (
            _side(BLOCKS[2][3], a),
            _side(BLOCKS[4][3], b),
            _smooth(BLOCKS[-1][3], c, 1),
        )
        self.down8, self.down4 = _side(c, b), _side(b, a)
        self.smooth8, self.smooth4 = _smooth(b, b), _smooth(a, a)
        self.change16, self.change8 = _smooth(2 * c, c, 1), _smooth(2 * b + c, b)
        self.change4 = nn.Sequential(_smooth(2 * a + b, a), _smooth(a, a))
        self.building = nn.Conv2d(a, (4 // OUT) ** 2, 1)
        self.change = nn.Conv2d(a, (4 // OUT) ** 2, 1)

    def pyramid(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return one date's maps at stride 16, 8 and 4."""
        f4, f8, f16 = self.encoder(x)
        p16 = self.side16(f16)
        p8 = self.smooth8(functional.relu(_larger(self.down8(p16)) + self.side8(f8)))
        p4 = self.smooth4(functional.relu(_larger(self.down4(p8)) + self.side4(f4)))
        return p16, p8, p4

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Return logits, shape (n, 3, height / OUT, width / OUT), of images (n, 3, height, width) around 0."""
        return self.seen(before, after)[0]

    def seen(self, before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits and, at stride 4, the map that the head of change reads."""
        levels = [p.chunk(2) for p in self.pyramid(torch.cat([before, after]))]
        merged = [torch.cat([(x - y).abs(), x + y], 1) for x, y in levels]
        change = self.change16(merged[0])
        change = self.change8(torch.cat([merged[1], _larger(change)], 1))
        change = self.change4(torch.cat([merged[2], _larger(change)], 1))
        maps = [self.change(change), self.building(levels[2][0]), self.building(levels[2][1])]
        return torch.cat([functional.pixel_shuffle(m, 4 // OUT) for m in maps], 1), change


def centred(image: Tensor) -> Tensor:
    """Return uint8 values as the published encoder wants them, -1 to 1."""
    return (image.float() - MIDDLE) / SPAN


class Shipped(nn.Module):
    """The network as it is shipped: two uint8 images (height, width, 3) in, probabilities (3, height, width) out.

    A second output, computed only where it is asked for, is what the head of change reads: a city refits that head.
    """

    def __init__(self, net: ChangeNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        """Return probabilities of change, building before, building after; and features (n, height / 4, width / 4)."""
        logits, features = self.net.seen(*(centred(image.permute(2, 0, 1)[None]) for image in (before, after)))
        return torch.sigmoid(_larger(logits, OUT))[0], features[0]
