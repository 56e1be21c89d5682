"""The officers' own questions, asked in a real browser by mouse and by keyboard, and held against what was drawn.

The ten stories of the people at city hall, and what answers each:

====  ==========================================================  ====================================================
1     may a house be built here, and how far back?                here
2     three parcels in one, a factory: 6 m of road, 4 m of it?    here
3     was this road designated in March 2019, and is it now?      here
4     who loses access without this road, which permits hang?     here
5     I stand here: which alley, how wide, and it differs         here (the position is that of the device)
6     the doubtful roads of today                                 here; in which order to walk is not: no way network
7     open permits inside the zone, and those with a basement     here; basements are not: no register holds storeys
8     villages that one dead end leads to                         not: neither a way network nor buildings are held
9     length, area, missing notices by 읍면동, by year              here
10    who looked at consents last month, and why                  `geo access report`: the log stays with the operator
====  ==========================================================  ====================================================
"""

import json
import re

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from geo.clock import now
from geo.crs import CITY
from geo.disaster import store as disaster
from geo.registry import store as registry

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("watched", [(1280, 800)], indirect=True, ids=["desktop"])]
OPEN = ("접수", "보완", "협의", "허가", "착공")
TOUCHES_M = 0.3  # a lot drawn along a road


class Mouse:
    """A hand on the mouse; letters still come from the keys."""

    def __init__(self, page):
        self.page = page

    def press(self, one):
        one.click()

    def write(self, one, text):
        one.click()
        one.fill(text)

    def open(self, name):
        self.page.click(f"#tab-{name}")


class Keyboard(Mouse):
    """No mouse at all: Tab until the thing has the focus, then Enter."""

    def reach(self, one):
        one.wait_for()
        for _ in range(200):
            if one.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"{one} is not reached with Tab")

    def press(self, one):
        self.reach(one)
        self.page.keyboard.press("Enter")

    def write(self, one, text):
        self.reach(one)
        one.fill(text)

    def open(self, name):
        self.reach(self.page.locator("#tabs [aria-selected=true]"))
        for _ in range(5):
            if self.page.evaluate("document.activeElement.id") == f"tab-{name}":
                return
            self.page.keyboard.press("ArrowRight")
        pytest.fail(f"the tab {name} is not reached with the arrows")


@pytest.fixture(params=[Mouse, Keyboard], ids=["mouse", "keyboard"])
def hand(request, watched):
    return request.param(watched.page)


@pytest.fixture(scope="module")
def drawn(town):
    """The registers as they were drawn, before anything took them in."""
    folder = town.folder / "sample" / "registry"
    parcels = gpd.read_file(folder / "parcels.shp", encoding="cp949").set_index("PNU")
    return {"parcels": parcels, **{name: gpd.read_file(folder / f"{name}.gpkg") for name in ("roads", "permits")}}


@pytest.fixture(scope="module")
def planted(town):
    """The planted sites by what they show."""
    sites = json.loads((town.folder / "sample" / "truth" / "sites.json").read_text(encoding="utf-8"))
    return {one["what"]: one for one in sites}


def road_of(drawn, uid):
    return drawn["roads"].set_index("road_uid").loc[uid]


def look_for(page, hand, text):
    hand.write(page.locator("#query"), text)
    page.keyboard.press("Enter")


def ask_again(page, hand, use, gfa_m2):
    hand.write(page.get_by_label("용도", exact=True), use)
    hand.write(page.get_by_label("연면적", exact=True), str(gfa_m2))
    hand.press(page.get_by_role("button", name="다시 검토"))
    page.wait_for_url(re.compile("gfa_m2"))


def rows(page, caption):
    """The cells of a table, by the words its caption begins with."""
    table = page.locator("table").filter(has=page.locator("caption", has_text=caption)).first
    table.wait_for()
    return [row.locator("td").all_inner_texts() for row in table.locator("tbody tr:not(.why)").all()]


def test_1_may_a_house_be_built_and_how_far_back(watched, viewer, hand, planted, drawn):
    site = planted["통과도로 3 m: 양쪽 0.5 m씩 (법 46①)"]
    page = viewer()
    look_for(page, hand, "파평면 율곡리 100-1")
    watched.wait("document.activeElement.id === 'verdict'")
    ask_again(page, hand, "단독주택", 150)
    assert page.locator("#verdict").get_attribute("data-verdict") == site["expect"]["verdict"]
    told = page.locator("#review").inner_text()
    assert site["pnu"] in told
    road = page.locator("#review article").first.inner_text()
    assert re.search(r"후퇴\s+0\.5 m", road)
    assert re.search(r"소요 너비\s+4 m", road)
    along = float(re.search(r"가장 긴 한 구간\s+([\d.]+) m", road)[1])
    shape = drawn["parcels"].geometry[site["pnu"]]
    near = road_of(drawn, site["road_uid"]).geometry.buffer(TOUCHES_M)
    assert along == pytest.approx(shape.exterior.intersection(near).length, abs=2 * TOUCHES_M + 0.1)
    deducted = float(re.search(r"대지면적에서 빠짐\s+([\d.]+) ㎡", road)[1])
    assert deducted == pytest.approx(0.5 * along, rel=0.05)
    assert "제46조" in told
    with page.context.expect_page() as opened:
        hand.press(page.get_by_role("link", name="검토서 인쇄"))
    assert "건축선 후퇴" in opened.value.locator("body").inner_text()
    watched.check()


def test_2_three_parcels_make_one_site_for_a_factory(watched, viewer, hand, planted):
    narrow = planted["공장 3,200 ㎡, 4 m 도로뿐 (영 28②)"]
    page = viewer(f"#pnu={narrow['pnu']}")
    ask_again(page, hand, "공장", 3200)
    watched.wait("document.getElementById('verdict').dataset.verdict === 'FAIL'")
    assert "너비가 2 m 모자란다" in page.locator("#review").inner_text()
    for jibun in ("158", "158-1"):
        hand.press(page.get_by_role("button", name="필지 더하기"))
        hand.press(page.locator("#review td").get_by_role("button", name=jibun, exact=True))
        watched.wait("document.activeElement.id === 'verdict'")
    # 158 and 158-1 lie side by side on the road of 6 m, 59 m each
    assert page.locator("#verdict").get_attribute("data-verdict") == "PASS"
    wide = next(cells for cells in rows(page, "검사별 기준과 측정") if cells[0].startswith("대형 건축물 접도"))
    assert wide[1].split("\n") == ["도로 너비 (m) 6", "닿은 길이 (m) 4"]
    assert wide[2].split("\n") == ["도로 너비 (m) 6", "닿은 길이 (m) 118"]
    assert page.evaluate("location.hash").count("%2B") == 2
    watched.check()


def test_3_was_the_road_designated_in_march_2019_and_is_it_now(watched, viewer, hand, planted, drawn):
    road = road_of(drawn, planted["2023년에 폐지된 도로"]["road_uid"])
    page = viewer()
    look_for(page, hand, road["name"])
    watched.wait("document.activeElement.id === 'road'")
    hand.write(page.get_by_label("어느 날"), "2019-03-15")
    hand.press(page.get_by_role("button", name="그날과 지금 견주기"))
    then = {name: (day, today) for name, day, today in rows(page, "2019-03-15과 지금")}
    assert then["효력"] == ("효력 있음", f"{road['valid_to']}에 끝남")
    assert then["너비"] == (f"{road['width_m']:g} m (지정)", "–")
    assert then["공고"] == (f"{road['notice_no']}, {road['announced_on']}", "–")
    ((_, happened, period, *_),) = rows(page, "판 1개")
    assert happened.startswith("반입")
    assert period == f"{road['valid_from']} ~ {road['valid_to']}"
    assert "road_day=2019-03-15" in page.evaluate("location.hash")
    watched.check()


def test_4_who_loses_access_without_the_road(watched, viewer, hand, drawn):
    road = drawn["roads"].set_index("name", drop=False).loc["율곡14길"]
    parcels, roads = drawn["parcels"], drawn["roads"]
    standing = roads[roads["valid_to"].isna() & (roads["road_uid"] != road["road_uid"])].union_all()
    lots = parcels[parcels["JIBUN"].str.endswith("대")]
    beside = lots[lots.distance(road.geometry) < TOUCHES_M]
    losing = set(beside.index[beside.distance(standing) > TOUCHES_M])
    permits = drawn["permits"]
    hanging = permits[
        permits["state"].isin(OPEN) & permits["pnus"].map(lambda pnus: not losing.isdisjoint(pnus.split(";")))
    ]
    page = viewer()
    look_for(page, hand, road["name"])
    watched.wait("document.activeElement.id === 'road'")
    sites = rows(page, "접한 대지")
    lost = [cells for cells in sites if cells[1] == "잃음"]
    assert {re.sub(r".* ", "", cells[0]) for cells in lost} == {
        re.match(r"[\d-]+", jibun)[0] for jibun in lots.loc[list(losing), "JIBUN"]
    }
    assert {permit for cells in lost for permit in cells[3].split(", ")} - {"–"} == set(hanging["permit_id"])
    assert (
        f"접도 요건을 잃는 대지가 {len(losing)}곳, 걸린 진행 중 인허가가 {len(hanging)}건"
        in page.locator("#roads").inner_text()
    )
    hand.press(page.locator("#roads td button").first)
    watched.wait("document.activeElement.id === 'verdict'")
    watched.check()


def test_5_standing_in_an_alley_that_differs_from_the_register(watched, own_service, hand, planted, drawn, town):
    road = road_of(drawn, planted["대장 4.0 m, 도형 3.4 m: 불일치"]["road_uid"])
    spot = road.geometry.representative_point()
    away = drawn["roads"].assign(metres=drawn["roads"].distance(spot))
    near = away[away["metres"] <= 5].sort_values("metres")
    lonlat = gpd.GeoSeries([spot], crs=CITY).to_crs(4326).iloc[0]
    page = watched.page
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": lonlat.x, "latitude": lonlat.y, "accuracy": 5})
    page.goto(own_service.address + "login")
    page.fill("#key", own_service.key)
    page.press("#key", "Enter")
    page.wait_for_url(re.compile(re.escape(own_service.address) + r"(#.*)?$"))
    watched.wait("window.__ready")
    hand.open("roads")
    hand.press(page.get_by_role("button", name="서 있는 곳의 도로"))
    found = rows(page, "±5 m 안의 도로")
    assert [cells[0].split(" · ")[0].split("\n")[0] for cells in found] == near["name"].tolist()
    assert found[0][1:] == ["0 m", "4 m\n지정"]
    hand.press(page.locator("#roads td button").first)
    watched.wait("document.activeElement.id === 'road'")
    hand.write(page.get_by_label("잰 너비 (m)"), "3.4")
    hand.write(page.locator("form[aria-label='현장 기록']").get_by_label("메모"), "담장이 나와 있음")
    hand.press(page.get_by_role("button", name="현장값 남기기"))
    ((who, width, note, state),) = rows(page, "현장값 1건")
    assert (who.split("\n")[1], width, note, state) == ("kim", "3.4 m", "담장이 나와 있음", "대기")
    (kept,) = registry.observations(own_service.city, road.name)
    assert kept["geometry"].distance(spot) < 0.1
    assert registry.road(own_service.city, road.name)["width_m"] == 4.0
    watched.check()


def test_6_the_doubtful_roads_of_today(watched, viewer, hand, planted, drawn):
    page = viewer()
    hand.open("roads")
    hand.press(page.get_by_role("button", name="오늘 살필 도로 20곳"))
    listed = {cells[1].split(" · ")[0]: cells[2] for cells in rows(page, "곳")}
    flagged = drawn["roads"].dropna(subset="quality_flags")
    for flags, name in zip(flagged["quality_flags"], flagged["name"], strict=True):
        assert set(flags.split(";")) <= set(listed[name].split(", "))
    assert len(listed) <= 20
    counts = [cells.count(",") for cells in listed.values()]
    assert counts == sorted(counts, reverse=True)
    assert "동의 4/6" in listed[road_of(drawn, planted["동의 6명 중 4명만 확인된 지정도로"]["road_uid"])["name"]]
    hand.press(page.locator("#roads td button").first)
    watched.wait("document.activeElement.id === 'road'")
    watched.check()


def test_7_open_permits_inside_the_zone(watched, own_service, hand, drawn, tmp_path):
    zone = disaster.zones(own_service.city).geometry.iloc[0]
    inside = zone.representative_point()
    places = [inside, inside, Point(zone.bounds[0] - 50, inside.y)]
    new = drawn["permits"].iloc[:3].assign(
        permit_id=["T1", "T2", "T3"], permit_no=["T-1", "T-2", "T-3"], kind="건축신고", use="단독주택",
        state=["접수", "사용승인", "접수"],
    ).set_geometry(gpd.GeoSeries(places, crs=CITY).values)  # fmt: skip
    file = tmp_path / "permits.gpkg"
    gpd.GeoDataFrame(pd.concat([drawn["permits"], new]), crs=CITY).to_file(file, layer="permits")
    registry.import_file(own_service.city, "permits", file, at=now())
    page = watched.page
    page.goto(own_service.address)
    watched.wait("window.__ready")
    hand.open("disaster")
    ((permit, state, use),) = rows(page, "진행 중 인허가 1건")
    assert permit.startswith("건축신고 T-1")
    assert (state, use.startswith("단독주택")) == ("접수", True)
    assert "접수 1건, 모두 1건입니다." in page.locator("#disaster").inner_text()
    assert "지하층이 적혀 있지 않아" in page.locator("#disaster").inner_text()
    with page.expect_download() as csv:
        hand.press(page.get_by_role("link", name="CSV로 받기"))
    assert pd.read_csv(csv.value.path())["permit_no"].tolist() == ["T-1"]
    hand.press(page.get_by_role("button", name="지도에 보이기"))
    watched.wait(f"document.getElementById('position').textContent.includes('X {inside.x:.1f} Y {inside.y:.1f}')")
    watched.check()


def test_9_figures_by_town_and_year(watched, viewer, hand, drawn):
    roads = drawn["roads"].query("legal_basis == 'NAMOK'")
    standing = roads[roads["valid_to"].isna()]
    page = viewer()
    hand.open("roads")
    hand.press(page.get_by_role("button", name="읍면동별 통계"))
    told = rows(page, "나목 도로")
    assert sum(int(cells[1]) for cells in told) == len(standing)
    length, area = (sum(float(re.match(r"[\d,.]+", cells[n])[0].replace(",", "")) for cells in told) for n in (2, 3))
    assert length == pytest.approx(standing["length_m"].sum() / 1000, abs=0.01 * len(told))
    assert area == pytest.approx(standing.geometry.area.sum(), abs=len(told))
    since = standing[standing["designated_on"] >= "1999-02-08"]
    missing = since["announced_on"].isna() | since["notice_no"].isna()
    shares = [cells[4].split("\n")[0].split(" / ") for cells in told]
    assert [sum(int(share[n]) for share in shares) for n in (0, 1)] == [missing.sum(), len(since)]
    years = {int(year): (int(made), int(ended)) for year, made, ended in rows(page, "해마다 지정과 폐지")}
    made = roads["designated_on"].dropna().str[:4].astype(int).value_counts()
    assert {year: count for year, (count, _) in years.items() if count} == made.to_dict()
    assert years[2023][1] == 1
    watched.check()
