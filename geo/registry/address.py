"""Addresses by lot number to PNU: the grammar of 지번 addresses, with an answer for each way to miss."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from geo.errors import BadInput, GeoError, NotFound, Unreadable
from geo.registry import pnu
from geo.registry.pnu import Place, places

Outcome = Literal["PNU", "AMBIGUOUS", "NOT_FOUND", "NOT_A_LEGAL_DONG", "NEEDS_JUSO_DB", "INVALID", "UNREADABLE"]
"""INVALID: read, and no parcel can be called so; UNREADABLE: not read."""

ADMINISTRATIVE = {
    "금촌1동": ("금촌동", "아동동", "금릉동"),
    "금촌2동": ("금촌동", "금릉동"),
    "금촌3동": ("금촌동", "아동동", "야동동", "검산동", "맥금동"),
    "운정1동": ("교하동", "당하동", "와동동"),
    "운정2동": ("목동동",),
    "운정3동": ("야당동", "동패동"),
    "운정4동": ("야당동", "상지석동"),
    "운정5동": ("다율동", "동패동", "문발동", "목동동", "신촌동", "연다산동"),
    "운정6동": ("다율동", "동패동", "목동동"),
}  # 행정동 that are no 법정동, and the 법정동 they lie in (행정안전부 KIKmix, 2026-03-01)

_LONGEST = 200  # letters; no address comes near
_ADMINISTRATIVE = re.compile(r"(금촌|운정)\s*제?\s*(\d)\s*동")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－ー"), "-")
_LOT = re.compile(
    r"(?P<mountain>산\s*)?(?P<main>\d+)"
    r"(?:\s*(?:번지)?\s*(?:-|의)\s*(?P<sub>\d+)|\s*번지\s*(?P<after>\d+))?"
    r"\s*(?:번지|호)?\s*(?:외\s*(?P<more>\d+)\s*필지)?"
)
_ROAD_NAME = re.compile(r".*?[가-힣0-9]+(?:대로|로|길)\s*(?:지하\s*)?\d+(?:\s*-\s*\d+)?(?:\s*[(,].*)?")
_PROVINCE = re.compile(r"(경기도?)\s+|(경기도)(?=파주)|(\S+(?:특별시|광역시|특별자치시|특별자치도|[남북]도))\s+")
_CITY = re.compile(r"(파주시)\s*(?!청)|(파주)\s+(?=[가-힣])|(\S+[시군구])\s+")


@dataclass(frozen=True)
class Candidate:
    """One parcel that an address may mean."""

    name: str
    pnu: str


@dataclass(frozen=True)
class Resolution:
    """What became of an address."""

    text: str
    outcome: Outcome
    sentence: str
    """Korean, for the officer."""
    english: str
    """The same for the command line."""
    pnu: str | None = None
    candidates: tuple[Candidate, ...] = ()
    suggestions: tuple[str, ...] = ()
    """Names that may have been meant; never taken without asking."""
    more_parcels: int = 0
    """N of '외 N필지': parcels that the address counts and does not name."""
    limited_to_paju: bool = False
    """No city was named, so Paju was taken."""

    def require(self) -> str:
        """Return the PNU. Raises NotFound, BadInput or Unreadable with the reason where there is none."""
        if self.pnu is not None:
            return self.pnu
        kinds: dict[Outcome, type[GeoError]] = {"NOT_FOUND": NotFound, "UNREADABLE": Unreadable}
        raise kinds.get(self.outcome, BadInput)(self.english, korean=self.sentence, parameter="address")


def resolve(text: str) -> Resolution:
    """Find the PNU that an address, a PNU or 세움터's codes name.

    A name that does not exist is never corrected: it is NOT_FOUND, with suggestions.
    """
    plain = _plain(text)
    if len(plain) > _LONGEST:
        return _unreadable(f"{plain[:40]}...")
    try:
        if re.fullmatch(r"\d{5,}", plain):
            return _found(text, pnu.check(plain))
        code = pnu.from_building_register(plain)
    except BadInput as error:
        return Resolution(text, "INVALID", error.korean or str(error), str(error))
    if code is not None:
        return _found(text, code)
    outside, limited, rest = _city(plain)
    if outside is not None:
        return Resolution(
            text, "NOT_FOUND", f"'{outside}'은(는) 파주시가 아닙니다.", f"{text!r}: {outside} is not in Paju"
        )
    found = replace(_in_city(text, rest), limited_to_paju=limited)
    if limited:
        found = replace(found, sentence=f"{found.sentence} 시·군·구가 없어 파주시로 한정하였습니다.")
    return found


def _plain(text: str) -> str:
    narrow = unicodedata.normalize("NFKC", text).translate(_DASHES)
    visible = "".join(letter for letter in narrow if unicodedata.category(letter) != "Cf")
    return " ".join(visible.split())


def _city(plain: str) -> tuple[str | None, bool, str]:
    """Take province and city off: the name of another city or None, whether none was named, and what is left."""
    rest = plain
    province = _PROVINCE.match(rest)
    if province is not None:
        if province[3]:
            return province[3], False, rest
        rest = rest[province.end() :]
    city = _CITY.match(rest)
    if city is None:
        return None, True, rest
    if city[3]:
        return city[3], False, rest
    return None, False, rest[city.end() :]


def _in_city(text: str, rest: str) -> Resolution:
    administrative = _ADMINISTRATIVE.match(rest)
    if administrative is not None:
        return _administrative(text, f"{administrative[1]}{administrative[2]}동", rest[administrative.end() :].strip())
    emd, after_emd = _longest(rest, {place.emd for place in places()})
    name, after = _longest(after_emd, {place.short for place in places() if emd is None or place.ri})
    if emd is not None and emd.endswith("동"):
        name, after = emd, after_emd
    if name is None and _ROAD_NAME.fullmatch(after_emd):
        return _road_name(text)
    if name is not None:
        at = [place for place in places() if place.short == name]
        here = [place for place in at if emd is None or place.emd == emd]
        if not here:
            return _missing(text, f"{emd} {name}", [place.name for place in at])
        if _ROAD_NAME.fullmatch(after) and _LOT.fullmatch(after) is None:
            return _road_name(text)
        return _lot(text, after, here)
    return _unknown_name(text, emd, after_emd)


def _longest(rest: str, names: Iterable[str]) -> tuple[str | None, str]:
    found = max((name for name in names if rest.startswith(name)), key=len, default=None)
    return found, rest if found is None else rest[len(found) :].strip()


def _unknown_name(text: str, emd: str | None, rest: str) -> Resolution:
    """Answer a name that is no 동 or ri of the city: a stem that several share, a slip of the pen, or nothing."""
    inside = [place for place in places() if emd is None or place.emd == emd]
    word = re.match(r"([가-힣]*?[동리가])(?=[\s\d산]|$)|[가-힣]+", rest)
    name = word[0] if word else ""
    if emd is not None and (not name or _LOT.fullmatch(rest)):
        known = [place.ri for place in inside]
        return Resolution(
            text, "NOT_FOUND", f"{emd}의 어느 리인지 적어야 합니다.",
            f"{text!r}: {emd} has several ri; name one of them: {', '.join(known)}", suggestions=tuple(known),
        )  # fmt: skip
    stems = [place for place in inside if place.short[:-1] == name]
    if len(stems) > 1:
        return _lot(text, rest[len(name) :].strip(), stems)
    if not name or (re.search(r"블록|롯트|로트|BL|LT", rest) and not stems):
        return _unreadable(text)
    close = [place.short for place in stems] or _close(name, inside) or _close(name, places())
    return _missing(text, f"{emd} {name}" if emd else name, close)


def _close(name: str, among: Iterable[Place]) -> list[str]:
    """Return the names nearest to `name`, compared jamo by jamo, where three jamo in four agree."""
    spelled = unicodedata.normalize("NFD", name)
    likeness = {
        place.short: SequenceMatcher(None, spelled, unicodedata.normalize("NFD", place.short)).ratio()
        for place in among
    }
    best = max([*likeness.values(), 0.75])
    return [each for each, ratio in likeness.items() if ratio >= best]


def _missing(text: str, name: str, suggestions: list[str]) -> Resolution:
    korean = f"'{name}'을(를) 파주시 법정동·리에서 찾지 못했습니다."
    english = f"{text!r}: no 동 or ri of Paju is called {name}"
    if suggestions:
        korean += f" 혹시 '{', '.join(suggestions)}'입니까?"
        english += f"; did you mean {', '.join(suggestions)}?"
    return Resolution(text, "NOT_FOUND", korean, english, suggestions=tuple(suggestions))


def _lot(text: str, rest: str, at: list[Place]) -> Resolution:
    """Read the lot number and answer it in each place of `at`."""
    lot = _LOT.fullmatch(rest)
    if lot is None:
        return _unreadable(text)
    main, sub = int(lot["main"]), lot["sub"] or lot["after"]
    if not 1 <= main <= 9999 or (sub is not None and not 1 <= int(sub) <= 9999):
        return Resolution(
            text, "INVALID", "본번과 부번은 1부터 9999까지입니다.", f"{text!r}: lot numbers run from 1 to 9999"
        )
    found = [pnu.compose(place, mountain=lot["mountain"] is not None, main=main, sub=int(sub or 0)) for place in at]
    more = int(lot["more"] or 0)
    if len(found) == 1:
        return _found(text, found[0], more)
    candidates = tuple(Candidate(pnu.describe([each]), each) for each in found)
    names = ", ".join(candidate.name for candidate in candidates)
    return Resolution(
        text, "AMBIGUOUS", f"여러 곳에 있는 이름입니다: {names}. 하나를 골라야 합니다.",
        f"{text!r} may be {names}; name one of them", candidates=candidates, more_parcels=more,
    )  # fmt: skip


def _found(text: str, code: str, more: int = 0) -> Resolution:
    words = pnu.describe([code])
    korean, english = f"{words}의 PNU는 {code}입니다.", f"{words} is {code}"
    if more:
        korean += f" 외 {more}필지는 적혀 있지 않아 알 수 없습니다."
        english += f"; {more} more parcels are counted and not named"
    return Resolution(text, "PNU", korean, english, pnu=code, more_parcels=more)


def _administrative(text: str, name: str, rest: str) -> Resolution:
    at = [place for place in places() if place.emd in ADMINISTRATIVE.get(name, ())]
    if not at:
        return _missing(text, name, [each for each in ADMINISTRATIVE if each[:2] == name[:2]])
    names = ", ".join(place.emd for place in at)
    inner = _lot(text, rest, at)
    candidates = inner.candidates or ((Candidate(pnu.describe([inner.pnu]), inner.pnu),) if inner.pnu else ())
    return Resolution(
        text, "NOT_A_LEGAL_DONG", f"{name}은 행정동입니다. 지번은 법정동으로 적습니다: {names}.",
        f"{text!r}: {name} is an administrative dong; lots are numbered by legal dong: {names}",
        candidates=candidates, suggestions=tuple(place.emd for place in at), more_parcels=inner.more_parcels,
    )  # fmt: skip


def _road_name(text: str) -> Resolution:
    return Resolution(
        text, "NEEDS_JUSO_DB", "도로명주소입니다. 도로명주소 자료가 없어 필지로 바꿀 수 없으니 지번으로 적어 주십시오.",
        f"{text!r} is a road-name address, which needs the juso database; give the lot number instead",
    )  # fmt: skip


def _unreadable(text: str) -> Resolution:
    return Resolution(
        text, "UNREADABLE", "지번 주소로 읽을 수 없습니다. 예: 파평면 율곡리 100-1, 율곡리 산 12-3",
        f"{text!r} cannot be read as an address; write it as '파평면 율곡리 100-1' or '율곡리 산 12-3'",
    )  # fmt: skip
