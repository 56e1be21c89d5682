"""Looks a city over: what the operator's page shows."""

from __future__ import annotations

import shutil
from datetime import datetime

from geo import audit
from geo.change import store as changes
from geo.database import City, noted
from geo.operations.backup_store import BACKUP_AT
from geo.operations.condition import Condition, Disk
from geo.orthophoto import store as orthophoto
from geo.registry import store as registry


def condition(city: City, at: datetime) -> Condition:
    """Look the whole city over."""
    surveys = orthophoto.surveys(city)
    sources = registry.sources(city).sort_values("imported_at").groupby("kind").tail(1)
    disk = shutil.disk_usage(city.folder)
    entries, head = audit.head(city)
    sizes = [sum(survey.sizes.values()) for survey in surveys]
    return Condition(
        at=at,
        synthetic=noted(city, "synthetic") == "true",
        surveys=[survey.to_dict() | {"bytes": size} for survey, size in zip(surveys, sizes, strict=True)],
        damaged=orthophoto.damaged(city),
        runs=changes.runs(city),
        imports=[{str(name): value for name, value in row.items()} for row in sources.to_dict("records")],
        store="GeoPackage" if city.engine.dialect.name == "sqlite" else "PostGIS",
        disk=Disk(free_bytes=disk.free, total_bytes=disk.total, largest_survey_bytes=max(sizes, default=0)),
        audit_entries=entries,
        audit_head=head,
        audit_faults=[why for _, why in audit.faults(city)],
        backup_at=noted(city, BACKUP_AT),
    )
