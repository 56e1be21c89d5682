"""A vector tile of a collection: which of its rows, how fine, and the bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from geo.crs import CITY, transformer
from geo.features import mvt
from geo.features.mvt import EXTENT
from geo.features.wanted import Rows
from geo.grid import Bounds, Grid

BUFFER = 64
"""Units round a tile in which shapes are drawn on, so that outlines do not show its edge."""
MOST_ROWS = 5_000
"""More rows than this are thinned out, the largest first to stay."""
MOST_VERTICES = 60_000
"""Of one tile, about 250 kB: rows beyond are left out."""
_CLOSE = 0.05
"""Units by which the fitted projection of a tile may be off."""
_PLENTY = 15_000
"""Vertices from which it pays to look for those that nobody sees."""
_FINE = 2.0  # units: half a quarter of a screen pixel, which nobody sees


def reach(grid: Grid) -> Bounds:
    """Return what ground a tile shows with its buffer, EPSG:5186."""
    left, bottom, right, top = grid.bounds
    margin = (right - left) * BUFFER / EXTENT
    wide = left - margin, bottom - margin, right + margin, top + margin
    if grid.crs == CITY:
        return wide
    moved: Bounds = transformer(grid.crs, CITY).transform_bounds(*wide)
    return moved


def draw(rows: Rows, grid: Grid) -> bytes:
    """Return the tile of `rows`; where they have more vertices than one tile may hold, the largest are drawn."""
    left, bottom, right, top = shapely.bounds(rows.shapes).T
    order = np.argsort((left - right) * (top - bottom), kind="stable")
    moved = shapely.transform(rows.shapes[order], _to_units(grid))
    if shapely.count_coordinates(moved) > _PLENTY:
        moved = shapely.simplify(moved, _FINE, preserve_topology=False)
    drawn = shapely.clip_by_rect(moved, -BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    room = np.cumsum(shapely.get_num_coordinates(drawn)) <= MOST_VERTICES
    shown = np.flatnonzero(~shapely.is_empty(drawn) & room)
    if not len(shown):
        return b""
    places = order[shown].tolist()
    names = (each.name for each in rows.collection.properties)
    columns = {name: [values[place] for place in places] for name, values in zip(names, rows.columns, strict=True)}
    return mvt.layer(rows.collection.id, drawn[shown], [rows.fids[place] for place in places], columns)


def _to_units(grid: Grid) -> Callable[[Any], Any]:
    """Return what carries points of EPSG:5186 onto a tile: its projection, fitted over what the tile shows.

    Within a tile a projection is all but a polynomial of second degree, and that is ten times cheaper to compute.
    """
    left, bottom, right, top = reach(grid)
    middle, half = np.array([left + right, bottom + top]) / 2, (right - left) / 2
    rings = np.stack(np.meshgrid(np.linspace(-1, 1, 7), np.linspace(-1, 1, 7)), axis=-1).reshape(-1, 2)
    exact = _exactly(grid, middle + rings * half)
    factors, *_ = np.linalg.lstsq(_terms(rings), exact, rcond=None)
    if np.abs(_terms(rings) @ factors - exact).max() > _CLOSE:
        return lambda points: _exactly(grid, points)
    return lambda points: _terms((points - middle) / half) @ factors


def _terms(points: Any) -> Any:
    x, y = points.T
    return np.column_stack((np.ones_like(x), x, y, x * y, x * x, y * y))


def _exactly(grid: Grid, points: Any) -> Any:
    left, _, right, top = grid.bounds
    scale = EXTENT / (right - left)
    x, y = points.T if grid.crs == CITY else transformer(CITY, grid.crs).transform(points[:, 0], points[:, 1])
    return np.column_stack(((x - left) * scale, (top - y) * scale))
