"""One question to the database that may not take for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection, text
from sqlalchemy.exc import DataError, OperationalError

from geo.database import City, read
from geo.errors import Unreadable
from geo.features.collections import Collection

MOST_S = 10.0
"""A filter may take so long on the store; one that takes longer is refused."""
_STEPS = 20_000  # of SQLite's machine between two looks at the clock: a few milliseconds


@contextmanager
def asking(city: City, collection: Collection) -> Iterator[Connection]:
    """Open a collection's table for reading. Raises Unreadable, naming `filter`, when the store gives up."""
    with read(city, collection.table) as connection:
        driver = cast(Any, connection.connection.driver_connection)
        embedded = connection.dialect.name == "sqlite"
        if embedded:
            end = time.monotonic() + MOST_S
            driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        else:
            connection.execute(text(f"SET LOCAL statement_timeout = {MOST_S * 1000:.0f}"))
        try:
            yield connection
        except (OperationalError, DataError) as error:
            if not _given_up(error):
                raise
            raise Unreadable(
                f"the filter cannot be computed within {MOST_S:g} s, or not at all",
                korean="filter: 계산할 수 없거나 너무 오래 걸립니다. bbox로 범위를 줄이십시오.",
                parameter="filter",
            ) from error
        finally:
            if embedded:
                driver.set_progress_handler(None, 0)


def _given_up(error: OperationalError | DataError) -> bool:
    """Tell whether the question was at fault: it was stopped, or asks for what numbers cannot be."""
    return isinstance(error, DataError) or "interrupted" in str(error.orig) or "statement timeout" in str(error.orig)
