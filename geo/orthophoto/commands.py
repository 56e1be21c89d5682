"""`geo ortho`: check a delivery, take it in, list the surveys, take one out."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from geo import clock, console
from geo.errors import BadInput
from geo.orthophoto import store
from geo.orthophoto.delivery import Delivery

group = click.Group("ortho")
SHOWN = 10
"""Of gaps and overlaps the largest are printed; --json has them all."""
_SHEETS = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Epsg(click.ParamType[int]):
    """EPSG:n or n."""

    name = "EPSG:n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number = str(value).upper().removeprefix("EPSG:")
        if not (number.isascii() and number.isdigit()):
            self.fail(f"{value!r} is no EPSG code, such as EPSG:5186", param, ctx)
        return int(number)


_crs = click.option("--crs", type=_Epsg(), help="Coordinate system of sheets that state none, such as EPSG:5186.")


@console.command(group, "check")
@click.argument("sheets", nargs=-1, required=True, type=_SHEETS)
@_crs
@click.option("--map", "picture", type=click.Path(dir_okay=False, path_type=Path), help="Draw a map to this SVG file.")
def check(data: Path, sheets: tuple[Path, ...], crs: int | None, picture: Path | None) -> console.Report:
    """Report on a delivery: coverage, gaps, overlaps, faults. Nothing is changed."""
    held = store.check(sheets, crs=crs, progress=console.progress)
    if picture:
        store.draw(held, picture)
    return console.Report(held.to_dict(), _words(held), failed=bool(held.errors))


_COLUMNS = (
    "name",
    "index",
    "crs",
    "gsd_m",
    "width_px",
    "height_px",
    "bands",
    "dtype",
    "nodata",
    "format",
    "captured_on",
)


def _words(held: Delivery) -> str:
    report = held.to_dict()
    rows = [
        _COLUMNS,
        *([str(row[name] if row[name] is not None else "-") for name in _COLUMNS] for row in report["sheets"]),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines = lines if held.sheets else []
    twice = sorted(held.overlaps, key=lambda overlap: -overlap[2])
    lines += [f"gap: {gap.area / 1e6:.2f} km2 at {_bounds(gap.bounds)}" for gap in held.gaps[:SHOWN]]
    lines += [f"overlap: {a} and {b}, {area:,.0f} m2" for a, b, area in twice[:SHOWN]]
    if held.sheets and held.missing:
        lines.append(f"missing of the 1:5,000 index: {' '.join(held.missing)}")
    if held.sheets and held.partial:
        lines.append(f"shown in part: {' '.join(held.partial)}")
    lines += [f"error: {fault}" for fault in held.errors] + [f"warning: {doubt}" for doubt in held.warnings]
    if held.sheets:
        lines.append(
            f"{len(held.sheets)} sheets, {held.gsd_m:g} m, cover {held.coverage_pct:.2f} % of the city; "
            f"{len(held.gaps)} gaps, {len(held.overlaps)} overlaps"
        )
    lines.append("not acceptable" if held.errors else "acceptable")
    return "\n".join(lines)


def _bounds(bounds: tuple[float, float, float, float]) -> str:
    left, bottom, right, top = bounds
    return f"x {left:,.0f} to {right:,.0f}, y {bottom:,.0f} to {top:,.0f}"


@console.command(group, "ingest")
@click.argument("sheets", nargs=-1, required=True, type=_SHEETS)
@click.option("--survey", required=True, help="A name for the survey: a-z, 0-9, - and _.")
@click.option("--captured", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day it was flown.")
@_crs
@click.option("--scheduler", metavar="tcp://HOST:PORT", help="A Dask cluster that sees the sheets and the data folder.")
def ingest(
    data: Path, sheets: tuple[Path, ...], survey: str, captured: datetime, crs: int | None, scheduler: str | None
) -> console.Report:
    """Publish a delivery as a survey, in both tile grids, or refuse it whole; takes up a run that was killed."""
    captured_on = captured.date()
    if captured_on > clock.now().date():
        raise BadInput(f"--captured {captured_on} is yet to come")
    city = console.city(data, create=True)
    made = store.ingest(
        city,
        sheets,
        survey=survey,
        captured_on=captured_on,
        crs=crs,
        scheduler=scheduler,
        progress=console.progress,
    )
    return console.Report(made.to_dict(), _line(made))


@console.command(group, "list")
def list_surveys(data: Path) -> console.Report:
    """List the surveys, newest first."""
    found = store.surveys(console.city(data))
    return console.Report([one.to_dict() for one in found], "\n".join(map(_line, found)) or "no survey yet")


def _line(survey: store.Survey) -> str:
    note = "  synthetic" if survey.synthetic else ""
    return (
        f"{survey.id}  {survey.captured_on}  {survey.gsd_m:g} m  {survey.coverage_pct:.2f} % of the city  "
        f"{survey.sheets} sheets  version {survey.version}{note}"
    )


@console.command(group, "remove")
@click.argument("survey")
def remove(data: Path, survey: str) -> dict[str, str]:
    """Take a survey out of the catalogue and off the disk."""
    store.remove(console.city(data), survey)
    return {"removed": survey}
