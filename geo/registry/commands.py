"""The `geo registry` commands: files in and out, the law on bare facts, figures, and the check of the register."""

from __future__ import annotations

from pathlib import Path

import click

from geo import boundaries, geojson
from geo.clock import now
from geo.console import Epsg, Report, city, command, to_json
from geo.database import City
from geo.errors import NotFound, Unreadable
from geo.registry import overview, statute, store
from geo.registry.delivery import SHOWN, BadRows
from geo.registry.event import read as read_event

group = click.Group("registry")

_FILE = click.Path(path_type=Path)


@command(group, "import")
@click.argument("kind")
@click.argument("file", type=_FILE)
@click.option("--crs", type=Epsg(), help="The coordinate system the file is known to have, as EPSG:5174.")
def import_(data: Path, kind: str, file: Path, crs: int | None) -> Report:
    """Bring a file of KIND (parcels, roads, permits, recognitions, zoning, coverage) in: whole, or not at all."""
    try:
        checked = store.check_file(_present(data), kind, file, crs=crs)
    except BadRows as refused:
        _tell(refused)
        raise
    done = store.bring_in(city(data, create=True), checked, at=now())
    return Report(done.to_dict(), done.sentence)


def _present(data: Path) -> City | None:
    """Return the city in `data`, None where there is none: a refused file must not make one."""
    try:
        return city(data)
    except NotFound:
        return None


def _tell(refused: BadRows) -> None:
    """Print what is wrong row by row: the first twenty for people, every one with --json."""
    if click.get_current_context().params["as_json"]:
        faults = [vars(fault) for fault in refused.faults]
        click.echo(to_json({"refused": str(refused), "faults": faults}))
        return
    click.echo("\n".join(str(fault) for fault in refused.faults[:SHOWN]))
    if (left := len(refused.faults) - SHOWN) > 0:
        click.echo(f"and {left:,} more; --json shows them all")


@command(group, "export")
@click.argument("kind")
@click.argument("file", type=_FILE)
def export(data: Path, kind: str, file: Path) -> Report:
    """Write all of KIND to FILE; its ending decides: .gpkg, .geojson, .parquet or .fgb."""
    rows = store.export(city(data), kind, file)
    return Report({"kind": kind, "file": str(file), "rows": rows}, f"{kind}: {rows:,} rows written to {file}")


@command(group, "amend")
@click.argument("road")
@click.argument("event", type=_FILE)
@click.option("--reason", required=True, help="Why: it stands in the history and in the audit.")
def amend(data: Path, road: str, event: Path, reason: str) -> Report:
    """Designate, change, split, merge, abolish or correct ROAD (its identifier, or 'new') as EVENT.json says."""
    uid = None if road == "new" else road
    document = store.facts(event)
    if not isinstance(document, dict):
        raise Unreadable(f"{event.name} holds no JSON object")
    told = read_event(document)
    written = store.amend_road(city(data), uid, told, versions=None, officer="command line", at=now(), reason=reason)
    return Report({"event": told.kind, "roads": written}, f"{told.kind}: {', '.join(written)}")


@command(group, "judge")
@click.argument("file", type=_FILE)
def judge(data: Path, file: Path) -> Report:
    """Judge the bare facts of FILE by the law; the answer is the same file with `expect` filled in, as JSON."""
    judged = statute.judge(store.facts(file))
    return Report(judged, to_json(judged))


@command(group, "statistics")
def statistics(data: Path) -> Report:
    """Length, area and missing notices of the designated roads by 읍면동, and designations and ends by year."""
    told = overview.statistics(store.everything(city(data), "roads"), boundaries.emd(), now().date())
    lines = [f"{row['emd']}  {row['roads']} roads  {row['length_m']:,.0f} m  {row['area_m2']:,.0f} m2  notice missing "
             f"{row['notice_missing']} of {row['notice_needed']}" for row in told["emd"]]  # fmt: skip
    lines += [f"{row['year']}  designated {row['designated']}  abolished {row['abolished']}" for row in told["years"]]
    return Report(told, "\n".join(lines))


@command(group, "worklist")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def worklist(data: Path, limit: int) -> Report:
    """The roads whose register, ground or papers disagree, for an inspector's day: the most doubtful first."""
    found = overview.worklist(store.everything(city(data), "roads"), now().date(), most=limit)
    lines = [f"{row['id']}  {row['name'] or ''}  {'; '.join(row['reasons'])}" for row in found]
    return Report(geojson.plain(found), "\n".join(lines) or "no road waits")


@command(group, "verify")
def verify(data: Path) -> Report:
    """Check the audit chain, the history, adjacency, and register against geometry; leaves with 1 for any fault.

    A disagreement of register and geometry that the officers have flagged (면적불일치) is told, and is no fault.
    """
    faults = store.verify(city(data))
    told = store.known(city(data))
    words = [f"{fault['check']}: {fault['sentence']} ({fault['id']})" for fault in faults[:SHOWN]]
    more = [f"and {len(faults) - SHOWN:,} more; --json shows them all"] if len(faults) > SHOWN else []
    whole = [] if faults else ["the register holds together"]
    flagged = [f"known: {each['sentence']} ({each['id']})" for each in told[:SHOWN]]
    value = {"ok": not faults, "faults": faults, "known": told}
    return Report(value, "\n".join([*words, *more, *whole, *flagged]), failed=bool(faults))
