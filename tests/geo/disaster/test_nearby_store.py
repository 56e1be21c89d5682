"""What one parcel's review asks of the zones: the same as the whole layer says, from the index."""

from datetime import date

import pytest
import shapely

from geo.disaster import store
from geo.disaster.nearby_store import zones_near
from geo.disaster.zone import touching

LEFT, BOTTOM = 194_000.0, 592_000.0


@pytest.mark.parametrize("on", [date(2003, 10, 29), date(2026, 3, 15)])
@pytest.mark.parametrize("offset", [50, 199, 200, 400])
def test_the_same_hazards_as_from_the_layer(city, write, document, at, on, offset):
    store.import_file(city, write(document), at=at)
    site = shapely.box(LEFT + offset, BOTTOM + 10, LEFT + offset + 20, BOTTOM + 40)
    near = zones_near(city, site.bounds, on)
    assert touching(site, near) == touching(site, store.zones(city, on))
    assert len(near) == (1 if offset <= 200 else 0)
    assert all(row["synthetic"] is True for row in near)
