"""The ground as drawn by hand: the Imjin and its dyke, the stream, the hills, the roads between the villages."""

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from sample_data.axes import CORE, GRID_M, SQUARE, TOWN, rounded

# The Imjin runs along the real border of 율곡리 and 동파리, which these points follow (metres from the corner).
_IMJIN = TOWN.line((-80, 1740), (140, 1730), (300, 1752), (520, 1930), (770, 2110), (960, 2360),
                   (1075, 2520), (1130, 2640))  # fmt: skip
STREAM_LINE = rounded(CORE.line((900, -620), (760, -520), (620, -380), (520, -300), (477, -220), (477, 262), (440, 330),
                        (330, 430), (272, 540), (236, 660), (214, 800), (206, 950), (190, 1230)), 55)  # fmt: skip
STREAM_WIDTH_M = 14.0


def _smooth(line: LineString, times: int = 3) -> LineString:
    """Cut corners after Chaikin, ends kept."""
    points = np.asarray(line.coords)
    for _ in range(times):
        a, b = points[:-1], points[1:]
        cut = np.stack([0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b], axis=1).reshape(-1, 2)
        points = np.vstack([points[:1], cut, points[-1:]])
    return LineString(points)


def clean(shape: BaseGeometry) -> BaseGeometry:
    """Return `shape` inside the town on the millimetre grid."""
    return shapely.intersection(shapely.set_precision(shape, GRID_M), SQUARE, grid_size=GRID_M)


def river() -> BaseGeometry:
    """Return the bed of the Imjin, about 190 m wide."""
    return clean(_smooth(_IMJIN).buffer(95, cap_style="flat"))


def sandbar() -> BaseGeometry:
    """Return the sand that lies in the inner bend of the Imjin."""
    shore = _smooth(_IMJIN).offset_curve(80)
    return clean(substring(shore, 0.4, 0.78, normalized=True).buffer(19).intersection(river()))


def _north_of() -> Polygon:
    """Return all that lies left of the Imjin's middle."""
    return Polygon([*_smooth(_IMJIN).coords, TOWN.at(-200, 2900), TOWN.at(-200, 1700)])


def dyke() -> BaseGeometry:
    """Return the dyke of the Imjin on the Yulgok side, 26 m wide at its foot."""
    centre = _smooth(_IMJIN)
    both = centre.buffer(121, cap_style="flat").difference(centre.buffer(95, cap_style="flat"))
    return clean(both.difference(_north_of()))


def stream() -> BaseGeometry:
    """Return the land of 건말소하천, 14 m wide."""
    return clean(STREAM_LINE.buffer(STREAM_WIDTH_M / 2, cap_style="flat", join_style="mitre"))


def hills() -> dict[str, BaseGeometry]:
    """Return the wooded hills by name."""
    foot = [CORE.at(460, -133), CORE.at(-40, -133)]
    south = [TOWN.at(*p) for p in ((760, 520), (640, 330), (600, -10), (1500, -10), (1600, 130), (1500, 420))]
    east = [(1565, 520), (1720, 400), (1870, 300), (2040, 420), (2000, 640), (1925, 700), (1900, 840), (1790, 900),
            (1600, 820), (1520, 640)]  # fmt: skip
    northeast = [(2200, 1830), (2380, 1760), (2570, 1790), (2570, 2570), (2180, 2570), (2190, 2330), (2120, 2050)]
    southeast = [(2400, -10), (2570, -10), (2570, 920), (2470, 840), (2420, 520), (2330, 300), (2260, 120), (2250, -10)]
    northwest = [(-10, 1990), (200, 1960), (420, 2110), (640, 2310), (800, 2480), (830, 2570), (-10, 2570)]
    middle = [(1790, 1260), (1960, 1400), (1980, 1530), (1860, 1620), (1690, 1640), (1590, 1540), (1640, 1400)]
    southwest = [(-10, -10), (310, -10), (250, 90), (120, 190), (-10, 270)]
    west = [(-10, 640), (120, 660), (190, 760), (150, 860), (-10, 850)]
    rounded = {
        name: Polygon([TOWN.at(*p) for p in ring]).buffer(-30).buffer(45).buffer(-15)
        for name, ring in (
            ("east", east), ("northeast", northeast), ("southeast", southeast), ("northwest", northwest),
            ("middle", middle), ("southwest", southwest), ("west", west),
        )
    }  # fmt: skip
    return {"south": clean(Polygon(foot + south)), **{name: clean(shape) for name, shape in rounded.items()}}


def polder() -> BaseGeometry:
    """Return the low paddy land between the national road and the dyke."""
    ring = [CORE.at(-1300, 440), CORE.at(612, 440), TOWN.at(1510, 1560), TOWN.at(1640, 1900), TOWN.at(1700, 2570),
            TOWN.at(1150, 2570), TOWN.at(600, 2100), TOWN.at(-10, 1800)]  # fmt: skip
    return clean(Polygon(ring).difference(_north_of()))
