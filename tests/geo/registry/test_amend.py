"""Events of a road against the rules of 건축법 제45조, drawn by hand."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import BadInput, Conflict, NotFound, RuleBroken
from geo.registry.amend import COLUMNS, amend
from geo.registry.event import Document, Event, Part, read

X, Y = 184_000.0, 587_000.0
PAPER, NOTICE = Document("폐지신청서 별지26", "건축과-1"), Document("공고문", "파주시 공고 2020-1")
AGREED = {"consents_required": 2, "consents_obtained": 2}


def area(left, right):
    return shapely.MultiPolygon([shapely.box(X + left, Y, X + right, Y + 4)])


def road(**changed):
    row = {
        "road_uid": "r-1", "legal_basis": "NAMOK", "designation_route": "CONSENT", "status": "DESIGNATED",
        "valid_from": "2010-03-02", "width_m": 4.0, "length_m": 100.0, "area_m2": 400.0, "geometry": area(0, 100),
    }  # fmt: skip
    return dict.fromkeys(COLUMNS) | row | changed


def do(held, at, kind, *, others=(), reason="측량", **told):
    return amend(held, Event(kind, **told), officer="kim", at=at, reason=reason, others=others)


def widen(at, held=None, **told):
    given = {"effective_on": date(2020, 5, 1), "documents": (PAPER,), "values": {"width_m": 6.0}, **AGREED} | told
    return do(held or road(), at, "CHANGE_WIDTH", **given)


def designate(at, **told):
    given = {
        "decided_on": date(2020, 1, 2), "announced_on": date(2020, 1, 10), "notice_no": "파주시 공고 2020-1",
        "documents": (NOTICE,), "geometry": area(0, 50),
        "values": {"width_m": 4.0, "length_m": 50.0, "area_m2": 200.0}, **AGREED,
    }  # fmt: skip
    return do(None, at, "DESIGNATE", **(given | told))


def test_a_change_ends_one_slice_and_begins_the_next(at):
    (change,) = widen(at).changes
    assert (change.past["valid_from"], change.past["valid_to"], change.past["width_m"]) == (
        "2010-03-02", "2020-05-01", 4.0,
    )  # fmt: skip
    assert (change.row["valid_from"], change.row["valid_to"], change.row["width_m"]) == ("2020-05-01", None, 6.0)
    assert change.row["status"] == "CHANGED"


def test_a_designation(at):
    done = designate(at)
    (change,) = done.changes
    assert change.new
    assert (change.row["valid_from"], change.row["status"], change.row["designated_on"]) == (
        "2020-01-10", "DESIGNATED", "2020-01-02",
    )  # fmt: skip
    assert done.record["consents_obtained"] == 2
    assert "parties" not in done.record


@pytest.mark.parametrize(
    ("told", "member"),
    [
        ({"announced_on": None, "effective_on": date(2020, 1, 10)}, "announced_on"),
        ({"notice_no": None}, "notice_no"),
        ({"documents": (PAPER,)}, "documents"),
        ({"documents": ()}, "documents"),
        ({"geometry": None}, "geometry"),
        ({"consents_obtained": 1}, "consents"),
        ({"consents_required": None}, "consents"),
        ({"consents_required": 0}, "consents"),
        ({"decided_on": date(2020, 2, 1)}, "announced_on"),
        ({"effective_on": date(2020, 1, 9)}, "effective_on"),
        ({"announced_on": date(2099, 1, 1)}, "announced_on"),
        ({"values": {"width_m": 4.0, "length_m": 50.0, "area_m2": 300.0}}, "area_m2"),
        ({"values": {"length_m": 50.0, "area_m2": 200.0}}, "width_m"),
        ({"values": {"status": "PLANNED"}}, "status"),
        ({"reason": " "}, "reason"),
        ({"reason": "010-1234-5678 민원"}, "reason"),
        ({"geometry": shapely.transform(area(0, 50), lambda p: p + 90_000)}, "geometry"),
    ],
)
def test_a_designation_that_breaks_a_rule(at, told, member):
    with pytest.raises(RuleBroken) as refused:
        designate(at, **told)
    assert refused.value.parameter == member
    assert refused.value.korean


@pytest.mark.parametrize(("decided", "needed"), [(date(1999, 2, 7), False), (date(1999, 2, 8), True)])
def test_a_notice_is_needed_from_1999_02_08(at, decided, needed):
    told = {"decided_on": decided, "announced_on": None, "notice_no": None, "effective_on": decided}
    if not needed:
        assert designate(at, **told).changes[0].row["announced_on"] is None
        return
    with pytest.raises(RuleBroken, match="announced"):
        designate(at, **told)


def test_a_committee_stands_in_for_consents_at_designation_only(at):
    alone = {"consents_required": None, "consents_obtained": None}
    values = {"width_m": 4.0, "length_m": 50.0, "area_m2": 200.0, "designation_route": "COMMITTEE_CUSTOMARY"}
    assert designate(at, values=values, committee="2020년 제3회", **alone).changes
    with pytest.raises(RuleBroken, match="committee"):
        designate(at, values=values, **alone)
    with pytest.raises(RuleBroken, match="제45조제2항"):
        widen(at, road(designation_route="COMMITTEE_CUSTOMARY"), committee="2020년 제3회", **alone)


@pytest.mark.parametrize("kind", ["CHANGE_WIDTH", "CHANGE_ALIGNMENT", "SPLIT", "MERGE", "ABOLISH", "DESIGNATE"])
def test_what_has_ended_is_a_conflict(at, kind):
    ended = road(status="ABOLISHED", valid_to="2019-01-01")
    with pytest.raises(Conflict):
        do(ended, at, kind, effective_on=date(2020, 1, 1), documents=(PAPER,), **AGREED)


def test_states_that_do_not_fit(at):
    with pytest.raises(Conflict, match="already"):
        do(road(), at, "DESIGNATE")
    with pytest.raises(Conflict, match="planned"):
        widen(at, road(status="PLANNED"))
    with pytest.raises(NotFound):
        do(None, at, "ABOLISH", effective_on=date(2020, 1, 1), documents=(PAPER,), **AGREED)


def test_an_abolished_road_was_true_before(at):
    (change,) = do(road(), at, "ABOLISH", effective_on=date(2020, 1, 1), documents=(PAPER,), **AGREED).changes
    assert (change.row["status"], change.row["valid_from"], change.row["valid_to"]) == (
        "ABOLISHED", "2010-03-02", "2020-01-01",
    )  # fmt: skip


def test_a_correction_leaves_legal_time_alone(at):
    for held in (road(), road(status="ABOLISHED", valid_to="2019-01-01")):
        (change,) = do(held, at, "CORRECT", values={"name": "가나길"}, documents=(PAPER,)).changes
        assert change.past is None
        assert {n: change.row[n] for n in ("valid_from", "valid_to", "status")} == {
            n: held[n] for n in ("valid_from", "valid_to", "status")
        }
    for wrong in (
        {"values": {"valid_from": "2000-01-01"}}, {"values": {"status": "DISPUTED"}}, {"values": {}},
        {"values": {"name": "a"}, "effective_on": date(2020, 1, 1)}, {"values": {"name": "a"}, "documents": ()},
    ):  # fmt: skip
        with pytest.raises(RuleBroken):
            do(road(), at, "CORRECT", **({"documents": (PAPER,)} | wrong))


def split(at, *places, **told):
    parts = tuple(Part({"length_m": b - a, "area_m2": 4.0 * (b - a)}, area(a, b)) for a, b in places)
    return do(road(), at, "SPLIT", effective_on=date(2020, 1, 1), parts=parts, **told)


def test_a_split_covers_the_road_and_a_merge_undoes_it(at):
    ended, first, second = split(at, (0, 40), (40, 100)).changes
    assert (ended.row["valid_to"], first.row["area_m2"], second.row["area_m2"]) == ("2020-01-01", 160.0, 240.0)
    assert len({ended.row["road_uid"], first.row["road_uid"], second.row["road_uid"]}) == 3
    for wrong in (((0, 100),), ((0, 40), (45, 100)), ((0, 60), (40, 100))):
        with pytest.raises(RuleBroken):
            split(at, *wrong)
    told = {"effective_on": date(2021, 1, 1), "values": {"length_m": 100.0, "area_m2": 400.0}}
    *gone, whole = do(first.row, at, "MERGE", others=[second.row], **told).changes
    assert [change.row["valid_to"] for change in gone] == ["2021-01-01"] * 2
    assert whole.row["geometry"].equals(road()["geometry"])
    far = road(road_uid="far", geometry=area(200, 300))
    with pytest.raises(RuleBroken, match="do not touch"):
        do(road(), at, "MERGE", others=[far], **told)


@settings(deadline=None)
@given(days=st.lists(st.integers(-5, 400), min_size=1, max_size=8))
def test_slices_of_legal_time_never_overlap_nor_leave_a_gap(days):
    from datetime import datetime
    from zoneinfo import ZoneInfo

    at = datetime(2026, 4, 30, 9, tzinfo=ZoneInfo("Asia/Seoul"))
    held, slices = road(), []
    for turn, step in enumerate(days):
        since = date.fromisoformat(held["valid_from"]) + timedelta(days=step)
        if step <= 0:
            with pytest.raises(RuleBroken, match="is not after"):
                widen(at, held, effective_on=since, values={"width_m": 5.0 + turn})
            continue
        (change,) = widen(at, held, effective_on=since, values={"width_m": 5.0 + turn}).changes
        slices.append(change.past)
        held = change.row
    slices.append(held)
    assert slices[0]["valid_from"] == "2010-03-02"
    assert all(a["valid_to"] == b["valid_from"] for a, b in pairwise(slices))


@pytest.mark.parametrize(
    "document",
    [
        {}, {"event": "MOVE"}, {"event": "ABOLISH", "x": 1}, {"event": "ABOLISH", "effective_on": "2020-02-30"},
        {"event": "ABOLISH", "documents": [{"kind": "메모", "ref": "1"}]}, {"event": "ABOLISH", "documents": "x"},
        {"event": "ABOLISH", "values": {"owner": "x"}}, {"event": "ABOLISH", "values": {"width_m": -1}},
        {"event": "SPLIT", "parts": [{"values": {}}]}, {"event": "ABOLISH", "consents": {"required": 1.5}},
        {"event": "ABOLISH", "geometry": 3}, {"event": "ABOLISH", "notice_no": "x" * 300},
    ],
)  # fmt: skip
def test_a_document_that_is_no_event(document):
    with pytest.raises(BadInput):
        read(document)
