"""Answers that join the subjects, on a second zone drawn beside Yulgok: another type, other figures, other ground."""

import json
from datetime import date
from itertools import count

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from geo import answers
from geo.crs import CITY
from geo.disaster import scenario_store, store, works
from geo.disaster.nearby_store import near
from geo.disaster.zone import TYPES, touching
from geo.registry import store as registry
from sample_data.disaster import document as yulgok

X, Y = 184_400.0, 586_900.0  # in 율곡리, apart from what the sample draws for Yulgok
ON = date(2026, 3, 15)
SOURCED = {"source": "시험 계획", "source_date": "2026"}
DRAWN = {"geometry_quality": "digitised", "synthetic": False}
FIGURES = {
    "catchment_km2": [0.5], "curve_number": [85], "clark_h": [0.5, 0.5],
    "rain_shape_pct": [5 * (step + 1) for step in range(19)], "rain_mm": [50, 300], "stage_m": [20],
    "gate_coefficient": [0.6], "gate_area_m2": [0], "gate_sill_m": [9], "pump_levels_m": [0.5, 0.1, 0.3],
    "residents_per_house": [2, 2],
}  # fmt: skip


def area(left, bottom, right, top):
    return json.loads(shapely.to_geojson(shapely.box(X + left, Y + bottom, X + right, Y + top)))


def second(kind="006"):
    """A zone of 400 m x 300 m with a basin of 100 m x 60 m and two rated pumps; nothing of it is Yulgok's."""
    belongs = {"zone_id": "harbour", **SOURCED}
    return {
        "crs": "EPSG:5186",
        "zones": [{"id": "harbour", "name": "포구", "type": kind, "designated_on": "2020-01-02", **SOURCED, **DRAWN,
                   "geometry": area(0, 0, 400, 300)}],
        "facilities": [
            {"id": "harbour_basin", "type": "retention_basin", "name": "유수지", "volume_m3": 12_000, **belongs,
             **DRAWN, "geometry": area(20, 20, 120, 80)},
            {"id": "harbour_pumps", "type": "main_pump", "name": "펌프장", "pump_count": 2, "pump_capacity_m3min": 90,
             **belongs, "geometry_quality": "none", "synthetic": False},
        ],
        "assumptions": [
            {"id": f"harbour_{name}", "parameter": name, "values": values, "assumed": name != "rain_mm", **belongs,
             "label": "조위" if name == "stage_m" else None}
            for name, values in FIGURES.items()
        ],
    }  # fmt: skip


@pytest.fixture
def take(city, at, tmp_path):
    number = count()

    def into(document):
        file = tmp_path / f"{next(number)}.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        return store.import_file(city, file, at=at)

    return into


def terrain(folder, cell, **tags):
    """Flat ground of 10 m inside walls of 30 m, 600 m x 500 m."""
    z = np.full((int(500 / cell), int(600 / cell)), 10, np.float32)
    z[[0, -1]] = z[:, [0, -1]] = 30
    with rasterio.open(
        folder / "dem.tif", "w", driver="GTiff", width=z.shape[1], height=z.shape[0], count=1, dtype="float32",
        crs=CITY, transform=Affine(cell, 0, X - 100, 0, -cell, Y + 400),
    ) as target:  # fmt: skip
        target.write(z, 1)
        target.update_tags(sigma_m="0.01", **tags)
    return folder / "dem.tif"


PARCELS = {"in_zone": (200, 100, 220, 130), "in_basin": (40, 30, 60, 60), "beyond": (430, 100, 450, 130),
           "far": (900, 100, 920, 130)}  # fmt: skip
PNUS = {name: f"41480360241{100 + place:04d}0000" for place, name in enumerate(PARCELS)}


@pytest.fixture
def flooded(city, at, tmp_path, take):
    """Both zones, four parcels, and the second zone's scenarios on a terrain."""
    take(yulgok())
    take(second())
    lots = gpd.GeoDataFrame(
        {"PNU": list(PNUS.values()), "JIBUN": [f"{100 + place}대" for place in range(4)], "AREA": 600.0},
        geometry=[shapely.box(X + a, Y + b, X + c, Y + d) for a, b, c, d in PARCELS.values()],
        crs=CITY,
    )
    lots.to_file(tmp_path / "lots.gpkg")
    registry.import_file(city, "parcels", tmp_path / "lots.gpkg", at=at)

    def on(cell, **tags):
        dem = terrain(tmp_path, cell, **tags)
        return answers.flood_scenarios(city, "harbour", dem, workers=1, progress=lambda items, *_: items)

    return on


def hazards(city, name):
    site = answers.site(city, PNUS[name])
    review = answers.permit_review(city, site, as_of=ON, use="단독주택", gfa_m2=120.0)
    return review.to_dict()["hazards"]


def test_a_second_zone_of_another_type_has_its_own_figures_and_leaves_the_first_alone(city, flooded):
    index = flooded(2)
    assert store.zones(city, ON)["id"].tolist() == ["yulgok", "harbour"]
    assert (index["rain_mm"], index["stage_m"], len(index["scenarios"])) == ([50, 300], [20], 10)
    assert index["provenance"]["stage_label"] == "조위"
    made = {row["name"]: row for row in index["provenance"]["inputs"]}
    assert (made["catchment_km2"]["value"], made["catchment_km2"]["assumed"]) == (0.5, True)
    assert (made["rain_mm"]["assumed"], made["pump_capacity_m3s"]["value"]) == (False, [3.0])
    status = works.status(store.zone_record(city, "포구"), ON)
    assert (status.zone_status, status.projects, status.budget) == ("designated", (), ())
    assert [item.state for item in status.facilities] == ["planned", "planned"]
    assert scenario_store.index_or_none(city, "yulgok") is None


def test_a_review_tells_four_answers_apart(city, flooded):
    flooded(2)
    zone, flood, record = hazards(city, "in_zone")
    assert (zone["kind"], zone["type"], zone["relation"], zone["share"]) == ("legal_zone", "006", "overlaps", 1.0)
    assert [rule["article"] for rule in zone["follows"]] == ["자연재해대책법 제15조"]
    assert (flood["kind"], flood["zone_id"], flood["rain_mm"]) == ("modelled_flood", "harbour", 300)
    bands = {(band["works"], band["failure"]): band for band in flood["bands"]}
    assert bands["none", "none"]["depth_max_m"][0] > bands["basin", "none"]["depth_max_m"][0] > 0
    assert bands["none", "none"]["verdicts"] == ["reached"]
    assert (record["kind"], record["known"]) == ("flood_record", False)
    basin = hazards(city, "in_basin")
    assert [one["kind"] for one in basin] == [
        "legal_zone",
        "works_footprint",
        "flood_record",
    ]  # a full basin is no flood
    assert (basin[1]["id"], basin[1]["area_m2"], basin[1]["share"]) == ("harbour_basin", 600.0, 1.0)
    assert [one["kind"] for one in hazards(city, "beyond")] == ["modelled_flood", "flood_record"]
    assert hazards(city, "far") == []


@pytest.mark.parametrize(("cell", "tags"), [(10, {}), (2, {"dem_is_synthetic": "true"})])
def test_on_coarse_or_synthetic_ground_no_parcel_gets_a_verdict_and_keeps_its_legal_zone(city, flooded, cell, tags):
    flooded(cell, **tags)
    zone, flood, _ = hazards(city, "in_zone")
    assert zone["follows"]
    assert {verdict for band in flood["bands"] for verdict in band["verdicts"]} == {None}
    assert "판정을 내리지 않습니다" in flood["sentence"]
    assert flood["sentence"].startswith("포구 지구의 침수 모의입니다. 24시간 300 mm, 조위 20 m")
    assert "모의결과·설계검토용 아님" in flood["sentence"]


def test_the_model_clears_no_legal_flag(city, flooded):
    (before,) = (one for one in hazards(city, "in_zone") if one["kind"] == "legal_zone")
    flooded(2)
    after, flood, _ = hazards(city, "in_zone")
    pumped = next(band for band in flood["bands"] if (band["works"], band["failure"]) == ("basin_pumps", "none"))
    assert pumped["depth_max_m"] < next(band for band in flood["bands"] if band["works"] == "none")["depth_max_m"]
    assert after == before


@pytest.mark.parametrize("kind", list(TYPES))
def test_zones_of_every_type_are_taken_told_and_reviewed(city, take, kind):
    take(yulgok())
    assert take(second(kind))["changed"]
    record = store.zone_record(city, "harbour")
    assert (record["zone"]["type_name"], len(record["assumptions"])) == (TYPES[kind], len(FIGURES))
    assert works.status(record, date(2019, 1, 1)).zone_status == "not_yet"
    site = shapely.box(X + 390, Y + 100, X + 410, Y + 120)
    (hazard,) = touching(site, near(city, site.bounds, ON)[0])
    assert (hazard["type"], hazard["area_m2"], hazard["share"]) == (kind, 200.0, 0.5)
    articles = [rule["article"] for rule in hazard["follows"]]
    assert articles[-1] == "자연재해대책법 제15조"
    assert ("건축법 제11조제4항제2호" in articles) == ("건축법 제49조제5항" in articles) == (kind == "001")
