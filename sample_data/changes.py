"""What changes between the surveys, planted by hand: the truth that detection is held against."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from sample_data import buildings
from sample_data.axes import CORE, GRID_M, ICHEON, NEW, NORTH, SQUARE, TOWN, Axes, Pair
from sample_data.ground import STREAM_LINE
from sample_data.plan import BASIN
from sample_data.things import Building, Patch, Tube
from sample_data.town import Town, town


@dataclass(frozen=True)
class Change:
    """One change: it shows first in survey `survey`; `story` is the key of its permit, or of the lack of one."""

    id: str
    kind: str
    survey: int
    shape: BaseGeometry
    rows: tuple[int, ...]
    story: str


@dataclass(frozen=True)
class Decoy:
    """Something that looks like a change of buildings and is none."""

    kind: str
    survey: int
    shape: BaseGeometry


@dataclass(frozen=True)
class Scene:
    """Everything that stands on the ground in the three surveys, and what changed."""

    buildings: list[Building]
    tubes: list[Tube]
    patches: list[Patch]
    changes: list[Change]
    decoys: list[Decoy]
    greenhouse_rows: frozenset[int]


Spot = tuple[Axes, float, float]
# where, survey, metres, story
GAINED: tuple[tuple[Spot, int, Pair, str], ...] = (
    ((CORE, 90, 30), 1, (13, 9), "report_used"), ((CORE, 140, 45), 1, (14, 10), "permit_used"),
    ((CORE, -319, 55), 1, (72, 42), "permit_started"), ((CORE, 190, 80), 1, (12, 9), "permit_other_parcel"),
    ((CORE, 245, 30), 1, (13, 9), "permit_cancelled"), ((ICHEON, 60, 30), 1, (13, 9), "permit_refused"),
    ((CORE, 200, -80), 1, (8, 5), "none"), ((TOWN, 1350, 1230), 1, (30, 20), "farmland_only"),
    ((NEW, 20, 30), 1, (14, 10), "permit_used"), ((NEW, 140, 50), 1, (13, 9), "permit_started"),
    ((CORE, 345, 30), 2, (13, 9), "permit_applied"), ((CORE, 440, 100), 2, (13, 9), "wrong_parcel"),
    ((CORE, 60, 140), 2, (14, 9), "permit_later"), ((NEW, 200, 30), 2, (14, 10), "permit_used"),
    ((CORE, 215, 140), 2, (13, 9), "permit_withdrawn"), ((ICHEON, 115, 60), 2, (13, 9), "permit_returned"),
    ((NORTH, 90, 25), 2, (13, 9), "permit_lapsed"), ((CORE, 370, 215), 2, (13, 9), "permit_violated"),
    ((NORTH, 200, 60), 2, (12, 9), "permit_corrected"), ((ICHEON, 165, 30), 2, (13, 9), "permit_consulted"),
    ((TOWN, 560, 640), 2, (9, 5), "occupation_only"), ((TOWN, 2290, 1390), 2, (24, 15), "none"),
)  # fmt: skip
LOST: tuple[tuple[Spot, int, str], ...] = (
    ((CORE, 20, 90), 1, "permit_rebuild"), ((CORE, 290, 20), 1, "none"), ((ICHEON, 20, 50), 1, "report_rebuild"),
    ((NORTH, 20, 50), 1, "none"), ((CORE, 400, 30), 2, "permit_rebuild"), ((CORE, 320, 200), 2, "none"),
    ((ICHEON, 210, 60), 2, "none"),
)  # fmt: skip
EXTENDED: tuple[tuple[Spot, int, Pair, str], ...] = (
    ((CORE, -590, 30), 1, (22, 20), "permit_used"), ((CORE, 30, 45), 1, (7, 7), "report_used"),
    ((CORE, 240, 70), 1, (7, 6), "none"), ((ICHEON, 30, 20), 1, (7, 6), "report_returned"),
    ((CORE, -460, 80), 2, (20, 16), "permit_started"), ((CORE, 260, 215), 2, (7, 7), "none"),
    ((NEW, 70, 30), 2, (8, 7), "none"), ((CORE, 55, 200), 2, (7, 6), "report_used"),
)  # fmt: skip
GROUND: tuple[tuple[str, str, Spot, float, int, str], ...] = (  # kind, cover, where, m2, survey, story
    ("vegetation_loss", "cleared", (TOWN, 940, 430), 3600, 1, "woods_granted"),
    ("vegetation_loss", "cleared", (TOWN, 1312, 215), 2400, 1, "none"),
    ("vegetation_loss", "cleared", (TOWN, 1740, 684), 1800, 1, "none"),
    ("vegetation_loss", "cleared", (TOWN, 2344, 2208), 4200, 2, "woods_deemed"),
    ("vegetation_loss", "cleared", (TOWN, 1790, 1481), 2600, 2, "woods_refused"),
    ("vegetation_loss", "cleared", (TOWN, 760, 200), 1500, 2, "none"),
    ("earthwork", "dug", (TOWN, 2110, 1190), 15000, 1, "develop_granted"),
    ("earthwork", "dug", (TOWN, 703, 960), 4200, 1, "none"),
    ("earthwork", "dug", (TOWN, 1922, 1974), 11000, 2, "develop_granted"),
    ("earthwork", "dug", (TOWN, 600, 420), 6200, 2, "none"),
    ("earthwork", "dug", (TOWN, 2344, 1153), 3400, 2, "develop_later"),
    ("water", "pond", (TOWN, 2200, 1010), 1300, 2, "develop_granted"),
)
LINES: tuple[tuple[str, str, LineString, float, int, str], ...] = (  # kind, cover, line, width, survey, story
    ("road", "new asphalt", TOWN.line((2300, 1504), (2318, 1600), (2310, 1725)), 6, 1, "private_road"),
    ("road", "track", TOWN.line((900, 330), (960, 260), (940, 120)), 5, 1, "none"),
    ("road", "new asphalt", CORE.line((78, 123), (78, 232)), 4, 2, "develop_granted"),
    ("road", "track", TOWN.line((2000, 1990), (1930, 2080), (1900, 2220)), 4.5, 2, "none"),
)


def _blob(centre: Pair, area_m2: float, within: BaseGeometry, seed: int) -> BaseGeometry:
    """Return a patch with a lively outline of about `area_m2`, cut to `within`."""
    random = np.random.default_rng((51, seed))
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radius = 1 + sum(random.uniform(0.1, 0.3) / k**0.8 * np.sin(k * turn + random.uniform(0, 6)) for k in (2, 3, 5, 7))
    radius = radius * np.sqrt(area_m2 / np.pi)
    ring = shapely.Polygon(
        np.column_stack([centre[0] + radius * np.cos(turn) * 1.2, centre[1] + radius * np.sin(turn) / 1.2])
    )
    return shapely.set_precision(ring.intersection(within), GRID_M)


def _lots(near: gpd.GeoDataFrame, centre: shapely.Point, area_m2: float) -> BaseGeometry:
    """Return the fields around a point, nearest first, until they hold at least `area_m2`, without their rim."""
    fields = near[near["jimok"].ne("대")]
    order = fields.distance(centre).sort_values(kind="stable").index
    total = fields.area[order].cumsum()
    chosen = fields.geometry[order[: int((total <= area_m2).sum()) + 1]]
    whole = shapely.union_all(chosen.to_numpy(), grid_size=GRID_M)
    return shapely.set_precision(whole.buffer(-1.2, join_style="mitre"), GRID_M)


def _rows(frame_tree: Callable[[BaseGeometry], np.ndarray], shape: BaseGeometry, frame: Town) -> tuple[int, ...]:
    """Return the rows of the parcels that carry a change, the largest share first."""
    share = {int(i): frame.parcels.geometry.iat[int(i)].intersection(shape).area for i in frame_tree(shape)}
    return tuple(i for i, area in sorted(share.items(), key=lambda item: -item[1]) if area > 4)


class _Planter:
    """Plants the changes one after the other and numbers them."""

    def __init__(self, drawn: Town) -> None:
        self.town = drawn
        self.changes: list[Change] = []
        self.added: list[Building] = []
        self.patches: list[Patch] = []

    def note(self, kind: str, survey: int, shape: BaseGeometry, story: str) -> None:
        """Keep a change as truth."""
        rows = _rows(self.town.parcels.sindex.query, shape, self.town)
        number = len(self.changes) + 1
        self.changes.append(Change(f"T{number:03}", kind, survey, shape, rows, story))

    def parcel(self, spot: Spot) -> tuple[int, BaseGeometry, float]:
        """Return row, shape and angle of the parcel under a spot."""
        i = self.town.at(spot[0].point(*spot[1:]))
        return i, self.town.parcels.geometry.iat[i], float(self.town.parcels["angle"].iat[i])

    def gain(self, spot: Spot, survey: int, want: Pair, story: str) -> None:
        """Put a new building on the parcel under `spot`."""
        i, shape, angle = self.parcel(spot)
        random = np.random.default_rng((52, i))
        if want[0] * want[1] > 150 or self.town.parcels["jimok"].iat[i] != "대":
            new = buildings.hall(shape, angle, random, (0.5, 0.5), want)
        else:
            new = buildings.house(shape, angle, random, want)[:1]
        for building in new:
            self.added.append(Building(building.ring, building.height_m, building.roof, building.colour, since=survey))
            self.patches.append(Patch(shape.buffer(-0.6), "yard", since=survey)) if want[0] < 30 else None
            self.note("building_gained", survey, building.shape, story)

    def lose(self, built: dict[int, list[Building]], spot: Spot, survey: int, story: str) -> None:
        """Take the house under `spot` away."""
        i, shape, angle = self.parcel(spot)
        house, *rest = built.get(i) or buildings.house(shape, angle, np.random.default_rng((53, i)))
        gone = Building(house.ring, house.height_m, house.roof, house.colour, until=survey)
        built[i] = [gone, *rest]
        self.patches.append(Patch(house.shape.buffer(2), "rubble", since=survey))
        self.note("building_lost", survey, house.shape, story)

    def extend(self, built: dict[int, list[Building]], spot: Spot, survey: int, want: Pair, story: str) -> None:
        """Add a wing to the building under `spot`, against one of its sides."""
        i, shape, angle = self.parcel(spot)
        built[i] = built.get(i) or buildings.house(shape, angle, np.random.default_rng((54, i)))
        main = built[i][0]
        corners = np.asarray(main.ring)
        middle = corners.mean(0)
        others = shapely.union_all([b.shape for b in built[i][1:]])
        for a, b in ((0, 1), (1, 2), (2, 3), (3, 0)):
            face = (corners[a] + corners[b]) / 2
            out = (face - middle) / np.hypot(*(face - middle))
            length = min(want[0], float(np.hypot(*(corners[b] - corners[a]))))
            turn = float(np.arctan2(*(corners[b] - corners[a])[::-1]))
            ring = buildings.rectangle(tuple(face + out * want[1] / 2), length, want[1], turn)
            wing = shapely.Polygon(ring)
            if shape.buffer(-0.3).contains(wing) and not wing.buffer(0.5).intersects(others):
                self.added.append(Building(ring, main.height_m * 0.8, main.roof, main.colour, since=survey))
                self.note("building_extended", survey, wing, story)
                return

    def ground(self) -> None:
        """Plant clearings, earthworks, ponds and roads."""
        for n, (kind, cover, spot, area, survey, story) in enumerate(GROUND):
            woods = self.town.parcels["kind"].isin(["hill"] if kind == "vegetation_loss" else ["field", "paddy"])
            x, y = spot[0].at(*spot[1:])
            near = self.town.parcels[woods].cx[x - 200 : x + 200, y - 200 : y + 200]
            land = near[near["jimok"] != "대"].union_all()
            shape = (
                _lots(near, spot[0].point(*spot[1:]), area)
                if cover == "dug"
                else _blob(spot[0].at(*spot[1:]), area, land, n)
            )
            shape = max(shapely.get_parts(shape), key=lambda part: part.area)
            self.patches.append(Patch(shape, cover, since=survey))
            self.note(kind, survey, shape, story)
        for kind, cover, line, width, survey, story in LINES:
            shape = shapely.set_precision(line.buffer(width / 2, cap_style="flat").intersection(SQUARE), GRID_M)
            self.patches.append(Patch(shape, cover, since=survey))
            self.note(kind, survey, shape, story)

    def public_works(self) -> None:
        """Plant the works of the disaster project, and two ponds that come and go without a permit."""
        self.patches += [Patch(BASIN.buffer(-3), "basin dug", 1, 2), Patch(BASIN.buffer(-3), "basin", 2)]
        self.note("earthwork", 1, BASIN.buffer(-3), "public_works")
        self.note("water", 2, BASIN.buffer(-24), "public_works")
        dug, filled = _blob(CORE.at(-470, 615), 1700, SQUARE, 90), _blob(CORE.at(-340, 320), 1900, SQUARE, 91)
        self.patches += [Patch(dug, "pond", since=1), Patch(filled, "pond", until=2), Patch(filled, "dug", since=2)]
        self.note("water", 1, dug, "none")
        self.note("water", 2, filled, "none")
        reach = shapely.intersection(STREAM_LINE.buffer(11), CORE.box(200, 420, 520, 690))
        wider = shapely.set_precision(reach.difference(STREAM_LINE.buffer(5.0)), GRID_M)
        self.patches.append(Patch(shapely.set_precision(reach, GRID_M), "widened stream", since=1))
        self.note("water", 1, wider, "public_works")


def _houses_of(drawn: Town) -> frozenset[int]:
    """Return the rows on which buildings are to be gained: they begin empty."""
    return frozenset(drawn.at(spot[0].point(*spot[1:])) for spot, *_ in GAINED)


def _greenhouses(drawn: Town) -> tuple[list[Tube], list[Decoy], frozenset[int]]:
    """Return the greenhouses of all surveys, and those that come or lose their film, as decoys."""
    fields = buildings.greenhouse_fields(drawn)
    tubes, decoys = [], []
    used = set()
    for n, i in enumerate(fields):
        draw = np.random.default_rng((43, i)).random()
        rings = buildings.tubes(drawn.parcels.geometry.iat[i], float(drawn.parcels["angle"].iat[i]))
        if not rings or draw > 0.62:
            continue
        used.add(i)
        since, bare = (0, 3) if draw < 0.4 else (1 + n % 2, 3) if draw < 0.52 else (0, 1 + n % 2)
        tubes += [Tube(ring, since, 3, bare) for ring in rings]
        block = shapely.set_precision(shapely.union_all([shapely.Polygon(ring) for ring in rings]), GRID_M)
        if since:
            decoys.append(Decoy("greenhouse", since, block))
        elif bare < 3:
            decoys.append(Decoy("greenhouse_film_removed", bare, block))
    return tubes, decoys, frozenset(used)


@cache
def scene() -> Scene:
    """Return what stands in the town in the three surveys; the same every time."""
    drawn = town()
    built = buildings.standing(drawn, _houses_of(drawn))
    planter = _Planter(drawn)
    for spot, survey, want, story in GAINED:
        planter.gain(spot, survey, want, story)
    for spot, survey, story in LOST:
        planter.lose(built, spot, survey, story)
    for spot, survey, want, story in EXTENDED:
        planter.extend(built, spot, survey, want, story)
    planter.ground()
    planter.public_works()
    tubes, decoys, used = _greenhouses(drawn)
    standing = [building for row in sorted(built) for building in built[row]] + planter.added
    dug = shapely.union_all(
        [change.shape for change in planter.changes if change.kind in ("earthwork", "water", "road")]
    )
    clear = [b for b in standing if b.since or not b.shape.intersects(dug)]
    return Scene(clear, tubes, planter.patches, planter.changes, decoys, used)
