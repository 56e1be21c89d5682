"""Modelled floods on a map: their colours and legend, and one storm without and with the works as pictures."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from geo.crs import CITY, LONLAT, WEB, transformer
from geo.disaster.band import told
from geo.disaster.picture import Colour, Palette, change_png, depth_png, on_grid
from geo.disaster.scenario import FAILURES, WORKS
from geo.grid import Grid
from geo.maps.imagery import STRETCH, Backdrop
from geo.maps.page import Row, Table
from geo.maps.style import Look, style
from geo.raster import Raster


@cache
def palette() -> Palette:
    """Return the colours that a modelled flood is drawn with."""
    looks = style()
    return Palette(
        classes=[_rgb(look) for look in looks.depth_classes],
        changes=[_rgb(look) for look in looks.depth_changes],
        hatch=_rgb(looks.depth_uncertain),
        watermark=(140, 0, 0),
    )


def _rgb(look: Look) -> Colour:
    red, green, blue = bytes.fromhex(look.colour.removeprefix("#"))
    return red, green, blue


def legend() -> dict[str, Any]:
    """Return what the colours of depth and of its change mean, as the service tells it."""
    looks = style()
    names = {"legend": looks.depth_classes, "compare_legend": looks.depth_changes}
    return {name: [{"label": look.label, "colour": look.colour} for look in found] for name, found in names.items()}


@dataclass(frozen=True, slots=True)
class Floods:
    """What a page shows of a zone's modelled floods."""

    pictures: list[Backdrop]
    table: Table
    words: str
    mark: str


def of_storm(index: Mapping[str, Any], read: Callable[[str], Raster]) -> Floods:
    """Return one storm of the scenarios in `index`, in the middle of the rain at the highest stage of the river.

    `read` returns depth in mm and uncertainty (EPSG:5186) of a scenario.
    """
    rain, stage = index["rain_mm"][len(index["rain_mm"]) // 2], max(index["stage_m"])
    made, bands = index["provenance"], [band for band in index["bands"] if band["stage_m"] == stage]
    storm = f"{made['stage_label']} {stage:g} m, 24시간 {rain:g} mm"
    depths = {
        band["works"]: read(band["scenarios"][len(band["scenarios"]) // 2])
        for band in bands
        if band["rain_mm"] == rain and band["failure"] == "none"
    }
    synthetic = made["terrain"]["synthetic"]
    pictures = [_picture(f"침수심 · {WORKS[works]}", synthetic, depth) for works, depth in depths.items()]
    change = f"침수심의 변화 · {WORKS['none']} → {WORKS['basin_pumps']}"
    pictures.append(_picture(change, synthetic, depths["none"], depths["basin_pumps"]))
    words = f"지도의 침수는 모의입니다({storm}). {made['notice']} {made['verdicts_withheld'] or ''}"
    return Floods([one for one in pictures if one is not None], _table(made["stage_label"], stage, bands), words,
                  made["watermark"])  # fmt: skip


def _picture(title: str, synthetic: bool, depth: Raster, after: Raster | None = None) -> Backdrop | None:
    """Return a depth, or its change to `after`, as a picture in web Mercator; None where nothing is to be seen."""
    bounds = transformer(CITY, WEB).transform_bounds(*depth.grid.bounds)
    grid = Grid.cover(bounds, WEB, depth.grid.cell * STRETCH)
    here = on_grid(depth, grid)
    if after is None:
        drawn = depth_png(here, palette(), synthetic=synthetic)
    else:
        drawn = change_png(here, on_grid(after, grid), palette(), synthetic=synthetic)
    if drawn is None:
        return None
    url = f"data:image/png;base64,{base64.b64encode(drawn).decode()}"
    return Backdrop(title, url, transformer(WEB, LONLAT).transform_bounds(*grid.bounds), synthetic)


def _table(label: str, stage: float, bands: list[Mapping[str, Any]]) -> Table:
    rows = [
        Row([
            f"{band['rain_mm']:g} mm",
            WORKS[band["works"]] if band["failure"] == "none" else FAILURES[band["failure"]],
            told(band["peak_level_m"], digits=1),
            told(band["flooded_m2"], unit=10_000, digits=1),
            told(band["sites"]["parcel"], digits=0),
        ])
        for band in bands
    ]  # fmt: skip
    heads = ["24시간 강우", "정비", "수위 (m)", "침수 (ha)", "필지"]
    note = "낮은 값과 높은 값은 펌프 토출량의 가정에서 나옵니다."
    return Table(f"모의 침수 ({label} {stage:g} m)", heads, rows, note)
