"""Work spread over a Dask cluster, in order: the same functions as on one machine, the same result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

from geo.change.align import Run
from geo.cluster import client
from geo.errors import Conflict

TRIES = 3  # of a block whose worker was lost
AHEAD = 64  # blocks handed out beyond the one that is waited for: enough for a cluster, little for the memory


@contextmanager
def connected(scheduler: str) -> Iterator[Run]:
    """Give a `map` over the cluster at `scheduler`, whose workers see the data folder under the same name.

    Raises BadInput where none answers, Conflict when it is lost on the way.
    """
    with client(scheduler) as held:
        try:
            yield lambda function, items: _spread(held, function, items)
        except (CancelledError, OSError) as error:
            raise Conflict(
                f"the Dask cluster at {scheduler} was lost; run the same command again, it goes on from here"
            ) from error


def _spread(held: Any, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    waiting = []
    for item in items:
        waiting.append(held.submit(function, item, pure=False, retries=TRIES))
        if len(waiting) > AHEAD:
            yield waiting.pop(0).result()
    while waiting:
        yield waiting.pop(0).result()
