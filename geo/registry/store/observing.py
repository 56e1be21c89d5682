"""Inspectors on site: which roads are where they stand, and what they measured, which waits for an editor."""

from __future__ import annotations

import binascii
import hashlib
import math
from base64 import b64decode
from datetime import date, datetime
from typing import Any

import shapely
from shapely.geometry import Point
from sqlalchemy import insert, select

from geo import audit, boundaries
from geo.crs import CITY, LONLAT, transformer
from geo.database import City, read, write
from geo.errors import BadInput, NotFound
from geo.registry import personal
from geo.registry.delivery import OUTSIDE_M
from geo.registry.rows import Row
from geo.registry.store import around
from geo.registry.store.tables import HISTORY, OBSERVATIONS, ROADS, SOURCES
from geo.statement import snapshot

WAITING = "대기"
_FOLDER = "observations"
_PICTURES = {b"\xff\xd8\xff": ".jpg", b"\x89PNG\r\n\x1a\n": ".png"}


def roads_here(city: City, point: tuple[float, float], *, accuracy_m: float, on: date) -> list[Row]:
    """Return every road that may lie where somebody stands, nearest first; `point` is longitude, latitude.

    Each has its columns, `in_force` on the day, and `distance_m`, 0 on its ground. Raises BadInput outside the city.
    """
    here = _place(point)
    with snapshot(city, ROADS, HISTORY["roads"], SOURCES) as held:
        found = around.roads(held, here, on)
    away = shapely.distance(here, [row["geometry"] for row in found]).tolist()
    told = [row | {"distance_m": round(metres, 2)} for row, metres in zip(found, away, strict=True)]
    return sorted((row for row in told if row["distance_m"] <= accuracy_m), key=lambda row: float(row["distance_m"]))


def _place(point: tuple[float, float]) -> Point:
    """Return longitude, latitude as a point in EPSG:5186. Raises BadInput outside the city."""
    x, y = transformer(LONLAT, CITY).transform(*point)
    here = Point(x, y)
    # a point that is no longitude, latitude comes out infinite
    if not (math.isfinite(x) and math.isfinite(y) and shapely.dwithin(boundaries.city(), here, OUTSIDE_M)):
        raise BadInput("point lies outside Paju", korean="좌표(경도, 위도)가 파주시 밖입니다.", parameter="point")
    return here


def observe(
    city: City,
    uid: str,
    *,
    point: tuple[float, float],
    accuracy_m: float,
    width_m: float | None,
    note: str | None,
    photo: str | None,
    officer: str,
    at: datetime,
) -> int:
    """Keep one observation of a road and return its number; `point` is longitude, latitude, `photo` base64.

    Raises NotFound, BadInput for a point outside the city or a photo that is none, RuleBroken for personal data.
    """
    here = _place(point)
    if note:
        personal.refuse(note, "note")
    picture = _picture(photo) if photo else None
    values = {
        "road_uid": uid, "width_m": width_m, "accuracy_m": accuracy_m, "note": note, "geom": here,
        "photo_sha256": hashlib.sha256(picture[0]).hexdigest() if picture else None, "observed_at": at.isoformat(),
        "officer": officer, "state": WAITING,
    }  # fmt: skip
    with write(city, ROADS, OBSERVATIONS, *audit.TABLES) as connection:
        if connection.scalar(select(ROADS.c.fid).where(ROADS.c.road_uid == uid)) is None:
            raise NotFound("there is no road of that identifier", korean="해당 도로가 없습니다.", parameter="id")
        if picture:
            folder = city.folder / _FOLDER
            folder.mkdir(mode=0o700, exist_ok=True)
            (folder / f"{values['photo_sha256']}{picture[1]}").write_bytes(picture[0])
        number = connection.execute(insert(OBSERVATIONS).values(values).returning(OBSERVATIONS.c.fid)).scalar_one()
        told = {"observation": number, "width_m": width_m, "accuracy_m": accuracy_m, "photo": values["photo_sha256"]}
        entry = audit.Entry(
            at=at, officer=officer, action="registry.observe", subject=uid, reason="현장 조사", after=told
        )
        audit.append(connection, city, entry)
    return int(number)


def _picture(photo: str) -> tuple[bytes, str]:
    """Return the bytes and the ending of a photo; it is not decoded here, and never served as it is."""
    try:
        data = b64decode(photo, validate=True)
    except binascii.Error:
        raise BadInput("photo is no base64", korean="사진(base64)을 읽을 수 없습니다.", parameter="photo") from None
    ending = next((ending for start, ending in _PICTURES.items() if data.startswith(start)), None)
    if ending is None:
        raise BadInput("photo is neither JPEG nor PNG", korean="사진은 JPEG 또는 PNG이어야 합니다.", parameter="photo")
    return data, ending


def observations(city: City, uid: str) -> list[dict[str, Any]]:
    """Return the observations of a road, newest first; `geometry` is the point, EPSG:5186."""
    query = select(OBSERVATIONS).where(OBSERVATIONS.c.road_uid == uid).order_by(OBSERVATIONS.c.fid.desc())
    with read(city, OBSERVATIONS) as connection:
        rows = connection.execute(query).mappings().all()
    return [
        {"id": row["fid"], **{k: v for k, v in row.items() if k not in ("fid", "geom")}, "geometry": row["geom"]}
        for row in rows
    ]
