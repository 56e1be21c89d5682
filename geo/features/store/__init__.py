"""Collections out of the city's database: their features, their tiles, and files in and out."""

from geo.features.store.exports import file
from geo.features.store.layers import LayerReport, import_layer, remove_layer
from geo.features.store.reading import everything, item, page
from geo.features.store.shelf import collection, collections, version
from geo.features.store.tiles import reach, tile

__all__ = [
    "LayerReport",
    "collection",
    "collections",
    "everything",
    "file",
    "import_layer",
    "item",
    "page",
    "reach",
    "remove_layer",
    "tile",
    "version",
]
