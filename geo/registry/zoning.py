"""What the zoning says of a site on a day, and whether the register of roads is complete there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import product

import shapely
from shapely.geometry.base import BaseGeometry

from geo.registry.facts import Zone
from geo.registry.parcel import RURAL_ENDINGS, URBAN_ENDINGS, EmdType
from geo.registry.rows import Row, Rows, in_force, records

_SLIVER = 0.01  # share of the site; zoning maps and parcels are drawn apart


@dataclass(frozen=True)
class Zoning:
    """The zones of a site; None where the map does not say, or says both."""

    urban: bool | None
    district_unit_plan: bool | None
    emd_type: EmdType
    rows: tuple[Row, ...]
    """Zones that meet the site, as the frame had them, each with `share` (0 to 1) and without geometry."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the 용도지역, the largest share first."""
        return tuple(row["name"] for row in self.rows if row["kind"] == "용도지역")

    def possible(self) -> tuple[Zone, ...]:
        """Return every zone the site may stand in."""
        urban = (True, False) if self.urban is None else (self.urban,)
        plan = (True, False) if self.district_unit_plan is None else (self.district_unit_plan,)
        return tuple(Zone(u, p, self.emd_type) for u, p in product(urban, plan))


def zoning_of(site: BaseGeometry, emd_type: EmdType, zoning: Rows, as_of: date) -> Zoning:
    """Read the zones of `site` (EPSG:5186) on `as_of`."""
    found = []
    for row in records(zoning):
        shape = row.pop("geometry")
        share = 1.0 if shape.covers(site) else shape.intersection(site).area / site.area
        if share > _SLIVER and in_force(row, as_of):
            found.append(row | {"share": round(share, 3)})
    found.sort(key=lambda row: -row["share"])
    uses = [row for row in found if row["kind"] == "용도지역"]
    plans = [row for row in found if row["kind"] == "지구단위계획구역"]
    urban = {_is_urban(row["name"]) for row in uses}
    whole = sum(row["share"] for row in uses) >= 1 - 5 * _SLIVER
    plan_share = sum(row["share"] for row in plans)
    plan: bool | None = bool(plans) if uses or plans else None
    if plans and plan_share < 1 - 5 * _SLIVER:
        plan = None
    return Zoning(urban.pop() if len(urban) == 1 and whole else None, plan, emd_type, tuple(found))


def _is_urban(name: str) -> bool | None:
    if name.endswith(URBAN_ENDINGS):
        return True
    return False if name.endswith(RURAL_ENDINGS) else None


def is_covered(site: BaseGeometry, coverage: Rows) -> bool:
    """Say whether the registers of 가목 and of 나목 are both complete at the site, so that no road means no road."""
    rows = records(coverage)
    for basis in ("GAMOK", "NAMOK"):
        shapes = [row["geometry"] for row in rows if row["legal_basis"] == basis]
        if any(shape.covers(site) for shape in shapes):
            continue
        inside = shapely.union_all(shapes)
        if site.difference(inside).area > _SLIVER * site.area:
            return False
    return True
