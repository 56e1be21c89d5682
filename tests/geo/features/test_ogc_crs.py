import numpy as np
import pytest
import shapely
from pyproj import Transformer

from geo.errors import Unreadable
from geo.features.ogc_crs import KNOWN, named

OGC = "http://www.opengis.net/def/crs/"


@pytest.mark.parametrize("uri", KNOWN)
def test_what_is_written_is_read_back(uri):
    shape = shapely.box(190_000, 580_000, 190_400, 580_300)
    known = named(uri, "crs")
    assert shapely.hausdorff_distance(known.ground(known.written(shape), "bbox"), shape) < 0.02


def test_a_line_of_latitude_is_bent_as_it_is():
    """The middle of a wide box's edge lies tens of metres off the straight line between its corners."""
    box = named(f"{OGC}OGC/1.3/CRS84", "crs").ground(shapely.box(126.5, 37.7, 127.0, 37.9), "bbox")
    middle = Transformer.from_crs(4326, 5186, always_xy=True).transform(126.751, 37.7)
    assert box.boundary.distance(shapely.Point(middle)) < 0.03


def test_what_lies_beyond_korea_is_cut_and_never_endless():
    crs84 = named(f"{OGC}OGC/1.3/CRS84", "crs")
    whole = crs84.ground(shapely.box(-180, -90, 180, 90), "bbox")
    assert whole.contains(shapely.Point(190_000, 580_000))
    assert np.isfinite(shapely.get_coordinates(whole)).all()
    assert crs84.ground(shapely.box(0, 0, 1, 1), "bbox").is_empty


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (shapely.Point(np.inf, 1), "no numbers"),
        (shapely.Polygon([(126, 37), (127, 38), (127, 37), (126, 38)]), "Self-intersection"),
        (shapely.LineString([(124.1 if n % 2 else 131.9, 32.1 + n / 100) for n in range(1000)]), "too long"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(shape, said):
    with pytest.raises(Unreadable, match=said) as refused:
        named(f"{OGC}OGC/1.3/CRS84", "crs").ground(shape, "filter")
    assert refused.value.parameter == "filter"


def test_an_unknown_crs_is_refused_by_name():
    with pytest.raises(Unreadable, match="EPSG:5186") as refused:
        named("EPSG:5186", "bbox-crs")
    assert refused.value.parameter == "bbox-crs"
