"""The permits: those that explain a change, those that only look as if, and those of all the other houses."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import CITY
from sample_data import register
from sample_data.changes import Change, scene
from sample_data.town import Town, town

# applied, approved, started, used: the usual days of a permit for a change that survey 1 or 2 shows first
_DAYS = {
    1: ("2024-06-10", "2024-07-15", "2024-09-02", "2025-06-20"),
    2: ("2025-09-30", "2025-10-20", "2025-11-03", "2026-03-27"),
}
_LONG_BEFORE = ("2022-03-02", "2022-04-11")


@dataclass(frozen=True)
class Story:
    """Why a change is explained, or is not; `steps` says how far the permit came (0 applied ... 3 in use)."""

    explained: bool
    reason: str
    kind: str | None = None
    state: str = ""
    steps: int = 0
    ended_on: str | None = None
    use: str | None = "단독주택"
    days: tuple[str, ...] | None = None  # in place of the usual ones
    place: str = "own"  # own, neighbour, or shared: the main parcel is the neighbour's, the site holds both


STORIES = {
    "none": Story(False, "이 필지에 허가·신고가 없음"),
    "public_works": Story(False, "공공사업(자연재해위험개선지구 정비사업): 인허가 대장에는 없음"),
    "report_used": Story(True, "건축신고, 두 영상 사이에 사용승인", "건축신고", "사용승인", 3),
    "permit_used": Story(True, "건축허가, 두 영상 사이에 사용승인", "건축허가", "사용승인", 3),
    "permit_started": Story(True, "건축허가, 착공", "건축허가", "착공", 2, use="공장"),
    "permit_other_parcel": Story(True, "같은 대지의 다른 필지로 난 건축허가", "건축허가", "사용승인", 3,
                                 place="shared"),
    "permit_cancelled": Story(False, "영상 전에 취소된 건축허가", "건축허가", "허가취소", 1, "2024-03-05",
                              days=_LONG_BEFORE),
    "permit_refused": Story(False, "불허가", "건축허가", "불허가", 0, "2024-08-01"),
    "farmland_only": Story(False, "농지전용허가뿐, 건축허가 없음", "농지전용허가", "허가", 1, use="창고시설"),
    "permit_applied": Story(False, "접수만 됨", "건축신고", "접수", 0),
    "wrong_parcel": Story(False, "옆 필지의 건축허가", "건축허가", "착공", 2, place="neighbour"),
    "permit_later": Story(False, "영상 뒤에 난 허가", "건축허가", "허가", 1, days=("2026-04-28", "2026-05-20")),
    "permit_withdrawn": Story(False, "취하", "건축허가", "취하", 0, "2025-11-20"),
    "permit_returned": Story(False, "반려", "건축신고", "반려", 0, "2025-11-11"),
    "permit_lapsed": Story(False, "착공 없이 효력을 잃은 허가", "건축허가", "효력상실", 1, "2025-01-15",
                           days=_LONG_BEFORE),
    "permit_violated": Story(False, "위반건축물, 시정명령", "건축허가", "위반", 1),
    "permit_corrected": Story(False, "보완 중", "건축신고", "보완", 0),
    "permit_consulted": Story(False, "관계기관 협의 중", "건축허가", "협의", 0),
    "occupation_only": Story(False, "도로점용허가뿐, 건축허가 없음", "도로점용허가", "허가", 1, use=None),
    "permit_rebuild": Story(True, "다시 짓기 위한 건축허가", "건축허가", "착공", 2),
    "report_rebuild": Story(True, "다시 짓기 위한 건축신고", "건축신고", "착공", 2),
    "report_returned": Story(False, "반려된 증축신고", "건축신고", "반려", 0, "2024-09-09"),
    "woods_granted": Story(True, "산지전용허가", "산지전용허가", "허가", 1, use=None),
    "woods_deemed": Story(True, "건축허가로 의제된 산지전용허가(건축법 11⑤5)", "산지전용허가", "허가", 1, use=None),
    "woods_refused": Story(False, "산지전용 불허가", "산지전용허가", "불허가", 0, "2025-12-01", use=None),
    "develop_granted": Story(True, "개발행위허가(토지 형질변경)", "개발행위허가", "허가", 1, use=None),
    "develop_later": Story(False, "영상 뒤에 난 개발행위허가", "개발행위허가", "허가", 1,
                           days=("2026-05-04", "2026-06-15"), use=None),
    "private_road": Story(True, "사도개설허가", "사도개설허가", "허가", 1, use=None),
}  # fmt: skip


def _neighbour(drawn: Town, row: int) -> int:
    """Return the lot that shares the longest edge with a lot."""
    frame = drawn.parcels
    shape = frame.geometry.iat[row]
    rows = [
        int(i) for i in frame.sindex.query(shape, predicate="touches") if frame["kind"].iat[i] == frame["kind"].iat[row]
    ]
    return max(rows, key=lambda i: shape.intersection(frame.geometry.iat[i]).length)


def _row(
    drawn: Town, id: str, story: Story, days: tuple[str, ...], rows: list[int], gfa_m2: float | None
) -> dict[str, Any]:
    """Return one permit; the first of `rows` is its main parcel."""
    frame = drawn.parcels
    stage = [day if step <= story.steps else None for step, day in enumerate((*days, None, None)[:4])]
    rural = story.kind in ("건축허가", "건축신고")
    return {
        "permit_id": id, "permit_no": f"{days[0][:4]}-파평-{story.kind}-{id[1:]}", "kind": story.kind,
        "state": story.state, "applied_on": stage[0], "approved_on": stage[1], "started_on": stage[2],
        "used_on": stage[3], "ended_on": story.ended_on, "use": story.use,
        "gfa_m2": round(gfa_m2, 1) if gfa_m2 and rural else None, "main_pnu": frame["pnu"].iat[rows[0]],
        "pnus": ";".join(frame["pnu"].iat[i] for i in rows), "road_uid": None, "parent_permit_id": None,
        "deemed_under": None, "synthetic": True,
        "geometry": shapely.set_precision(frame.geometry.iat[rows[0]].point_on_surface(), 0.001),
    }  # fmt: skip


def _of_change(drawn: Town, change: Change) -> list[dict[str, Any]]:
    """Return the permits of one change: the one its story tells of, and its parent where it is deemed."""
    story = STORIES[change.story]
    if story.kind is None:
        return []
    rows, gfa = list(change.rows), change.shape.area * 1.1
    if story.place != "own":
        beside = _neighbour(drawn, rows[0])
        rows = [beside] if story.place == "neighbour" else [beside, *rows]
    use = "공장" if change.shape.area > 200 and story.use == "단독주택" else story.use
    if story.use == "공장" and change.shape.area < 200:
        use = "단독주택"
    told = Story(**{**vars(story), "use": use})
    main = _row(drawn, f"P{change.id[1:]}", told, story.days or _DAYS[change.survey], rows, gfa)
    if change.story != "woods_deemed":
        return [main]
    parent = Story(True, "", "건축허가", "착공", 2, use="단독주택")
    owner = _row(drawn, f"P{change.id[1:]}A", parent, _DAYS[change.survey], rows, 180.0)
    main.update(permit_no=None, parent_permit_id=owner["permit_id"], deemed_under="건축법 11⑤5")
    return [owner, main]


def _others(drawn: Town, taken: set[int]) -> list[dict[str, Any]]:
    """Return permits of lots on which nothing changed: most in use for years, some in every other state."""
    frame, random = drawn.parcels, np.random.default_rng(61)
    lots = [int(i) for i in np.flatnonzero(frame["jimok"].isin(["대", "장"]).to_numpy()) if int(i) not in taken]
    chosen = sorted(random.choice(lots, 240, replace=False).tolist())
    endings = [("사용승인", 3, None), ("접수", 0, None), ("협의", 0, None), ("보완", 0, None),
               ("허가", 1, None), ("착공", 2, None), ("불허가", 0, "{}-12-20"), ("취하", 0, "{}-12-21"),
               ("허가취소", 1, "{}-12-22")]  # fmt: skip
    rows = []
    for n, i in enumerate(chosen):
        state, steps, ended = endings[0 if random.random() < 0.82 else int(random.integers(1, len(endings)))]
        year = int(random.integers(1999, 2023)) if state == "사용승인" else 2026 if steps < 1 and not ended else 2023
        kind = "건축허가" if random.random() < 0.6 else "건축신고"
        use = "공장" if frame["jimok"].iat[i] == "장" else "단독주택" if random.random() < 0.85 else "제1종근린생활시설"
        story = Story(True, "", kind, state, steps, ended.format(year) if ended else None, use)
        days = (
            f"{year}-02-{1 + n % 27:02}",
            f"{year}-03-{1 + n % 28:02}",
            f"{year}-04-15",
            f"{year}-11-{1 + n % 28:02}",
        )
        gfa = float(random.uniform(70, 190)) if use != "공장" else float(frame.geometry.iat[i].area * 0.4)
        rows.append(_row(drawn, f"P{500 + n}", story, days, [i], gfa))
    return rows


def _of_roads(drawn: Town) -> list[dict[str, Any]]:
    """Return permits about roads themselves: one that asks to abolish a designated road, one that dug one up."""
    rows = []
    for id, key, kind, state, steps in (
        ("P901", "CUSTOMARY", "도로폐지신청", "접수", 0), ("P902", "ABOLISHED", "도로폐지신청", "허가", 1),
        ("P903", "MAIN", "도로점용허가", "허가", 1),
    ):  # fmt: skip
        i = int(np.flatnonzero((drawn.parcels["road_id"] == key).to_numpy())[0])
        days = ("2023-02-01", "2023-04-10") if key == "ABOLISHED" else ("2026-03-03", "2026-04-01")
        row = _row(drawn, id, Story(True, "", kind, state, steps, use=None), days, [i], None)
        rows.append(row | {"road_uid": register.road_uid(key)})
    return rows


def permits() -> gpd.GeoDataFrame:
    """Return every permit; geometry is a point on the main parcel, EPSG:5186."""
    drawn, changes = town(), scene().changes
    told = [row for change in changes for row in _of_change(drawn, change)]
    taken = {i for change in changes for i in (*change.rows, *(_beside(drawn, change)))}
    return gpd.GeoDataFrame([*told, *_others(drawn, taken), *_of_roads(drawn)], geometry="geometry", crs=CITY)


def _beside(drawn: Town, change: Change) -> tuple[int, ...]:
    return (_neighbour(drawn, change.rows[0]),) if STORIES[change.story].place != "own" else ()
