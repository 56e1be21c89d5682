"""The registry on disk: delivered files in, sites and what surrounds them out; the only door to its tables."""

from geo.registry.store.around import Surroundings, surroundings
from geo.registry.store.checking import known, verify
from geo.registry.store.editing import amend_road
from geo.registry.store.exporting import export
from geo.registry.store.files import facts
from geo.registry.store.history import as_of, road, versions
from geo.registry.store.importing import ImportReport, bring_in, check_file, import_file, polygon
from geo.registry.store.lookup import Lookup, lookup, sites_beside
from geo.registry.store.observing import observations, observe, roads_here
from geo.registry.store.people import parties
from geo.registry.store.reading import (
    coverage_at,
    everything,
    parcels_at,
    permits,
    permits_of,
    roads_near,
    sources,
    zoning_at,
)
from geo.registry.store.sites import site
from geo.registry.store.tables import COVERAGE, PARCELS, PERMITS, ROADS, ZONING

__all__ = [
    "COVERAGE",
    "PARCELS",
    "PERMITS",
    "ROADS",
    "ZONING",
    "ImportReport",
    "Lookup",
    "Surroundings",
    "amend_road",
    "as_of",
    "bring_in",
    "check_file",
    "coverage_at",
    "everything",
    "export",
    "facts",
    "import_file",
    "known",
    "lookup",
    "observations",
    "observe",
    "parcels_at",
    "parties",
    "permits",
    "permits_of",
    "polygon",
    "road",
    "roads_here",
    "roads_near",
    "site",
    "sites_beside",
    "sources",
    "surroundings",
    "verify",
    "versions",
    "zoning_at",
]
