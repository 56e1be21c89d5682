"""Both axes of time on permits and roads that come by file, and recognitions of the authority, on both stores."""

from datetime import date

import geopandas as gpd
import pytest
import shapely

from geo.crs import CITY
from geo.registry import store

X, Y = 184_000.0, 587_000.0
PNU = "4148036024101000000"


@pytest.fixture
def bring(either, tmp_path, at):
    turn = iter(range(60))

    def one(kind, shape, /, **row):
        file = tmp_path / f"{kind}{next(turn)}.gpkg"
        gpd.GeoDataFrame([row], geometry=[shape], crs=CITY).to_file(file, engine="pyogrio")
        return store.import_file(either, kind, file, at=at.replace(hour=9 + next(turn) // 2, minute=0))

    one.city = either
    one("parcels", shapely.box(X, Y, X + 20, Y + 30), PNU=PNU, JIBUN="100대", AREA=600.0)
    return one


def permit(bring, **changed):
    row = {
        "permit_id": "p-1", "kind": "건축허가", "state": "허가", "applied_on": "2024-01-10",
        "approved_on": "2024-03-01", "use": "단독주택", "gfa_m2": 150.0, "main_pnu": PNU, "valid_from": None,
    } | changed  # fmt: skip
    return bring("permits", shapely.Point(X + 10, Y + 15), **row)


def told(city, day):
    return [(row["state"], row["use"]) for _, row in store.permits_of(city, [PNU], date.fromisoformat(day)).iterrows()]


def test_a_permit_on_both_axes(bring, at):
    permit(bring)
    known = at.replace(hour=23)
    permit(bring, use="근린생활시설", valid_from="2024-09-01", state="착공", started_on="2024-10-01")
    city = bring.city
    assert told(city, "2024-01-09") == []
    assert told(city, "2024-02-01") == [("접수", "단독주택")]
    assert told(city, "2024-08-31") == [("허가", "단독주택")], "before the change of the permit (변경허가)"
    assert told(city, "2024-09-01") == [("허가", "근린생활시설")]
    assert told(city, "2024-10-01") == [("착공", "근린생활시설")]
    first = store.as_of(city, "permits", on=date(2024, 8, 31))
    assert [(row["use"], row["valid_to"]) for row in first] == [("단독주택", "2024-09-01")]
    (held,) = store.as_of(city, "permits", known_at=known.replace(hour=10, minute=30))
    assert (held["use"], held["version"]) == ("단독주택", 1), "what the register said then"
    assert store.verify(city) == []


def test_a_correction_by_file_leaves_no_slice(bring):
    permit(bring)
    permit(bring, use="공장")
    assert told(bring.city, "2024-04-01") == [("허가", "공장")]


def road(bring, **changed):
    row = {
        "road_uid": "r-1", "legal_basis": "NAMOK", "status": "DESIGNATED", "designated_on": "2010-02-20",
        "announced_on": "2010-03-02", "valid_from": "2010-03-02", "lead_pnu": PNU, "width_m": 4.0,
        "width_source": "designated", "area_m2": 80.0,
    } | changed  # fmt: skip
    return bring("roads", shapely.box(X, Y - 4, X + 20, Y), **row)


def test_a_road_file_that_moves_its_day_on_ends_the_slice_before(bring):
    road(bring)
    road(bring, width_m=6.0, valid_from="2020-05-01", status="CHANGED", quality_flags="면적불일치")
    city = bring.city
    assert [store.road(city, "r-1", on=day)["width_m"] for day in (date(2020, 4, 30), date(2020, 5, 1))] == [4.0, 6.0]
    ground = store.site(city, pnus=[PNU]).geometry
    assert store.roads_near(city, ground, date(2020, 4, 30))["width_m"].tolist() == [4.0]
    assert store.verify(city) == []


def test_a_slice_that_had_ended_by_itself_is_not_stretched(bring):
    road(bring, status="ABOLISHED", valid_to="2015-07-01")
    road(bring, valid_from="2020-05-01", designated_on="2020-04-20", announced_on="2020-05-01")
    told = {day: len(store.as_of(bring.city, "roads", on=date.fromisoformat(day)))
            for day in ("2015-06-30", "2015-07-01", "2020-04-30", "2020-05-01")}  # fmt: skip
    assert list(told.values()) == [1, 0, 0, 1]


RECOGNISED = {"recognition_id": "c-1", "kind": "출입지장없음", "document_no": "파주시 건축과-77",
              "decided_on": "2026-01-05", "main_pnu": PNU}  # fmt: skip


def test_a_recognition_is_part_of_the_site_it_was_decided_for(bring):
    assert store.site(bring.city, pnus=[PNU]).recognitions == ()
    bring("recognitions", shapely.Point(X + 10, Y + 15), **RECOGNISED)
    (found,) = store.site(bring.city, pnus=[PNU]).recognitions
    assert (found.kind, found.document_no, found.decided_on) == ("출입지장없음", "파주시 건축과-77", date(2026, 1, 5))
    assert [found.holds(date(2026, 1, day)) for day in (4, 5)] == [False, True]
    bring("recognitions", shapely.Point(X + 10, Y + 15), **RECOGNISED, valid_to="2026-06-01")
    (found,) = store.site(bring.city, point=(X + 10, Y + 15)).recognitions
    assert [found.holds(date(2026, *day)) for day in ((5, 31), (6, 1))] == [True, False]
    other = PNU[:-1] + "1"
    bring("parcels", shapely.box(X + 20, Y, X + 40, Y + 30), PNU=other, JIBUN="100-1대", AREA=600.0)
    assert store.site(bring.city, pnus=[PNU, other]).recognitions == (), "decided for one parcel, not for two"
