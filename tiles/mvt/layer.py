"""What a tile holds once it is decoded, and the same as arrays, as shapely geometries and as GeoJSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.errors import InputRefused
from tiles.features import TileFeatures, Value
from tiles.mvt.clean import MOST
from tiles.mvt.ragged import starts_of
from tiles.mvt.shapes import geometries_of
from tiles.mvt.values import columns_of

__all__ = ["Feature", "Layer"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a decoded layer."""

    id: int | None
    kind: int
    """1 point, 2 line, 3 polygon, 0 unknown."""
    parts: tuple[NDArray[np.int64], ...]
    """(k, 2) points in tile units, y down; one part for all points, one for each line or ring (not closed)."""
    exterior: tuple[bool, ...]
    """Whether each part begins a polygon."""
    properties: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a decoded tile."""

    name: str
    version: int
    extent: int
    """Tile units along the side of the tile."""
    features: tuple[Feature, ...]

    def tile_features(self) -> TileFeatures:
        """The features that have a geometry, as the encoder takes them; with ids where all of them have one.

        Raises InputRefused where coordinates are further away than the encoder can write.
        """
        there = [feature for feature in self.features if feature.parts]
        parts = [part for feature in there for part in feature.parts]
        coords = np.concatenate(parts) if parts else np.empty((0, 2), np.int64)
        if len(coords) and np.abs(coords).max() > MOST:
            raise InputRefused(f"The layer {self.name!r} has coordinates beyond {MOST}.")
        ids = [feature.id for feature in there]
        keys = dict.fromkeys(key for feature in there for key in feature.properties)
        return TileFeatures(
            kind=np.array([feature.kind for feature in there], np.uint8),
            ids=None if None in ids else np.array(ids, np.uint64),
            parts=starts_of(np.array([len(feature.parts) for feature in there], np.int64)),
            offsets=starts_of(np.array([len(part) for part in parts], np.int64)),
            exterior=np.array([outer for feature in there for outer in feature.exterior], bool),
            coords=coords.astype(np.int32),
            columns=columns_of({key: [feature.properties.get(key) for feature in there] for key in keys}),
        )

    def geometries(self, bounds: tuple[float, float, float, float] | None = None) -> NDArray[np.object_]:
        """(n,) shapely geometries of the features that have one, in their order.

        In tile units (y down); where `bounds` gives west, south, east and north of the tile, in its coordinates.
        """
        made = geometries_of(self.tile_features())
        if bounds is None:
            return made
        west, south, east, north = bounds
        unit = ((east - west) / self.extent, (south - north) / self.extent)
        return np.asarray(shapely.transform(made, lambda xy: xy * unit + (west, north)), object)

    def geojson(self, bounds: tuple[float, float, float, float] | None = None) -> dict[str, Any]:
        """A GeoJSON feature collection of the features that have a geometry; coordinates as in `geometries`."""
        there = [feature for feature in self.features if feature.parts]
        shapes = self.geometries(bounds)
        return {
            "type": "FeatureCollection",
            "features": [_geojson(feature, shape) for feature, shape in zip(there, shapes, strict=True)],
        }


def _geojson(feature: Feature, shape: shapely.Geometry) -> dict[str, Any]:
    properties = {
        key: float(value) if isinstance(value, np.float32) else value for key, value in feature.properties.items()
    }
    whole = {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": properties}
    return whole if feature.id is None else whole | {"id": feature.id}
