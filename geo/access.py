"""Keys and roles: what a key may do; only a key's hash is stored."""

import hashlib
import re
import secrets
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any

import pandas as pd
from sqlalchemy import Column, Integer, Table, Text, bindparam, select

from geo import audit
from geo.audit import Entry, append
from geo.database import METADATA, City, read, write
from geo.errors import BadInput, Conflict, NotFound
from geo.statement import Statement, snapshot

_NAME = re.compile(r"[a-z][a-z0-9_.-]{1,31}")


class Role(IntEnum):
    """What a caller may do; each role holds those before it."""

    PUBLIC = 0
    REVIEWER = 1
    EDITOR = 2
    ADMIN = 3


KEYS = Table(
    "access_keys",
    METADATA,
    Column("n", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("sha256", Text, nullable=False, unique=True),
    Column("added_at", Text, nullable=False),
    Column("revoked_at", Text),
)


GRANTS = Table(  # who may see personal data, until when: no role implies it
    "access_grants",
    METADATA,
    Column("n", Integer, primary_key=True),
    Column("name", Text, nullable=False, index=True),
    Column("granted_at", Text, nullable=False),
    Column("expires_on", Text, nullable=False),
    Column("revoked_at", Text),
)
_TABLES = (KEYS, GRANTS, *audit.TABLES)
_PII = re.compile(r"(?P<role>[a-z]+)\+pii(?::(?P<until>\d{4}-\d{2}-\d{2}))?")
_PII_DAYS, _MOST_PII_DAYS = 90, 366  # by default, and at most: a grant is looked at again every year
RESERVED = "anonymous"


def add(city: City, name: str, role: str, *, at: datetime) -> str:
    """Give `name` a key with `role` and return it; it cannot be shown again. Raises BadInput and Conflict.

    `editor+pii` grants personal data beside the role, for 90 days; `editor+pii:2026-12-31` until a day.
    """
    role, until = _read_role(role, at.date())
    if not _NAME.fullmatch(name) or name == RESERVED:
        raise BadInput(f"name {name!r}: use 2 to 32 of a-z, 0-9, '_', '.', '-', beginning with a letter")
    if role not in (roles := [r.name.lower() for r in Role if r is not Role.PUBLIC]):
        raise BadInput(f"role {role!r} is none of {', '.join(roles)}, with '+pii' for personal data")
    # 32 random bytes need no slow hash: nobody can try them out
    key = f"pj_{secrets.token_urlsafe(32)}"
    with write(city, *_TABLES) as connection:
        if connection.scalar(select(KEYS.c.n).where(KEYS.c.name == name, KEYS.c.revoked_at.is_(None))):
            raise Conflict(f"{name!r} has a key already; revoke it first")
        row = {"name": name, "role": role, "sha256": _hash(key), "added_at": at.isoformat()}
        connection.execute(KEYS.insert().values(row))
        if until is not None:
            grant = {"name": name, "granted_at": at.isoformat(), "expires_on": until.isoformat()}
            connection.execute(GRANTS.insert().values(grant))
        told = {"name": name, "role": role, "pii_until": until}
        append(connection, city, Entry(at=at, officer="command line", action="access.add", subject=name,
                                       reason="key given", after=told))  # fmt: skip
    return key


def revoke(city: City, name: str, *, at: datetime) -> None:
    """Take the key of `name` away. Raises NotFound."""
    with write(city, *_TABLES) as connection:
        valid = (KEYS.c.name == name) & KEYS.c.revoked_at.is_(None)
        if not connection.execute(KEYS.update().where(valid).values(revoked_at=at.isoformat())).rowcount:
            raise NotFound(f"{name!r} has no key")
        granted = (GRANTS.c.name == name) & GRANTS.c.revoked_at.is_(None)
        connection.execute(GRANTS.update().where(granted).values(revoked_at=at.isoformat()))
        append(connection, city, Entry(at=at, officer="command line", action="access.revoke", subject=name,
                                       reason="key taken away"))  # fmt: skip


def listing(city: City) -> pd.DataFrame:
    """Return every key given: `name`, `role`, `pii_until`, `added_at`, `revoked_at`; never the key."""
    columns = (KEYS.c.name, KEYS.c.role, GRANTS.c.expires_on.label("pii_until"), KEYS.c.added_at, KEYS.c.revoked_at)
    given = (GRANTS.c.name == KEYS.c.name) & (GRANTS.c.granted_at == KEYS.c.added_at)
    query = select(*columns).join_from(KEYS, GRANTS, given, isouter=True).order_by(KEYS.c.n)
    with read(city, KEYS, GRANTS) as connection:
        return pd.DataFrame(connection.execute(query).mappings().all())


def identify(city: City, key: str) -> tuple[str, Role] | None:
    """Return who holds `key` and their role, or None when it is no valid key."""
    with snapshot(city, KEYS) as held:
        found = _HOLDER.rows(held, {"hash": _hash(key)})
    return next(((name, Role[role.upper()]) for name, role in found), None)


_HOLDER = Statement(
    lambda _: select(KEYS.c.name, KEYS.c.role).where(KEYS.c.sha256 == bindparam("hash"), KEYS.c.revoked_at.is_(None))
)


def may_see_persons(city: City, name: str, *, on: date) -> bool:
    """Say whether the holder of a key has a grant for personal data that has not expired."""
    with read(city, GRANTS) as connection:
        valid = (GRANTS.c.name == name) & GRANTS.c.revoked_at.is_(None) & (GRANTS.c.expires_on >= on.isoformat())
        return name != RESERVED and connection.scalar(select(GRANTS.c.n).where(valid).limit(1)) is not None


def report(city: City, month: str) -> list[dict[str, Any]]:
    """Return who did what in a month (YYYY-MM): `at`, `officer`, `place`, `whom`, `what`, `why`; oldest first.

    `whom` is the road, layer or key, and for personal data the pseudonyms of those whose data was shown.
    """
    return [
        {
            "at": entry["at"],
            "officer": entry["officer"],
            "place": (entry["after"] or {}).get("from") or entry["officer"],
            "whom": [entry["subject"], *(entry["after"] or {}).get("subjects", [])],
            "what": entry["action"],
            "why": entry["reason"],
        }
        for entry in audit.entries(city, month)
    ]


def _read_role(text: str, today: date) -> tuple[str, date | None]:
    """Take `editor+pii:2026-12-31` apart: the role, and until when personal data may be seen. Raises BadInput."""
    found = _PII.fullmatch(text)
    if found is None:
        return text, None
    try:
        until = date.fromisoformat(found["until"]) if found["until"] else today + timedelta(days=_PII_DAYS)
    except ValueError:
        raise BadInput(f"role {text!r}: {found['until']} is no date") from None
    if not today <= until <= today + timedelta(days=_MOST_PII_DAYS):
        raise BadInput(f"role {text!r}: personal data is granted for at most a year from {today}, not until {until}")
    return found["role"], until


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
