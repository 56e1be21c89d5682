"""What the register holds: a site, the roads, permits, zones and coverage around it, as of a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select, true

from geo import frame
from geo.crs import CITY
from geo.database import City, overlaps, read
from geo.errors import BadInput, Gone, NotFound
from geo.registry import address as addresses
from geo.registry import pnu as numbers
from geo.registry.columns import KINDS
from geo.registry.parcel import Site
from geo.registry.store.tables import COVERAGE, CURRENT, HISTORY, PARCELS, PERMITS, ROADS, SITES, SOURCES, ZONING

NEAR_M = 30.0  # of a site: roads it may front, and those whose corner cuts it
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

    Raises BadInput for a malformed PNU, Gone for a retired parcel, NotFound where there is none.
    """
    given = [value for value in (pnus, address, point, polygon) if value is not None]
    if len(given) != 1:
        raise BadInput("name the site once: by PNUs, by address, by point or by polygon", parameter="site")
    with read(city, PARCELS, HISTORY["parcels"], SOURCES) as connection:
        if polygon is not None:
            return _of_polygon(connection, polygon)
        if point is not None:
            return _of_parcels(connection, [_parcel_under(connection, *point)])
        if address is not None:
            pnus = [addresses.resolve(address).require()]
        return _of_parcels(connection, [numbers.check(pnu) for pnu in dict.fromkeys(pnus or ())])


def _of_parcels(connection: Connection, pnus: Sequence[str]) -> Site:
    if not pnus:
        raise BadInput("no PNU given", korean="PNU가 없습니다.", parameter="pnu")
    found = _frame(connection, PARCELS, PARCELS.c.pnu.in_(pnus)).set_index("pnu", drop=False)
    for pnu in pnus:
        if pnu not in found.index:
            raise _absent(connection, pnu)
    found = found.loc[list(pnus)].reset_index(drop=True)
    shapes = found.geometry.to_numpy()
    ground = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes, grid_size=_SEAM_M)
    register = found["area_m2"].astype(float)
    area = float(register.fillna(found.geometry.area).sum())
    return _site(connection, found, ground, area)


def _of_polygon(connection: Connection, polygon: BaseGeometry) -> Site:
    if polygon.geom_type not in ("Polygon", "MultiPolygon") or polygon.is_empty or not polygon.is_valid:
        raise BadInput(
            f"the site is no valid polygon: {shapely.is_valid_reason(polygon)} ({polygon.geom_type})",
            korean="대지 도형이 올바른 다각형이 아닙니다.",
            parameter="geometry",
        )
    under = _touching(connection, PARCELS, polygon)
    under = under[shapely.area(shapely.intersection(under.geometry.to_numpy(), polygon)) > _SLIVER_M2]
    if under.empty:
        raise NotFound("no parcel lies under the polygon", korean="도형 아래에 필지가 없습니다.", parameter="geometry")
    return _site(connection, under.sort_values("pnu", ignore_index=True), polygon, float(polygon.area))


def _site(connection: Connection, parcels: gpd.GeoDataFrame, ground: BaseGeometry, area_m2: float) -> Site:
    pnus = tuple(parcels["pnu"])
    place = numbers.place_of(pnus[0])
    around = _touching(connection, PARCELS, ground, within_m=NEIGHBOUR_M)
    bessel = parcels["source_crs"].isin(_BESSEL).any()
    return Site(
        pnus=pnus,
        address=numbers.describe(pnus),
        area_m2=area_m2,
        geometry=_simple(ground),
        emd=place.emd,
        emd_type=place.emd_type,
        parcels=parcels,
        neighbours=around[~around["pnu"].isin(pnus)].reset_index(drop=True),
        accuracy_m=_BESSEL_ACCURACY_M if bessel else None,
    )


def _simple(ground: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(ground)
    return parts[0] if len(parts) == 1 else ground


def _absent(connection: Connection, pnu: str) -> NotFound:
    name = numbers.describe([pnu])
    past = HISTORY["parcels"]
    if connection.execute(select(past.c.fid).where(past.c.pnu == pnu).limit(1)).first():
        return Gone(
            f"parcel {pnu} ({name}) has been retired", korean=f"{name}({pnu})은(는) 말소된 필지입니다.", parameter="pnu"
        )
    return NotFound(
        f"parcel {pnu} ({name}) is not in the register",
        korean=f"{name}({pnu}) 필지가 대장에 없습니다.",
        parameter="pnu",
    )


def _parcel_under(connection: Connection, x: float, y: float) -> str:
    if not np.isfinite([x, y]).all():
        raise BadInput(f"point {x}, {y} is not finite", korean="좌표가 올바르지 않습니다.", parameter="point")
    found = _touching(connection, PARCELS, shapely.Point(x, y))
    if found.empty:
        raise NotFound(
            f"no parcel at x={x:.2f}, y={y:.2f} (EPSG:5186)",
            korean=f"좌표({x:.2f}, {y:.2f})에 필지가 없습니다.",
            parameter="point",
        )
    return str(found["pnu"].min())


def roads_near(city: City, geometry: BaseGeometry, on: date) -> gpd.GeoDataFrame:
    """Return every road within 30 m of `geometry` (EPSG:5186), `in_force` on the day or not, abolished ones too."""
    with read(city, ROADS, SOURCES) as connection:
        found = _touching(connection, ROADS, geometry, within_m=NEAR_M)
    day = on.isoformat()
    started = found["valid_from"] <= day
    ended = (found["valid_to"].notna() & (found["valid_to"].fillna("") <= day)) | (
        (found["status"] == "ABOLISHED") & found["valid_to"].isna()
    )
    return found.assign(in_force=(started & ~ended).astype(bool))


def permits_of(city: City, pnus: Sequence[str], on: date) -> gpd.GeoDataFrame:
    """Return the permits whose site holds one of `pnus`, but those applied for after the day."""
    applied = or_(PERMITS.c.applied_on.is_(None), PERMITS.c.applied_on <= on.isoformat())
    with read(city, PERMITS, SITES, SOURCES) as connection:
        named = PERMITS.c.permit_id.in_(select(SITES.c.permit_id).where(SITES.c.pnu.in_(pnus)))
        return _frame(connection, PERMITS, and_(named, applied))


def zoning_at(city: City, geometry: BaseGeometry, on: date) -> gpd.GeoDataFrame:
    """Return the zones in force on the day that share ground with `geometry` (EPSG:5186)."""
    day = on.isoformat()
    in_force = and_(
        or_(ZONING.c.valid_from.is_(None), ZONING.c.valid_from <= day),
        or_(ZONING.c.valid_to.is_(None), ZONING.c.valid_to > day),
    )
    with read(city, ZONING, SOURCES) as connection:
        found = _touching(connection, ZONING, geometry, condition=in_force)
    shared = shapely.intersection(found.geometry.to_numpy(), geometry)
    return found[(shapely.area(shared) > _SLIVER_M2) | (geometry.area == 0)].reset_index(drop=True)


def coverage_at(city: City, geometry: BaseGeometry) -> gpd.GeoDataFrame:
    """Return where the register is complete, of what touches `geometry` (EPSG:5186)."""
    with read(city, COVERAGE, SOURCES) as connection:
        found = _touching(connection, COVERAGE, geometry)
    return found.assign(source=found["source"].fillna(found["source_file"]))


def permits(city: City) -> gpd.GeoDataFrame:
    """Return every permit."""
    with read(city, PERMITS, SOURCES) as connection:
        return _frame(connection, PERMITS, true())


def parcels_at(city: City, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return every parcel that a geometry of `places` (EPSG:5186) touches."""
    with read(city, PARCELS, SOURCES) as connection:
        if places.empty:
            return _frame(connection, PARCELS, ~true())
        left, bottom, right, top = places.total_bounds
        found = _frame(connection, PARCELS, overlaps(connection, PARCELS, (left, bottom, right, top)))
    rows = np.unique(shapely.STRtree(found.geometry).query(places.geometry, predicate="intersects")[1])
    return found.iloc[rows].reset_index(drop=True)


def sources(city: City) -> pd.DataFrame:
    """Return every file imported, oldest first: kind, file, sha256, rows, crs, encoding, imported_at, officer."""
    with read(city, SOURCES) as connection:
        rows = connection.execute(select(SOURCES).order_by(SOURCES.c.id)).mappings().all()
    return pd.DataFrame(rows, columns=[column.name for column in SOURCES.columns])


def everything(city: City, kind: str) -> gpd.GeoDataFrame:
    """Return every row of a kind."""
    with read(city, CURRENT[kind], SOURCES) as connection:
        return _frame(connection, CURRENT[kind], true())


def _touching(
    connection: Connection,
    table: Table,
    geometry: BaseGeometry,
    *,
    within_m: float = 0.0,
    condition: ColumnElement[bool] | None = None,
) -> gpd.GeoDataFrame:
    """Return the rows within so many metres of `geometry`: candidates from the index, the answer from GEOS."""
    left, bottom, right, top = geometry.bounds
    box = (left - within_m, bottom - within_m, right + within_m, top + within_m)
    near = overlaps(connection, table, box)
    found = _frame(connection, table, near if condition is None else and_(near, condition))
    shapely.prepare(geometry)
    return found[shapely.dwithin(geometry, found.geometry.to_numpy(), within_m)].reset_index(drop=True)


def _frame(connection: Connection, table: Table, condition: ColumnElement[bool]) -> gpd.GeoDataFrame:
    """Return rows: the kind's columns, `source`, `imported_on`, `source_file`, `source_crs`, geometry EPSG:5186."""
    kind = KINDS[table.name]
    fields = [table.c[name] for name in kind.columns]
    imported = (SOURCES.c.file.label("source_file"), SOURCES.c.imported_at, SOURCES.c.crs.label("source_crs"))
    query = (
        select(*fields, *imported, table.c.geom)
        .join_from(table, SOURCES, table.c.source_id == SOURCES.c.id)
        .where(condition)
        .order_by(table.c.fid)
    )
    names = [*kind.columns, "source_file", "imported_at", "source_crs", "geometry"]
    rows = pd.DataFrame(connection.execute(query).all(), columns=names, dtype=object)
    for field in kind.fields:
        if field.type in ("number", "count"):
            rows[field.name] = rows[field.name].astype(float)
    if "source" not in kind.columns:  # coverage has one of its own: who found the register complete
        rows["source"] = rows["source_file"]
    rows["imported_on"] = rows["imported_at"].str[:10]
    rows["synthetic"] = rows["synthetic"].astype(bool)
    found = gpd.GeoDataFrame(rows.drop(columns="imported_at"), geometry="geometry", crs=CITY)
    return frame.check(found, kind.columns)
