"""The parties to a road and their consents: sealed columns, read in clear only for a reason that was audited first."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import SQLAlchemyError

from geo import audit
from geo.database import City, read, write
from geo.errors import BadInput, Damaged, NotFound, RuleBroken
from geo.registry import personal
from geo.registry.event import Event
from geo.registry.store.tables import CONSENTS, PARTIES, ROADS

KEY = "personal.key"
KEY_SETTING = "GEO_PERSONAL_KEY"
_SHORTEST_REASON = 5  # letters: '.' and '업무' are no reasons


def _key(city: City) -> bytes:
    """Return the key of the sealed columns: from GEO_PERSONAL_KEY (64 hex digits), else a file beside the database."""
    given = os.environ.get(KEY_SETTING)
    if given is None:
        return audit.secret(city.folder, KEY)
    try:
        key = bytes.fromhex(given)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise BadInput(f"{KEY_SETTING} is not 64 hexadecimal digits")
    return key


def keep(connection: Connection, city: City, event: Event, uid: str, at: datetime) -> None:
    """Seal the parties of an event, inside its transaction."""
    for given in event.parties:
        who, what = personal.party(given)
        key, ref = _key(city), os.urandom(16).hex()
        sealed = personal.seal(key, who, _about_party(ref))
        connection.execute(insert(PARTIES).values(party_ref=ref, sealed=sealed))
        consent = personal.seal(key, what, _about_consent(uid, ref))
        row = {"road_uid": uid, "party_ref": ref, "sealed": consent, "recorded_at": at.isoformat()}
        connection.execute(insert(CONSENTS).values(row))


def parties(
    city: City, uid: str, *, officer: str, reason: str, at: datetime, place: str | None
) -> list[dict[str, Any]]:
    """Return the parties to a road in clear: each with what it consented to.

    The audit entry is saved first; where it cannot be, Damaged is raised and nothing is read.
    Raises RuleBroken without a reason, NotFound for a road that is none.
    """
    if len(reason.strip()) < _SHORTEST_REASON:
        raise RuleBroken("a reason is missing", korean="열람 사유를 구체적으로 적으십시오.", parameter="reason")
    personal.refuse(reason, "reason")
    try:
        with write(city, ROADS, CONSENTS, PARTIES, *audit.TABLES) as connection:
            if connection.scalar(select(ROADS.c.fid).where(ROADS.c.road_uid == uid)) is None:
                raise NotFound("there is no road of that identifier", korean="해당 도로가 없습니다.", parameter="id")
            refs = list(connection.scalars(select(CONSENTS.c.party_ref).where(CONSENTS.c.road_uid == uid)))
            told = {"subjects": refs, "from": place}
            entry = audit.Entry(
                at=at, officer=officer, action="personal.read", subject=uid, reason=reason.strip(), after=told
            )
            audit.append(connection, city, entry)
    except (SQLAlchemyError, OSError, ValueError) as error:
        raise Damaged(
            f"the audit entry could not be saved ({type(error).__name__}); no personal data was read"
        ) from error
    return _opened(city, uid)


def _opened(city: City, uid: str) -> list[dict[str, Any]]:
    key = _key(city)
    query = (
        select(
            CONSENTS.c.party_ref, CONSENTS.c.sealed.label("what"), PARTIES.c.sealed.label("who"), CONSENTS.c.recorded_at
        )
        .join_from(CONSENTS, PARTIES, CONSENTS.c.party_ref == PARTIES.c.party_ref)
        .where(CONSENTS.c.road_uid == uid)
        .order_by(CONSENTS.c.n)
    )
    with read(city, CONSENTS, PARTIES) as connection:
        return [
            {
                "party_ref": row.party_ref,
                **personal.reveal(key, row.who, _about_party(row.party_ref)),
                "consent": personal.reveal(key, row.what, _about_consent(uid, row.party_ref)),
                "recorded_at": row.recorded_at,
            }
            for row in connection.execute(query)
        ]


def _about_party(ref: str) -> str:
    return f"parties/{ref}"


def _about_consent(uid: str, ref: str) -> str:
    return f"consents/{uid}/{ref}"
