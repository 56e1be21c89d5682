"""A drawn piece of town of which every change is known: textured ground, roofs with shadows, woods, a pond."""

from dataclasses import dataclass
from datetime import date

import cv2
import numpy as np
import pytest

from geo.crs import CITY
from geo.grid import Grid
from geo.raster import Raster

LEFT, TOP, SIDE_M, CELL_M = 190_464.0, 590_080.0, 256.0, 0.5
SIZE = int(SIDE_M / CELL_M)


@dataclass(frozen=True)
class Drawn:
    """A reader over one drawn image, 0.5 m; it can be sent to a process."""

    pixels: np.ndarray
    """Shape (height, width, 3)."""
    left: float = LEFT
    top: float = TOP

    def __call__(self, grid):
        height, width = self.pixels.shape[:2]
        scale = grid.cell / CELL_M
        x = (grid.bounds[0] - self.left) / CELL_M + (np.arange(grid.width) + 0.5) * scale
        y = (self.top - grid.bounds[3]) / CELL_M + (np.arange(grid.height) + 0.5) * scale
        inside = ((y >= 0) & (y < height))[:, None] & ((x >= 0) & (x < width))
        source = cv2.blur(self.pixels, (int(scale), int(scale)), anchor=(0, 0)) if scale > 1 else self.pixels
        rows = np.clip(np.floor(y - scale / 2 + 0.5), 0, height - 1).astype(int)
        cols = np.clip(np.floor(x - scale / 2 + 0.5), 0, width - 1).astype(int)
        data = source[rows][:, cols] * inside[..., None].astype(np.uint8)
        return Raster(np.moveaxis(data, 2, 0), inside, grid)


@dataclass(frozen=True)
class Flown:
    """A survey as the catalogue holds it."""

    id: str
    captured_on: date
    bounds: tuple
    version: str = "v1"
    bands: int = 3
    synthetic: bool = True


def noise(seed, size, grain):
    """Smooth noise of standard deviation 1."""
    field = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((size, size)), (0, 0), grain)
    return field / field.std()


def ground(size=SIZE, seed=0):
    """Brownish dry fields with stones, a road and a strip of concrete; float (height, width, 3)."""
    base = np.full((size, size, 3), (128.0, 118.0, 98.0))
    base += 8 * noise(seed, size, 6)[..., None] + 7 * noise(seed + 1, size, 1)[..., None]
    for row, width, grey in ((18, 22, 106), (278, 14, 172)):  # a road and a concrete strip, grey in any season
        base[row : row + width] = np.array((grey, grey, grey)) + 4 * noise(seed + row, size, 1)[:width, :, None]
    rng = np.random.default_rng(seed + 2)
    for x, y in rng.integers(0, size, (size * size // 900, 2)):
        cv2.circle(base, (int(x), int(y)), int(rng.integers(1, 4)), [float(rng.uniform(50, 190))] * 3, -1)
    return base


def house(image, x, y, width, height, roof=(196, 196, 202)):
    """A flat roof with its upper left corner at x, y (px), and the shadow that it throws to the north-west."""
    shadow = [[x - 8, y - 8], [x + width - 8, y - 8], [x + width, y], [x, y + height], [x - 8, y + height - 8]]
    cv2.fillPoly(image, [np.array(shadow)], (30, 32, 38))
    image[y : y + height, x : x + width] = roof
    image[y + height // 2, x : x + width] = (120, 120, 125)


def wood(image, x, y, width, height, seed=7):
    """Dark rough green."""
    crowns = 18 * noise(seed, max(width, height), 3)[:height, :width, None]
    image[y : y + height, x : x + width] = np.array((52, 78, 44)) + crowns * (0.8, 1.0, 0.7)


def photograph(image, *, gain=1.0, offset=0.0, shift_px=(0.0, 0.0), seed=0):
    """What a survey shows of the scene: uint8, moved east and south by `shift_px`."""
    move = np.array([[1, 0, shift_px[0]], [0, 1, shift_px[1]]], float)
    moved = cv2.warpAffine(image, move, image.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    grain = np.random.default_rng(seed).normal(0, 2, image.shape)
    return np.clip(np.rint(moved * gain + offset + grain), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def scene():
    """The two scenes, before and after, float; see `truth`."""
    before = ground()
    wood(before, 40, 300, 120, 120)
    house(before, 60, 60, 30, 24)  # stands in both
    house(before, 300, 80, 40, 30)  # will be pulled down
    house(before, 300, 330, 40, 40)  # will be extended
    after = before.copy()
    after[70:112, 290:342] = np.array((178, 166, 148)) + 12 * noise(50, 64, 1)[:42, :52, None]  # rubble
    house(after, 180, 180, 44, 36)  # new
    after[330:370, 340:370] = (196, 196, 202)  # the extension
    cleared = np.hypot(*np.mgrid[-45:45, -50:50] / [[[45]], [[50]]]) + 0.08 * noise(61, 100, 8)[:90] < 0.95
    soil = np.array((168, 144, 112)) + 8 * noise(60, 100, 3)[:90, :, None]
    after[310:400, 50:150][cleared] = soil[cleared]  # ragged, and fresh soil is brighter
    after[420:490, 220:420] = np.array((206, 170, 122)) + 5 * noise(70, 200, 1)[:70, :, None]  # dug
    return before, after


@pytest.fixture(scope="session")
def truth():
    """class -> (column, row, width, height) in px."""
    return {
        "building_gained": (180, 180, 44, 36),
        "building_lost": (300, 80, 40, 30),
        "building_extended": (340, 330, 30, 40),
        "vegetation_loss": (50, 310, 100, 90),
        "earthwork": (220, 420, 200, 70),
    }


@pytest.fixture(scope="session")
def area():
    """The grid of the scene."""
    return Grid.cover((LEFT, TOP - SIDE_M, LEFT + SIDE_M, TOP), CITY, CELL_M)


@pytest.fixture(scope="session")
def pair(scene):
    """Readers of the two dates: half a pixel apart each way, the second in another light."""
    before, after = scene
    return (
        Drawn(photograph(before, seed=1)),
        Drawn(photograph(after, gain=0.85, offset=18, shift_px=(0.5, -0.5), seed=2)),
    )


@pytest.fixture(scope="session")
def straddling(pair):
    """The same two dates where four blocks meet in their middle, and their bounds."""
    left, top = LEFT - SIDE_M / 2, TOP - SIDE_M / 2
    moved = [Drawn(date.pixels, left, top) for date in pair]
    return *moved, (left, top - SIDE_M, left + SIDE_M, top)


@pytest.fixture(scope="session")
def surveys(straddling):
    """What a run keeps of the two surveys in `straddling`, by the names that detect and train give them."""
    return {
        "before": Flown("2024", date(2024, 5, 14), straddling[2]),
        "after": Flown("2025", date(2025, 9, 28), straddling[2]),
    }


@pytest.fixture(scope="session")
def show():
    """Make a reader of a scene: show(image, gain=, offset=, shift_px=, seed=)."""

    def reader(image, **how):
        return Drawn(photograph(image, **how))

    return reader
