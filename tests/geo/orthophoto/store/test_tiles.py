"""The shelf: which survey, which picture, and what happens to it while the files under it come and go."""

import gc
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from geo.errors import Damaged, NotFound
from geo.grid import KOREA_CENTRAL, Grid
from geo.orthophoto import store
from geo.orthophoto.store import tiles

SET = KOREA_CENTRAL.id


@pytest.fixture
def take_in(city, tmp_path, write, texture):
    def add(id, on, bands=3):
        sheet = write(tmp_path / f"{id}.tif", texture(600, 600, bands), alpha="UNSPECIFIED")
        return store.ingest(city, [sheet], survey=id, captured_on=on)

    return add


def corner(survey, z=12):
    """Return the tile over the survey's north-west corner."""
    x, y, _, _ = KOREA_CENTRAL.tiles_over(survey.bounds, z)
    return z, x, y


def test_surveys_come_and_go_and_latest_is_the_last_captured(city, take_in):
    shelf = tiles.Shelf(city)
    assert shelf.surveys() == []
    with pytest.raises(NotFound, match="latest"):
        shelf.survey("latest")
    newer = take_in("b", date(2026, 4, 22))
    older = take_in("a", date(2024, 5, 14))
    assert [one.id for one in shelf.surveys()] == ["b", "a"]
    assert shelf.survey("latest").version == newer.version
    assert shelf.captured(date(2024, 5, 14)).id == "a"
    with pytest.raises(NotFound, match="2025"):
        shelf.captured(date(2025, 1, 1))
    take_in("c", date(2026, 4, 22))
    assert shelf.captured(date(2026, 4, 22)).id == "c"
    store.remove(city, "c")
    store.remove(city, "b")
    assert shelf.survey("latest").version == older.version
    with pytest.raises(NotFound) as refused:
        shelf.survey("b")
    assert refused.value.parameter == "survey"


def test_a_survey_taken_in_again_under_its_name_is_the_new_one(city, take_in):
    shelf = tiles.Shelf(city)
    first = take_in("a", date(2024, 5, 14))
    place = corner(first, 13)
    before = shelf.made(shelf.survey("a"), KOREA_CENTRAL, *place)
    store.remove(city, "a")
    second = take_in("a", date(2024, 5, 14), bands=4)
    assert not tiles.has_infrared(first)
    assert tiles.has_infrared(shelf.survey("a"))
    assert shelf.survey("a").version == second.version != first.version
    assert shelf.made(shelf.survey("a"), KOREA_CENTRAL, *place).media_type == before.media_type


def test_whole_tiles_are_stored_and_partial_ones_made(city, take_in):
    shelf, survey = tiles.Shelf(city), take_in("a", date(2024, 5, 14))
    read = store.reader(city, "a")
    z, x, y = corner(survey)
    kinds = {}
    for dx in range(5):
        for dy in range(5):
            whole = shelf.stored(survey, KOREA_CENTRAL, z, x + dx, y + dy)
            made = shelf.made(survey, KOREA_CENTRAL, z, x + dx, y + dy)
            valid = read(KOREA_CENTRAL.tile(z, x + dx, y + dy)).valid
            kind = "whole" if valid.all() else "partial" if valid.any() else "none"
            kinds[kind] = kinds.get(kind, 0) + 1
            assert (whole is not None) == (kind == "whole")
            if kind == "none":
                assert made is None
            else:
                assert made.media_type == ("image/jpeg" if kind == "whole" else "image/png")
    assert set(kinds) == {"whole", "partial", "none"}


def test_a_partial_tile_is_its_ground_and_nothing_else(published, picture):
    shelf = tiles.Shelf(published.city)
    grid = KOREA_CENTRAL.tile(*corner(published.survey))
    shown = picture(shelf.made(published.survey, KOREA_CENTRAL, *corner(published.survey)).body)
    raster = published.reader(grid)
    assert np.array_equal(shown[3] == 255, raster.valid)
    assert np.array_equal(shown[:3, raster.valid], raster.data[:, raster.valid])
    assert picture(tiles.blank_tile("image/png").body)[3].max() == 0


def test_a_crop_equals_what_the_reader_gives(published):
    left, _, _, top = published.survey.bounds
    grid = Grid.cover((left - 20, top - 90, left + 70, top + 10), KOREA_CENTRAL.crs, 0.5)
    crop, read = tiles.Shelf(published.city).crop(published.survey, KOREA_CENTRAL, grid), published.reader(grid)
    assert np.array_equal(crop.data, read.data)
    assert np.array_equal(crop.valid, read.valid)
    assert 0 < crop.valid.mean() < 1


def test_what_a_survey_of_colours_cannot_show(published):
    shelf = tiles.Shelf(published.city)
    with pytest.raises(NotFound) as refused:
        shelf.made(published.survey, KOREA_CENTRAL, *corner(published.survey), style="ndvi")
    assert refused.value.parameter == "style"
    with pytest.raises(NotFound, match=r"there are"):
        tiles.asset(published.survey, SET + tiles.NIR)


def test_assets_tell_of_the_files(city, take_in):
    survey = take_in("a", date(2024, 5, 14), bands=4)
    found = {one.name: one for one in tiles.assets(survey)}
    assert set(found) == {name + end for name in ("KoreaCentral5186Quad", "WebMercatorQuad") for end in ("", ".nir")}
    assert {name: one.bands for name, one in found.items() if one.tms is KOREA_CENTRAL} == {SET: 3, SET + ".nir": 1}
    assert all(one.size == one.file.stat().st_size for one in found.values())
    assert found[SET].grid.cell == 0.5
    assert found[SET].grid == found[SET + ".nir"].grid


@pytest.mark.parametrize("harm", ["gone", "shorter", "cut while open"])
def test_damage_is_told_and_names_the_survey(city, take_in, harm):
    survey = take_in("a", date(2024, 5, 14))
    whole = (12, *(n + 1 for n in corner(survey)[1:]))
    shelf = tiles.Shelf(city)
    if harm == "cut while open":
        assert shelf.stored(survey, KOREA_CENTRAL, *whole)
    if harm == "gone":
        survey.files[SET].unlink()
    else:
        with survey.files[SET].open("r+b") as file:
            file.truncate(5000)
    with pytest.raises(Damaged, match="survey 'a'"):
        shelf.stored(survey, KOREA_CENTRAL, *whole)
    with pytest.raises(Damaged, match="survey 'a'"):
        shelf.made(survey, KOREA_CENTRAL, *whole, media_type="image/png")
    with pytest.raises(Damaged, match="survey 'a'"):
        tiles.asset(survey, SET)


def test_files_of_surveys_that_are_gone_are_let_go(city, take_in):
    shelf = tiles.Shelf(city)
    survey = take_in("a", date(2024, 5, 14))
    shelf.stored(shelf.survey("a"), KOREA_CENTRAL, *corner(survey))
    store.remove(city, "a")
    shelf.surveys()
    assert shelf._open == {}
    gc.collect()
    links = (str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    assert not [link for link in links if link.startswith(str(city.folder / "orthophoto"))]
