"""TIFF directories against files that GDAL wrote and reads."""

import numpy as np
import pytest
import rasterio

from geo.errors import Unreadable
from geo.orthophoto import tiff
from geo.orthophoto.tiff import Entry, entry


@pytest.mark.parametrize("profile", [{}, {"tiled": True, "blockxsize": 64, "blockysize": 64}, {"BIGTIFF": "YES"},
                                     {"ENDIANNESS": "BIG"}, {"BIGTIFF": "YES", "ENDIANNESS": "BIG"}])  # fmt: skip
def test_reads_what_gdal_wrote(tmp_path, write, texture, profile):
    file = write(tmp_path / "a.tif", texture(100, 130), **profile)
    data = file.read_bytes()
    (tags,) = tiff.directories(data)
    assert (int(tags[tiff.WIDTH][0]), int(tags[tiff.HEIGHT][0])) == (130, 100)
    with rasterio.open(file) as sheet:
        across, down = -(-130 // sheet.block_shapes[0][1]), -(-100 // sheet.block_shapes[0][0])
        offset = int(sheet.tags(ns="TIFF", bidx=1).get("BLOCK_OFFSET_0_0", 0) or 0)
    offsets, counts = tiff.blocks(tags)
    assert len(offsets) in (across * down, 3 * across * down)  # GDAL stores bands apart by default
    assert offset in (0, offsets[0])
    assert tiff.end_of_pixels(tags) <= len(data) == max(len(data), int((offsets + counts).max()))


@pytest.mark.parametrize("big", [False, True])
def test_what_is_packed_is_read_back(big):
    offsets = np.arange(5, dtype=np.uint64) * 1000
    chain = [
        [
            entry(tiff.WIDTH, tiff.LONG, 70_000),
            entry(tiff.BITS, tiff.SHORT, 8, 8, 8),
            Entry(347, tiff.UNDEFINED, b"abc"),
        ],
        [Entry(tiff.TILE_OFFSETS, tiff.LONG, offsets), entry(tiff.TIEPOINT, tiff.DOUBLE, 0, 0, 0, 1.5, -2.25, 0)],
    ]
    first, second = tiff.directories(tiff.pack(chain, big=big))
    assert first[tiff.WIDTH].tolist() == [70_000]
    assert first[tiff.BITS].tolist() == [8, 8, 8]
    assert first[347].tobytes() == b"abc"
    assert second[tiff.TILE_OFFSETS].tolist() == offsets.tolist()
    assert second[tiff.TIEPOINT].tolist() == [0, 0, 0, 1.5, -2.25, 0]


def test_every_cut_is_found_or_harmless(tmp_path, write, texture):
    data = write(tmp_path / "a.tif", texture(20, 20), compress="deflate").read_bytes()
    whole = tiff.end_of_pixels(tiff.directories(data)[0])
    for length in range(4, len(data), 7):
        try:
            found = tiff.directories(data[:length])
        except Unreadable:
            continue
        assert (tiff.end_of_pixels(found[0]) > length) == (length < whole)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<VRTDataset></VRTDataset>", "not a TIFF"),
        (b"II*\0" + (8).to_bytes(4, "little") + b"\0\0" + (8).to_bytes(4, "little"), "circle"),
        (b"II*\0" + (99).to_bytes(4, "little"), "cut short"),
        (b"II*\0" + bytes(4), "no directory"),
        (b"II*\0" + (8).to_bytes(4, "little") + b"\xff\xff", "claims 65535 tags"),
    ],
)
def test_a_broken_chain_is_named(data, says):
    with pytest.raises(Unreadable, match=says):
        tiff.directories(data)
