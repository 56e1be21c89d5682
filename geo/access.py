"""Keys and roles: what a key may do; only a key's hash is stored."""

import hashlib
import re
import secrets
from datetime import datetime
from enum import IntEnum

import pandas as pd
from sqlalchemy import Column, Integer, Table, Text, select

from geo.audit import AUDIT, Entry, append
from geo.database import METADATA, City, read, write
from geo.errors import BadInput, Conflict, NotFound

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


def add(city: City, name: str, role: str, *, at: datetime) -> str:
    """Give `name` a key with `role` and return it; it cannot be shown again. Raises BadInput and Conflict."""
    if not _NAME.fullmatch(name):
        raise BadInput(f"name {name!r}: use 2 to 32 of a-z, 0-9, '_', '.', '-', beginning with a letter")
    if role not in (roles := [r.name.lower() for r in Role if r is not Role.PUBLIC]):
        raise BadInput(f"role {role!r} is none of {', '.join(roles)}")
    # 32 random bytes need no slow hash: nobody can try them out
    key = f"pj_{secrets.token_urlsafe(32)}"
    with write(city, KEYS, AUDIT) as connection:
        if connection.scalar(select(KEYS.c.n).where(KEYS.c.name == name, KEYS.c.revoked_at.is_(None))):
            raise Conflict(f"{name!r} has a key already; revoke it first")
        row = {"name": name, "role": role, "sha256": _hash(key), "added_at": at.isoformat()}
        connection.execute(KEYS.insert().values(row))
        told = {"name": name, "role": role}
        append(connection, city, Entry(at=at, officer="command line", action="access.add", subject=name,
                                       reason="key given", after=told))  # fmt: skip
    return key


def revoke(city: City, name: str, *, at: datetime) -> None:
    """Take the key of `name` away. Raises NotFound."""
    with write(city, KEYS, AUDIT) as connection:
        valid = (KEYS.c.name == name) & KEYS.c.revoked_at.is_(None)
        if not connection.execute(KEYS.update().where(valid).values(revoked_at=at.isoformat())).rowcount:
            raise NotFound(f"{name!r} has no key")
        append(connection, city, Entry(at=at, officer="command line", action="access.revoke", subject=name,
                                       reason="key taken away"))  # fmt: skip


def listing(city: City) -> pd.DataFrame:
    """Return every key given: `name`, `role`, `added_at`, `revoked_at`; never the key."""
    columns = (KEYS.c.name, KEYS.c.role, KEYS.c.added_at, KEYS.c.revoked_at)
    with read(city, KEYS) as connection:
        return pd.DataFrame(connection.execute(select(*columns).order_by(KEYS.c.n)).mappings().all())


def identify(city: City, key: str) -> tuple[str, Role] | None:
    """Return who holds `key` and their role, or None when it is no valid key."""
    with read(city, KEYS) as connection:
        valid = (KEYS.c.sha256 == _hash(key)) & KEYS.c.revoked_at.is_(None)
        row = connection.execute(select(KEYS.c.name, KEYS.c.role).where(valid)).first()
    return (row.name, Role[row.role.upper()]) if row else None


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
