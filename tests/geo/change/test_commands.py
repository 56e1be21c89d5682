"""The commands of `geo change`, as they are typed."""

import json

import cv2
import geopandas as gpd
import numpy as np
import pytest
from click.testing import CliRunner

from geo.change import hidden
from geo.change.commands import group
from geo.change.store import records
from geo.database import open_city


@pytest.fixture
def run(tmp_path):
    def typed(*words):
        result = CliRunner().invoke(group, [*map(str, words), "--data", str(tmp_path), "--json"])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return json.loads(result.stdout)

    return typed


def test_predict_and_evaluate(run, tmp_path, scene):
    for part, image in zip(("A", "B", "label"), (*scene, scene[0] * 0), strict=True):
        (tmp_path / part).mkdir()
        cv2.imwrite(str(tmp_path / part / "x.png"), np.clip(image, 0, 255).astype(np.uint8))
    told = run("predict", tmp_path / "A" / "x.png", tmp_path / "B" / "x.png", tmp_path / "out.png")
    assert told["file"] == str(tmp_path / "out.png")
    assert (tmp_path / "out.png").exists()
    figures = run("evaluate", tmp_path)
    assert figures["pairs"] == 1
    assert figures["precision"] == 0
    assert figures["objects_found"] > 0
    assert figures["false_alarms_km2"] == pytest.approx(figures["objects_found"] / 0.256**2, abs=0.01)
    assert figures["recall"] is None


def test_list_and_export(run, tmp_path):
    city = open_city(tmp_path, create=True)
    row = {"id": "a-b", "before": "a", "after": "b", "before_on": "2024-01-01", "after_on": "2025-01-01", "inputs": "",
           "synthetic": True, "area_km2": 1.0, "residual_m": None, "unaligned": 0.0}  # fmt: skip
    columns = {name: [] for name in ("change_id", "class", "score", "area_m2", "aligned")}
    records.save(city, row, gpd.GeoDataFrame(columns, geometry=[], crs=5186), hidden.none())
    (listed,) = run("list")
    assert (listed["id"], listed["counts"]) == ("a-b", {})
    assert run("export", "a-b", tmp_path / "out.fgb") == {"run": "a-b", "file": str(tmp_path / "out.fgb")}
