"""Many contacts at once are those of one pair at a time: lots of any shape beside roads of any shape."""

import random

import numpy as np
import pytest
import shapely
from shapely import affinity
from shapely.geometry import MultiPolygon, Polygon, box

from geo.registry import frontage
from geo.registry.contacts import Roads

X, Y = 190_000.0, 585_000.0


def placed(shape, degrees):
    return affinity.translate(affinity.rotate(shape, degrees, origin=(0, 0)), X, Y)


def one_by_one(sites, roads):
    met = {(s, r): frontage.contact(site, road) for s, site in enumerate(sites) for r, road in enumerate(roads)}
    return {pair: (each.total_m, each.longest_m) for pair, each in met.items() if each.lines}


def at_once(sites, roads):
    found = Roads(roads).contacts(sites)
    return {(row.site, row.road): (row.total_m, row.longest_m) for row in found.itertuples()}


def agree(sites, roads):
    expected, found = one_by_one(sites, roads), at_once(sites, roads)
    assert found.keys() == expected.keys()
    assert list(found.values()) == [pytest.approx(expected[pair], rel=0, abs=1e-9) for pair in found]
    return len(found)


def rotated(ring, places):
    """Return a polygon whose ring begins elsewhere."""
    corners = list(ring.exterior.coords)[:-1]
    places %= len(corners)
    return Polygon(corners[places:] + corners[:places], ring.interiors)


def test_random_blocks_of_cells():
    """Cells moved by centimetres, joined into sites with holes and several parts, and into roads."""
    chance, met = random.Random(4), 0
    for _ in range(40):
        turn = chance.uniform(0, 360)
        cells = [
            placed(affinity.translate(box(x, y, x + 3, y + 2), chance.gauss(0, 0.02), chance.gauss(0, 0.02)), turn)
            for x in range(0, 15, 3)
            for y in range(0, 10, 2)
        ]
        chance.shuffle(cells)
        sites = [rotated(cell, n) for n, cell in enumerate(cells[:8])] + [shapely.union_all(cells[:8])]
        roads = [*cells[8:12], shapely.union_all(cells[12:20]), shapely.union_all(cells[20:23], grid_size=0.05)]
        met += agree(sites, roads)
    assert met > 400


def test_every_edge_of_the_definition():
    lot, street = box(0, 0, 20, 30), box(-10, -4, 40, 0)
    roads = [
        street,
        street.union(box(20, -4, 24, 60)),
        box(-9, -9, 40, 40).difference(lot),
        MultiPolygon([box(-10, -4, 8, 0), box(8.015, -4, 40, 0)]),
        MultiPolygon([box(-10, -4, 8, 0), box(8.03, -4, 40, 0)]),
        box(0, -4, 1.2, 0).union(box(5, -4, 6, 0)).union(box(-9, -8, 40, -4)),
        Polygon([(-10, 0.1), (30, -0.1), (30, -4), (-10, -4)]),
        box(20, -10, 30, 0),
        box(-10, -4, 40, -0.16),
        box(5, 5, 10, 12),
    ]
    sites = [rotated(lot, n) for n in range(4)] + [Polygon([(10, 0), (20, 0), (20, 30), (0, 30), (0, 0)])]
    sites += [lot.difference(box(5, 5, 10, 12)), MultiPolygon([box(0, 0, 1.5, 30), box(5, 0, 6, 30)])]
    for degrees in (0, 37, 201):
        found = agree([placed(site, degrees) for site in sites], [placed(road, degrees) for road in roads])
        assert found == 51


def test_nobody_meets_anybody():
    assert at_once([box(0, 0, 1, 1)], [box(5, 5, 6, 6)]) == {}
    assert Roads([box(5, 5, 6, 6)]).contacts([box(5, 6, 6, 7)]).dtypes.to_dict() == {
        "site": np.dtype(np.int64), "road": np.dtype(np.int64), "total_m": np.dtype(float), "longest_m": np.dtype(float)
    }  # fmt: skip
