"""Is a delivery acceptable: what its sheets cover, how they agree, and what is wrong with them."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import epsg_of
from geo.orthophoto import sheet_index
from geo.orthophoto.sheet import Sheet

# How far sheets lie off when a Bessel system is taken for another (computed with PROJ 9.5 at Paju, metres): the two
# belts on that datum are easily confused, and so is leaving its move to the world's datum out.
SHIFTS = (("EPSG:5174 and EPSG:2097 may have been confused", 255, 1), ("its datum may have been left out", 183, 308))
SHIFT_AGREES_M = 40
ON_ITS_CELL = 0.98  # sheets are delivered with a margin, or cut to the cell: either way one holds the other
GSD_AGREES = 0.01  # sheets of one flight differ by less
STRETCH_PERCENT = (1, 99)  # of all sampled 16-bit values: what lies outside is clouds, glass and sensor noise


@dataclass(frozen=True)
class Delivery:
    """A delivery's report; it is refused whole when there is an error."""

    sheets: tuple[Sheet, ...]
    """Finest first, then by name: where sheets overlap, the first one shows."""
    footprint: BaseGeometry
    """What the sheets cover, EPSG:5186."""
    coverage_pct: float
    """Share of the city's area."""
    gaps: tuple[BaseGeometry, ...]
    """Parts of the city without imagery, largest first, EPSG:5186."""
    overlaps: tuple[tuple[str, str, float], ...]
    """Names of two sheets and the area in m2 that both show."""
    duplicates: tuple[tuple[str, str], ...]
    """Names of two files that are the same sheet."""
    missing: tuple[str, ...]
    """Sheets of the 1:5,000 index of which the city's part is not shown at all."""
    partial: tuple[str, ...]
    """Sheets of the index of which the city's part is shown in part."""
    stretch: tuple[float, float] | None
    """16-bit values that become 0 and 255; None for 8 bits."""
    errors: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def gsd_m(self) -> float:
        """The finest, in metres."""
        return min(sheet.gsd_m for sheet in self.sheets)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values; geometries are GeoJSON geometries in EPSG:5186."""
        return {
            "acceptable": not self.errors,
            "coverage_pct": round(self.coverage_pct, 2),
            "errors": list(self.errors),
            "warnings": list(self.warnings),
            "stretch": self.stretch,
            "sheets": [_row(sheet) for sheet in self.sheets],
            "gsd_m": self.gsd_m if self.sheets else None,
            "index": {"scale": "1:5,000", "missing": list(self.missing), "partial": list(self.partial)},
            "duplicates": [list(pair) for pair in self.duplicates],
            "overlaps": [{"sheets": [a, b], "area_m2": round(area, 1)} for a, b, area in self.overlaps],
            "crs": "EPSG:5186",
            "gaps": [{"area_m2": round(gap.area, 1), "geometry": shapely.geometry.mapping(gap)} for gap in self.gaps],
        }


def _row(sheet: Sheet) -> dict[str, Any]:
    return {
        "name": sheet.name,
        "crs": f"EPSG:{epsg_of(sheet.grid.crs)}",
        "bounds": list(sheet.grid.bounds),
        "width_px": sheet.grid.width,
        "height_px": sheet.grid.height,
        "gsd_m": sheet.gsd_m,
        "bands": sheet.bands,
        "dtype": sheet.dtype,
        "nodata": sheet.nodata,
        "captured_on": sheet.captured_on.isoformat() if sheet.captured_on else None,
        "format": sheet.format,
        "index": sheet_index.number_in(sheet.name),
    }


def examine(
    sheets: Sequence[Sheet], faults: Sequence[str], city: BaseGeometry, captured_on: date | None = None
) -> Delivery:
    """Report on `sheets`, with the `faults` of those that could not be described; `city` is its boundary, EPSG:5186."""
    ordered = tuple(sorted(sheets, key=lambda sheet: (sheet.gsd_m, sheet.name, str(sheet.path))))
    footprint = shapely.union_all([sheet.footprint for sheet in ordered])
    seam = min((sheet.gsd_m for sheet in ordered), default=0.0)  # round-off at seams is no gap
    uncovered = shapely.get_parts(city.difference(footprint.buffer(seam, join_style="mitre")))
    overlaps = _overlaps(ordered)
    twins, copies = _duplicates(ordered)
    errors = [*faults, *twins, *_disagreements(ordered)]
    missing, partial = sheet_index.lacking(sheet_index.over(city), city, footprint.buffer(seam, join_style="mitre"))
    if ordered and not any(sheet.levels for sheet in ordered):
        errors.append("no sheet shows any ground: every sampled pixel is nodata")
    gaps = tuple(sorted((gap for gap in uncovered if gap.area), key=lambda gap: -gap.area))
    doubts = [f"{a} and {b} are the same sheet" for a, b in copies] + _doubts(ordered, overlaps, captured_on)
    if ordered:
        doubts += [*_off_the_index(ordered), *_lacks(gaps, missing, partial)]
    return Delivery(
        sheets=ordered,
        footprint=footprint,
        coverage_pct=100 * city.intersection(footprint).area / city.area,
        gaps=gaps,
        overlaps=overlaps,
        duplicates=tuple(copies),
        missing=tuple(missing),
        partial=tuple(partial),
        stretch=_stretch(ordered),
        errors=tuple(errors),
        warnings=tuple(doubts),
    )


def _lacks(gaps: tuple[BaseGeometry, ...], missing: list[str], partial: list[str]) -> list[str]:
    found = []
    if gaps:
        area = sum(gap.area for gap in gaps) / 1e6
        found.append(f"{area:,.2f} km2 of the city are not shown, in {len(gaps)} gaps")
    if missing or partial:
        found.append(f"of the 1:5,000 index {len(missing)} sheets are missing and {len(partial)} are shown in part")
    return found


def _off_the_index(sheets: tuple[Sheet, ...]) -> list[str]:
    """Return a warning for each sheet that does not lie where the number in its name says: a datum may be wrong."""
    found = []
    for sheet in sheets:
        number = sheet_index.number_in(sheet.name)
        cell = sheet_index.numbered(number) if number else None
        if number is None:
            continue
        if cell is None:
            found.append(f"{sheet.name} carries the number {number}, which the 1:5,000 index does not have")
            continue
        share = cell.outline.intersection(sheet.footprint).area / min(cell.outline.area, sheet.footprint.area)
        if share < ON_ITS_CELL:
            a, b = cell.outline.centroid, sheet.footprint.centroid
            found.append(
                f"{sheet.name} lies {b.x - a.x:+,.0f} m east and {b.y - a.y:+,.0f} m north of sheet {number} of the "
                f"index; {_cause(b.x - a.x, b.y - a.y)}"
            )
    return found


def _cause(east: float, north: float) -> str:
    for words, x, y in SHIFTS:
        if math.hypot(abs(east) - x, abs(north) - y) < SHIFT_AGREES_M:
            return f"check its coordinate system: {words}"
    return "check its name or its coordinate system"


def _overlaps(sheets: tuple[Sheet, ...]) -> tuple[tuple[str, str, float], ...]:
    if len(sheets) < 2:
        return ()
    outlines = np.array([sheet.footprint for sheet in sheets])
    found = []
    for a, b in sorted(shapely.STRtree(outlines).query(outlines, "intersects").T.tolist()):
        if a < b:
            area = outlines[a].intersection(outlines[b]).area
            # a row of pixels that neighbours share, or round-off between CRS, is no overlap
            if area > 2 * sheets[a].gsd_m * max(outlines[a].length, outlines[b].length) / 4:
                found.append((sheets[a].name, sheets[b].name, float(area)))
    return tuple(found)


def _duplicates(sheets: tuple[Sheet, ...]) -> tuple[list[str], list[tuple[str, str]]]:
    """Return sheets that lie on the same place and differ (errors), and those that are the same (warnings)."""
    seen: dict[Any, Sheet] = {}
    twins: list[str] = []
    copies: list[tuple[str, str]] = []
    for sheet in sheets:
        key = (sheet.grid.crs.to_epsg(), sheet.grid.bounds)
        other = seen.setdefault(key, sheet)
        if other is sheet:
            continue
        if other.print == sheet.print:
            copies.append((other.name, sheet.name))
        else:
            twins.append(f"{other.name} and {sheet.name} show the same place differently; deliver one of them")
    return twins, copies


def _disagreements(sheets: tuple[Sheet, ...]) -> list[str]:
    kinds = Counter((sheet.bands, sheet.dtype) for sheet in sheets)
    if len(kinds) < 2:
        return []
    (bands, dtype), _ = kinds.most_common(1)[0]
    odd = next(sheet for sheet in sheets if (sheet.bands, sheet.dtype) != (bands, dtype))
    return [f"{odd.name} has {odd.bands} bands of {odd.dtype}, most sheets have {bands} of {dtype}"]


def _doubts(
    sheets: tuple[Sheet, ...], overlaps: tuple[tuple[str, str, float], ...], captured_on: date | None
) -> list[str]:
    found = []
    if overlaps:
        a, b, area = max(overlaps, key=lambda overlap: overlap[2])
        found.append(f"{len(overlaps)} pairs of sheets overlap, most {a} and {b} ({area:,.0f} m2); the first shows")
    systems = sorted({epsg_of(sheet.grid.crs) for sheet in sheets})
    if len(systems) > 1:
        found.append("sheets come in several coordinate systems: " + ", ".join(f"EPSG:{code}" for code in systems))
    sizes = [sheet.gsd_m for sheet in sheets]
    if sizes and max(sizes) > min(sizes) * (1 + GSD_AGREES):
        found.append(f"pixels are {min(sizes):g} to {max(sizes):g} m wide; the finest sets the pyramid")
    found += [f"{sheet.name} shows no ground in a sample of its pixels" for sheet in sheets if not sheet.levels]
    for sheet in sheets:
        if captured_on and sheet.captured_on and sheet.captured_on != captured_on:
            found.append(f"{sheet.name} says it was captured on {sheet.captured_on}, not {captured_on}")
    return found


def _stretch(sheets: tuple[Sheet, ...]) -> tuple[float, float] | None:
    values = [sheet.levels for sheet in sheets if sheet.dtype == "uint16" and sheet.levels]
    if not values:
        return None
    low, high = np.percentile(np.concatenate(values), STRETCH_PERCENT)
    return round(float(low), 1), round(float(max(high, low + 1)), 1)
