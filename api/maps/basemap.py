"""The base map under a site: buildings, roads, parcels and so on, by box, as GeoJSON on the national grid."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from bopsgis.errors import InputRefused, NotFound
from bopsgis.types import BBox

__all__ = ["LAYERS", "BaseMap", "parse_box"]

LAYERS = ("water", "green", "parcels", "road_areas", "buildings", "railway", "roads", "places")
"""In the order in which they are drawn, from the ground up."""

_KEPT = ("name", "class", "kind", "label")
"""Columns that a map can use; others stay at home."""
_GRID_EAST_M = 700_000.0
_GRID_NORTH_M = 1_300_000.0


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer in memory: geometries, each already written as GeoJSON, and the index over them."""

    geometries: NDArray[np.object_]
    features: tuple[str, ...]
    tree: shapely.STRtree


class BaseMap:
    """The layers in one folder (`<layer>.geojson` or `.gpkg`, EPSG:27700); each read on first use and kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loaded: dict[str, _Layer] = {}
        self._lock = threading.Lock()

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that are there, in drawing order."""
        return tuple(name for name in LAYERS if self._file(name) is not None)

    @cached_property
    def extent(self) -> BBox | None:
        """The box round everything, or None where there is no base map."""
        boxes = [pyogrio.read_info(self._file(name), force_total_bounds=True)["total_bounds"] for name in self.layers]
        if not boxes:
            return None
        west, south = np.min(boxes, axis=0)[:2]
        east, north = np.max(boxes, axis=0)[2:]
        return BBox(float(west), float(south), float(east), float(north))

    def geojson(self, layer: str, box: BBox, most: int) -> bytes:
        """Features of `layer` that meet `box`, at most `most`, as a GeoJSON FeatureCollection.

        Coordinates are EPSG:27700 metres, to the centimetre, as the `crs` member says. `truncated` is true
        where there were more. The same question gives the same bytes.

        Raises NotFound for a layer that is not there.
        """
        found = self._layer(layer)
        ids = np.sort(found.tree.query(shapely.box(box.west, box.south, box.east, box.north), predicate="intersects"))
        parts = ",".join(found.features[number] for number in ids[:most])
        truncated = "true" if len(ids) > most else "false"
        crs = '{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::27700"}}'
        text = f'{{"type":"FeatureCollection","crs":{crs},"truncated":{truncated},"features":[{parts}]}}'
        return text.encode()

    def shapes(self, layer: str, box: BBox, most: int) -> NDArray[np.object_]:
        """Geometries of `layer` that meet `box` (EPSG:27700 metres); none where there are more than `most`."""
        found = self._layer(layer)
        ids = np.sort(found.tree.query(shapely.box(box.west, box.south, box.east, box.north), predicate="intersects"))
        shapes: NDArray[np.object_] = found.geometries[ids[: 0 if len(ids) > most else most]]
        return shapes

    def load(self) -> None:
        """Read every layer now, so that the first map need not wait."""
        for name in self.layers:
            self._layer(name)

    def _file(self, layer: str) -> Path | None:
        candidates = (self.folder / f"{layer}{ending}" for ending in (".geojson", ".gpkg"))
        return next((path for path in candidates if path.is_file()), None)

    def _layer(self, name: str) -> _Layer:
        if name not in self.layers:
            raise NotFound("The base map has no layer of this name.", code="layer_unknown")
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = _read(str(self._file(name)), name)
            return self._loaded[name]


def parse_box(text: str, longest_side_m: float) -> BBox:
    """A box from `west,south,east,north` in EPSG:27700 metres.

    Raises InputRefused where it is not four finite numbers, is inverted or empty, lies off the national
    grid, or has a side over `longest_side_m`.
    """
    parts = text.split(",")
    hint = "Give west,south,east,north in metres on the national grid (EPSG:27700)."
    if len(parts) != 4:
        raise InputRefused("A box has four numbers.", code="box_refused", hint=hint)
    try:
        west, south, east, north = (float(part) for part in parts)
    except ValueError as error:
        raise InputRefused("A box has four numbers.", code="box_refused", hint=hint) from error
    if not np.isfinite([west, south, east, north]).all():
        raise InputRefused("A box needs finite numbers.", code="box_refused", hint=hint)
    if not (west < east and south < north):
        raise InputRefused("The box has no area: west must be under east, south under north.", code="box_refused")
    # A map shows some ground beyond the grid's own edges, so a box may hang over them but not lie outside.
    if east < 0 or north < 0 or west > _GRID_EAST_M or south > _GRID_NORTH_M:
        raise InputRefused("The box lies off the national grid.", code="box_refused", hint=hint)
    if max(east - west, north - south) > longest_side_m:
        raise InputRefused(f"The box has a side over {longest_side_m:,.0f} m.", code="box_too_large")
    return BBox(west, south, east, north)


def _read(path: str, layer: str) -> _Layer:
    frame = geopandas.read_file(path)
    geometries: NDArray[np.object_] = np.asarray(frame.geometry.array, dtype=object)
    columns = [column for column in _KEPT if column in frame.columns]
    rows: Sequence[Mapping[str, Any]] = frame[columns].to_dict("records")
    written = shapely.to_geojson(shapely.transform(geometries, lambda xy: np.round(xy, 2)))
    features = tuple(_feature(layer, number, text, rows[number]) for number, text in enumerate(written))
    return _Layer(geometries, features, shapely.STRtree(geometries))


def _feature(layer: str, number: int, geometry: str, row: Mapping[str, Any]) -> str:
    properties = {name: str(value) for name, value in row.items() if isinstance(value, str) and value}
    return (
        f'{{"type":"Feature","id":{json.dumps(f"{layer}/{number}")},'
        f'"properties":{json.dumps(properties, ensure_ascii=False)},"geometry":{geometry}}}'
    )
