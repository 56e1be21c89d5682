"""Raster to image bytes: whole pictures for clients, and JPEG streams as a tiled TIFF stores them."""

from typing import Any

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from geo.errors import Damaged
from geo.grid import Grid
from geo.orthophoto.warp import interleaved
from geo.raster import Raster

JPEG_QUALITY = 85
JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_TABLES = (0xDB, 0xC4)  # quantisation and Huffman
_SCAN = 0xDA


def jpeg(raster: Raster, quality: int = JPEG_QUALITY) -> bytes:
    """Return RGB pixels as JPEG; what shows no ground is white."""
    pixels = interleaved(raster)
    if not raster.valid.all():
        pixels = np.where(raster.valid[..., None], pixels, np.uint8(255))
    return _jpeg(pixels, quality)


def png(raster: Raster) -> bytes:
    """Return RGB pixels as PNG, with alpha where some show no ground."""
    return _encode(".png", raster, [cv2.IMWRITE_PNG_COMPRESSION, 3])


def webp(raster: Raster, quality: int = 80) -> bytes:
    """Return RGB pixels as WebP, with alpha where some show no ground."""
    return _encode(".webp", raster, [cv2.IMWRITE_WEBP_QUALITY, quality])


ENCODERS = {JPEG: jpeg, PNG: png, WEBP: webp}


def _encode(ending: str, raster: Raster, options: list[int]) -> bytes:
    pixels = cv2.cvtColor(interleaved(raster), cv2.COLOR_RGB2BGR)
    if not raster.valid.all():
        pixels = np.dstack([pixels, np.where(raster.valid, np.uint8(255), np.uint8(0))])
    return bytes(cv2.imencode(ending, pixels, options)[1])


def _jpeg(pixels: NDArray[Any], quality: int) -> bytes:
    space, sampling = ("RGB", "420") if pixels.shape[2] == 3 else ("GRAY", "Gray")
    data: bytes = simplejpeg.encode_jpeg(
        np.ascontiguousarray(pixels), quality=quality, colorspace=space, colorsubsampling=sampling
    )
    return data


def block(raster: Raster, quality: int = JPEG_QUALITY) -> tuple[bytes, bytes]:
    """Return a tile of one or three bands as TIFF stores it: the tables that all tiles share, and the stream without.

    Pixels without ground take the mean colour of the others, so that no false edge costs bytes or rings.
    """
    pixels = interleaved(raster)
    if not raster.valid.all():
        shown = raster.valid.view(np.uint8)
        mean = np.rint(cv2.mean(pixels, shown)[: pixels.shape[2]]).astype(np.uint8)
        filled = np.empty_like(pixels)
        filled.reshape(len(filled), -1)[:] = np.tile(mean, filled.shape[1])
        pixels = cv2.copyTo(pixels, shown, filled).reshape(pixels.shape)
    return _part(_jpeg(pixels, quality))


def _part(data: bytes) -> tuple[bytes, bytes]:
    """Part a JPEG into its tables (an abbreviated stream of their own) and the rest."""
    tables, rest, place = [b"\xff\xd8"], [b"\xff\xd8"], 2
    while data[place + 1] != _SCAN:
        marker, end = data[place + 1], place + 2 + int.from_bytes(data[place + 2 : place + 4])
        if marker in _TABLES:
            tables.append(data[place:end])
        elif not 0xE0 <= marker <= 0xEF:
            rest.append(data[place:end])
        place = end
    return b"".join(tables) + b"\xff\xd9", b"".join(rest) + data[place:]


def head(tables: bytes) -> bytes:
    """Return what stands before a stored stream (less its first two bytes) to make it a whole JFIF file."""
    return tables[:2] + _JFIF + tables[2:-2]


def decoded(data: bytes, grid: Grid, bands: int = 3) -> NDArray[np.uint8]:
    """Return a tile's JPEG as (height, width, bands). Raises Damaged when it is none."""
    try:
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(data, colorspace="RGB" if bands == 3 else "GRAY")
    except ValueError as error:
        raise Damaged("a stored tile is no JPEG") from error
    if pixels.shape != (grid.height, grid.width, bands):
        raise Damaged(f"a stored tile has the shape {pixels.shape}")
    return pixels
