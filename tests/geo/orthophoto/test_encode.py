"""Image bytes, decoded by another library."""

import numpy as np
import pytest
from affine import Affine
from rasterio.io import MemoryFile

from geo.crs import CITY
from geo.errors import Damaged
from geo.grid import Grid
from geo.orthophoto import encode, mask
from geo.raster import Raster

GRID = Grid(CITY, Affine(1, 0, 0, 0, -1, 0), 256, 256)


@pytest.fixture
def raster(texture):
    valid = np.ones((256, 256), bool)
    valid[:100, :50] = False
    return Raster(np.where(valid, texture(256, 256), np.uint8(0)), valid, GRID)


@pytest.fixture(autouse=True)
def no_position_expected():
    import warnings

    from rasterio.errors import NotGeoreferencedWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def read(data):
    with MemoryFile(data) as memory, memory.open() as picture:
        return picture.driver, picture.read()


def test_png_keeps_every_pixel_and_the_edge(raster):
    driver, pixels = read(encode.png(raster))
    assert driver == "PNG"
    assert np.array_equal(pixels[3] == 255, raster.valid)
    assert np.array_equal(pixels[:3, raster.valid], raster.data[:, raster.valid])


def test_webp_keeps_the_edge(raster, likeness):
    driver, pixels = read(encode.webp(raster))
    assert driver == "WEBP"
    assert np.array_equal(pixels[3] == 255, raster.valid)
    assert likeness(pixels[:3, raster.valid], raster.data[:, raster.valid]) > 32


def test_whole_pictures_carry_no_alpha(texture):
    whole = Raster(texture(256, 256), np.ones((256, 256), bool), GRID)
    assert len(read(encode.png(whole))[1]) == 3
    assert len(read(encode.webp(whole))[1]) == 3


def test_jpeg_is_white_where_there_is_no_ground(raster, likeness):
    driver, pixels = read(encode.jpeg(raster))
    assert driver == "JPEG"
    assert (pixels[:, 10:90, 10:40] > 250).all()
    assert likeness(pixels[:, 110:], raster.data[:, 110:]) > 35


def test_a_block_and_its_tables_make_a_whole_jpeg(raster, likeness):
    tables, stream = encode.block(raster)
    whole = encode.head(tables) + stream[2:]
    driver, pixels = read(whole)
    assert driver == "JPEG"
    assert whole[6:10] == b"JFIF"
    assert likeness(pixels[:, raster.valid], raster.data[:, raster.valid]) > 35
    assert pixels[:, :90, :40].min() > 0  # no black where there is no ground


def test_one_band_is_stored_too(texture, likeness):
    grey = Raster(texture(256, 256, bands=1), np.ones((256, 256), bool), GRID)
    tables, stream = encode.block(grey)
    whole = encode.head(tables) + stream[2:]
    driver, pixels = read(whole)
    assert (driver, len(pixels)) == ("JPEG", 1)
    assert likeness(pixels, grey.data) > 35
    assert encode.decoded(whole, GRID, 1).shape == (256, 256, 1)
    with pytest.raises(Damaged):
        encode.decoded(b"", GRID, 1)


def test_all_tiles_share_their_tables(texture, raster):
    other = Raster(texture(256, 256, seed=7), np.ones((256, 256), bool), GRID)
    assert encode.block(other)[0] == encode.block(raster)[0]


def test_masks_are_kept_bit_by_bit(raster):
    assert np.array_equal(mask.unpack(mask.pack(raster.valid)), raster.valid)
    assert mask.pack(np.ones((256, 256), bool)) == mask.FULL


def test_broken_streams_are_damage():
    with pytest.raises(Damaged):
        encode.decoded(b"\xff\xd8\xff\xd9", GRID)
    with pytest.raises(Damaged):
        mask.unpack(b"none")
    with pytest.raises(Damaged):
        mask.unpack(__import__("zlib").compress(b"short"))
