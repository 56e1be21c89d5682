"""The review of a site as one A4 page to file: verdict, reasons, a drawing, sources; no script, everything escaped."""

from datetime import datetime
from math import atan2, degrees, hypot
from typing import Any

import shapely
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from api import html
from geo.registry.finding import VERDICT_NAMES, metres
from geo.registry.fronting import Fronting
from geo.registry.review import Review

TEMPLATE = "permit_review"
BASES = {"NAMOK": "나목", "GAMOK": "가목", "ADDENDUM_1976": "1976년 부칙", "UNKNOWN": "근거 미상"}
TESTS = {
    "articles_44_47_apply": "적용 여부",
    "road_established": "건축법상 도로",
    "art44_2m": "2 m 접도",
    "art28_2": "6 m 도로에 4 m 접도",
    "setback": "건축선 후퇴",
    "corner_cut": "가각전제",
}
_SIDE = 72.0  # of the drawing, in its own units and in millimetres of paper
_MARGIN_M = 12.0


def policy() -> str:
    """Return the content security policy of the page."""
    return html.policy(TEMPLATE)


def page(review: Review, *, printed_at: datetime) -> str:
    """Return the page as HTML."""
    told, case = review.to_dict(), review.case
    rows = (*case.site.parcels, *(road.row for road in case.fronts), *review.permits)
    facts = {
        **told,
        "verdict": VERDICT_NAMES[review.verdict],
        "names": VERDICT_NAMES,
        "tested": TESTS,
        "basis": BASES,
        "zoning": ", ".join(f"{row['name']} {row['share']:.0%}" for row in case.zoning.rows),
        "use": case.use,
        "gfa_m2": case.gfa_m2,
        "synthetic": any(row.get("synthetic") for row in rows),
        "printed_at": printed_at.strftime("%Y-%m-%d %H:%M"),
        "metres": lambda value: "-" if value is None else f"{metres(value)} m",
        "map": drawing(review),
    }
    return html.fill(TEMPLATE, facts)


def drawing(review: Review) -> Markup:
    """Return the site, its roads, the lines set back and the corners cut, north up, as SVG."""
    site = review.case.site.geometry
    left, bottom, right, top = site.bounds
    size = max(right - left, top - bottom) + 2 * _MARGIN_M
    x0, y0 = (left + right - size) / 2, (bottom + top + size) / 2
    frame, scale = shapely.box(x0, y0 - size, x0 + size, y0), _SIDE / size

    def path(shape: BaseGeometry | None, name: str) -> str:
        seen = None if shape is None else shape.intersection(frame)
        return "" if seen is None or seen.is_empty else f'<path class="{name}" d="{_path(seen, x0, y0, scale)}"/>'

    roads = [path(road.shape, "road" if road.is_road else "road other") for road in review.case.fronts]
    names = [_label(road, frame, x0, y0, scale) for road in review.case.fronts]
    lines = [path(road["setback_line"], "line") for road in review.roads]
    cuts = [path(road["corner_cut"]["geometry"], "cut") for road in review.roads if road["corner_cut"]]
    bar = next(length for length in (5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10**6) if length * scale > 9)
    shown = [*roads, path(site, "site"), *lines, *cuts, *names]
    legend = f'<line class="bar" x1="3" y1="69" x2="{3 + bar * scale:.2f}" y2="69"/><text x="3" y="67.5">{bar} m</text>'
    north = '<path d="M67 3l1.6 5h-3.2z"/><text x="65.6" y="11.5">북</text>'
    head = f'<svg viewBox="0 0 {_SIDE:g} {_SIDE:g}" role="img" aria-label="대지와 도로">'
    return Markup("".join((head, *shown, legend, north, "</svg>")))  # noqa: S704 (numbers and words of our own)


def _label(road: Fronting, frame: BaseGeometry, x0: float, y0: float, scale: float) -> Markup:
    """Return what the road is called and how wide it is, along the middle of what is seen of it."""
    seen = road.shape.intersection(frame)
    if seen.is_empty:
        return Markup("")
    at = shapely.point_on_surface(seen)
    width = "" if road.width.value_m is None else f" {metres(road.width.value_m)} m"
    x, y = f"{(at.x - x0) * scale:.2f}", f"{(y0 - at.y) * scale:.2f}"
    place = Markup(f'x="{x}" y="{y}" transform="rotate({_turn(seen):.0f} {x} {y})"')  # noqa: S704 (numbers alone)
    return Markup('<text class="name" {}>{}{}</text>').format(place, road.row.get("name") or "도로", width)


def _turn(shape: BaseGeometry) -> float:
    """Return by how many degrees a line of text turns to run along a shape, clockwise, never upside down."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))[:3]
    east, north = max(corners[1] - corners[0], corners[2] - corners[1], key=lambda side: hypot(*side))
    return (90 - degrees(atan2(north, east))) % 180 - 90


def _path(shape: Any, x0: float, y0: float, scale: float) -> str:
    """Return the rings and lines of a geometry as an SVG path."""
    drawn = []
    for part in shapely.get_parts(shape).tolist():
        rings = (part.exterior, *part.interiors) if part.geom_type == "Polygon" else (part,)
        for ring in rings:
            points = [f"{(x - x0) * scale:.2f} {(y0 - y) * scale:.2f}" for x, y in shapely.get_coordinates(ring)]
            drawn.append("M" + "L".join(points) + ("Z" if part.geom_type == "Polygon" else ""))
    return "".join(drawn)
