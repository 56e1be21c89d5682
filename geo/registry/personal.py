"""Personal data: what gives it away in free text, and how a party to a road is sealed so that only a key opens it."""

from __future__ import annotations

import json
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from geo.errors import BadInput, Damaged, RuleBroken

_NONCE_BYTES = 12  # NIST SP 800-38D 8.2: 96 bits, never used twice with one key
_RESIDENT = re.compile(r"(?<!\d)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\s*[-–—.·\s]?\s*[1-8]\d{6}(?!\d)")
_PHONE = re.compile(
    r"(?<!\d)(?:\+?82[-.\s]?|\(?0)(?:1[016789]|2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|50\d?)\)?[-.\s]\d{3,4}[-.\s]\d{4}(?!\d)"
    r"|(?<!\d)01[016789]\d{7,8}(?!\d)"
)
_KINDS = (("주민등록번호", _RESIDENT), ("전화번호", _PHONE))
PARTY_FIELDS = ("name", "birth_on", "registration_no", "contact", "address")
"""Of a party; `registration_no` is a company's. A resident number is not taken at all (개인정보 보호법 제24조의2)."""
CONSENT_FIELDS = ("pnu", "area_m2", "consented_on", "scope", "document")
_LONGEST = 200


def found_in(text: str) -> str | None:
    """Return what personal data `text` seems to hold (주민등록번호, 전화번호), or None."""
    return next((kind for kind, pattern in _KINDS if pattern.search(text)), None)


def veil(text: str) -> str:
    """Return `text` with resident and telephone numbers blotted out, for messages that repeat what was given."""
    for kind, pattern in _KINDS:
        text = pattern.sub(f"[{kind}]", text)
    return text


def scan(columns: Mapping[str, Sequence[Any]]) -> list[tuple[int, str, str]]:
    """Return row (from 0), column and kind of what seems to be personal data in free text; the text is not repeated."""
    return [
        (row, name, kind)
        for name, column in columns.items()
        for row, text in enumerate(column)
        if isinstance(text, str) and (kind := found_in(text)) is not None
    ]


def refuse(text: str, parameter: str) -> str:
    """Return `text` as it is. Raises RuleBroken, which does not repeat it, when it holds personal data."""
    if (kind := found_in(text)) is not None:
        raise RuleBroken(
            f"{parameter} seems to hold a {'resident number' if kind == '주민등록번호' else 'telephone number'}: "
            "take it out, personal data is kept with the parties only",
            korean=f"{parameter}에 {kind}로 보이는 값이 있습니다. 개인정보는 이해관계인 항목에만 적습니다.",
            parameter=parameter,
        )
    return text


def party(given: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the party and the consent that one entry of `parties` gives. Raises BadInput, which repeats nothing."""
    if unknown := set(given) - {*PARTY_FIELDS, *CONSENT_FIELDS}:
        raise BadInput(
            f"parties: {len(unknown)} unknown fields",
            korean="이해관계인 항목의 이름을 확인하십시오.",
            parameter="parties",
        )
    who = {name: str(given[name]).strip() for name in PARTY_FIELDS if given.get(name)}
    what = {name: given[name] for name in CONSENT_FIELDS if given.get(name) is not None}
    if not who.get("name"):
        raise BadInput("parties: a party has no name", korean="이해관계인의 성명이 없습니다.", parameter="parties")
    if any(len(str(value)) > _LONGEST for value in (*who.values(), *what.values())):
        raise BadInput(
            f"parties: a field is longer than {_LONGEST} characters",
            korean="이해관계인 항목이 너무 깁니다.",
            parameter="parties",
        )
    if any(_RESIDENT.search(str(value)) for value in (*who.values(), *what.values())):
        raise RuleBroken(
            "parties: a resident number may not be kept (개인정보 보호법 제24조의2); give the date of birth",
            korean="주민등록번호는 저장할 수 없습니다(개인정보 보호법 제24조의2). 생년월일을 적으십시오.",
            parameter="parties",
        )
    return who, what


def seal(key: bytes, value: Mapping[str, Any], about: str) -> str:
    """Return `value` under AES-256-GCM; `about` (table and reference) must be given again to open it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    plain = json.dumps(dict(value), ensure_ascii=False, default=str).encode()
    return b64encode(nonce + AESGCM(key).encrypt(nonce, plain, about.encode())).decode()


def reveal(key: bytes, sealed: str, about: str) -> dict[str, Any]:
    """Return what was sealed. Raises Damaged when it was changed, moved to another row, or the key is another."""
    held = b64decode(sealed)
    try:
        plain = AESGCM(key).decrypt(held[:_NONCE_BYTES], held[_NONCE_BYTES:], about.encode())
    except InvalidTag:
        raise Damaged(
            f"{about} cannot be opened: it was changed, or personal.key is not the key it was sealed with"
        ) from None
    value: dict[str, Any] = json.loads(plain)
    return value
