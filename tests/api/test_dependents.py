import pytest


@pytest.fixture(scope="module")
def met(client, sites):
    """A planted site that passes by one road, and its review."""
    for site in sites:
        if site["expect"]["verdict"] in ("PASS", "PASS_WITH_SETBACK") and site["as_of"] is not None:
            review = client.get("/permit-review", params={"pnu": site["pnu"], "as_of": "2026-11-20"}).json()
            if len(review["roads"]) == 1 and review["verdict"].startswith("PASS"):
                return review
    pytest.fail("no planted site with one road")


@pytest.fixture(scope="module")
def sites(town):
    import json

    return json.loads((town.folder / "sample" / "truth" / "sites.json").read_text(encoding="utf-8"))


def test_the_site_of_one_road_is_among_those_that_lose_access(client, met):
    road = met["roads"][0]["id"]
    answer = client.get(f"/designated-roads/{road}/dependents").json()
    losing = [site for site in answer["sites"] if site["loss"] == "LOSES"]
    assert met["site"]["pnus"][0] in {pnu for site in losing for pnu in site["pnus"]}
    assert answer["counts"]["lose_access"] == len(losing) > 0
    assert answer["consents"]["at_least"] >= len(losing)
    assert answer["notice"] == "심사 보조이며 처분이 아님"


def test_a_width_that_is_not_narrower_is_refused(client, met):
    road = met["roads"][0]
    wide = client.get(f"/designated-roads/{road['id']}/dependents", params={"width_m": road["width_m"] + 1})
    assert (wide.status_code, wide.json()["parameter"]) == (422, "width_m")
    narrow = client.get(f"/designated-roads/{road['id']}/dependents", params={"width_m": road["width_m"] - 0.5})
    assert narrow.json()["change"] == "narrowed"


def test_a_road_that_is_not_there(client):
    assert client.get("/designated-roads/none/dependents").status_code == 404
