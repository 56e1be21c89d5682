import shutil

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from geo.database import open_city


def test_the_page_shows_what_is_held_under_a_green_light(client, outside):
    page = client.get("/status")
    assert page.status_code == 200
    for shown in ("정상", "2024-05-14", "2025-2026", "parcels.shp", "GeoPackage", "이상 없음"):
        assert shown in page.text
    assert page.headers["cache-control"] == "no-store"
    assert outside.get("/status").status_code == 401


def test_a_truncated_pyramid_and_an_edited_audit_are_named(town, tmp_path):
    city = open_city(shutil.copytree(town.folder, tmp_path / "data"))
    file = city.folder / "orthophoto" / "2025" / "WebMercatorQuad.tif"
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size // 2)
    page = TestClient(create_app(Settings(data=city.folder))).get("/status").text
    assert "확인 필요" in page
    assert "정사영상 2025 파일이 손상" in page
    with city.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit SET reason = 'x' WHERE n = 2")
    page = TestClient(create_app(Settings(data=city.folder))).get("/status").text
    assert "장애" in page
    assert "audit entry 2" in page


@pytest.mark.browser
def test_it_is_drawn_with_no_request_outside(service, watched):
    watched.page.goto(service + "status")
    assert watched.page.locator(".light.green").is_visible()
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.check()
