"""One road that a site fronts: how it stands, where they meet, and how far the building line must fall back there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

import shapely
from shapely.geometry.base import BaseGeometry

from geo.registry import frontage
from geo.registry.duty import Duty, Width, duty_of, width_of
from geo.registry.frontage import Contact
from geo.registry.rows import Row
from geo.registry.standing import Standing, standing
from geo.registry.zoning import Zoning

UNSTATED_ACCURACY_M = 0.5  # an edited cadastral map (연속지적도), where the source states none


@dataclass(frozen=True)
class Fronting:
    """A road of the register and the site's contact with it."""

    row: Row
    shape: BaseGeometry
    standing: Standing
    contact: Contact
    loose: Contact
    """Contact when edges may lie apart by the data's error."""
    accuracy_m: float
    width: Width
    duty: Duty | None
    """None where 법 44-47 do not bind, or the row is surely no road or for cars only."""

    @property
    def uid(self) -> str:
        """The road's identifier."""
        return str(self.row["road_uid"])

    @property
    def motor_only(self) -> bool:
        """자동차만의 통행에 사용되는 도로, which 법 44① leaves out."""
        return bool(self.row.get("motor_only"))

    @property
    def name(self) -> str:
        """What the officer knows the road by."""
        named = self.row.get("name") or ""
        number = self.row.get("designation_no")
        return f"{named or '도로'}({number})" if number else named or f"도로 {self.uid[:8]}"

    @property
    def meeting(self) -> Contact:
        """The contact, or where the data's error alone keeps the edges apart, what it would be."""
        return self.contact if self.contact.lines else self.loose

    @property
    def is_road(self) -> bool:
        """Say whether it is surely a road by law."""
        return self.standing.answer == "ROAD"

    @property
    def may_be_road(self) -> bool:
        """Say whether evidence decides if it is a road."""
        return self.standing.answer == "REVIEW"


def front(
    ground: BaseGeometry,
    rows: Sequence[Row],
    *,
    zoning: Zoning,
    binds: bool,
    site_accuracy_m: float | None,
    as_of: date,
) -> tuple[Fronting, ...]:
    """Return every road of `rows` that the ground meets, or may meet within the data's error; longest contact first."""
    found, outline = [], frontage.Outline(ground)
    shapely.prepare(ground)
    for row in rows:
        stated = row.get("accuracy_m")
        accuracy = max(UNSTATED_ACCURACY_M if stated is None else stated, site_accuracy_m or 0.0)
        reach = max(accuracy, frontage.TOLERANCE_M)
        shape = row["geometry"]
        if not ground.dwithin(shape, reach):
            continue
        stands = standing(row, as_of)
        loose = outline.contact(shape, tolerance_m=reach)
        if not loose.lines:
            continue
        # edges that run nearer than the tolerance all along run so at any greater one
        contact = loose if loose.gap_m < frontage.TOLERANCE_M else outline.contact(shape)
        drawn = frontage.widths_m(loose.lines, shape)
        width = width_of(row, shape, round(median(drawn), 2) if drawn else None, accuracy)
        bound = binds and stands.answer != "NOT_ROAD" and not row.get("motor_only")
        duty = duty_of(row, width, zoning) if bound else None
        found.append(Fronting(row, shape, stands, contact, loose, accuracy, width, duty))
    return tuple(sorted(found, key=lambda each: (-each.contact.total_m, each.uid)))
