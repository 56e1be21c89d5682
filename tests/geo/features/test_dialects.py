import math
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import shapely
from shapely.wkb import dumps

from geo.features import dialects

HEADER = b"GP\x00\x01" + (5186).to_bytes(4, "little")  # of a GeoPackage blob without an envelope
THREADS = 8


def blob(shape):
    return HEADER + dumps(shape)


def test_threads_that_ask_for_the_same_ground_at_once(city):
    """GEOS builds the index of a prepared geometry at its first question: two threads at one crashed the service."""
    rows = [blob(shapely.box(x, y, x + 3, y + 3)) for x in range(0, 100, 5) for y in range(0, 100, 10)]
    for size in range(20, 50):
        turns = [2 * math.pi * step / 2000 for step in range(2000)]
        ground = blob(shapely.Polygon([(50 + size * math.cos(turn), 50 + size * math.sin(turn)) for turn in turns]))
        together = Barrier(THREADS)

        def ask(_, ground=ground, together=together):
            with city.engine.connect() as connection:
                dialects.taught(connection)
                together.wait()
                said = [connection.exec_driver_sql("SELECT paju_intersects(?, ?)", (row, ground)) for row in rows]
                return sum(answer.scalar() for answer in said)

        with ThreadPoolExecutor(THREADS) as pool:
            assert len(set(pool.map(ask, range(THREADS)))) == 1
