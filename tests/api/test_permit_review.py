import json

import pytest
import shapely

VERDICTS = {"PASS", "PASS_WITH_SETBACK", "FAIL", "REVIEW", "NOT_APPLICABLE", "UNKNOWN_COVERAGE"}
TESTS = ["articles_44_47_apply", "road_established", "art44_2m", "art28_2", "setback", "corner_cut"]
MEMBERS = {
    "site": {"pnus", "address", "area_m2", "geometry", "emd", "urban", "district_unit_plan", "zoning"},
    "tests": {"id", "verdict", "required", "measured", "unit", "article", "in_force_since", "inputs", "sentence"},
    "roads": {
        "id", "designation_no", "legal_basis", "status", "width_m", "width_source", "dead_end", "contact_total_m",
        "contact_longest_m", "required_width_m", "setback_m", "setback_line", "deduction_m2", "corner_cut", "notice_no",
        "consents",
    },
}  # fmt: skip


@pytest.fixture(scope="session")
def sites(town):
    return json.loads((town.folder / "sample" / "truth" / "sites.json").read_text(encoding="utf-8"))


def ask(client, site):
    query = {"pnu": site["pnu"], "use": site["use"], "gfa_m2": site["gfa_m2"], "as_of": site["as_of"]}
    answer = client.get("/permit-review", params={name: value for name, value in query.items() if value is not None})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_planted_site_gets_the_verdict_worked_out_by_hand(client, sites):
    assert len(sites) >= 30
    wrong = {}
    for site in sites:
        review = ask(client, site)
        if review["verdict"] != site["expect"]["verdict"]:
            wrong[site["what"]] = (review["verdict"], review["sentence"])
    assert wrong == {}


def test_a_review_has_the_agreed_form(client, sites):
    for site in sites[:6]:
        review = ask(client, site)
        assert set(review) >= {
            "site", "as_of", "verdict", "sentence", "tests", "roads", "permits", "hazards", "changes", "disagreements",
            "sources", "notice",
        }  # fmt: skip
        assert review["notice"] == "심사 보조이며 처분이 아님"
        assert [test["id"] for test in review["tests"]] == TESTS
        assert MEMBERS["site"] <= set(review["site"])
        assert all(MEMBERS["tests"] <= set(test) and test["verdict"] in VERDICTS for test in review["tests"])
        assert all(MEMBERS["roads"] <= set(road) for road in review["roads"])
        assert all(test["article"] and test["sentence"] for test in review["tests"])
        ground = shapely.from_geojson(json.dumps(review["site"]["geometry"]))
        assert shapely.box(126.6, 37.7, 127.1, 38.1).contains(ground)


def test_several_parcels_and_a_drawn_site_are_one_site(client, sites):
    first = ask(client, sites[0])
    pnu = sites[0]["pnu"]
    bounds = shapely.from_geojson(json.dumps(first["site"]["geometry"])).buffer(0.0005).bounds
    near = client.get("/collections/parcels/items", params={"bbox": ",".join(map(str, bounds)), "limit": 50}).json()
    shapes = {f["id"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in near["features"]}
    neighbour = next(id for id, shape in shapes.items() if id != pnu and shape.touches(shapes[pnu]))
    by_plus = client.get(f"/permit-review?pnu={pnu}+{neighbour}&as_of=2026-11-20").json()
    body = {"site": {"pnus": [pnu, neighbour]}, "as_of": "2026-11-20"}
    assert client.post("/permit-review", json=body).json() == by_plus
    assert by_plus["site"]["pnus"] == [pnu, neighbour]
    drawn = {"site": {"geometry": first["site"]["geometry"]}, "as_of": "2026-11-20"}
    found = client.post("/permit-review", json=drawn).json()
    assert found["verdict"] == client.get(f"/permit-review?pnu={pnu}&as_of=2026-11-20").json()["verdict"]


def test_the_zone_stands_in_the_review_of_a_site_inside_it(client):
    basin = client.get("/permit-review?pnu=4148036024105090000&as_of=2026-11-20").json()
    assert basin["hazards"], basin["sentence"]
    hazard = basin["hazards"][0]
    assert hazard["id"] == "yulgok"
    assert "자연재해대책법" in json.dumps(hazard, ensure_ascii=False)


def test_an_address_that_is_not_there_is_suggested_and_not_corrected(client):
    answer = client.get("/permit-review", params={"address": "파평면 울곡리 100-1"})
    assert answer.status_code == 404
    assert "율곡리" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"site": {}},
        {"site": {"pnus": []}},
        {"site": {"pnus": ["4148036024101000001"], "geometry": {"type": "Polygon", "coordinates": []}}},
        {"site": {"geometry": {"type": "Point", "coordinates": [126.8, 37.9]}}},
        {"site": {"pnus": ["4148036024101000001"]}, "file": "/etc/passwd"},
        {"site": {"pnus": ["../../etc/passwd"]}},
    ],
)
def test_questions_that_are_none_are_refused(client, body):
    answer = client.post("/permit-review", json=body)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
