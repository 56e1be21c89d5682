import geopandas as gpd
import pytest
import shapely

from geo.crs import CITY, LONLAT
from geo.errors import BadInput, CrsMismatch
from geo.frame import check

SQUARE = shapely.box(0, 0, 1, 1)


def frame(*shapes, crs=CITY):
    return gpd.GeoDataFrame({"pnu": range(len(shapes))}, geometry=list(shapes), crs=crs)


def test_a_good_frame_comes_back():
    good = frame(SQUARE)
    assert check(good, ["pnu"], ["Polygon"]) is good


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (frame(SQUARE, None), "row 1: no geometry"),
        (frame(shapely.Polygon()), "row 0: no geometry"),
        (frame(shapely.Point(0, 0)), "row 0: Point, expected Polygon"),
        (frame(SQUARE, shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])), "row 1: Self-intersection"),
    ],
)
def test_a_bad_geometry_is_named_by_its_row(bad, says):
    with pytest.raises(BadInput, match=says):
        check(bad, ["pnu"], ["Polygon"])


def test_missing_column_and_wrong_crs():
    with pytest.raises(BadInput, match="jimok"):
        check(frame(SQUARE), ["pnu", "jimok"])
    with pytest.raises(CrsMismatch, match="EPSG:4326"):
        check(frame(SQUARE, crs=LONLAT), ["pnu"])
    with pytest.raises(CrsMismatch, match="no CRS"):
        check(frame(SQUARE, crs=None), ["pnu"])
