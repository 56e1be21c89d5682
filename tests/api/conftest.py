import threading
import time

import pytest
import uvicorn
from starlette.testclient import TestClient

from api.app import create_app
from api.headers import CSP
from api.settings import Settings


@pytest.fixture(scope="session")
def client(town):
    """The service as `geo up` runs it: a synthetic city on loopback, where everyone reads."""
    return TestClient(create_app(Settings(data=town.folder)), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def outside(town):
    """The same service as others would reach it: nothing but what is public."""
    return TestClient(create_app(Settings(data=town.folder, host="0.0.0.0")), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def service(town):
    """The address of the service on a real socket, for browsers and other real clients."""
    app = create_app(Settings(data=town.folder))
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="warning", access_log=False, lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    end = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < end
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    thread.join()


@pytest.fixture
def viewer(watched, service):
    """Opens the viewer at a permalink and waits until it is drawn and its address is written."""

    def go(fragment=""):
        watched.page.goto("about:blank")
        response = watched.page.goto(service + fragment)
        assert response.headers["content-security-policy"] == CSP
        watched.wait("window.__ready")
        watched.wait("location.hash.includes('tab=')")
        return watched.page

    return go
