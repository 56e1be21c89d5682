"""The commands of `geo disaster`: import, status, simulate."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from geo import clock, console
from geo.disaster import case as cases
from geo.disaster import store
from geo.disaster import works as progress

group = click.Group("disaster")


@console.command(group, "import")
@click.argument("file", type=click.Path(path_type=Path))
def import_file(data: Path, file: Path) -> console.Report:
    """Take a document of zones, facilities, works, budget and progress into the city, whole or not at all."""
    rows = store.load(file)  # before the city is opened: a refused document makes no data folder
    city = console.city(data, create=True)
    done = store.save(city, rows, source=file.name, at=clock.now(), officer="geo disaster import")
    zones = ", ".join(done["zones_named"])
    return console.Report(
        done, f"imported {zones}" if done["changed"] else f"nothing to change: {zones} is as in {file}"
    )


@console.command(group, "status")
@click.argument("zone")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day to tell of; by default today.")
def status(data: Path, zone: str, as_of: datetime | None) -> console.Report:
    """Tell what of a zone is planned, running, confirmed or overdue as of a day."""
    record = store.zone_record(console.city(data), zone)
    found = progress.status(record, (as_of or clock.now()).date())
    return console.Report(found.to_dict(), _words(found))


def _words(status: progress.Status) -> str:
    items: dict[str, Any] = {
        "사업": status.projects,
        "공정": status.events,
        "시설": status.facilities,
        "공사": status.works,
    }
    lines = [status.sentence]
    for title, rows in items.items():
        lines += [f"{title}  {row.label}  {row.sentence}" for row in rows]
    return "\n".join(lines + [budget.sentence for budget in status.budget])


@console.command(group, "simulate")
@click.argument("case", type=click.Path(path_type=Path))
def simulate(data: Path, case: Path) -> console.Report:
    """Run one storage-and-pumps case; it needs no city and changes none."""
    found = cases.simulate(store.load_case(case))
    starts = ", ".join(str(number) for number in found["starts_per_pump"]) or "none"
    words = (
        f"peak level {found['peak_level_m']:.3f} m, inflow {found['inflow_volume_m3']:,.0f} m3 "
        f"(peak {found['peak_inflow_m3s']:.3f} m3/s), pumped {found['pumped_volume_m3']:,.0f} m3, starts {starts}, "
        f"mass balance error {found['mass_balance_error']:.1e}"
    )
    return console.Report(found, words)
