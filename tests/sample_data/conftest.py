"""The smallest town: every register, one sheet of imagery for each survey."""

from pathlib import Path

import pytest

from sample_data import make


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    make.draw(folder, scale=0.2)
    return folder
