"""Which images the building channel learns from: sets, their ground sample distance, splits, and a sha256 for each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geo.errors import BadInput

Place = Callable[[str], tuple[int, int] | None]
"""Column and row of a tile (row southward) from its file name, None where a file stands alone."""

# Whole scenes left out of training, so that figures are of ground never seen.
GZ_HELD = ("GZ_test2", "GZ_test13", "GZ_test17", "GZ_test21")
SOUTHTYROL_HELD_X = (1_218_000, 1_245_000)  # two of the sixteen places, metres in EPSG:3857


def _alone(stem: str) -> None:
    return None


def _none(stem: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of images from one place and sensor, and what is known on each."""

    name: str
    folder: str
    gsd_m: float
    weight: float
    """Share of training samples, relative to the other sources."""
    kind: str = "single"
    """`single`: img, mask; `pair`: A, B, label; `bare`: img with no building label; `drawn`: no files, see towns.py."""
    before: str | None = None
    """Folder of the buildings at the first date, where a pair set has one."""
    place: Place = _alone
    held: Callable[[str], bool] = _none
    """Whether a file, by its stem, is kept out of training."""

    def parts(self) -> tuple[str, ...]:
        """Return the sub-folders that make up one record, images first."""
        extra = () if self.before is None else (self.before,)
        return {"single": ("img", "mask"), "bare": ("img",)}.get(self.kind, ("A", "B", "label", *extra))


def _numbers(stem: str) -> tuple[int, int]:
    first, second = re.findall(r"(\d+)_(\d+)$", stem)[0]
    return int(first), int(second)


def _slippy(stem: str) -> tuple[int, int]:
    return _numbers(stem)


def _row_first(stem: str) -> tuple[int, int]:
    row, col = _numbers(stem)
    return col, row


def _mercator_128(stem: str) -> tuple[int, int]:
    x, y = _numbers(stem)
    return x // 128, -(y // 128)


def _all(stem: str) -> bool:
    return True


def _gz(stem: str) -> bool:
    return stem.split("_2")[0].removeprefix("P_").split("_Level")[0] in GZ_HELD


def _southtyrol(stem: str) -> bool:
    low, high = SOUTHTYROL_HELD_X
    return low <= _numbers(stem)[0] < high


def _sixth_column(stem: str) -> bool:
    return _numbers(stem)[0] % 6 == 0


def _last_number_in(*numbers: int) -> Callable[[str], bool]:
    return lambda stem: int(re.findall(r"(\d+)", stem)[-1]) in numbers


SOURCES = (
    Source("train_gz", "train_gz", 0.55, 30, "pair", held=_gz),
    Source("lost_us", "lost_us", 0.5, 4, "pair", before="maskA", held=_last_number_in(2)),
    Source("pairs_2m", "pairs_2m", 1.2, 8, "pair", held=_sixth_column),
    Source("southtyrol_it", "single/southtyrol_it", 0.1375, 15, place=_mercator_128, held=_southtyrol),
    Source("jonkoping_se", "single/jonkoping_se", 0.16, 8, place=_row_first),
    Source("oam_banepa_np", "single/oam_banepa_np", 0.13, 6, place=_slippy),
    Source("oam_banepa3_np", "single/oam_banepa3_np", 0.13, 2, place=_slippy),
    Source("oam_zanzibar_tz", "single/oam_zanzibar_tz", 0.15, 5, place=_slippy),
    Source("oam_kampala_ug", "single/oam_kampala_ug", 0.15, 2, place=_slippy),
    Source("oam_nairobi_ke", "single/oam_nairobi_ke", 0.15, 0, place=_slippy, held=_all),
    Source("oam_catanduanes_ph", "single/oam_catanduanes_ph", 0.15, 0, place=_slippy, held=_all),
    Source("sonwyang_cn", "single/sonwyang_cn", 0.5, 0, held=_all),
    Source("massachusetts", "single/massachusetts_patches_us", 0.7, 3),
    Source("cuicaihao_us", "single/cuicaihao_us", 1.0, 3),
    Source("daejeon_kr_pan", "single/daejeon_kr_pan", 0.6, 8),
    Source("banepa_bare", "unlabelled/oam_banepa_unlabelled_np", 0.26, 4, "bare", held=_last_number_in(220248, 220249)),
    Source("drawn_towns", "", 0.5, 14, "drawn"),
    Source(
        "flanders_bare",
        "unlabelled/flanders_unlabelled_be",
        0.5,
        2,
        "bare",
        held=lambda stem: stem.startswith("154080_204512"),
    ),
)
"""pairs_2m, massachusetts and cuicaihao are read as if finer than they are, so that roofs are large enough to learn."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file with its labels."""

    stem: str
    paths: tuple[Path, ...]
    held: bool


def items(source: Source, root: Path) -> list[Item]:
    """List what `source` holds under `root`, by name. Raises BadInput when a label is missing."""
    first, *others = source.parts()
    folder = root / source.folder
    found = []
    for path in sorted((folder / first).iterdir()):
        paths = [path]
        for other in others:
            match = sorted((folder / other).glob(path.stem + ".*"))
            if len(match) != 1:
                raise BadInput(f"{source.name}: {path.name} has {len(match)} files in {other}, 1 is needed")
            paths.append(match[0])
        found.append(Item(path.stem, tuple(paths), source.held(path.stem)))
    if not found:
        raise BadInput(f"{source.name}: no images in {folder / first}")
    return found


def manifest(root: Path) -> dict[str, dict[str, object]]:
    """Return, for each source, its counts and one sha256 over all its files (names, labels and bytes)."""
    return {source.name: _entry(source, items(source, root)) for source in SOURCES if source.kind != "drawn"}


def _entry(source: Source, found: list[Item]) -> dict[str, object]:
    whole = hashlib.sha256()
    for item in found:
        for path in item.paths:
            whole.update(f"{path.parent.name}/{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    held = [item.stem for item in found if item.held]
    return {
        "folder": source.folder,
        "kind": source.kind,
        "read_at_gsd_m": source.gsd_m,
        "weight": source.weight,
        "train": len(found) - len(held),
        "held_out": len(held),
        "sha256": whole.hexdigest(),
    }
