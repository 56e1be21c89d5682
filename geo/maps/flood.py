"""Modelled floods on a map: their colours, their legend, and a scenario as one picture that travels in a page."""

from __future__ import annotations

from functools import cache
from typing import Any

from geo.disaster.picture import Colour, Palette
from geo.maps.style import Look, style


@cache
def palette() -> Palette:
    """Return the colours that a modelled flood is drawn with."""
    looks = style()
    return Palette(
        classes=[_rgb(look) for look in looks.depth_classes],
        changes=[_rgb(look) for look in looks.depth_changes],
        hatch=_rgb(looks.depth_uncertain),
        watermark=(140, 0, 0),
    )


def _rgb(look: Look) -> Colour:
    red, green, blue = bytes.fromhex(look.colour.removeprefix("#"))
    return red, green, blue


def legend() -> dict[str, Any]:
    """Return what the colours of depth and of its change mean, as the service tells it."""
    looks = style()
    names = {"legend": looks.depth_classes, "compare_legend": looks.depth_changes}
    return {name: [{"label": look.label, "colour": look.colour} for look in found] for name, found in names.items()}
