"""Stored tiles, answered in front of FastAPI: the file's own bytes, undecoded; everything else is passed on."""

from __future__ import annotations

import logging
import re
from urllib.parse import parse_qsl

from anyio.to_thread import run_sync
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import problem
from geo.database import City
from geo.errors import Damaged, NotFound
from geo.grid import TILE_MATRIX_SETS, TileMatrixSet
from geo.orthophoto.store import Image, Shelf, Survey

_PATH = re.compile(r"/tiles/([^/]+)/([^/]+)/([^/]+)/([^/]+)/([^/]+)")
_NUMBER = re.compile(r"-?[0-9]{1,40}")
_IMMUTABLE = "public, max-age=31536000, immutable"
_REVALIDATE = "public, no-cache"
_log = logging.getLogger("paju.tiles")


class TilePath:
    """Answers GET /tiles/{survey}/{tms}/{z}/{x}/{y}; with any query but `v`, and all other paths, `app` answers."""

    def __init__(self, app: ASGIApp, city: City) -> None:
        self.app = app
        self._shelf = Shelf(city)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a tile, or pass the call on."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            found = _PATH.fullmatch(scope["path"])
            query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
            if found and query.keys() <= {"v"}:
                try:
                    response = await self._answer(scope, *found.groups(), version=query.get("v"))
                except Damaged as error:
                    _log.error("%s", error)
                    response = problem(503)
                await response(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _answer(
        self, scope: Scope, survey: str, tms: str, z: str, x: str, y: str, *, version: str | None
    ) -> Response:
        try:
            held = self._shelf.survey(survey)
        except NotFound as error:
            return problem(404, error.korean, "survey")
        if tms not in TILE_MATRIX_SETS:
            return problem(404, f"{tms}: 없는 타일 격자입니다 ({', '.join(TILE_MATRIX_SETS)})", "tms")
        for name, value in (("z", z), ("x", x), ("y", y)):
            if not _NUMBER.fullmatch(value):
                return problem(400, f"{value}: 정수가 아닙니다", name)
        matrices, place = TILE_MATRIX_SETS[tms], (int(z), int(x), int(y))
        outside = _outside(matrices, *place)
        if outside:
            return problem(404, f"{z}/{x}/{y}: 타일 격자 {tms}의 범위를 벗어났습니다", outside)
        caching = _IMMUTABLE if version == held.version and survey == held.id else _REVALIDATE
        headers = {"ETag": f'"{held.version}"', "Cache-Control": caching}
        if _matches(scope, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        image = await self._image(held, matrices, place)
        if image is None:
            return Response(status_code=204, headers=headers)
        return Response(image.body, headers=headers, media_type=image.media_type)

    async def _image(self, survey: Survey, tms: TileMatrixSet, place: tuple[int, int, int]) -> Image | None:
        """Hand out a whole tile inline, which takes microseconds; others take milliseconds, in a thread."""
        image = self._shelf.stored(survey, tms, *place)
        return image or await run_sync(self._shelf.made, survey, tms, *place)


def _outside(tms: TileMatrixSet, z: int, x: int, y: int) -> str | None:
    """Return the name of the number that lies outside the matrix set, or None."""
    if not 0 <= z <= tms.max_z:
        return "z"
    if not 0 <= x < 1 << z:
        return "x"
    return None if 0 <= y < 1 << z else "y"


def _matches(scope: Scope, etag: str) -> bool:
    """Tell whether If-None-Match names `etag`; the comparison is weak (RFC 9110, 13.1.2)."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            tags = [tag.strip().removeprefix("W/") for tag in value.decode("latin-1").split(",")]
            return etag in tags or "*" in tags
    return False
