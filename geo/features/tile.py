"""A vector tile of a collection: which of its rows, how fine, and the bytes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from pyproj.enums import TransformDirection

from geo.crs import CITY, WEB, transformer
from geo.features import mvt
from geo.features.mvt import EXTENT, Move
from geo.features.wanted import Rows
from geo.grid import Bounds, Grid

BUFFER = 64
"""Units round a tile in which shapes are drawn on, so that outlines do not show its edge."""
MOST_ROWS = 5_000
"""More rows than this are thinned out, the largest first to stay."""
MOST_VERTICES = 60_000
"""Of one tile, about 250 kB: rows beyond are left out."""
_WHOLE = 512
"""Units beyond the buffer up to which a shape is left whole: to cut it costs more than to send it."""
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
    if grid.crs is CITY:
        return wide
    moved: Bounds = _to_web().transform_bounds(*wide, direction=TransformDirection.INVERSE)
    return moved


def draw(rows: Rows, grid: Grid, ground: Bounds) -> bytes:
    """Return the tile of `rows` on the `ground` that `reach` says.

    Where they have more vertices than one tile may hold, the largest are drawn.
    """
    left, bottom, right, top = shapely.bounds(rows.shapes).T
    order = np.argsort((left - right) * (top - bottom), kind="stable")
    drawn = rows.shapes[order]
    if shapely.count_coordinates(drawn) > _PLENTY:
        unit = (ground[2] - ground[0]) / (EXTENT + 2 * BUFFER)
        drawn = shapely.simplify(drawn, _FINE * unit, preserve_topology=False)
    margin = (ground[2] - ground[0]) * _WHOLE / EXTENT
    frame = ground[0] - margin, ground[1] - margin, ground[2] + margin, ground[3] + margin
    across = (left < frame[0]) | (bottom < frame[1]) | (right > frame[2]) | (top > frame[3])
    wide = np.flatnonzero(across[order])
    drawn[wide] = shapely.clip_by_rect(drawn[wide], *ground)
    room = np.cumsum(shapely.get_num_coordinates(drawn)) <= MOST_VERTICES
    shown = np.flatnonzero(~shapely.is_empty(drawn) & room)
    if not len(shown):
        return b""
    places = order[shown].tolist()
    names = (each.name for each in rows.collection.properties)
    columns = {name: list(map(values.__getitem__, places)) for name, values in zip(names, rows.columns, strict=True)}
    fids = list(map(rows.fids.__getitem__, places))
    return mvt.layer(rows.collection.id, drawn[shown], _to_units(grid, ground), fids, columns)


def _to_units(grid: Grid, ground: Bounds) -> Move:
    """Return what carries points of EPSG:5186 onto a tile: its projection, fitted over what the tile shows.

    Within a tile a projection is all but a polynomial of second degree, and that is ten times cheaper to compute.
    """
    left, bottom, right, top = ground
    middle, half = np.array([left + right, bottom + top]) / 2, (right - left) / 2
    exact = _exactly(grid, middle + _AROUND * half)
    factors = _FIT @ exact
    if np.abs(_TERMS @ factors - exact).max() > _CLOSE:
        return lambda points: _exactly(grid, points)
    return lambda points: _terms((points - middle) / half) @ factors


def _terms(points: Any) -> Any:
    terms = np.empty((6, len(points)))
    terms[0], (terms[1], terms[2]) = 1, points.T
    np.multiply(terms[1], terms[1:3], out=terms[3:5])
    np.multiply(terms[2], terms[2], out=terms[5])
    return terms.T


_AROUND = np.stack(np.meshgrid(np.linspace(-1.25, 1.25, 7), np.linspace(-1.25, 1.25, 7)), axis=-1).reshape(-1, 2)
_TERMS = _terms(_AROUND)
_FIT = np.linalg.pinv(_TERMS)


def _exactly(grid: Grid, points: Any) -> Any:
    left, _, right, top = grid.bounds
    scale = EXTENT / (right - left)
    x, y = points.T if grid.crs is CITY else _to_web().transform(points[:, 0], points[:, 1])
    return np.column_stack(((x - left) * scale, (top - y) * scale))


@cache
def _to_web() -> Transformer:
    return transformer(CITY, WEB)  # kept here: to look it up, pyproj spells both systems out, 0.1 ms
