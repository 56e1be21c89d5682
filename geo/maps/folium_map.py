"""The four Folium maps of the city: orthophotos, changes, designated roads, a disaster zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import compress
from typing import Any, Literal

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import CITY
from geo.disaster.works import Status
from geo.disaster.zone import Record
from geo.errors import BadInput
from geo.frame import check
from geo.maps import draw, timeline
from geo.maps.draw import Group
from geo.maps.flood import Floods
from geo.maps.imagery import Backdrop
from geo.maps.page import Page, Row, Table
from geo.maps.style import Look, road_width, style

_BY = {"width": "너비별", "status": "상태별", "basis": "근거별"}


def orthophoto(backdrops: Sequence[Backdrop]) -> folium.Map:
    """Return the imagery of several dates, the first one shown and each of the others a choice. Raises BadInput."""
    if not backdrops:
        raise BadInput("no survey to show", korean="보여 줄 항공사진이 없습니다.")
    rows = [Row([one.title, "합성" if one.synthetic else "실제"], one.bounds) for one in backdrops]
    page = Page(
        "파주시 항공사진",
        f"촬영일 {', '.join(one.title for one in backdrops)}",
        synthetic=any(one.synthetic for one in backdrops),
        tables=[Table("촬영한 날", ["촬영일", "자료"], rows)],
    )
    lefts, bottoms, rights, tops = zip(*(one.bounds for one in backdrops), strict=True)
    return draw.finish(draw.base(page, backdrops), (min(lefts), min(bottoms), max(rights), max(tops)))


_HIDING = {"cloud": "구름", "shadow": "깊은 그늘"}


def changes(
    frame: gpd.GeoDataFrame,
    *,
    before: str,
    after: str,
    hidden: gpd.GeoDataFrame | None = None,
    backdrops: Sequence[Backdrop] = (),
) -> folium.Map:
    """Return changes by class; `frame` (EPSG:5186) has class, area_m2, score, and explained, reason where known.

    `before` and `after` are the dates compared, `hidden` the places that were not, with kind (cloud, shadow) and at
    (before, after). Raises BadInput for more than 5,000 of either.
    """
    check(frame, ["class", "area_m2", "score"], draw.AREAS)
    draw.few(frame)
    kinds = style().change_classes
    columns = {
        "종류": [kinds[id].label for id in frame["class"]],
        "면적": [f"{area:,.0f}\u00a0㎡" for area in frame["area_m2"]],
        "확실도": [f"{score:.2f}" for score in frame["score"]],
    }
    if "explained" in frame.columns:
        columns["허가"] = ["있음" if explained else "없음" for explained in frame["explained"]]
    if "reason" in frame.columns:
        columns["설명"] = list(frame["reason"])
    shown = _told(columns, frame)
    groups = [Group(look, look.label, shown[(frame["class"] == id).to_numpy()]) for id, look in kinds.items()]
    if hidden is not None:
        draw.few(hidden)
        days = {"before": before, "after": after}
        said = {"가린 것": [_HIDING[kind] for kind in hidden["kind"]], "촬영일": [days[at] for at in hidden["at"]]}
        look = style().change_hidden
        groups.append(Group(look, look.label, _told(said, hidden)))
    widest = shown.iloc[np.argsort(-frame["area_m2"].to_numpy(), kind="stable")]
    page = Page(
        "항공사진 변화 탐지",
        f"{before} → {after}",
        synthetic=_synthetic(frame, backdrops),
        looks=[group.look for group in groups],
        tables=[draw.table(f"변화 {len(frame):,}건 (넓은 것부터)", widest, under="설명")],
    )
    return draw.finish(draw.groups(draw.base(page, backdrops), groups), draw.around(frame))


def designated_roads(
    frame: gpd.GeoDataFrame,
    *,
    as_of: date,
    by: Literal["width", "status", "basis"] = "width",
    backdrops: Sequence[Backdrop] = (),
) -> folium.Map:
    """Return designated roads coloured by legal width, status or basis, their outlines dashed by status.

    `frame` (EPSG:5186) has the columns of the register. Raises BadInput for more than 5,000 roads.
    """
    check(frame, ["designation_no", "name", "legal_basis", "status", "width_m", "notice_no"], draw.AREAS)
    draw.few(frame)
    bases, statuses = style().road_bases, style().road_statuses
    widths = [None if pd.isna(width) else float(width) for width in frame["width_m"]]
    looks = {
        "width": [road_width(width) for width in widths],
        "status": [statuses[id] for id in frame["status"]],
        "basis": [bases[id] for id in frame["legal_basis"]],
    }[by]
    columns = {
        "이름": list(frame["name"]),
        "지정번호": list(frame["designation_no"]),
        "너비": ["기재 없음" if width is None else f"{width:g}\u00a0m" for width in widths],
        "상태": [statuses[id].label for id in frame["status"]],
        "근거": [bases[id].label.split(" · ")[0] for id in frame["legal_basis"]],
        "공고": list(frame["notice_no"]),
    }
    shown = _told(columns, frame)
    groups = _by_look(looks, [statuses[id].dash for id in frame["status"]], shown)
    lines = ", ".join(f"{look.label} {look.line}" for look in statuses.values())
    page = Page(
        "파주시 지정도로",
        f"{as_of.isoformat()} 현재 · {_BY[by]}",
        synthetic=_synthetic(frame, backdrops),
        text=f"테두리: {lines}.",
        looks=[group.look for group in groups],
        tables=[draw.table(f"지정도로 {len(frame):,}개", shown, under="공고")],
    )
    return draw.finish(draw.groups(draw.base(page, backdrops), groups), draw.around(frame))


def _by_look(looks: Sequence[Look], dashes: Sequence[tuple[int, ...]], shown: gpd.GeoDataFrame) -> list[Group]:
    """Group roads by their look, each outlined by its status."""
    groups = []
    for look in sorted(set(looks), key=lambda look: look.label):
        mine = [one == look for one in looks]
        groups.append(Group(look, look.label, shown[mine], list(compress(dashes, mine))))
    return groups


def disaster_zone(
    record: Record, status: Status, *, floods: Floods | None = None, backdrops: Sequence[Backdrop] = ()
) -> folium.Map:
    """Return a disaster zone with its facilities and works, their timeline as of the status's day, and the budget.

    What has no geometry stands in the tables alone. `floods` are what a storm would do without and with the works.
    """
    zone, looks = record["zone"], style().disaster
    rows = [zone, *record["facilities"], *record["works"]]
    states = {item.id: item.label for item in (*status.facilities, *status.works)}
    layers = {"zone": [zone], "facilities": record["facilities"], "works": record["works"]}
    groups = [Group(looks[id], looks[id].label, _situated(found, states)) for id, found in layers.items()]
    grade = f" · {zone['grade']}등급" if zone["grade"] else ""
    page = Page(
        f"{zone['name']} 자연재해위험개선지구",
        f"{status.as_of} 현재 · {style().zone_types[zone['type']]}{grade}",
        synthetic=any(bool(row["synthetic"]) for row in rows) or any(one.synthetic for one in backdrops),
        text=" ".join([status.sentence, *([floods.words] if floods else [])]),
        looks=[group.look for group in groups],
        pictures=timeline.pictures(status),
        tables=[*([floods.table] if floods else []), *timeline.tables(record, status)],
        mark=floods.mark if floods else "",
        keys=(*style().depth_classes, style().depth_uncertain, *style().depth_changes) if floods else (),
        keys_title="침수심과, 정비에 따른 변화",
    )
    found = draw.pictures(draw.base(page, backdrops), floods.pictures if floods else ())
    everything = pd.concat([group.rows for group in groups])
    return draw.finish(draw.groups(found, groups), draw.around(everything))


def _situated(rows: Sequence[Mapping[str, Any]], states: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Lay the rows that have a geometry into a frame of what is told about them."""
    drawn = [row for row in rows if row["geometry"] is not None]
    columns = {
        "이름": [row["name"] for row in drawn],
        "상태": [states.get(row["id"]) for row in drawn],
        "출처": [row["source"] for row in drawn],
    }
    frame = gpd.GeoDataFrame(columns, geometry=[row["geometry"] for row in drawn], crs=CITY)
    return check(frame, columns, draw.SITUATED)


def _told(columns: Mapping[str, list[Any]], frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=frame.geometry.to_numpy(), crs=CITY)


def _synthetic(frame: gpd.GeoDataFrame, backdrops: Sequence[Backdrop]) -> bool:
    said = "synthetic" in frame.columns and bool(frame["synthetic"].eq(True).any())
    return said or any(one.synthetic for one in backdrops)
