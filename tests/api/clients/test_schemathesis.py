"""Schemathesis reads the API's own description and tries every operation: all checks, on the sample city."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
# what a value must be beside its form (a PNU of this city, dates in order) no JSON Schema says: refused with reason
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 422, 428]
"""


@pytest.fixture(scope="module")
def served(town, tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "geo", "serve", "--data", town.folder, "--port", str(port)])
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(20)


def test_nothing_breaks_and_nothing_is_undocumented(served, tmp_path):
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    words = "--phases examples,coverage,fuzzing --max-examples 3 --seed 7 --request-timeout 20 --wait-for-schema 60"
    command = [SCHEMATHESIS, "--config-file", config, "run", f"{served}/openapi.json", *words.split(), "--no-color"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert run.returncode == 0, run.stdout[-6000:]
    selected, tested = (int(re.search(rf"{word}: (\d+)", run.stdout)[1]) for word in ("Selected", "Tested"))
    assert selected == tested > 60
