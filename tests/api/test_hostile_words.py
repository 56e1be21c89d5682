"""Words that try to run, planted in every text that people write into the city: no page runs one, none breaks."""

import csv
import io
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime

import geopandas as gpd
import pytest
import shapely
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from geo.clock import SEOUL
from geo.database import open_city
from geo.features import store

pytestmark = pytest.mark.browser
DESKTOP = pytest.mark.parametrize("watched", [(1280, 800)], indirect=True)
ATTACK = "=1<img src=x onerror=window.hit=1></script><script>window.hit=1</script>`${window.hit=1}`\"'{{7*191}}"
SAID = "source source_page note"
TEXTS = {
    "parcels": "jibun",
    "roads": "designation_no name notice_no width_definition surface quality_flags",
    "permits": "permit_no use",
    "zoning": "name notice_no",
    "coverage": "source",
    "sources": "file officer",
    "audit": "reason officer",
    "changes": "verdict_by verdict_note",
    "layers": "title file",
    "disaster_zones": f"name alias management_no address designation_reason release_reason {SAID}",
    "disaster_facilities": f"name capacity_basis {SAID}",
    "disaster_works": f"name stream route {SAID}",
    "disaster_projects": f"name {SAID}",
    "disaster_budget": f"fund basis {SAID}",
    "disaster_progress": f"name {SAID}",
    "disaster_other_sources": f"subject field label plan other {SAID}",
}
COLLECTIONS = ("parcels", "designated_roads", "permits", "changes", "disaster_zones", "disaster_facilities",
               "disaster_works", "hostile")  # fmt: skip
PAGES = ("status", "login", "maps/orthophoto", "maps/changes", "maps/designated-roads", "maps/disaster-zone",
         "disaster-zones/yulgok/sheet", "collections?f=html",
         *(f"collections/{id}/items?f=html" for id in COLLECTIONS))  # fmt: skip


@pytest.fixture(scope="module")
def hostile(town, tmp_path_factory):
    """The sample city with the attack before every text of TEXTS, and a layer whose columns and values are attacks."""
    folder = tmp_path_factory.mktemp("hostile")
    city = open_city(shutil.copytree(town.folder, folder / "data"))
    at = datetime(2026, 4, 30, 9, 0, tzinfo=SEOUL)
    frame = gpd.GeoDataFrame({"<img src=x onerror=window.hit=1>": [ATTACK], "list": [[ATTACK]]},
                             geometry=[shapely.Point(190_000, 580_000)], crs="EPSG:5186")  # fmt: skip
    frame.to_parquet(folder / "x.parquet")
    store.import_layer(city, "hostile", folder / "x.parquet", title="층", at=at)
    with city.engine.begin() as connection:
        for table, names in TEXTS.items():
            for name in names.split():
                connection.exec_driver_sql(f"UPDATE {table} SET {name} = ? || coalesce({name}, '')", (ATTACK,))
    return city


@pytest.fixture(scope="module")
def address(hostile, serving_of):
    with serving_of(hostile.folder) as found:
        yield found


def unhurt(page):
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.hit") is None
    assert page.locator("img[src='x']").count() == 0
    assert "1337" not in page.locator("body").inner_text()  # 7 * 191, had a template computed it


@DESKTOP
@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_it_as_words(watched, address, path):
    assert watched.page.goto(address + path).ok
    unhurt(watched.page)
    watched.check()


@DESKTOP
def test_the_viewer_shows_it_as_words(watched, address, hostile):
    sites = json.loads((hostile.folder / "sample" / "truth" / "sites.json").read_text(encoding="utf-8"))
    site = next(one for one in sites if one["expect"]["verdict"] == "PASS_WITH_SETBACK")
    page = watched.page
    page.goto(address + f"#pnu={site['pnu']}")
    watched.wait("document.getElementById('verdict')")
    assert ATTACK in page.locator("#review").inner_text()
    for tab in ("changes", "disaster", "layers"):
        page.click(f"#tab-{tab}")
        page.wait_for_timeout(500)
    assert ATTACK in page.locator("#disaster").text_content()
    page.goto("about:blank")
    with closing(sqlite3.connect(hostile.folder / "city.gpkg")) as held:
        ((road,),) = held.execute("SELECT road_uid FROM roads ORDER BY fid LIMIT 1")
    page.goto(address + f"#road={road}")
    watched.wait("document.getElementById('road')")
    assert ATTACK in page.locator("#road").inner_text()
    unhurt(page)
    watched.check()


@DESKTOP
def test_the_page_to_file_shows_it_as_words(watched, address, hostile):
    sites = json.loads((hostile.folder / "sample" / "truth" / "sites.json").read_text(encoding="utf-8"))
    for site in sites:
        asked = f"permit-review?f=html&pnu={site['pnu']}&as_of={site['as_of']}"
        assert watched.page.goto(address + asked).ok
        assert watched.page.evaluate("window.hit") is None
        assert watched.page.locator("img[src='x'], script").count() == 0
    watched.check()


@pytest.mark.parametrize("id", COLLECTIONS)
def test_no_cell_of_a_table_is_a_formula(hostile, id):
    client = TestClient(create_app(Settings(data=hostile.folder)))
    text = client.get(f"/collections/{id}/items?f=csv&limit=50").content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]
    assert id == "changes" or any(cell.startswith("'" + ATTACK[:12]) for cell in cells)
