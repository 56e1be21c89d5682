"""`geo ortho` as a person types it."""

import json

import pytest
from click.testing import CliRunner

from geo.errors import BadFile, BadInput, Conflict
from geo.orthophoto.commands import group


@pytest.fixture
def run(tmp_path):
    def call(*words):
        return CliRunner().invoke(group, [*map(str, words), "--data", str(tmp_path / "data")])

    return call


def test_from_sheet_to_catalogue_and_out_again(run, tmp_path, write, texture):
    sheet = write(tmp_path / "a.tif", texture(80, 80))
    made = run("ingest", sheet, "--survey", "2024", "--captured", "2024-05-14", "--json")
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["id"] == "2024"
    (listed,) = json.loads(run("list", "--json").stdout)
    assert (listed["id"], listed["captured_on"]) == ("2024", "2024-05-14")
    assert set(listed["files"]) == {"KoreaCentral5186Quad", "WebMercatorQuad"}
    assert "2024-05-14  0.5 m" in run("list").stdout
    twice = run("ingest", sheet, "--survey", "2024", "--captured", "2024-05-14")
    assert isinstance(twice.exception, Conflict)
    assert json.loads(run("remove", "2024", "--json").stdout) == {"removed": "2024"}
    assert json.loads(run("list", "--json").stdout) == []


def test_a_check_changes_nothing_and_tells_faults_by_its_exit_code(run, tmp_path, write, texture):
    good, bad = write(tmp_path / "a.tif", texture(80, 80)), write(tmp_path / "b.tif", texture(80, 80), crs=None)
    fine = run("check", good, "--json")
    assert fine.exit_code == 0
    assert json.loads(fine.stdout)["acceptable"]
    faulty = run("check", good, bad)
    assert faulty.exit_code == 1
    assert "error: b.tif states no coordinate system" in faulty.stdout
    assert run("check", bad, "--crs", "EPSG:5186").exit_code == 0
    assert not (tmp_path / "data").exists()


def test_the_report_as_a_table_and_as_a_map(run, tmp_path, write, texture):
    sheets = [
        write(tmp_path / f"{name}.tif", texture(80, 80), left=left)
        for name, left in (("a", 183_000.0), ("b", 183_020.0))
    ]
    shown = run("check", *sheets, "--map", tmp_path / "map.svg")
    assert shown.exit_code == 0, shown.output
    lines = shown.stdout.splitlines()
    assert lines[0].split()[:4] == ["name", "index", "crs", "gsd_m"]
    assert lines[1].split() == ["a.tif", "-", "EPSG:5186", "0.5", "80", "80", "3", "uint8", "-", "none", "-"]
    assert any(line.startswith("overlap: a.tif and b.tif, 800 m2") for line in lines)
    assert any(line.startswith("missing of the 1:5,000 index: 37603009 ") for line in lines)
    assert (tmp_path / "map.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["--survey", "2024", "--captured", "2999-01-01"], BadInput),
        (["--survey", "../x", "--captured", "2024-05-14"], BadInput),
        (["--survey", "x", "--captured", "2024-05-14", "--crs", "5174"], BadFile),
    ],
)
def test_refusals(run, tmp_path, write, texture, words, kind):
    sheet = write(tmp_path / "a.tif", texture(80, 80))
    assert type(run("ingest", sheet, *words).exception) is kind
    assert list((tmp_path / "data").glob("*")) == []


def test_usage_errors(run, tmp_path):
    assert run("ingest", "--survey", "a", "--captured", "2024-05-14").exit_code == 2
    assert run("ingest", tmp_path / "none.tif", "--survey", "a", "--captured", "2024-05-14").exit_code == 2
    assert run("check", "--crs", "wgs").exit_code == 2
