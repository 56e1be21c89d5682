from datetime import UTC, datetime

import pytest

from geo.operations.condition import Condition, Disk

FINE = {
    "at": datetime(2026, 4, 30, tzinfo=UTC),
    "synthetic": False,
    "surveys": [{"id": "2025"}, {"id": "2024"}],
    "damaged": {},
    "runs": [],
    "imports": [],
    "store": "GeoPackage",
    "disk": Disk(free_bytes=500, total_bytes=1000, largest_survey_bytes=100),
    "audit_entries": 3,
    "audit_head": "ab",
    "audit_faults": [],
    "backup_at": None,
}


@pytest.mark.parametrize(
    ("change", "light", "told"),
    [
        ({}, "green", None),
        ({"damaged": {"2025": "short"}}, "amber", "2025"),
        ({"damaged": {"2025": "short", "2024": "short"}}, "red", "2024"),
        ({"audit_faults": ["audit entry 2 is missing"]}, "red", "entry 2"),
        ({"disk": Disk(free_bytes=99, total_bytes=1000, largest_survey_bytes=0)}, "amber", "9.9%"),
        ({"disk": Disk(free_bytes=500, total_bytes=1000, largest_survey_bytes=501)}, "amber", "한 벌"),
    ],
)
def test_one_light_and_its_reasons(change, light, told):
    found = Condition(**FINE | change)
    assert found.light == light
    assert (told is None) is (found.reasons == [])
    assert told is None or told in " ".join(found.reasons)


def test_how_many_surveys_the_disk_still_takes():
    assert FINE["disk"].surveys_left == 5
    assert Disk(free_bytes=500, total_bytes=1000, largest_survey_bytes=0).surveys_left is None
