"""`geo disaster`: what it prints, and that a refusal leaves no trace."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from geo.disaster.commands import group
from geo.errors import BadFile, NotFound

FACTS = Path(__file__).parents[3] / "sample_data" / "yulgok.json"


@pytest.fixture
def run(tmp_path):
    def command(*words):
        done = CliRunner().invoke(group, [*words, "--data", str(tmp_path / "data")], standalone_mode=False)
        if done.exception:
            raise done.exception
        return done.output

    return command


def test_import_and_status(run):
    assert run("import", str(FACTS)) == "imported yulgok\n"
    assert "nothing to change" in run("import", str(FACTS))
    told = json.loads(run("status", "yulgok", "--as-of", "2026-03-15", "--json"))
    assert told["as_of"] == "2026-03-15"
    assert [event["state"] for event in told["events"]] == [
        "confirmed", "confirmed", "overdue_unconfirmed", "running", "planned", "planned",
    ]  # fmt: skip
    assert told["budget"][0]["off_mkrw"] == 0
    words = run("status", "울곡", "--as-of", "2026-03-15")
    assert "예정일 경과·확인필요" in words


def test_a_refused_import_makes_no_folder(run, tmp_path, document, write):
    document["zones"][0]["type"] = "008"
    with pytest.raises(BadFile, match="'008' is none of"):
        run("import", str(write(document)))
    assert not (tmp_path / "data").exists()


def test_status_of_an_unknown_zone(run):
    run("import", str(FACTS))
    with pytest.raises(NotFound, match="held are: yulgok"):
        run("status", "yulgog")


def test_simulate_needs_no_city(run, write, tmp_path):
    case = {
        "duration_h": 1, "step_s": 600, "inflow_m3s": [[0, 1], [3600, 1]],
        "basin": {"stage_area": [[0, 1000], [10, 1000]], "initial_level_m": 0}, "pumps": [], "gate": None,
    }  # fmt: skip
    found = json.loads(run("simulate", str(write(case, "case.json")), "--json"))
    assert (found["peak_level_m"], found["pumped_volume_m3"], len(found["levels"])) == (3.6, 0, 7)
    assert run("simulate", str(write(case, "case.json"))).startswith("peak level 3.600 m")
    assert not (tmp_path / "data").exists()
    with pytest.raises(BadFile, match=r"case\.json: step_s is -1"):
        run("simulate", str(write(case | {"step_s": -1}, "case.json")))
