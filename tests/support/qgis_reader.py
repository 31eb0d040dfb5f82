"""Runs in the Python that QGIS is installed for: reads our service as its users do and prints what it found, as JSON.

`qgis_reader.py ADDRESS FOLDER`: pictures of what was drawn are left in the folder.
"""

from __future__ import annotations

import json
import sys
from urllib.parse import quote

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

MIDDLE_OF_TOWN = (440_500, 244_200, 442_600, 245_600)


def tiles(base: str, name: str, style: str = "") -> QgsVectorTileLayer:
    """A connection as "New Generic Connection" makes it, with the style's address where there is one."""
    address = quote(f"{base}/tiles/{name}/WebMercatorQuad/{{z}}/{{x}}/{{y}}.mvt", safe="")
    source = f"type=xyz&url={address}&zmin=5&zmax=16"
    layer = QgsVectorTileLayer(source + (f"&styleUrl={quote(style, safe='')}" if style else ""), name)
    if style:
        layer.loadDefaultStyle()
    return layer


def draw(layer: QgsVectorLayer | QgsVectorTileLayer, path: str) -> list[str]:
    """Draw a layer over white, on the national grid; returns what went wrong."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:27700"))
    settings.setExtent(QgsRectangle(*MIDDLE_OF_TOWN))
    settings.setOutputSize(QSize(600, 400))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(path)
    return [error.message for error in job.errors()]


def main(base: str, folder: str) -> None:
    """Read and draw tiles and features."""
    application = QgsApplication([], False)
    application.initQgis()
    style = f"{base}/maps/vector/v1/vts/resources/styles?srs=3857"
    source = f"url='{base}/ogc' typename='conservation-area' pagingEnabled='true' pageSize='5'"
    layers = {
        "constraints": tiles(base, "constraints"),
        "basemap": tiles(base, "basemap", style),
        "features": QgsVectorLayer(source, "features", "OAPIF"),
    }
    valid = {name: layer.isValid() for name, layer in layers.items()}
    faults = {name: draw(layer, f"{folder}/qgis-{name}.png") for name, layer in layers.items()}
    read = [(each["reference"], each.geometry().isGeosValid()) for each in layers["features"].getFeatures()]
    print(json.dumps({"valid": valid, "faults": faults, "read": read}))


main(*sys.argv[1:])
