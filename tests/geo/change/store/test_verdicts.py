"""Officers' verdicts: kept with who and when, audited, and carried over to a run that is computed again."""

from datetime import timedelta

import geopandas as gpd
import pytest
from shapely.geometry import MultiPolygon, box

from geo import audit
from geo.change import hidden, store
from geo.change.store import records
from geo.crs import CITY
from geo.errors import BadInput, NotFound

ROW = {
    "id": "a-b", "before": "a", "after": "b", "before_on": "2024-05-14", "after_on": "2025-09-28", "inputs": "x",
    "synthetic": True, "area_km2": 1.0, "residual_m": 0.05, "unaligned": 0.0,
}  # fmt: skip
FOUND = gpd.GeoDataFrame(
    {"change_id": ["p", "q"], "class": "road", "score": [0.9, 0.7], "area_m2": 100.0, "aligned": True},
    geometry=[MultiPolygon([box(x, 590_000, x + 10, 590_010)]) for x in (190_000, 190_100)],
    crs=CITY,
)


@pytest.fixture
def judged(city, at):
    """A city whose change 2 was first watched, then found false."""
    records.save(city, ROW, FOUND, hidden.none())
    store.judge(city, "a-b", 2, "watch", note=None, officer="kim", at=at)
    told = store.judge(city, "a-b", 2, "false", note="비닐하우스", officer="lee", at=at + timedelta(hours=1))
    assert told["verdict_by"] == "lee"
    return city


def test_the_newest_stands_and_all_are_kept(judged, at):
    told = store.changes(judged, "a-b")[["n", "verdict", "verdict_by", "verdict_note"]]
    assert told.fillna("").values.tolist() == [[1, "", "", ""], [2, "false", "lee", "비닐하우스"]]
    history = store.history(judged, "a-b", "q")
    assert [(v["verdict"], v["verdict_by"]) for v in history] == [("false", "lee"), ("watch", "kim")]
    assert history[1]["verdict_at"] == at.isoformat()
    assert store.history(judged, "a-b", "p") == []


def test_each_is_in_the_audit_with_what_was_before(judged):
    first, second = audit.entries(judged, "2026-04")
    assert (first["officer"], first["action"], first["subject"]) == ("kim", "change.verdict", "a-b/q")
    assert (first["before"], second["before"]["verdict"], second["after"]["verdict"]) == (None, "watch", "false")
    assert (first["reason"], second["reason"]) == ("watch", "비닐하우스")


def test_they_return_when_a_change_is_found_again(judged):
    records.save(judged, ROW, FOUND.iloc[:1], hidden.none())
    assert store.changes(judged, "a-b")["verdict"].isna().all()
    records.save(judged, ROW, FOUND.iloc[::-1], hidden.none())
    assert store.change(judged, "a-b", 1)["verdict"].tolist() == ["false"]


@pytest.mark.parametrize(
    ("n", "verdict", "error", "why"),
    [(2, "maybe", BadInput, "'maybe' is none of confirmed"), (3, "watch", NotFound, "'a-b' has no change 3")],
)
def test_what_is_not_there_is_refused(judged, at, n, verdict, error, why):
    with pytest.raises(error, match=why):
        store.judge(judged, "a-b", n, verdict, note=None, officer="kim", at=at)
    assert len(audit.entries(judged, "2026-04")) == 2
