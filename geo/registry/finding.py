"""One line of a review: a test, its verdict, what was required and measured, and the facts it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import floor
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry

from geo.registry.fronting import Fronting
from geo.registry.parcel import Site
from geo.registry.statute import RULES
from geo.registry.zoning import Zoning

Verdict = Literal["PASS", "PASS_WITH_SETBACK", "FAIL", "REVIEW", "NOT_APPLICABLE", "UNKNOWN_COVERAGE"]

VERDICT_NAMES: dict[Verdict, str] = {
    "PASS": "적합",
    "PASS_WITH_SETBACK": "건축선 후퇴 조건으로 적합",
    "FAIL": "부적합",
    "REVIEW": "담당자 검토 필요",
    "NOT_APPLICABLE": "적용 제외",
    "UNKNOWN_COVERAGE": "자료 미구축으로 판단할 수 없음",
}

OUTSIDE = "도로 자료 구축이 끝난 구역 밖이어서 다른 도로가 있는지 알 수 없다"


@dataclass(frozen=True)
class Input:
    """A fact that a test stands on."""

    name: str
    value: Any
    source: str
    as_of: date | None = None
    accuracy_m: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as interface.md has it."""
        on = None if self.as_of is None else self.as_of.isoformat()
        return {"name": self.name, "value": self.value, "source": self.source, "as_of": on,
                "accuracy_m": self.accuracy_m}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One test of the review."""

    id: str
    verdict: Verdict
    sentence: str
    required: Any = None
    measured: Any = None
    unit: str | None = None
    inputs: tuple[Input, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as interface.md has it, with its article."""
        rule = RULES[self.id]
        return {
            "id": self.id,
            "verdict": self.verdict,
            "required": self.required,
            "measured": self.measured,
            "unit": self.unit,
            "article": rule.article,
            "in_force_since": rule.in_force_since,
            "inputs": [each.to_dict() for each in self.inputs],
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class Case:
    """Everything the tests are handed: the facts of one site on one day."""

    site: Site
    ground: BaseGeometry
    """The site without the roads drawn into it."""
    zoning: Zoning
    binds: bool | None
    """Whether 법 44-47 bind; None where the zoning leaves it open."""
    fronts: tuple[Fronting, ...]
    covered: bool
    as_of: date
    use: str | None
    gfa_m2: float | None

    @cached_property
    def roads(self) -> tuple[Fronting, ...]:
        """Roads by law that 법 44 counts."""
        return tuple(each for each in self.fronts if each.is_road and not each.motor_only)

    @cached_property
    def maybe_roads(self) -> tuple[Fronting, ...]:
        """Roads that 법 44 counts if evidence shows they are roads."""
        return tuple(each for each in self.fronts if each.may_be_road and not each.motor_only)


def metres(value: float) -> str:
    """Write a length in metres to the centimetre below, without idle zeros: 1.996 is 1.99, 4.0 is 4."""
    return f"{floor(value * 100 + 1e-6) / 100:.2f}".rstrip("0").rstrip(".")


def contact_inputs(road: Fronting, as_of: date) -> tuple[Input, ...]:
    """Return the measured contact with one road as facts."""
    source = f"연속지적도와 {road.row.get('geometry_source') or '도로 도형'}의 경계"
    found = (
        Input("contact_total_m", round(road.contact.total_m, 3), source, as_of, road.accuracy_m),
        Input("contact_longest_m", round(road.contact.longest_m, 3), source, as_of, road.accuracy_m),
    )
    gap = road.meeting.gap_m
    return (*found, Input("gap_m", round(gap, 3), source, as_of, road.accuracy_m)) if gap > 0 else found


def width_input(road: Fronting, as_of: date) -> Input:
    """Return the width that counts as a fact; a legal width has no error."""
    sources = {"designated": "지정된 너비", "announced": "고시·공고된 너비", "measured": "잰 너비"}
    stated = road.width.stated_m is not None
    source = sources.get(str(road.row.get("width_source")), "대장의 너비(출처 미상)") if stated else "도형에서 잰 너비"
    return Input(f"width_m:{road.uid}", road.width.value_m, source, as_of, road.width.band_m)
