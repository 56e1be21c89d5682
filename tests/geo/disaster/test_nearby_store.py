"""What one parcel's review asks of the zones: the same as the whole layer says, from the index."""

from datetime import date

import pytest
import shapely

from geo.disaster import store
from geo.disaster.nearby_store import near
from geo.disaster.works import footprints
from geo.disaster.zone import planned, touching

LEFT, BOTTOM = 194_000.0, 592_000.0


@pytest.mark.parametrize("on", [date(2003, 10, 29), date(2026, 3, 15)])
@pytest.mark.parametrize("offset", [50, 199, 200, 400])
def test_the_same_hazards_as_from_the_layer(city, write, document, at, on, offset):
    store.import_file(city, write(document), at=at)
    site = shapely.box(LEFT + offset, BOTTOM + 10, LEFT + offset + 20, BOTTOM + 40)
    zones, _ = near(city, site.bounds, on)
    assert touching(site, zones) == touching(site, store.zones(city, on))
    assert len(zones) == (1 if offset <= 200 else 0)
    assert all(row["synthetic"] is True for row in zones)


@pytest.mark.parametrize(("left", "names"), [(0, ["basin", "levee"]), (55, ["basin", "levee"]), (300, [])])
def test_the_same_footprints_as_from_the_record(city, write, document, at, left, names):
    store.import_file(city, write(document), at=at)
    site = shapely.box(LEFT + left, BOTTOM, LEFT + left + 20, BOTTOM + 100)
    found = footprints(site, near(city, site.bounds, date(2026, 11, 20))[1])
    assert found == footprints(site, planned(store.zone_record(city, "zone")))
    assert [row["id"] for row in found] == names
