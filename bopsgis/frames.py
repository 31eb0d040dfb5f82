"""A `.planning` accessor on GeoDataFrame and GeoSeries: the national grid by OSTN15, measures, site boundaries.

Importing this module registers the accessor. `to_crs(27700)` of geopandas asks PROJ, whose packages carry no
OSTN15 grid and answer metres off without a word; `.planning.to_national_grid()` does not.
"""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import pandas as pd

from bopsgis import boundary, crs, measure
from bopsgis.boundary import LIMITS, Boundary, Limits
from bopsgis.errors import InputRefused

__all__ = ["Planning", "to_national_grid"]

_MIN_CRS_CONFIDENCE = 25
"""How sure PROJ must be that another spelling of a system (ESRI's, say) is the EPSG one; it then scores 70 or less."""


@pd.api.extensions.register_dataframe_accessor("planning")
@pd.api.extensions.register_series_accessor("planning")
class Planning:
    """What planning asks of a GeoDataFrame or GeoSeries; reached as `.planning`.

    Raises:
        AttributeError: it has no geometry, or does not say which coordinate system it is in.
    """

    def __init__(self, frame: Any) -> None:
        if not isinstance(frame, (geopandas.GeoDataFrame, geopandas.GeoSeries)):
            raise AttributeError(  # noqa: TRY004 -- pandas asks accessors for AttributeError, so that hasattr works
                ".planning needs a GeoDataFrame or GeoSeries; this one has no geometry"
            )
        if isinstance(frame, geopandas.GeoDataFrame) and frame.active_geometry_name is None:
            raise AttributeError(".planning needs geometry; choose the column with .set_geometry(name)")
        if frame.crs is None:
            raise AttributeError(
                ".planning needs to know the coordinate system; say it with .set_crs(27700) or .set_crs(4326)"
            )
        self._frame = frame

    @property
    def epsg(self) -> int:
        """The EPSG code of the coordinates.

        Raises:
            InputRefused: it is none of those that can be used.
        """
        code = self._frame.crs.to_epsg(min_confidence=_MIN_CRS_CONFIDENCE)
        if code is None:
            raise InputRefused(
                f"The coordinate system {self._frame.crs.name[:60]} cannot be used.", code="crs_not_supported"
            )
        crs.note_for(code)
        return int(code)

    def to_national_grid(self) -> Any:
        """A copy with its geometry in EPSG:27700, by OSTN15; heights are dropped.

        Raises:
            InputRefused: the system cannot be used, or a place lies outside OSTN15.
        """
        return to_national_grid(self._frame, self.epsg)

    @property
    def area_m2(self) -> pd.Series[float]:
        """Areas in square metres, whatever system the geometry is in."""
        return self._measured(measure.area_m2, "area_m2")

    @property
    def perimeter_m(self) -> pd.Series[float]:
        """Lengths of all rings in metres, whatever system the geometry is in."""
        return self._measured(measure.perimeter_m, "perimeter_m")

    def boundaries(self, *, limits: Limits = LIMITS) -> pd.Series[Any]:
        """Each row's geometry as a checked `Boundary`.

        Raises:
            InputRefused: of the first row that cannot be a site boundary; the message names it.
        """
        made = [self._boundary(label, shape, limits) for label, shape in self._frame.geometry.items()]
        values = np.empty(len(made), dtype=object)
        values[:] = made
        return pd.Series(values, index=self._frame.index, name="boundary", dtype=object)

    def _measured(self, act: Any, name: str) -> pd.Series[float]:
        shapes = crs.transform_geometry(self._frame.geometry.to_numpy(), self.epsg)
        return pd.Series(act(shapes), index=self._frame.index, name=name)

    def _boundary(self, label: object, shape: Any, limits: Limits) -> Boundary:
        try:
            return boundary.from_geometry(shape, crs=self.epsg, limits=limits)
        except InputRefused as refusal:
            raise type(refusal)(
                f"Row {label}: {refusal.message}", code=refusal.code, at=refusal.at, hint=refusal.hint
            ) from refusal


def to_national_grid(frame: Any, source_crs: int) -> Any:
    """A copy of a GeoDataFrame or GeoSeries with its geometry brought from EPSG:`source_crs` to EPSG:27700.

    Raises:
        InputRefused: the system cannot be used, or a place lies outside OSTN15.
    """
    shapes = crs.transform_geometry(frame.geometry.to_numpy(), source_crs)
    moved = geopandas.GeoSeries(shapes, index=frame.index, crs=crs.NATIONAL_GRID)
    if isinstance(frame, geopandas.GeoSeries):
        return moved.rename(frame.name)
    return frame.set_geometry(moved.rename(frame.geometry.name))
