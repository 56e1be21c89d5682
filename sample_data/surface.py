"""The ground of a sheet as pixels: every parcel and patch in its cover, with rows, grain, canopy and relief."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sample_data import greenery, palette, textures
from sample_data.axes import CORNER, SIDE_M
from sample_data.changes import scene
from sample_data.ground import STREAM_LINE
from sample_data.palette import COVERS, LIGHTS
from sample_data.plan import BASIN
from sample_data.things import Patch
from sample_data.town import sand, town

Image = NDArray[np.uint8]
_SHIFT = 4  # fractional bits of cv2's polygon corners
_PER_METRE = np.array([1.0, -1.0]) * (1 << _SHIFT) / textures.PX_M


@dataclass(frozen=True)
class Window:
    """A canvas: `left`, `top` EPSG:5186 of its corner, size in pixels of 0.5 m."""

    left: float
    top: float
    width: int
    height: int

    @property
    def col(self) -> int:
        """Pixel column of the canvas, counted from the town's north-west corner."""
        return round((self.left - CORNER[0]) / textures.PX_M)

    @property
    def row(self) -> int:
        """Pixel row of the canvas, counted from the town's north-west corner."""
        return round((CORNER[1] + SIDE_M - self.top) / textures.PX_M)

    @property
    def box(self) -> BaseGeometry:
        """Return the ground the canvas shows."""
        return shapely.box(
            self.left, self.top - self.height * textures.PX_M, self.left + self.width * textures.PX_M, self.top
        )

    def pixels(self, xy: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return points x, y as cv2's fixed-point pixel positions (a pixel's middle is a whole number)."""
        px = (xy[:, :2] - (self.left, self.top)) * _PER_METRE - (1 << _SHIFT) / 2
        return np.rint(px).astype(np.int32)


def fill(
    image: NDArray[np.generic], window: Window, shape: BaseGeometry, colour: object, *, smooth: bool = False
) -> None:
    """Fill a polygon, holes left open."""
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            rings = [window.pixels(np.asarray(ring.coords)) for ring in (part.exterior, *part.interiors)]
            cv2.fillPoly(image, rings, colour, cv2.LINE_AA if smooth else cv2.LINE_8, _SHIFT)


def stroke(
    image: Image, window: Window, xy: NDArray[np.float64], colour: object, thick: int = 1, *, closed: bool = False
) -> None:
    """Draw a line."""
    cv2.polylines(image, [window.pixels(xy)], closed, colour, thick, cv2.LINE_AA, _SHIFT)


@cache
def _covers() -> tuple[list[list[str]], list[Patch], shapely.STRtree]:
    """Return the parcels' covers by survey, and all patches in the order they are laid."""
    drawn = town()
    parcels = drawn.parcels
    houses = shapely.STRtree([b.shape.centroid for b in scene().buildings if b.since == 0])
    built = np.zeros(len(parcels), bool)
    built[np.unique(houses.query(parcels.geometry.to_numpy(), predicate="intersects")[0])] = True
    width = np.array([drawn.roads[id].width_m if id else 0.0 for id in parcels["road_id"]])
    covers = palette.states(parcels["jimok"], parcels["kind"], built, width)
    special = {"R37": "embankment", "PLANNED4": "fallow"}
    dirt = {road.id: "dirt" for road in drawn.roads.values() if road.surface == "dirt" and road.built}
    for i, id in enumerate(parcels["road_id"]):
        for k in range(3) if id in special or id in dirt else ():
            covers[k][i] = special.get(id) or dirt[id]
    national = shapely.LineString(drawn.roads["R37"].line).buffer(9.6, cap_style="flat")
    patches = [
        Patch(sand(), "sand"), Patch(STREAM_LINE.buffer(3.0), "stream"), Patch(national, "asphalt"),
        Patch(drawn.land["PART4"], "concrete"), *greenery.gardens(), *scene().patches,
        Patch(BASIN.buffer(-24), "basin water", since=2),
        Patch(STREAM_LINE.buffer(5.0).intersection(_widened()), "stream", since=1),
    ]  # fmt: skip
    roads = [drawn.land[id] for id in ("MAIN", "R37", "SIDE37", "POLDER")]
    keep = shapely.union_all(roads[:1] + roads[2:3])
    patches = [
        Patch(p.shape.difference(keep), p.cover, p.since, p.until) if p.cover == "stream" else p for p in patches
    ]
    return covers, patches, shapely.STRtree([patch.shape for patch in patches])


def _widened() -> BaseGeometry:
    return shapely.union_all([patch.shape for patch in scene().patches if patch.cover == "widened stream"])


@cache
def _table(survey: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8]]:
    """Return, for every parcel and then every patch: colour, (grain, row strength, sin, cos, rows per metre), class."""
    covers, patches, _ = _covers()
    names = [*covers[survey], *[patch.cover for patch in patches]]
    angles = np.concatenate([town().parcels["angle"].to_numpy(), np.full(len(patches), 0.284)])
    random = np.random.default_rng((96, survey))
    colour = np.array([COVERS[name][survey] for name in names], np.float32)
    still = np.isin(names, ["forest", "river", "asphalt", "stream", "dyke", "embankment", "reeds"])
    calm = np.isin(names, ["gold", "greengold", "flooded", "crop"])  # ripe rice is of one colour, fields are not
    wobble = np.where(still, 0.0, np.where(calm, 0.55, 1.0))[:, None]
    built = np.isin(
        names, ["yard", "soil yard", "plant", "gravel", "concrete", "dirt", "track", "sand", "dug", "rubble"]
    )
    lasting = np.random.default_rng(97)  # what people built keeps its colour from survey to survey, fields do not
    for source, mine in ((lasting, built), (random, ~built)):
        own = source.normal(0, 0.055, (len(names), 1)) + source.normal(0, 0.015, (len(names), 3))
        colour *= 1 + wobble * own * mine[:, None]
    rows = np.array([palette.rows_of(name) for name in names])
    grain = np.array([COVERS[name][3] for name in names])
    numbers = np.column_stack([grain, rows[:, 1], np.sin(angles) / rows[:, 0], np.cos(angles) / rows[:, 0]])
    kinds = np.isin(names, ["forest"]) * 1 + np.isin(names, ["river", "stream", "pond", "flooded", "basin water"]) * 2
    return colour.astype(np.float32), numbers.astype(np.float32), kinds.astype(np.uint8)


def parcel_index(window: Window) -> NDArray[np.int32]:
    """Return the row of the parcel under every pixel; edges of open ground wander a little, those of lots do not."""
    parcels = town().parcels
    near = np.sort(parcels.sindex.query(window.box, predicate="intersects"))
    canvas = np.zeros((window.height, window.width), np.int32)
    sharp = parcels["kind"].isin(["road", "lot", "basin"]).to_numpy() | parcels["jimok"].isin(["대"]).to_numpy()
    for i in near:
        fill(canvas, window, parcels.geometry.iat[i], int(i))
    at = (window.col, window.row, window.width, window.height)
    x, y = np.meshgrid(np.arange(window.width, dtype=np.float32), np.arange(window.height, dtype=np.float32))
    x += 1.3 * textures.tiled(textures.fine(5, 1.3), *at)
    y += 1.3 * textures.tiled(textures.fine(6, 1.3), *at)
    canvas = cv2.remap(canvas.astype(np.float32), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE).astype(
        np.int32
    )
    for i in near[sharp[near]]:
        fill(canvas, window, parcels.geometry.iat[i], int(i))
    return canvas


def ground(window: Window, survey: int, index: NDArray[np.int32]) -> tuple[Image, NDArray[np.bool_]]:
    """Return the bare ground, RGB, without lines, objects or shadows, and where a patch hides the parcels' edges."""
    _, patches, tree = _covers()
    count = len(town().parcels)
    index = index.copy()
    for j in np.sort(tree.query(window.box)):
        if patches[j].since <= survey < patches[j].until:
            fill(index, window, patches[j].shape, int(count + j))
    colour, numbers, kinds = _table(survey)
    at = (window.col, window.row, window.width, window.height)
    rim = 32  # of textures.coarse
    slow = textures.stretched(textures.coarse(1), textures.COARSE_M, rim, *at)
    soft = textures.tiled(textures.fine(1, 1.0), *at)
    crisp = textures.tiled(textures.fine(2, 0.35), *at)
    here = np.take(numbers, index, axis=0)
    bright = 1 + here[..., 0] * (0.7 * soft + 0.5 * crisp) + 0.025 * slow
    across = _phase(window, here)
    bright += here[..., 1] * np.sin(across)
    image = np.take(colour, index, axis=0) * bright[..., None]
    kind = np.take(kinds, index)
    if (kind == 1).any():
        woods = _woods(survey, at, slow, soft)
        mask = kind == 1
        image[mask] = woods[mask]
    _shade(image, window, survey, at)
    return np.clip(image, 0, 255).astype(np.uint8), index >= count


def _phase(window: Window, here: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the phase of each pixel's rows."""
    x = ((np.arange(window.width) + window.col + 0.5) * textures.PX_M).astype(np.float32)[None, :]
    y = (SIDE_M - (np.arange(window.height) + window.row + 0.5) * textures.PX_M).astype(np.float32)[:, None]
    turns = here[..., 3] * y - here[..., 2] * x
    return (turns - np.floor(turns)) * np.float32(2 * np.pi)


def _woods(
    survey: int, at: tuple[int, int, int, int], slow: NDArray[np.float32], soft: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the canopy: pines and broadleaved trees, each in the season's colour."""
    light = LIGHTS[survey]
    lit = textures.tiled(textures.canopy(light.azimuth, light.elevation), *at)
    tint = textures.tiled(textures.crowns()[1], *at)
    pine = np.clip(0.5 + 1.1 * textures.stretched(textures.coarse(2), textures.COARSE_M, 32, *at) + 0.5 * tint, 0, 1)[
        ..., None
    ]
    leaf = np.array(((92, 116, 60), (84, 106, 54), (132, 130, 92))[survey], np.float32)
    needle = np.array(((58, 82, 50), (54, 76, 46), (64, 84, 54))[survey], np.float32)
    colour = pine * needle + (1 - pine) * leaf
    return colour * (lit * (1 + 0.09 * tint + 0.06 * slow + 0.05 * soft))[..., None]


def _shade(image: NDArray[np.float32], window: Window, survey: int, at: tuple[int, int, int, int]) -> None:
    """Lay the light on the relief over the ground, in place."""
    light = LIGHTS[survey]
    shade = textures.stretched(textures.relief(light.azimuth, light.elevation), 2.0, 0, *at)
    image *= shade[..., None]
