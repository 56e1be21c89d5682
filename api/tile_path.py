"""Tiles, answered in front of FastAPI: stored ones are the file's own bytes, undecoded; others are made in threads."""

from __future__ import annotations

import logging
import os
import re
from functools import lru_cache, partial
from typing import Annotated
from urllib.parse import parse_qsl

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Depends, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import problem
from geo.errors import Damaged, NotFound
from geo.grid import TILE_MATRIX_SETS, TileMatrixSet
from geo.orthophoto.encode import JPEG, PNG, WEBP
from geo.orthophoto.store import Image, Shelf, Survey
from geo.orthophoto.style import NATURAL, STYLES

FORMATS = {"jpeg": JPEG, "png": PNG, "webp": WEBP}
IMMUTABLE = b"public, max-age=31536000, immutable"
REVALIDATE = b"public, no-cache"
WAITING = 256
"""Calls that may wait for a picture to be made; more are asked to come back."""
_TYPES = {name: name.encode() for name in FORMATS.values()}
_NUMBER = re.compile(r"-?[0-9]{1,40}")
_SAFE = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
_log = logging.getLogger("paju.tiles")

Place = tuple[int, int, int]
Headers = list[tuple[bytes, bytes]]


def shelf_of(request: Request) -> Shelf:
    """Return the surveys that this service holds ready."""
    shelf: Shelf = request.app.state.shelf
    return shelf


ServedShelf = Annotated[Shelf, Depends(shelf_of)]


class TilePath:
    """Answers /tiles/{survey}/{tms}/{z}/{x}/{y}; all other paths are answered by `app`.

    `v` names a version: an answer is immutable only where it is the present one of that very survey; an old or
    foreign one is answered all the same, to be asked for again. `f` is jpeg, png or webp; without it a tile is JPEG,
    and PNG where some of it shows no ground. `Accept` is not looked at: browsers send the same for every image.
    """

    def __init__(self, app: ASGIApp, shelf: Shelf) -> None:
        self.app, self._shelf = app, shelf
        self._makers = CapacityLimiter(os.cpu_count() or 1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a tile, or pass the call on."""
        if scope["type"] != "http" or not scope["path"].startswith("/tiles/"):
            await self.app(scope, receive, send)
            return
        parts = scope["path"].split("/")
        if len(parts) != 7:
            await self.app(scope, receive, send)
            return
        try:
            answer = self._answer(scope, *parts[2:])
            if not isinstance(answer, Response):
                answer = await self._render(*answer)
        except Damaged as error:
            _log.error("%s", error)
            answer = problem(503)
        except NotFound as error:
            answer = problem(404, error.korean, error.parameter)
        if not isinstance(answer, _Bytes):
            answer.raw_headers.extend(_SAFE)
        await answer(scope, receive, send)

    def _answer(self, scope: Scope, survey: str, tms: str, z: str, x: str, y: str) -> Response | _Order:
        """Return the answer where it takes microseconds, else what is to be made. Raises NotFound, Damaged."""
        if scope["method"] not in ("GET", "HEAD"):
            refusal = problem(405)
            refusal.headers["Allow"] = "GET, HEAD"
            return refusal
        held = self._shelf.survey(survey)
        try:
            matrices = TILE_MATRIX_SETS[tms]
            place = int(z), int(x), int(y)
        except (KeyError, ValueError):
            return _unreadable(tms, z, x, y)
        if not ((z + x + y).isdecimal() and _inside(matrices, place)):
            return _outside(tms, z, x, y)
        version, style, media_type = None, NATURAL, None
        if scope["query_string"]:
            query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
            version, style, form = query.get("v"), query.get("style", NATURAL), query.get("f")
            if style not in STYLES:
                return problem(400, f"{style}: 없는 표현입니다 ({', '.join(STYLES)})", "style")
            if form is not None and form not in FORMATS:
                return problem(400, f"{form}: 없는 형식입니다 ({', '.join(FORMATS)})", "f")
            media_type = FORMATS.get(form) if form else None
        headers = _headers(held.version, version == held.version and survey == held.id)
        if known(scope, held.version):
            return _Bytes(304, headers)
        if style == NATURAL and media_type in (None, JPEG):
            image = self._shelf.stored(held, matrices, *place)
            if image is not None:
                return _Bytes(200, headers, image)
        return held, matrices, place, style, media_type, headers

    async def _render(
        self, survey: Survey, tms: TileMatrixSet, place: Place, style: str, media_type: str | None, headers: Headers
    ) -> Response:
        """Make a tile in a thread: it takes milliseconds, and stored tiles do not wait for it."""
        if self._makers.statistics().tasks_waiting >= WAITING:
            refusal = problem(503)
            refusal.headers["Retry-After"] = "1"
            return refusal
        call = partial(self._shelf.made, survey, tms, *place, style=style, media_type=media_type)
        image: Image | None = await run_sync(call, limiter=self._makers)
        if image is None:
            return _Bytes(204, headers)
        return _Bytes(200, headers, image)


_Order = tuple[Survey, TileMatrixSet, Place, str, str | None, Headers]


class _Bytes(Response):
    """A finished answer, sent with no more work than a file server has."""

    def __init__(self, status: int, headers: Headers, image: Image | None = None) -> None:
        self.status_code, self.body, self.raw_headers = status, b"", headers
        if image is not None:
            self.body = image.body
            about = (b"content-type", _TYPES[image.media_type]), (b"content-length", b"%d" % len(image.body))
            self.raw_headers = [*headers, *about]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else self.body})


@lru_cache(maxsize=1024)
def _headers(version: str, immutable: bool) -> Headers:
    tag = b'"%s"' % version.encode()
    return [(b"etag", tag), (b"cache-control", IMMUTABLE if immutable else REVALIDATE), *_SAFE]


def _inside(tms: TileMatrixSet, place: Place) -> bool:
    z, x, y = place
    return 0 <= z <= tms.max_z and 0 <= x < 1 << z and 0 <= y < 1 << z


def _unreadable(tms: str, z: str, x: str, y: str) -> Response:
    if tms not in TILE_MATRIX_SETS:
        return problem(404, f"{tms}: 없는 타일 격자입니다 ({', '.join(TILE_MATRIX_SETS)})", "tms")
    return _outside(tms, z, x, y)


def _outside(tms: str, z: str, x: str, y: str) -> Response:
    """Name the number at fault: 400 for what is none, 404 for what lies outside the matrix set."""
    for name, value in (("z", z), ("x", x), ("y", y)):
        if not _NUMBER.fullmatch(value):
            return problem(400, f"{value}: 정수가 아닙니다", name)
    level = int(z)
    name = "y"
    if not 0 <= level <= TILE_MATRIX_SETS[tms].max_z:
        name = "z"
    elif not 0 <= int(x) < 1 << level:
        name = "x"
    return problem(404, f"{z}/{x}/{y}: 타일 격자 {tms}의 범위를 벗어났습니다", name)


def known(scope: Scope, version: str) -> bool:
    """Tell whether If-None-Match names `version`; the comparison is weak (RFC 9110, 13.1.2)."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            tags = [tag.strip().removeprefix("W/") for tag in value.decode("latin-1").split(",")]
            if f'"{version}"' in tags or "*" in tags:
                return True
    return False
