"""The `geo` command: mounts each subject's commands; `up` and `serve` start the service by name.

What a command needs is imported when it runs: all of it together takes two seconds.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from geo.clock import now
from geo.console import LazyGroup, Report, city, command, progress
from geo.errors import GeoError

cli = click.Group("geo", help="Paju's spatial information: orthophotos, changes, designated roads, disaster zones.")
ortho = LazyGroup("ortho", "geo.orthophoto.commands", help="Orthophoto surveys: sheets in, map tiles out.")
change = LazyGroup(
    "change", "geo.change.commands", help="Changes between two surveys, and those that no permit explains."
)
registry = LazyGroup(
    "registry",
    "geo.registry.commands",
    help="Parcels, designated roads, permits, zoning and where the register is complete.",
)
disaster = LazyGroup(
    "disaster", "geo.disaster.commands", help="Natural disaster risk zones: layers, progress, pumped storage."
)
layer = LazyGroup("layer", "geo.features.commands", help="Any other layer of the city, as a read-only collection.")
keys = click.Group("access", help="Keys for people and machines.")
for group in (ortho, change, registry, disaster, layer, keys):
    cli.add_command(group)


@command(cli, "up")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--serve/--no-serve", "serving", default=True, help="Serve the city when it is built.")
def up(data: Path, host: str, port: int, serving: bool) -> None:
    """Build the sample city if the data folder is empty, then serve it."""
    from geo import sample

    town = city(data, create=True)
    sample.build(town, at=now(), say=lambda text: click.echo(text, err=True), progress=progress)
    if serving:
        _serve(data, host, port, workers=1)


@command(cli, "serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
def serve(data: Path, host: str, port: int, workers: int) -> None:
    """Serve the data folder."""
    city(data)
    _serve(data, host, port, workers)


def _serve(data: Path, host: str, port: int, workers: int) -> None:
    """Start the service by name: the library knows no HTTP."""
    os.environ |= {"GEO_DATA": str(data), "GEO_HOST": host}
    click.echo(f"serving http://{host}:{port}/  (stop with Ctrl+C)", err=True)
    import_module("api.app").serve(host=host, port=port, workers=workers)


@command(change, "detect")
@click.argument("before")
@click.argument("after")
@click.option(
    "--area", help="A polygon file, a PNU or the name of a 읍면동; by default where both surveys show ground."
)
@click.option("--workers", type=click.IntRange(1, 64), default=os.cpu_count() or 1, show_default=True)
@click.option("--scheduler", metavar="tcp://HOST:PORT", help="A Dask cluster that sees the data folder.")
def detect(
    data: Path, before: str, after: str, area: str | None, workers: int, scheduler: str | None
) -> dict[str, Any]:
    """Find the changes between two surveys; resumes where it was stopped."""
    from geo import answers
    from geo.change import store as changes

    town = city(data)
    ground = answers.area(town, area) if area else None
    run = answers.detect(town, before, after, area=ground, workers=workers, scheduler=scheduler, progress=progress)
    return changes.run(town, run)


@command(change, "train")
@click.argument("before")
@click.argument("after")
def train(data: Path, before: str, after: str) -> dict[str, Any]:
    """Fit the building channel to the city: approvals for use, ground without a permit, verdicts."""
    from geo import answers

    return answers.train(city(data), before, after, officer="command line", at=now(), progress=progress)


@command(disaster, "scenarios")
@click.argument("zone")
@click.option("--terrain", type=click.Path(path_type=Path), required=True, help="Heights, a GeoTIFF in EPSG:5186.")
@click.option("--lines", type=click.Path(path_type=Path), help="Culverts (invert_m) and levees (crest_m), as lines.")
@click.option("--workers", type=click.IntRange(1, 64), default=os.cpu_count() or 1, show_default=True)
def scenarios(data: Path, zone: str, terrain: Path, lines: Path | None, workers: int) -> Report:
    """Compute a zone's flood scenarios (rain, river stage, works, failures); resumes where it was stopped."""
    from geo import answers

    town = city(data)
    found = answers.flood_scenarios(town, zone, terrain, lines=lines, workers=workers, progress=progress)
    words = f"{len(found['scenarios'])} scenarios of {found['zone_id']}, version {found['version']}"
    return Report(found, words)


@command(change, "unpermitted")
@click.argument("run")
def unpermitted(data: Path, run: str) -> Report:
    """List the changes that no permit explains."""
    from geo import answers, geojson

    rows = answers.unpermitted(city(data), run).drop(columns="geometry").to_dict("records")
    lines = [f"{c['change_id']}  {c['class']}  {c['area_m2']:.0f} m2  {c['score']:.2f}  {c['reason']}" for c in rows]
    return Report(geojson.plain(rows), "\n".join(lines) or "every change is explained by a permit")


@command(registry, "review")
@click.argument("site")
@click.option("--use", help="What the building is for, in Korean, such as 단독주택 or 공장.")
@click.option("--gfa", "gfa_m2", type=float, help="Total floor area in m2.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day to judge by; by default today.")
def review(data: Path, site: str, use: str | None, gfa_m2: float | None, as_of: Any) -> Report:
    """Review a building site: a PNU, an address, 'x,y' (EPSG:5186), several PNUs with '+', or a polygon file."""
    from geo import answers, geojson

    town = city(data)
    on: date = as_of.date() if as_of else now().date()
    found = answers.permit_review(town, answers.site(town, site), as_of=on, use=use, gfa_m2=gfa_m2)
    return Report(geojson.plain(found.to_dict()), found.sentence)


@command(cli, "map")
@click.argument("name")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False, writable=True))
@click.option("--one-file", is_flag=True, help="Everything in one file, which opens anywhere with no network.")
@click.option("--of", metavar="RUN|ZONE", help="The run of changes, or the zone of disaster-zone.")
def write_map(data: Path, name: str, out: Path, one_file: bool, of: str | None) -> dict[str, Any]:
    """Write a Folium map to a file; without --one-file its tiles and assets come from the service.

    NAME is orthophoto, changes, designated-roads or disaster-zone.
    """
    from geo import pages

    draw = pages.alone if one_file else pages.served
    out.write_text(draw(city(data), name, now().date(), of=of), encoding="utf-8")
    return {"map": name, "file": str(out), "bytes": out.stat().st_size}


@command(cli, "backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(data: Path, file: Path) -> Report:
    """Write register, audit with its head, catalogue and verdicts into FILE, with the keys.

    Imagery (orthophoto/) and flood scenarios (disaster/) are plain files in the data folder, copied as such.
    """
    from geo.operations import backup_store

    told = backup_store.backup(city(data), file, at=now(), officer="command line")
    faults = told["audit"]["faults"]
    words = f"{file}: {file.stat().st_size:,} bytes, {told['audit']['entries']} audit entries; it holds the keys"
    return Report(told, "\n".join([words, *faults]), failed=bool(faults))


@command(cli, "restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(data: Path, file: Path) -> Report:
    """Bring the city in FILE back into an empty data folder, its audit chain intact."""
    from geo.operations import backup_store

    url = os.environ.get("GEO_DATABASE_URL")
    told = backup_store.restore(data, url, file, at=now(), officer="command line")
    words = [f"restored the city as of {told['made_at']}, {told['audit']['entries']} audit entries"]
    words += [f"copy orthophoto/{id} into {data} to serve it again" for id in told["imagery_missing"]]
    return Report(told, "\n".join(words))


@command(cli, "bundle")
@click.argument("folder", type=click.Path(path_type=Path))
def bundle(data: Path, folder: Path) -> Report:
    """Make the package for a machine with no network in FOLDER: wheels, checksums, an install script."""
    from geo.operations import bundle_store

    made = bundle_store.bundle(folder)
    words = f"{made['wheels']} wheels, {made['bytes'] / 1e6:.0f} MB in {folder}; there: sh install.sh TARGET"
    return Report(made, words)


@command(keys, "add")
@click.argument("name")
@click.argument("role")
def add(data: Path, name: str, role: str) -> Report:
    """Give a person or a machine a key; it is printed once."""
    from geo import access

    key = access.add(city(data), name, role, at=now())
    return Report({"name": name, "role": role, "key": key}, f"{key}\nThis key is not shown again.")


@command(keys, "list")
def list_keys(data: Path) -> list[dict[Any, Any]]:
    """List the keys given; never the keys themselves."""
    from geo import access

    return access.listing(city(data)).to_dict("records")


@command(keys, "revoke")
@click.argument("name")
def revoke(data: Path, name: str) -> dict[str, str]:
    """Take a key away."""
    from geo import access

    access.revoke(city(data), name, at=now())
    return {"revoked": name}


@command(keys, "report")
@click.argument("month")
def report(data: Path, month: str) -> Report:
    """The monthly access report (MONTH is YYYY-MM): who, when, from where, whom, what, why."""
    from geo import access

    rows = access.report(city(data), month)
    seen = sum(row["what"] == "personal.read" for row in rows)
    bare = sum(not row["why"].strip() for row in rows)
    lines = [f"{r['at']}  {r['officer']}  {r['place']}  {', '.join(r['whom'])}  {r['what']}  {r['why']}" for r in rows]
    lines.append(f"{month}: {len(rows)} entries, personal data read {seen} times, {bare} without a reason")
    return Report({"month": month, "entries": rows, "personal_reads": seen, "without_reason": bare}, "\n".join(lines))


def main() -> None:
    """Run the command line: 0 done, 1 a check found faults, 2 refused in one sentence."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        sys.exit(_refuse(error.format_message()))
    except GeoError as error:
        sys.exit(_refuse(str(error)))
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)


def _refuse(sentence: str) -> int:
    click.echo(f"geo: {' '.join(sentence.split())}", err=True)
    return 2


if __name__ == "__main__":
    main()
