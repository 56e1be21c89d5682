"""Sheets taken in whole or refused whole."""

from datetime import date

import numpy as np
import pytest
import rasterio

from geo import crs
from geo.errors import BadFile, BadInput
from geo.grid import TILE_MATRIX_SETS, WEB_MERCATOR, Grid
from geo.orthophoto import store
from geo.orthophoto.intake.store import parts

ON = date(2024, 5, 14)


def around(x, y, tms, z):
    """The tile that shows a point of EPSG:5186."""
    x, y = crs.move(x, y, crs.CITY, tms.crs)
    col, row, _, _ = tms.tiles_over((x, y, x + 1e-3, y + 1e-3), z)
    return z, col, row


def left_behind(city):
    return [path for path in city.folder.rglob("*") if path.is_file() or path.name == "orthophoto"]


def test_two_ingests_of_the_same_sheets_are_equal_bytes_whatever_the_processes(published, tmp_path, monkeypatch):
    from geo.database import open_city

    monkeypatch.setattr(parts, "ALONE_MPX", 0)
    other = open_city(tmp_path / "again", create=True)
    again = store.ingest(other, published.sheets[::-1], survey="2024", captured_on=ON)
    assert again.version == published.survey.version
    for tms, file in again.files.items():
        assert file.read_bytes() == published.survey.files[tms].read_bytes()


def test_a_half_published_run_is_replaced(city, tmp_path, write, texture):
    orphan = city.folder / "orthophoto" / "a"
    orphan.mkdir(parents=True)
    (orphan / "KoreaCentral5186Quad.tif").write_bytes(b"half")
    store.ingest(city, [write(tmp_path / "a.tif", texture(60, 60))], survey="a", captured_on=ON)
    assert store.damaged(city) == {}


def test_bad_sheets_are_refused_and_nothing_is_left(city, tmp_path, write, texture, published):
    good = published.sheets[0]
    vrt = tmp_path / "disguised.tif"
    vrt.write_text(f'<VRTDataset rasterXSize="9" rasterYSize="9"><SRS>{good}</SRS></VRTDataset>')
    cut = tmp_path / "cut.tif"
    cut.write_bytes(good.read_bytes()[:-1000])
    packed = write(tmp_path / "packed.tif", texture(300, 300), compress="deflate", tiled=True)
    packed_cut = tmp_path / "packed_cut.tif"
    packed_cut.write_bytes(packed.read_bytes()[:20_000])
    broken = bytearray(packed.read_bytes())
    broken[-60_000:-50_000] = bytes(10_000)
    (tmp_path / "broken.tif").write_bytes(broken)
    (tmp_path / "empty.tif").touch()
    (tmp_path / "text.tif").write_text("not an image")
    bad = {
        write(tmp_path / "nowhere.tif", texture(60, 60), crs=None): "states no coordinate system",
        write(tmp_path / "seoul.tif", texture(60, 60), top=550_000.0): "which is not in Paju",
        write(tmp_path / "nodata.tif", np.full((3, 60, 60), 7, np.uint8), nodata=7): "no sheet shows any ground",
        write(tmp_path / "float.tif", texture(60, 60).astype(np.float32)): "3 bands of float32",
        cut: "cut.tif is cut short",
        packed_cut: "packed_cut.tif is cut short",
        tmp_path / "broken.tif": "broken.tif has broken pixels",
        vrt: "is not a TIFF",
        tmp_path / "empty.tif": "is not a TIFF",
        tmp_path / "text.tif": "is not a TIFF",
        tmp_path / "absent.tif": "is no file",
    }
    for path, says in bad.items():
        with pytest.raises(BadFile, match=says) as refusal:
            store.ingest(city, [good, path] if "no sheet" not in says else [path], survey="b", captured_on=ON)
        assert "\n" not in str(refusal.value)
        assert left_behind(city) == [], path
    with pytest.raises(BadInput, match="at least one sheet"):
        store.ingest(city, [], survey="b", captured_on=ON)


def test_side_files_are_not_believed(city, tmp_path, write, texture):
    sheet = write(tmp_path / "a.tif", texture(60, 60), crs=None)
    (tmp_path / "a.tif.aux.xml").write_text("<PAMDataset><SRS>EPSG:5186</SRS></PAMDataset>")
    with pytest.raises(BadFile, match="states no coordinate system"):
        store.ingest(city, [sheet], survey="a", captured_on=ON)
    assert store.ingest(city, [sheet], survey="a", captured_on=ON, crs=5186).gsd_m == 0.5


def test_alpha_and_nodata_become_the_mask(city, tmp_path, write, texture):
    pixels = np.concatenate([texture(100, 100), np.full((1, 100, 100), 255, np.uint8)])
    pixels[3, :, :30] = 0
    clear = write(tmp_path / "alpha.tif", pixels, photometric="RGB", ALPHA="YES")
    ground = texture(100, 100)
    ground[:, :40] = 0
    empty = write(tmp_path / "nodata.tif", ground, nodata=0)
    for id, sheet, rows, cols in (("alpha", clear, 100, 70), ("nodata", empty, 60, 100)):
        survey = store.ingest(city, [sheet], survey=id, captured_on=ON)
        read = store.reader(city, id)(Grid.cover(survey.bounds, crs.CITY, 0.5))
        assert read.valid.sum() == rows * cols
        assert survey.bands == 3


REAL = {"OSBS_029.tif": (0.1, 3), "sample_geotiff.tif": (0.5, 1)}


@pytest.mark.parametrize("name", REAL)
def test_real_imagery_moved_into_the_city(city, tmp_path, write, shared, likeness, picture, name):
    path = shared / "data" / "ortho" / name
    with pytest.raises(BadFile, match="which is not in Paju"):
        store.ingest(city, [path], survey="real", captured_on=ON)
    assert left_behind(city) == []
    with rasterio.open(path) as source:
        pixels, nodata = source.read(), source.nodata
    cell, bands = REAL[name]
    moved = write(tmp_path / name, pixels, left=183_000.0, top=583_400.0, cell=cell, nodata=nodata)
    survey = store.ingest(city, [moved], survey="real", captured_on=ON)
    assert (survey.gsd_m, survey.bands) == (cell, bands)
    read = store.reader(city, "real")(Grid.cover(survey.bounds, crs.CITY, cell))
    expected = pixels
    if survey.stretch:
        low, high = survey.stretch
        assert survey.stretch == pytest.approx(np.percentile(pixels[pixels > 0], (1, 99)), rel=0.05)
        expected = ((pixels.astype(float) - low) * 255 / (high - low)).clip(0, 255)
    valid = read.valid
    assert valid.mean() > 0.98
    assert likeness(read.data[:, valid], np.broadcast_to(expected, read.data.shape)[:, valid]) > 24
    x, y = survey.bounds[0] + 20, survey.bounds[3] - 20
    shelf = store.Shelf(city)
    for tms in TILE_MATRIX_SETS.values():
        node = around(x, y, tms, 18 if tms is WEB_MERCATOR else 12)
        image = shelf.stored(survey, tms, *node) or shelf.made(survey, tms, *node)
        assert picture(image.body).shape[1:] == (256, 256)


def test_imagery_of_another_kind_and_projection_is_refused(city, shared):
    with pytest.raises(BadFile, match="3 bands of int16"):
        store.ingest(city, [shared / "data" / "ortho" / "sample_geotiff_custom_proj.tif"], survey="a", captured_on=ON)


def test_malformed_files_end_in_one_sentence(shared):
    held = store.check(sorted((shared / "data" / "bad_inputs" / "tif").iterdir()))
    assert len(held.errors) == len(list((shared / "data" / "bad_inputs" / "tif").iterdir()))
    assert not any("\n" in fault for fault in held.errors)
