"""The permit review: facts, geometry and law of one site on one day, put together into a verdict with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import shapely

from geo import notebook
from geo.registry import building_line, frontage, large, lines, reach, sentences, statute
from geo.registry.finding import VERDICT_NAMES, Case, Finding, Input, Verdict
from geo.registry.fronting import Fronting, front
from geo.registry.lines import Cut
from geo.registry.parcel import Site as Site
from geo.registry.permit import OPEN_STATES
from geo.registry.rows import Row, Rows, records
from geo.registry.standing import standing, unregistered
from geo.registry.zoning import is_covered, zoning_of

_AREA_DISAGREES = 0.03  # share of the register's area; 지적 오차 for small parcels is of this order


@dataclass(frozen=True)
class Review:
    """The answer on one site; geometries are shapely's, EPSG:5186."""

    case: Case
    verdict: Verdict
    sentence: str
    tests: tuple[Finding, ...]
    roads: tuple[dict[str, Any], ...]
    permits: tuple[Row, ...]
    hazards: tuple[Any, ...]
    changes: tuple[Any, ...]
    disagreements: tuple[dict[str, Any], ...]
    sources: tuple[dict[str, Any], ...]
    notice: str = sentences.NOTICE

    def to_dict(self) -> dict[str, Any]:
        """Return it in the shape of the interface."""
        site, zoning = self.case.site, self.case.zoning
        return {
            "site": {
                "pnus": list(site.pnus),
                "address": site.address,
                "area_m2": site.area_m2,
                "geometry": site.geometry,
                "emd": site.emd,
                "urban": zoning.urban,
                "district_unit_plan": zoning.district_unit_plan,
                "zoning": [dict(row) for row in zoning.rows],
            },
            "as_of": self.case.as_of.isoformat(),
            "verdict": self.verdict,
            "sentence": self.sentence,
            "tests": [each.to_dict() for each in self.tests],
            "roads": [dict(each) for each in self.roads],
            "permits": [dict(each) for each in self.permits],
            "hazards": list(self.hazards),
            "changes": list(self.changes),
            "disagreements": [dict(each) for each in self.disagreements],
            "sources": [dict(each) for each in self.sources],
            "notice": self.notice,
        }

    def _repr_html_(self) -> str:
        site = self.case.site
        title = f"{VERDICT_NAMES[self.verdict]}: {site.address} ({self.case.as_of.isoformat()})"
        rows = [(statute.RULES[each.id].article, VERDICT_NAMES[each.verdict], each.sentence) for each in self.tests]
        return notebook.table(title, ("근거", "판단", "이유"), rows, under=f"{self.sentence} {self.notice}")


def review(
    site: Site,
    *,
    roads: Rows,
    permits: Rows,
    zoning: Rows,
    coverage: Rows,
    hazards: Sequence[Any],
    changes: Rows,
    as_of: date,
    use: str | None = None,
    gfa_m2: float | None = None,
) -> Review:
    """Review a building on `site` as of a day; rows (frames or plain) as in parcel.py, road.py, permit.py.

    Verdicts come in this order: do 법 44-47 bind, is there a road, do 2 m meet it, is it wide enough for a large
    building, where do building lines fall. What the facts leave open is REVIEW; no road is FAIL only where the
    registers of both legal bases are complete, else UNKNOWN_COVERAGE. A total floor area that is not given is taken to
    be under 2,000 m2, and the sentence says so.
    """
    case = _case(site, roads, zoning, coverage, as_of, use, gfa_m2)
    cuts = lines.cuts(case)
    findings: tuple[Finding, ...] = (
        _applicability(case),
        reach.road_established(case),
        reach.art44(case),
        large.art28(case),
        lines.setback(case, cuts),
        lines.corner_cut(case, cuts),
    )
    verdict, held = _verdict(case, findings), records(permits)
    sentence = sentences.whole(case, verdict, findings, held)
    if as_of < statute.TEXT_HELD_SINCE:
        sentence = sentences.whole_before_the_text(case, verdict)
        verdict = "REVIEW"
        findings = tuple(
            replace(each, verdict="REVIEW", sentence=sentences.before_the_text(case, each)) for each in findings
        )
    return Review(
        case=case,
        verdict=verdict,
        sentence=sentence,
        tests=findings,
        roads=tuple(_road(case, each, cuts) for each in case.fronts),
        permits=tuple(row | {"open": row.get("state") in OPEN_STATES} for row in held),
        hazards=tuple(hazards),
        changes=tuple(records(changes)),
        disagreements=tuple(_disagreements(case)),
        sources=tuple(sentences.sources(case, records(coverage))),
    )


def _case(
    site: Site,
    roads: Rows,
    zoning: Rows,
    coverage: Rows,
    as_of: date,
    use: str | None,
    gfa_m2: float | None,
) -> Case:
    rows = records(roads)
    drawn_in = [
        row["geometry"]
        for row in rows
        if site.geometry.intersects(row["geometry"]) and standing(row, as_of).answer != "NOT_ROAD"
    ]
    apart = all(site.geometry.touches(shape) for shape in drawn_in)  # as nearly all roads are drawn
    ground = frontage.ground(site.geometry, frontage.NOTHING if apart else shapely.union_all(drawn_in))
    zones = zoning_of(site.geometry, site.emd_type, zoning, as_of)
    bound = {statute.articles_44_47_apply(zone) for zone in zones.possible()}
    binds = bound.pop() if len(bound) == 1 else None
    fronts = front(ground, rows, zoning=zones, binds=binds is not False, site_accuracy_m=site.accuracy_m, as_of=as_of)
    return Case(site, ground, zones, binds, fronts, is_covered(site.geometry, coverage), as_of, use, gfa_m2)


def _applicability(case: Case) -> Finding:
    inputs = (
        Input("emd_type", case.site.emd_type, "법정동코드"),
        Input("urban", case.zoning.urban, "용도지역", case.as_of),
        Input("district_unit_plan", case.zoning.district_unit_plan, "지구단위계획구역", case.as_of),
    )
    verdict: Verdict = "REVIEW" if case.binds is None else "PASS" if case.binds else "NOT_APPLICABLE"
    return Finding("articles_44_47_apply", verdict, sentences.applicability(case), None, case.binds, None, inputs)


def _verdict(case: Case, findings: Sequence[Finding]) -> Verdict:
    """Combine the tests: what does not bind, what surely fails, what cannot be known, what is open, what passes."""
    each = {finding.id: finding.verdict for finding in findings}
    if case.binds is None:
        return "REVIEW"
    if case.binds is False:
        return "NOT_APPLICABLE"
    access = (each["art44_2m"], each["art28_2"])
    order: tuple[Verdict, ...] = ("FAIL", "UNKNOWN_COVERAGE")
    for verdict in order:
        if verdict in access:
            return verdict
    rest = (*access, each["setback"], each["corner_cut"])
    order = ("REVIEW", "PASS_WITH_SETBACK")
    return next((verdict for verdict in order if verdict in rest), "PASS")


def _road(case: Case, road: Fronting, cuts: Sequence[Cut]) -> dict[str, Any]:
    row, duty = road.row, road.duty
    setback = duty.setback_m if duty is not None else None
    meeting = road.meeting
    return {
        "id": road.uid,
        "designation_no": row.get("designation_no"),
        "name": row.get("name"),
        "legal_basis": row.get("legal_basis"),
        "status": row.get("status"),
        "standing": road.standing.answer,
        "reason": road.standing.reason,
        "width_m": road.width.value_m,
        "width_source": row.get("width_source") or "none",
        "dead_end": row.get("is_dead_end"),
        "contact_total_m": round(road.contact.total_m, 3),
        "contact_longest_m": round(road.contact.longest_m, 3),
        "required_width_m": duty.required_m if duty is not None else None,
        "setback_m": setback,
        "setback_line": building_line.setback_line(meeting.lines, case.ground, setback or 0.0),
        "deduction_m2": None if setback is None else statute.deduction_m2(setback, meeting.total_m),
        "corner_cut": _corner_cut(road, cuts),
        "notice_no": row.get("notice_no"),
        "designated_on": row.get("designated_on"),
        "announced_on": row.get("announced_on"),
        "valid_to": row.get("valid_to"),
        "consents": {
            "required": row.get("consents_required"),
            "obtained": row.get("consents_obtained"),
            "scope": row.get("consents_scope"),
        },
    }


def _corner_cut(road: Fronting, cuts: Sequence[Cut]) -> dict[str, Any] | None:
    mine = [cut for cut in cuts if road.uid in cut.corner.roads]
    if not mine:
        return None
    return {
        "leg_m": max(cut.leg_m for cut in mine),
        "area_m2": round(sum(cut.area_m2 for cut in mine), 3),
        "angle_deg": [cut.corner.angle_deg for cut in mine],
        "geometry": shapely.union_all([cut.shape for cut in mine]),
    }


def _disagreements(case: Case) -> Iterable[dict[str, Any]]:
    """Name what the register and the ground, or the register and the documents, say differently."""

    def told(what: str, road: Fronting | None, register: Any, drawn: Any, sentence: str) -> dict[str, Any]:
        return {"what": what, "road": None if road is None else road.uid, "register": register, "geometry": drawn,
                "sentence": sentence}  # fmt: skip

    for road in case.fronts:
        if road.width.disagrees:
            sentence = (
                f"{road.name}: 대장의 너비 {road.width.stated_m:g} m와 도형의 너비 {road.width.drawn_m:g} m가 다르다."
            )
            yield told("width_m", road, road.width.stated_m, road.width.drawn_m, sentence)
        if unregistered(road.row):
            sentence = f"{road.name}: 지정 문서는 있으나 도로관리대장에 없다. 성립요건은 아니므로 등재를 정비한다."
            yield told("register_entry", road, None, None, sentence)
        gap = road.meeting.gap_m
        if gap > 0 and road.is_road:
            sentence = f"{road.name}: 도로 도형과 대지 경계가 {gap:.2f} m 어긋난다."
            yield told("boundary", road, None, round(gap, 3), sentence)
    drawn = case.site.geometry.area
    if abs(drawn - case.site.area_m2) > max(_AREA_DISAGREES * case.site.area_m2, 1.0):
        sentence = f"대지의 대장 면적 {case.site.area_m2:g} ㎡와 도형 면적 {drawn:.1f} ㎡가 다르다."
        yield told("area_m2", None, case.site.area_m2, round(drawn, 1), sentence)
