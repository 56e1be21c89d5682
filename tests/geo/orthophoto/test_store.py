"""Surveys published whole or not at all, and read back."""

import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import numpy as np
import pytest
import rasterio
from rasterio.warp import Resampling, reproject

from geo import crs
from geo.errors import BadFile, BadInput, Conflict, Damaged, NotFound
from geo.grid import KOREA_CENTRAL, TILE_MATRIX_SETS, WEB_MERCATOR, Grid
from geo.orthophoto import store
from geo.orthophoto.store import parts

ON = date(2024, 5, 14)


def left_behind(city):
    return [path for path in city.folder.rglob("*") if path.is_file() or path.name == "orthophoto"]


def around(x, y, tms, z):
    """The tile that shows a point of EPSG:5186."""
    x, y = crs.move(x, y, crs.CITY, tms.crs)
    col, row, _, _ = tms.tiles_over((x, y, x + 1e-3, y + 1e-3), z)
    return z, col, row


def test_the_catalogue(published):
    made = published.survey
    assert store.surveys(published.city) == [store.survey(published.city, "2024")]
    held = store.survey(published.city, "2024")
    assert (held.id, held.captured_on, held.gsd_m, held.bands, held.sheets) == ("2024", ON, 0.5, 3, 3)
    assert held.version == made.version
    assert held.bounds == (published.left, published.top - 300, published.left + 300, published.top)
    assert held.coverage_pct == pytest.approx(3 * 150**2 / 673.9e6 * 100, rel=0.05, abs=1e-3)
    assert not held.synthetic
    assert set(held.files) == set(TILE_MATRIX_SETS)
    assert all(file.stat().st_size == held.sizes[tms] for tms, file in held.files.items())
    # 300 m in 2 x 2 tiles: a tile of z 10 is 512 m wide, of z 11 256 m
    assert store.zooms(held, "KoreaCentral5186Quad") == (11, 12)
    assert store.zooms(held, "WebMercatorQuad")[1] == 18  # 0.597 units there are 0.47 m on the ground
    with pytest.raises(NotFound, match="no survey '1999'"):
        store.survey(published.city, "1999")


def test_pixels_on_the_sheets_own_grid_are_those_delivered(published, likeness):
    grid = Grid.cover(published.survey.bounds, crs.CITY, 0.5)
    read = published.reader(grid)
    assert np.array_equal(read.valid, published.valid)
    assert likeness(read.data[:, read.valid], published.pixels[:, read.valid]) > 37  # JPEG and nothing else
    assert not read.data[:, ~read.valid].any()


def test_a_window_on_the_grid_equals_the_tiles_it_cuts(published):
    whole = published.reader(Grid.cover(published.survey.bounds, crs.CITY, 0.5))
    part = published.reader(whole.grid.window(133, 211, 200, 90))
    assert np.array_equal(part.data, whole.data[:, 211:301, 133:333])
    assert np.array_equal(part.valid, whole.valid[211:301, 133:333])


def test_coarser_levels_are_the_mean_of_the_finer(published):
    left, top = published.left - 0.5 + 8, published.top  # on the grid of 8 m cells
    fine = published.reader(Grid(crs.CITY, crs_affine(0.5, left, top), 256, 256)).data.astype(float)
    coarse = published.reader(Grid(crs.CITY, crs_affine(1.0, left, top), 128, 128)).data
    mean = fine.reshape(3, 128, 2, 128, 2).mean((2, 4))
    brightness = np.tensordot([0.299, 0.587, 0.114], mean - coarse, 1)  # JPEG keeps colour at half the resolution
    assert np.abs(brightness).mean() < 1


def crs_affine(cell, left, top):
    from affine import Affine

    return Affine(cell, 0, left, 0, -cell, top)


@pytest.mark.parametrize(("epsg", "cell"), [(3857, 0.7), (4326, 7e-6), (5179, 0.5), (3857, 2.6), (5186, 0.37)])
def test_any_grid_against_gdal(published, likeness, epsg, cell):
    system = crs.accepted(epsg)
    bounds = crs.transformer(crs.CITY, system).transform_bounds(*published.survey.bounds)
    grid = Grid.cover(bounds, system, cell)
    read = published.reader(grid)
    source = Grid.cover(published.survey.bounds, crs.CITY, 0.5)
    shown = np.where(published.valid, np.maximum(published.pixels, 1), 0)
    expected = np.zeros((3, grid.height, grid.width), np.uint8)
    reproject(shown, expected, src_transform=source.transform, src_crs="EPSG:5186", dst_transform=grid.transform,
              dst_crs=f"EPSG:{epsg}", src_nodata=0, dst_nodata=0,
              resampling=Resampling.average if cell > 1 else Resampling.bilinear)  # fmt: skip
    both = read.valid & expected.all(0)
    assert both.sum() > 0.95 * expected.all(0).sum()
    difference = read.data[:, both].astype(int) - expected[:, both]
    assert np.median(difference) == 0
    assert likeness(read.data[:, both], expected[:, both]) > 33


def test_grids_far_away_show_nothing(published):
    for grid in (WEB_MERCATOR.tile(3, 0, 0), KOREA_CENTRAL.tile(12, 0, 0), Grid.cover((0, 0, 1, 1), crs.LONLAT, 0.01)):
        read = published.reader(grid)
        assert not read.valid.any()
        assert read.data.shape == (3, grid.height, grid.width)


def test_a_known_point_lies_on_its_pixel_in_both_grids(city, tmp_path, write, picture):
    """A mark of 3 x 3 pixels round a survey point: its centre of brightness is the point, within half a pixel."""
    pixels = np.full((3, 400, 400), 40, np.uint8)
    pixels[:, 199:202, 249:252] = 240
    x, y = 183_000 + 250.5 * 0.5, 583_400 - 200.5 * 0.5
    sheet = write(tmp_path / "mark.tif", pixels, left=183_000.0, top=583_400.0)
    survey = store.ingest(city, [sheet], survey="mark", captured_on=ON)
    shelf = store.Shelf(city)
    for tms, z in ((KOREA_CENTRAL, 12), (WEB_MERCATOR, 18)):
        node = around(x, y, tms, z)
        image = shelf.stored(survey, tms, *node) or shelf.made(survey, tms, *node)
        light = picture(image.body)[1].astype(float)
        light = np.where(light > 90, light - 40, 0)
        rows, cols = np.indices(light.shape) + 0.5
        col, row = (light * cols).sum() / light.sum(), (light * rows).sum() / light.sum()
        expected = ~tms.tile(*node).transform @ crs.move(x, y, crs.CITY, tms.crs)
        assert (col, row) == pytest.approx(expected, abs=0.25)


@pytest.mark.parametrize("tms", TILE_MATRIX_SETS)
def test_the_files_are_valid_cogs_that_gdal_reads_as_we_do(published, likeness, tms):
    file = published.survey.files[tms]
    with rasterio.open(file) as dataset:
        assert dataset.tags()["survey"] == "2024"
        assert dataset.tags()["captured_on"] == "2024-05-14"
        assert dataset.tags()["synthetic"] == "false"
        assert dataset.crs.to_epsg() == TILE_MATRIX_SETS[tms].crs.to_epsg()
        steps = [1, *dataset.overviews(1)]
    for number in range(len(steps)):
        with rasterio.open(file, **({"overview_level": number - 1} if number else {})) as level:
            assert level.block_shapes == [(256, 256)] * 3
            grid = Grid(TILE_MATRIX_SETS[tms].crs, level.transform, level.width, level.height)
            assert TILE_MATRIX_SETS[tms].tiles_over(grid.bounds, 0)  # lies in the set
            left = (grid.bounds[0] - TILE_MATRIX_SETS[tms].left) / (256 * grid.cell)
            assert left == pytest.approx(round(left), abs=1e-6)
            if level.width > 3000:
                continue
            read = published.reader(grid)
            assert np.array_equal(level.dataset_mask() > 0, read.valid)
            assert likeness(level.read()[:, read.valid], read.data[:, read.valid]) > 34  # two JPEG decoders


@pytest.mark.parametrize("tms", TILE_MATRIX_SETS)
def test_rio_cogeo_finds_no_fault(published, tms):
    cogeo = pytest.importorskip("rio_cogeo.cogeo")
    assert cogeo.cog_validate(str(published.survey.files[tms]), strict=True) == (True, [], [])


def test_two_ingests_of_the_same_sheets_are_equal_bytes_whatever_the_processes(published, tmp_path, monkeypatch):
    from geo.database import open_city

    monkeypatch.setattr(parts, "ALONE_MPX", 0)
    other = open_city(tmp_path / "again", create=True)
    again = store.ingest(other, published.sheets[::-1], survey="2024", captured_on=ON)
    assert again.version == published.survey.version
    for tms, file in again.files.items():
        assert file.read_bytes() == published.survey.files[tms].read_bytes()


def test_a_reader_goes_to_processes_and_threads(published):
    copy = pickle.loads(pickle.dumps(published.reader))
    grids = [Grid.cover((183_050 + n, 583_200, 183_150 + n, 583_300), crs.CITY, 0.5) for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        for mine, theirs in zip(pool.map(published.reader, grids), map(copy, grids), strict=True):
            assert np.array_equal(mine.data, theirs.data)


def test_remove_and_take_in_again(city, tmp_path, write, texture):
    sheet = write(tmp_path / "a.tif", texture(100, 100))
    store.ingest(city, [sheet], survey="a", captured_on=ON)
    with pytest.raises(Conflict, match="survey 'a' is there already; 'geo ortho remove a'"):
        store.ingest(city, [sheet], survey="a", captured_on=ON)
    store.remove(city, "a")
    assert store.surveys(city) == []
    assert not (city.folder / "orthophoto" / "a").exists()
    with pytest.raises(NotFound):
        store.remove(city, "a")
    store.ingest(city, [sheet], survey="a", captured_on=ON)
    assert [survey.id for survey in store.surveys(city)] == ["a"]


def test_surveys_are_newest_first(city, tmp_path, write, texture):
    sheet = write(tmp_path / "a.tif", texture(60, 60), tags={"SYNTHETIC": "YES"})
    for id, year in (("x", 2025), ("y", 2024), ("z", 2026)):
        assert store.ingest(city, [sheet], survey=id, captured_on=date(year, 1, 1)).synthetic
    assert [survey.id for survey in store.surveys(city)] == ["z", "x", "y"]
    assert store.Shelf(city).survey("latest").id == "z"


def test_a_half_published_run_is_replaced(city, tmp_path, write, texture):
    orphan = city.folder / "orthophoto" / "a"
    orphan.mkdir(parents=True)
    (orphan / "KoreaCentral5186Quad.tif").write_bytes(b"half")
    store.ingest(city, [write(tmp_path / "a.tif", texture(60, 60))], survey="a", captured_on=ON)
    assert store.damaged(city) == {}


@pytest.mark.parametrize("id", ["", "A", "a b", "../a", "-a", "a" * 33, "latest"])
def test_names_that_are_none(city, id):
    with pytest.raises(BadInput, match="names no survey"):
        store.ingest(city, [], survey=id, captured_on=ON)


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


def test_a_damaged_file_names_its_survey_and_others_serve_on(city, tmp_path, write, texture):
    sheet = write(tmp_path / "a.tif", texture(600, 600))
    for id in ("good", "cut", "zeroed"):
        store.ingest(city, [sheet], survey=id, captured_on=ON)
    grid = Grid.cover(store.survey(city, "good").bounds, crs.CITY, 0.5)
    live = store.reader(city, "cut")
    before = live(grid)
    for file in store.survey(city, "cut").files.values():
        with file.open("r+b") as out:
            out.truncate(file.stat().st_size // 3)
    with pytest.raises(Damaged, match="survey 'cut'"):  # open all the while
        live(grid)
    file = store.survey(city, "zeroed").files["KoreaCentral5186Quad"]
    file.write_bytes(bytes(file.stat().st_size))
    with pytest.raises(Damaged, match="survey 'zeroed'"):
        store.reader(city, "zeroed")(grid)
    assert set(store.damaged(city)) == {"cut", "zeroed"}
    assert np.array_equal(store.reader(city, "good")(grid).data, before.data)
    shutil.rmtree(file.parent)
    assert "zeroed" in store.damaged(city)


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
