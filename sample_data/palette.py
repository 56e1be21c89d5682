"""The colours of the three surveys: what the season and the light make of each kind of ground."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sample_data.things import Colour


@dataclass(frozen=True)
class Light:
    """A survey's day: sun (degrees), haze (share, colour), gain per channel, and how the picture lies off."""

    year: int
    taken_at: str  # as TIFFTAG_DATETIME
    azimuth: float
    elevation: float
    haze: float
    haze_colour: Colour
    gain: tuple[float, float, float]
    shift_px: tuple[float, float]  # how far the ground appears east and south of its place
    warp_px: float


LIGHTS = (
    Light(2024, "2024:05:14 10:52:00", 138.0, 62.0, 0.05, (206, 214, 222), (1.00, 1.00, 1.00), (0.0, 0.0), 0.0),
    Light(2025, "2025:09:28 10:35:00", 144.0, 43.0, 0.02, (200, 210, 224), (1.07, 1.04, 0.98), (0.5, 0.0), 0.0),
    Light(2026, "2026:04:22 14:40:00", 226.0, 52.0, 0.11, (214, 208, 196), (0.99, 0.97, 0.98), (0.3, -0.4), 0.35),
)

# cover -> colour in May 2024, September 2025, April 2026; then grain (share of brightness)
_C = tuple[Colour, Colour, Colour, float]
COVERS: dict[str, _C] = {
    "forest": ((74, 96, 52), (66, 88, 46), (104, 106, 74), 0.1),
    "grass": ((116, 134, 76), (112, 130, 72), (142, 140, 96), 0.12),
    "vacant": ((134, 138, 92), (118, 130, 80), (152, 144, 110), 0.14),
    "dyke": ((112, 132, 74), (120, 132, 76), (146, 142, 98), 0.09),
    "yard": ((168, 161, 148), (170, 163, 150), (172, 164, 150), 0.05),
    "soil yard": ((158, 140, 112), (160, 143, 114), (164, 146, 118), 0.07),
    "plant": ((160, 160, 158), (162, 162, 160), (162, 160, 156), 0.05),
    "gravel": ((168, 158, 140), (170, 160, 142), (174, 162, 144), 0.09),
    "asphalt": ((104, 105, 108), (108, 109, 111), (108, 108, 110), 0.04),
    "new asphalt": ((78, 79, 84), (78, 79, 84), (80, 80, 84), 0.03),
    "concrete": ((174, 171, 163), (176, 173, 165), (178, 173, 164), 0.05),
    "dirt": ((180, 160, 128), (178, 160, 130), (188, 166, 134), 0.08),
    "track": ((186, 162, 126), (184, 160, 126), (192, 168, 132), 0.07),
    "river": ((70, 88, 80), (96, 100, 80), (66, 86, 86), 0.03),
    "stream": ((78, 92, 82), (94, 98, 82), (80, 92, 88), 0.05),
    "reeds": ((104, 122, 70), (128, 128, 84), (156, 144, 106), 0.16),
    "sand": ((206, 194, 168), (204, 190, 160), (210, 198, 172), 0.05),
    "flooded": ((92, 102, 96), (92, 102, 96), (98, 106, 100), 0.03),
    "puddled": ((122, 110, 90), (122, 110, 90), (124, 112, 92), 0.06),
    "gold": ((180, 166, 98), (182, 168, 100), (180, 166, 98), 0.06),
    "greengold": ((150, 156, 80), (152, 158, 82), (150, 156, 80), 0.06),
    "stubble": ((172, 156, 120), (178, 160, 122), (160, 146, 114), 0.08),
    "ploughed": ((126, 104, 82), (128, 106, 84), (124, 104, 82), 0.09),
    "bare field": ((150, 126, 98), (156, 134, 104), (150, 126, 98), 0.08),
    "mulch": ((146, 140, 130), (142, 138, 122), (150, 144, 134), 0.05),
    "young": ((128, 140, 82), (96, 126, 62), (124, 138, 82), 0.08),
    "crop": ((96, 128, 62), (88, 118, 56), (100, 128, 66), 0.09),
    "fallow": ((132, 138, 88), (128, 134, 80), (148, 142, 102), 0.15),
    "orchard": ((122, 136, 80), (114, 130, 72), (140, 138, 94), 0.12),
    "grave": ((138, 150, 88), (130, 146, 84), (160, 154, 106), 0.08),
    "garden": ((108, 122, 72), (92, 118, 60), (140, 124, 94), 0.12),
    "ditch": ((110, 116, 92), (118, 122, 84), (134, 128, 100), 0.1),
    "cleared": ((170, 144, 108), (172, 146, 108), (176, 148, 112), 0.15),
    "dug": ((186, 156, 118), (188, 158, 118), (190, 160, 122), 0.10),
    "rubble": ((178, 168, 152), (176, 164, 148), (178, 168, 152), 0.13),
    "pond": ((64, 84, 86), (72, 88, 80), (66, 86, 90), 0.03),
    "basin dug": ((188, 152, 112), (188, 152, 112), (188, 152, 112), 0.08),
    "basin": ((150, 146, 128), (150, 146, 128), (152, 148, 130), 0.05),
    "basin water": ((74, 92, 92), (74, 92, 92), (74, 92, 92), 0.03),
    "widened stream": ((164, 150, 122), (164, 150, 122), (170, 156, 128), 0.08),
    "embankment": ((120, 130, 84), (118, 128, 80), (146, 140, 104), 0.1),
}
_ROWED = {  # cover -> spacing of the rows in metres, share of brightness
    "mulch": (1.6, 0.20), "young": (1.4, 0.13), "crop": (1.3, 0.12), "bare field": (1.8, 0.06), "ploughed": (2.4, 0.07),
    "stubble": (1.5, 0.06), "gold": (3.0, 0.035), "greengold": (3.0, 0.035), "garden": (1.4, 0.15),
    "basin dug": (9.0, 0.05), "dug": (6.0, 0.06), "flooded": (1.5, 0.02),
}  # fmt: skip
_PADDY = (  # share of the paddies in each state, by survey
    (("flooded", 0.72), ("puddled", 0.18), ("stubble", 0.1)),
    (("gold", 0.58), ("greengold", 0.3), ("stubble", 0.12)),
    (("stubble", 0.44), ("ploughed", 0.42), ("flooded", 0.14)),
)
_FIELD = (
    (("mulch", 0.24), ("bare field", 0.26), ("young", 0.26), ("crop", 0.1), ("fallow", 0.14)),
    (("crop", 0.42), ("young", 0.2), ("bare field", 0.16), ("mulch", 0.06), ("fallow", 0.16)),
    (("bare field", 0.36), ("ploughed", 0.26), ("mulch", 0.14), ("young", 0.1), ("fallow", 0.14)),
)


def states(jimok: pd.Series, kind: pd.Series, built: NDArray[np.bool_], width: NDArray[np.float64]) -> list[list[str]]:
    """Return the cover of every parcel in each survey; `built` says a house stands there, `width` is a road's."""
    fixed = {"임": "forest", "과": "orchard", "묘": "grave", "잡": "gravel", "목": "soil yard", "장": "plant",
             "구": "ditch", "제": "dyke", "차": "asphalt", "유": "flooded"}  # fmt: skip
    draws = np.random.default_rng(84).random((len(jimok), 4))
    covers = []
    for k in range(3):
        row = []
        for i, (use, what) in enumerate(zip(jimok, kind, strict=True)):
            if use in ("전", "답") or what == "basin":
                paddy = what in ("paddy", "basin")
                shares = _PADDY[k] if paddy else _FIELD[k]
                edges = np.cumsum([share for _, share in shares])
                row.append(shares[min(int(np.searchsorted(edges, draws[i, k])), len(shares) - 1)][0])
            elif use == "도":
                row.append("dirt" if what == "track" else "asphalt" if width[i] >= 4 else "concrete")
            elif use == "천":
                row.append("river" if what == "river" else "reeds")
            elif use == "대":
                row.append(("yard" if draws[i, 3] < 0.6 else "soil yard") if built[i] else "vacant")
            else:
                row.append(fixed.get(use, "fallow"))
        covers.append(row)
    return covers


def rows_of(cover: str) -> tuple[float, float]:
    """Return the spacing in metres and the strength of the rows of a cover; strength 0 is none."""
    return _ROWED.get(cover, (1.0, 0.0))
