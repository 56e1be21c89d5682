"""A delivery as one small picture: the city, the sheets, what is missing and what lies twice (SVG, by itself)."""

from html import escape

import shapely
from shapely.geometry.base import BaseGeometry

from geo.orthophoto.delivery import Delivery

WIDTH = 900
MARGIN = 20
LEGEND = (
    ("#e8edf2", "#5b6b7a", "city"),
    ("#2b6cb0", "#1a4a80", "sheets"),
    ("#d69e2e", "#8a6414", "overlaps"),
    ("#e53e3e", "#9b1c1c", "gaps"),
)


def svg(held: Delivery, city: BaseGeometry) -> str:
    """Return the map of a delivery; `city` is its boundary, EPSG:5186."""
    left, bottom, right, top = shapely.union_all([city, held.footprint]).bounds
    scale = (WIDTH - 2 * MARGIN) / (right - left)
    height = round((top - bottom) * scale) + 2 * MARGIN + 24

    def path(shape: BaseGeometry, style: str, title: str = "") -> str:
        rings = []
        for part in shapely.get_parts(shapely.simplify(shape, 1 / scale)):
            if part.geom_type == "Polygon":
                rings += [part.exterior, *part.interiors]
        points = (
            " ".join(f"{(x - left) * scale + MARGIN:.1f},{(top - y) * scale + MARGIN:.1f}" for x, y in ring.coords)
            for ring in rings
        )
        steps = "".join(f"M{text}Z" for text in points)
        return f'<path d="{steps}" {style}><title>{escape(title)}</title></path>' if steps else ""

    outlines = {sheet.name: sheet.footprint for sheet in held.sheets}
    drawn = [path(city, 'fill="#e8edf2" stroke="#5b6b7a"', "city")]
    drawn += [path(gap, 'fill="#e53e3e" fill-opacity=".25" stroke="none"', f"gap of {gap.area:,.0f} m2")
              for gap in held.gaps]  # fmt: skip
    drawn += [path(shape, 'fill="#2b6cb0" fill-opacity=".35" stroke="#1a4a80" stroke-width=".5"', name)
              for name, shape in outlines.items()]  # fmt: skip
    drawn += [path(outlines[a].intersection(outlines[b]), 'fill="#d69e2e"', f"{a} and {b}")
              for a, b, _ in held.overlaps]  # fmt: skip
    for number, (fill, stroke, word) in enumerate(LEGEND):
        x, y = MARGIN + 110 * number, height - 24
        drawn.append(f'<rect x="{x}" y="{y}" width="14" height="14" fill="{fill}" stroke="{stroke}"/>')
        drawn.append(f'<text x="{x + 20}" y="{y + 12}">{word}</text>')
    words = f"{len(held.sheets)} sheets, {held.coverage_pct:.2f} % of the city, {len(held.gaps)} gaps"
    drawn.append(f'<text x="{WIDTH - MARGIN}" y="{height - 12}" text-anchor="end">{words}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" '
        f'font-size="13"><rect width="100%" height="100%" fill="white"/>{"".join(drawn)}</svg>\n'
    )
