"""Parcels that are split and merged: the old number names those in its place, on both stores."""

import geopandas as gpd
import pytest
import shapely

from geo.crs import CITY
from geo.errors import Gone, NotFound
from geo.registry import store

X, Y = 184_000.0, 587_000.0


def pnu(main, sub=0):
    return f"41480360241{main:04d}{sub:04d}"


@pytest.fixture
def bring(either, tmp_path, at):
    turn = iter(range(100))

    def parcels(**lots):
        """Import lots drawn from left to right metres, named as '_101_1' for 101-1."""
        numbers = [tuple(map(int, name[1:].split("_"))) for name in lots]
        table = {
            "PNU": [pnu(*number) for number in numbers],
            "JIBUN": ["-".join(map(str, number)) for number in numbers],
            "AREA": [(b - a) * 30.0 for a, b in lots.values()],
        }
        shapes = [shapely.box(X + a, Y, X + b, Y + 30) for a, b in lots.values()]
        file = tmp_path / f"p{next(turn)}.gpkg"
        gpd.GeoDataFrame(table, geometry=shapes, crs=CITY).to_file(file, engine="pyogrio")
        return store.import_file(either, "parcels", file, at=at.replace(minute=next(turn)))

    parcels.city = either
    parcels(_100=(0, 20), _101=(20, 40), _102=(40, 60))
    row = {"permit_id": "p-1", "kind": "건축허가", "state": "허가", "applied_on": "2024-05-01", "main_pnu": pnu(101)}
    permit = gpd.GeoDataFrame([row], geometry=[shapely.Point(X + 30, Y + 15)], crs=CITY)
    permit.to_file(tmp_path / "permits.gpkg", engine="pyogrio")
    store.import_file(either, "permits", tmp_path / "permits.gpkg", at=at)
    road = {"road_uid": "r-1", "legal_basis": "NAMOK", "status": "DESIGNATED", "valid_from": "2010-03-02"}
    gpd.GeoDataFrame([road], geometry=[shapely.box(X, Y - 4, X + 60, Y)], crs=CITY).to_file(
        tmp_path / "r.gpkg", engine="pyogrio"
    )
    store.import_file(either, "roads", tmp_path / "r.gpkg", at=at)
    return parcels


def standing(city, at):
    """Return by which parcels the permit is found, and that the register holds together."""
    assert store.verify(city) == []
    held = store.everything(city, "parcels")["pnu"]
    return {number[11:] for number in held if len(store.permits_of(city, [number], at.date()))}


def test_a_split_and_a_merge_name_what_came_after(bring, at):
    done = bring(_101_1=(20, 30), _101_2=(30, 40))
    assert (done.added, done.closed) == (2, 1)
    with pytest.raises(Gone, match="101-1") as gone:
        store.site(bring.city, address="파평면 율곡리 101")
    assert gone.value.successors == (pnu(101, 1), pnu(101, 2))
    assert "율곡리 101-2" in gone.value.korean
    assert standing(bring.city, at) == {"01010001", "01010002"}
    assert bring(_100=(0, 40)).closed == 2
    for number in (pnu(101), pnu(101, 1)):
        with pytest.raises(Gone) as gone:
            store.site(bring.city, pnus=[number])
        assert gone.value.successors == (pnu(100),)
    assert standing(bring.city, at) == {"01000000"}


def test_a_number_that_comes_back_goes_on_with_its_history(bring, at):
    bring(_100=(0, 40))
    assert bring(_100=(0, 20), _101=(20, 40)).closed == 0
    assert store.site(bring.city, pnus=[pnu(101)]).area_m2 == 600.0
    assert standing(bring.city, at) == {"01000000"}, "until the permit is delivered anew"


def test_ground_that_is_not_taken_retires_nothing(bring):
    assert bring(_100=(0, 37)).closed == 0, "17 of 20 m of the neighbour is a fault of the map, not a merger"
    assert len(store.everything(bring.city, "parcels")) == 3
    with pytest.raises(NotFound) as unknown:
        store.site(bring.city, pnus=[pnu(999)])
    assert not isinstance(unknown.value, Gone)


def test_a_permit_on_a_retired_number_is_found_by_those_in_its_place(bring, tmp_path, at):
    bring(_101_1=(20, 30), _101_2=(30, 40))
    row = {
        "permit_id": "p-2",
        "kind": "건축신고",
        "state": "접수",
        "main_pnu": pnu(101),
        "pnus": f"{pnu(101)};{pnu(100)}",
    }
    gpd.GeoDataFrame([row], geometry=[shapely.Point(X + 30, Y + 15)], crs=CITY).to_file(
        tmp_path / "late.gpkg", engine="pyogrio"
    )
    store.import_file(bring.city, "permits", tmp_path / "late.gpkg", at=at)
    found = {sub: len(store.permits_of(bring.city, [pnu(101, sub)], at.date())) for sub in (1, 2)}
    assert found == {1: 2, 2: 2}
    assert len(store.permits_of(bring.city, [pnu(100)], at.date())) == 1
    bring(_100=(0, 40))
    assert len(store.permits_of(bring.city, [pnu(100)], at.date())) == 2
    _, sites = store.sites_beside(bring.city, "r-1")
    assert sites == [(pnu(100),)], "both permits stand on the one parcel, once"
