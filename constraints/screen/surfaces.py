"""A GeoTIFF as a surface for `screen`; apart from the rest, since reading rasters takes long to import."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bopsgis.boundary import Boundary
from constraints.model import RasterMeasure
from constraints.raster import measure
from constraints.source import SourceInfo

__all__ = ["RasterSurface"]


@dataclass(frozen=True, slots=True)
class RasterSurface:
    """A GeoTIFF in EPSG:27700 whose cells over `threshold` (in `unit`) are the constraint."""

    info: SourceInfo
    path: Path
    threshold: float
    unit: str
    band: int = 1

    def measure(self, site: Boundary) -> RasterMeasure:
        """Share over the threshold, maximum, mean and share without data. Raises `BopsgisError`."""
        return measure(self.path, site, threshold=self.threshold, unit=self.unit, band=self.band)
