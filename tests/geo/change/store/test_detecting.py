"""A run from readers to the database: kept whole, gone on with where it was stopped, not done twice."""

import os
import signal
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import Point, box

from geo.change import scan, store
from geo.database import open_city
from geo.errors import BadInput


@pytest.fixture
def city(tmp_path):
    return open_city(tmp_path, create=True)


def test_a_run_is_kept_with_its_changes(undisturbed, straddling):
    found = store.changes(undisturbed, "2024-2025")
    prepared = scan.prepare(*straddling[:2], straddling[2])
    expected = scan.assemble([scan.pieces(prepared, block) for block in scan.blocks(straddling[2])])
    assert found["change_id"].tolist() == expected["change_id"].tolist()
    assert found["n"].tolist() == [1, 2, 3, 4, 5]
    assert [g.wkb for g in found.geometry] == [g.wkb for g in expected.geometry]
    assert set(found["before"]) == {"2024-05-14"}
    assert set(found["after"]) == {"2025-09-28"}
    assert found["synthetic"].all()
    assert found["verdict"].isna().all()
    (run,) = store.runs(undisturbed)
    assert run["counts"] == dict.fromkeys(sorted(expected["class"]), 1)
    assert (run["unaligned"], run["hidden_m2"]) == (0, 0)
    assert not (undisturbed.folder / "change" / "2024-2025" / "work").exists()


def test_a_stopped_run_goes_on_and_ends_the_same(city, same, straddling, surveys):
    def stop_after_two(items, title, total):
        for n, item in enumerate(items):
            if title == "blocks" and n == 2:
                raise KeyboardInterrupt
            yield item

    with pytest.raises(KeyboardInterrupt):
        store.detect(city, *straddling[:2], **surveys, progress=stop_after_two)
    assert store.runs(city) == []
    left = []

    def count(items, title, total):
        left.append((title, total))
        return items

    store.detect(city, *straddling[:2], **surveys, progress=count)
    assert left == [("blocks", 2)]  # neither the lattice nor the first two blocks again
    same(city)


def test_a_run_that_was_killed_goes_on_and_ends_the_same(city, same, straddling, surveys):
    def die_after_two(items, title, total):
        for n, item in enumerate(items):
            if title == "blocks" and n == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            yield item

    child = os.fork()
    if not child:
        store.detect(city, *straddling[:2], **surveys, progress=die_after_two)
        os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    left = []
    store.detect(city, *straddling[:2], **surveys, progress=lambda items, title, total: left.append(total) or items)
    assert left == [2]
    same(city)


def test_a_pair_ten_metres_apart_is_refused(city, straddling, surveys):
    before, after, _ = straddling
    with pytest.raises(BadInput, match=r"100% of the ground of 2024 and 2025 cannot be aligned.*more than 5 m off"):
        store.detect(city, before, replace(after, left=after.left + 10), **surveys)
    assert store.runs(city) == []


def test_what_a_cloud_hid_is_kept_with_the_run_and_gives_no_change(city, straddling, surveys):
    """It lies over the new house; stopped in between, the run knows it still."""
    before, after, (left, bottom, _, top) = straddling
    far = np.hypot(*np.mgrid[-200:312, -200:312]) - 90  # px from the cloud's end
    cover = np.clip(0.5 - far / 60, 0, 1)[..., None]
    veiled = replace(after, pixels=(after.pixels * (1 - cover) + 243 * cover).astype(np.uint8))

    def stop(items, title, total):
        if title == "blocks":
            raise KeyboardInterrupt
        return items

    with pytest.raises(KeyboardInterrupt):
        store.detect(city, before, veiled, **surveys, progress=stop)
    west = box(left, bottom, left + 120, top)
    run = store.run(city, store.detect(city, before, veiled, **surveys))
    (place,) = store.hidden(city, run["id"]).itertuples()
    assert (place.kind, place.at) == ("cloud", "after")
    house = Point(left + 101, top - 99).buffer(20)
    assert place.geometry.contains(house)
    assert run["hidden_m2"] == place.geometry.area
    found = store.changes(city, run["id"])
    assert not found.intersects(house).any()
    assert {"building_lost", "earthwork"} <= set(found["class"])
    part = store.run(city, store.detect(city, before, veiled, **surveys, area=west))
    assert part["hidden_m2"] == pytest.approx(place.geometry.intersection(west).area, abs=0.1)


def test_the_same_run_is_not_done_twice(undisturbed, surveys):
    def never(grid):
        raise AssertionError("nothing to read")

    assert store.detect(undisturbed, never, never, **surveys) == "2024-2025"


def test_work_of_another_version_is_not_gone_on_with(city, straddling, surveys, show, scene):
    def stop(items, title, total):
        for n, item in enumerate(items):
            if title == "blocks" and n == 3:
                raise KeyboardInterrupt
            yield item

    with pytest.raises(KeyboardInterrupt):
        store.detect(city, *straddling[:2], **surveys, progress=stop)
    again = surveys | {"after": replace(surveys["after"], version="v2")}
    same = replace(show(scene[0], seed=4), left=straddling[0].left, top=straddling[0].top)
    store.detect(city, same, same, **again)
    assert store.changes(city, "2024-2025").empty


def test_a_part_of_the_area_is_a_run_of_its_own(city, straddling, surveys):
    left, bottom, right, top = straddling[2]
    run = store.detect(city, *straddling[:2], **surveys, area=box(left, bottom, right, bottom + 50))
    assert run.startswith("2024-2025-")
    assert run != store.detect(city, *straddling[:2], **surveys, area=box(left, top - 50, right, top))
    assert set(store.changes(city, run)["class"]) == {"earthwork"}


def test_processes_give_the_same(city, same, straddling, surveys, monkeypatch):
    root = str(Path(__file__).parents[4])
    monkeypatch.setattr(sys, "path", [root, *sys.path])  # where a new process finds the drawn reader
    store.detect(city, *straddling[:2], **surveys, workers=2)
    same(city)


@pytest.mark.parametrize(
    ("which", "how", "why"),
    [
        ("before", {"captured_on": date(2026, 1, 1)}, "not older"),
        ("after", {"bounds": (0, 0, 10, 10)}, "do not overlap"),
    ],
)
def test_refusals(city, straddling, surveys, which, how, why):
    with pytest.raises(BadInput, match=why):
        store.detect(city, *straddling[:2], **surveys | {which: replace(surveys[which], **how)})


def test_an_area_elsewhere_is_refused(city, straddling, surveys):
    with pytest.raises(BadInput, match="outside"):
        store.detect(city, *straddling[:2], **surveys, area=box(0, 0, 10, 10))
