"""Who, when, why, before, after: an append-only table whose rows are chained by a keyed hash."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, Table, Text, select

from geo.database import METADATA, City, read

AUDIT = Table(
    "audit",
    METADATA,
    Column("n", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("officer", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("chain", Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One deed: `officer` did `action` to `subject`, `at` a time with zone, for a `reason`."""

    at: datetime
    officer: str
    action: str
    subject: str
    reason: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def append(connection: Connection, city: City, entry: Entry) -> None:
    """Add `entry` to the chain, inside the transaction of what it tells of."""
    last = connection.execute(select(AUDIT.c.n, AUDIT.c.chain).order_by(AUDIT.c.n.desc()).limit(1)).first()
    row = {
        "n": last.n + 1 if last else 1,
        "at": entry.at.isoformat(),
        "officer": entry.officer,
        "action": entry.action,
        "subject": entry.subject,
        "reason": entry.reason,
        "before": _canonical(entry.before),
        "after": _canonical(entry.after),
    }
    row["chain"] = _link(_key(city.folder), last.chain if last else "", row)
    connection.execute(AUDIT.insert().values(row))


def first_fault(city: City) -> int | None:
    """Return the number of the first entry that is not what was written, or None when the chain holds.

    Entries cut off at the end are found only against a head that was kept elsewhere.
    """
    key, chain = _key(city.folder), ""
    with read(city, AUDIT) as connection:
        for expected, found in enumerate(connection.execute(select(AUDIT).order_by(AUDIT.c.n)).mappings(), 1):
            row = {name: value for name, value in found.items() if name != "chain"}
            if row["n"] != expected or not hmac.compare_digest(_link(key, chain, row), found["chain"]):
                return expected
            chain = found["chain"]
    return None


def head(city: City) -> tuple[int, str]:
    """Return the number and chain value of the last entry, to be kept elsewhere; (0, '') when there is none."""
    with read(city, AUDIT) as connection:
        last = connection.execute(select(AUDIT.c.n, AUDIT.c.chain).order_by(AUDIT.c.n.desc()).limit(1)).first()
    return (last.n, last.chain) if last else (0, "")


def _canonical(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _link(key: bytes, previous: str, row: Mapping[str, Any]) -> str:
    body = json.dumps([previous, dict(row)], ensure_ascii=False, sort_keys=True)
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()


def _key(folder: Path) -> bytes:
    """Return the city's audit key, made once; it lies beside the database, not in it."""
    file = folder / "audit.key"
    if not file.exists():
        made = folder / f"audit.key.{secrets.token_hex(4)}"
        made.touch(mode=0o600)
        made.write_text(secrets.token_hex(32))
        try:
            file.hardlink_to(made)  # fails when another process was first: its key stands
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return bytes.fromhex(file.read_text())
