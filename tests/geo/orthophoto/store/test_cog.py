"""Published pyramids, read back: on their own grid, on any other, by GDAL and by validators."""

import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import numpy as np
import pytest
import rasterio
from rasterio.warp import Resampling, reproject

from geo import crs
from geo.errors import Damaged
from geo.grid import KOREA_CENTRAL, TILE_MATRIX_SETS, WEB_MERCATOR, Grid
from geo.orthophoto import store

ON = date(2024, 5, 14)


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


def crs_affine(cell, left, top):
    from affine import Affine

    return Affine(cell, 0, left, 0, -cell, top)


def test_coarser_levels_are_the_mean_of_the_finer(published):
    left, top = published.left - 0.5 + 8, published.top  # on the grid of 8 m cells
    fine = published.reader(Grid(crs.CITY, crs_affine(0.5, left, top), 256, 256)).data.astype(float)
    coarse = published.reader(Grid(crs.CITY, crs_affine(1.0, left, top), 128, 128)).data
    mean = fine.reshape(3, 128, 2, 128, 2).mean((2, 4))
    brightness = np.tensordot([0.299, 0.587, 0.114], mean - coarse, 1)  # JPEG keeps colour at half the resolution
    assert np.abs(brightness).mean() < 1


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


def around(x, y, tms, z):
    """The tile that shows a point of EPSG:5186."""
    x, y = crs.move(x, y, crs.CITY, tms.crs)
    col, row, _, _ = tms.tiles_over((x, y, x + 1e-3, y + 1e-3), z)
    return z, col, row


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


def test_a_reader_goes_to_processes_and_threads(published):
    copy = pickle.loads(pickle.dumps(published.reader))
    grids = [Grid.cover((183_050 + n, 583_200, 183_150 + n, 583_300), crs.CITY, 0.5) for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        for mine, theirs in zip(pool.map(published.reader, grids), map(copy, grids), strict=True):
            assert np.array_equal(mine.data, theirs.data)


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
