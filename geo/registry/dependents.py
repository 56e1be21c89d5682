"""Who depends on a road: the sites that would lose access if it were abolished or narrowed, and what that asks for.

Sites are counted and named by parcel, people never: a consent is a number here (건축법 제45조제2항).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from geo.registry import statute
from geo.registry.parcel import Site
from geo.registry.permit import OPEN_STATES
from geo.registry.review import Review, review
from geo.registry.road import STATUSES
from geo.registry.rows import Row, Rows, records, words

Loss = Literal["LOSES", "MAY_LOSE", "KEEPS", "NOT_BOUND"]
ABOLISHED = STATUSES[3]
_ENTITLED = ("착공", "사용승인")  # a building stands or is being built; a permit alone is among the open ones


@dataclass(frozen=True)
class Dependent:
    """One site beside the road, before and after."""

    pnus: tuple[str, ...]
    address: str
    loss: Loss
    before: str
    after: str
    setback_before_m: float
    setback_after_m: float
    built: bool
    """A permit of it has been begun or used."""
    open_permits: tuple[str, ...]
    other_roads: int
    """Roads by law that it would still meet."""
    sentence: str


def without(roads: Rows, road_uid: str, on: date, narrowed_to_m: float | None = None) -> list[Row]:
    """Return the roads as they would be: `road_uid` abolished on the day, or as wide as it is narrowed to."""
    found = []
    for row in records(roads):
        if row["road_uid"] == road_uid and narrowed_to_m is None:
            row |= {"status": ABOLISHED, "valid_to": on.isoformat()}
        elif row["road_uid"] == road_uid:
            row |= {"width_m": narrowed_to_m, "width_min_m": None, "width_source": "designated"}
        found.append(row)
    return found


def dependent(
    site: Site, road_uid: str, held: Mapping[str, Rows], on: date, narrowed_to_m: float | None = None
) -> Dependent:
    """Review `site` with and without the road; `held` has roads, permits, zoning and coverage around it."""
    before, after = (
        review(
            site, roads=roads, permits=held["permits"], zoning=held["zoning"], coverage=held["coverage"], hazards=(),
            changes=(), as_of=max(on, statute.TEXT_HELD_SINCE),
        )
        for roads in (held["roads"], without(held["roads"], road_uid, on, narrowed_to_m))
    )  # fmt: skip
    permits = before.permits
    loss = _loss(before, after)
    still = sum(each.is_road and not each.motor_only and each.contact.total_m > 0 for each in after.case.fronts)
    return Dependent(
        pnus=site.pnus,
        address=site.address,
        loss=loss,
        before=before.verdict,
        after=after.verdict,
        setback_before_m=_setback(before),
        setback_after_m=_setback(after),
        built=any(row["state"] in _ENTITLED for row in permits),
        open_permits=tuple(str(row["permit_id"]) for row in permits if row["state"] in OPEN_STATES),
        other_roads=still,
        sentence=_SENTENCES[loss].format(address=site.address, roads=still),
    )


_SENTENCES: dict[Loss, str] = {
    "LOSES": "{address}: 이 도로가 없으면 2 m 이상 접한 도로가 없다(건축법 제44조제1항).",
    "MAY_LOSE": "{address}: 이 도로가 없으면 접도 여부를 자료만으로 정할 수 없다(건축법 제44조제1항).",
    "KEEPS": "{address}: 접한 다른 도로 {roads}개 또는 남는 도로로 접도 요건을 갖춘다.",
    "NOT_BOUND": "{address}: 접도 의무가 적용되지 않거나 지금도 갖추지 못했다.",
}


def _loss(before: Review, after: Review) -> Loss:
    held, left = (next(each.verdict for each in found.tests if each.id == "art44_2m") for found in (before, after))
    if held in ("NOT_APPLICABLE", "FAIL", "UNKNOWN_COVERAGE"):
        return "NOT_BOUND"
    if left == "PASS":
        return "KEEPS"
    return "MAY_LOSE" if left == "REVIEW" else "LOSES"


def _setback(found: Review) -> float:
    return max((road["setback_m"] or 0.0 for road in found.roads), default=0.0)


def answer(road: Row, found: Sequence[Dependent], on: date, narrowed_to_m: float | None = None) -> dict[str, Any]:
    """Put the sites of one road together: who loses access, open permits, and how many consents are needed."""
    losing = [each for each in found if each.loss in ("LOSES", "MAY_LOSE")]
    wider = [each for each in found if each.setback_after_m > each.setback_before_m]
    touched = {pnu for each in (*losing, *wider) for pnu in each.pnus}
    owners = {pnu for pnu in (road.get("lead_pnu"), *words(road.get("related_pnus"))) if pnu}
    permits = sorted({permit for each in (*losing, *wider) for permit in each.open_permits})
    return {
        "road": road["road_uid"],
        "as_of": on.isoformat(),
        "change": "abolished" if narrowed_to_m is None else "narrowed",
        "narrowed_to_m": narrowed_to_m,
        "sites": [_told(each) for each in found],
        "counts": {
            "sites": len(found),
            "lose_access": sum(each.loss == "LOSES" for each in found),
            "may_lose_access": sum(each.loss == "MAY_LOSE" for each in found),
            "built_and_lose_access": sum(each.built for each in losing),
            "further_setback": len(wider),
        },
        "open_permits": permits,
        "consents": {
            "ground": len(owners),
            "interested": len(touched - owners),
            "at_least": len(owners | touched),
            "given_when_designated": road.get("consents_obtained"),
            "article": "건축법 제45조제2항",
            "sentence": "폐지·변경에는 이해관계인의 동의가 필요하다. 필지로 센 최소한의 수이다(공유자는 따로 센다).",
        },
        "sentence": _whole(road, losing, permits, narrowed_to_m),
        "notice": "심사 보조이며 처분이 아님",
    }


def _told(each: Dependent) -> dict[str, Any]:
    return {**asdict(each), "pnus": list(each.pnus), "open_permits": list(each.open_permits)}


def _whole(road: Row, losing: Sequence[Dependent], permits: Sequence[str], narrowed_to_m: float | None) -> str:
    what = "폐지하면" if narrowed_to_m is None else f"너비를 {narrowed_to_m:g} m로 줄이면"
    sure = sum(each.loss == "LOSES" for each in losing)
    maybe = f", 자료로 정할 수 없는 대지가 {len(losing) - sure}곳" if len(losing) > sure else ""
    name = road.get("name") or road["road_uid"]
    return f"{name}을(를) {what} 접도 요건을 잃는 대지가 {sure}곳{maybe}, 걸린 진행 중 인허가가 {len(permits)}건이다."
