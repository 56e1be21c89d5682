"""The ground plan: parcels tile the square, numbers are right, roads share their edges with the lots they serve."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo import boundaries
from sample_data.axes import SQUARE


@pytest.fixture(scope="module")
def parcels(drawn: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(drawn / "registry" / "parcels.shp", encoding="CP949")


@pytest.fixture(scope="module")
def roads(drawn: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(drawn / "registry" / "roads.gpkg")


def test_parcels_tile_the_square(parcels: gpd.GeoDataFrame) -> None:
    shapes = parcels.geometry.to_numpy()
    assert 3_700 <= len(parcels) <= 4_300
    assert shapely.coverage_is_valid(shapes)  # no overlaps, every edge shared vertex by vertex
    assert parcels.area.sum() == pytest.approx(SQUARE.area, abs=0.2)
    assert shapely.symmetric_difference(shapely.union_all(shapes), SQUARE).area < 0.2
    assert parcels.area.min() > 5
    assert (parcels["AREA"] - parcels.area).abs().max() <= 0.051


def test_every_pnu_is_valid_and_lies_in_its_ri(parcels: gpd.GeoDataFrame) -> None:
    assert parcels["PNU"].is_unique
    assert parcels["PNU"].str.fullmatch(r"41480\d{5}[12](?!0000)\d{8}").all()
    ri = boundaries.ri().set_index("code").geometry
    codes = parcels["PNU"].str[:10]
    assert set(codes) == {"4148036024", "4148036022", "4148025030", "4148025023", "4148040021"}
    for code in set(codes):
        mine = parcels.geometry[codes == code]
        inside = mine.intersection(ri[code]).area / mine.area
        assert inside.median() == pytest.approx(1)
        assert inside.min() > 0.5  # the simplified borders leave gaps between ri, up to 40 m wide
        others = shapely.union_all([shape for other, shape in ri.items() if other != code])
        assert mine.difference(ri[code]).intersection(others).area.max() < 1
    assert boundaries.city().buffer(0.5).contains(parcels.union_all())


def test_mountain_lots_are_woods_and_known_numbers_stand(parcels: gpd.GeoDataFrame) -> None:
    mountain = parcels["PNU"].str[10] == "2"
    assert (parcels["JIBUN"].str.startswith("산 ") == mountain).all()
    assert parcels.loc[mountain, "JIBUN"].str.endswith("임").all()
    numbers = set(parcels["PNU"])
    assert {"4148036024101000001", "4148036024200120003", "4148036024105090000"} <= numbers


def test_roads_keep_to_the_edges_of_the_parcels_they_front(parcels: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> None:
    now = roads[roads["valid_to"].isna() & ~roads["part_of_parcel"]]
    edges = shapely.union_all(parcels.boundary.to_numpy())
    for name, land in zip(now["name"], now.geometry, strict=True):
        assert shapely.difference(land.boundary, edges).length == pytest.approx(0, abs=1e-6), name


def test_widths_agree_with_the_register_but_for_the_planted_one(roads: gpd.GeoDataFrame) -> None:
    simple = roads[roads["width_m"].notna() & roads["length_m"].between(8, 130)]
    drawn = simple.area / simple["length_m"]
    # a road that ends inside a wider one counts that stretch in its length: up to 7 %
    odd = simple[(drawn - simple["width_m"]).abs() > 0.07 * simple["width_m"]]
    flagged = roads["quality_flags"].fillna("").str.contains("폭불일치")
    assert set(odd["road_uid"]) == set(roads.loc[flagged, "road_uid"])


@pytest.mark.parametrize(
    ("what", "rule"),
    [
        ("both bases", lambda r: {"GAMOK", "NAMOK", "ADDENDUM_1976", "UNKNOWN"} <= set(r["legal_basis"])),
        ("every state", lambda r: set(r["status"]) == {"PLANNED", "DESIGNATED", "CHANGED", "ABOLISHED", "DISPUTED"}),
        ("through 3, 4, 6, 8 m", lambda r: {3, 4, 6, 8} <= set(r.loc[~r["is_dead_end"], "width_m"])),
        ("dead end under 10 m", lambda r: (r["dead_end_length_m"] < 10).any()),
        ("dead end of 10 to 35 m", lambda r: r["dead_end_length_m"].between(10, 34.9).any()),
        ("dead end from 35 m", lambda r: (r["dead_end_length_m"] >= 35).any()),
        ("terrain", lambda r: r["terrain_designated"].any()),
        ("river and slope opposite", lambda r: {"하천", "경사지"} <= set(r["opposite_obstacle"])),
        ("part of a parcel", lambda r: r["part_of_parcel"].any()),
        ("no centre line", lambda r: r["centerline_wkt"].isna().any()),
        ("no notice, before 1999", lambda r: (r["notice_no"].isna() & (r["designated_on"] < "1999-02-08")).any()),
        ("motor road", lambda r: r["motor_only"].any()),
        ("abolished before 2026", lambda r: (r["valid_to"] < "2026-01-01").any()),
    ],
)  # fmt: skip
def test_every_kind_of_road_stands_in_the_register(roads: gpd.GeoDataFrame, what: str, rule: object) -> None:
    assert rule(roads), what  # type: ignore[operator]


def test_a_road_may_stand_in_no_register(parcels: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> None:
    listed = {pnu for pnus in roads["related_pnus"] for pnu in pnus.split(";")}
    streets = parcels[parcels["JIBUN"].str.endswith("도")]
    assert 20 < (~streets["PNU"].isin(listed)).sum() < len(streets)
    assert roads["lead_pnu"].isin(parcels["PNU"]).all()


def test_zoning_tiles_the_square_and_coverage_leaves_a_corner(drawn: Path) -> None:
    zoning = gpd.read_file(drawn / "registry" / "zoning.gpkg")
    areas = zoning[zoning["kind"] == "용도지역"]
    assert areas.area.sum() == pytest.approx(SQUARE.area, abs=1)
    assert areas.union_all().area == pytest.approx(SQUARE.area, abs=1)  # so no two overlap
    assert (zoning["kind"] == "지구단위계획구역").sum() == 1
    coverage = gpd.read_file(drawn / "registry" / "coverage.gpkg")
    assert set(coverage["legal_basis"]) == {"GAMOK", "NAMOK"}
    assert (coverage.area < SQUARE.area - 100_000).all()
