"""The use of a building in free words, as far as 영 28② and 법 44① treat some uses apart."""

from __future__ import annotations

import re
import unicodedata

_BRACKETS = re.compile(r"[(\[{].*")
_FACTORY = re.compile(r"(?:\d+\W*)?(?!.*(?:및|겸|근린생활시설))[가-힣]*공장(?:시설|동)?")
_ORDINANCE = re.compile(
    r"(?:(?!.*건축사)(?!.*회계사).*축사|.*재배사|우사|돈사|계사|마사|온실|가축시설|동물(?:및)?식물관련시설)(?:시설|동)?"
)
FARM_HUT_LARGEST_M2 = 20.0  # 농지법 시행규칙 제3조의2, known and not among the texts held: confirm before use


def _plain(use: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", use))


def is_factory(use: str) -> bool:
    """Say whether `use` is 공장, for which 영 28② begins at 3,000 m2.

    The words before any bracket decide: '공장(식품)' and '일반공장' are; '제2종근린생활시설(공장)' is a 근린생활시설
    and is not, nor is a mixture ('창고 및 공장'): where in doubt the lower threshold of 2,000 m2 holds.
    """
    return _FACTORY.fullmatch(_BRACKETS.sub("", _plain(use))) is not None


def is_left_to_ordinance(use: str) -> bool:
    """Say whether `use` is 축사, 작물 재배사 or their like, which 영 28② leaves to 건축조례 by their size.

    Any one word of `use` is enough, inside brackets too: '동물 및 식물 관련 시설(축사)'. 건축사 and 회계사 are people.
    """
    return any(_ORDINANCE.fullmatch(word) for word in re.split(r"[^가-힣0-9A-Za-z]+", _plain(use)))


def is_farm_hut(use: str, gfa_m2: float | None) -> bool:
    """Say whether `use` is a 농막 (농지법 2조1호나목), which 법 44①3 frees from contact with a road."""
    words = re.split(r"[^가-힣]+", _plain(use))
    return "농막" in words and (gfa_m2 is None or gfa_m2 <= FARM_HUT_LARGEST_M2)
