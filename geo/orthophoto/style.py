"""What a tile shows of its bands: natural colour, false colour or the vegetation index."""

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.errors import BadInput
from geo.orthophoto.warp import interleaved
from geo.raster import Raster, same_grid

NATURAL, FALSE_COLOUR, NDVI = "natural", "false_colour", "ndvi"
STYLES = (NATURAL, FALSE_COLOUR, NDVI)
NDVI_RANGE = (-0.2, 0.8)
"""Index values of the first and the last colour; what lies beyond takes the same."""
# 11-class RdYlGn of ColorBrewer 2.0 (C. Brewer, M. Harrower, Pennsylvania State University)
_RAMP = "a50026 d73027 f46d43 fdae61 fee08b ffffbf d9ef8b a6d96a 66bd63 1a9850 006837"


def coloured(rgb: Raster, nir: Raster, style: str) -> Raster:
    """Return the three bands that `style` shows of a survey's colours and near infrared, on one grid.

    The index is that of the delivered values, which are no reflectances: it ranks places within one survey.
    """
    same_grid(rgb, nir)
    red_green, infrared = interleaved(rgb), interleaved(nir)
    if style == FALSE_COLOUR:
        pixels = np.empty_like(red_green)
        cv2.mixChannels([infrared, red_green], [pixels], [0, 0, 1, 1, 2, 2])  # infrared, red, green
    elif style == NDVI:
        pixels = _index(red_green, infrared)
    else:
        raise BadInput(f"style {style!r} is shown without near infrared; there are {', '.join(STYLES)}")
    return Raster(pixels.transpose(2, 0, 1), rgb.valid & nir.valid, rgb.grid)


def ndvi(infrared: NDArray[Any], red: NDArray[Any]) -> NDArray[np.float32]:
    """Return (infrared - red) / (infrared + red), 0 where both are 0."""
    a, b = infrared.astype(np.float32), red.astype(np.float32)
    index: NDArray[np.float32] = (a - b) / np.maximum(a + b, np.float32(1))
    return index


def ramp(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the colour of index values, shape (..., 3)."""
    stops = np.array([list(bytes.fromhex(stop)) for stop in _RAMP.split()], np.float64)
    at = np.linspace(*NDVI_RANGE, len(stops))
    return np.stack([np.interp(values, at, stops[:, band]) for band in range(3)], -1).round().astype(np.uint8)


def _index(red_green: NDArray[Any], infrared: NDArray[Any]) -> NDArray[np.uint8]:
    place = cv2.merge([cv2.extractChannel(red_green, 0), infrared]).view(np.uint16)[..., 0]  # infrared is the high byte
    return np.asarray(_table().take(place)[..., None].view(np.uint8)[..., :3])


@cache
def _table() -> NDArray[np.uint32]:
    """Return the colour of every pair of red (low byte) and infrared (high byte), packed in one number each."""
    infrared, red = np.mgrid[0:256, 0:256]
    colours = ramp(ndvi(infrared, red)).reshape(-1, 3)
    packed = np.zeros((len(colours), 4), np.uint8)
    packed[:, :3] = colours
    table: NDArray[np.uint32] = packed.view(np.uint32)[:, 0]
    return table
