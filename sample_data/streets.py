"""The roads of the town, each with what the register says of it, or nothing when it stands in no register."""

from dataclasses import dataclass, replace

from shapely.geometry import LineString

from sample_data.axes import CORE, ICHEON, NEW, NORTH, TOWN, Axes, Pair, rounded


@dataclass(frozen=True)
class Entry:
    """What the register says of a road; widths and lengths in metres, null where it says nothing."""

    basis: str = "NAMOK"
    route: str = "CONSENT"
    status: str = "DESIGNATED"
    designated_on: str = "2011-05-20"
    announced_on: str | None = "2011-05-27"
    notice_no: str | None = ""  # "" draws a number from the year of announcement
    valid_from: str | None = None  # null: the day of designation
    valid_to: str | None = None
    width_m: float | None = 0.0  # 0: as built
    width_source: str = "designated"
    dead_end: bool = False
    dead_end_length_m: float | None = None
    terrain: bool = False
    motor_only: bool = False
    opposite: str = "없음"
    accuracy_m: float = 0.1
    geometry_source: str = "측량성과도"
    geometry_status: str = "특정"
    centreline: bool = True
    consents: tuple[int, int] | None = (4, 4)
    scope: str | None = "통행"
    flags: tuple[str, ...] = ()
    owner: str = "사유"
    earlier: "Entry | None" = None  # the version in force before this one, of the same road


@dataclass(frozen=True)
class Road:
    """A road on the ground: centre line (EPSG:5186), width, surface, and its entry in the register."""

    id: str
    name: str
    line: tuple[Pair, ...]
    width_m: float
    entry: Entry | None = None
    surface: str = "asphalt"
    built: bool = True
    in_parcel: bool = False  # the road takes part of a parcel; it is no parcel of its own


NAMOK = Entry()
GAMOK = Entry(
    basis="GAMOK", route="UNKNOWN", designated_on="2006-09-15", announced_on="2006-09-15", consents=None, scope=None,
    width_source="announced", owner="시유",
)  # fmt: skip
DEAD = replace(NAMOK, dead_end=True, designated_on="2014-03-11", announced_on="2014-03-18", consents=(3, 3))
CUSTOMARY = replace(NAMOK, route="COMMITTEE_CUSTOMARY", consents=(5, 3), designated_on="2019-11-08",
                    announced_on="2019-11-15")  # fmt: skip


def _street(
    id: str, name: str, axes: Axes, line: tuple[Pair, ...], width_m: float, entry: Entry | None, *,
    surface: str = "asphalt", built: bool = True, in_parcel: bool = False,
) -> Road:  # fmt: skip
    points = tuple(axes.at(*pair) for pair in line)
    return Road(id, name, points, width_m, entry, surface, built, in_parcel)


def trunk() -> list[Road]:
    """Return the roads between the villages, widest first."""
    bypass = tuple(CORE.at(p, 430) for p in (-1300, 590)) + tuple(
        TOWN.at(*p) for p in ((1440, 1420), (1560, 1590), (1720, 1900), (1830, 2250), (1860, 2600))
    )
    main = tuple(CORE.at(p, 0) for p in (-1200, 540)) + tuple(
        TOWN.at(*p)
        for p in ((1500, 944), (1620, 1040), (1860, 1120), (2060, 1240), (2220, 1440), (2400, 1560), (2600, 1640))
    )
    town_plan = replace(GAMOK, opposite="없음", flags=())
    return [
        Road("R37", "국도37호선", bypass, 28, replace(GAMOK, motor_only=True, owner="국유", designated_on="1998-12-04",
                                                   announced_on="1998-12-04")),
        Road("MAIN", "율곡로(시도8호선)", main, 8, town_plan),
        _street("SIDE37", "국도37호선 측도", CORE, ((-900, 413), (590, 413)), 6, GAMOK),
        _street("POLDER", "율곡 농어촌도로 201호", CORE, ((440, 123), (440, 404), (452, 470), (452, 1000)), 6,
                replace(GAMOK, designated_on="2009-04-01", announced_on="2009-04-01")),
        _street("WEST", "서촌길", CORE, ((-560, -4), (-560, -470)), 6, replace(GAMOK, designated_on="2012-02-10",
                                                                            announced_on="2012-02-10")),
        _street("LINK", "두레길", CORE, ((-240, 4), (-240, 410)), 4, None),
        _street("ICHEON", "이천길", TOWN,
                ((1945, 1160), (2010, 980), (2085, 820), (2035, 700), (2060, 560), (2149, 508)), 6, GAMOK),
        _street("NORTHWAY", "북촌길", TOWN, ((2215, 1438), (2080, 1600), (2018, 1722)), 6, GAMOK),
        _street("RIDGE", "임도", TOWN, ((1180, 560), (1150, 420), (1230, 280), (1180, 120), (1210, -20)), 3, None,
                surface="dirt"),
        _street("RIDGE2", "임도", TOWN, ((2250, 1900), (2330, 2050), (2300, 2200), (2400, 2400)), 3, None,
                surface="dirt"),
        _street("FARM1", "농로", CORE, ((-200, 200), (-20, 205)), 3, None, surface="concrete"),
        _street("FARM2", "농로", CORE, ((20, 236), (20, 410)), 3, None, surface="concrete"),
        _street("FARM3", "농로", CORE, ((150, 236), (150, 410)), 3, None, surface="concrete"),
        _street("FARM4", "농로", CORE, ((300, 236), (300, 410)), 3, None, surface="concrete"),
        _street("FARM5", "농로", CORE, ((-420, 210), (-420, 410)), 3, None, surface="concrete"),
        _street("FARM6", "농로", CORE, ((-720, 4), (-720, 410)), 3, None, surface="concrete"),
        _street("FARM7", "농로", CORE, ((-560, -250), (-160, -250), (-60, -170)), 3, None, surface="concrete"),
        _street("NEWWAY", "새터진입로", NEW, ((60, -4), (60, -82)), 8, GAMOK),
        _street("FARM9", "농로", TOWN, ((2060, 1245), (2120, 1080), (2290, 930)), 3, None, surface="concrete"),
        _street("FARM10", "농로", TOWN, ((2380, 1550), (2360, 1330)), 3, None, surface="concrete"),
        _street("FARM11", "농로", TOWN, ((2052, 1797), (2060, 1900), (1990, 2150), (2010, 2570)), 3, None,
                surface="concrete"),
        _street("PATROL", "순찰로", TOWN, ((-10, 1880), (300, 1890), (560, 2090), (800, 2320), (930, 2570)), 5, None,
                surface="dirt"),
    ]  # fmt: skip


def core() -> list[Road]:
    """Return the through streets of 율곡 village: one of every kind the law knows."""

    def s(id: str, name: str, p: float, q: tuple[float, float], width: float, entry: Entry | None, *,
          surface: str = "asphalt", built: bool = True, in_parcel: bool = False) -> Road:  # fmt: skip
        line = ((p, q[0]), (p, q[1]))
        return _street(id, name, CORE, line, width, entry, surface=surface, built=built, in_parcel=in_parcel)

    low, high = (4.0, 117.0), (123.0, 232.0)
    narrow_before = replace(
        NAMOK, designated_on="2004-06-14", announced_on="2004-06-21", valid_to="2018-05-01", width_m=3.0
    )
    return [
        _street("N6", "율곡1길", CORE, ((-23, 120), (470, 120)), 6, replace(NAMOK, notice_no="")),
        _street("T4", "율곡2길", CORE, ((-23, 234), (470, 234)), 4, replace(
            NAMOK, route="PRE_1999_NO_NOTICE", designated_on="1994-04-02", announced_on=None, notice_no=None,
            consents=None, scope=None, geometry_source="대장도면 디지타이징", accuracy_m=0.3)),
        _street("SLOPE3", "산밑길", CORE, ((-13, -131.5), (460, -131.5)), 3, replace(NAMOK, opposite="경사지")),
        s("WESTEND", "율곡서길", -15, (-130, -4), 4, NAMOK), s("EASTEND", "율곡남길", 410, (-130, -4), 4, NAMOK),
        s("THROUGH6", "율곡3길", 0, low, 6, GAMOK), s("THROUGH4", "율곡4길", 52, low, 4, NAMOK),
        s("THROUGH3", "율곡5길", 104, low, 3, replace(NAMOK, scope="통행;굴착")),
        s("NOLINE", "율곡6길", 156, low, 4, replace(NAMOK, centreline=False, flags=("중심선없음",))),
        s("PRE1999", "율곡7길", 208, low, 4, replace(NAMOK, route="PRE_1999_NO_NOTICE", designated_on="1996-08-30",
                                                  announced_on=None, notice_no=None, consents=None, scope=None)),
        s("DISPUTED", "율곡8길", 260, low, 4, replace(NAMOK, basis="UNKNOWN", route="UNKNOWN", status="DISPUTED",
                                                   announced_on=None, notice_no=None, consents=None, scope=None,
                                                   width_source="measured", flags=("지정근거불명", "공고없음"))),
        s("ABOLISHED", "율곡9길", 312, low, 4, replace(NAMOK, status="ABOLISHED", designated_on="2003-07-01",
                                                    announced_on="2003-07-08", valid_to="2023-04-10")),
        s("UNREGISTERED", "율곡10길", 364, low, 4, None),
        s("CHANGED", "율곡11길", 416, low, 4, replace(NAMOK, status="CHANGED", designated_on="2004-06-14",
                                                   announced_on="2018-05-01", valid_from="2018-05-01",
                                                   earlier=narrow_before)),
        s("RIVER3", "개울길", 468.5, low, 3, replace(NAMOK, opposite="하천")),
        s("TERRAIN3", "율곡12길", 26, high, 3, replace(NAMOK, terrain=True)),
        s("PLANNED4", "율곡13길(예정)", 78, high, 4, replace(NAMOK, status="PLANNED", designated_on="2023-10-05",
                                                         announced_on="2023-10-12"), surface="dirt", built=False),
        s("PART4", "율곡14길", 130, high, 4, replace(NAMOK, flags=("필지일부",)), in_parcel=True),
        s("VAGUE", "율곡15길", 182, high, 4, replace(NAMOK, width_m=None, width_source="none", geometry_status="미특정",
                                                  centreline=False, accuracy_m=2.0, flags=("너비없음", "중심선없음"),
                                                  geometry_source="연속지적 편집")),
        s("MISFIT", "율곡16길", 234, high, 3.4, replace(NAMOK, width_m=4.0, flags=("폭불일치", "면적불일치"))),
        s("OLD1976", "율곡17길", 286, high, 4, replace(NAMOK, basis="ADDENDUM_1976", route="UNKNOWN",
                                                    designated_on="1975-01-01", announced_on=None, notice_no=None,
                                                    width_source="measured", consents=None, scope=None)),
        s("CUSTOMARY", "율곡18길", 338, high, 4, CUSTOMARY),
        s("CONSENT", "율곡19길", 390, high, 4, replace(NAMOK, consents=(6, 4), flags=("동의누락",))),
    ]  # fmt: skip


def dead_ends() -> list[Road]:
    """Return the dead ends of 율곡 village, all south of its main street."""

    def s(id: str, name: str, p: float, q: tuple[float, float], width: float, entry: Entry) -> Road:
        return _street(id, name, CORE, ((p, q[0]), (p, q[1])), width, entry)

    return [
        s("DEAD9", "율곡20길", 30, (-13, -4), 2, replace(DEAD, dead_end_length_m=9.0)),
        s("DEAD25", "율곡21길", 85, (-29, -4), 3, replace(DEAD, dead_end_length_m=25.0)),
        s("DEAD60", "율곡22길", 140, (-64, -4), 4, replace(DEAD, dead_end_length_m=60.0)),
        s("DEAD60W", "율곡23길", 200, (-64, -4), 6, replace(DEAD, dead_end_length_m=60.0)),
        s("TERRAIN50", "율곡24길", 260, (-54, -4), 3, replace(DEAD, dead_end_length_m=50.0, terrain=True)),
        s("DEAD30", "율곡25길", 315, (-34, -4), 2, replace(DEAD, dead_end_length_m=30.0)),
    ]  # fmt: skip


def _grid(prefix: str, name: str, axes: Axes, across: tuple[float, float], qs: list[tuple[float, float, Entry | None]],
          ps: list[tuple[float, float, float, float, Entry | None]]) -> list[Road]:  # fmt: skip
    """Return streets along p at q (q, width, entry) and streets along q at p (p, q0, q1, width, entry)."""
    along = [
        _street(f"{prefix}E{i}", f"{name}{i}길", axes, ((across[0], q), (across[1], q)), width, entry)
        for i, (q, width, entry) in enumerate(qs, 1)
    ]
    cross = [
        _street(f"{prefix}N{i}", f"{name}{len(qs) + i}길", axes, ((p, q0), (p, q1)), width, entry)
        for i, (p, q0, q1, width, entry) in enumerate(ps, 1)
    ]
    return along + cross


def hamlets() -> list[Road]:
    """Return the streets of the other villages and of the factory estate."""
    dead60, dead40 = replace(DEAD, dead_end_length_m=60.0), replace(DEAD, dead_end_length_m=40.0)
    icheon = _grid("I", "이천", ICHEON, (-20, 230), [(0, 6, GAMOK), (90, 4, NAMOK)], [
        (40, 3, 88, 4, NAMOK), (90, 3, 88, 4, NAMOK), (140, 3, 88, 4, replace(NAMOK, accuracy_m=0.3)),
        (60, 92, 152, 4, dead60), (190, 3, 88, 4, NAMOK), (120, 92, 152, 4, dead60), (30, -63, -3, 4, dead60),
        (170, -55, -3, 4, replace(CUSTOMARY, dead_end=True, dead_end_length_m=52.0)),
    ])  # fmt: skip
    north = _grid("C", "북촌", NORTH, (-10, 300), [(0, 4, NAMOK), (85, 4, None)], [
        (50, 2, 83, 3, NAMOK), (110, 2, 83, 3, None), (170, 2, 83, 4, NAMOK), (230, 2, 83, 4, NAMOK),
    ])  # fmt: skip
    new = _grid("D", "새터", NEW, (0, 240), [(0, 8, GAMOK), (80, 6, GAMOK)], [
        (50, 4, 77, 6, NAMOK), (110, 4, 77, 6, NAMOK), (170, 4, 77, 6, NAMOK), (80, 83, 123, 4, dead40),
        (150, 83, 123, 4, dead40),
    ])  # fmt: skip
    estate = _grid("F", "율곡산단", CORE, (-620, -260), [(110, 6, GAMOK), (205, 4, NAMOK)], [
        (-500, 4, 107, 8, GAMOK), (-380, 4, 107, 4, NAMOK), (-440, 113, 203, 6, NAMOK), (-320, 113, 203, 4, NAMOK),
    ])  # fmt: skip
    west = _grid("E", "서촌", CORE, (-700, -563), [(-330, 4, None), (-410, 4, NAMOK)], [(-630, -408, -332, 4, None)])
    return [*icheon, *north, *new, *estate, *west]


def roads() -> list[Road]:
    """Return every road; where two cross, the earlier one keeps the ground."""
    bent = [replace(road, line=tuple(rounded(LineString(road.line), 70).coords)) for road in trunk()]
    return [*bent, *core(), *dead_ends(), *hamlets()]
