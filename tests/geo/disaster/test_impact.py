"""Whom a flood reaches: sites drawn on a grid where every depth and hour is known."""

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from shapely.geometry import Point, box

from geo.crs import CITY
from geo.disaster import impact
from geo.disaster.band import bands
from geo.disaster.scenario import Outcome, Scenario
from geo.disaster.storage import Routed
from geo.errors import BadInput
from geo.grid import Grid

GRID = Grid(CITY, Affine(2, 0, 0, 0, -2, 20), 10, 10)  # 20 m x 20 m
NOWHERE = np.zeros((10, 10), bool)


def frame(*rows):
    return gpd.GeoDataFrame(
        [
            {"kind": kind, "id": id, "name": id, "residents": people, "houses": 2 if kind == "building" else None}
            for kind, id, people, _ in rows
        ],
        geometry=[shape for *_, shape in rows],
        crs=CITY,
    )


SITES = frame(
    ("parcel", "half", 3, box(6, 0, 14, 20)),  # half of it west of x = 10
    ("parcel", "dry", None, box(14, 0, 20, 20)),
    ("road", "road", None, box(0, 8, 20, 10)),
    ("building", "house", None, Point(1.1, 1.1)),
    ("parcel", "elsewhere", None, box(100, 100, 120, 120)),
)


def outcome(west_m=0.4, unsure=None):
    """West of x = 10 the ground lies at 1 m and gets wet at level 1; the level is 0, 1, 2, 1 m at 0, 1, 2, 3 h."""
    depth = np.zeros((10, 10))
    depth[:, :5] = west_m
    link = np.full((10, 10), 9.0)
    link[:, :5] = 1.0
    times, levels = np.arange(4) * 3600.0, np.array([0.0, 1.0, 2.0, 0.5])
    routed = Routed(times, levels, 2.0, 500.0, 500.0, 40.0, 0.0, (1,), 0.0)
    where = NOWHERE if unsure is None else unsure
    return Outcome(Scenario(100, 7, "none", "none", None), routed, 2.0, 3.0, 0.0, depth, link, where, False)


def told(*, inside=NOWHERE, withheld=None, **given):
    rows = impact.impacts(outcome(**given), impact.laid(SITES, GRID), inside, withheld=withheld)
    return {row["id"]: row for row in rows}


def test_each_site_with_its_depth_area_and_hours():
    found = told()
    assert set(found) == {"half", "road", "house"}
    half = found["half"]
    assert (half["depth_max_m"], half["depth_mean_m"]) == (0.4, 0.4)
    assert (half["wet_ratio"], half["wet_area_m2"], half["class"]) == (0.5, 80.0, 0)
    assert (half["arrival_h"], half["duration_h"], half["wet_at_end"]) == (1.0, 2.0, False)
    assert found["road"]["impassable"] is True
    assert found["half"]["impassable"] is None
    assert found["house"]["wet_ratio"] == 1.0
    assert told(west_m=0.29)["road"]["impassable"] is False


def test_water_in_the_basin_is_no_flood():
    inside = NOWHERE.copy()
    inside[:, :5] = True
    assert told(inside=inside) == {}


def test_no_verdict_where_it_is_withheld_and_none_too_sure_elsewhere():
    unsure = NOWHERE.copy()
    unsure[:, 7:] = True
    assert {row["verdict"] for row in told(withheld="합성", unsure=unsure).values()} == {None}
    found = told(unsure=unsure)
    assert found["house"]["verdict"] == "reached"
    assert (found["dry"]["verdict"], found["dry"]["depth_max_m"], found["dry"]["class"]) == ("uncertain", 0.0, None)


@pytest.mark.parametrize(
    ("depth", "place"), [(0.001, 0), (0.499, 0), (0.5, 1), (0.999, 1), (1, 2), (1.999, 2), (2, 3), (5, 4), (50, 4)]
)
def test_classes_of_depth_are_closed_below(depth, place):
    assert impact.depth_class(depth) == place


def test_the_summary_counts_people_only_where_the_data_says():
    one = outcome()
    rows = impact.impacts(one, impact.laid(SITES, GRID), NOWHERE, withheld=None)
    found = impact.summary(one, rows, NOWHERE, 2.0, (1.2, 3.0))
    assert found["flooded_m2"] == 200
    assert found["flooded_m2_by_class"] == [200, 0, 0, 0, 0]
    assert found["sites"] == {"parcel": 1, "building": 1, "road": 1}
    assert found["residents"] == {"known": 3, "houses": 2, "assumed": [2, 6], "sites_without_number": 1}
    assert (found["roads_impassable"], found["peak_at_h"]) == (1, 2.0)


def test_the_difference_names_who_is_freed_and_who_is_newly_reached():
    def stored(rows, flooded):
        names = ("peak_level_m", "pumped_volume_m3", "gate_volume_m3", "uncertain_m2", "roads_impassable")
        return {"impacts": list(rows), "summary": dict.fromkeys(names, 0.0) | {"flooded_m2": flooded}}

    deep, shallow = told(west_m=0.9), told(west_m=0.4)
    before = stored([deep["half"], deep["road"]], 200.0)
    after = stored([shallow["half"], shallow["house"]], 150.0)
    found = impact.difference(before, after)
    by_id = {site["id"]: site for site in found["sites"]}
    assert by_id["half"]["depth_max_change_m"] == -0.5
    assert by_id["half"]["class"] == [1, 0]
    assert (by_id["road"]["change"], by_id["house"]["change"]) == ("freed", "newly_reached")
    assert (found["freed"], found["newly_reached"]) == (1, 1)
    assert found["figures"]["flooded_m2"] == {"a": 200.0, "b": 150.0, "b_minus_a": -50.0}
    assert impact.difference(before, before)["sites"] == []


def test_a_band_spans_the_assumed_capacities():
    def row(capacity, level):
        figures = {"peak_level_m": level, "flooded_m2": level, "pumped_volume_m3": 0, "uncertain_m2": 0}
        people = {"known": None, "houses": 1, "assumed": [int(level), int(level) + 2], "sites_without_number": 0}
        sites = {"parcel": int(level), "building": 1, "road": 0}
        return {
            "id": capacity, "rain_mm": 300, "stage_m": 13, "works": "basin_pumps", "failure": "none",
            "capacity": capacity, "summary": figures | {"sites": sites, "residents": people},
        }  # fmt: skip

    (found,) = bands([row("low", 12.0), row("high", 9.0), row("nominal", 10.0)])
    assert found["peak_level_m"] == [9.0, 12.0]
    assert found["sites"] == {"parcel": [9, 12], "building": [1, 1], "road": [0, 0]}
    assert found["residents"] == {"known": None, "assumed": [9, 14]}
    assert found["capacities"] == ["low", "high", "nominal"]


def test_sites_keep_their_contract():
    with pytest.raises(BadInput, match="columns missing: residents"):
        impact.laid(SITES.drop(columns="residents"), GRID)
