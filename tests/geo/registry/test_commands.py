"""`geo registry`: what it prints, and that a refusal is one sentence and changes nothing."""

import json
import sqlite3
from contextlib import closing

import geopandas as gpd
import pytest
import shapely
from click import MissingParameter
from click.testing import CliRunner

from geo import audit
from geo.clock import now
from geo.crs import CITY
from geo.database import open_city
from geo.errors import BadInput, NotFound, RuleBroken, Unreadable
from geo.geojson import lonlat
from geo.registry import store
from geo.registry.commands import group
from geo.registry.delivery import BadRows

X, Y = 184_000.0, 587_000.0
REPORT = {"kind", "rows", "added", "changed", "unchanged", "closed", "kept", "source_sha256", "crs", "encoding"}


@pytest.fixture
def run(tmp_path):
    def command(*words, code=0):
        done = CliRunner().invoke(group, [*map(str, words), "--data", str(tmp_path / "data")], standalone_mode=False)
        if isinstance(done.exception, SystemExit):
            assert done.exception.code == code
        elif done.exception:
            done.exception.printed = done.stdout
            raise done.exception
        return done.output

    return command


@pytest.fixture
def parcels(tmp_path):
    def write(name="parcels.gpkg", count=3, **changed):
        numbers = [f"41480360241{100 + n:04d}0000" for n in range(count)]
        table = {"PNU": numbers, "JIBUN": [f"{100 + n}대" for n in range(count)], "AREA": 600.0} | changed
        boxes = [shapely.box(X + 20 * n, Y, X + 20 * n + 20, Y + 30) for n in range(count)]
        gpd.GeoDataFrame(table, geometry=boxes, crs=CITY).to_file(tmp_path / name, engine="pyogrio")
        return tmp_path / name

    return write


def test_import_tells_what_it_did(run, parcels):
    told = json.loads(run("import", "parcels", parcels(), "--json"))
    assert set(told) == REPORT
    assert (told["rows"], told["added"], told["crs"], told["encoding"]) == (3, 3, "EPSG:5186", "UTF-8")
    assert "nothing changed" in run("import", "parcels", parcels())


@pytest.mark.parametrize("crs", ["EPSG:5186", "5186", "epsg:5186"])
def test_the_officer_may_name_the_crs(run, parcels, crs):
    assert "EPSG:5186" in run("import", "parcels", parcels(), "--crs", crs)


def test_a_crs_that_is_none(run, parcels):
    with pytest.raises(BadInput, match="EPSG:5187 is no coordinate system"):
        run("import", "parcels", parcels(), "--crs", "EPSG:5187")
    with pytest.raises(Exception, match="'Korea' is not of the form EPSG:5186"):
        run("import", "parcels", parcels(), "--crs", "Korea")


def test_a_refused_import_shows_twenty_rows_and_json_all_of_them(run, parcels, tmp_path):
    run("import", "parcels", parcels())
    before = (tmp_path / "data" / "city.gpkg").read_bytes()
    bad = parcels("bad.gpkg", 30, PNU=[str(n) for n in range(30)])
    with pytest.raises(BadRows, match="30 rows at fault, nothing was imported") as refusal:
        run("import", "parcels", bad)
    lines = refusal.value.printed.splitlines()
    assert len(lines) == 21
    assert lines[0].startswith("row 1, pnu: PNU '0': 1 digits")
    assert lines[-1] == "and 10 more; --json shows them all"
    with pytest.raises(BadRows) as refusal:
        run("import", "parcels", bad, "--json")
    told = json.loads(refusal.value.printed)
    assert len(told["faults"]) == 30
    assert told["faults"][0].keys() == {"row", "column", "problem"}
    assert (tmp_path / "data" / "city.gpkg").read_bytes() == before


def test_a_refused_first_file_makes_no_city(run, parcels, tmp_path):
    with pytest.raises(BadRows):
        run("import", "parcels", parcels("bad.gpkg", 2, PNU=["1", "2"]))
    assert not (tmp_path / "data").exists()


def test_export(run, parcels, tmp_path):
    run("import", "parcels", parcels())
    out = tmp_path / "out.geojson"
    assert json.loads(run("export", "parcels", out, "--json")) == {"kind": "parcels", "file": str(out), "rows": 3}
    assert json.loads(out.read_text())["features"][0]["properties"]["pnu"] == "4148036024101000000"


def test_export_of_a_city_that_is_not_there(run, tmp_path):
    with pytest.raises(NotFound, match="no city in"):
        run("export", "parcels", tmp_path / "out.gpkg")


def test_judge_always_prints_json(run, shared, tmp_path):
    vectors = json.loads((shared / "vectors" / "statutory.json").read_text(encoding="utf-8"))
    facts = {
        kind: [{k: v for k, v in item.items() if k != "expect"} for item in vectors[kind]]
        for kind in ("road", "corner")
    }
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(facts, ensure_ascii=False))
    told = json.loads(run("judge", file))
    assert told == json.loads(run("judge", file, "--json"))
    assert [item["id"] for item in told["road"]] == [item["id"] for item in vectors["road"]]
    for item, known in zip(told["road"], vectors["road"], strict=True):
        assert item["expect"]["overall"] == known["expect"]["overall"], item["id"]


def test_judge_refuses_what_is_no_file_of_facts(run, tmp_path):
    with pytest.raises(NotFound, match="no file"):
        run("judge", tmp_path / "nothing.json")
    file = tmp_path / "facts.json"
    for text in ("words", "[" * 100_000, '{"road": [NaN]}'):
        file.write_text(text)
        with pytest.raises(Unreadable, match=r"facts\.json is no JSON"):
            run("judge", file)
    file.write_text("[]")
    with pytest.raises(BadInput):
        run("judge", file)


@pytest.fixture
def road(run, parcels, tmp_path):
    run("import", "parcels", parcels())
    row = {"road_uid": "r-1", "legal_basis": "NAMOK", "status": "DESIGNATED", "valid_from": "2010-03-02"}
    row |= {"width_m": 4.0, "area_m2": 240.0, "length_m": 60.0}
    gpd.GeoDataFrame([row], geometry=[shapely.box(X, Y - 4, X + 60, Y)], crs=CITY).to_file(
        tmp_path / "r.gpkg", engine="pyogrio"
    )
    run("import", "roads", tmp_path / "r.gpkg")
    return tmp_path / "event.json"


WIDEN = {
    "event": "CHANGE_WIDTH", "effective_on": "2026-06-01", "values": {"width_m": 6.0},
    "consents": {"required": 1, "obtained": 1}, "documents": [{"kind": "기타", "ref": "건축과-1"}],
}  # fmt: skip


def test_amend_widens_abolishes_and_designates(run, road, tmp_path):
    road.write_text(json.dumps(WIDEN))
    assert run("amend", "r-1", road, "--reason", "확폭") == "CHANGE_WIDTH: r-1\n"
    town = open_city(tmp_path / "data")
    assert (store.road(town, "r-1")["width_m"], store.road(town, "r-1")["version"]) == (6.0, 2)
    shape = json.loads(shapely.to_geojson(lonlat(shapely.box(X, Y - 20, X + 60, Y - 14))))
    new = WIDEN | {"event": "DESIGNATE", "announced_on": "2026-05-10", "notice_no": "파주시 공고 2026-77"}
    new |= {"documents": [{"kind": "공고문", "ref": "파주시 공고 2026-77"}], "geometry": shape}
    new |= {"values": {"width_m": 6.0, "length_m": 60.0, "area_m2": 360.0}}
    road.write_text(json.dumps(new))
    told = json.loads(run("amend", "new", road, "--reason", "신규 지정", "--json"))
    assert (told["event"], store.road(town, *told["roads"])["width_m"]) == ("DESIGNATE", 6.0)
    road.write_text(json.dumps(WIDEN | {"event": "ABOLISH", "effective_on": "2026-07-01", "values": {}}))
    run("amend", "r-1", road, "--reason", "폐지")
    assert store.road(town, "r-1")["status"] == "ABOLISHED"
    assert [entry["officer"] for entry in audit.entries(town, now().strftime("%Y-%m"))] == ["command line"] * 5
    assert json.loads(run("verify", "--json"))["ok"]


def test_amend_refuses_in_one_sentence_and_changes_nothing(run, road, tmp_path):
    for road_id, document, error, said in (
        ("r-1", WIDEN | {"documents": []}, RuleBroken, "needs a document"),
        ("r-1", WIDEN | {"values": {}}, RuleBroken, "width"),
        ("none", WIDEN, NotFound, "no road"),
        ("r-1", [], Unreadable, "holds no JSON object"),
        ("r-1", WIDEN | {"event": "MOVE"}, BadInput, "event is none of"),
    ):
        road.write_text(json.dumps(document))
        with pytest.raises(error, match=said):
            run("amend", road_id, road, "--reason", "확폭")
    with pytest.raises(MissingParameter, match="reason"):
        run("amend", "r-1", road)
    assert store.road(open_city(tmp_path / "data"), "r-1")["version"] == 1


def test_figures_and_an_inspectors_list(run, road):
    told = json.loads(run("statistics", "--json"))
    assert [(row["emd"], row["roads"], row["length_m"]) for row in told["emd"]] == [("파평면", 1, 60.0)]
    assert "파평면  1 roads  60 m  240 m2" in run("statistics")
    assert run("worklist") == "no road waits\n"
    road.write_text(json.dumps({"event": "CORRECT", "values": {"quality_flags": "중심선없음"},
                                "documents": [{"kind": "기타", "ref": "건축과-2"}]}))  # fmt: skip
    run("amend", "r-1", road, "--reason", "정비 대상")
    (first,) = json.loads(run("worklist", "--json"))
    assert (first["id"], first["reasons"]) == ("r-1", ["중심선없음"])
    assert first["point"]["coordinates"] == pytest.approx([126.818, 37.884], abs=0.01), "longitude, latitude"


def test_verify_leaves_with_1_when_it_finds_faults(run, parcels, tmp_path):
    run("import", "parcels", parcels())
    assert run("verify") == "the register holds together\n"
    assert json.loads(run("verify", "--json")) == {"ok": True, "faults": [], "known": []}
    with closing(sqlite3.connect(tmp_path / "data" / "city.gpkg")) as other:
        other.execute("UPDATE audit SET officer = 'nobody'")
        other.commit()
    told = json.loads(run("verify", "--json", code=1))
    assert told["faults"][0] == {"check": "audit", "id": "1", "sentence": "audit entry 1 is not what was written"}
    run("import", "parcels", parcels("wrong.gpkg", AREA=[700.0, 600.0, 600.0]))
    assert "parcel area: register 700.0 m2, geometry 600.0 m2" in run("verify", code=1)
