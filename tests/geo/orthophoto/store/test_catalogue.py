"""The catalogue of surveys: entered, listed, taken out."""

from datetime import date

import pytest

from geo.errors import BadInput, Conflict, NotFound
from geo.grid import TILE_MATRIX_SETS
from geo.orthophoto import store

ON = date(2024, 5, 14)


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


@pytest.mark.parametrize("id", ["", "A", "a b", "../a", "-a", "a" * 33, "latest"])
def test_names_that_are_none(city, id):
    with pytest.raises(BadInput, match="names no survey"):
        store.ingest(city, [], survey=id, captured_on=ON)
