"""Parcels tiled inside real ri, written in one CRS and declared in another."""

import numpy as np
import pytest
import shapely
from pyproj import CRS

from geo import boundaries
from geo.crs import CITY, accepted, transformer
from geo.errors import BadFile
from geo.registry import evidence

YULGOK, IMJIN, DUPO = "4148036024", "4148025030", "4148036022"  # 율곡리, 이천리, 두포리: neighbours


def tiles(codes, step=75.0, seed=0):
    """Return points of parcels that fill these ri, a lot each, and their PNUs."""
    rng = np.random.default_rng(seed)
    ri = boundaries.ri().set_index("code").geometry
    points, pnus = [], []
    for code in codes:
        left, bottom, right, top = ri[code].bounds
        x, y = np.meshgrid(np.arange(left, right, step), np.arange(bottom, top, step))
        cell = np.column_stack([x.ravel(), y.ravel()]) + rng.uniform(0, step, (x.size, 2))
        cell = cell[shapely.contains_xy(ri[code], cell)]
        points.append(cell)
        pnus += [f"{code}1{n // 9999 + 1:04d}{n % 9999:04d}" for n in range(len(cell))]
    return np.vstack(points), np.array(pnus)


@pytest.fixture(scope="module")
def town():
    return tiles([YULGOK, IMJIN, DUPO])


def far_inside(points):
    """Return which points lie more than 700 m from every edge of a ri."""
    near = boundaries.ri()
    edges = shapely.union_all(near[near["code"].isin([YULGOK, IMJIN, DUPO])].geometry.boundary.to_numpy())
    return np.flatnonzero(shapely.distance(edges, shapely.points(points)) > 700)


def numbers(points, epsg):
    """Return the numbers a file in EPSG:`epsg` would hold for points in EPSG:5186."""
    return np.column_stack(transformer(CITY, accepted(epsg)).transform(points[:, 0], points[:, 1]))


def verdict(points, pnus, declared, *, sure=False, held=None):
    try:
        where = evidence.places(list(pnus), held or {}, np.zeros(len(pnus)))
        evidence.settle(points, where, declared, sure=sure)
    except BadFile as refusal:
        return (
            "contradicted"
            if "contradict" in str(refusal)
            else "too little"
            if "too little" in str(refusal)
            else "outside"
        )
    return "accepted"


@pytest.mark.parametrize("epsg", [5186, 5179, 5181, 5174, 2097, 5178, 4326, 3857, 32652])
def test_a_whole_ri_rightly_declared_is_accepted(town, epsg):
    points, pnus = town
    assert verdict(numbers(points, epsg), pnus, epsg) == "accepted"


@pytest.mark.parametrize(
    ("held", "declared"), [(2097, 5174), (5174, 2097), (5178, 5179), (5179, 5178), (5181, 5174), (5174, 5181)]
)
def test_a_wrong_datum_is_seen_and_named(town, held, declared):
    points, pnus = town
    where = evidence.places(list(pnus), {}, np.zeros(len(pnus)))
    with pytest.raises(BadFile, match=f"contradict EPSG:{declared}.*fit EPSG:{held}") as refusal:
        evidence.settle(numbers(points, held), where, declared, sure=True)
    assert "--crs" in str(refusal.value)


@pytest.mark.parametrize("seed", range(4))
def test_random_subsets_in_a_wrong_datum_are_never_accepted_and_right_ones_never_contradicted(town, seed):
    rng = np.random.default_rng(seed)
    points, pnus = town
    for size in (2000, 400, 80, 25):
        some = rng.choice(len(points), size, replace=False)
        for held, declared in ((2097, 5174), (5174, 2097)):
            assert verdict(numbers(points[some], held), pnus[some], declared) != "accepted", (size, held)
        right = verdict(numbers(points[some], 5174), pnus[some], 5174)
        assert right == "accepted" if size == 2000 else right in ("accepted", "too little"), size
        assert verdict(numbers(points[some], 5174), pnus[some], 5174, sure=True) == "accepted"


@pytest.mark.parametrize("seed", range(4))
def test_random_shifts_are_never_accepted(town, seed):
    rng = np.random.default_rng(100 + seed)
    points, pnus = town
    for size in (2000, 300, 40):
        some = rng.choice(len(points), size, replace=False)
        angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(200, 450)
        moved = points[some] + length * np.array([np.cos(angle), np.sin(angle)])
        answer = verdict(numbers(moved, 5174), pnus[some], 5174)
        assert answer == "contradicted" if size == 2000 else answer != "accepted", (size, angle, length)


@pytest.mark.parametrize("seed", range(4))
def test_a_window_far_from_any_edge_is_too_little_evidence(town, seed):
    rng = np.random.default_rng(seed)
    points, pnus = town
    inner = far_inside(points)
    some = rng.choice(inner, 30, replace=False)
    assert verdict(numbers(points[some], 2097), pnus[some], 5174) == "too little"
    assert verdict(numbers(points[some], 5174), pnus[some], 5174) == "too little"
    assert verdict(numbers(points[some], 5174), pnus[some], 5174, sure=True) == "accepted"
    assert verdict(points[some], pnus[some], 5186) == "accepted", "no other CRS has such numbers: nothing to doubt"


def test_a_named_crs_does_not_outvote_a_contradiction(town):
    points, pnus = town
    assert verdict(numbers(points, 2097), pnus, 5174, sure=True) == "contradicted"


def lots(points):
    return [shapely.box(x - 10, y - 10, x + 10, y + 10) for x, y in points]


def test_held_parcels_settle_what_the_ri_cannot(town):
    points, pnus = town
    some = far_inside(points)[:5]
    held = dict(zip(pnus[some], lots(points[some]), strict=True))
    assert verdict(numbers(points[some], 5174), pnus[some], 5174, held=held) == "accepted"
    assert verdict(numbers(points[some], 2097), pnus[some], 5174, held=held) == "contradicted"
    assert verdict(points[some] + [0, 300], pnus[some], 5186, held=held) == "contradicted"


def test_one_wrong_pnu_decides_nothing(town):
    points, pnus = town
    one = np.flatnonzero(np.char.startswith(pnus, YULGOK))[0]
    wrong = pnus.copy()
    wrong[one] = "4148012300100010000"  # 금릉동, 20 km away
    assert verdict(numbers(points, 5174), wrong, 5174) == "accepted"


def test_parcels_that_lie_in_no_way_where_they_should_are_contradicted(town):
    points, _ = town
    assert verdict(points, np.full(len(points), "4148012300100010000"), 5186) == "contradicted"


def test_coordinates_outside_the_city_are_refused_with_what_would_fit(town):
    points, pnus = town
    where = evidence.places(list(pnus), {}, np.zeros(len(pnus)))
    with pytest.raises(BadFile, match=r"outside Paju; they would fit EPSG:5186"):
        evidence.settle(points, where, 5179, sure=True)
    with pytest.raises(BadFile, match=r"nowhere on earth, outside Paju; they would fit EPSG:5186"):
        evidence.settle(points, where, 4326, sure=False)
    with pytest.raises(BadFile, match="no accepted one fits"):
        evidence.settle(points + 5e5, where, 5186, sure=False)


def test_without_pnus_a_doubtful_datum_asks_for_crs(town):
    points, _ = town
    with pytest.raises(BadFile, match=r"too little evidence.*--crs EPSG:5174"):
        evidence.settle(numbers(points, 5174), None, 5174, sure=False)
    evidence.settle(numbers(points, 5174), None, 5174, sure=True)
    evidence.settle(points, None, 5186, sure=False)


ESRI = (
    'PROJCS["Korean_1985_Korea_Central_Belt",GEOGCS["GCS_Korean_Datum_1985",DATUM["D_Korean_Datum_1985",'
    'SPHEROID["Bessel_1841",6377397.155,299.1528128]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",200000.0],PARAMETER["False_Northing",500000.0],'
    'PARAMETER["Central_Meridian",{meridian}],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",38.0],UNIT["Meter",1.0]]'
)


@pytest.mark.parametrize(
    ("meridian", "epsg"), [("127.0028902777778", 5174), ("127.002890277778", 5174), ("127.0", 2097)]
)
def test_a_crs_is_what_its_numbers_say_not_its_name(meridian, epsg):
    """The name is that of EPSG:2097 both times."""
    assert evidence.epsg_of(CRS.from_wkt(ESRI.format(meridian=meridian))) == epsg


@pytest.mark.parametrize("epsg", [5186, 5179, 5181, 5174, 2097, 5178, 32652, 3857, 4326])
def test_every_accepted_crs_is_known_by_its_prj(epsg):
    assert evidence.epsg_of(CRS.from_wkt(accepted(epsg).to_wkt("WKT1_ESRI"))) == epsg


def test_another_belt_is_refused():
    with pytest.raises(BadFile, match="none that Paju's data comes in"):
        evidence.epsg_of(CRS.from_epsg(5187))


def test_a_ri_without_a_boundary_stands_in_its_myeon():
    assert evidence.area_named("4148039029100010000").area > 1e7  # 덕산리 is missing from the layer: 장단면
    assert evidence.area_named("4148012300100010000").area < 1e7
