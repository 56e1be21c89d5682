"""The parts of a filter that have a value, each of a kind; literals are checked before anything is made of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import BindParameter

from geo.errors import Unreadable
from geo.features import temporal
from geo.features.temporal import End

GEOMETRY = "geometry"
"""The name by which filters call a feature's geometry, and the kind of what is one."""
DATES = ("date", "period", "time")


@dataclass(frozen=True)
class Term:
    """A part of a filter that has a value: `kind` is a property's kind or `geometry`.

    `value` is an expression, but for geometries and dates that are literals: shapely's, date or datetime.
    """

    kind: str
    value: Any

    @property
    def group(self) -> str:
        """What it can be compared with: whole numbers are numbers."""
        return "number" if self.kind == "integer" else self.kind

    def of(self, kind: str) -> Any:
        """Return its value where it is of that kind. Raises Unreadable."""
        if self.group != kind:
            raise wrong(f"a {self.kind} stands where a {kind} is needed", f"{self.kind}이(가) {kind} 자리에 있습니다")
        return self.value

    @property
    def end(self) -> End:
        """It as an end of a span of time; '2026-04-30' without DATE() means a day, too. Raises Unreadable."""
        if self.kind in DATES:
            return End(self.kind, self.value)
        if self.kind == "text" and isinstance(self.value, BindParameter):
            return End("date", temporal.read(str(self.value.value), "filter"))
        raise wrong(f"a {self.kind} cannot be compared with a date", f"날짜를 {self.kind}와 비교할 수 없습니다")


def instant(node: Mapping[str, Any]) -> Term:
    """Return the day or the hour of CQL2 JSON. Raises Unreadable."""
    if "date" in node:
        return Term("date", temporal.read(str(node["date"]), "filter"))
    return Term("time", temporal.read(str(node["timestamp"]), "filter"))


def shape(node: Mapping[str, Any]) -> BaseGeometry:
    """Return the geometry of CQL2 JSON, in its own numbers. Raises Unreadable."""
    if "bbox" in node:
        box = node["bbox"]
        if len(box) not in (4, 6) or not all(isinstance(each, int | float) for each in box):
            raise wrong("a bbox has four or six numbers", "bbox는 수 네 개 또는 여섯 개입니다")
        half = len(box) // 2
        corners: BaseGeometry = shapely.box(box[0], box[1], box[half], box[half + 1])
        return corners
    try:
        found: BaseGeometry = shapely.from_geojson(json.dumps(node))
    except shapely.errors.GEOSException:
        raise wrong("a geometry cannot be built from its coordinates", "도형을 읽을 수 없습니다") from None
    return found


def json_list(node: Sequence[Any]) -> str:
    """Return a list as it is held and compared. Raises Unreadable for more than texts and numbers."""
    if not all(isinstance(each, str | int | float) for each in node):
        raise wrong("a list holds more than texts and numbers", "목록에는 글과 수만 올 수 있습니다")
    return json.dumps(node, ensure_ascii=False)


def counted(op: str, args: Any, count: int) -> Sequence[Any]:
    """Return the arguments of a function that takes so many. Raises Unreadable."""
    if not isinstance(args, list) or len(args) != count:
        raise wrong(f"{op} takes {count} arguments", f"{op}의 인수는 {count}개입니다")
    return args


def wrong(text: str, korean: str) -> Unreadable:
    """Return the refusal of a filter."""
    return Unreadable(f"the filter cannot be: {text}", korean=f"filter: {korean}.", parameter="filter")
