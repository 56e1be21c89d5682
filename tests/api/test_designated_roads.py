"""Edits of a road over HTTP: versions and conflicts, both axes of time, parties in clear, and what never leaks."""

import logging
import re
import sqlite3
import threading
from itertools import product

import geopandas as gpd
import pytest
import shapely
from starlette.testclient import TestClient

from api.app import ROUTES, create_app
from api.settings import Settings
from geo import access, audit, database, pages
from geo.crs import CITY
from geo.database import note, open_city
from geo.features.collections import COLLECTIONS
from geo.geojson import lonlat
from geo.registry import store

X, Y = 184_000.0, 587_000.0
PNU = "41480360241{:04d}0000"
NAME, PHONE, BIRTH, RESIDENT = "홍길동전", "010-2345-6789", "1961-07-08", "610708-1234567"


def geojson(shape):
    import json

    return json.loads(shapely.to_geojson(lonlat(shape)))


def road_frame():
    row = {
        "road_uid": "r-1", "legal_basis": "NAMOK", "designation_route": "CONSENT", "status": "DESIGNATED",
        "designated_on": "2010-02-20", "announced_on": "2010-03-02", "notice_no": "파주시 공고 2010-10",
        "valid_from": "2010-03-02", "lead_pnu": PNU.format(100), "width_m": 4.0, "width_source": "designated",
        "length_m": 120.0, "area_m2": 480.0, "consents_required": 3, "consents_obtained": 3, "consents_scope": "통행",
    }  # fmt: skip
    return gpd.GeoDataFrame([row], geometry=[shapely.box(X, Y - 4, X + 120, Y)], crs=CITY)


@pytest.fixture
def served(tmp_path, at):
    city = open_city(tmp_path / "data", create=True)
    note(city, "synthetic", "true")
    lots = [shapely.box(X + 20 * n, Y, X + 20 * n + 20, Y + 30) for n in range(6)]
    table = {"PNU": [PNU.format(100 + n) for n in range(6)], "JIBUN": [f"{100 + n}대" for n in range(6)], "AREA": 600.0}
    gpd.GeoDataFrame(table, geometry=lots, crs=CITY).to_file(tmp_path / "p.gpkg", engine="pyogrio")
    road_frame().to_file(tmp_path / "r.gpkg", engine="pyogrio")
    store.import_file(city, "parcels", tmp_path / "p.gpkg", at=at)
    store.import_file(city, "roads", tmp_path / "r.gpkg", at=at)
    app = create_app(Settings(data=city.folder))
    roles = {"rev": "reviewer", "edi": "editor", "adm": "admin", "pii": "reviewer+pii", "both": "editor+pii"}
    people = {name: access.add(city, name, role, at=at.now(at.tzinfo)) for name, role in roles.items()}

    def client(name=None):
        headers = {"Authorization": f"Bearer {people[name]}"} if name else {}
        return TestClient(app, headers=headers, raise_server_exceptions=False)

    client.city = city
    return client


def widen(**changed):
    return {
        "reason": "도로 확폭에 따른 변경", "effective_on": "2026-06-01",
        "consents": {"required": 3, "obtained": 3, "scope": "통행"},
        "documents": [{"kind": "폐지신청서 별지26", "ref": "건축과-1234"}], "values": {"width_m": 6.0},
    } | changed  # fmt: skip


def designation(**changed):
    shape = shapely.box(X + 200, Y, X + 206, Y + 50)
    return {
        "reason": "건축허가에 따른 도로 지정", "decided_on": "2026-05-01", "announced_on": "2026-05-10",
        "notice_no": "파주시 공고 2026-77", "consents": {"required": 1, "obtained": 1, "scope": "통행"},
        "documents": [{"kind": "공고문", "ref": "파주시 공고 2026-77"}], "geometry": geojson(shape),
        "values": {"width_m": 6.0, "length_m": 50.0, "area_m2": 300.0, "name": "새길", "lead_pnu": PNU.format(100)},
        "parties": [{"name": NAME, "birth_on": BIRTH, "contact": PHONE, "pnu": PNU.format(100), "scope": "통행"}],
    } | changed  # fmt: skip


def test_an_edit_needs_the_version_it_was_made_of(served):
    edi = served("edi")
    tag = edi.get("/designated-roads/r-1").headers["etag"]
    assert tag == '"r-1-1"'
    assert edi.patch("/designated-roads/r-1", json=widen()).status_code == 428
    assert edi.patch("/designated-roads/r-1", json=widen(), headers={"If-Match": "*"}).status_code == 428
    for stale in ('"r-1-2"', '"r-2-1"', 'W/"r-1-1"', "junk"):
        refused = edi.patch("/designated-roads/r-1", json=widen(), headers={"If-Match": stale})
        assert refused.status_code == 412, stale
        assert refused.headers["content-type"] == "application/problem+json"
    done = edi.patch("/designated-roads/r-1", json=widen(), headers={"If-Match": tag})
    assert done.status_code == 200
    assert (done.headers["etag"], done.json()["width_m"], done.json()["status"]) == ('"r-1-2"', 6.0, "CHANGED")
    assert edi.patch("/designated-roads/r-1", json=widen(), headers={"If-Match": tag}).status_code == 412
    assert store.verify(served.city) == []


def test_both_axes_of_time(served):
    edi = served("edi")
    before = edi.get("/designated-roads/r-1").json()["recorded_from"]
    edi.patch("/designated-roads/r-1", json=widen(), headers={"If-Match": '"r-1-1"'})

    def width(**asked):
        return edi.get("/designated-roads/r-1", params=asked).json().get("width_m")

    assert width(as_of="2026-05-31") == 4.0, "true until the day before"
    assert width(as_of="2026-06-01") == 6.0
    assert width(as_of="2026-06-01", known_at=before) == 4.0, "what the register said then"
    assert edi.get("/designated-roads/r-1", params={"as_of": "2010-03-01"}).status_code == 404
    assert edi.get("/designated-roads/r-1", params={"known_at": "2001-01-01T00:00:00+09:00"}).status_code == 404
    assert edi.get("/designated-roads/r-1", params={"known_at": "2026-05-01T00:00:00"}).status_code == 422
    told = edi.get("/designated-roads/r-1/history").json()["versions"]
    assert [(v["version"], v["width_m"], v["valid_from"], v["valid_to"], v["recorded_to"] is None) for v in told] == [
        (2, 6.0, "2026-06-01", None, True),
        (1, 4.0, "2010-03-02", "2026-06-01", True),
        (1, 4.0, "2010-03-02", None, False),
    ]
    assert told[0]["event"]["reason"] == "도로 확폭에 따른 변경"


def test_a_review_sees_the_road_of_its_day(served):
    edi = served("edi")
    edi.patch("/designated-roads/r-1", json=widen(), headers={"If-Match": '"r-1-1"'})

    def widths(day):
        asked = {"pnu": PNU.format(100), "as_of": day}
        return [road["width_m"] for road in edi.get("/permit-review", params=asked).json()["roads"]]

    assert (widths("2026-05-31"), widths("2026-06-01")) == ([4.0], [6.0])


def test_abolished_is_a_conflict_and_a_broken_rule_names_its_member(served):
    edi, match = served("edi"), {"If-Match": '"r-1-1"'}
    short = widen(consents={"required": 3, "obtained": 2})
    refused = edi.patch("/designated-roads/r-1", json=short, headers=match)
    assert (refused.status_code, refused.json()["parameter"]) == (422, "consents")
    assert "제45조제2항" in refused.json()["detail"]
    end = widen(event="ABOLISH", values={})
    assert edi.post("/designated-roads/r-1/events", json=end, headers=match).status_code == 200
    again = edi.post("/designated-roads/r-1/events", json=end, headers={"If-Match": '"r-1-2"'})
    assert again.status_code == 409
    assert "폐지" in again.json()["detail"]
    assert edi.get("/designated-roads/r-1", params={"as_of": "2026-05-31"}).json()["valid_to"] == "2026-06-01"


def test_a_merge_needs_the_version_of_every_road(served):
    """A split and the merge that undoes it; a part that somebody else corrected meanwhile is not merged away."""
    edi, cut = served("edi"), X + 50
    parts = [
        {"values": {"length_m": b - a, "area_m2": 4 * (b - a)}, "geometry": geojson(shapely.box(a, Y - 4, b, Y))}
        for a, b in ((X, cut), (cut, X + 120))
    ]
    split = {"event": "SPLIT", "parts": parts, "effective_on": "2026-06-01", "reason": "필지 분할", "values": {}}
    done = edi.post("/designated-roads/r-1/events", json=split, headers={"If-Match": '"r-1-1"'})
    assert done.status_code == 200, done.text
    _, first, second = done.json()["roads"]
    correct = {"event": "CORRECT", "reason": "오기정정", "values": {"name": "가나길"},
               "documents": [{"kind": "기타", "ref": "건축과-2"}]}  # fmt: skip
    edi.post(f"/designated-roads/{second}/events", json=correct, headers={"If-Match": f'"{second}-1"'})
    merge = {"event": "MERGE", "with": [second], "effective_on": "2026-07-01", "reason": "합병",
             "values": {"length_m": 120.0, "area_m2": 480.0}}  # fmt: skip
    for stale in (f'"{first}-1"', f'"{first}-1", "{second}-1"', f'"{second}-2"'):
        refused = edi.post(f"/designated-roads/{first}/events", json=merge, headers={"If-Match": stale})
        assert (refused.status_code, refused.json()["parameter"]) == (412, "If-Match"), stale
    tags = {"If-Match": f'"{first}-1", "{second}-2"'}
    assert edi.post(f"/designated-roads/{first}/events", json=merge, headers=tags).status_code == 200
    assert store.verify(served.city) == []


def bring(served, tmp_path, at, kind, shape, /, **row):
    file = tmp_path / f"{kind}-{len(list(tmp_path.glob('*.gpkg')))}.gpkg"
    gpd.GeoDataFrame([row], geometry=[shape], crs=CITY).to_file(file, engine="pyogrio")
    return store.import_file(served.city, kind, file, at=at)


def test_a_recognition_with_its_document_turns_a_review_into_an_answer(served, tmp_path, at):
    """법 44①1: the authority may hold that access is not hindered; a claim without its document proves nothing."""
    number = PNU.format(300)
    bring(served, tmp_path, at, "parcels", shapely.box(X, Y + 100, X + 20, Y + 130), PNU=number, JIBUN="300대")
    claim = {"recognition_id": "c-1", "kind": "출입지장없음", "main_pnu": number}
    answers = []
    for paper in ({}, {"document_no": "파주시 건축과-77", "decided_on": "2026-10-20"}):
        bring(served, tmp_path, at, "recognitions", shapely.Point(X + 10, Y + 115), **claim, **paper)
        for day in ("2026-10-19", "2026-11-01"):
            told = served("rev").get("/permit-review", params={"pnu": number, "as_of": day}).json()
            access = next(test for test in told["tests"] if test["id"] == "art44_2m")
            answers.append(access["verdict"])
    assert answers == ["REVIEW", "REVIEW", "REVIEW", "PASS"], "before it was decided it did not hold"
    assert "제1호: 출입에 지장 없음, 파주시 건축과-77" in access["sentence"]
    assert {"name": "허가권자 인정", "detail": "출입지장없음, 파주시 건축과-77", "as_of": "2026-10-20"} in told[
        "sources"
    ]


def test_a_retired_parcel_names_those_in_its_place(served, tmp_path, at):
    halves = [PNU.format(100)[:-4] + sub for sub in ("0001", "0002")]
    table = {"PNU": halves, "JIBUN": ["100-1대", "100-2대"], "AREA": 300.0}
    shapes = [shapely.box(X, Y, X + 10, Y + 30), shapely.box(X + 10, Y, X + 20, Y + 30)]
    gpd.GeoDataFrame(table, geometry=shapes, crs=CITY).to_file(tmp_path / "split.gpkg", engine="pyogrio")
    store.import_file(served.city, "parcels", tmp_path / "split.gpkg", at=at)
    for asked in ({"pnu": PNU.format(100)}, {"address": "파평면 율곡리 100"}):
        refused = served("rev").get("/permit-review", params=asked)
        assert (refused.status_code, refused.json()["successors"]) == (404, halves)
        assert "말소된 필지" in refused.json()["detail"]
        assert "율곡리 100-2" in refused.json()["detail"]


def test_an_edit_beside_a_long_import_is_told_to_come_back(served, monkeypatch):
    served.city.engine.dispose()
    monkeypatch.setattr(database, "_PATIENCE_MS", 100)
    holding, done = threading.Event(), threading.Event()

    def hold():
        with database.write(served.city, store.ROADS):
            holding.set()
            done.wait(20)

    importing = threading.Thread(target=hold)
    importing.start()
    try:
        assert holding.wait(20)
        edi, match = served("edi"), {"If-Match": '"r-1-1"'}
        refused = edi.patch("/designated-roads/r-1", json=widen(), headers=match)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
        assert "잠시 뒤 다시 시도하십시오" in refused.json()["detail"]
        assert edi.get("/designated-roads/r-1").json()["version"] == 1, "reading goes on"
    finally:
        done.set()
        importing.join()
    served.city.engine.dispose()
    assert edi.patch("/designated-roads/r-1", json=widen(), headers=match).status_code == 200


def test_a_new_road_with_its_adjacency(served):
    done = served("edi").post("/designated-roads", json=designation())
    assert done.status_code == 201, done.text
    uid = done.json()["id"]
    assert done.headers["location"] == f"/designated-roads/{uid}"
    assert done.json()["consents"] == {"required": 1, "obtained": 1, "missing": 0, "scope": "통행"}
    assert store.verify(served.city) == []
    for member in ("announced_on", "notice_no", "geometry", "documents", "consents"):
        refused = served("edi").post("/designated-roads", json=designation(**{member: None}))
        assert refused.status_code in (400, 422), member
        assert refused.json()["parameter"] in (member, "effective_on"), member


@pytest.mark.parametrize(("name", "expected"), [(None, 401), ("rev", 403), ("pii", 403)])
def test_edits_need_an_editor(served, name, expected):
    client = served(name)
    assert client.patch("/designated-roads/r-1", json=widen(), headers={"If-Match": '"r-1-1"'}).status_code == expected
    assert client.post("/designated-roads", json=designation()).status_code == expected
    assert client.post("/designated-roads/r-1/events", json=widen(event="ABOLISH")).status_code == expected


@pytest.mark.parametrize(("name", "expected"), [(None, 401), ("rev", 403), ("edi", 403), ("adm", 403), ("pii", 200)])
def test_no_role_implies_personal_data(served, name, expected):
    uid = served("edi").post("/designated-roads", json=designation()).json()["id"]
    asked = served(name).post(f"/designated-roads/{uid}/parties", json={"reason": "동의서 원본 대조"})
    assert asked.status_code == expected
    assert (NAME in asked.text) is (expected == 200)


def test_parties_are_audited_before_they_are_shown(served):
    uid = served("edi").post("/designated-roads", json=designation()).json()["id"]
    pii = served("pii")
    for reason in ({}, {"reason": ""}, {"reason": " . "}):
        assert pii.post(f"/designated-roads/{uid}/parties", json=reason).status_code in (400, 422)
    shown = pii.post(f"/designated-roads/{uid}/parties", json={"reason": "동의서 원본 대조"})
    assert shown.headers["cache-control"] == "no-store"
    party = shown.json()["parties"][0]
    assert (party["name"], party["contact"], party["consent"]["pnu"]) == (NAME, PHONE, PNU.format(100))
    last = audit.entries(served.city, shown.json()["parties"][0]["recorded_at"][:7])[-1]
    assert (last["officer"], last["action"], last["reason"]) == ("pii", "personal.read", "동의서 원본 대조")
    assert last["after"]["subjects"] == [party["party_ref"]]
    told = access.report(served.city, last["at"][:7])[-1]
    assert (told["place"], told["whom"]) == ("testclient", [uid, party["party_ref"]])


@pytest.mark.parametrize("fault", ["trigger", "key", "folder"])
def test_no_audit_no_data(served, fault, monkeypatch):
    uid = served("edi").post("/designated-roads", json=designation()).json()["id"]
    folder = served.city.folder
    if fault == "trigger":
        with sqlite3.connect(folder / "city.gpkg") as other:
            other.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    elif fault == "key":
        (folder / "audit.key").write_text("nothing")
    else:
        (folder / "audit.key").unlink()
        (folder / "audit.key").mkdir()
    refused = served("pii").post(f"/designated-roads/{uid}/parties", json={"reason": "동의서 원본 대조"})
    assert refused.status_code == 503
    assert NAME not in refused.text
    assert "disk" not in refused.text


def test_a_grant_ends(served, at):
    access.add(served.city, "late", "reviewer+pii:2026-05-01", at=at)
    assert access.may_see_persons(served.city, "late", on=at.date())
    assert not access.may_see_persons(served.city, "late", on=at.date().replace(month=5, day=2))
    access.revoke(served.city, "late", at=at)
    assert not access.may_see_persons(served.city, "late", on=at.date())


def test_an_inspector_asks_which_road_this_is(served, tmp_path, at):
    """Two roads side by side: a place known to 5 m may be on either, and every one within reach is told."""
    row = road_frame().iloc[0].drop("geometry").dropna().to_dict() | {"road_uid": "r-2", "width_m": 3.0}
    bring(served, tmp_path, at, "roads", shapely.box(X, Y - 12, X + 120, Y - 8), **row | {"quality_flags": "폭불일치"})
    lon, lat = geojson(shapely.Point(X + 10, Y - 3))["coordinates"]

    def here(**asked):
        told = served("rev").get("/designated-roads", params={"lon": lon, "lat": lat, **asked})
        return [(road["id"], road["distance_m"], road["width_m"]) for road in told.json()["roads"]]

    assert here() == [("r-1", 0.0, 4.0), ("r-2", 5.0, 3.0)]
    assert here(accuracy_m=4.9) == [("r-1", 0.0, 4.0)]
    asked = {"lon": lon, "lat": lat}
    for wrong in ({"lon": 200}, {"lat": 0.0}, {"accuracy_m": 0}, {"accuracy_m": 31}):
        assert served("rev").get("/designated-roads", params=asked | wrong).status_code in (400, 422), wrong


def test_what_an_inspector_saw_waits(served):
    lon, lat = geojson(shapely.Point(X + 10, Y - 2))["coordinates"]
    seen = {"point": [lon, lat], "accuracy_m": 5.0, "width_m": 3.6, "note": "전주 때문에 좁다", "photo": "/9j/4AAQ"}
    assert served(None).post("/designated-roads/r-1/observations", json=seen).status_code == 401, "a key of one's own"
    done = served("rev").post("/designated-roads/r-1/observations", json=seen)
    assert (done.status_code, done.json()["state"]) == (201, "대기")
    held = served("rev").get("/designated-roads/r-1/observations").json()["observations"]
    assert [(row["width_m"], row["officer"]) for row in held] == [(3.6, "rev")]
    assert served("rev").get("/designated-roads/r-1").json()["version"] == 1
    for wrong in (
        {"point": [0, 0]},
        {"point": [126.9, 91.0]},
        {"accuracy_m": 0},
        {"photo": "aGVsbG8="},
        {"note": PHONE},
    ):
        refused = served("rev").post("/designated-roads/r-1/observations", json=seen | wrong)
        assert refused.status_code in (400, 422), wrong
    assert served("rev").post("/designated-roads/none/observations", json=seen).status_code == 404


def every_path(uid):
    """Yield every address that can be read, by the routes themselves: a new one is walked without being named here."""
    tile = {"z": "9", "row": str(int((1_000_000 - Y) / 1024)), "col": str(int((X + 200 + 30_000) / 1024))}
    fill = {
        "id": [uid, "2024", "yulgok", "WebMercatorQuad"], "collectionId": list(COLLECTIONS), "featureId": [uid, "1"],
        "tms": ["KoreaCentral5186Quad"], **{name: [value] for name, value in tile.items()}, "x": [tile["col"]],
        "y": [tile["row"]], "survey": ["2024"], "layer": ["orthophoto"], "style": ["default"], "time": ["2024-05-14"],
        "ending": ["png"], "collection": ["surveys"], "name": list(pages.PAGES), "n": ["1"], "s": ["1"],
        "pnu": [PNU.format(100)],
    }  # fmt: skip
    for routes in ROUTES:
        for route in routes.router.routes:
            names = re.findall(r"{(\w+)(?::\w+)?}", route.path)
            assert set(names) <= set(fill), f"say in `fill` what stands for {names} of {route.path}"
            for values in product(*(fill[name] for name in names)) if "GET" in route.methods else ():
                given = iter(values)
                yield re.sub(r"{\w+(?::\w+)?}", lambda _, given=given: next(given), route.path)


def test_planted_persons_come_out_nowhere(served, caplog, tmp_path, at):
    caplog.set_level(logging.DEBUG)
    edi, said = served("both"), []
    made = edi.post("/designated-roads", json=designation())
    said.append(made)
    uid = made.json()["id"]
    for planted in (RESIDENT, PHONE, f"{NAME} {PHONE}"):
        party = [{"name": NAME, "resident": planted}]
        for body in (
            designation(reason=f"{planted} 요청"), designation(notice_no=planted), designation(parties=party),
            designation(values=designation()["values"] | {"name": planted}), designation(committee=planted),
            designation(values=designation()["values"] | {"legal_basis": planted}), designation(decided_on=planted),
            designation(**{planted: "x"}), designation(documents=[{"kind": "동의서", "ref": planted}]),
            designation(parties=[{"name": NAME, "contact": PHONE, "birth_on": RESIDENT}]),
        ):  # fmt: skip
            refused = edi.post("/designated-roads", json=body)
            assert refused.status_code in (400, 422), body
            said.append(refused)
    tag = {"If-Match": f'"{uid}-1"'}
    said.append(edi.post(f"/designated-roads/{uid}/events", json=widen(event="ABOLISH", values={}), headers=tag))
    said += [edi.get(path) for path in every_path(uid)]
    tiles = [answer for answer in said if answer.headers.get("content-type") == "application/vnd.mapbox-vector-tile"]
    assert any(uid in answer.text for answer in tiles), "a tile that shows the road"
    said.append(edi.get("/permit-review", params={"pnu": PNU.format(100), "f": "html"}))
    said.append(edi.post("/permit-review", json={"site": {"pnus": [PNU.format(100), PNU.format(101)]}}))
    told = "".join(answer.text for answer in said) + caplog.text
    for ending in ("gpkg", "geojson", "parquet", "fgb"):
        store.export(served.city, "roads", tmp_path / f"out.{ending}")
        told += (tmp_path / f"out.{ending}").read_bytes().decode("utf-8", "ignore")
    told += str(access.report(served.city, audit.entries(served.city, at.now(at.tzinfo).isoformat()[:7])[0]["at"][:7]))
    for path in served.city.folder.rglob("*"):
        told += path.read_bytes().decode("utf-8", "ignore") if path.is_file() else ""
    for planted in (NAME, PHONE, BIRTH, RESIDENT, RESIDENT.replace("-", ""), PHONE.replace("-", "")):
        found = told.find(planted)
        assert found < 0, told[max(0, found - 200) : found + 100]
