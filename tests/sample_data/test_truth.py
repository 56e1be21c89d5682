"""The truth: changes of every class, permits in every state, and sites for every kind of road."""

import json
from pathlib import Path

import geopandas as gpd
import pytest

PAIRS = ("2024_2025", "2025_2026", "2024_2026")
LEAST = {
    "building_gained": 12, "building_lost": 6, "building_extended": 6, "vegetation_loss": 5, "earthwork": 5, "road": 3,
    "water": 3,
}  # fmt: skip
STATES = {"접수", "보완", "협의", "허가", "착공", "사용승인", "불허가", "반려", "취하", "허가취소", "효력상실", "위반"}


@pytest.fixture(scope="module")
def changes(drawn: Path) -> dict[str, gpd.GeoDataFrame]:
    return {pair: gpd.read_file(drawn / "truth" / "changes.gpkg", layer=pair) for pair in PAIRS}


@pytest.fixture(scope="module")
def permits(drawn: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(drawn / "registry" / "permits.gpkg").set_index("permit_id")


def test_there_are_enough_changes_of_every_class(changes: dict[str, gpd.GeoDataFrame]) -> None:
    counts = changes["2024_2026"]["class"].value_counts()
    assert set(counts.index) == set(LEAST)
    assert all(counts[kind] >= least for kind, least in LEAST.items()), counts.to_dict()
    for pair in PAIRS[:2]:
        assert set(changes[pair]["class"]) == set(LEAST)


def test_sizes_run_from_a_shed_to_a_factory_and_a_hectare_of_earth(changes: dict[str, gpd.GeoDataFrame]) -> None:
    both = changes["2024_2026"]
    gained = both[both["class"] == "building_gained"].area
    assert gained.min() < 50
    assert gained.max() > 2_900
    assert (both[both["class"] == "earthwork"].area > 9_000).sum() >= 2


def test_years_add_up(changes: dict[str, gpd.GeoDataFrame]) -> None:
    first, second, both = (set(changes[pair]["change_id"]) for pair in PAIRS)
    assert not first & second
    assert both < first | second  # the basin was dug in one year and filled with water in the next
    assert len(first | second) - len(both) == 1


def test_changes_are_explained_by_a_permit_granted_in_time_on_their_parcels(
    changes: dict[str, gpd.GeoDataFrame], permits: gpd.GeoDataFrame
) -> None:
    for pair, until in (("2024_2025", "2025-09-28"), ("2025_2026", "2026-04-22")):
        explained = changes[pair][changes[pair]["explained"]]
        assert len(explained) >= 5
        for change in explained.itertuples():
            permit = permits.loc[change.permit_id]
            assert permit["approved_on"] < until
            assert permit["state"] in ("허가", "착공", "사용승인")
            assert set(change.pnus.split(";")) <= set(permit["pnus"].split(";"))
    rest = changes["2024_2026"][~changes["2024_2026"]["explained"]]
    assert len(rest) >= 15
    assert rest["permit_id"].isna().all()
    assert rest["reason"].nunique() >= 12


def test_a_permit_may_be_in_every_state_and_of_every_kind(permits: gpd.GeoDataFrame) -> None:
    assert set(permits["state"]) == STATES
    assert permits["kind"].nunique() == 8
    assert permits.index.is_unique
    built = permits[permits["kind"].isin(["건축허가", "건축신고"])]
    assert built["gfa_m2"].notna().all()
    assert built["use"].notna().all()
    assert permits["parent_permit_id"].dropna().isin(permits.index).all()


def test_permits_stand_on_their_main_parcel_which_is_of_their_site(drawn: Path, permits: gpd.GeoDataFrame) -> None:
    parcels = gpd.read_file(drawn / "registry" / "parcels.shp", encoding="CP949").set_index("PNU").geometry
    for permit in permits.itertuples():
        assert parcels[permit.main_pnu].contains(permit.geometry)
        assert permit.main_pnu in permit.pnus.split(";")


def test_decoys_keep_clear_of_changed_buildings(drawn: Path, changes: dict[str, gpd.GeoDataFrame]) -> None:
    decoys = gpd.read_file(drawn / "truth" / "changes.gpkg", layer="decoys")
    assert set(decoys["kind"]) == {"greenhouse", "greenhouse_film_removed", "flooded_paddy", "shadow", "season"}
    both = changes["2024_2026"]
    houses = both[both["class"].str.startswith("building")].union_all()
    assert decoys[decoys["kind"].str.startswith("greenhouse")].intersection(houses).area.sum() == 0


def test_there_is_a_site_for_every_verdict(drawn: Path) -> None:
    sites = json.loads((drawn / "truth" / "sites.json").read_text(encoding="utf-8"))
    verdicts = {site["expect"]["verdict"] for site in sites}
    assert verdicts == {"PASS", "PASS_WITH_SETBACK", "FAIL", "REVIEW", "NOT_APPLICABLE", "UNKNOWN_COVERAGE"}
    by_what = {site["what"]: site for site in sites}
    assert len(by_what) == len(sites) >= 30
    assert next(s for w, s in by_what.items() if "3 m: 양쪽" in w)["pnu"] == "4148036024101000001"
