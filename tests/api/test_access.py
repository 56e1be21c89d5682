import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from api.access import Requires
from api.app import create_app
from api.settings import Settings
from geo import access
from geo.access import Role
from geo.database import note, open_city


def unwrapped(app):
    while not hasattr(app, "routes"):
        app = app.app
    return app


def routes_of(app):
    """Yield every route, those of included routers too."""
    for route in unwrapped(app).routes:
        inner = getattr(route, "original_router", None)
        yield from inner.routes if inner else [route]


def policies(route):
    return [d.call for d in route.dependant.dependencies if isinstance(d.call, Requires)]


def bare(app):
    return {route.path for route in routes_of(app) if not (isinstance(route, APIRoute) and policies(route))}


def test_every_route_has_a_policy(town):
    app = create_app(Settings(data=town.folder))
    assert {"/permit-review", "/designated-roads/{id}", "/surveys", "/status"} <= {
        route.path for route in routes_of(app)
    }
    files = {"/openapi.json", "/viewer", "/static/maps", "/static/docs"}
    assert bare(app) == files
    unwrapped(app).add_api_route("/forgotten", lambda: "open")
    assert bare(app) == files | {"/forgotten"}


def test_what_changes_something_needs_more_than_to_come_along(town):
    asked = {"/login", "/stac/search"}  # a key for a cookie, and a question too long for an address
    routes = [route for route in routes_of(create_app(Settings(data=town.folder))) if isinstance(route, APIRoute)]
    changing = [route for route in routes if route.methods - {"GET", "HEAD"} and route.path not in asked]
    assert len(changing) > 5
    assert [route.path for route in changing if not any(policy.role > Role.PUBLIC for policy in policies(route))] == []


REVIEWED = [
    "/permit-review?x=0&y=0",
    "/change-runs",
    "/change-runs/2024-2025/changes",
    "/collections/permits/items",
    "/maps/changes",
]
OPEN = [
    "/",
    "/surveys",
    "/collections",
    "/collections/parcels/items",
    "/collections/ri/items",
    "/disaster-zones/yulgok",
    "/disaster-zones/yulgok/status",
    "/health/live",
    "/health/ready",
    "/maps/orthophoto",
    "/login",
    "/docs",
    "/openapi.json",
    "/tileMatrixSets",
]


@pytest.mark.parametrize("path", REVIEWED)
def test_what_officers_see_needs_a_key_from_outside(client, outside, path):
    refused = outside.get(path)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["www-authenticate"] == "Bearer"
    assert client.get(path).status_code in (200, 404)


@pytest.mark.parametrize("path", OPEN)
def test_what_is_public_needs_none(outside, path):
    assert outside.get(path).status_code == 200


def test_a_key_opens_by_bearer_and_by_cookie(tmp_path, at):
    city = open_city(tmp_path / "data", create=True)
    note(city, "synthetic", "true")
    key = access.add(city, "kim", "reviewer", at=at)
    app = create_app(Settings(data=city.folder, host="0.0.0.0"))
    client = TestClient(app)
    assert client.get("/change-runs").status_code == 401
    assert client.get("/change-runs", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert client.get("/change-runs", headers={"Authorization": "Bearer pj_wrong"}).status_code == 401
    assert client.post("/login", data={"key": "pj_wrong"}).status_code == 401
    kept = client.post("/login", data={"key": key}, follow_redirects=False)
    assert kept.status_code == 303
    cookie = next(c for c in kept.headers.get_list("set-cookie") if c.startswith("paju_key="))
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert client.get("/change-runs").status_code == 200
    access.revoke(city, "kim", at=at)
    assert client.get("/change-runs").status_code == 401


def test_a_real_city_is_closed_on_loopback_too(tmp_path):
    city = open_city(tmp_path / "data", create=True)
    note(city, "real", "true")
    assert TestClient(create_app(Settings(data=city.folder))).get("/change-runs").status_code == 401


def test_a_cookie_alone_changes_nothing(tmp_path, at):
    """A page of another site can make a browser send its cookie, but does not know the token."""
    city = open_city(tmp_path / "data", create=True)
    key = access.add(city, "kim", "reviewer", at=at)
    client = TestClient(create_app(Settings(data=city.folder, host="0.0.0.0")))
    client.post("/login", data={"key": key})
    question = {"site": {"pnus": ["4148036024101000001"]}}
    assert client.post("/permit-review", json=question).status_code == 403
    token = {"X-CSRF-Token": client.cookies["paju_csrf"]}
    assert client.post("/permit-review", json=question, headers=token).status_code == 404
