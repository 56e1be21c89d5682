"""What 법 46① asks of a site along one road: the set-back for every value that the facts may have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from geo.registry import statute
from geo.registry.facts import Way, Zone
from geo.registry.rows import Row
from geo.registry.zoning import Zoning

_LEGAL_SOURCES = ("designated", "announced")
_LEAST_DISAGREEMENT_M = 0.1
_TWO_EDGES = 1.5  # a width lies between two edges, each off by the data's error


@dataclass(frozen=True)
class Width:
    """How wide a road is, by the register and as drawn."""

    stated_m: float | None
    """By the register."""
    is_legal: bool
    """Designated or announced, and so exact."""
    drawn_m: float | None
    """Across from the contact (median)."""
    accuracy_m: float
    disagrees: bool
    """Stated and drawn lie farther apart than the data's error explains."""

    @property
    def value_m(self) -> float | None:
        """The width that counts: the register's, else as drawn."""
        return self.drawn_m if self.stated_m is None else self.stated_m

    @property
    def band_m(self) -> float:
        """How far the width may be off; nothing for a legal one."""
        return 0.0 if self.is_legal else self.accuracy_m


@dataclass(frozen=True)
class Duty:
    """The set-back along one road."""

    required_m: float
    setback_m: float
    """The greater where an obstacle opposite or the zone is unknown."""
    doubts: tuple[str, ...]
    """Korean clauses, one for each fact that leaves the set-back open."""


def width_of(row: Row, shape: BaseGeometry, drawn_m: float | None, accuracy_m: float) -> Width:
    """Put the register's width beside the drawn one.

    Drawn narrower at the contact is a disagreement; drawn wider only where the whole road is (a mouth is wide).
    """
    stated = row.get("width_m")
    legal = stated is not None and row.get("width_source") in _LEGAL_SOURCES
    disagrees = False
    if stated is not None and drawn_m is not None:
        allowed = max(_LEAST_DISAGREEMENT_M, _TWO_EDGES * accuracy_m)
        wider = min(drawn_m, _strip_width_m(shape)) > stated + allowed
        disagrees = drawn_m < stated - allowed or wider
    return Width(stated, legal, drawn_m, accuracy_m, disagrees)


def _strip_width_m(shape: BaseGeometry) -> float:
    """Return the width of the strip that has the area and the perimeter of `shape`."""
    half = shape.length / 2
    return float((half - max(half * half - 4 * shape.area, 0.0) ** 0.5) / 2)


def duty_of(row: Row, width: Width, zoning: Zoning) -> Duty:
    """Work out the set-back along a road, and whether another value of a doubtful fact would change it."""
    if width.value_m is None:
        return Duty(statute.THROUGH_ROAD_M, 0.0, ("도로의 너비를 알 수 없다",))
    stated = row.get("opposite_obstacle")
    facts = _Facts(
        width_m=width.value_m,
        kinds=_kinds(row, width.accuracy_m),
        opposites=(stated,) if stated else ("없음", "하천"),
        terrain=bool(row.get("terrain_designated")),
        zones=zoning.possible(),
    )
    nominal = [facts.outcome(zone=zone, opposite=each) for zone in facts.zones for each in facts.opposites]
    required, setback = max(each[0] for each in nominal), max(each[1] for each in nominal)
    return Duty(required, setback, tuple(_doubts(row, width, facts)))


_Kind = tuple[bool, float | None]


@dataclass(frozen=True)
class _Facts:
    """What each fact may be, the stated value first."""

    width_m: float
    kinds: tuple[_Kind, ...]
    opposites: tuple[str, ...]
    terrain: bool
    zones: tuple[Zone, ...]

    def outcome(
        self, *, kind: _Kind | None = None, zone: Zone | None = None, opposite: str | None = None, off: float = 0.0
    ) -> tuple[float, float]:
        """Return required width and set-back for the stated facts, one or more of them changed."""
        dead_end, length = kind or self.kinds[0]
        way = Way(max(self.width_m + off, 0.1), dead_end, length, self.terrain, opposite or self.opposites[0])
        required = statute.required_width_m(way, zone or self.zones[0])
        return required, statute.setback_m(way, required)


def _kinds(row: Row, accuracy_m: float) -> tuple[_Kind, ...]:
    """Return (dead end, its length) as stated, and then as the data's error or a missing fact would have it."""
    dead_end, length = row.get("is_dead_end"), row.get("dead_end_length_m")
    if dead_end is None:
        return (False, None), (True, 9.0), (True, 34.0), (True, 35.0)
    if not dead_end:
        return ((False, None),)
    if length is None:
        return (True, 35.0), (True, 9.0), (True, 34.0)
    return (True, length), (True, max(length - accuracy_m, 0.0)), (True, length + accuracy_m)


def _doubts(row: Row, width: Width, facts: _Facts) -> Iterator[str]:
    """Name each fact whose other values would change the set-back."""
    length, band, narrowest = row.get("dead_end_length_m"), width.band_m, row.get("width_min_m")
    if len({facts.outcome(kind=kind)[1] for kind in facts.kinds}) > 1:
        if row.get("is_dead_end") is None:
            yield "막다른 도로인지 적혀 있지 않다"
        elif length is None:
            yield "막다른 도로의 길이가 적혀 있지 않다"
        else:
            yield f"막다른 도로의 길이 {length:g} m가 경계(10 m, 35 m)의 오차 ±{width.accuracy_m:g} m 안에 있다"
    if len({facts.outcome(zone=zone)[1] for zone in facts.zones}) > 1:
        yield "용도지역이 분명하지 않아 소요너비를 정할 수 없다"
    if len({facts.outcome(opposite=each)[1] for each in facts.opposites}) > 1:
        yield "도로 반대쪽에 경사지·하천·철도·선로부지가 있는지 적혀 있지 않다"
    if len({facts.outcome(off=off)[1] > 0 for off in (-band, 0.0, band)}) > 1:
        yield f"너비 {width.value_m:g} m는 지정·공고된 값이 아니라 잰 값이다(오차 ±{band:g} m)"
    if width.stated_m is None:
        yield "대장에 너비가 적혀 있지 않다"
    if width.disagrees:
        yield f"대장의 너비 {width.stated_m:g} m와 도형의 너비 {width.drawn_m:g} m가 다르다"
    required, setback = facts.outcome()
    if narrowest is not None and setback == 0 and narrowest < required:
        yield f"가장 좁은 곳의 너비가 {narrowest:g} m이다"
