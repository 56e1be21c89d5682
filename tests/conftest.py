"""What every test may use: an empty city, the fixed hour, the shared vectors where they are at hand."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from geo.database import open_city

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture
def city(tmp_path):
    return open_city(tmp_path / "data", create=True)


@pytest.fixture
def at():
    return datetime(2026, 4, 30, 9, 0, tzinfo=ZoneInfo("Asia/Seoul"))


@pytest.fixture(scope="session")
def shared():
    if not SHARED.is_dir():
        pytest.skip("../shared, with the test vectors and real data, is not here")
    return SHARED
