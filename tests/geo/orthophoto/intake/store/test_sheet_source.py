"""Every format, compression and coordinate system that deliveries come in, against GDAL's own reading of the file."""

import warnings
from datetime import date

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.warp import Resampling, reproject

from geo import crs
from geo.errors import BadFile
from geo.grid import Grid
from geo.orthophoto import store
from geo.orthophoto.intake.store.sheet_file import describe
from geo.orthophoto.intake.store.sheet_source import Origin, SheetFiles, _Rows

ON = date(2024, 5, 14)
PX = 420
LEFT, TOP = 183_040.5, 583_424.0
PACKINGS = {
    "strips": {},
    "strips of 7 rows": {"blockysize": 7},
    "strips by band": {"interleave": "band"},
    "big TIFF": {"bigtiff": "YES"},
    "Motorola": {"endianness": "BIG"},
    "tiles": {"tiled": True, "blockxsize": 128, "blockysize": 128},
    "lzw": {"compress": "lzw"},
    "lzw predictor": {"compress": "lzw", "predictor": 2, "tiled": True},
    "deflate": {"compress": "deflate"},
    "zstd": {"compress": "zstd", "tiled": True},
    "jpeg": {"compress": "jpeg", "photometric": "ycbcr", "jpeg_quality": 95, "tiled": True},
    "jpeg strips": {"compress": "jpeg", "jpeg_quality": 95},
}


def read_back(city, id="a"):
    survey = store.survey(city, id)
    return store.reader(city, id)(Grid.cover(survey.bounds, crs.CITY, 0.5))


def gdal_pixels(path):
    with rasterio.open(path) as dataset:
        return dataset.read()


@pytest.mark.parametrize("name", PACKINGS)
def test_every_packing_of_a_tiff(city, tmp_path, write, texture, likeness, name):
    sheet = write(tmp_path / "a.tif", texture(PX, PX), **({"interleave": "pixel"} | PACKINGS[name]))
    store.ingest(city, [sheet], survey="a", captured_on=ON)
    read = read_back(city)
    assert read.valid.all()
    assert likeness(read.data, gdal_pixels(sheet)) > 37


@pytest.mark.parametrize("name", ["strips", "strips of 7 rows", "big TIFF", "Motorola", "deflate", "tiles"])
@pytest.mark.parametrize(("bands", "dtype"), [(1, "uint8"), (3, "uint8"), (4, "uint16")])
def test_rows_read_from_their_bytes_are_what_gdal_reads(tmp_path, write, name, bands, dtype):
    pixels = np.random.default_rng(1).integers(0, np.iinfo(dtype).max, (bands, 61, 83), dtype=dtype, endpoint=True)
    sheet = write(tmp_path / "a.tif", pixels, **({"interleave": "pixel"} | PACKINGS[name]))
    origin, files = Origin.of(describe(sheet, None), None), SheetFiles()
    opened = files.get(origin)
    assert isinstance(opened, _Rows) == (name not in ("deflate", "tiles"))
    if isinstance(opened, _Rows):
        part = opened.read(5, 3, 70, 50)
        assert np.array_equal(part.transpose(2, 0, 1), pixels[:, 3:53, 5:75])
    files.close()


@pytest.mark.parametrize("kind", ["JP2", "J2K", "JPEG"])
def test_jpeg_2000_and_jpeg_with_world_files(city, tmp_path, texture, likeness, kind):
    ending, world = {"JP2": ("jp2", "j2w"), "J2K": ("j2k", "j2w"), "JPEG": ("jpg", "jgw")}[kind]
    path = tmp_path / f"a.{ending}"
    options = {"driver": "JPEG", "quality": 95} if kind == "JPEG" else {
        "driver": "JP2OpenJPEG", "quality": 100, "reversible": "YES", "codec": kind, "geojp2": "NO", "gmljp2": "NO",
    }  # fmt: skip
    unplaced(path, texture(PX, PX), **options)
    with pytest.raises(BadFile, match="carries no position"):
        store.ingest(city, [path], survey="a", captured_on=ON, crs=5186)
    (tmp_path / f"a.{world}").write_text(f"0.5\n0\n0\n-0.5\n{LEFT + 0.25}\n{TOP - 0.25}\n")
    with pytest.raises(BadFile, match="states no coordinate system"):
        store.ingest(city, [path], survey="a", captured_on=ON)
    survey = store.ingest(city, [path], survey="a", captured_on=ON, crs=5186)
    assert survey.bounds == (LEFT, TOP - PX / 2, LEFT + PX / 2, TOP)
    assert likeness(read_back(city).data, texture(PX, PX)) > 36


def unplaced(path, pixels, **options):
    bands, height, width = pixels.shape
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(path, "w", width=width, height=height, count=bands, dtype="uint8", **options) as sheet:
            sheet.write(pixels)


def test_jpeg_2000_with_its_own_position(city, tmp_path, texture, likeness):
    path = tmp_path / "a.jp2"
    place = Affine(0.5, 0, LEFT, 0, -0.5, TOP)
    with rasterio.open(path, "w", driver="JP2OpenJPEG", width=PX, height=PX, count=3, dtype="uint8", crs="EPSG:5186",
                       transform=place, quality=100, reversible="YES") as sheet:  # fmt: skip
        sheet.write(texture(PX, PX))
    store.ingest(city, [path], survey="a", captured_on=ON)
    assert likeness(read_back(city).data, texture(PX, PX)) > 37


def test_a_tiff_with_a_world_file(city, tmp_path, texture, likeness):
    path = tmp_path / "a.tif"
    unplaced(path, texture(PX, PX), driver="GTiff")
    (tmp_path / "a.TFW").write_text(f"0,5 0 0 -0,5 {LEFT + 0.25} {TOP - 0.25}".replace(".", ","))
    store.ingest(city, [path], survey="a", captured_on=ON, crs=5186)
    assert likeness(read_back(city).data, texture(PX, PX)) > 37
    (tmp_path / "a.TFW").write_text("0.5 0 0 -0.5")
    with pytest.raises(BadFile, match=r"a\.TFW is no world file"):
        store.ingest(city, [path], survey="b", captured_on=ON, crs=5186)


@pytest.mark.parametrize("epsg", [5179, 5174, 32652, 3857, 4326])
def test_every_coordinate_system_against_gdal(city, tmp_path, texture, likeness, epsg):
    """A sheet is drawn in a system of its own; on the city's grid it is what GDAL makes of it."""
    system = crs.accepted(epsg)
    bounds = crs.transformer(crs.CITY, system).transform_bounds(LEFT, TOP - PX / 2, LEFT + PX / 2, TOP)
    drawn = Grid.cover(bounds, system, (bounds[2] - bounds[0]) / PX)
    transform, width, height = drawn.transform, drawn.width, drawn.height
    path = tmp_path / "a.tif"
    ground = np.maximum(texture(height, width), 1)
    with rasterio.open(path, "w", driver="GTiff", width=width, height=height, count=3, dtype="uint8",
                       crs=f"EPSG:{epsg}", transform=transform) as sheet:  # fmt: skip
        sheet.write(ground)
    store.ingest(city, [path], survey="a", captured_on=ON)
    grid = Grid.cover((LEFT + 20, TOP - 180, LEFT + 190, TOP - 20), crs.CITY, 0.5)
    read = store.reader(city, "a")(grid)
    expected = np.zeros_like(read.data)
    reproject(ground, expected, src_transform=transform, src_crs=f"EPSG:{epsg}", dst_transform=grid.transform,
              dst_crs="EPSG:5186", src_nodata=0, dst_nodata=0, resampling=Resampling.bilinear)  # fmt: skip
    assert read.valid.all()
    assert expected.all()
    assert np.median(read.data.astype(int) - expected) == 0
    assert likeness(read.data, expected) > 35


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_near_infrared_is_a_file_beside_on_the_same_grid(city, tmp_path, write, texture, likeness, dtype):
    pixels = texture(PX, PX, 4).astype(dtype)
    if dtype == "uint16":
        pixels *= 16
    sheet = write(tmp_path / "a.tif", pixels, photometric="RGB", interleave="pixel")
    survey = store.ingest(city, [sheet], survey="a", captured_on=ON)
    assert survey.bands == 4
    assert set(survey.files) == {
        f"{tms}{end}" for tms in ("KoreaCentral5186Quad", "WebMercatorQuad") for end in ("", ".nir")
    }
    assert store.damaged(city) == {}
    expected = pixels.astype(float)
    if survey.stretch:
        low, high = survey.stretch
        expected = ((expected - low) * 255 / (high - low)).clip(0, 255)
    for tms in ("KoreaCentral5186Quad", "WebMercatorQuad"):
        colour, infrared = (rasterio.open(survey.files[f"{tms}{end}"]) for end in ("", ".nir"))
        with colour, infrared:
            assert (infrared.count, infrared.transform, infrared.shape) == (1, colour.transform, colour.shape)
            assert infrared.overviews(1) == colour.overviews(1)
            assert ("stretch" in infrared.tags()) == (dtype == "uint16")
            if tms == "KoreaCentral5186Quad":
                window = rasterio.windows.from_bounds(*survey.bounds, infrared.transform).round()
                assert likeness(infrared.read(1, window=window), expected[3]) > 36
                assert (infrared.read_masks(1, window=window) == 255).all()
    cogeo = pytest.importorskip("rio_cogeo.cogeo")
    assert cogeo.cog_validate(str(survey.files["WebMercatorQuad.nir"]), strict=True) == (True, [], [])


def test_one_mosaic_and_its_sheets_are_the_same_survey(city, tmp_path, write, texture):
    pixels = texture(600, 900)
    whole = write(tmp_path / "whole.tif", pixels, interleave="pixel")
    parts = []
    for row in range(0, 600, 150):
        for col in range(0, 900, 180):
            place = {"left": LEFT + col / 2, "top": TOP - row / 2}
            parts.append(write(tmp_path / f"{row}_{col}.tif", pixels[:, row : row + 150, col : col + 180], **place))
    one = store.ingest(city, [whole], survey="one", captured_on=ON)
    many = store.ingest(city, parts, survey="many", captured_on=ON)
    grid = Grid.cover(one.bounds, crs.CITY, 0.5)
    a, b = (store.reader(city, id)(grid) for id in ("one", "many"))
    assert np.array_equal(a.data, b.data)
    assert one.version == many.version


def test_where_sheets_overlap_the_finest_shows_then_the_first_by_name(city, tmp_path, write):
    def flat(name, value, left, cell, px):
        return write(tmp_path / name, np.full((3, px, px), value, np.uint8), left=left, top=TOP, cell=cell)

    sheets = [
        flat("c.tif", 60, LEFT, 1.0, 150),
        flat("b.tif", 200, LEFT + 50, 0.5, 200),
        flat("a.tif", 120, LEFT, 0.5, 200),
    ]
    held = store.check(sheets)
    assert len(held.overlaps) == 3
    store.ingest(city, sheets, survey="a", captured_on=ON)
    row = read_back(city).data[0, 20]
    assert [int(row[col]) for col in (20, 190, 210, 290)] == pytest.approx([120, 120, 200, 200], abs=2)
    below = read_back(city).data[0, 280]
    assert int(below[100]) == pytest.approx(60, abs=2)
