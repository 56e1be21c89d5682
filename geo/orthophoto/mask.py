"""Where a tile shows ground, one bit per pixel, as the mask of a tiled TIFF stores it."""

import zlib

import numpy as np
from numpy.typing import NDArray

from geo.errors import Damaged

TILE_PX = 256


def pack(valid: NDArray[np.bool_]) -> bytes:
    """Return the DEFLATE stream of a tile's bits, rows from the top, the first pixel in the highest bit."""
    return FULL if valid.all() else zlib.compress(np.packbits(valid, axis=1).tobytes())


def unpack(data: bytes) -> NDArray[np.bool_]:
    """Return a tile's bits as (256, 256). Raises Damaged when `data` holds no tile."""
    try:
        raw = zlib.decompress(data)
    except zlib.error as error:
        raise Damaged("a stored mask is no DEFLATE stream") from error
    if len(raw) != TILE_PX * TILE_PX // 8:
        raise Damaged(f"a stored mask holds {len(raw)} bytes")
    return np.unpackbits(np.frombuffer(raw, np.uint8)).reshape(TILE_PX, TILE_PX).astype(np.bool_)


FULL = zlib.compress(b"\xff" * (TILE_PX * TILE_PX // 8))
"""The mask of a tile that shows ground everywhere; stored once per file."""
