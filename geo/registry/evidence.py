"""Does a file lie where its PNUs say? A wrong datum moves it by 255 m, which no bounds test sees.

The error model: the boundaries of ri at hand are simplified. Against an independent layer (Statistics Korea 2018, eup
and myeon, sampled every 20 m) half of their length lies within 10 m, 95 % within 53 m, 99 % within 90 m, all within
179 m. So a parcel is a witness against a reading of the file only when it lies more than 90 m outside the ri that its
PNU names, or more than 50 m off the parcel already held under that PNU. Three witnesses are asked for: one bad spot
of a boundary, or one wrong PNU, decides nothing. A displacement is tried in 16 directions and four lengths beside
the readings that have a name, since a file may have been moved in more ways than the known ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from geo import boundaries
from geo.crs import CITY, KOREAN, accepted, transformer
from geo.errors import BadFile

RI_TOLERANCE_M = 90.0
HELD_TOLERANCE_M = 50.0
_WITNESSES = 3
_CITY_MARGIN_M = 2_000.0
_SAMPLE = 20_000
_SHIFTS_M = (
    200.0,
    255.0,
    330.0,
    420.0,
)  # in Paju 5174 read as 2097 is 255 m off, 5181 as 5174 313 m, 5178 as 5179 359 m
_DIRECTIONS = 16

Points = NDArray[np.float64]
"""x, y of n points, shape (n, 2)."""


@dataclass(frozen=True)
class Places:
    """Where each of n rows must lie: in `areas` (EPSG:5186) give or take `tolerance_m`; `weight` of it as a witness."""

    areas: NDArray[np.object_]
    tolerance_m: NDArray[np.float64]
    weight: NDArray[np.int64]

    def missed(self, points: Points) -> NDArray[np.bool_]:
        """Return which of the n points (EPSG:5186) lie outside their place."""
        there = np.asarray(shapely.points(points))
        inside: NDArray[np.bool_] = shapely.dwithin(self.areas, there, self.tolerance_m)  # type: ignore[call-overload]
        return ~inside


def places(pnus: Sequence[str], held: Mapping[str, BaseGeometry], reach_m: NDArray[np.float64]) -> Places:
    """Return where rows that name `pnus` must lie: on the parcel where it is `held`, else in its ri or dong.

    `reach_m`: how far a row may reach from what it names, a road from its first parcel; 0 for what lies on it.
    """
    areas = np.array([held.get(pnu) or area_named(pnu) for pnu in pnus], dtype=object)
    known = np.array([pnu in held for pnu in pnus], dtype=bool)
    shapely.prepare(areas)
    tolerance = np.where(known, HELD_TOLERANCE_M, RI_TOLERANCE_M) + reach_m
    return Places(areas, tolerance, np.where(known, _WITNESSES, 1).astype(np.int64))


@cache
def _areas() -> dict[str, BaseGeometry]:
    emd, ri = boundaries.emd(), boundaries.ri()
    return dict(zip([*emd["code"], *ri["code"]], [*emd.geometry, *ri.geometry], strict=True))


def area_named(pnu: str) -> BaseGeometry:
    """Return the ri or dong that `pnu` names, EPSG:5186; its eup or myeon where no boundary of the ri is at hand."""
    areas = _areas()
    return areas.get(pnu[:10]) or areas[pnu[:8] + "00"]


def epsg_of(crs: CRS) -> int:
    """Return the accepted EPSG code whose numbers are those of `crs`, whatever its name says.

    EPSG:5174 and 2097 bear each other's names in the wild, so parameters are compared. Raises BadFile for any other.
    """
    for epsg in KOREAN:
        known = accepted(epsg)
        if known == crs or _same_numbers(known, crs):
            return epsg
    raise BadFile(
        f"the coordinate system {crs.name!r} is none that Paju's data comes in; name the right one with --crs"
    )


def _same_numbers(known: CRS, crs: CRS) -> bool:
    ours, theirs = known.geodetic_crs, crs.geodetic_crs
    if ours is None or theirs is None or known.is_projected != crs.is_projected:
        return False
    if known.ellipsoid is None or crs.ellipsoid is None:
        return False
    if abs(known.ellipsoid.semi_major_metre - crs.ellipsoid.semi_major_metre) > 0.001:
        return False
    a = transformer(ours, known).transform(126.78, 37.76)
    b = transformer(theirs, crs).transform(126.78, 37.76)
    return bool(np.hypot(a[0] - b[0], a[1] - b[1]) < 0.01)


def moved(points: Points, epsg: int) -> Points:
    """Return points of a file, read as EPSG:`epsg`, in EPSG:5186; what cannot be moved is not finite."""
    return np.column_stack(transformer(accepted(epsg), CITY).transform(points[:, 0], points[:, 1]))


def sample(rows: int) -> NDArray[np.int64]:
    """Return which of so many rows are asked: all, or 20,000 spread evenly."""
    return np.unique(np.linspace(0, rows - 1, min(rows, _SAMPLE)).astype(np.int64))


def settle(points: Points, where: Places | None, epsg: int, *, sure: bool) -> None:
    """Raise BadFile unless the file may be read as EPSG:`epsg`.

    `points`: one of each row asked, in the file's own numbers; `where`: their places, None when rows name no PNU;
    `sure`: the officer has named the CRS, so that only a contradiction counts, not a want of evidence.
    """
    here = moved(points, epsg)
    fitting = [code for code in KOREAN if _in_city(moved(points, code))]
    if epsg not in fitting:
        raise BadFile(_outside(epsg, here, fitting))
    rivals = [code for code in fitting if code != epsg]
    if where is None:
        if rivals and not sure:
            raise BadFile(_too_little(epsg, rivals))
        return
    missed = where.missed(here)
    gains, losses = _weigh(points, here, where, missed, rivals)
    _refuse_contradiction(epsg, gains, losses, int(missed.sum()), len(points))
    pinned = all(loss >= _WITNESSES and loss > 3 * gains[name] for name, loss in losses.items())
    if rivals and not sure and not pinned:
        raise BadFile(_too_little(epsg, rivals))


def _weigh(
    points: Points, here: Points, where: Places, missed: NDArray[np.bool_], rivals: Sequence[int]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return, by other reading, the witnesses for it and against what is declared, and those the other way round."""
    gains, losses = {}, {}
    for name, there in (*_named(points, rivals), *_displaced(here)):
        other = where.missed(there)
        gains[name] = int(where.weight[missed & ~other].sum())
        losses[name] = int(where.weight[other & ~missed].sum())
    return gains, losses


def _named(points: Points, rivals: Sequence[int]) -> Iterator[tuple[str, Points]]:
    for code in rivals:
        yield f"EPSG:{code}", moved(points, code)


def _displaced(here: Points) -> Iterator[tuple[str, Points]]:
    """Yield where the file would lie had it been moved away from there."""
    for length in _SHIFTS_M:
        for turn in range(_DIRECTIONS):
            angle = 2 * np.pi * turn / _DIRECTIONS
            east, north = length * np.cos(angle), length * np.sin(angle)
            yield f"moved by about {round(-east)} m east, {round(-north)} m north", here + np.array([east, north])


def _refuse_contradiction(epsg: int, gains: dict[str, int], losses: dict[str, int], missed: int, rows: int) -> None:
    said = (
        f"the coordinates contradict EPSG:{epsg}: {missed:,} of {rows:,} rows lie well outside the ri or parcel that "
    )
    strong = max(_WITNESSES, max(losses.values()) / 50)
    fits = {name: gain - losses[name] for name, gain in gains.items() if gain >= strong and gain > 3 * losses[name]}
    named = {name: value for name, value in fits.items() if name.startswith("EPSG")}
    if named:
        best = " or ".join(name for name, value in named.items() if value == max(named.values()))
        raise BadFile(f"{said}their PNU names, and they fit {best}; give the right coordinate system with --crs")
    if fits:
        raise BadFile(f"{said}their PNU names, and they look {max(fits, key=lambda name: fits[name])}")
    if missed >= _WITNESSES and missed * 20 > rows:
        raise BadFile(f"{said}their PNU names; check the file's coordinate system and its PNUs")


def _in_city(points: Points) -> bool:
    left, bottom, right, top = boundaries.city_bounds()
    margin = _CITY_MARGIN_M
    with np.errstate(invalid="ignore"):
        x, y = points[:, 0], points[:, 1]
        inside = (x > left - margin) & (x < right + margin) & (y > bottom - margin) & (y < top + margin)
    return bool(inside.mean() > 0.5)


def _outside(epsg: int, here: Points, fitting: Sequence[int]) -> str:
    x, y = np.median(here, axis=0)
    place = f"near x={x:,.0f}, y={y:,.0f} of EPSG:5186" if np.isfinite([x, y]).all() else "nowhere on earth"
    advice = f"they would fit {' or '.join(f'EPSG:{code}' for code in fitting)}" if fitting else "no accepted one fits"
    return f"read as EPSG:{epsg} the coordinates lie {place}, outside Paju; {advice}: give the right one with --crs"


def _too_little(epsg: int, rivals: Sequence[int]) -> str:
    others = " or ".join(f"EPSG:{code}" for code in rivals)
    return (
        f"too little evidence whether the coordinates are EPSG:{epsg} or {others}: too few rows lie near the edge of a "
        f"ri their PNU names, or on parcels held already; if you know it to be EPSG:{epsg}, say --crs EPSG:{epsg}"
    )
