"""A collection's rows, out of the city's database or the shipped boundaries."""

import geopandas as gpd
import shapely
from sqlalchemy import Table, func, select

from geo import boundaries
from geo.crs import CITY
from geo.database import City, geometry_column, overlaps, read
from geo.errors import NotFound
from geo.features.collections import Collection
from geo.grid import Bounds


def items(
    city: City, collection: Collection, *, bounds: Bounds | None = None, limit: int = 10, offset: int = 0
) -> tuple[gpd.GeoDataFrame, int]:
    """Return one page of rows whose geometry meets `bounds` (EPSG:5186), and how many there are in all.

    Rows come in the order of `id_column`, so that pages neither miss nor repeat one.
    """
    if collection.table is None:
        frame = _shipped(collection, bounds)
        return frame.iloc[offset : offset + limit], len(frame)
    return _stored(city, collection, collection.table, bounds, limit, offset)


def item(city: City, collection: Collection, id: str) -> gpd.GeoDataFrame:
    """Return the one row named `id`. Raises NotFound."""
    if collection.table is None:
        frame = _shipped(collection, None)
        frame = frame[frame[collection.id_column] == id]
    else:
        table, geometry = collection.table, geometry_column(collection.table)
        columns = [table.c[name] for name in collection.columns]
        with read(city, table) as connection:
            query = select(*columns, geometry).where(table.c[collection.id_column] == id).limit(1)
            frame = _frame(connection.execute(query).all(), collection)
    if frame.empty:
        raise NotFound(
            f"no {collection.id} {id!r}", korean=f"{collection.title} '{id}'이(가) 없습니다.", parameter="featureId"
        )
    return frame


def _stored(
    city: City, collection: Collection, table: Table, bounds: Bounds | None, limit: int, offset: int
) -> tuple[gpd.GeoDataFrame, int]:
    columns = [table.c[name] for name in collection.columns]
    with read(city, table) as connection:
        query = select(*columns, geometry_column(table))
        count = select(func.count()).select_from(table)
        if bounds is not None:
            inside = overlaps(connection, table, bounds)
            query, count = query.where(inside), count.where(inside)
        query = query.order_by(table.c[collection.id_column]).limit(limit).offset(offset)
        return _frame(connection.execute(query).all(), collection), connection.scalar(count) or 0


def _frame(rows: object, collection: Collection) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(rows, columns=[*collection.columns, "geometry"], geometry="geometry", crs=CITY)


def _shipped(collection: Collection, bounds: Bounds | None) -> gpd.GeoDataFrame:
    frame = boundaries.emd() if collection.id == "emd" else boundaries.ri()
    if bounds is not None:
        frame = frame[frame.intersects(shapely.box(*bounds))]
    return frame[[*collection.columns, "geometry"]].sort_values(collection.id_column)
