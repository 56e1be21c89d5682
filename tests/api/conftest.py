import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings


@pytest.fixture(scope="session")
def client(town):
    """The service as `geo up` runs it: a synthetic city on loopback, where everyone reads."""
    return TestClient(create_app(Settings(data=town.folder)), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def outside(town):
    """The same service as others would reach it: nothing but what is public."""
    return TestClient(create_app(Settings(data=town.folder, host="0.0.0.0")), raise_server_exceptions=False)
