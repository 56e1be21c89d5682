"""The text of a shapefile's table: which encoding it is in, by what says so, else by what the bytes can be.

Order of belief: the .cpg file, the code page byte of the .dbf, then the bytes themselves. Whatever was said, every byte
must decode: a wrong word is refused, not believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geo.errors import BadFile, Unreadable

_CODECS = {
    "utf8": "UTF-8", "65001": "UTF-8",
    "cp949": "CP949", "949": "CP949", "ansi949": "CP949", "ms949": "CP949", "uhc": "CP949", "windows949": "CP949",
    "euckr": "CP949", "51949": "CP949", "ksc56011987": "CP949", "ksc5601": "CP949",
}  # fmt: skip
_KOREAN_CODE_PAGES = (0x4E, 0x79)  # language driver 949 in dBASE and FoxPro


@dataclass(frozen=True)
class _Text:
    """The cells of a .dbf that hold more than ASCII."""

    code_page: int
    cells: list[tuple[int, str, bytes]]
    """Row (from 1), column, bytes."""


def encoding(shp: Path) -> str:
    """Return the encoding of the table beside `shp`: UTF-8 or CP949. Raises BadFile and Unreadable."""
    table = beside(shp, ".dbf")
    if beside(shp, ".shx") is None or table is None:
        raise BadFile(f"{shp.name} comes without its {'.dbf' if table is None else '.shx'}: deliver all parts of it")
    text = _text(table)
    said = _said(shp, text)
    if said is not None:
        why, codec = said
        fault = _undecodable(text, codec)
        if fault:
            raise BadFile(f"{table.name}: {why} says {codec}, but {fault} is not {codec}; remove or correct it")
        return codec
    if not _undecodable(text, "UTF-8") and _is_korean(text):
        return "UTF-8"
    fault = _undecodable(text, "CP949")
    if fault:
        raise BadFile(f"{table.name}: its text is neither UTF-8 nor CP949 ({fault}); add a .cpg file that names it")
    return "CP949"


def beside(shp: Path, ending: str) -> Path | None:
    """Return the part of a shapefile with that ending, in lower or upper case."""
    return next((part for e in (ending, ending.upper()) if (part := shp.with_suffix(e)).is_file()), None)


def _said(shp: Path, text: _Text) -> tuple[str, str] | None:
    cpg = beside(shp, ".cpg")
    if cpg is not None:
        name = cpg.read_text(encoding="ascii", errors="replace").strip()
        codec = _CODECS.get("".join(letter for letter in name.lower() if letter.isalnum()))
        if codec is None:
            raise BadFile(f"{cpg.name} names the encoding {name[:40]!r}: files come in CP949 or UTF-8")
        return cpg.name, codec
    return ("its code page byte", "CP949") if text.code_page in _KOREAN_CODE_PAGES else None


def _text(table: Path) -> _Text:
    """Read a .dbf (dBASE III: header, field descriptors of 32 bytes, records of fixed length)."""
    data = table.read_bytes()
    if len(data) < 33:
        raise Unreadable(f"{table.name} is cut off")
    rows, start, length = (int.from_bytes(data[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
    if length < 1 or start < 33 or len(data) < start + rows * length:
        raise Unreadable(f"{table.name} is cut off: it says {rows:,} rows, and holds fewer")
    records = np.frombuffer(data, np.uint8, rows * length, start).reshape(rows, length)
    cells = []
    for name, left, right in _text_fields(data, start):
        column = records[:, left:right]
        for row in np.flatnonzero((column > 127).any(axis=1)):
            cells.append((int(row) + 1, name, column[row].tobytes().rstrip(b" \x00")))
    return _Text(data[29], cells)


def _text_fields(data: bytes, start: int) -> Iterator[tuple[str, int, int]]:
    """Yield name and place in the record of each text column; byte 0 is the mark of deletion."""
    left = 1
    for place in range(32, start - 1, 32):
        if data[place] == 0x0D:
            return
        width = data[place + 16]
        if data[place + 11 : place + 12] == b"C":
            yield data[place : place + 11].split(b"\x00")[0].decode("ascii", "replace"), left, left + width
        left += width


def _undecodable(text: _Text, codec: str) -> str | None:
    for row, column, value in text.cells:
        try:
            value.decode(codec)
        except UnicodeDecodeError:
            return f"row {row}, {column}"
    return None


def _is_korean(text: _Text) -> bool:
    """Tell whether cells that decode as UTF-8 mean it: Hangul of CP949 may by chance decode, but to other letters.

    '천' is C3 B5 in CP949, which UTF-8 reads as 'õ': letters of two bytes are no Korean.
    """
    return all(not 0x80 <= ord(letter) < 0x800 for _, _, value in text.cells for letter in value.decode("UTF-8"))
