"""Tiles, answered in front of FastAPI: stored ones are the file's own bytes, undecoded; others are made in threads."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Annotated, NamedTuple
from urllib.parse import parse_qsl

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Depends, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import STATUS, problem
from geo.errors import Damaged, NotFound, Unreadable
from geo.grid import TILE_MATRIX_SETS, TileMatrixSet
from geo.orthophoto.encode import JPEG, PNG, WEBP
from geo.orthophoto.store import Image, Shelf, Survey
from geo.orthophoto.style import NATURAL, STYLES

FORMATS = {"jpeg": JPEG, "png": PNG, "webp": WEBP}
IMMUTABLE = b"public, max-age=31536000, immutable"
REVALIDATE = b"public, no-cache"
WAITING = 256
"""Calls that may wait for a picture to be made; more are asked to come back."""
_NUMBER = re.compile(r"-?[0-9]{1,40}")
_SAFE = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
_log = logging.getLogger("paju.tiles")

Place = tuple[int, int, int]
Headers = tuple[tuple[bytes, bytes], ...]


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
            answer: Response = await self._answer(scope, *parts[2:])
        except Damaged as error:
            _log.error("%s", error)
            answer = problem(503)
        except (NotFound, Unreadable) as error:
            answer = problem(STATUS[type(error)], error.korean, error.parameter)
        if not isinstance(answer, _Finished):
            answer.raw_headers.extend(_SAFE)
        await answer(scope, receive, send)

    def ready(self, survey: str, tms: str, place: Place, query: bytes) -> tuple[Headers, bytes] | None:
        """Return the headers (less the length) and the body of a tile that is stored; all else is for `__call__`."""
        if tms not in TILE_MATRIX_SETS:
            return None
        try:
            held, asked = self._shelf.survey(survey), _asked(query)
            image = self._stored(held, TILE_MATRIX_SETS[tms], place, asked)
        except (Damaged, NotFound, Unreadable):
            return None
        return (_headers(held.version, asked.names(held, survey), image.media_type), image.body) if image else None

    async def _answer(self, scope: Scope, survey: str, tms: str, z: str, x: str, y: str) -> Response:
        """Return any answer. Raises NotFound, Unreadable, Damaged."""
        if scope["method"] not in ("GET", "HEAD"):
            refusal = problem(405)
            refusal.headers["Allow"] = "GET, HEAD"
            return refusal
        found = self._find(scope, survey, tms, z, x, y)
        return found if isinstance(found, _Finished) else await self._render(*found)

    def _find(self, scope: Scope, survey: str, tms: str, z: str, x: str, y: str) -> _Finished | _Order:
        """Return what is stored or known already, else what is to be made. Raises NotFound, Unreadable, Damaged."""
        held = self._shelf.survey(survey)
        matrices, place = _place(tms, z, x, y)
        asked = _asked(scope["query_string"])
        immutable = asked.names(held, survey)
        if known(scope, held.version):
            return _Finished(304, _headers(held.version, immutable))
        image = self._stored(held, matrices, place, asked)
        if image is not None:
            return _Finished(200, _headers(held.version, immutable, image.media_type), image.body)
        return held, matrices, place, asked, immutable

    def _stored(self, survey: Survey, tms: TileMatrixSet, place: Place, asked: _Asked) -> Image | None:
        if asked.style != NATURAL or asked.media_type not in (None, JPEG):
            return None
        return self._shelf.stored(survey, tms, *place)

    async def _render(
        self, survey: Survey, tms: TileMatrixSet, place: Place, asked: _Asked, immutable: bool
    ) -> Response:
        """Make a tile in a thread: it takes milliseconds, and stored tiles do not wait for it."""
        if self._makers.statistics().tasks_waiting >= WAITING:
            refusal = problem(503)
            refusal.headers["Retry-After"] = "1"
            return refusal
        call = partial(self._shelf.made, survey, tms, *place, style=asked.style, media_type=asked.media_type)
        image: Image | None = await run_sync(call, limiter=self._makers)
        if image is None:
            return _Finished(204, _headers(survey.version, immutable))
        return _Finished(200, _headers(survey.version, immutable, image.media_type), image.body)


class _Asked(NamedTuple):
    """What the query of a tile names."""

    version: str | None
    style: str
    media_type: str | None

    def names(self, survey: Survey, id: str) -> bool:
        """Tell whether it names the present version of this very survey, asked for by its own name."""
        return self.version == survey.version and id == survey.id


_Order = tuple[Survey, TileMatrixSet, Place, _Asked, bool]


class _Finished(Response):
    """A finished answer, sent with no more work than a file server has."""

    def __init__(self, status: int, headers: Headers, body: bytes | None = None) -> None:
        self.status_code, self.body, self.raw_headers = status, body or b"", [*headers]
        if body is not None:
            self.raw_headers.append((b"content-length", b"%d" % len(body)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; a HEAD has the same headers and no body."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else self.body})


@lru_cache(maxsize=1024)
def _headers(version: str, immutable: bool, media_type: str | None = None) -> Headers:
    rule = IMMUTABLE if immutable else REVALIDATE
    kind = ((b"content-type", media_type.encode()),) if media_type else ()
    return (b"etag", b'"%s"' % version.encode()), (b"cache-control", rule), *_SAFE, *kind


@lru_cache(maxsize=256)
def _asked(query: bytes) -> _Asked:
    """Read the query of a tile. Raises Unreadable."""
    asked = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    style, form = asked.get("style", NATURAL), asked.get("f")
    if style not in STYLES:
        raise _unreadable("style", style, "없는 표현", STYLES)
    if form is not None and form not in FORMATS:
        raise _unreadable("f", form, "없는 형식", FORMATS)
    return _Asked(asked.get("v"), style, FORMATS[form] if form is not None else None)


def _unreadable(name: str, value: str, korean: str, there: Iterable[str]) -> Unreadable:
    names = ", ".join(there)
    text = f"{name} {value!r} is none of {names}"
    return Unreadable(text, korean=f"{value}: {korean}입니다 ({names})", parameter=name)


def _place(tms: str, z: str, x: str, y: str) -> tuple[TileMatrixSet, Place]:
    """Read which tile is asked for. Raises Unreadable for what is no number, NotFound outside the matrix set."""
    if tms not in TILE_MATRIX_SETS:
        there = ", ".join(TILE_MATRIX_SETS)
        text = f"no tile matrix set {tms!r}; there are {there}"
        raise NotFound(text, korean=f"{tms}: 없는 타일 격자입니다 ({there})", parameter="tms")
    matrices = TILE_MATRIX_SETS[tms]
    for name, value in (("z", z), ("x", x), ("y", y)):
        if not _NUMBER.fullmatch(value):
            raise Unreadable(f"{name} {value!r} is no integer", korean=f"{value}: 정수가 아닙니다", parameter=name)
    place = int(z), int(x), int(y)
    if not 0 <= place[0] <= matrices.max_z:
        name = "z"
    elif not 0 <= place[1] < 1 << place[0]:
        name = "x"
    elif not 0 <= place[2] < 1 << place[0]:
        name = "y"
    else:
        return matrices, place
    text = f"tile {z}/{x}/{y} lies outside {tms}"
    raise NotFound(text, korean=f"{z}/{x}/{y}: 타일 격자 {tms}의 범위를 벗어났습니다", parameter=name)


def known(scope: Scope, version: str) -> bool:
    """Tell whether If-None-Match names `version`; the comparison is weak (RFC 9110, 13.1.2)."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            tags = [tag.strip().removeprefix("W/") for tag in value.decode("latin-1").split(",")]
            if f'"{version}"' in tags or "*" in tags:
                return True
    return False
