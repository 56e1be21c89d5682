"""Does the register hold together? The audit chain, the history, and what the register says against the geometry."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import shapely
from sqlalchemy import func, select

from geo import audit
from geo.database import City, read
from geo.registry import pnu
from geo.registry.columns import KINDS
from geo.registry.road import AREA_FLAG, AREA_SHARE
from geo.registry.rows import words
from geo.registry.store import adjacency
from geo.registry.store.reading import everything
from geo.registry.store.tables import CURRENT, FOREVER, HISTORY

_POINT_M = 1.0
Fault = dict[str, Any]


def verify(city: City) -> list[Fault]:
    """Return every fault: `check`, `id`, `sentence`; an empty list when the register holds together."""
    return [*_chain(city), *_history(city), *_adjacency(city), *_parcels(city), *_roads(city), *_permits(city)]


def _fault(check: str, name: str, sentence: str) -> Fault:
    return {"check": check, "id": name, "sentence": sentence}


def _chain(city: City) -> list[Fault]:
    return [_fault("audit", str(entry), sentence) for entry, sentence in audit.faults(city)]


def _history(city: City) -> list[Fault]:
    """Every version of a row but the last must stand in the history."""
    faults = []
    for kind in KINDS.values():
        if kind.key is None:
            continue
        now, past = CURRENT[kind.name], HISTORY[kind.name]
        with read(city, now, past) as connection:
            record = past.c.recorded_to != FOREVER  # a past slice of legal time that is still believed is no version
            closed = (
                select(past.c[kind.key], func.count().label("n")).where(record).group_by(past.c[kind.key]).subquery()
            )
            query = select(now.c[kind.key], now.c.version, func.coalesce(closed.c.n, 0)).join_from(
                now, closed, now.c[kind.key] == closed.c[kind.key], isouter=True
            )
            for name, version, versions in connection.execute(query):
                if version != versions + 1:
                    sentence = f"{kind.name} {name} is in version {version}, its history holds {versions}"
                    faults.append(_fault("history", name, sentence))
    return faults


def _adjacency(city: City) -> list[Fault]:
    return [_fault("adjacency", uid, sentence) for uid, sentence in adjacency.differences(city)]


def tolerance_m2(area_m2: float, scale: int) -> float:
    """Return by how much register and map area of a parcel may differ (공간정보관리법 시행령 제19조: 0.026² M √F)."""
    return 0.026**2 * scale * math.sqrt(area_m2)


def _parcels(city: City) -> list[Fault]:
    faults = []
    held = everything(city, "parcels")
    for number, jibun, area, measured in zip(
        held["pnu"], held["jibun"], held["area_m2"], held.geometry.area, strict=True
    ):
        if jibun.replace(" ", "") != pnu.lot_of(number).replace(" ", ""):
            faults.append(_fault("lot number", number, f"the PNU says {pnu.lot_of(number)}, the register {jibun}"))
        # scales of the cadastral map (1:1,200) and of the forest map (1:6,000)
        allowed = tolerance_m2(area, 6000 if number[10] == pnu.MOUNTAIN else 1200) if area > 0 else math.inf
        if abs(area - measured) > allowed:
            said = f"register {area:.1f} m2, geometry {measured:.1f} m2, allowed difference {allowed:.1f} m2"
            faults.append(_fault("parcel area", number, said))
    return faults


def _roads(city: City) -> list[Fault]:
    return [
        _fault("road area", name, f"{said}, and no flag {AREA_FLAG}") for name, said, known in _areas(city) if not known
    ]


def known(city: City) -> list[Fault]:
    """Return the disagreements of register and geometry that the officers have flagged: told, and no fault."""
    return [_fault("road area", name, f"{said}, flagged {AREA_FLAG}") for name, said, known in _areas(city) if known]


def _areas(city: City) -> Iterator[tuple[str, str, bool]]:
    """Yield each road whose register area is not its geometry's, what both say, and whether it is flagged."""
    held = everything(city, "roads")
    wrong = held[(held["area_m2"] - held.geometry.area).abs() > AREA_SHARE * held["area_m2"]]
    for row, measured in zip(wrong.itertuples(), wrong.geometry.area, strict=True):
        said = f"register {row.area_m2:.1f} m2, geometry {measured:.1f} m2"
        yield str(row.road_uid), said, AREA_FLAG in words(row.quality_flags)


def _permits(city: City) -> list[Fault]:
    parcels = everything(city, "parcels").set_index("pnu").geometry
    held = everything(city, "permits")
    held = held[held["main_pnu"].isin(parcels.index)]
    away = shapely.distance(held.geometry.to_numpy(), parcels.reindex(held["main_pnu"]).to_numpy())
    return [
        _fault("permit place", name, f"its point lies {metres:.1f} m from its main parcel {number}")
        for name, number, metres in zip(held["permit_id"], held["main_pnu"], away, strict=True)
        if metres > _POINT_M
    ]
