"""Disaster risk zones: their types and grades, how they stand on a day, and what follows for a site they touch."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypedDict

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from geo import boundaries
from geo.disaster.period import first_day

TYPES = {
    "001": "침수위험",
    "002": "붕괴위험",
    "003": "취약방재시설",
    "004": "고립위험",
    "005": "유실위험",
    "006": "해일위험",
    "007": "상습가뭄재해",
}  # DST_RSK_DSTRCT_TYPE_CD of the disaster safety data platform; 자연재해대책법 시행령 8①1
GRADES = {
    "가": "인명피해 우려가 매우 높은 지구",
    "나": "건축물 피해가 발생하였거나 우려되는 지구",
    "다": "기반시설 피해나 농경지 침수가 우려되는 지구",
    "라": "피해 우려는 낮으나 계속 관리할 지구",
}  # 자연재해대책법 시행령 8①2
STANDARD_NAMES = {
    "management_no": "DST_RSK_DSTRCT_MNG_NO",
    "name": "DST_RSK_DSTRCT_NM",
    "grade_code": "DST_RSK_DSTRCT_GRD_CD",
    "type": "DST_RSK_DSTRCT_TYPE_CD",
    "detail_type_code": "DST_RSK_DSTRCT_DTL_TYPE_CD",
    "designated_on": "DSGN_YMD",
    "designation_reason": "DSGN_RSN",
    "area_notice_m2": "DSGN_AREA",
    "released_on": "RMV_YMD",
    "households": "HAB_NOHO",
    "residents": "HAB_NOPE",
    "legal_dong_code": "STDG_CD",
}  # our columns -> those of the platform's open data (DSSP-IF-00775)
STATUSES = {"designated": "지정", "released": "해제", "not_yet": "지정 전"}
_DATES = ("designated_on", "released_on")

_ARTICLE_15 = ("자연재해대책법 제15조", "지구 안의 건축과 형질변경은 조례로 정하는 바에 따라 제한될 수 있습니다.")
_ARTICLE_11 = (
    "건축법 제11조제4항제2호",
    "상습적으로 침수되거나 침수가 우려되는 지역에서는 지하층 등 일부 공간을 주거용으로 쓰거나 거실을 두는 건축의 "
    "허가를 하지 않을 수 있습니다.",
)
_ARTICLE_49 = (
    "건축법 제49조제5항",
    "침수위험지구에 국가·지방자치단체·공공기관이 짓는 건축물은 1층 전체를 필로티 구조로 하고 "
    "침수방지시설을 두어야 합니다.",
)
_FOLLOWS = {"001": (_ARTICLE_11, _ARTICLE_49, _ARTICLE_15)}  # every other type: article 15 alone
_CAUTION = {
    "digitised": "경계는 도면을 디지타이징한 것이므로 지형도면 고시로 확인해야 합니다.",
    "approx": "경계가 개략이므로 지형도면 고시로 확인해야 합니다.",
    "synthetic": "경계는 합성 자료이며 실제 고시 경계가 아닙니다.",
}


Row = dict[str, Any]


class Record(TypedDict):
    """All that is held about one zone: its row and the rows of what belongs to it, geometries in EPSG:5186 or None."""

    zone: Row
    facilities: list[Row]
    works: list[Row]
    projects: list[Row]
    budget: list[Row]
    progress: list[Row]
    assumptions: list[Row]
    other_sources: list[Row]


def planned(record: Record) -> list[Row]:
    """Return a zone's facilities and works, each with its `layer`."""
    layers = (("facility", record["facilities"]), ("work", record["works"]))
    return [{**row, "layer": layer} for layer, rows in layers for row in rows]


def standard(zone: Mapping[str, Any]) -> dict[str, Any]:
    """Return a zone's facts under the names of the platform's standard, dates as YYYYMMDD where they are whole."""
    facts = {}
    for ours, theirs in STANDARD_NAMES.items():
        value = zone.get(ours)
        facts[theirs] = value.replace("-", "") if ours in _DATES and value else value
    return facts


def status(designated_on: str, released_on: str | None, on: date) -> str:
    """Return `designated`, `released` or `not_yet` on a day; only a release by notice ends a designation."""
    if on < first_day(designated_on):
        return "not_yet"
    return "released" if released_on and on >= first_day(released_on) else "designated"


def as_of(zones: gpd.GeoDataFrame, on: date) -> gpd.GeoDataFrame:
    """Return `zones` with `status` and `status_on` as of a day, and the drawn area beside the notice's.

    `area_geom_m2` is null where there is no geometry; `area_diff_pct` is how much larger the drawn area is.
    """
    spans = zip(zones["designated_on"], zones["released_on"], strict=True)
    areas = [None if shape is None else shape.area for shape in zones.geometry]
    noticed = list(zip(areas, zones["area_notice_m2"], strict=True))
    off = [round((area - notice) / notice * 100, 3) if area and notice else None for area, notice in noticed]
    return zones.assign(
        status=[status(since, until, on) for since, until in spans],
        status_on=on.isoformat(),
        area_geom_m2=pd.Series([None if area is None else round(area, 1) for area in areas], zones.index, object),
        area_diff_pct=pd.Series(off, zones.index, object),
    )


def touching(site: BaseGeometry, zones: gpd.GeoDataFrame | Sequence[Row]) -> list[dict[str, Any]]:
    """Return the legal zones that touch `site` (EPSG:5186), as the `hazards` of its review.

    `zones` stand as of a day (`as_of`, `store.zones`). A zone that was not designated by then is left out; one that
    is released is told with nothing following. `relation` is `overlaps`, `adjoins` or `unknown`: a zone without
    geometry is told as unknown to every site of its legal dong. What a model floods, what was recorded and what the
    works take are other kinds of answer (`works.footprints`) and never clear a legal zone.
    """
    found = []
    rows: Any = zones.to_dict("records") if isinstance(zones, pd.DataFrame) else zones
    for zone in rows:
        relation = "none" if zone["status"] == "not_yet" else _relation(site, zone)
        if relation != "none":
            found.append(_hazard(site, zone, relation))
    return sorted(found, key=lambda hazard: (hazard["status"] != "designated", -(hazard["area_m2"] or 0.0)))


def _relation(site: BaseGeometry, zone: Mapping[str, Any]) -> str:
    geometry = zone["geometry"]
    if geometry is None:
        return "unknown" if _may_lie_in(site, zone["legal_dong_code"]) else "none"
    if not site.intersects(geometry):
        return "none"
    return "adjoins" if site.touches(geometry) else "overlaps"


def _may_lie_in(site: BaseGeometry, legal_dong: str | None) -> bool:
    areas = boundaries.ri()
    inside = areas[areas["code"] == legal_dong]
    return inside.empty or bool(inside.geometry.intersects(site).any())


def _hazard(site: BaseGeometry, zone: Mapping[str, Any], relation: str) -> dict[str, Any]:
    known = relation != "unknown"
    area = site.intersection(zone["geometry"]).area if known else None
    share = area / site.area if area is not None and site.area > 0 else None
    binds = zone["status"] == "designated" and relation != "adjoins"
    articles = _FOLLOWS.get(zone["type"], (_ARTICLE_15,)) if binds else ()
    hazard = {
        "kind": "legal_zone",
        "id": zone["id"],
        "name": zone["name"],
        "type": zone["type"],
        "type_name": TYPES[zone["type"]],
        "grade": zone["grade"],
        "relation": relation,
        "area_m2": None if area is None else round(area, 2),
        "share": None if share is None else round(share, 4),
        "status": zone["status"],
        "as_of": zone["status_on"],
        "designated_on": zone["designated_on"],
        "released_on": zone["released_on"],
        "follows": [{"article": article, "sentence": sentence} for article, sentence in articles],
        "geometry_quality": zone["geometry_quality"],
        "synthetic": zone["synthetic"],
        "source": zone["source"],
        "source_date": zone["source_date"],
    }
    return hazard | {"sentence": _sentence(hazard)}


def _sentence(hazard: Mapping[str, Any]) -> str:
    grade = f" {hazard['grade']}등급" if hazard["grade"] else ""
    zone = f"{hazard['name']} 자연재해위험개선지구({hazard['type_name']}{grade})"
    if hazard["relation"] == "unknown":
        where = f"{zone}는 지구 도형이 없어 대지가 저촉되는지 알 수 없습니다. 지형도면 고시로 확인해야 합니다."
    elif hazard["relation"] == "adjoins":
        where = f"대지가 {zone}의 경계에 접하고 겹치지는 않습니다."
    elif hazard["share"] is None:
        where = f"지점이 {zone} 안에 있습니다."
    else:
        where = f"대지 {hazard['area_m2']:,.1f} ㎡({hazard['share']:.1%})가 {zone}에 걸칩니다."
    if hazard["status"] == "released":
        where += f" {hazard['released_on']} 해제된 지구로 행위 제한은 없고 이력으로만 알립니다."
    if hazard["follows"]:
        lead = "저촉된다면 따를 조항" if hazard["relation"] == "unknown" else "적용 조항"
        where += f" {lead}: " + ", ".join(rule["article"] for rule in hazard["follows"]) + "."
    caution = _CAUTION.get(hazard["geometry_quality"]) if hazard["relation"] != "unknown" else None
    return f"{where} {caution}" if caution else where
