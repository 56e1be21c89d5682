"""Is a delivery acceptable, on sheets described by hand and a city that is a square."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
import shapely
from affine import Affine

from geo.crs import CITY
from geo.grid import Grid
from geo.orthophoto import delivery_map, sheet_index
from geo.orthophoto.delivery import examine
from geo.orthophoto.sheet import Sheet

SQUARE = shapely.box(0, 0, 1000, 1000)


def sheet(name, left, top, side=500, **changes):
    cell = changes.pop("gsd_m", 0.5)
    grid = Grid(CITY, Affine(cell, 0, left, 0, -cell, top), int(side / cell), int(side / cell))
    fields = {
        "path": Path(name), "grid": grid, "bands": 3, "dtype": "uint8", "alpha": False, "nodata": None, "gsd_m": cell,
        "footprint": shapely.box(*grid.bounds), "captured_on": None, "synthetic": False,
        "levels": tuple(float(v) for v in range(101)), "print": name,
    }  # fmt: skip
    return Sheet(**(fields | changes))


NW, NE, SW, SE = sheet("nw", 0, 1000), sheet("ne", 500, 1000), sheet("sw", 0, 500), sheet("se", 500, 500)


def test_a_whole_city():
    held = examine([NW, NE, SW, SE], [], SQUARE)
    assert held.coverage_pct == pytest.approx(100)
    assert (held.gaps, held.overlaps, held.errors, held.warnings) == ((), (), (), ())
    assert [s.name for s in held.sheets] == ["ne", "nw", "se", "sw"]
    assert held.to_dict()["acceptable"]


def test_what_is_not_covered_is_a_gap_and_no_error():
    held = examine([NW, NE, SE], [], SQUARE)
    assert held.coverage_pct == pytest.approx(75)
    (gap,) = held.gaps
    assert gap.area == pytest.approx(250_000, rel=0.01)
    assert gap.within(shapely.box(-1, -1, 501, 501))
    assert held.errors == ()
    assert held.warnings[0] == "0.25 km2 of the city are not shown, in 1 gaps"


def test_overlaps_and_shared_rows():
    held = examine([NW, sheet("over", 400, 1000), sheet("row", 0, 500.5)], [], SQUARE)
    assert [(a, b) for a, b, _ in held.overlaps] == [("nw", "over")]
    assert held.overlaps[0][2] == pytest.approx(100 * 500)
    assert "1 pairs of sheets overlap" in held.warnings[0]


def test_the_same_sheet_twice_is_a_warning_and_another_on_its_place_an_error():
    same = examine([NW, sheet("nw copy", 0, 1000, print="nw")], [], SQUARE)
    assert same.errors == ()
    assert "nw and nw copy are the same sheet" in same.warnings
    assert same.duplicates == (("nw", "nw copy"),)
    other = examine([NW, sheet("nw new", 0, 1000)], [], SQUARE)
    assert other.errors == ("nw and nw new show the same place differently; deliver one of them",)


def test_sheets_that_disagree():
    held = examine([NW, NE, sheet("grey", 0, 500, bands=1), sheet("coarse", 500, 500, gsd_m=1.0)], [], SQUARE)
    assert held.errors == ("grey has 1 bands of uint8, most sheets have 3 of uint8",)
    assert held.warnings == ("pixels are 0.5 to 1 m wide; the finest sets the pyramid",)
    assert held.gsd_m == 0.5


def test_the_day_a_sheet_states():
    flown = sheet("nw", 0, 1000, captured_on=date(2024, 5, 14))
    assert examine([flown, NE, SW, SE], [], SQUARE, date(2024, 5, 14)).warnings == ()
    (doubt,) = examine([flown, NE, SW, SE], [], SQUARE, date(2025, 5, 14)).warnings
    assert doubt == "nw says it was captured on 2024-05-14, not 2025-05-14"


def test_sixteen_bits_are_stretched_by_all_sheets_together():
    dark = sheet("dark", 0, 1000, dtype="uint16", levels=tuple(float(v) for v in range(0, 101)))
    light = sheet("light", 500, 1000, dtype="uint16", levels=tuple(float(v) for v in range(1000, 1101)))
    low, high = examine([dark, light], [], SQUARE).stretch
    assert (low, high) == (pytest.approx(2, abs=1), pytest.approx(1098, abs=1))
    assert examine([NW], [], SQUARE).stretch is None


def test_nothing_to_see():
    held = examine([sheet("empty", 0, 1000, levels=())], [], SQUARE)
    assert held.errors == ("no sheet shows any ground: every sampled pixel is nodata",)
    assert examine([], ["a.tif is not a TIFF"], SQUARE).errors == ("a.tif is not a TIFF",)


HALL = sheet_index.numbered("37604092")  # the sheet on which the city hall lies
BESIDE = sheet_index.numbered("37604093")


def laid(name, cell, east=0.0, north=0.0):
    """A sheet that is cut to a cell of the index, and lies off it by `east` and `north` metres."""
    left, bottom, right, top = cell.outline.bounds
    grid = Grid.cover((left + east, bottom + north, right + east, top + north), CITY, 0.5)
    return replace(sheet(name, 0, 1000), grid=grid, footprint=shapely.box(*grid.bounds))


def test_what_of_the_index_is_missing():
    city = HALL.outline.union(BESIDE.outline)
    held = examine([laid("37604092.tif", HALL)], [], city)
    assert held.missing + held.partial == ("37604093",)
    assert held.coverage_pct == pytest.approx(50, abs=1)
    assert held.warnings[-1].startswith("of the 1:5,000 index ")
    report = held.to_dict()
    assert report["sheets"][0]["index"] == "37604092"
    assert report["index"]["missing"] + report["index"]["partial"] == ["37604093"]
    json.dumps(report)


@pytest.mark.parametrize(
    ("east", "north", "says"),
    [
        (254.7, -0.6, "EPSG:5174 and EPSG:2097 may have been confused"),
        (-183, 308, "its datum may have been left out"),
        (900, 900, "check its name or its coordinate system"),
    ],
)
def test_a_sheet_off_its_cell_of_the_index(east, north, says):
    held = examine([laid("ortho_37604092_2024.tif", HALL, east, north)], [], HALL.outline)
    assert held.errors == ()
    stated = re.search(r"lies ([+-]\d+) m east and ([+-]\d+) m north of sheet 37604092", held.warnings[0])
    assert [int(metres) for metres in stated.groups()] == pytest.approx([east, north], abs=1.5)
    assert says in held.warnings[0]


def test_a_number_that_no_sheet_has():
    held = examine([laid("37617001.tif", HALL)], [], HALL.outline)
    assert "which the 1:5,000 index does not have" in held.warnings[0]


def test_the_map_shows_sheets_gaps_and_overlaps():
    held = examine([NW, sheet("<over>", 400, 1000)], [], SQUARE)
    picture = delivery_map.svg(held, SQUARE)
    root = ElementTree.fromstring(picture)
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert titles[0] == "city"
    assert "<over>" in titles
    assert "nw and <over>" in titles or "<over> and nw" in titles
    assert any(title.startswith("gap of ") for title in titles)
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
