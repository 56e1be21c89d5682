"""Contact of many sites with many roads at once: the lengths of `frontage.contact`, for every pair that has any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.registry.frontage import BRIDGE_M, SHARED_M, TOLERANCE_M, beside, edges


class Roads:
    """The edges of roads (polygons, EPSG:5186) in one tree, to be asked for the contacts of many sites."""

    def __init__(self, shapes: Sequence[BaseGeometry]) -> None:
        self._number = len(shapes)
        lines, road = shapely.get_parts(shapely.boundary(np.array(shapes, dtype=object)), return_index=True)
        self._starts, self._ends, line = edges(lines)
        self._road = road[line]
        self._tree = shapely.STRtree(_segments(self._starts, self._ends))

    def contacts(self, sites: Sequence[BaseGeometry]) -> pd.DataFrame:
        """Return `site` and `road` (places in what was given), `total_m` and `longest_m` of each pair in contact."""
        parts, site = shapely.get_parts(np.array(sites, dtype=object), return_index=True)
        rings, part = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
        ring, road, lengths = self._pieces(rings)
        pairs, place = np.unique(site[part[ring]] * self._number + road, return_inverse=True)
        longest = np.zeros(len(pairs))
        np.maximum.at(longest, place, lengths)
        total = np.bincount(place, lengths, len(pairs))
        site, road = np.divmod(pairs, self._number)
        return pd.DataFrame({"site": site, "road": road, "total_m": total, "longest_m": longest})

    def _pieces(self, rings: Any) -> tuple[Any, Any, Any]:
        """Return ring, road and length of each piece of a ring that runs along a road."""
        starts, ends, ring = edges(rings)
        length = np.linalg.norm(ends - starts, axis=1)
        reached = pd.Series(length).groupby(ring).cumsum().to_numpy()
        around = np.bincount(ring, length)
        side, edge = self._tree.query(_segments(starts, ends), predicate="dwithin", distance=TOLERANCE_M)
        start, end, _ = beside(starts[side], ends[side], self._starts[edge], self._ends[edge], TOLERANCE_M)
        runs = end - start > 1e-9
        side, edge = side[runs], edge[runs]
        before = (reached - length)[side]
        pair = ring[side] * self._number + self._road[edge]
        pair, lengths = _merged(pair, before + start[runs], before + end[runs], around[ring[side]])
        ring, road = np.divmod(pair, self._number)
        return ring, road, lengths


def _merged(pair: Any, start: Any, end: Any, around: Any) -> tuple[Any, Any]:
    """Join the spans of each pair of ring and road that overlap or nearly meet; return pair and length of each piece.

    `around` is the length of the span's ring: what ends at its first point goes on in what begins there.
    """
    order = np.lexsort((start, pair))
    pair, start, around = pair[order], start[order], around[order]
    reached = pd.Series(end[order]).groupby(pair).cummax().to_numpy()
    same = pair[1:] == pair[:-1]
    joined = same & (start[1:] <= reached[:-1] + BRIDGE_M)
    begins, ends = np.flatnonzero(np.r_[True, ~joined][: len(pair)]), np.flatnonzero(np.r_[~joined, True][: len(pair)])
    pair, start, end, around = pair[begins], start[begins], reached[ends], around[begins]
    length = end - start
    same = pair[1:] == pair[:-1]
    first, last = np.r_[True, ~same][: len(pair)], np.r_[~same, True][: len(pair)]
    opening, closing = np.flatnonzero(first & ~last), np.flatnonzero(last & ~first)
    wraps = (start[opening] <= BRIDGE_M) & (end[closing] >= around[closing] - BRIDGE_M)
    opening, closing = opening[wraps], closing[wraps]
    length[opening] = around[opening] + end[opening] - start[closing]
    length[closing] = 0.0
    kept = length > SHARED_M
    return pair[kept], length[kept]


def _segments(starts: Any, ends: Any) -> Any:
    return shapely.linestrings(np.stack([starts, ends], axis=1))
