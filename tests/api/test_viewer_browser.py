"""The viewer in a real browser, on the real service, with no network: an officer's work by mouse and by keyboard."""

import json
import re

import pytest

pytestmark = pytest.mark.browser
DESKTOP = pytest.mark.parametrize("watched", [(1280, 800)], indirect=True)
ATTACK = "<img src=x onerror=window.hit=1>"
LABELS = {
    "PASS": "적합",
    "PASS_WITH_SETBACK": "건축선 후퇴 조건으로 적합",
    "FAIL": "부적합",
    "REVIEW": "담당자 확인 필요",
    "NOT_APPLICABLE": "적용 대상 아님",
    "UNKNOWN_COVERAGE": "자료 미구축 구역",
}


@pytest.fixture(scope="module")
def sites(town):
    return json.loads((town.folder / "sample" / "truth" / "sites.json").read_text(encoding="utf-8"))


def pixel(page, x, y):
    """The colour drawn at a share of the map, all canvases on one another."""
    return page.evaluate(
        """([x, y]) => {
            const box = document.getElementById("map").getBoundingClientRect();
            const all = document.createElement("canvas");
            [all.width, all.height] = [box.width, box.height];
            const pen = all.getContext("2d");
            for (const one of document.querySelectorAll("#map .ol-layers canvas")) {
                pen.drawImage(one, 0, 0, box.width, box.height);
            }
            return [...pen.getImageData(box.width * x, box.height * y, 1, 1).data];
        }""",
        [x, y],
    )


def test_the_city_is_drawn_with_nothing_asked_of_others(watched, viewer):
    page = viewer()
    assert page.get_by_text("합성 자료 (실제 파주가 아님)").is_visible()
    assert page.locator("#left").input_value() != page.locator("#right").input_value()
    watched.wait("document.querySelectorAll('#review tbody tr').length > 3")
    assert pixel(page, 0.4, 0.5)[3] == 255
    assert pixel(page, 0.6, 0.5)[3] == 255
    assert "EPSG:5186 X 18" in page.locator("#readout").inner_text()
    assert page.locator(".ol-scale-line-inner").inner_text().endswith("m")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.check()


def test_a_parcel_that_is_clicked_is_reviewed(watched, viewer, sites):
    site = next(one for one in sites if one["expect"]["verdict"] == "PASS_WITH_SETBACK")
    page = viewer(f"#c={site['x']},{site['y']}&r=0.3")
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2 - 3, box["y"] + box["height"] / 2 - 3)
    watched.wait("document.getElementById('verdict')")
    assert page.locator("#verdict .chip").inner_text().endswith(LABELS["PASS_WITH_SETBACK"])
    assert site["pnu"] in page.locator("#review").inner_text()
    assert "심사 보조이며 처분이 아님" in page.locator("#review").inner_text()
    assert page.locator("#review tbody tr:not(.why)").count() == 6
    assert f"pnu={site['pnu']}" in page.evaluate("location.hash")
    watched.check()


@DESKTOP
def test_the_verdict_is_the_same_for_every_kind_of_site(watched, viewer, sites):
    page = viewer()
    kinds = {one["expect"]["verdict"]: one for one in sites}
    assert set(kinds) == set(LABELS)
    for verdict, site in kinds.items():
        asked = "&".join(f"{name}={site[name]}" for name in ("pnu", "use", "gfa_m2", "as_of"))
        page = viewer(f"#{asked}")
        assert page.locator("#verdict").get_attribute("data-verdict") == verdict, site["what"]
        assert page.locator("#verdict .chip").inner_text().endswith(LABELS[verdict])
    watched.check()


@DESKTOP
def test_a_parcel_is_picked_with_the_keyboard_alone(watched, viewer):
    page = viewer()
    watched.wait("document.querySelectorAll('#review tbody tr').length > 3")
    row = page.locator("#review tbody button").first
    jibun = row.inner_text()
    row.focus()
    page.keyboard.press("Enter")
    watched.wait("document.activeElement.id === 'verdict'")
    assert jibun.rstrip("전답대임과목차창장도천구제유공잡") in page.locator("#verdict").inner_text()
    page.locator("#map").focus()
    before = page.evaluate("location.hash")
    page.keyboard.press("ArrowRight")
    watched.wait(f"location.hash !== {json.dumps(before)}")
    page.locator("#tab-review").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#roads").is_visible()
    watched.check()


@DESKTOP
def test_enter_on_the_map_reviews_what_lies_in_its_middle(watched, viewer, sites):
    site = sites[0]
    page = viewer(f"#c={site['x']},{site['y']}&r=0.3")
    page.locator("#map").focus()
    page.keyboard.press("Enter")
    watched.wait("document.getElementById('verdict')")
    assert site["pnu"] in page.locator("#review").inner_text()


@DESKTOP
def test_a_place_is_found_by_number_and_by_coordinates(watched, viewer, sites):
    site = next(one for one in sites if one["pnu"].startswith("4148036024"))
    page = viewer()
    ring = page.evaluate(
        "async (pnu) => (await (await fetch(`collections/parcels/items/${pnu}`)).json()).geometry.coordinates.flat(2)",
        site["pnu"],
    )
    lon, lat = ((min(axis) + max(axis)) / 2 for axis in zip(*ring, strict=True))
    jibun = re.match(r"산?[0-9-]+", site["jibun"])[0]
    for text in (site["pnu"], f"파평면 율곡리 {jibun}", f"{site['x']}, {site['y']}", f"{lat:.7f} {lon:.7f}"):
        page.fill("#query", text)
        page.keyboard.press("Enter")
        watched.wait("document.activeElement.id === 'verdict'")
        assert site["pnu"] in page.locator("#review").inner_text()
        page.get_by_role("button", name="다른 필지 고르기").click()
    watched.check()


@DESKTOP
def test_what_is_not_found_is_told_and_not_corrected(watched, viewer):
    page = viewer()
    for text, told in (
        ("파평면 울곡리 100-1", "율곡리"),
        ("414803602410100000", "19"),
        ("없는동 1", "찾지 못했습니다"),
    ):
        page.fill("#query", text)
        page.keyboard.press("Enter")
        watched.wait(f"document.querySelector('#review .refusal')?.textContent.includes('{told}')")
        assert page.locator("#live").inner_text() == page.locator("#review .refusal").inner_text()
        assert page.locator("#query").input_value() == text
        assert page.locator("#verdict").count() == 0
        page.get_by_role("button", name="필지 표로 돌아가기").click()
    watched.check()


@DESKTOP
def test_the_curtain_moves_by_key_and_shows_two_dates(watched, viewer):
    page = viewer("#l=2024&n=2026&on=none&s=0")
    page.wait_for_timeout(500)
    newer = pixel(page, 0.5, 0.5)
    page.locator("#swipe").focus()
    page.keyboard.press("End")
    page.wait_for_timeout(500)
    assert page.locator("#swipe").get_attribute("aria-valuetext").startswith("왼쪽 2024-05-14 100%")
    assert pixel(page, 0.5, 0.5) != newer
    page.locator("#left").select_option("2026")
    watched.wait("location.hash.includes('l=2026')")
    page.wait_for_timeout(1000)
    assert pixel(page, 0.5, 0.5) == newer
    handle, box = page.locator("#divider span").bounding_box(), page.locator("#map").bounding_box()
    page.mouse.move(handle["x"] + 22, handle["y"] + 22)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, handle["y"])
    page.mouse.up()
    assert page.locator("#swipe").input_value() == "25"
    watched.check()


@DESKTOP
def test_the_address_holds_what_is_on_the_screen(watched, viewer, service):
    page = viewer()
    page.click("#tab-layers")
    page.get_by_role("checkbox", name="지정도로").uncheck()
    page.locator("#left").select_option("2024")
    page.click("#tab-changes")
    watched.wait("location.hash.includes('tab=changes')")
    address = page.evaluate("location.hash")
    page = viewer(address)
    assert page.locator("#changes").is_visible()
    assert page.locator("#left").input_value() == "2024"
    assert not page.locator("#layer-designated_roads").is_checked()
    assert page.evaluate("location.hash") == address


@DESKTOP
def test_the_address_holds_everything_that_can_be_chosen(watched, viewer, sites):
    road, site = sites[0]["road_uid"], sites[0]
    place = "#c=183778.6,587090.1&r=0.500&l=2024&n=2025&s=30&on=parcels-designated_roads-changes"
    question = "use=단독주택&gfa_m2=150&as_of=2026-11-01"
    run = f"{question}&q=율곡5길&hide=designated_roads.GAMOK&run=2024-2025&kind=road&pnu={site['pnu']}"
    drawn = "measure=area:183700.00,587000.00;183800.00,587000.00;183800.00,587100.00;183700.00,587000.00"
    views = (
        f"tab=roads&road={road}&road_day=2019-03-15",
        "tab=roads&road_list=worklist",
        "tab=changes&unpermitted=1",
        "tab=disaster&zone_day=2023-01-01&flood_zone=yulgok&flood=r300-s13-none&flood_from=r200-s13-none&flood_hidden=1",
    )
    for view in views:
        address = f"{place}&{run}&{drawn}&{view}"
        page = viewer(address)
        asked = set(address[1:].split("&"))
        watched.wait("document.querySelector('[role=tabpanel]:not([hidden]) table')")
        watched.wait(f"decodeURIComponent(location.hash) !== '{address}'")  # written anew, in its own order
        held = {"=".join(one) for one in page.evaluate("[...new URLSearchParams(location.hash.slice(1))]")}
        assert asked <= held, asked - held
        assert page.locator("#measured").inner_text() == "넓이 5,000 ㎡ (1,512.5 평)"
        assert page.locator("#query").input_value() == "율곡5길"
    watched.check()


@DESKTOP
def test_changes_are_listed_filtered_and_shown(watched, own_service):
    page = watched.page
    page.goto(own_service.address + "#tab=changes")
    watched.wait("window.__ready")
    run = page.evaluate("fetch('change-runs').then((answer) => answer.json())")["runs"][0]["id"]
    ask = "(path) => fetch(path).then((answer) => answer.json()).then((found) => found.features.length)"
    every, unexplained = (page.evaluate(ask, f"change-runs/{run}/changes{more}") for more in ("", "?unpermitted=true"))
    watched.wait(f"document.querySelector('#changes caption')?.textContent.startsWith('변화 {every}건')")
    page.get_by_label("허가로 설명되지 않는 것만").check()
    watched.wait(f"document.querySelector('#changes caption').textContent.startsWith('변화 {unexplained}건')")
    before = page.evaluate("location.hash")
    page.locator("#changes tbody button").first.press("Enter")
    watched.wait(f"location.hash !== {json.dumps(before)}")
    assert "unpermitted=1" in page.evaluate("location.hash")
    watched.check()


def test_the_zone_tells_how_its_works_stand_on_a_day(watched, viewer):
    page = viewer("#tab=disaster")
    watched.wait("document.querySelectorAll('#disaster table').length > 2")
    page.locator("#disaster input[type=date]").fill("2023-01-01")
    watched.wait("document.querySelector('#disaster .sentence').textContent.includes('2023-01-01')")
    assert "예정" in page.locator("#disaster").inner_text()
    assert "28,400 백만원" in page.locator("#disaster").inner_text()
    watched.check()


@DESKTOP
def test_words_from_the_server_never_run(watched, viewer, sites):
    shapes = {"geometry", "setback_line"}
    # codes: the viewer looks these up, finds others by them, and shows its own words
    codes = {"type", "verdict", "id", "works", "failure", "capacity", "scenarios"}

    def spoil(value, name=""):
        if isinstance(value, dict):
            return {key: held if key in shapes else spoil(held, key) for key, held in value.items()}
        if isinstance(value, list):
            return [spoil(item, name) for item in value]
        return value + ATTACK if isinstance(value, str) and name not in codes else value

    def answer(route):
        response = route.fetch(max_retries=3)
        said = "json" in response.headers.get("content-type", "")
        route.fulfill(response=response, body=json.dumps(spoil(response.json())) if said else response.body())

    watched.page.route(re.compile(r"/(permit-review|change-runs/|collections/|disaster-zones)"), answer)
    site = next(one for one in sites if one["expect"]["verdict"] == "PASS_WITH_SETBACK")
    page = viewer(f"#pnu={site['pnu']}")
    assert ATTACK in page.locator("#review").inner_text()
    for tab in ("changes", "disaster", "layers"):
        page.click(f"#tab-{tab}")
        page.wait_for_timeout(500)
    assert ATTACK in page.locator("#disaster").text_content()
    assert page.evaluate("window.hit") is None
    assert page.locator("img[src=x]").count() == 0
    page.unroute_all(behavior="wait")


@DESKTOP
def test_what_fails_is_told_in_korean(watched, viewer):
    problem = {"status": 503, "headers": {"content-type": "application/problem+json"}, "body": "{}"}
    watched.page.route(re.compile(r"/collections/parcels/"), lambda route: route.fulfill(**problem))
    watched.page.route(re.compile(r"/change-runs"), lambda route: route.fulfill(**problem | {"status": 401}))
    page = viewer("#tab=changes")
    assert page.locator("#changes .refusal").inner_text() == "로그인이 필요한 자료입니다."
    assert page.get_by_role("link", name="로그인하기").get_attribute("href") == "login"
    watched.wait("document.getElementById('live').textContent.startsWith('서버가 아직 자료를')")
    page.unroute_all(behavior="wait")
    watched.check()
