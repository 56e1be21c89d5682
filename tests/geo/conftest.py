"""The command as a person runs it."""

import hashlib
import sys
from dataclasses import dataclass

import pytest

from geo.__main__ import main


@dataclass
class Left:
    """What a command left behind: code, what it printed, what it said on standard error."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def geo(monkeypatch, capsys):
    """The command in this process, as the `geo` script calls it."""

    def run(*arguments, data):
        monkeypatch.setattr(sys, "argv", ["geo", *map(str, arguments), "--data", str(data)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as left:
            code = left.code or 0
        return Left(code, *capsys.readouterr())

    return run


def contents(folder):
    if not folder.exists():
        return {}
    kept = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".gpkg-shm", ".gpkg-wal"}]
    return {path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


@pytest.fixture
def refused(geo):
    """A command that must be refused: code 2, one sentence, no trace of the inside, nothing changed."""

    def run(*arguments, data):
        before = contents(data)
        result = geo(*arguments, data=data)
        assert result.returncode == 2, result.stderr + result.stdout
        assert result.stdout == ""
        assert result.stderr.startswith("geo: ")
        assert result.stderr.count("\n") == 1
        assert "Traceback" not in result.stderr
        assert contents(data) == before
        return result.stderr

    return run
