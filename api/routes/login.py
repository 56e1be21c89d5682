"""A key for a cookie: images and pages carry no Bearer header."""

from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import COOKIE, CSRF_COOKIE, PUBLIC, ServedCity, csrf_token
from geo import access
from geo.errors import NoKey

router = APIRouter(prefix="/login", tags=["access"], dependencies=[PUBLIC])
DAY_S = 12 * 3600  # a working day


@router.get("", response_class=HTMLResponse)
def form() -> str:
    """Ask for a key."""
    return (files("api") / "pages" / "login.html").read_text(encoding="utf-8")


@router.post("")
def login(request: Request, city: ServedCity, key: Annotated[str, Form(max_length=200)]) -> Response:
    """Take a key and give it back as a cookie that scripts cannot read."""
    if access.identify(city, key.strip()) is None:
        raise NoKey("the key is not valid", korean="인증키가 올바르지 않거나 회수되었습니다.", parameter="key")
    answer = RedirectResponse("/", status_code=303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, key.strip(), httponly=True, max_age=DAY_S, samesite="strict", secure=secure)
    answer.set_cookie(CSRF_COOKIE, csrf_token(key.strip()), max_age=DAY_S, samesite="strict", secure=secure)
    return answer
