"""The service: everything is wired here."""

from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import errors, openapi
from api.headers import SecurityHeaders
from api.review_path import ReviewPath
from api.routes import (
    changes,
    dependents,
    designated_roads,
    disaster,
    docs,
    feature_tiles,
    features,
    health,
    landing,
    login,
    maps,
    permit_review,
    register,
    stac,
    status,
    surveys,
    tiles,
    wmts,
)
from api.settings import Settings
from api.tile_path import TilePath
from api.tile_protocol import TileProtocol
from geo import maps as geo_maps
from geo.access import Role
from geo.database import noted, open_city
from geo.orthophoto.store import Shelf

VIEWER = Path(__file__).parent / "viewer" / "dist"
MAP_ASSETS = Path(geo_maps.__file__).parent / "static"
ROUTES = (
    permit_review,  # matched one after another: what is asked most often comes first
    landing,
    login,
    health,
    surveys,
    tiles,
    wmts,
    stac,
    features,
    feature_tiles,
    register,
    dependents,
    designated_roads,
    changes,
    disaster,
    maps,
    status,
    docs,
)


def create_app(settings: Settings) -> ASGIApp:
    """Wire the service for one city. Raises NotFound when there is none."""
    city = open_city(settings.data, settings.database_url)
    app = FastAPI(title="Paju Geo", version="0.1.0", docs_url=None, redoc_url=None)
    app.state.city = city
    app.state.shelf = Shelf(city)
    # a synthetic city that only this machine can reach has no secret to keep: everyone reads, nobody edits
    open_to_all = settings.on_loopback and noted(city, "synthetic") == "true"
    app.state.role_without_key = Role.REVIEWER if open_to_all else Role.PUBLIC
    errors.install(app, [route for routes in ROUTES for route in routes.router.routes])
    openapi.install(app)
    app.add_middleware(ReviewPath)
    for routes in ROUTES:
        app.include_router(routes.router)
    app.mount("/viewer", StaticFiles(directory=VIEWER))
    app.mount("/static/maps", StaticFiles(directory=MAP_ASSETS))
    app.mount("/static/docs", StaticFiles(packages=[("fastapi_offline", "static")]))
    return TilePath(ProxyHeadersMiddleware(SecurityHeaders(app)), app.state.shelf)


def from_environment() -> ASGIApp:
    """Wire the service from GEO_... variables, as each worker process does."""
    return create_app(Settings())


def serve(*, host: str, port: int, workers: int) -> None:
    """Serve from the environment until stopped; no access log, since an address asked for can name a person."""
    uvicorn.run(
        "api.app:from_environment", factory=True, host=host, port=port, workers=workers, http=TileProtocol,
        proxy_headers=False, access_log=False, log_level="warning",
    )  # fmt: skip
