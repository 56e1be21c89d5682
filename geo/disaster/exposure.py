"""What is known of a site and water: four answers side by side, none worked out from another, none clearing one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geo.disaster.band import told
from geo.disaster.scenario import FAILURES, WORKS

Row = dict[str, Any]
_NO_RECORD: Row = {
    "known": False,
    "sentence": "침수흔적도 자료가 없어 침수 이력을 말할 수 없습니다. 이력이 없다는 뜻이 아닙니다.",
}


def four(
    hazards: Sequence[Row], footprints: Sequence[Row], floods: Sequence[Row], provenance: Mapping[str, Any] | None
) -> Row:
    """Return legal zone, modelled flood, flood record and works footprint of one site.

    `hazards` as `zone.touching` and `footprints` as `works.footprints` tell them; `floods` as
    `scenario_store.of_site` does, under `provenance`, which is None where nothing was modelled.
    """
    return {
        "legal_zone": {
            "touched": any(hazard["relation"] != "adjoins" for hazard in hazards),
            "zones": list(hazards),
            "sentence": "고시된 지구에 걸치며 모의 결과와 관계없이 법적 제한이 따릅니다."
            if any(hazard["follows"] for hazard in hazards)
            else "제한이 따르는 지정 지구에 걸치지 않습니다.",
        },
        "modelled_flood": _modelled(floods, provenance),
        "flood_record": _NO_RECORD,
        "works_footprint": {
            "touched": bool(footprints),
            "works": list(footprints),
            "sentence": "정비사업의 계획이 걸칩니다. 편입 여부는 실시계획으로 확인해야 합니다."
            if footprints
            else "도형이 있는 시설과 공사에는 걸치지 않습니다.",
        },
    }


def hazards(zones: Sequence[Row], footprints: Sequence[Row], modelled: Sequence[Row]) -> list[Row]:
    """Return the hazards of a review: each of the four answers apart, the model never in place of a legal zone.

    `zones` as `zone.touching`, `footprints` as `works.footprints`, `modelled` as `scenario_store.worst` tell them. That
    no flood record is held is told where any of the others is.
    """
    found = [*zones, *footprints, *(_flood(one) for one in modelled)]
    return [*found, {"kind": "flood_record", **_NO_RECORD}] if found else []


def _flood(one: Row) -> Row:
    made = one["provenance"]
    told = _modelled(one["floods"], made)
    version = {"version": one["version"], "method": made["method"], "terrain": made["terrain"]}
    return {
        "kind": "modelled_flood",
        "zone_id": one["zone_id"],
        "pnu": one["pnu"],
        "synthetic": made["terrain"]["synthetic"],
        **told,
        "provenance": version,
        "source": f"침수 모의 {one['version']}, 지형 {made['terrain']['name']}",
        "sentence": f"{made['zone_name']} 지구의 침수 모의입니다. {told['sentence']} ({made['watermark']})",
    }


def _modelled(floods: Sequence[Row], provenance: Mapping[str, Any] | None) -> Row:
    if provenance is None or not floods:
        return {"modelled": False, "bands": [], "sentence": "계산된 침수 시나리오가 없습니다."}
    bands: dict[tuple[str, str], list[Row]] = {}
    for flood in floods:
        bands.setdefault((flood["works"], flood["failure"]), []).append(flood)
    told = [_band(works, failure, members) for (works, failure), members in bands.items()]
    storm = f"24시간 {floods[0]['rain_mm']:g} mm, {provenance['stage_label']} {floods[0]['stage_m']:g} m"
    listed = "; ".join(band["sentence"] for band in told)
    withheld = provenance["verdicts_withheld"]
    return {
        "modelled": True,
        "rain_mm": floods[0]["rain_mm"],
        "stage_m": floods[0]["stage_m"],
        "bands": told,
        "verdicts_withheld": withheld,
        "watermark": provenance["watermark"],
        "provenance": provenance,
        "sentence": f"{storm}: {listed}. {withheld or provenance['notice']}",
    }


def _band(works: str, failure: str, members: Sequence[Row]) -> Row:
    depths = sorted(0.0 if one["site"] is None else one["site"]["depth_max_m"] for one in members)
    areas = sorted(0.0 if one["site"] is None else one["site"]["wet_area_m2"] for one in members)
    unsure = any(one["site"] is not None and one["site"]["uncertain"] for one in members)
    state = WORKS[works] if failure == "none" else f"{WORKS[works]} ({FAILURES[failure]})"
    return {
        "works": works,
        "failure": failure,
        "scenarios": [one["id"] for one in members],
        "depth_max_m": [depths[0], depths[-1]],
        "wet_area_m2": [areas[0], areas[-1]],
        "uncertain": unsure,
        "verdicts": [None if one["site"] is None else one["site"]["verdict"] for one in members],
        "sentence": f"{state} {told([depths[0], depths[-1]], digits=2)} m{' (불확실)' if unsure else ''}",
    }
