"""PNU, the 19 digits that name a parcel: checked, taken apart, put together, and told in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

from geo.boundaries import legal_dongs
from geo.errors import BadInput
from geo.registry.parcel import EmdType

CITY_CODE = "41480"
LAND, MOUNTAIN = "1", "2"  # 11th digit: 토지대장, 임야대장
_PLAT_GB = {"0": LAND, "1": MOUNTAIN}  # 세움터 platGbCd; 2 is a block, which has no PNU
_BUILDING_CODE = re.compile(r"(\d{5})/(\d{5})/(\d)/(\d{1,4})/(\d{1,4})")


@dataclass(frozen=True)
class Place:
    """A 법정동 or ri that parcels lie in."""

    code: str
    """Ten digits."""
    emd: str
    ri: str
    """'' in a 동."""

    @property
    def name(self) -> str:
        """Name within the city, as '파평면 율곡리'."""
        return f"{self.emd} {self.ri}".rstrip()

    @property
    def short(self) -> str:
        """Last part of the name, as '율곡리'."""
        return self.ri or self.emd

    @property
    def emd_type(self) -> EmdType:
        """동, 읍 or 면."""
        return cast(EmdType, self.emd[-1])


@cache
def places() -> tuple[Place, ...]:
    """Return every 동 and ri of the city; 읍 and 면 as such hold no parcels."""
    rows = legal_dongs().itertuples(index=False)
    found = (Place(str(row.code), str(row.emd), str(row.ri)) for row in rows)
    return tuple(place for place in found if place.ri or place.emd.endswith("동"))


@cache
def _by_code() -> dict[str, Place]:
    return {place.code: place for place in places()}


def compose(place: Place, *, mountain: bool, main: int, sub: int = 0) -> str:
    """Return the PNU of a lot; `main` 1 to 9999, `sub` 0 to 9999, 0 where there is none."""
    return f"{place.code}{MOUNTAIN if mountain else LAND}{main:04d}{sub:04d}"


def check(text: str) -> str:
    """Return `text` if it is the PNU of a lot in a 법정동 of Paju. Raises BadInput saying what is wrong with it."""
    wrong = _fault(text)
    if wrong is not None:
        english, korean = wrong
        raise BadInput(f"PNU {text!r}: {english}", korean=f"PNU '{text}': {korean}", parameter="pnu")
    return text


def _fault(text: str) -> tuple[str, str] | None:
    if not (text.isascii() and text.isdigit()):
        return "expected 19 digits and nothing else", "숫자 19자리여야 합니다."
    if len(text) != 19:
        return f"{len(text)} digits, expected 19", f"{len(text)}자리입니다. 19자리여야 합니다."
    if not text.startswith(CITY_CODE):
        return f"it begins with {text[:5]}, Paju's begin with {CITY_CODE}", f"파주시({CITY_CODE})의 필지가 아닙니다."
    if text[:10] not in _by_code():
        return f"no 동 or ri of Paju has the code {text[:10]}", f"법정동코드 {text[:10]}은(는) 파주시에 없습니다."
    if text[10] not in (LAND, MOUNTAIN):
        return (
            f"the 11th digit is {text[10]}, expected 1 (토지) or 2 (임야); 세움터's 0, 1, 2 are other codes",
            f"11번째 자리가 {text[10]}입니다. 1(토지) 또는 2(임야)여야 하며, 세움터의 대지구분(0·1·2)과 다릅니다.",
        )
    if text[11:15] == "0000":
        return "the main lot number is 0000", "본번이 0000입니다."
    return None


def place_of(pnu: str) -> Place:
    """Return where a checked PNU lies."""
    return _by_code()[pnu[:10]]


def lot_of(pnu: str) -> str:
    """Return the lot number of a checked PNU as it is written: '100-1', '산 12-3'."""
    main, sub = int(pnu[11:15]), int(pnu[15:])
    return f"{'산 ' if pnu[10] == MOUNTAIN else ''}{main}{f'-{sub}' if sub else ''}"


def describe(pnus: Sequence[str]) -> str:
    """Return the address of checked PNUs in words: '파평면 율곡리 100-1 외 2필지'."""
    first = f"{place_of(pnus[0]).name} {lot_of(pnus[0])}"
    return first if len(pnus) == 1 else f"{first} 외 {len(pnus) - 1}필지"


def from_building_register(text: str) -> str | None:
    """Return the PNU of 세움터's sigunguCd/bjdongCd/platGbCd/bun/ji, None where `text` has not that form.

    Raises BadInput for a block (platGbCd 2), which has no PNU, and for codes that name no lot of Paju.
    """
    parts = _BUILDING_CODE.fullmatch(text)
    if parts is None:
        return None
    city, dong, kind, main, sub = parts.groups()
    if kind not in _PLAT_GB:
        raise BadInput(
            f"{text!r}: platGbCd {kind} has no PNU (0 is land, 1 is mountain, 2 is a block)",
            korean=f"세움터 대지구분 {kind}에는 PNU가 없습니다(0 대지, 1 산, 2 블록).",
            parameter="platGbCd",
        )
    return check(f"{city}{dong}{_PLAT_GB[kind]}{main:0>4}{sub:0>4}")
