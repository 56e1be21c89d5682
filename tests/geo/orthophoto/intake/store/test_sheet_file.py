"""Sheets that attack: nothing but the pixels of a TIFF, JPEG 2000 or JPEG on this disk is ever opened."""

import struct
import time
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from geo.crs import CITY
from geo.errors import BadFile
from geo.grid import Grid
from geo.orthophoto import store
from geo.orthophoto.intake.store import sheet_file

ON = date(2024, 5, 14)
SECRET = b"the secret of another room"
PAST_THE_GUARD = ("GTIFF_DIR:1:{}", "GTIFF_RAW:{}", "/vsizip/{}", "/vsisubfile/0_100,{}", "CSV:{}")


@pytest.fixture
def attacks(tmp_path, listener):
    """Descriptions that GDAL would follow to another file, to the network, or to write one."""
    secret = tmp_path / "secret.txt"
    secret.write_bytes(SECRET * 40)
    address, _ = listener
    place = "<SRS>EPSG:5186</SRS><GeoTransform>183000,0.5,0,583400,0,-0.5</GeoTransform>"
    raw = f"""<VRTDataset rasterXSize="20" rasterYSize="20">{place}<VRTRasterBand dataType="Byte" band="1"
        subClass="VRTRawRasterBand"><SourceFilename relativetoVRT="0">{secret}</SourceFilename><ImageOffset>0
        </ImageOffset><PixelOffset>1</PixelOffset><LineOffset>20</LineOffset></VRTRasterBand></VRTDataset>"""
    remote = f"""<VRTDataset rasterXSize="20" rasterYSize="20">{place}<VRTRasterBand dataType="Byte" band="1">
        <SimpleSource><SourceFilename>/vsicurl/http://{address}/a.tif</SourceFilename><SourceBand>1</SourceBand>
        </SimpleSource></VRTRasterBand></VRTDataset>"""
    service = f"""<GDAL_WMS><Service name="TMS"><ServerUrl>http://{address}/${{z}}/${{x}}/${{y}}</ServerUrl></Service>
        <DataWindow><UpperLeftX>183000</UpperLeftX><UpperLeftY>583400</UpperLeftY><LowerRightX>184000</LowerRightX>
        <LowerRightY>582400</LowerRightY><TileLevel>1</TileLevel></DataWindow><Projection>EPSG:5186</Projection>
        </GDAL_WMS>"""
    cached = f"""<MRF_META><CachedSource><Source>{secret}</Source></CachedSource><Raster><Size x="20" y="20"/>
        <DataFile>{tmp_path / "written"}</DataFile></Raster></MRF_META>"""
    made = []
    for name, text in {"raw": raw, "remote": remote, "service": service, "cached": cached}.items():
        for ending in (".vrt", ".xml", ".mrf", ".tif"):
            made.append(tmp_path / f"{name}{ending}")
            made[-1].write_text(text)
    return made


def test_what_leads_elsewhere_is_refused_and_followed_nowhere(city, tmp_path, attacks, listener):
    before = sorted(tmp_path.iterdir())
    for path in attacks:
        with pytest.raises(BadFile, match=r"is not a TIFF, JPEG 2000 or JPEG, whatever its name says$") as refusal:
            store.ingest(city, [path], survey="a", captured_on=ON)
        assert SECRET.decode() not in str(refusal.value)
    assert listener[1] == []
    assert [path for path in sorted(tmp_path.iterdir()) if path not in before] == []
    assert store.surveys(city) == []


def test_names_that_gdal_would_read_as_more_than_a_path(tmp_path, write, texture, listener):
    good = write(tmp_path / "good.tif", texture(60, 60))
    names = [form.format(good) for form in PAST_THE_GUARD]
    names += [f"/vsicurl/http://{listener[0]}/a.tif", f"http://{listener[0]}/a.tif", "<VRTDataset/>"]
    for name in names:
        with pytest.raises(BadFile, match=r"is no file$"):
            sheet_file.describe(Path(name), None)
    assert listener[1] == []


def test_what_a_child_opens_is_what_the_first_bytes_say(tmp_path, attacks, listener):
    """The guard behind the guard: in a child these are off even where a description is handed to GDAL itself."""
    for path in attacks:
        with pytest.raises((BadFile, rasterio.errors.RasterioError)):
            sheet_file.crew().call(_open_anyhow, path, cpu_s=20)
    assert listener[1] == []


def _open_anyhow(path):
    try:
        rasterio.open(path).close()
    except rasterio.errors.RasterioError as error:
        raise BadFile(str(error)) from None


def test_an_archive_is_no_sheet(tmp_path, write, texture):
    inside = write(tmp_path / "a.tif", texture(60, 60))
    archive = tmp_path / "sheets.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.write(inside, "../../a.tif")
        out.writestr("zeros.tif", bytes(50_000_000))
    with pytest.raises(BadFile, match="is not a TIFF"):
        sheet_file.describe(archive, None)


def hollow(path, side, **profile):
    """A TIFF of a few hundred kB that claims `side` squared pixels and stores none."""
    with rasterio.open(
        path, "w", driver="GTiff", width=side, height=side, count=3, dtype="uint8", crs="EPSG:5186", tiled=True,
        transform=Affine(0.5, 0, 165_000.0, 0, -0.5, 600_000.0), SPARSE_OK=True, blockxsize=4096, blockysize=4096,
        interleave="pixel", **profile,
    ) as out:  # fmt: skip
        out.write(np.ones((3, 16, 16), np.uint8), window=((0, 16), (0, 16)))
    return path


def test_a_file_that_claims_what_it_does_not_store_is_refused_at_once(tmp_path):
    sheet_file.crew().call(time.monotonic, cpu_s=20)  # starting a child is not the sheet's doing
    for side, says in ((60_000, "lacks 224 of its blocks and names no nodata"), (70_000, "too large")):
        path = hollow(tmp_path / f"{side}.tif", side, compress="deflate")
        assert path.stat().st_size < 1_000_000
        began = time.monotonic()
        with pytest.raises(BadFile, match=says):
            sheet_file.describe(path, None)
        assert time.monotonic() - began < 2


def test_blocks_left_out_where_there_is_nodata_show_no_ground(city, tmp_path, texture):
    path = tmp_path / "sparse.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=512, height=256, count=3, dtype="uint8", crs="EPSG:5186", nodata=0,
        transform=Affine(0.5, 0, 183_000.0, 0, -0.5, 583_400.0), tiled=True, SPARSE_OK=True,
    ) as out:  # fmt: skip
        out.write(texture(256, 256).clip(1), window=((0, 256), (0, 256)))
    survey = store.ingest(city, [path], survey="a", captured_on=ON)
    read = store.reader(city, "a")(Grid.cover((183_000, 583_272, 183_256, 583_400), CITY, 0.5))
    assert survey.bands == 3
    assert read.valid[:, :256].all()
    assert not read.valid[:, 256:].any()


def test_a_block_that_unpacks_to_more_than_memory_is_refused_on_its_header(tmp_path):
    path = tmp_path / "bomb.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=16_384, height=16_384, count=3, dtype="uint8", crs="EPSG:5186", nodata=0,
        transform=Affine(0.5, 0, 183_000.0, 0, -0.5, 583_400.0), compress="deflate", tiled=True, blockxsize=16_384,
        blockysize=16_384, interleave="pixel", SPARSE_OK=True,
    ):  # fmt: skip
        pass
    with pytest.raises(BadFile, match=r"in blocks of 805306368 bytes: too large"):
        sheet_file.describe(path, None)


def test_descriptions_of_the_corpus_are_refused_without_a_look_inside(shared):
    paths = sorted((shared / "data" / "bad_inputs" / "vrt").iterdir())
    held = store.check(paths)
    assert len(paths) == len(held.errors) > 10
    assert all(fault.endswith("is not a TIFF, JPEG 2000 or JPEG, whatever its name says") for fault in held.errors)


def test_mutants_of_a_sheet_end_in_acceptance_or_one_sentence(tmp_path, write, texture):
    """100 files with a few bytes of their directory turned, in the child that all share."""
    sheet = write(tmp_path / "a.tif", texture(64, 64), compress="deflate", tiled=True, blockxsize=16, blockysize=16)
    good, rng = bytearray(sheet.read_bytes()), np.random.default_rng(1)
    start = struct.unpack_from("<I", good, 4)[0]
    refused = []
    for _ in range(100):
        mutant = bytearray(good)
        for place in rng.integers(start, min(start + 300, len(good)), rng.integers(1, 5)):
            mutant[place] = rng.integers(256)
        path = tmp_path / "mutant.tif"
        path.write_bytes(mutant)
        began = time.monotonic()
        refused += store.check([path]).errors
        assert time.monotonic() - began < 5
    assert 25 < len(refused) < 100
    assert not any("\n" in sentence for sentence in refused)
