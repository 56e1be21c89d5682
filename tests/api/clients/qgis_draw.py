"""Draws one layer with QGIS, as a script of the system's Python: a JSON order on stdin, a PNG and a JSON answer out.

The order: `kind` (raster, vector or vectortile), `provider` and `uri` of the layer, `crs`, `bounds` and `side` (px) of
a square picture, `out`. The answer: whether the layer is valid and why not, its CRS, and of a vector layer the number
of features, their fields and the values of the first.
"""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor


def opened(order):
    if order["kind"] == "raster":
        return QgsRasterLayer(order["uri"], "layer", order["provider"])
    if order["kind"] == "vector":
        return QgsVectorLayer(order["uri"], "layer", order["provider"])
    return QgsVectorTileLayer(order["uri"], "layer")


def told(layer):
    about = {"valid": layer.isValid(), "error": layer.error().message(), "crs": layer.crs().authid()}
    if isinstance(layer, QgsVectorLayer):
        first = next(layer.getFeatures(), None)
        about |= {
            "features": layer.featureCount(),
            "fields": [field.name() for field in layer.fields()],
            "first": [str(value) for value in first.attributes()] if first else None,
        }
    return about


def draw(layer, order):
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem(order["crs"]))
    settings.setExtent(QgsRectangle(*order["bounds"]))
    settings.setOutputSize(QSize(order["side"], order["side"]))
    settings.setOutputDpi(96)
    settings.setBackgroundColor(QColor("black"))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(order["out"])
    return [error.message for error in job.errors()]


def main():
    order = json.load(sys.stdin)
    application = QgsApplication([], False)
    application.initQgis()
    layer = opened(order)
    answer = told(layer)
    answer["errors"] = draw(layer, order) if layer.isValid() else []
    del layer
    application.exitQgis()
    json.dump(answer, sys.stdout)


main()
