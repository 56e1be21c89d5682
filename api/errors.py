"""The one table from the library's errors to HTTP, answered as application/problem+json (RFC 9457)."""

import logging
from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route

from geo.errors import (
    BadFile,
    BadInput,
    Busy,
    Conflict,
    CrsMismatch,
    Damaged,
    GeoError,
    Gone,
    NoKey,
    NoRoom,
    NotAllowed,
    NotFound,
    NoVersion,
    RuleBroken,
    Stale,
    Unreadable,
)

STATUS = {
    NotFound: 404,
    Gone: 404,
    Unreadable: 400,
    BadInput: 422,
    BadFile: 422,
    CrsMismatch: 422,
    RuleBroken: 422,
    Conflict: 409,
    Stale: 412,
    NoVersion: 428,
    NotAllowed: 403,
    NoKey: 401,
    Damaged: 503,
    NoRoom: 507,
    Busy: 503,
}
_RETRY_S = 30  # an import of a whole layer takes minutes, an edit milliseconds
TITLE = {
    400: "요청을 읽을 수 없습니다",
    401: "인증이 필요합니다",
    403: "권한이 없습니다",
    404: "찾을 수 없습니다",
    405: "허용되지 않는 요청 방식입니다",
    406: "제공하지 않는 형식입니다",
    409: "현재 상태와 맞지 않습니다",
    412: "다른 사람이 먼저 수정했습니다",
    422: "값이 올바르지 않습니다",
    428: "If-Match 머리글이 필요합니다",
    500: "서비스 내부 오류입니다",
    503: "지금은 제공할 수 없습니다",
    507: "저장 공간이 부족합니다",
}
_log = logging.getLogger("paju.api")


def problem(
    status: int, detail: str | None = None, parameter: str | None = None, *, successors: Sequence[str] = ()
) -> Response:
    """Return a problem document: Korean title and detail, the parameter at fault, what took a retired thing's place."""
    body: dict[str, Any] = {"type": "about:blank", "title": TITLE.get(status, "오류"), "status": status}
    if detail:
        body["detail"] = detail
    if parameter:
        body["parameter"] = parameter
    if successors:
        body["successors"] = successors
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return Response(orjson.dumps(body), status, headers=headers, media_type="application/problem+json")


def _allowed(request: Request, routes: Sequence[BaseRoute]) -> list[str]:
    """Return the methods that a path allows, whichever of its routes was asked first (RFC 9110, 10.2.1)."""
    here = [
        route
        for route in (*request.app.routes, *routes)
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE
    ]
    literal = [route for route in here if route.path == request.url.path]  # no {id} of its neighbour takes its name
    return sorted({method for route in literal or here for method in route.methods or ()})


def install(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Answer every error as a problem; what went wrong inside is logged and not told.

    `routes` are those of the routers included: FastAPI keeps them to itself.
    """

    @app.exception_handler(GeoError)
    def refuse(_: Request, error: GeoError) -> Response:
        status = STATUS[type(error)]
        if isinstance(error, Busy):
            answer = problem(status, error.korean)
            answer.headers["Retry-After"] = str(_RETRY_S)
            return answer
        if status >= 500:
            _log.error("%s: %s", type(error).__name__, error)
            return problem(status)
        successors = error.successors if isinstance(error, Gone) else ()
        return problem(status, error.korean or str(error), error.parameter, successors=successors)

    @app.exception_handler(RequestValidationError)
    def unreadable(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        parameter = str(first["loc"][-1])
        return problem(400, f"{parameter}: 값을 읽을 수 없습니다 ({first['msg']})", parameter)

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        answer = problem(error.status_code)
        if error.status_code == 405:
            answer.headers["Allow"] = ", ".join(_allowed(request, routes))
        return answer

    @app.exception_handler(Exception)
    def fault(_: Request, error: Exception) -> Response:
        _log.exception("fault", exc_info=error)
        return problem(500)
