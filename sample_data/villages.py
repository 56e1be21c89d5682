"""The lots of the villages, cut by hand beside their streets so that each planted case fronts one street only."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry import Polygon

from sample_data.axes import CORE, ICHEON, NEW, NORTH, Axes, Pair


@dataclass(frozen=True)
class Lot:
    """A lot of a village: `use` is its 지목, `block` names the block it is numbered with."""

    shape: Polygon
    use: str
    block: str
    axes: Axes


class Cutter:
    """Collects the lots of one village."""

    def __init__(self, axes: Axes, name: str, seed: int) -> None:
        self.axes, self.name, self.lots = axes, name, list[Lot]()
        self._random = np.random.default_rng(seed)
        self._blocks = 0

    def block(self, p: Pair, q: Pair, use: str = "대", *, columns: float = 24, rows: float = 19) -> None:
        """Cut p0..p1 x q0..q1 into lots about `columns` x `rows` metres, rows shaken by up to 2 m."""
        self._blocks += 1
        n, m = (max(1, round((s[1] - s[0]) / size)) for s, size in ((p, columns), (q, rows)))
        edges = np.linspace(p[0], p[1], n + 1)
        for left, right in itertools.pairwise(edges):
            cuts = np.linspace(q[0], q[1], m + 1)
            cuts[1:-1] += self._random.integers(-2, 3, m - 1)
            for low, high in itertools.pairwise(cuts):
                self._add(self.axes.box(left, right, low, high), use)

    def lot(self, *ring: Pair, use: str = "대") -> None:
        """Add a lot by its corners, to the block begun last."""
        self._add(self.axes.polygon(*ring), use)

    def begin(self) -> None:
        """Begin a block of lots drawn one by one."""
        self._blocks += 1

    def dead_end(self, p: Pair, middle: float, width: float, rows: Sequence[float], foot: float) -> None:
        """Cut both sides of a dead end that runs south from q = rows[0], and gardens from its end to `foot`."""
        self.begin()
        for side in ((p[0], middle - width / 2), (middle + width / 2, p[1])):
            for top, bottom in itertools.pairwise(rows):
                self._add(self.axes.box(*side, bottom, top), "대")
        self.block(p, (foot, rows[-1]), "전", columns=60, rows=22)

    def _add(self, shape: Polygon, use: str) -> None:
        self.lots.append(Lot(shape, use, f"{self.name}{self._blocks:02}", self.axes))


def _core() -> list[Lot]:
    cut = Cutter(CORE, "A", 11)
    for p in ((-23, -3), (3, 50), (54, 102.5), (105.5, 154), (158, 206), (210, 258), (262, 310), (314, 362), (366, 414),
              (418, 467)):  # fmt: skip
        cut.block(p, (4, 117))
    for p in ((-23, 24.5), (27.5, 76), (80, 128), (128, 180), (184, 232.3), (235.7, 284), (288, 336), (340, 388),
              (392, 437), (443, 470)):  # fmt: skip
        cut.block(p, (123, 232), columns=26)
    cut.block((-13, 4), (-70, -4))
    cut.begin()  # the dead end of 9 m: its site lies behind a car park and reaches round the end
    cut.lot((4, -4), (29, -4), (29, -8), (4, -8), use="차")
    cut.lot((4, -8), (29, -8), (29, -13), (31, -13), (31, -35), (4, -35))
    cut.lot((31, -4), (56, -4), (56, -20), (31, -20))
    cut.lot((31, -20), (56, -20), (56, -35), (31, -35))
    cut.block((4, 56), (-108, -35), "전", columns=60, rows=22)
    cut.dead_end((56, 111), 85, 3, (-4, -14, -29), -108)
    cut.dead_end((111, 170), 140, 4, (-4, -22, -43, -64), -108)
    cut.dead_end((170, 230), 200, 6, (-4, -22, -43, -64), -108)
    cut.dead_end((230, 288), 260, 3, (-4, -20, -37, -54), -108)
    cut.dead_end((288, 346), 315, 2, (-4, -17, -34), -108)
    cut.begin()  # a lot behind two others, with a neck of 1.5 m
    cut.lot((346, -4), (376, -4), (376, -24), (346, -24))
    cut.lot((377.5, -4), (408, -4), (408, -24), (377.5, -24))
    cut.lot((376, -4), (377.5, -4), (377.5, -24), (406, -24), (406, -50), (346, -50), (346, -24), (376, -24))
    cut.lot((406, -24), (408, -24), (408, -50), (406, -50), use="구")
    cut.block((346, 408), (-108, -50), "전", columns=31, rows=29)
    cut.block((412, 460), (-108, -4), rows=21)
    cut.block((-13, 408), (-130, -108))
    cut.block((412, 460), (-130, -108))
    cut.block((-13, 4), (-108, -70), "전")
    cut.begin()  # beside the motor road alone
    cut.lot((-330, 444), (-300, 444), (-300, 470), (-330, 470))
    return cut.lots


def _icheon() -> list[Lot]:
    cut = Cutter(ICHEON, "I", 12)
    for p in ((-20, 38), (42, 88), (92, 138), (142, 188), (192, 230)):
        cut.block(p, (3, 88), rows=21)
    for p in ((30, 58), (62, 90), (90, 118), (122, 150)):
        cut.block(p, (92, 152), columns=30, rows=20)
    cut.block((30, 150), (152, 174), columns=40)
    cut.block((-20, 30), (92, 130))
    cut.block((150, 230), (92, 130))
    for p in ((0, 28), (32, 60)):
        cut.block(p, (-63, -3), columns=30, rows=20)
    cut.block((0, 60), (-85, -63), columns=30, rows=22)
    cut.block((60, 140), (-27, -3), columns=27)
    for p in ((140, 168), (172, 200)):
        cut.block(p, (-55, -3), columns=30, rows=17)
    cut.block((140, 200), (-75, -55), columns=30)
    cut.block((200, 230), (-27, -3), columns=30)
    return cut.lots


def _north() -> list[Lot]:
    cut = Cutter(NORTH, "C", 13)
    for p in ((-10, 48.5), (51.5, 108.5), (111.5, 168), (172, 228), (232, 300)):
        cut.block(p, (2, 83), columns=28)
    cut.block((-10, 262), (-26, -2))
    cut.block((-10, 280), (87, 111))
    return cut.lots


def _new() -> list[Lot]:
    cut = Cutter(NEW, "D", 14)
    for p in ((0, 47), (53, 107), (113, 167), (173, 240)):
        cut.block(p, (4, 77), columns=27, rows=18)
    for p in ((0, 30), (30, 78), (82, 115), (115, 148), (152, 200), (200, 240)):
        cut.block(p, (83, 123), columns=50, rows=20)
    cut.block((0, 240), (123, 145), columns=30)
    cut.block((0, 56), (-28, -4), columns=28)
    cut.block((64, 240), (-28, -4), columns=28)
    return cut.lots


def _estate() -> list[Lot]:
    cut = Cutter(CORE, "F", 15)
    cut.block((-620, -504), (4, 107), "장", columns=58, rows=51)
    cut.block((-496, -382), (4, 107), "장", columns=57, rows=51)
    cut.block((-378, -260), (4, 107), "장", columns=118, rows=103)
    cut.block((-620, -443), (113, 203), "장", columns=59, rows=45)
    cut.block((-437, -322), (113, 203), "장", columns=57, rows=45)
    cut.block((-318, -260), (113, 203), "장", columns=58, rows=45)
    return cut.lots


def _west() -> list[Lot]:
    cut = Cutter(CORE, "E", 16)
    for p in ((-700, -632), (-628, -563)):
        cut.block(p, (-408, -332), columns=33)
    cut.block((-700, -563), (-328, -304), columns=27)
    cut.block((-700, -563), (-436, -412), columns=27)
    return cut.lots


def lots() -> list[Lot]:
    """Return every lot that was cut by hand, EPSG:5186."""
    return [*_core(), *_icheon(), *_north(), *_new(), *_estate(), *_west()]
