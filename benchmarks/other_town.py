"""Detection by class on the sample town, and on towns that no rule was fitted to.

    python benchmarks/other_town.py FOLDER NUMBER

draws town NUMBER into FOLDER and prints recall and precision per class at an IoU of 0.3, both pairs of years together,
and how many objects told meet nothing planted, per km2 of ground where nothing is.
Town 0 is the sample itself; others have other lots, fields, roofs and light, and things planted elsewhere, while
streets, stream, hills and the disaster works stay.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely

from geo.change import classes, scan
from geo.grid import Grid
from geo.raster import Raster
from sample_data import changes, paint, palette, strokes, surface, truth
from sample_data.axes import CORNER, SIDE_M, SQUARE, TOWN, Pair
from sample_data.town import town

IOU = 0.3
PAIRS = ("2024", "2025"), ("2025", "2026")
APART_M = 60.0
"""Between two things planted, so that nothing lies on anything."""
NEW, GONE, WINGS, CLEARED, DUG, PONDS, ROADS = 30, 14, 26, 10, 10, 8, 10
"""How many are planted; a wing that finds no room is left out."""


class Places:
    """Gives places of a kind, at random and apart from those given before."""

    def __init__(self, random: np.random.Generator) -> None:
        self.random, self.taken = random, list[Pair]()

    def on(self, jimok: tuple[str, ...], count: int, least_m2: float) -> list[Pair]:
        """Return metres from the corner of the town of `count` parcels of a 지목, of at least so many m2."""
        parcels = town().parcels
        known = parcels[parcels["jimok"].isin(jimok) & (parcels.area >= least_m2)]
        inner = shapely.get_coordinates(shapely.point_on_surface(known.geometry.to_numpy())) - CORNER
        given: list[Pair] = []
        for x, y in self.random.permutation(inner).tolist():
            near = min((np.hypot(x - a, y - b) for a, b in self.taken), default=np.inf)
            if len(given) < count and near >= APART_M and min(x, y, SIDE_M - x, SIDE_M - y) > 80:
                given.append((x, y))
                self.taken.append((x, y))
        return given


def plant(random: np.random.Generator) -> None:
    """Put other changes in the place of those of `sample_data.changes`."""
    places = Places(random)

    def year() -> int:
        return int(random.integers(1, 3))

    def size(low: Pair, high: Pair) -> Pair:
        return float(random.uniform(low[0], high[0])), float(random.uniform(low[1], high[1]))

    houses = places.on(("대",), NEW + GONE + WINGS, 200)
    spots = [(TOWN, *place) for place in houses]
    changes.GAINED = tuple((s, year(), size((8, 5.5), (15, 10)), "none") for s in spots[:NEW])
    changes.LOST = tuple((s, year(), "none") for s in spots[NEW : NEW + GONE])
    changes.EXTENDED = tuple((s, year(), size((6.5, 6), (10, 8)), "none") for s in spots[NEW + GONE :])
    fields = ("전", "답")
    changes.GROUND = tuple(
        (kind, cover, (TOWN, *place), float(random.uniform(low, high)), year(), "none")
        for kind, cover, jimok, count, low, high in (
            ("vegetation_loss", "cleared", ("임",), CLEARED, 1000, 5000),
            ("earthwork", "dug", ("전",), DUG, 3000, 15000),
            ("water", "pond", fields, PONDS, 500, 3000),
        )
        for place in places.on(jimok, count, 1200)
    )
    changes.LINES = tuple(_line(place, random, year) for place in places.on(("전", "임"), ROADS, 900))


def _line(place: Pair, random: np.random.Generator, year: Callable[[], int]) -> tuple[object, ...]:
    way, bend = random.uniform(0, np.pi), random.uniform(-0.3, 0.3)
    half = random.uniform(50, 110)
    ends = [
        (place[0] + side * half * np.cos(way + side * bend), place[1] + side * half * np.sin(way + side * bend))
        for side in (-1, 1)
    ]
    cover = str(random.choice(["new asphalt", "track", "concrete"]))
    return "road", cover, TOWN.line(ends[0], place, ends[1]), float(random.uniform(4, 6.5)), year(), "none"


def light(random: np.random.Generator) -> tuple[palette.Light, ...]:
    """Return surveys taken at other hours, through other haze, by another camera, otherwise out of place."""
    return tuple(
        replace(
            known,
            azimuth=float(random.uniform(125, 230)),
            elevation=float(random.uniform(40, 64)),
            haze=float(random.uniform(0, 0.12)),
            gain=tuple(random.uniform(0.95, 1.07, 3).tolist()),
            shift_px=tuple(random.uniform(-0.7, 0.7, 2).tolist()),
            warp_px=float(random.uniform(0, 0.4)),
        )
        for known in palette.LIGHTS
    )


def draw(folder: Path, number: int) -> None:
    """Write town `number`; but for 0, `sample_data` draws from other seeds for the rest of the process."""
    if number:
        real = np.random.default_rng
        np.random.default_rng = lambda seed: real((number, *np.atleast_1d(seed)))  # type: ignore[assignment,misc]
        random = real((number, 0))
        plant(random)
        lights = light(random)
        for module in (paint, palette, strokes, surface):
            module.LIGHTS = lights
    for sheet in paint.sheets(1.0):
        paint.draw(sheet, folder)


class Sheets:
    """A reader over the sheets of one year, held in memory."""

    def __init__(self, folder: Path) -> None:
        px = round(SIDE_M * 2)
        self.pixels = np.zeros((3, px, px), np.uint8)
        for path in sorted(folder.glob("*.tif")):
            with rasterio.open(path) as file:
                row, col = round((CORNER[1] + SIDE_M - file.bounds.top) * 2), round((file.bounds.left - CORNER[0]) * 2)
                self.pixels[:, row : row + file.height, col : col + file.width] = file.read()

    def __call__(self, grid: Grid) -> Raster:
        """Return the pixels nearest to the corners of those of `grid`."""
        step, last = round(grid.cell * 2), self.pixels.shape[1]
        rows = round((CORNER[1] + SIDE_M - grid.bounds[3]) * 2) + np.arange(grid.height) * step
        cols = round((grid.bounds[0] - CORNER[0]) * 2) + np.arange(grid.width) * step
        inside = ((rows >= 0) & (rows < last))[:, None] & (cols >= 0) & (cols < last)
        data = self.pixels[:, rows.clip(0, last - 1)][:, :, cols.clip(0, last - 1)]
        return Raster(data * inside, inside, grid)


def found(folder: Path, before: str, after: str) -> gpd.GeoDataFrame:
    """Return the changes between two years."""
    pair = scan.prepare(Sheets(folder / before), Sheets(folder / after), SQUARE.bounds)
    return scan.assemble([scan.pieces(pair, block) for block in scan.blocks(SQUARE.bounds)])


def matched(some: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> int:
    """Return how many of `some` overlap one of `others` at an IoU of 0.3."""
    a, b = (frame.geometry.to_numpy() for frame in (some, others))
    i, j = shapely.STRtree(b).query(a, predicate="intersects")
    shared = shapely.area(shapely.intersection(a[i], b[j]))
    return len(set(i[shared / (shapely.area(a[i]) + shapely.area(b[j]) - shared) >= IOU]))


def main() -> None:
    """Draw, detect and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("number", type=int)
    chosen = parser.parse_args()
    draw(chosen.folder, chosen.number)
    counts = dict.fromkeys(classes.KOREAN, (0, 0, 0, 0))
    false, quiet_km2 = {"building": 0, "other": 0}, 0.0
    for before, after in PAIRS:
        planted, told = truth.changes(f"{before}_{after}"), found(chosen.folder, before, after)
        quiet_km2 += SQUARE.difference(planted.union_all()).area / 1e6
        for name in told.loc[~told.intersects(planted.union_all()), "class"]:
            false["building" if name.startswith("building") else "other"] += 1
        for name, known in counts.items():
            there, here = (frame[frame["class"].eq(name)] for frame in (planted, told))
            seen = matched(there, here), len(there), matched(here, there), len(here)
            counts[name] = tuple(map(sum, zip(known, seen, strict=True)))  # type: ignore[assignment]
    print("| class | recall | precision |\n|---|---|---|")
    for name, (hit, there, right, here) in counts.items():
        print(f"| {name.replace('_', ' ')} | {hit} of {there} | {right} of {here} |")
    alarms = ", ".join(f"{number / quiet_km2:.2f} ({name})" for name, number in false.items())
    print(f"\nfalse alarms per km2 of {quiet_km2:.2f} km2 where nothing is planted: {alarms}")


if __name__ == "__main__":
    main()
