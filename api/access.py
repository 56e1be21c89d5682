"""Who is calling and what they may do: every route names the role it needs, and without one it is refused."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from geo import access
from geo.access import Role
from geo.clock import today
from geo.database import City
from geo.errors import NoKey, NotAllowed

COOKIE = "paju_key"
CSRF_COOKIE = "paju_csrf"
CSRF_HEADER = "x-csrf-token"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a name for the audit, and a role."""

    name: str
    role: Role


def city_of(request: Request) -> City:
    """Return the city that this service serves."""
    city: City = request.app.state.city
    return city


def csrf_token(key: str) -> str:
    """Return the token that a page must send beside its cookie when it changes something."""
    return hmac.new(key.encode(), b"csrf", hashlib.sha256).hexdigest()


def caller_of(request: Request) -> Caller:
    """Return who calls, by Bearer key or by the cookie of /login. Raises NotAllowed for a key that is none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        key = request.cookies.get(COOKIE, "")
        changes = request.method not in ("GET", "HEAD", "OPTIONS")
        shown = request.headers.get(CSRF_HEADER, "")
        if key and changes and not hmac.compare_digest(shown.encode(), csrf_token(key).encode()):
            raise NotAllowed("the CSRF token is missing or wrong", korean="화면을 새로 고친 뒤 다시 시도하십시오.")
    if not key:
        return Caller("anonymous", request.app.state.role_without_key)
    found = access.identify(city_of(request), key)
    if found is None:
        raise NoKey("the key is not valid", korean="인증키가 올바르지 않거나 회수되었습니다.")
    return Caller(*found)


@dataclass(frozen=True)
class Requires:
    """The policy of a route: the role that its caller must hold at least."""

    role: Role
    personal: bool = False
    """Also the grant for personal data, which no role implies."""
    keyed: bool = False
    """A key of one's own, even where everyone may read."""

    async def __call__(self, request: Request) -> Caller:
        """Return the caller; the embedded store is asked on the spot, a thread costs more. Raises as `check` does."""
        embedded = city_of(request).engine.dialect.name == "sqlite"
        return self.check(request) if embedded else await run_in_threadpool(self.check, request)

    def check(self, request: Request) -> Caller:
        """Return the caller. Raises NoKey or NotAllowed."""
        caller = caller_of(request)
        if caller.role >= self.role and not self.personal and not (self.keyed and caller.name == "anonymous"):
            return caller
        if caller.name == "anonymous":
            raise NoKey("this needs a key", korean="이 자료를 보려면 로그인하거나 인증키를 보내십시오.")
        if caller.role >= self.role:
            if access.may_see_persons(city_of(request), caller.name, on=today()):
                return caller
            raise NotAllowed(
                f"{caller.name!r} has no valid grant for personal data",
                korean="개인정보 열람 권한이 없거나 기간이 지났습니다.",
            )
        raise NotAllowed(
            f"{caller.name!r} is {caller.role.name.lower()}, this needs {self.role.name.lower()}",
            korean=f"이 작업에는 '{ROLE_KO[self.role]}' 권한이 필요합니다.",
        )


ROLE_KO = {Role.PUBLIC: "공개", Role.REVIEWER: "검토", Role.EDITOR: "편집", Role.ADMIN: "관리"}
REVIEWING = Requires(Role.REVIEWER)
PUBLIC = Depends(Requires(Role.PUBLIC))
REVIEWER = Depends(REVIEWING)
Editor = Annotated[Caller, Depends(Requires(Role.EDITOR))]
Inspector = Annotated[Caller, Depends(Requires(Role.REVIEWER, keyed=True))]
PersonalData = Annotated[Caller, Depends(Requires(Role.REVIEWER, personal=True))]
"""Policies of routes that need to know who calls."""


async def _served(request: Request) -> City:
    return city_of(request)  # without a thread of its own


ServedCity = Annotated[City, Depends(_served)]
