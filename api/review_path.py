"""The review of one parcel, answered in front of FastAPI's routes, whose part of it costs as much as some reviews."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple
from urllib.parse import parse_qsl

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access import REVIEWING, city_of
from api.routes import permit_review
from geo.errors import GeoError

_WORDS = {
    "pnu": re.compile(r"[0-9]{19}"),
    "use": re.compile(r".{1,60}"),
    "gfa_m2": re.compile(r"[1-9][0-9]{0,5}(?:\.[0-9]{1,3})?"),
    "as_of": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}


class ReviewPath:
    """Answers a plain question of one PNU to the embedded store, on the spot: it reads and never waits.

    All else goes on to the route, whatever is refused too: there is one place that says what is wrong.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a review, or pass the call on."""
        here = scope["type"] == "http" and scope["path"] == "/permit-review" and scope["method"] == "GET"
        await ((here and _answer(Request(scope))) or self.app)(scope, receive, send)


def _answer(request: Request) -> Response | None:
    asked, city = _asked(request.scope["query_string"]), city_of(request)
    if asked is None or city.engine.dialect.name != "sqlite":
        return None
    try:
        REVIEWING.check(request)
        return permit_review.of_parcel(city, asked.pnu, use=asked.use, gfa_m2=asked.gfa_m2, as_of=asked.as_of)
    except GeoError:
        return None


class _Asked(NamedTuple):
    """What is asked of the parcel."""

    pnu: str
    use: str | None
    gfa_m2: float | None
    as_of: date | None


def _asked(query: bytes) -> _Asked | None:
    """Read a query that holds a PNU and nothing that could be read in two ways; None for any other."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    given = dict(pairs)
    if len(given) != len(pairs) or "pnu" not in given or not given.keys() <= _WORDS.keys():
        return None
    if not all(_WORDS[name].fullmatch(value) for name, value in given.items()):
        return None
    try:
        on = date.fromisoformat(given["as_of"]) if "as_of" in given else None
    except ValueError:
        return None
    size = float(given["gfa_m2"]) if "gfa_m2" in given else None
    return _Asked(given["pnu"], given.get("use"), size, on)
