from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from support.shapes import NASTY, PLAIN, site

from bopsgis import boundary, crs, frames
from bopsgis.errors import InputRefused


def _frame(*shapes: shapely.Geometry | None, code: int | None = 27700) -> geopandas.GeoDataFrame:
    labels = [f"row {i}" for i in range(len(shapes))]
    return geopandas.GeoDataFrame({"name": "x"}, geometry=list(shapes), crs=code, index=labels)


def test_frames_come_to_the_grid_by_ostn15() -> None:
    """A frame in degrees comes to the grid as our own transformation says, with its rows, names and columns."""
    degrees = _frame(*crs.geometry_from_national_grid([site(), PLAIN["two parts"]], 4326), None, code=4326)
    degrees = degrees.rename_geometry("outline")
    moved = degrees.planning.to_national_grid()
    assert moved.crs.to_epsg() == 27700
    assert moved.columns.tolist() == degrees.columns.tolist()
    assert moved.index.equals(degrees.index)
    assert shapely.hausdorff_distance(moved.geometry.iloc[0], site()) < 0.001
    assert moved.geometry.iloc[2] is None
    assert degrees.crs.to_epsg() == 4326
    assert degrees.geometry.planning.to_national_grid().geom_equals_exact(moved.geometry, 0.0).iloc[:2].all()


def test_measures_are_in_metres_whatever_the_system() -> None:
    """Areas and perimeters of the same sites agree in degrees, Web Mercator and on the grid."""
    shapes = [site(), PLAIN["with a hole"]]
    direct = _frame(*shapes).planning
    assert direct.area_m2.tolist() == [10_000, 9_600]
    assert direct.perimeter_m.tolist() == [400, 480]
    for code in (4326, 4258, 3857):
        moved = _frame(*crs.geometry_from_national_grid(shapes, code), code=code).planning
        assert np.allclose(moved.area_m2, direct.area_m2, rtol=1e-5)
        assert moved.area_m2.index.tolist() == ["row 0", "row 1"]


def test_rows_become_boundaries_or_say_which_cannot() -> None:
    """Every row is checked at the door; the first that fails is named."""
    made = _frame(site(), PLAIN["two parts"]).planning.boundaries()
    assert made.iloc[0] == boundary.from_geometry(site())
    assert made.index.tolist() == ["row 0", "row 1"]
    with pytest.raises(InputRefused, match="Row row 1: The site boundary crosses itself near TQ") as refusal:
        _frame(site(), NASTY["bow-tie"]).planning.boundaries()
    assert refusal.value.at is not None


def test_a_frame_that_does_not_say_where_it_is_is_refused() -> None:
    """Without a system, without geometry, or not spatial at all: an AttributeError that says what to do."""
    with pytest.raises(AttributeError, match=r"set_crs\(27700\)"):
        _ = _frame(site(), code=None).planning
    with pytest.raises(AttributeError, match="no geometry"):
        _ = pd.DataFrame({"a": [1]}).planning
    with pytest.raises(AttributeError, match="no geometry"):
        _ = pd.Series([1]).planning
    with pytest.raises(AttributeError, match="set_geometry"):
        _ = geopandas.GeoDataFrame({"a": [1]}).planning


def test_other_systems_are_refused() -> None:
    """A frame in a system that we do not take is refused and not handed to PROJ; ESRI's spelling is taken."""
    with pytest.raises(InputRefused):
        _frame(site(), code=2154).planning.to_national_grid()
    custom = _frame(site(), code=None).set_crs("+proj=tmerc +lat_0=1 +lon_0=2 +ellps=bessel")
    with pytest.raises(InputRefused):
        _ = custom.planning.epsg
    esri = _frame(site(), code=None).set_crs(_frame(site()).crs.to_wkt("WKT1_ESRI"))
    assert esri.planning.epsg == 27700


def test_a_frame_of_nothing_stays_nothing() -> None:
    """An empty frame has empty measures and comes to the grid empty."""
    empty = frames.to_national_grid(_frame(code=4326), 4326)
    assert len(empty) == 0
    assert empty.crs.to_epsg() == 27700
    assert len(_frame().planning.area_m2) == 0
    assert len(_frame().planning.boundaries()) == 0
