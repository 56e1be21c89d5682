"""What a sheet is refused for, on headers alone."""

from pathlib import Path

import pytest
from pyproj import CRS

from geo.errors import BadFile, BadInput
from geo.orthophoto import sheet
from geo.orthophoto.sheet import Header

PLACE = (0.5, 0.0, 183_000.0, 0.0, -0.5, 583_400.0)


def header(**changes):
    fields = {
        "path": Path("a.tif"), "width": 1024, "height": 1024, "transform": PLACE, "crs": CRS.from_epsg(5186),
        "dtype": "uint8", "bands": 3, "alpha": False, "palette": False, "nodata": None, "block_bytes": 3072,
        "captured_on": None, "synthetic": False, "format": "none",
    }  # fmt: skip
    return Header(**(fields | changes))


def test_a_good_sheet_lies_where_it_says():
    grid, footprint = sheet.place(header(), None)
    assert grid.bounds == (183_000, 582_888, 183_512, 583_400)
    assert footprint.area == pytest.approx(512**2)
    assert sheet.gsd(grid, footprint) == 0.5


@pytest.mark.parametrize(
    ("changes", "assumed", "says"),
    [
        ({"crs": None}, None, r"states no coordinate system; name it with --crs, such as --crs EPSG:5186"),
        ({"transform": None}, None, "carries no position"),
        ({"transform": (0.0, 0, 1, 0, 0.0, 1)}, None, "lays no pixels"),
        ({"width": 1 << 20, "height": 1 << 20}, None, "too large"),
        ({"block_bytes": 1 << 30}, None, "too large"),
        ({"crs": CRS.from_epsg(5174)}, None, "not in Paju; check its coordinate system"),
        ({"crs": CRS.from_epsg(5186)}, 5174, "states EPSG:5186, --crs says EPSG:5174"),
        (
            {"crs": CRS.from_proj4("+proj=aea +lat_1=29.5 +lat_2=45.5 +lat_0=23 +lon_0=-96 +datum=WGS84")},
            None,
            "not in Paju",
        ),
        ({"transform": (0.5, 0, 330_000.0, 0, -0.5, 184_000.0)}, None, "not in Paju"),  # Busan
    ],
)
def test_refusals_are_one_sentence(changes, assumed, says):
    with pytest.raises(BadFile, match=says) as refusal:
        sheet.place(header(**changes), assumed)
    assert str(refusal.value).startswith("a.tif")
    assert "\n" not in str(refusal.value)


def test_a_crs_of_the_city_that_deliveries_do_not_come_in_is_named():
    lambert = CRS.from_proj4("+proj=lcc +lat_1=37 +lat_2=38 +lat_0=37.85 +lon_0=126.8 +datum=WGS84 +units=m")
    with pytest.raises(BadFile, match="none that Paju's data comes in"):
        sheet.place(header(crs=lambert, transform=(0.5, 0, 0.0, 0, -0.5, 0.0)), None)


def test_the_crs_named_for_a_sheet_that_states_none():
    assert sheet.place(header(crs=None), 5186)[0].crs == CRS.from_epsg(5186)
    with pytest.raises(BadInput, match="EPSG:32616 is no coordinate system"):
        sheet.place(header(crs=None), 32616)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"dtype": "float32"}, "3 bands of float32"),
        ({"bands": 2}, "2 bands of uint8"),
        ({"palette": True, "bands": 1}, "colour palette"),
    ],
)
def test_bands_that_are_no_imagery(changes, says):
    with pytest.raises(BadFile, match=says):
        sheet.check_pixels(header(**changes))


def test_gsd_is_on_the_ground_whatever_the_crs():
    grid, footprint = sheet.place(
        header(crs=CRS.from_epsg(3857), transform=(0.5, 0, 14_116_000.0, 0, -0.5, 4_558_000.0)), None
    )
    assert sheet.gsd(grid, footprint) == pytest.approx(0.5 / 1.2665, rel=2e-3)  # 1 / cos 37.85 degrees
