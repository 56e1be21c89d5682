"""Who, when, why, before, after: an append-only table whose rows are chained by a keyed hash, month by month.

A closed month's last link is signed and kept in `audit_months`; when the month has been kept long enough its rows are
dropped whole, and the chain is verified from the kept link on. The newest link is exported to `audit.head` beside the
database, so that entries cut off at the end are found. Keep copies of that file on another machine: who can write
both the database and the file can take both back to an earlier day.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, Table, Text, delete, func, insert, select, update

from geo.database import METADATA, City, afterwards, read
from geo.errors import BadInput

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
MONTHS = Table(
    "audit_months",
    METADATA,
    Column("last_n", Integer, primary_key=True),
    Column("month", Text, nullable=False),
    Column("first_n", Integer, nullable=False),
    Column("chain", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("dropped_at", Text),
)
TABLES = (AUDIT, MONTHS)
"""What a transaction that appends must name to `database.write`."""

HEAD = "audit.head"
KEY = "audit.key"
RETENTION = "GEO_AUDIT_YEARS"
_YEARS = 2  # 개인정보의 안전성 확보조치 기준 제8조: two years for systems with unique identifiers, never less than one
_DROPPED_AT_ONCE = 2  # months at each closing: a clock that runs ahead once must not empty the chain


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
    """Add `entry` to the chain, inside the transaction of what it tells of; the first of a month closes the last."""
    last = _last(connection)
    number, previous = (last.n, last.chain) if last else (0, "")
    number += 1
    row: dict[str, Any] = {
        "n": number,
        "at": entry.at.isoformat(),
        "officer": entry.officer,
        "action": entry.action,
        "subject": entry.subject,
        "reason": entry.reason,
        "before": _canonical(entry.before),
        "after": _canonical(entry.after),
    }
    key = _key(city.folder)
    row["chain"] = _link(key, previous, row)
    connection.execute(insert(AUDIT).values(row))
    if last and row["at"][:7] != last.at[:7]:
        _close_month(connection, city, last, entry.at)
    afterwards(connection, lambda: _export(city.folder, number, row["chain"]))


def _last(connection: Connection) -> Row[Any] | None:
    return connection.execute(select(AUDIT).order_by(AUDIT.c.n.desc()).limit(1)).first()


def _close_month(connection: Connection, city: City, last: Row[Any], at: datetime) -> None:
    """Sign the last link of the month before, unless the clock was set back, and drop what was kept long enough."""
    closed = connection.scalar(select(func.max(MONTHS.c.last_n))) or 0
    open_rows = AUDIT.c.n > closed, AUDIT.c.n <= last.n
    first, newest = connection.execute(select(func.min(AUDIT.c.n), func.max(AUDIT.c.at)).where(*open_rows)).one()
    month = newest[:7]
    if at.isoformat()[:7] <= month:
        return
    key = _key(city.folder)
    row = {"last_n": last.n, "month": month, "first_n": first, "chain": last.chain, "dropped_at": None}
    connection.execute(insert(MONTHS).values(**row, signature=_sign(key, row)))
    limit = f"{at.year - retention_years():04d}-{at.month:02d}"
    old = select(MONTHS).where(MONTHS.c.month < limit, MONTHS.c.dropped_at.is_(None)).order_by(MONTHS.c.last_n)
    for expired in connection.execute(old.limit(_DROPPED_AT_ONCE)).all():
        connection.execute(delete(AUDIT).where(AUDIT.c.n.between(expired.first_n, expired.last_n)))
        kept = {**_signed(expired), "dropped_at": at.isoformat()}
        changed = update(MONTHS).where(MONTHS.c.last_n == expired.last_n)
        connection.execute(changed.values(**kept, signature=_sign(key, kept)))


def _signed(month: Row[Any]) -> dict[str, Any]:
    return {name: getattr(month, name) for name in ("last_n", "month", "first_n", "chain", "dropped_at")}


def retention_years() -> int:
    """Return how many years entries are kept: GEO_AUDIT_YEARS, 2 when unset. Raises BadInput below 1."""
    text = os.environ.get(RETENTION, str(_YEARS))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 99):
        raise BadInput(f"{RETENTION}={text!r}: entries are kept for a whole number of years, at least 1")
    return int(text)


def faults(city: City) -> list[tuple[int, str]]:
    """Return what is wrong with the chain, each with the entry's number: edited, deleted, cut off, or resigned."""
    key = _key(city.folder)
    with read(city, *TABLES) as connection:
        months = connection.execute(select(MONTHS).order_by(MONTHS.c.last_n)).all()
        for month in months:
            if not hmac.compare_digest(_sign(key, _signed(month)), month.signature):
                return [(month.first_n, f"the kept head of {month.month} is not what was signed")]
        kept = {month.last_n: month.chain for month in months}
        dropped = [month for month in months if month.dropped_at is not None]
        number, chain = (dropped[-1].last_n, dropped[-1].chain) if dropped else (0, "")
        links = dict(kept)
        for found in connection.execute(select(AUDIT).order_by(AUDIT.c.n)).mappings():
            number += 1
            row = {name: value for name, value in found.items() if name != "chain"}
            if row["n"] != number:
                return [(number, f"audit entry {number} is missing")]
            if not hmac.compare_digest(_link(key, chain, row), found["chain"]):
                return [(number, f"audit entry {number} is not what was written")]
            chain = found["chain"]
            if kept.get(number, chain) != chain:
                return [(number, f"audit entry {number} is not the head that was kept of its month")]
            links[number] = chain
        if any(last > number for last in kept):
            return [(number + 1, f"audit entries after {number} were cut off: a later month's head was kept")]
    return _against_head(city.folder, links, number)


def _against_head(folder: Path, links: Mapping[int, str], last: int) -> list[tuple[int, str]]:
    """Compare the chain with the exported head, which may lag behind by what was saved as a process was killed."""
    file = folder / HEAD
    if not file.exists():
        return [(last, f"{HEAD} is missing beside the database: nothing tells whether entries were cut off")] * (
            last > 0
        )
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        number, chain = int(told["n"]), str(told["chain"])
    except (ValueError, KeyError, TypeError):
        return [(last, f"{HEAD} beside the database cannot be read")]
    if number > last:
        return [(last + 1, f"audit entries {last + 1} to {number} were cut off: {HEAD} names {number} as the last")]
    if links.get(number) != chain:
        return [(number, f"audit entry {number} is not the one that {HEAD} names")]
    return []


def head(city: City) -> tuple[int, str]:
    """Return the number and chain value of the last entry, to be kept elsewhere; (0, '') when there is none."""
    with read(city, AUDIT) as connection:
        last = _last(connection)
    return (last.n, last.chain) if last else (0, "")


def entries(city: City, month: str) -> list[dict[str, Any]]:
    """Return the entries of a month, YYYY-MM, oldest first; `before` and `after` as JSON values."""
    try:
        datetime.strptime(month, "%Y-%m")
    except ValueError:
        raise BadInput(f"month {month!r} is not of the form YYYY-MM", parameter="month") from None
    with read(city, AUDIT) as connection:
        found = connection.execute(select(AUDIT).where(AUDIT.c.at.startswith(month)).order_by(AUDIT.c.n)).mappings()
        return [
            {**row, "before": json.loads(row["before"] or "null"), "after": json.loads(row["after"] or "null")}
            for row in found
        ]


def _export(folder: Path, number: int, chain: str) -> None:
    """Write the newest head beside the database, whole; an older one never takes the place of a newer."""
    file = folder / HEAD
    try:
        if int(json.loads(file.read_text(encoding="utf-8"))["n"]) >= number:
            return
    except (OSError, ValueError, KeyError, TypeError):
        pass  # none yet, or damaged: written anew
    made = folder / f"{HEAD}.{secrets.token_hex(4)}"
    made.write_text(json.dumps({"n": number, "chain": chain}), encoding="utf-8")
    made.replace(file)


def _sign(key: bytes, month: Mapping[str, Any]) -> str:
    return hmac.new(key, ("month" + json.dumps(dict(month), sort_keys=True)).encode(), hashlib.sha256).hexdigest()


def _canonical(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _link(key: bytes, previous: str, row: Mapping[str, Any]) -> str:
    body = json.dumps([previous, dict(row)], ensure_ascii=False, sort_keys=True)
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()


def _key(folder: Path) -> bytes:
    return secret(folder, KEY)


def secret(folder: Path, name: str) -> bytes:
    """Return a key of 32 bytes from a file beside the database, never in it; made once, for its owner alone."""
    file = folder / name
    if not file.exists():
        made = folder / f"{name}.{secrets.token_hex(4)}"
        made.touch(mode=0o600)
        made.write_text(secrets.token_hex(32))
        try:
            file.hardlink_to(made)  # fails when another process was first: its key stands
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return bytes.fromhex(file.read_text())
