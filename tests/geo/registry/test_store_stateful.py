"""Any sequence of edits against a model of a few lines: both axes of time, adjacency, history and audit agree."""

import copy
import shutil
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import pytest
import shapely
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from geo import audit
from geo.crs import CITY
from geo.database import open_city
from geo.errors import Conflict, RuleBroken, Stale
from geo.registry import store
from geo.registry.event import Document, Event, Part

X, Y = 184_000.0, 587_000.0
START = datetime(2026, 4, 30, 9, tzinfo=ZoneInfo("Asia/Seoul"))
FIRST = date(2020, 1, 1)
PAPER, NOTICE = (Document("기타", "건축과-1"),), (Document("공고문", "파주시 공고 2020-1"),)
AGREED = {"consents_required": 1, "consents_obtained": 1}
WIDTHS = st.sampled_from([3.0, 4.0, 6.0, 8.0])
STEPS = st.integers(1, 60)


class Register(RuleBasedStateMachine):
    """The model: road -> slices of legal time [from, until, width], version, ground, and whether it has ended."""

    @initialize()
    def found(self):
        self.folder = Path(tempfile.mkdtemp())
        self.city = open_city(self.folder / "data", create=True)
        numbers = [f"41480360241{100 + n:04d}0000" for n in range(12)]
        lots = [shapely.box(X + 20 * n, Y, X + 20 * n + 20, Y + 30) for n in range(12)]
        table = {"PNU": numbers, "JIBUN": [f"{100 + n}대" for n in range(12)], "AREA": 600.0}
        file = self.folder / "p.gpkg"
        gpd.GeoDataFrame(table, geometry=lots, crs=CITY).to_file(file, engine="pyogrio")
        store.import_file(self.city, "parcels", file, at=START)
        self.roads, self.free, self.edits, self.snapshots = {}, [0, 80, 160], 0, []

    def teardown(self):
        try:
            for known_at, then in self.snapshots:
                assert self.told(known_at=known_at) == self.expected(then)
        finally:
            self.city.engine.dispose()
            shutil.rmtree(self.folder)

    def edit(self, uid, kind, also=(), **told):
        """Make an edit as an officer who has read every road concerned; return the roads written."""
        self.edits += 1
        versions = {each: self.roads[each]["version"] for each in (uid, *also) if each}
        event = Event(kind, others=tuple(also), **{"documents": PAPER, **AGREED, **told})
        at = START + timedelta(minutes=self.edits)
        written = store.amend_road(self.city, uid, event, versions=versions, officer="kim", at=at, reason="측량")
        for each in versions:
            self.roads[each]["version"] += 1
        self.at = at
        return written

    def keep(self):
        self.snapshots.append((self.at, copy.deepcopy(self.roads)))

    def begin(self, uid, since, width, left, right, top=Y):
        self.roads[uid] = {
            "slices": [[since, None, width]], "version": 1, "ended": False, "left": left, "right": right, "top": top
        }  # fmt: skip

    def end(self, uid, since):
        self.roads[uid]["slices"][-1][1] = since
        self.roads[uid]["ended"] = True

    def pick(self, data):
        return data.draw(st.sampled_from([uid for uid, road in self.roads.items() if not road["ended"]]))

    def later(self, uid, days):
        return self.roads[uid]["slices"][-1][0] + timedelta(days=days)

    def ground(self, road, left=None, right=None):
        return shapely.box(left or road["left"], road["top"] - 4, right or road["right"], road["top"])

    def any_open(self):
        return any(not road["ended"] for road in getattr(self, "roads", {}).values())

    @precondition(lambda self: self.free)
    @rule(width=WIDTHS, days=STEPS)
    def designate(self, width, days):
        left, since = X + self.free.pop(), FIRST + timedelta(days=days)
        values = {"width_m": width, "length_m": 80.0, "area_m2": 320.0}
        shape = shapely.box(left, Y - 4, left + 80, Y)
        told = {"announced_on": since, "notice_no": "파주시 공고 2020-1", "documents": NOTICE, "geometry": shape}
        (uid,) = self.edit(None, "DESIGNATE", values=values, **told)
        self.begin(uid, since, width, left, left + 80)
        self.keep()

    @precondition(any_open)
    @rule(data=st.data(), width=WIDTHS, days=STEPS)
    def widen(self, data, width, days):
        uid = self.pick(data)
        since, last = self.later(uid, days), self.roads[uid]["slices"][-1]
        if width == last[2]:
            width += 1.0
        self.edit(uid, "CHANGE_WIDTH", effective_on=since, values={"width_m": width})
        last[1] = since
        self.roads[uid]["slices"].append([since, None, width])
        self.keep()

    @precondition(any_open)
    @rule(data=st.data(), north=st.sampled_from([-1.0, 1.0]), days=STEPS)
    def realign(self, data, north, days):
        uid = self.pick(data)
        road, since = self.roads[uid], self.later(uid, days)
        moved = {**road, "top": road["top"] + north}
        length = road["right"] - road["left"]
        values = {"length_m": length, "area_m2": 4 * length}
        self.edit(uid, "CHANGE_ALIGNMENT", effective_on=since, geometry=self.ground(moved), values=values)
        road["top"] += north
        road["slices"][-1][1] = since
        road["slices"].append([since, None, road["slices"][-1][2]])
        self.keep()

    @precondition(lambda self: self.roads)
    @rule(data=st.data(), width=WIDTHS)
    def correct(self, data, width):
        uid = data.draw(st.sampled_from(sorted(self.roads)))
        self.edit(uid, "CORRECT", values={"width_m": width}, consents_required=None, consents_obtained=None)
        self.roads[uid]["slices"][-1][2] = width
        self.keep()

    @precondition(any_open)
    @rule(data=st.data(), days=STEPS)
    def abolish(self, data, days):
        uid = self.pick(data)
        since = self.later(uid, days)
        self.edit(uid, "ABOLISH", effective_on=since)
        self.end(uid, since)
        self.keep()

    @precondition(any_open)
    @rule(data=st.data(), days=STEPS)
    def split(self, data, days):
        uid = self.pick(data)
        road, since = self.roads[uid], self.later(uid, days)
        middle = (road["left"] + road["right"]) / 2
        sides = [(road["left"], middle), (middle, road["right"])]
        parts = tuple(
            Part({"length_m": b - a, "area_m2": 4 * (b - a)}, shapely.MultiPolygon([self.ground(road, a, b)]))
            for a, b in sides
        )
        _, *made = self.edit(uid, "SPLIT", effective_on=since, parts=parts)
        self.end(uid, since)
        for new, (a, b) in zip(made, sides, strict=True):
            self.begin(new, since, road["slices"][-1][2], a, b, road["top"])
        self.keep()

    def pairs(self):
        still = [(uid, road) for uid, road in getattr(self, "roads", {}).items() if not road["ended"]]
        return [
            (a, b) for a, one in still for b, two in still if one["right"] == two["left"] and one["top"] == two["top"]
        ]

    @precondition(pairs)
    @rule(data=st.data(), width=WIDTHS, days=STEPS)
    def merge(self, data, width, days):
        one, two = data.draw(st.sampled_from(self.pairs()))
        since = max(self.later(one, days), self.later(two, days))
        left, right, top = self.roads[one]["left"], self.roads[two]["right"], self.roads[one]["top"]
        values = {"width_m": width, "length_m": right - left, "area_m2": 4 * (right - left)}
        *_, whole = self.edit(one, "MERGE", also=(two,), effective_on=since, values=values)
        self.end(one, since)
        self.end(two, since)
        self.begin(whole, since, width, left, right, top)
        self.keep()

    @precondition(any_open)
    @rule(data=st.data())
    def refuse(self, data):
        """A stale version, a day that is not after, an end of what has ended: each is refused and changes nothing."""
        uid = self.pick(data)
        road, at = self.roads[uid], START + timedelta(days=400)
        given = {"officer": "kim", "at": at, "reason": "측량"}
        wider = {"values": {"width_m": 99.0}, "documents": PAPER, **AGREED}
        event = Event("CHANGE_WIDTH", effective_on=self.later(uid, 1), **wider)
        with pytest.raises(Stale):
            store.amend_road(self.city, uid, event, versions={uid: road["version"] + 1}, **given)
        event = Event("CHANGE_WIDTH", effective_on=self.later(uid, 0), **wider)
        with pytest.raises(RuleBroken):
            store.amend_road(self.city, uid, event, versions={uid: road["version"]}, **given)
        for ended, held in self.roads.items():
            if held["ended"]:
                event = Event("ABOLISH", effective_on=date(2026, 1, 1), documents=PAPER, **AGREED)
                with pytest.raises(Conflict):
                    store.amend_road(self.city, ended, event, versions={ended: held["version"]}, **given)

    def days(self):
        return [FIRST + timedelta(days=40 * n) for n in range(12)]

    def expected(self, roads):
        """Return road, day and width for every slice that the model says was true on one of `days`."""
        return {
            (uid, day, width)
            for uid, road in roads.items()
            for since, until, width in road["slices"]
            for day in self.days()
            if since <= day and (until is None or day < until)
        }

    def told(self, known_at=None):
        return {
            (row["road_uid"], day, row["width_m"])
            for day in self.days()
            for row in store.as_of(self.city, "roads", on=day, known_at=known_at)
        }

    @invariant()
    def agrees(self):
        if not getattr(self, "edits", 0):
            return
        assert self.told() == self.expected(self.roads)
        held = {uid: store.versions(self.city, uid)[0]["version"] for uid in self.roads}
        assert held == {uid: road["version"] for uid, road in self.roads.items()}
        entries = audit.entries(self.city, "2026-04")
        assert sum(entry["action"] != "registry.import" for entry in entries) == self.edits
        assert store.verify(self.city) == []


TestRegister = Register.TestCase
TestRegister.settings = settings(
    max_examples=8, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
)
