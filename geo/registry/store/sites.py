"""The site that somebody names: by PNUs, an address, a point or a drawn polygon; its parcels and their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import isfinite

import shapely
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import bindparam, or_, select

from geo.database import City, read
from geo.errors import BadInput, Gone, NotFound
from geo.geometry_type import decode
from geo.registry import address as addresses
from geo.registry import pnu as numbers
from geo.registry.parcel import STREET, Site
from geo.registry.rows import Row, words
from geo.registry.store.around import recognitions
from geo.registry.store.fetching import Asked, in_box, near
from geo.registry.store.retiring import successors
from geo.registry.store.tables import HISTORY, PARCELS, PERMITS, RECOGNITIONS, SOURCES
from geo.statement import Snapshot, Statement, box, snapshot

NEIGHBOUR_M = 1.0
_SLIVER_M2 = 0.01
_SEAM_M = 0.001  # parcels that share an edge may differ by rounding
_BESSEL = ("EPSG:5174", "EPSG:2097", "EPSG:5178")
_BESSEL_ACCURACY_M = 1.0  # of the transformation from Korean 1985 (EPSG registry)


def site(
    city: City,
    *,
    pnus: Sequence[str] | None = None,
    address: str | None = None,
    point: tuple[float, float] | None = None,
    polygon: BaseGeometry | None = None,
) -> Site:
    """Return the site that exactly one of these names: PNUs, an address, a point or a polygon in EPSG:5186.

    Raises BadInput for a malformed PNU, Gone for a retired parcel (naming those in its place), NotFound for none.
    """
    given = [value for value in (pnus, address, point, polygon) if value is not None]
    if len(given) != 1:
        raise BadInput("name the site once: by PNUs, by address, by point or by polygon", parameter="site")
    with snapshot(city, PARCELS, PERMITS, RECOGNITIONS, SOURCES) as held:
        if polygon is not None:
            return _of_polygon(held, polygon)
        if point is not None:
            return _of_parcels(held, [_parcel_under(held, *point)])
        if address is not None:
            said = addresses.resolve(address)
            pnus = _counted(held, said.require(), said.more_parcels)
        named = (numbers.from_building_register(pnu) or numbers.check(pnu) for pnu in pnus or ())
        return _of_parcels(held, list(dict.fromkeys(named)))


@cache
def _led_by() -> Asked:
    return Asked(PERMITS, lambda _, table: table.c.main_pnu == bindparam("pnu"))


def _counted(held: Snapshot, pnu: str, more: int) -> Sequence[str]:
    """Return the parcels of an address that ends in '외 N필지', which only a permit of that site can name."""
    if not more:
        return [pnu]
    sites = {frozenset(words(row["pnus"])) | {pnu} for row in _led_by().rows(held, {"pnu": pnu})}
    fitting = [site for site in sites if len(site) == more + 1]
    if len(fitting) != 1:
        raise BadInput(
            f"{more} more parcels than {pnu} are counted and not named; name each by its PNU",
            korean=f"'외 {more}필지'가 어느 필지인지 알 수 없습니다. 모든 필지의 PNU를 '+'로 이어 주십시오.",
            parameter="address",
        )
    return [pnu, *sorted(fitting[0] - {pnu})]


@cache
def _named() -> Asked:
    return Asked(PARCELS, lambda _, table: table.c.pnu == bindparam("pnu"))


_STREETS = Statement(
    lambda held: (
        select(PARCELS.c.pnu, PARCELS.c.jibun, PARCELS.c.jimok, PARCELS.c.geom)
        .where(in_box(held, PARCELS), or_(*(PARCELS.c.jimok == name for name in STREET)))
        .order_by(PARCELS.c.fid)
    )
)


def _streets(held: Snapshot, ground: BaseGeometry, pnus: Sequence[str]) -> tuple[Row, ...]:
    """Return the parcels of 지목 도로 beside a site of other parcels: `pnu`, `jibun`, `jimok` and geometry."""
    rows = _STREETS.rows(held, box(ground.bounds, NEIGHBOUR_M))
    shapes = decode(held, [row[-1] for row in rows])
    return tuple(
        {"pnu": pnu, "jibun": jibun, "jimok": jimok, "geometry": shape}
        for (pnu, jibun, jimok, _), shape in zip(rows, shapes, strict=True)
        if pnu not in pnus and ground.dwithin(shape, NEIGHBOUR_M)
    )


def _of_parcels(held: Snapshot, pnus: Sequence[str]) -> Site:
    if not pnus:
        raise BadInput("no PNU given", korean="PNU가 없습니다.", parameter="pnu")
    parcels = []
    for pnu in pnus:
        found = _named().rows(held, {"pnu": pnu})
        if not found:
            raise _absent(held, pnu)
        parcels += found
    shapes = [row["geometry"] for row in parcels]
    ground = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes, grid_size=_SEAM_M)
    area = sum(row["area_m2"] or row["geometry"].area for row in parcels)
    return _site(held, parcels, ground, float(area))


def _of_polygon(held: Snapshot, polygon: BaseGeometry) -> Site:
    if polygon.geom_type not in ("Polygon", "MultiPolygon") or polygon.is_empty or not polygon.is_valid:
        raise BadInput(
            f"the site is no valid polygon: {shapely.is_valid_reason(polygon)} ({polygon.geom_type})",
            korean="대지 도형이 올바른 다각형이 아닙니다.",
            parameter="geometry",
        )
    touching = near(PARCELS).within(held, polygon, 0.0)
    under = [row for row in touching if row["geometry"].intersection(polygon).area > _SLIVER_M2]
    if not under:
        raise NotFound("no parcel lies under the polygon", korean="도형 아래에 필지가 없습니다.", parameter="geometry")
    return _site(held, sorted(under, key=lambda row: str(row["pnu"])), polygon, float(polygon.area))


def _site(held: Snapshot, parcels: Sequence[Row], ground: BaseGeometry, area_m2: float) -> Site:
    pnus = tuple(row["pnu"] for row in parcels)
    place = numbers.place_of(pnus[0])
    bessel = any(row["source_crs"] in _BESSEL for row in parcels)
    return Site(
        pnus=pnus,
        address=numbers.describe(pnus),
        area_m2=area_m2,
        geometry=_simple(ground),
        emd=place.emd,
        emd_type=place.emd_type,
        parcels=tuple(parcels),
        streets=_streets(held, ground, pnus),
        accuracy_m=_BESSEL_ACCURACY_M if bessel else None,
        recognitions=recognitions(held, pnus, ground),
    )


def _simple(ground: BaseGeometry) -> BaseGeometry:
    return ground.geoms[0] if isinstance(ground, MultiPolygon) and len(ground.geoms) == 1 else ground


def _absent(held: Snapshot, pnu: str) -> NotFound:
    name = numbers.describe([pnu])
    with read(held.city, PARCELS, HISTORY["parcels"]) as connection:
        now = successors(connection, pnu)
    if now is not None:
        left = ", ".join(f"{numbers.describe([other])} ({other})" for other in now)
        return Gone(
            f"parcel {pnu} ({name}) has been retired; on its ground stands {left or 'no parcel'}",
            korean=f"{name}({pnu})은(는) 말소된 필지입니다. 그 땅의 현재 필지: {left or '없음'}.",
            parameter="pnu",
            successors=now,
        )
    return NotFound(
        f"parcel {pnu} ({name}) is not in the register",
        korean=f"{name}({pnu}) 필지가 대장에 없습니다.",
        parameter="pnu",
    )


def _parcel_under(held: Snapshot, x: float, y: float) -> str:
    if not (isfinite(x) and isfinite(y)):
        raise BadInput(f"point {x}, {y} is not finite", korean="좌표가 올바르지 않습니다.", parameter="point")
    found = near(PARCELS).within(held, shapely.Point(x, y), 0.0)
    if not found:
        raise NotFound(
            f"no parcel at x={x:.2f}, y={y:.2f} (EPSG:5186)",
            korean=f"좌표({x:.2f}, {y:.2f})에 필지가 없습니다.",
            parameter="point",
        )
    return min(str(row["pnu"]) for row in found)
