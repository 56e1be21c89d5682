import struct
import time

import numpy as np
import pytest
import shapely

from geo.errors import BadInput
from geo.registry.wkb import vertices

BOX = shapely.box(0, 0, 1, 1)
HOLED = shapely.Polygon(BOX.exterior.coords, [[(0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.2)]])
KINDS = [
    shapely.Point(1, 2),
    shapely.LineString([(0, 0), (1, 1), (2, 0)]),
    HOLED,
    shapely.MultiPoint([(0, 0), (1, 1)]),
    shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3), (4, 4)]]),
    shapely.MultiPolygon([HOLED, shapely.box(5, 5, 6, 6)]),
    shapely.GeometryCollection([BOX, shapely.Point(0, 0), shapely.MultiPoint([(1, 1)])]),
]


@pytest.mark.parametrize("shape", KINDS, ids=lambda shape: shape.geom_type)
@pytest.mark.parametrize("flavour", ["iso", "extended"])
@pytest.mark.parametrize("byte_order", [0, 1])
@pytest.mark.parametrize("with_z", [False, True])
def test_vertices_are_counted_as_shapely_counts_them(shape, flavour, byte_order, with_z):
    shape = shapely.force_3d(shape, 7.0) if with_z else shape
    wkb = shapely.to_wkb(shape, flavor=flavour, byte_order=byte_order, output_dimension=3)
    assert vertices(wkb, limit=100) == shapely.get_num_coordinates(shape)


def test_an_srid_in_the_header_is_walked_over():
    wkb = shapely.to_wkb(shapely.set_srid(HOLED, 5186), include_srid=True)
    assert vertices(wkb, limit=100) == 9


def nested(depth):
    return struct.pack("<BII", 1, 7, 1) * depth + shapely.to_wkb(shapely.Point(0, 0))


def test_nesting_that_crashes_shapely_is_refused_at_once():
    wkb = nested(20_000)  # 180 kB: shapely.from_wkb ends the process
    began = time.perf_counter()
    with pytest.raises(BadInput, match="nested deeper than 8"):
        vertices(wkb, limit=10_000)
    assert time.perf_counter() - began < 0.2


def test_nesting_up_to_eight_collections_passes():
    assert vertices(nested(7), limit=10) == 1
    with pytest.raises(BadInput, match="nested"):
        vertices(nested(8), limit=10)


def test_more_vertices_than_the_limit_are_refused():
    angles = np.linspace(0, 2 * np.pi, 10_000, endpoint=False)
    ring = shapely.Polygon(np.column_stack([np.cos(angles), np.sin(angles)]))  # closed by a vertex more
    assert vertices(shapely.to_wkb(ring), limit=10_001) == 10_001
    with pytest.raises(BadInput, match="more than 10,000 vertices"):
        vertices(shapely.to_wkb(ring), limit=10_000)


def test_a_count_that_the_bytes_do_not_hold_is_refused():
    for count in (5, 2**31, 2**32 - 1):
        with pytest.raises(BadInput, match=r"end too early|more than"):
            vertices(struct.pack("<BII", 1, 2, count), limit=10)


@pytest.mark.parametrize("length", range(1, 92))
def test_bytes_cut_off_anywhere_are_refused(length):
    wkb = shapely.to_wkb(BOX)
    assert len(wkb) == 93
    with pytest.raises(BadInput, match="end too early"):
        vertices(wkb[:length], limit=100)


def test_a_curve_is_no_simple_feature():
    with pytest.raises(BadInput, match="geometry type 10 "):
        vertices(struct.pack("<BII", 1, 10, 0), limit=10)
