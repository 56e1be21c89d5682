"""JSON text from outside, and the numbers in it: refused with the value at fault, never repaired."""

import json
from collections.abc import Mapping
from typing import Any

from geo.errors import BadFile, Unreadable

_LARGEST = 1e12  # no area, volume or sum of a city comes near; beyond it a unit has slipped


def decode(text: bytes) -> Any:
    """Return what a JSON text says. Raises Unreadable, and BadFile for NaN, Infinity and a name given twice."""
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise Unreadable("it is nested too deep") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8: byte {error.start} is 0x{text[error.start]:02x}") from error
    except ValueError as error:
        raise Unreadable(f"it is no JSON: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadFile(f"an object names {twice!r} twice")
    return found


def _refuse_constant(word: str) -> Any:
    raise BadFile(f"{word} is no number; leave the field null where the value is unknown")


def number(where: str, value: Any) -> float:
    """Return a finite number that a city's figures could be."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadFile(f"{where} is {str(value)[:40]!r}; it must be a number")
    if not -_LARGEST <= value <= _LARGEST:
        raise BadFile(f"{where} is {str(value)[:24]}; that is beyond any figure of a city")
    return float(value)


def measure(where: str, value: Any) -> float:
    """Return a number that is not negative."""
    found = number(where, value)
    if found < 0:
        raise BadFile(f"{where} is {value}; it cannot be negative")
    return found


def positive(where: str, value: Any) -> float:
    """Return a number above zero."""
    found = number(where, value)
    if found <= 0:
        raise BadFile(f"{where} is {value}; it must be above zero")
    return found


def count(where: str, value: Any) -> int:
    """Return a whole number that is not negative."""
    found = measure(where, value)
    if not found.is_integer():
        raise BadFile(f"{where} is {value}; it must be a whole number")
    return int(found)


def members(where: str, value: Any, *, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """Return an object that has every member `required`, and no other than those and the `optional`."""
    if not isinstance(value, dict):
        raise BadFile(f"{where} is {str(value)[:40]!r}; it must be an object")
    known = (*required, *optional)
    for name in value:
        if name not in known:
            raise BadFile(f"{where}: {name[:40]!r} is unknown; known are {', '.join(known)}")
    for name in required:
        if value.get(name) is None:
            raise BadFile(f"{where}: {name} is missing")
    return value


def pairs(where: str, value: Any) -> list[tuple[float, float]]:
    """Return a list of one or more pairs of numbers."""
    if not isinstance(value, list) or not value:
        raise BadFile(f"{where} is {str(value)[:40]!r}; it must be a list of pairs of numbers")
    found = []
    for place, pair in enumerate(value):
        if not isinstance(pair, list) or len(pair) != 2:
            raise BadFile(f"{where}[{place}] is {str(pair)[:40]!r}; it must be a pair of numbers")
        found.append((number(f"{where}[{place}][0]", pair[0]), number(f"{where}[{place}][1]", pair[1])))
    return found
