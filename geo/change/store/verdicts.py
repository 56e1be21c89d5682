"""What officers say of a change after they looked: kept one after the other, the newest beside the change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from geo import audit
from geo.change import review
from geo.change.store.records import CHANGES, VERDICT, VERDICTS, one
from geo.database import City, read, write
from geo.errors import BadInput


def judge(
    city: City, run: str, n: int, verdict: str, *, note: str | None, officer: str, at: datetime
) -> dict[str, Any]:
    """Keep an officer's verdict on change `n` of a run, in place of an earlier one, and return it as `history` does.

    Raises NotFound for the run or the change, BadInput for a verdict there is not.
    """
    if verdict not in review.VERDICTS:
        raise BadInput(
            f"verdict {verdict!r} is none of {', '.join(review.VERDICTS)}",
            korean=f"판정 '{verdict}'은(는) {', '.join(review.VERDICTS)} 중 하나여야 합니다.",
            parameter="verdict",
        )
    told = {"verdict": verdict, "verdict_by": officer, "verdict_at": at.isoformat(), "verdict_note": note}
    with write(city, CHANGES, VERDICTS, *audit.TABLES) as connection:
        change = one(connection, run, n)
        before = {name: change[name] for name in VERDICT} if change["verdict"] else None
        connection.execute(insert(VERDICTS).values(run=run, change_id=change["change_id"], **told))
        connection.execute(update(CHANGES).where(CHANGES.c.fid == change["fid"]).values(told))
        entry = audit.Entry(at=at, officer=officer, action="change.verdict", subject=f"{run}/{change['change_id']}",
                            reason=note or verdict, before=before, after=told)  # fmt: skip
        audit.append(connection, city, entry)
    return told


def history(city: City, run: str, change_id: str) -> list[dict[str, Any]]:
    """Return every verdict on a change, newest first: verdict, verdict_by, verdict_at, verdict_note."""
    mine = (VERDICTS.c.run == run) & (VERDICTS.c.change_id == change_id)
    query = select(*(VERDICTS.c[name] for name in VERDICT)).where(mine).order_by(VERDICTS.c.n.desc())
    with read(city, VERDICTS) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
