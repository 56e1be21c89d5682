"""From marked pixels to polygons: traced block by block, joined across borders without seams, simplified."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Lock

import cv2
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import shapes
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.affinity import scale
from shapely.geometry import shape

from geo.crs import CITY
from geo.errors import BadInput
from geo.grid import Grid
from geo.raster import Raster, same_grid

TOLERANCE_M = 0.8  # a corner may move this far when stairs of 0.5 m become lines
RECTANGLE = 0.7  # share of its smallest rectangle from which on an outline is a rounded rectangle
ID_STEP_M = 0.1
_TRACING = Lock()  # rasterio silences a warning of its own while it traces, which threads must not do at one time


def trace(
    codes: Raster, evidence: Sequence[Raster], names: Sequence[str], *, least_m2: NDArray[np.float64] | None = None
) -> gpd.GeoDataFrame:
    """Return a polygon per patch of equal code above 0 (pixels that share an edge), with sums of its evidence.

    Columns: code, px, and per name the sum of its band of whole numbers over the patch. Grid in EPSG:5186. With
    `least_m2` of each code, smaller patches that do not reach the rim are left out.
    """
    bands = [band for raster in evidence for band in raster.data]
    if len(names) != len(bands):
        raise BadInput(f"{len(names)} names for {len(bands)} bands of evidence")
    for raster in evidence:
        same_grid(codes, raster)
    labels, code = _label(codes.data[0])
    y, x = np.nonzero(labels)
    at = labels[y, x]
    px = np.bincount(at, minlength=len(code))
    stay = px * codes.grid.cell**2 >= (0 if least_m2 is None else least_m2[code])
    stay[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = True
    kept = np.flatnonzero(stay[1:]) + 1
    sums = {
        name: np.bincount(at, weights=band[y, x], minlength=len(code))[kept].astype(np.int64)
        for name, band in zip(names, bands, strict=True)
    }
    order = np.argsort(at, kind="stable")
    places = np.split(order, np.cumsum(px[1:-1]))
    outlines = np.empty(len(kept), np.object_)
    for n, label in enumerate(kept.tolist()):
        here = places[label - 1]
        outlines[n] = _outline(
            labels, label, (y[here].min(), y[here].max()), (x[here].min(), x[here].max()), codes.grid
        )
    table = {"code": code[kept], "px": px[kept].astype(np.int64), **sums}
    return gpd.GeoDataFrame(table, geometry=shapely.make_valid(outlines), crs=CITY)


def _outline(
    labels: NDArray[np.int32], label: int, rows: tuple[int, int], cols: tuple[int, int], grid: Grid
) -> shapely.Geometry:
    """Return the outline of the pixels of one label, which lie between two rows and two columns, ends included."""
    (top, bottom), (left, right) = rows, cols
    patch = (labels[top : bottom + 1, left : right + 1] == label).astype(np.uint8)
    with _TRACING:
        ((geometry, _),) = shapes(
            patch, mask=patch > 0, connectivity=4, transform=grid.transform @ Affine.translation(left, top)
        )
    return shape(geometry)


def none(names: Sequence[str]) -> gpd.GeoDataFrame:
    """Return no patch, in the form of `trace`."""
    columns = {"code": pd.Series([], dtype=np.uint8)} | {n: pd.Series([], dtype=np.int64) for n in ("px", *names)}
    return gpd.GeoDataFrame(columns, geometry=[], crs=CITY)


def _label(codes: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return patches numbered from 1, and each number's code; code 0 stays 0."""
    labels = np.zeros(codes.shape, np.int32)
    code = [0]
    for value in np.unique(codes[codes > 0]):
        count, patch = cv2.connectedComponents((codes == value).astype(np.uint8), connectivity=4)
        there = patch > 0
        labels[there] = patch[there] + (len(code) - 1)
        code += [int(value)] * (count - 1)
    return labels, np.array(code, np.uint8)


def join(parts: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return the patches of all blocks, those of one code that share a border line made one; no order promised.

    Sums are added, and outlines come out the same whatever the blocks were.
    """
    pieces = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=CITY)
    if pieces.empty:
        return pieces
    geometry = pieces.geometry.to_numpy()
    a, b = shapely.STRtree(geometry).query(geometry, predicate="touches")
    code = pieces["code"].to_numpy()
    meet = (a < b) & (code[a] == code[b])
    a, b = a[meet], b[meet]
    line = shapely.length(shapely.intersection(geometry[a], geometry[b])) > 0
    links = coo_array((np.ones(line.sum()), (a[line], b[line])), shape=(len(pieces), len(pieces)))
    _, group = connected_components(links, directed=False)
    numbers = [name for name in pieces.columns if name not in ("code", "geometry")]
    joined = pieces.groupby(group)[numbers].sum()
    joined.insert(0, "code", pieces.groupby(group)["code"].first())
    return gpd.GeoDataFrame(joined, geometry=_unite(geometry, group), crs=CITY)


def _unite(geometry: NDArray[np.object_], group: NDArray[np.int32]) -> NDArray[np.object_]:
    """Return one outline per group, without the vertices that borders of blocks left on straight lines."""
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(group[order]) > 0])
    whole = np.array([shapely.union_all(part) for part in np.split(geometry[order], starts[1:])], dtype=np.object_)
    # a ring that starts at its lowest left corner starts at a true corner, so that every vertex on a line can go
    outlines: NDArray[np.object_] = shapely.simplify(shapely.normalize(whole), 0)
    return outlines


def simplify(frame: gpd.GeoDataFrame, fill_m2: float) -> gpd.GeoDataFrame:
    """Return `frame` with holes under `fill_m2` filled, stairs made lines, and `area_m2`."""
    filled = [_fill(geometry, fill_m2) for geometry in frame.geometry]
    plain = shapely.make_valid(shapely.simplify(np.array(filled, dtype=np.object_), TOLERANCE_M))
    geometry = shapely.normalize(np.array([_areal(g) for g in plain], dtype=np.object_))
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=CITY)).assign(
        area_m2=shapely.area(geometry).round(1)
    )


def squared(outlines: Iterable[shapely.Geometry]) -> NDArray[np.object_]:
    """Return outlines of buildings, each that fills its smallest rectangle as the rectangle of its own area."""
    shapes = np.array(list(outlines), dtype=np.object_)
    boxes = shapely.minimum_rotated_rectangle(shapes)
    share = shapely.area(shapes) / shapely.area(boxes)
    for n in np.flatnonzero((share >= RECTANGLE) & (shapely.get_num_geometries(shapes) == 1)):
        side = share[n] ** 0.5
        shapes[n] = shapely.MultiPolygon([scale(boxes[n], side, side, origin=boxes[n].centroid)])
    return np.asarray(shapely.normalize(shapes), dtype=np.object_)


def _areal(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.MultiPolygon([p for part in parts for p in shapely.get_parts(part)])


def _fill(geometry: shapely.Geometry, below_m2: float) -> shapely.MultiPolygon:
    return shapely.MultiPolygon(
        [
            (p.exterior, [ring for ring in p.interiors if shapely.Polygon(ring).area >= below_m2])
            for p in shapely.get_parts(geometry)
        ]
    )


def identify(frame: gpd.GeoDataFrame) -> list[str]:
    """Return an id per change from its class and place (a point inside, to 0.1 m): the same change, the same id."""
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    x, y = (np.rint(axis / ID_STEP_M).astype(int) for axis in (shapely.get_x(points), shapely.get_y(points)))
    return [f"{name}-{east}-{north}" for name, east, north in zip(frame["class"], x, y, strict=True)]
