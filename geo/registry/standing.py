"""Whether a row of the register was a road by law on a day: 건축법 2①11 가목 and 나목, 1976 addendum, 45조."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from geo.registry.road import NOTICE_SINCE, UNREGISTERED_FLAG
from geo.registry.rows import Row, day, words


@dataclass(frozen=True)
class Standing:
    """The answer and its reason; REVIEW where evidence decides that the register does not hold."""

    answer: Literal["ROAD", "NOT_ROAD", "REVIEW"]
    reason: str
    """Korean, a clause that ends a sentence."""


def standing(row: Row, as_of: date) -> Standing:
    """Say whether the row was a road on `as_of`. Entry in the register makes no road, nor does its want unmake one."""
    ended, started = day(row.get("valid_to")), day(row.get("valid_from"))
    if ended is not None and ended <= as_of:
        what = "폐지되어" if row.get("status") == "ABOLISHED" else "효력이 끝나"
        return Standing("NOT_ROAD", f"{ended} {what} {as_of} 현재 도로가 아니다")
    if row.get("status") == "ABOLISHED" and ended is None:
        return Standing("REVIEW", "폐지되었으나 폐지일이 적혀 있지 않다")
    if started is not None and started > as_of:
        return Standing("NOT_ROAD", f"{started}부터 도로이므로 {as_of} 현재 도로가 아니다")
    if row.get("status") == "DISPUTED":
        return Standing("REVIEW", "지정 근거가 분명하지 않다")
    if row.get("geometry_status") == "미특정":
        return Standing("REVIEW", "구간·길이·너비가 특정되지 않았다(대법원 2017두50843)")
    return _by_basis(row, as_of)


def _by_basis(row: Row, as_of: date) -> Standing:
    basis = row.get("legal_basis")
    if basis == "NAMOK":
        return _designated(row, as_of)
    if basis == "GAMOK":
        return _announced(row, as_of)
    if basis == "ADDENDUM_1976":
        return Standing(
            "REVIEW", "1976-02-01 전부터 통행한 너비 4 m 이상의 길인지 증거가 있어야 한다(법률 제2852호 부칙 제2항)"
        )
    return Standing("REVIEW", "도로가 된 근거를 알 수 없다")


def _announced(row: Row, as_of: date) -> Standing:
    announced = day(row.get("announced_on"))
    if announced is None:
        return Standing("REVIEW", "고시일이 적혀 있지 않다")
    if announced > as_of:
        return Standing("NOT_ROAD", f"{announced} 고시되어 {as_of} 현재 도로가 아니다")
    return Standing("ROAD", f"{announced} 고시된 {_kind(row)}이다(건축법 제2조제1항제11호가목)")


def _designated(row: Row, as_of: date) -> Standing:
    designated, announced = day(row.get("designated_on")), day(row.get("announced_on"))
    if designated is None and announced is None:
        return Standing("REVIEW", "지정일이 적혀 있지 않다")
    if designated is not None and designated > as_of:
        return Standing("NOT_ROAD", f"{designated} 지정되어 {as_of} 현재 도로가 아니다")
    if designated is not None and designated < NOTICE_SINCE:
        return Standing("ROAD", f"{designated} 지정된 {_kind(row)}이다(1999-02-08 전 지정에는 공고가 필요 없었다)")
    if announced is None:
        return Standing("REVIEW", f"{designated} 지정되었으나 공고가 확인되지 않는다")
    if announced > as_of:
        return Standing("NOT_ROAD", f"{announced} 공고되어 {as_of} 현재 도로가 아니다")
    return Standing("ROAD", f"{announced} 지정·공고된 {_kind(row)}이다(건축법 제2조제1항제11호나목)")


def _kind(row: Row) -> str:
    return "예정도로" if row.get("status") == "PLANNED" else "도로"


def unregistered(row: Row) -> bool:
    """Say whether the road was designated by a document and left out of the register."""
    return UNREGISTERED_FLAG in words(row.get("quality_flags"))
