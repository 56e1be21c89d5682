"""The city's own head where it is kept; fitting it is tested through `geo change train`, tests/geo."""

import json

import pytest

from geo.change import model, store
from geo.change.store import refitting
from geo.errors import Conflict


def test_a_city_starts_without_one(city):
    assert store.head(city) is None


def test_a_head_of_another_model_is_refused(city):
    file = city.folder / "change" / "head.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"model": "other", "head": {"weights": [], "biases": []}}))
    with pytest.raises(Conflict, match="another model"):
        store.head(city)


def test_what_is_too_small_to_be_told_teaches_nothing():
    assert refitting.LEAST_PX * model.CELL_M**2 == model.LEAST_M2
