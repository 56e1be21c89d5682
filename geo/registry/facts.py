"""The bare facts that the law asks for, checked as they are read; numbers are exact to the nanometre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any, cast

from geo.errors import BadInput
from geo.registry.parcel import EmdType

_NOISE = Decimal("1e-9")
_LARGEST = 10**9  # no length in metres, no area in m2 of a building site comes near


@lru_cache(maxsize=4096)
def exact(value: float) -> Decimal:
    """Return the decimal number that `value` was written as; float noise below 1e-9 is dropped (0.1 + 0.2 is 0.3)."""
    return Decimal(str(value)).quantize(_NOISE)


@dataclass(frozen=True)
class Zone:
    """Where a site stands, as far as 법 3② and 영 3의3 ask."""

    urban: bool
    """도시지역."""
    district_unit_plan: bool
    """지구단위계획구역."""
    emd_type: EmdType


@dataclass(frozen=True)
class Way:
    """A road as 영 3의3 and 법 46① see it, where it meets the site."""

    width_m: float
    dead_end: bool
    length_m: float | None
    """Of a dead end, from its through road to its end; None for a through road."""
    terrain_designated: bool = False
    """The mayor designated this section because of the terrain (영 3의3 1호)."""
    opposite: str | None = None
    """What stands on the other side, in free words."""


@dataclass(frozen=True)
class Building:
    """What is to be built."""

    use: str
    gfa_m2: float
    """연면적의 합계."""


class Entry:
    """One JSON object whose members are read by name; what is missing or wrong is refused with entry and name."""

    def __init__(self, where: str, members: Any) -> None:
        if not isinstance(members, Mapping):
            raise BadInput(f"{where} is {_shown(members)}, expected an object", parameter=where)
        self.where = where
        self.members = members

    def _required(self, name: str) -> Any:
        value = self.members.get(name)
        if value is None:
            raise BadInput(f"{self.where}: the fact {name} is missing", parameter=name)
        return value

    def part(self, name: str) -> Entry:
        """Return the object under `name`."""
        self._required(name)
        return Entry(f"{self.where}: {name}", self.members[name])

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self._required(name)
        if not isinstance(value, bool):
            raise BadInput(f"{self.where}: {name} is {_shown(value)}, expected true or false", parameter=name)
        return value

    def optional_flag(self, name: str) -> bool:
        """Return true or false; false where it is not said."""
        return self.flag(name) if self.members.get(name) is not None else False

    def text(self, name: str) -> str:
        """Return words, at least one letter of them."""
        value = self._required(name)
        if not isinstance(value, str) or not value.strip():
            raise BadInput(f"{self.where}: {name} is {_shown(value)}, expected words", parameter=name)
        return value

    def optional_text(self, name: str) -> str | None:
        """Return words, or None where nothing is said."""
        return None if self.members.get(name) in (None, "") else self.text(name)

    def number(self, name: str, *, above: float | None = None, below: float = _LARGEST) -> float:
        """Return a finite number that is not negative, greater than `above` where that is given, and under `below`."""
        value = self._required(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadInput(f"{self.where}: {name} is {_shown(value)}, expected a number", parameter=name)
        small = value < 0 or (above is not None and value <= above)
        if small or value >= below or not isfinite(value):
            wanted = f"greater than {above:g}" if above is not None else "0 or more"
            raise BadInput(
                f"{self.where}: {name} is {_shown(value)}, expected a number {wanted} and less than {below:g}",
                parameter=name,
            )
        return float(value)

    def optional_number(self, name: str) -> float | None:
        """Return a number, or None where none is given."""
        return self.number(name) if self.members.get(name) is not None else None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def read_zone(entry: Entry) -> Zone:
    """Read `zone` of an entry."""
    zone = entry.part("zone")
    emd_type = zone.text("emd_type")
    if emd_type not in ("동", "읍", "면"):
        raise BadInput(f"{zone.where}: emd_type is {_shown(emd_type)}, expected 동, 읍 or 면", parameter="emd_type")
    return Zone(zone.flag("urban"), zone.flag("district_unit_plan"), cast(EmdType, emd_type))


def read_way(entry: Entry) -> Way:
    """Read `road` of an entry; a dead end must say its length."""
    road = entry.part("road")
    dead_end = road.flag("dead_end")
    return Way(
        width_m=road.number("width_m", above=0),
        dead_end=dead_end,
        length_m=road.number("length_m") if dead_end else road.optional_number("length_m"),
        terrain_designated=road.optional_flag("terrain_designated"),
        opposite=road.optional_text("opposite"),
    )


def read_building(entry: Entry) -> Building:
    """Read `building` of an entry."""
    building = entry.part("building")
    return Building(building.text("use"), building.number("gfa_m2"))
