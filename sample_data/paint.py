"""The orthophotos: sheets of 1,024 x 1,024 pixels of 0.5 m for each survey, painted with a margin so that they join."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

from sample_data import strokes, surface, textures
from sample_data.axes import CORNER, SIDE_M
from sample_data.palette import LIGHTS, Light
from sample_data.surface import Image, Window
from sample_data.things import DATES

SHEET_PX = 1024
MARGIN_PX = 48
_PER_SIDE = int(SIDE_M / (SHEET_PX * textures.PX_M))


@dataclass(frozen=True)
class Sheet:
    """One map sheet: counted from the lower left, EPSG:5186 of its upper left corner."""

    name: str
    left: float
    top: float


def sheets(scale: float) -> list[Sheet]:
    """Return the sheets of the lower-left `scale` of the town's side, at least one; all 25 for 1."""
    side = min(max(round(_PER_SIDE * scale), 1), _PER_SIDE)
    step = SHEET_PX * textures.PX_M
    return [
        Sheet(f"yulgok_{row + 1}{col + 1}", CORNER[0] + col * step, CORNER[1] + (row + 1) * step)
        for row in range(side)
        for col in range(side)
    ]


def draw(sheet: Sheet, folder: Path) -> None:
    """Write one sheet for each survey, as FOLDER/2024/NAME.tif and so on."""
    margin = MARGIN_PX * textures.PX_M
    side = SHEET_PX + 2 * MARGIN_PX
    window = Window(sheet.left - margin, sheet.top + margin, side, side)
    index = surface.parcel_index(window)
    for survey, light in enumerate(LIGHTS):
        image, hidden = surface.ground(window, survey, index)
        bare = image[hidden]
        strokes.edges(image, window, survey)
        image[hidden] = bare
        strokes.markings(image, window)
        strokes.shadows(image, window, survey)
        strokes.objects(image, window, survey)
        path = folder / str(light.year) / f"{sheet.name}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, sheet, _photographed(image, window, light), survey)


def _photographed(image: Image, window: Window, light: Light) -> Image:
    """Return the sheet as the camera saw it: out of place by less than a pixel, a little soft, hazy and grainy."""
    x, y = np.meshgrid(np.arange(SHEET_PX, dtype=np.float32), np.arange(SHEET_PX, dtype=np.float32))
    east, south = light.shift_px
    u, v = x + np.float32(window.col + MARGIN_PX), y + np.float32(window.row + MARGIN_PX)
    bend_x = light.warp_px * np.sin(u / 231.0 + v / 410.0)
    bend_y = light.warp_px * np.cos(u / 377.0 - v / 262.0)
    image = cv2.GaussianBlur(image, (0, 0), 0.55)
    seen = cv2.remap(image, x + MARGIN_PX - east - bend_x, y + MARGIN_PX - south - bend_y, cv2.INTER_LINEAR)
    gain = np.array(light.gain, np.float32) * (1 - light.haze)
    hazy = seen * gain + np.array(light.haze_colour, np.float32) * light.haze
    at = (window.col + MARGIN_PX, window.row + MARGIN_PX, SHEET_PX, SHEET_PX)
    grain: NDArray[np.float32] = textures.tiled(textures.fine(20 + light.year % 10, 0.0), *at)
    return np.clip(hazy + 1.6 * grain[..., None] + 0.5, 0, 255).astype(np.uint8)


def _write(path: Path, sheet: Sheet, image: Image, survey: int) -> None:
    """Write an uncompressed striped GeoTIFF, as the sheets are delivered, that says it is synthetic."""
    with rasterio.open(
        path, "w", driver="GTiff", width=SHEET_PX, height=SHEET_PX, count=3, dtype="uint8", crs="EPSG:5186",
        transform=Affine(textures.PX_M, 0, sheet.left, 0, -textures.PX_M, sheet.top), photometric="RGB",
    ) as target:  # fmt: skip
        target.write(np.moveaxis(image, 2, 0))
        target.update_tags(
            TIFFTAG_IMAGEDESCRIPTION="SYNTHETIC, not Paju", TIFFTAG_DATETIME=LIGHTS[survey].taken_at,
            synthetic="true", captured_on=DATES[survey],
        )  # fmt: skip
