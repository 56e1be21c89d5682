"""Parcels, the site they make together, and what the authority has recognised for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from shapely.geometry.base import BaseGeometry

from geo.registry.rows import Row

COLUMNS = ("pnu", "jibun", "jimok", "area_m2", "synthetic")
"""Of a frame of parcels: PNU of 19 digits, lot number with 지목, 지목, register area (m2), drawn or real."""

STREET = ("도", "도로")
"""지목 도로, as the map and as the register write it."""
SHAPES = ("Polygon", "MultiPolygon")

ZONING_COLUMNS = ("kind", "name", "notice_no", "notice_on", "valid_from", "valid_to", "synthetic")
ZONING_KINDS = ("용도지역", "지구단위계획구역")
URBAN_ENDINGS = ("주거지역", "상업지역", "공업지역", "녹지지역", "도시지역")
"""A 용도지역 whose name ends so is 도시지역 (국토계획법 제36조제1항제1호)."""
RURAL_ENDINGS = ("관리지역", "농림지역", "자연환경보전지역")

COVERAGE_COLUMNS = ("legal_basis", "complete_as_of", "source", "synthetic")
"""Of a frame of coverage: inside a row's geometry the register of that legal basis is complete."""

EmdType = Literal["동", "읍", "면"]
Recognised = Literal["출입지장없음", "공지"]
"""What 법 44① leaves to the authority: 1호 access is not hindered, 2호 open ground (영 28①) takes the road's place."""
RECOGNISED: tuple[str, ...] = get_args(Recognised)
RECOGNITION_COLUMNS = (
    "recognition_id",
    "kind",
    "document_no",  # None: claimed, and not yet filed
    "decided_on",
    "valid_to",  # exclusive: withdrawn
    "main_pnu",
    "pnus",  # all parcels of the site it was decided for, ";" between them
    "synthetic",
)
"""Of a frame of recognitions; geometry a Point on the main parcel, EPSG:5186."""


@dataclass(frozen=True)
class Recognition:
    """A decision of the authority that takes the place of contact with a road; without a document it proves nothing."""

    kind: Recognised
    document_no: str | None
    decided_on: date | None
    valid_to: date | None = None
    """Exclusive: the day it was withdrawn."""

    def holds(self, on: date) -> bool:
        """Say whether it is proved and in force on a day."""
        decided = bool(self.document_no) and self.decided_on is not None and self.decided_on <= on
        return decided and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True)
class Site:
    """The ground of one building project: one parcel, several, or a polygon over parts of some."""

    pnus: tuple[str, ...]
    address: str
    """For people: '파평면 율곡리 100-1 외 2필지'."""
    area_m2: float
    """By the register; by geometry where the site is a polygon."""
    geometry: BaseGeometry
    """Polygon or MultiPolygon, EPSG:5186: the union of the parcels, without seams."""
    emd: str
    """Name of the 동, 읍 or 면, as '파평면'."""
    emd_type: EmdType
    parcels: Sequence[Row]
    """COLUMNS and geometry, EPSG:5186."""
    streets: Sequence[Row] = ()
    """Parcels of 지목 도로 beside the site, where they are at hand: by themselves they are no road by law."""
    accuracy_m: float | None = None
    """Error of the parcel boundaries, where the source states one."""
    recognitions: tuple[Recognition, ...] = ()
