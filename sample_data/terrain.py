"""A 2 m terrain that fits the town: low polder behind a dyke, the national road on its bank, hills under the woods."""

from functools import cache
from pathlib import Path

import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from sample_data import ground
from sample_data.axes import CORE, CORNER, SIDE_M
from sample_data.plan import BASIN
from sample_data.town import Town, town
from sample_data.write import DRAWN_ON

CELL_M = 2.0
CELLS = int(SIDE_M / CELL_M)
_TRANSFORM = Affine(CELL_M, 0, CORNER[0], 0, -CELL_M, CORNER[1] + SIDE_M)
Field = NDArray[np.float64]

POLDER_M, DYKE_M, RIVER_M, ROAD_M, OPENING_M = 11.0, 17.0, 5.5, 13.2, 11.3
BASIN_FLOOR_M = POLDER_M - 264_157 / 40_245  # the plan's volume over the footprint of the press: 6.564 m deep


def _mask(shape: BaseGeometry) -> NDArray[np.bool_]:
    return rasterize([(shape, 1)], (CELLS, CELLS), transform=_TRANSFORM, dtype="uint8").astype(bool)


def _red_noise(seed: int, power: float) -> Field:
    """Return noise of mean 0 and deviation 1 whose amplitude falls as wave number to the minus `power`."""
    white = np.random.default_rng(seed).standard_normal((CELLS, CELLS))
    frequency = np.fft.fftfreq(CELLS, CELL_M)
    k = np.hypot(*np.meshgrid(frequency, frequency))
    k[0, 0] = np.inf
    noise = np.real(np.fft.ifft2(np.fft.fft2(white) * k**-power))
    return np.asarray((noise - noise.mean()) / noise.std())


@cache
def heights() -> NDArray[np.float32]:
    """Return metres above an invented datum, row 0 in the north, 1280 x 1280 cells of 2 m."""
    drawn: Town = town()
    cols, rows = np.meshgrid(np.arange(CELLS), np.arange(CELLS))
    x, y = CORNER[0] + (cols + 0.5) * CELL_M, CORNER[1] + SIDE_M - (rows + 0.5) * CELL_M
    pq = CORE.back(np.column_stack([x.ravel(), y.ravel()]))
    p, q = pq[:, 0].reshape(x.shape), pq[:, 1].reshape(x.shape)
    river, low = _mask(ground.river()), _mask(ground.polder())
    hills = _mask(shapely.union_all(list(ground.hills().values())))
    away = ndimage.distance_transform_edt(~(low | river)) * CELL_M  # metres from the low ground
    slope = np.minimum(away, 900) * 0.016
    inside = ndimage.distance_transform_edt(hills) * CELL_M
    ground_m = POLDER_M + 0.0008 * (p + 1200) * 0.5 + slope + (inside / 60) ** 1.25 * 6.5
    ground_m = ndimage.gaussian_filter(ground_m, 5)
    ground_m += _red_noise(71, 1.6) * np.where(low, 0.16, 0.35) + _red_noise(72, 2.0) * np.minimum(inside / 80, 1) * 2.5
    stream = _mask(shapely.intersection(ground.stream(), ground.stream().buffer(-2.5)))
    ground_m = np.where(stream, ground_m - 2.2, ground_m)
    bank = _mask(drawn.land["R37"])
    opening = _mask(shapely.union_all([drawn.land["POLDER"].buffer(3), CORE.box(-243, -237, 400, 460),
                                       CORE.box(-723, -717, 400, 460)]))  # fmt: skip
    level = np.maximum(ROAD_M, ground_m)
    ground_m = np.where(bank & ~stream, np.where(opening & (q > 405), OPENING_M, level), ground_m)
    ground_m[_mask(ground.dyke())] = DYKE_M
    ground_m[_mask(BASIN)] = BASIN_FLOOR_M
    return np.where(river, RIVER_M, ground_m).astype(np.float32)


def write(path: Path) -> None:
    """Write the terrain as a GeoTIFF that says it is synthetic."""
    with rasterio.open(
        path, "w", driver="GTiff", width=CELLS, height=CELLS, count=1, dtype="float32", crs="EPSG:5186",
        transform=_TRANSFORM, compress="deflate", predictor=3, tiled=True,
    ) as target:  # fmt: skip
        target.write(heights(), 1)
        target.update_tags(
            dem_is_synthetic="true", synthetic="true", drawn_on=DRAWN_ON, unit="m", vertical_datum="invented",
            TIFFTAG_IMAGEDESCRIPTION="SYNTHETIC terrain, not Paju: refuse parcel verdicts on it",
        )  # fmt: skip
