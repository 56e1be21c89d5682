"""CQL2 text and JSON (OGC 21-065r2) into a tree of plain values, measured before and after it is parsed."""

from __future__ import annotations

import re
from typing import Any, Literal

import cql2
import orjson

from geo.errors import Unreadable

Language = Literal["cql2-text", "cql2-json"]
MOST_LETTERS = 8_000
DEEPEST = 24
MOST_NODES = 300
"""Operators and values, without the coordinates of geometries."""

# The parser recurses without a limit of its own, and dies with the process: signs and NOTs open no parenthesis.
_CHAIN = re.compile(r"(?:[-+]\s*){8}|(?:\bNOT\b\s*){8}|(?:\^[^()^]{0,40}){8}", re.IGNORECASE)


def parse(text: str, language: Language) -> Any:
    """Return the tree of a filter as CQL2 JSON has it. Raises Unreadable, naming `filter`."""
    if len(text) > MOST_LETTERS:
        raise _unreadable(f"is longer than {MOST_LETTERS:,} characters", f"{MOST_LETTERS:,}자를 넘습니다")
    if language == "cql2-text":
        _check_nesting(text, "(", ")")
        if _CHAIN.search(text):
            raise _unreadable("has too long a chain of signs", "부호나 NOT이 너무 많이 이어집니다")
    else:
        _check_nesting(text, "[{", "]}")
    try:
        if language == "cql2-json":
            orjson.loads(text)  # duplicates of a key, NaN and the like: as strict as every other door
        tree = (cql2.parse_text if language == "cql2-text" else cql2.parse_json)(text).to_json()
    except (cql2.ParseError, cql2.ValidationError, orjson.JSONDecodeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise _unreadable(f"is no {language}: {reason}", f"{language} 식이 아닙니다") from error
    _measure(tree)
    return tree


def _check_nesting(text: str, opening: str, closing: str) -> None:
    depth = 0
    for letter in text:
        depth += (letter in opening) - (letter in closing)
        if depth > 2 * DEEPEST:
            raise _unreadable("is nested too deeply", "괄호가 너무 깊습니다")


def _measure(tree: Any) -> None:
    waiting, nodes = [(tree, 1)], 0
    while waiting:
        node, depth = waiting.pop()
        nodes += 1
        if depth > DEEPEST or nodes > MOST_NODES:
            raise _unreadable(
                f"is nested deeper than {DEEPEST} or has more than {MOST_NODES} parts",
                f"너무 복잡합니다(깊이 {DEEPEST}, 항목 {MOST_NODES}개까지)",
            )
        if isinstance(node, dict) and "type" not in node:
            node = node.get("args", list(node.values()))
        if isinstance(node, list):
            waiting.extend((part, depth + 1) for part in node)


def _unreadable(text: str, korean: str) -> Unreadable:
    return Unreadable(f"the filter {text}", korean=f"filter: {korean}.", parameter="filter")
