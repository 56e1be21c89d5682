"""Collections out of the city's database: their features, their tiles, and files in and out."""

from geo.features.store.exports import file
from geo.features.store.reading import everything, item, page
from geo.features.store.shelf import collection, collections, version
from geo.features.store.tiles import reach, tile

__all__ = ["collection", "collections", "everything", "file", "item", "page", "reach", "tile", "version"]
