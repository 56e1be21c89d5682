"""The city's own head: fitted to what is known between two surveys, kept with its provenance where it is better."""

import json
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import pytest
from shapely import box

from geo import audit
from geo.change import model, store
from geo.change.store import refitting
from geo.change.training.refit import Figures
from geo.crs import CITY
from geo.errors import BadInput, Conflict


@dataclass(frozen=True)
class Survey:
    id: str
    captured_on: date
    bounds: tuple
    version: str = "1"
    synthetic: bool = True


@pytest.fixture
def surveys(area):
    return [Survey("2024", date(2024, 5, 14), area.bounds), Survey("2025", date(2025, 9, 28), area.bounds)]


@pytest.fixture
def parcels(area):
    left, bottom, _, _ = area.bounds
    shapes = [box(left + 40 * i, bottom + 40 * j, left + 40 * i + 40, bottom + 40 * j + 40)
              for i in range(6) for j in range(6)]  # fmt: skip
    return gpd.GeoDataFrame({"pnu": [str(n) for n in range(36)]}, geometry=shapes, crs=CITY)


def permits(parcels, area, truth):
    col, row, width, height = truth["building_gained"]
    left, _, _, top = area.bounds
    middle = box(left + col / 2, top - (row + height) / 2, left + (col + width) / 2, top - row / 2).centroid
    own = parcels.loc[parcels.contains(middle), "pnu"].iloc[0]
    rows = [("건축허가", "2025-03-02", own, own)]
    return gpd.GeoDataFrame(rows, columns=["kind", "used_on", "main_pnu", "pnus"], geometry=[middle], crs=CITY)


def train(city, pair, surveys, known, parcels, at):
    before, after = surveys
    return store.train(city, *pair, before=before, after=after, permits=known, parcels=parcels, officer="김주무",
                       at=at, progress=lambda items, title, total=None: items)  # fmt: skip


def test_it_tells_what_it_was_made_of_and_is_kept_when_better(
    city, pair, surveys, parcels, area, truth, at, monkeypatch
):
    known = permits(parcels, area, truth)
    assert store.head(city) is None
    monkeypatch.setattr(Figures, "no_worse_than", lambda self, other: False)
    told = train(city, pair, surveys, known, parcels, at)
    assert not told["kept"]
    assert store.head(city) is None
    assert told["examples"] == {"approved": 1, "quiet": 35}
    assert told["held_out"]["before"]["changes"] == 1
    monkeypatch.setattr(Figures, "no_worse_than", lambda self, other: True)
    told = train(city, pair, surveys, known, parcels, at)
    assert told["kept"]
    assert (told["before"], told["after"], told["trained_by"]) == ("2024", "2025", "김주무")
    own = store.head(city)
    assert own != model.shipped_head()
    seen = model.probabilities(lambda grid: tuple(reader(grid) for reader in pair), area.window(160, 160, 96, 96), own)
    assert seen.data[0].max() > 128  # the new house is still seen
    entry = audit.entries(city, f"{at:%Y-%m}")[-1]
    assert (entry["action"], entry["subject"], entry["officer"]) == ("change.train", "2024-2025", "김주무")


def test_a_head_of_another_model_is_refused(city):
    file = city.folder / "change" / "head.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"model": "other", "head": {"weights": [], "biases": []}}))
    with pytest.raises(Conflict, match="another model"):
        store.head(city)


def test_nothing_known_is_refused(city, pair, surveys, parcels, area, truth, at):
    none = permits(parcels, area, truth).iloc[:0]
    with pytest.raises(BadInput, match="no approval, no verdict"):
        train(city, pair, surveys, none, parcels.iloc[:0], at)
    assert refitting.LEAST_PX * model.CELL_M**2 == model.LEAST_M2
