"""How things look and what they are called in Korean; the web viewer is built from the same style.json."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from geo.maps.store import asset


@dataclass(frozen=True, slots=True)
class Look:
    """Colour (#rrggbb), hatch and outline of one kind of thing, and its Korean name."""

    label: str
    colour: str
    pattern: str = "none"
    """none, slash, backslash, cross, dots, horizontal, vertical or grid: colour never tells alone."""
    dash: tuple[int, ...] = ()
    """Lengths of strokes and gaps of the outline, pixels; empty is a solid line."""
    line: str = ""
    """What the dash is called, where people are told."""
    faint: bool = False
    """For areas so wide that a strong hatch would hide what lies under them."""


@dataclass(frozen=True, slots=True)
class WidthClass:
    """Roads narrower than `below_m` (None: every other) and not in a narrower class."""

    below_m: float | None
    look: Look


@dataclass(frozen=True, slots=True)
class Style:
    """Everything that style.json says."""

    change_classes: Mapping[str, Look]
    change_hidden: Look
    road_bases: Mapping[str, Look]
    road_statuses: Mapping[str, Look]
    road_widths: tuple[WidthClass, ...]
    road_width_unknown: Look
    disaster: Mapping[str, Look]
    depth_classes: tuple[Look, ...]
    """From shallow to deep: those of the national flood map, whose colours are not published as numbers."""
    depth_changes: tuple[Look, ...]
    """Between two floods, from much shallower to much deeper."""
    depth_uncertain: Look
    zone_types: Mapping[str, str]
    work_states: Mapping[str, str]
    """What stands before a state's own label, by state."""
    notice: str
    synthetic: str


@cache
def style() -> Style:
    """Read the style that ships with the product."""
    said = orjson.loads(asset("style.json"))
    return Style(
        change_classes=_looks(said["change_classes"]),
        change_hidden=_look(said["change_hidden"]),
        road_bases=_looks(said["road_bases"]),
        road_statuses=_looks(said["road_statuses"]),
        road_widths=tuple(WidthClass(one["below_m"], Look(one["label"], one["colour"])) for one in said["road_widths"]),
        road_width_unknown=Look(**said["road_width_unknown"], dash=(2, 5)),
        disaster=_looks(said["disaster"]),
        depth_classes=tuple(Look(**one) for one in said["depth_classes"]),
        depth_changes=tuple(Look(**one) for one in said["depth_changes"]),
        depth_uncertain=Look(**said["depth_uncertain"]),
        zone_types=said["zone_types"],
        work_states={id: one["icon"] for id, one in said["work_states"].items()},
        notice=said["notice"],
        synthetic=said["synthetic"],
    )


def _looks(said: Mapping[str, Any]) -> dict[str, Look]:
    return {id: _look(one) for id, one in said.items()}


def _look(said: Mapping[str, Any]) -> Look:
    return Look(**{**said, "dash": tuple(said["dash"])})


def road_width(width_m: float | None) -> Look:
    """Return the look of a road by its legal width in metres; None or NaN is a width that nobody stated."""
    if width_m is None or width_m != width_m:
        return style().road_width_unknown
    return next(one.look for one in style().road_widths if one.below_m is None or width_m < one.below_m)
