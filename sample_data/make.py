"""Draws the synthetic town: `python -m sample_data.make FOLDER` writes imagery, registers, zone, terrain and truth."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sample_data import disaster, paint, permits, register, terrain, truth, write
from sample_data.things import DATES
from sample_data.town import town

Progress = Callable[[str, int, int], None]
"""Called with what is being drawn, how many steps are done, how many there are."""


def draw(folder: Path, *, scale: float = 1.0, progress: Progress | None = None) -> None:
    """Write the town under `folder`; a `scale` below 1 draws only that share of the sheets, from the lower left."""
    say = progress or (lambda _what, _done, _of: None)
    say("the ground plan", 0, 1)
    for name in ("registry", "disaster", "terrain", "truth"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _registers(folder / "registry")
    _json(folder / "disaster" / "yulgok.json", disaster.document())
    terrain.write(folder / "terrain" / "synthetic_dem_2m.tif")
    _truth(folder / "truth")
    sheets = paint.sheets(scale)
    for done, sheet in enumerate(sheets):
        say(f"sheet {sheet.name}", done, len(sheets))
        paint.draw(sheet, folder / "orthophoto")
    say("done", len(sheets), len(sheets))


def _registers(folder: Path) -> None:
    drawn = town()
    parcels = drawn.parcels
    table = parcels[["pnu", "jibun", "geometry"]].rename(columns={"pnu": "PNU", "jibun": "JIBUN"})
    table.insert(2, "BCHK", "1")
    table.insert(3, "SGG_OID", range(1, len(table) + 1))
    table.insert(4, "COL_ADM_SE", "41480")
    table.insert(5, "AREA", parcels.area.round(1))
    table.insert(6, "SYNTHETIC", "Y")
    write.shapefile(table, folder / "parcels.shp")
    for name, frame in (
        ("roads", register.roads(drawn)), ("permits", permits.permits()), ("zoning", register.zoning()),
        ("coverage", register.coverage()),
    ):  # fmt: skip
        write.geopackage(frame, folder / f"{name}.gpkg", name)


def _truth(folder: Path) -> None:
    for pair in truth.PAIRS:
        write.geopackage(truth.changes(pair), folder / "changes.gpkg", pair)
    write.geopackage(truth.decoys(), folder / "changes.gpkg", "decoys")
    _json(folder / "sites.json", truth.sites())


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Draw the town into the folder named on the command line."""
    parser = argparse.ArgumentParser(description=f"Draw the synthetic town as of {', '.join(DATES)}.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the sheets to draw, from the lower left")
    chosen = parser.parse_args()
    draw(chosen.folder, scale=chosen.scale, progress=lambda what, done, of: print(f"{done}/{of} {what}", flush=True))  # noqa: T201


if __name__ == "__main__":
    main()
