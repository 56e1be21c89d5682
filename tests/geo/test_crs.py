import pytest
from pyproj import CRS

from geo.crs import CITY, LONLAT, accepted, epsg_of, move
from geo.errors import BadInput

# reference/domain.md section 4: one point near the city hall in every CRS, PROJ 9.5.1, x before y
KNOWN = {
    5186: (180605.205, 573373.103),
    5181: (180605.205, 473373.103),
    5179: (936571.150, 1973605.037),
    5174: (180535.785, 473068.385),
    2097: (180790.450, 473067.788),
    5178: (936759.956, 1973298.831),
    3857: (14113073.911, 4545563.040),
}


@pytest.mark.parametrize("epsg", KNOWN)
def test_a_known_point_east_before_north(epsg):
    assert move(126.7799, 37.7599, LONLAT, accepted(epsg)) == pytest.approx(KNOWN[epsg], abs=0.002)


def test_a_foreign_code_is_refused_by_name():
    with pytest.raises(BadInput, match="EPSG:5187"):
        accepted(5187)


def test_the_code_of_a_crs_without_authority():
    esri = CRS.from_wkt(CITY.to_wkt("WKT1_ESRI"))
    assert epsg_of(esri) == 5186
    with pytest.raises(BadInput, match="Albers"):
        epsg_of(CRS.from_epsg(5070))
