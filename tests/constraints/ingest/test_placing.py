from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from support.deliveries import SQUARES, codes, feature, frame, in_system, take, write_geojson

from bopsgis import crs
from bopsgis.errors import FormatRefused, InputRefused
from constraints.ingest.normalise import Normalised
from constraints.ingest.placing import place
from constraints.ingest.raw import Declared, object_array

UNSAID = Declared()


def _swapped(shapes: list[shapely.Geometry]) -> list[shapely.Geometry]:
    return list(shapely.transform(shapes, lambda x, y: (y, x), interleaved=False))


def _near(found: Normalised) -> None:
    assert shapely.hausdorff_distance(found.records.geometry, np.array(SQUARES)).max() < 0.005


@pytest.mark.parametrize("code", [27700, 4326, 3857])
@pytest.mark.parametrize("swapped", [False, True])
def test_the_numbers_decide_the_system_and_the_axes(tmp_path: Path, code: int, swapped: bool) -> None:  # noqa: FBT001  # pytest gives it by name
    """GeoJSON without a word about its system is placed right in all three systems, either axis first."""
    shapes = in_system(list(SQUARES), code)
    shapes = _swapped(shapes) if swapped else shapes
    found = take(write_geojson(tmp_path / "a.geojson", [feature({}, shape) for shape in shapes]))
    _near(found)
    assert found.source_crs == code
    assert any("axes swapped" in note for note in found.notes) == swapped
    assert found.account.kept == 3


@pytest.mark.parametrize(("said", "real"), [("EPSG::27700", 4326), ("EPSG::4326", 27700), ("EPSG::3857", 27700)])
def test_a_crs_member_that_is_wrong_is_found_out(tmp_path: Path, said: str, real: int) -> None:
    """A legacy crs member that the numbers contradict is noted, and the numbers are believed."""
    member = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:{said}"}}
    shapes = in_system(list(SQUARES), real)
    found = take(write_geojson(tmp_path / "a.geojson", [feature({}, shape) for shape in shapes], crs=member))
    _near(found)
    assert any("its crs member says" in note for note in found.notes)


def test_a_file_that_declares_the_wrong_system_is_found_out(tmp_path: Path) -> None:
    """A GeoPackage that says national grid and holds Web Mercator is noted and placed by its numbers."""
    path = tmp_path / "wrong.gpkg"
    frame().set_geometry(in_system(list(SQUARES), 3857), crs=27700).to_file(path, driver="GPKG")
    found = take(path)
    _near(found)
    assert found.source_crs == 3857
    assert "3 of 3 rows" in found.notes[0]


def test_the_operator_is_believed_only_if_the_numbers_allow_it(tmp_path: Path) -> None:
    """A system named by the operator is refused where the numbers contradict it, and where we cannot read it."""
    path = write_geojson(tmp_path / "a.geojson", [feature({}, shape) for shape in in_system(list(SQUARES), 4326)])
    _near(take(path, crs=4258))
    with pytest.raises(FormatRefused, match=r"said to be in the national grid.*3 of 3"):
        take(path, crs=27700)
    with pytest.raises(InputRefused, match="EPSG:29903"):
        take(path, crs=29903)


def test_a_system_that_is_not_read_is_refused_not_guessed(tmp_path: Path) -> None:
    """Degrees on the old OSGB36 datum look like GPS degrees and are 100 m off: refused by name."""
    path = tmp_path / "old.gpkg"
    frame().set_geometry(in_system(list(SQUARES), 4326), crs=4277).to_file(path, driver="GPKG")
    with pytest.raises(FormatRefused, match="EPSG:4277"):
        take(path)
    _near(take(path, crs=4326))


def test_single_rows_in_another_system_are_placed_and_told(tmp_path: Path) -> None:
    """Rows in degrees or turned round among rows on the grid are placed right, each with a remark."""
    grid = list(SQUARES)
    odd = [in_system([grid[1]], 4326)[0], _swapped(in_system([grid[2]], 4326))[0]]
    shapes = [grid[0], *odd, grid[0].buffer(5), grid[0].buffer(6), grid[0].buffer(7)]
    found = take(write_geojson(tmp_path / "m.geojson", [feature({"name": str(i)}, s) for i, s in enumerate(shapes)]))
    assert shapely.hausdorff_distance(found.records.geometry[:3], np.array(grid)).max() < 0.005
    assert {row for row, said in codes(found).items() if "crs_differs" in said} == {2, 3}
    assert found.transform.startswith("OSTN15")
    assert found.source_crs == 27700


def test_places_that_cannot_be_right_are_unlocated_not_dropped(tmp_path: Path) -> None:
    """Null island and infinite numbers block an answer; a row in France is refused with a remark."""
    ring = [[-0.08, 51.48], [-0.079, 51.48], [-0.079, float("nan")], [-0.08, 51.481], [-0.08, 51.48]]
    far = {"type": "Point", "coordinates": [1e308, 51.4]}
    shapes = [shapely.Point(-0.08, 51.48), shapely.Point(0, 0), {"type": "Polygon", "coordinates": [ring]}, far,
              shapely.Point(2.35, 48.85)]  # fmt: skip
    found = take(write_geojson(tmp_path / "p.geojson", [feature({"name": str(i)}, s) for i, s in enumerate(shapes)]))
    assert [record.row for record in found.unlocated] == [2, 3, 4]
    assert {record.reason for record in found.unlocated} == {"unrepairable_geometry"}
    assert found.unlocated[0].box is None
    box = found.unlocated[1].box
    assert box is not None
    assert 533_000 < box.west < box.east < 533_500
    assert codes(found)[5] == {"outside_great_britain"}
    assert (found.account.kept, found.account.refused) == (1, 1)
    assert found.account.balanced()


def test_a_delivery_from_elsewhere_is_refused_as_a_whole(tmp_path: Path) -> None:
    """A file of which no row lies in Great Britain is a mistake, not a delivery of nothing."""
    path = write_geojson(tmp_path / "fr.geojson", [feature({}, shapely.Point(2.35 + i, 43.0)) for i in range(3)])
    with pytest.raises(FormatRefused, match="none of its 3 geometries") as caught:
        take(path)
    assert caught.value.code == "outside_great_britain"


def test_a_delivery_without_any_geometry_is_placed_nowhere() -> None:
    """Rows that all lack a geometry stay, and the file's own system is recorded."""
    placed = place(object_array([None, shapely.Polygon()]), Declared(4326, "x"), None, "x")
    assert placed.source_crs == 4326
    assert placed.geometry[0] is None
    assert not placed.lost.any()


@given(
    east=st.floats(90_000, 650_000),
    north=st.floats(10_000, 650_000),
    code=st.sampled_from([27700, 4326, 3857]),
)
def test_any_place_in_england_is_found_whatever_the_system(east: float, north: float, code: int) -> None:
    """Any place on England's part of the grid comes back to within 2 mm from each system, unannounced."""
    there = crs.geometry_from_national_grid(shapely.Point(east, north), code, outside="nan")
    if not np.isfinite(shapely.get_coordinates(there)).all():
        return
    placed = place(there, UNSAID, None, "x")
    found = placed.geometry[0]
    assert placed.source_crs == code
    turned = shapely.Point(found.y, found.x)
    assert min(found.distance(shapely.Point(east, north)), turned.distance(shapely.Point(east, north))) < 0.002
