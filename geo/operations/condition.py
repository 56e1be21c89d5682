"""The condition of a city as one light with its reasons: what it holds, and what the operator should do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Light = Literal["green", "amber", "red"]
ROOM_SHARE = 0.1
"""Less of the disk than this free is worth a warning."""


@dataclass(frozen=True, kw_only=True)
class Disk:
    """The disk that the data folder lies on."""

    free_bytes: int
    total_bytes: int
    largest_survey_bytes: int

    @property
    def surveys_left(self) -> int | None:
        """How many more surveys of the largest one's size it takes; None before the first."""
        return self.free_bytes // self.largest_survey_bytes if self.largest_survey_bytes else None


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What a city holds at a moment, and what is wrong with it."""

    at: datetime
    synthetic: bool
    surveys: Sequence[Mapping[str, Any]]
    """Newest first: id, captured_on, coverage_pct, bytes."""
    damaged: Mapping[str, str]
    """Surveys that are not what was published, with the reason."""
    runs: Sequence[Mapping[str, Any]]
    """Change runs, newest first."""
    imports: Sequence[Mapping[str, Any]]
    """The last file of each kind taken into the register: kind, file, rows, imported_at."""
    store: str
    """GeoPackage or PostGIS."""
    disk: Disk
    audit_entries: int
    audit_head: str
    audit_faults: Sequence[str]
    backup_at: str | None

    @property
    def reasons(self) -> list[str]:
        """What the operator should know, in Korean, the gravest first; empty when all is well."""
        found = [f"감사 기록이 훼손되었습니다: {fault}" for fault in self.audit_faults]
        found += [f"정사영상 {id} 파일이 손상되어 제공하지 못합니다." for id in self.damaged]
        if self.disk.free_bytes < ROOM_SHARE * self.disk.total_bytes:
            found.append(f"디스크 여유가 {self.disk.free_bytes / self.disk.total_bytes:.1%}입니다. 공간을 비우십시오.")
        elif self.disk.surveys_left == 0:
            found.append("다음 정사영상 한 벌을 담을 디스크 공간이 없습니다.")
        return found

    @property
    def light(self) -> Light:
        """Red when it cannot be trusted or cannot serve imagery at all, amber for any other reason, else green."""
        if self.audit_faults or (self.damaged and len(self.damaged) == len(self.surveys)):
            return "red"
        return "amber" if self.reasons else "green"
