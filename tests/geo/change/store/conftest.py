"""A run that nothing disturbed, to set beside those that were."""

import pytest

from geo.change import store
from geo.database import open_city


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, straddling, surveys):
    """A city with the run of the two drawn surveys; read it, do not change it."""
    city = open_city(tmp_path_factory.mktemp("undisturbed"), create=True)
    store.detect(city, *straddling[:2], **surveys)
    return city


@pytest.fixture
def same(undisturbed):
    """Assert that a city's run has the undisturbed one's changes, to the byte."""

    def compare(city):
        a, b = (store.changes(c, "2024-2025") for c in (city, undisturbed))
        assert a.drop(columns="geometry").equals(b.drop(columns="geometry"))
        assert [g.wkb for g in a.geometry] == [g.wkb for g in b.geometry]

    return compare
