"""The `geo layer` commands: any other layer of the city in as a collection, and out again."""

from __future__ import annotations

from pathlib import Path

import click

from geo.clock import now
from geo.console import Epsg, Report, city, command
from geo.features import store

group = click.Group("layer")


@command(group, "import")
@click.argument("id")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--title", help="What people call it, in Korean; by default its ID.")
@click.option("--crs", type=Epsg(), help="The coordinate system the file is known to have, as EPSG:5174.")
def import_(data: Path, id: str, file: Path, title: str | None, crs: int | None) -> Report:
    """Publish FILE as the collection ID, in place of an imported one of that name."""
    done = store.import_layer(city(data), id, file, title=title or id, at=now(), crs=crs)
    return Report(done.to_dict(), done.sentence)


@command(group, "remove")
@click.argument("id")
def remove(data: Path, id: str) -> dict[str, str]:
    """Take an imported layer out."""
    store.remove_layer(city(data), id, at=now())
    return {"removed": id}
