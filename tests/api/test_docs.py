import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("watched", [(1280, 800)], indirect=True)
def test_every_route_is_drawn_with_no_request_outside(client, service, watched):
    page = watched.page
    page.goto(service + "docs")
    page.wait_for_selector(".opblock")
    drawn = page.locator(".opblock").count()
    described = sum(len(methods) for methods in client.get("/openapi.json").json()["paths"].values())
    assert drawn == described > 30
    page.click("#operations-health-ready_health_ready_get .opblock-summary-control")
    page.click("text=Try it out")
    page.click("text=Execute")
    page.wait_for_selector("text=reasons")
    watched.check()
