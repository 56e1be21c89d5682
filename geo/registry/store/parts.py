"""Long lists in parts that one statement can take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
AT_ONCE = 5_000  # SQLite binds at most 32,766 values in one statement; and rows are built as they are written


def in_parts(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items in lists short enough for one statement."""
    rest = iter(items)
    while part := list(islice(rest, AT_ONCE)):
        yield part
