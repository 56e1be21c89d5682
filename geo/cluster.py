"""A Dask cluster by its address."""

from __future__ import annotations

from typing import Any

from geo.errors import BadInput


def client(scheduler: str) -> Any:
    """Return a distributed.Client of the cluster at `scheduler`. Raises BadInput without Dask or where none answers."""
    try:
        from distributed import Client
    except ImportError as error:
        raise BadInput("--scheduler needs Dask, which is not installed: pip install 'paju-geo[dask]'") from error
    try:
        return Client(scheduler, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise BadInput(f"no Dask scheduler answers at {scheduler}; check --scheduler") from error
