from __future__ import annotations

import morecantile
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bopsgis.errors import InputRefused, NotFound
from tiles.grid import EXTENT_BITS, MATRIX_SETS, NATIONAL_GRID, WEB_MERCATOR, TileMatrixSet, matrix_set

BOTH = pytest.mark.parametrize("grid", [NATIONAL_GRID, WEB_MERCATOR], ids=lambda grid: grid.id)
GREAT_BRITAIN = (0.0, 0.0, 700_000.0, 1_300_000.0)


def referee(grid: TileMatrixSet) -> morecantile.TileMatrixSet:
    """Somebody else's arithmetic on the document that we publish."""
    return morecantile.TileMatrixSet.model_validate(grid.document())


@st.composite
def tiles_of(draw: st.DrawFn) -> tuple[TileMatrixSet, int, int, int]:
    """A matrix set and one of its tiles."""
    grid = draw(st.sampled_from([NATIONAL_GRID, WEB_MERCATOR]))
    z = draw(st.sampled_from(grid.zooms))
    columns, rows = grid.size(z)
    return grid, z, draw(st.integers(0, columns - 1)), draw(st.integers(0, rows - 1))


REFEREES = {grid.id: referee(grid) for grid in (NATIONAL_GRID, WEB_MERCATOR)}


def test_web_mercator_is_the_well_known_one():
    """Our WebMercatorQuad is the one that morecantile carries, matrix by matrix, as far as we go."""
    ours, theirs = WEB_MERCATOR.document(), morecantile.tms.get("WebMercatorQuad").model_dump(mode="json")
    for own, other in zip(ours["tileMatrices"], theirs["tileMatrices"], strict=False):
        assert {key: other[key] for key in own} == pytest.approx(
            {**own, "pointOfOrigin": pytest.approx(own["pointOfOrigin"])}
        )
    assert ours["uri"] == theirs["uri"]
    assert ours["crs"] == theirs["crs"]


def test_the_national_grid_is_ordnance_surveys():
    """896 m to 0.109375 m a pixel in fourteen zooms; the first has five columns and seven rows, with Britain inside."""
    matrices = NATIONAL_GRID.document()["tileMatrices"]
    assert [matrix["cellSize"] for matrix in matrices] == [896 / 2**z for z in range(14)]
    assert matrices[13]["cellSize"] == 0.109375
    assert matrices[0]["scaleDenominator"] == pytest.approx(3_200_000)
    assert NATIONAL_GRID.sizes[:2] == ((5, 7), (10, 14))
    west, south, east, north = NATIONAL_GRID.extent
    assert (west, north) == (-238_375, 1_376_256)
    assert west <= GREAT_BRITAIN[0]
    assert south <= GREAT_BRITAIN[1]
    assert east >= GREAT_BRITAIN[2]
    assert north >= GREAT_BRITAIN[3]


@given(tiles_of())
def test_bounds_are_the_referees(tile: tuple[TileMatrixSet, int, int, int]):
    """Bounds of any tile are those that morecantile computes from our document."""
    grid, *place = tile
    z, x, y = place
    theirs = REFEREES[grid.id].xy_bounds(morecantile.Tile(x=x, y=y, z=z))
    assert grid.bounds(z, x, y) == pytest.approx(tuple(theirs), abs=1e-6)


@given(tiles_of())
def test_family(tile: tuple[TileMatrixSet, int, int, int]):
    """The four children of a tile fill it, and it is the parent of each; the ends of the pyramid have none."""
    grid, z, x, y = tile
    children = grid.children(z, x, y)
    if z == grid.zooms[-1]:
        assert children == ()
        return
    assert all(grid.contains(*child) and grid.parent(*child) == (z, x, y) for child in children)
    boxes = np.array([grid.bounds(*child) for child in children])
    joined = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
    assert joined == pytest.approx(grid.bounds(z, x, y), abs=1e-6)
    assert len({tuple(box) for box in boxes}) == 4
    assert grid.parent(0, 0, 0) is None


@BOTH
@given(st.data())
def test_a_box_is_covered_by_the_tiles_that_it_meets(grid: TileMatrixSet, data: st.DataObject):
    """Exactly the tiles whose inside a box meets are named: found again one by one, with and without the border."""
    z = data.draw(st.integers(0, 4))
    west, south, east, north = grid.extent
    xs = sorted(data.draw(st.tuples(*[st.integers(int(west) - 100_000, int(east) + 100_000)] * 2)))
    ys = sorted(data.draw(st.tuples(*[st.integers(int(south) - 100_000, int(north) + 100_000)] * 2)))
    box = (xs[0], ys[0], xs[1], ys[1])
    columns, rows = grid.size(z)
    side = grid.tile_m(z)
    meets = {
        (z, x, y)
        for x in range(columns)
        for y in range(rows)
        if box[0] < west + (x + 1) * side and box[2] > west + x * side
        if box[1] < north - y * side and box[3] > north - (y + 1) * side
    }
    found = grid.covers(box, z)
    if xs[0] < xs[1] and ys[0] < ys[1]:
        assert set(found.tiles()) == meets
    assert len(found) == len(found.tiles())


@BOTH
def test_what_is_outside_is_not_found(grid: TileMatrixSet):
    """Zooms, columns and rows outside the set are refused before any work; a box the wrong way round too."""
    last = grid.zooms[-1]
    columns, rows = grid.size(last)
    for z, x, y in ((-1, 0, 0), (last + 1, 0, 0), (last, columns, 0), (last, 0, rows), (0, -1, 0), (0, 0, -1)):
        assert not grid.contains(z, x, y)
        with pytest.raises(NotFound):
            grid.bounds(z, x, y)
        with pytest.raises(NotFound):
            grid.children(z, x, y)
    with pytest.raises(NotFound):
        grid.covers(grid.extent, last + 1)
    with pytest.raises(InputRefused):
        grid.covers((1, 0, 0, 1), 0)
    assert len(grid.covers((1e9, 1e9, 2e9, 2e9), 3)) == 0


def test_sets_are_found_by_id():
    """Both sets have ids that need no escaping in addresses, and no other id is known."""
    assert list(MATRIX_SETS) == ["NationalGrid", "WebMercatorQuad"]
    assert matrix_set("NationalGrid") is NATIONAL_GRID
    with pytest.raises(NotFound, match="NationalGrid and WebMercatorQuad"):
        matrix_set("EPSG:4326")


@given(tiles_of(), st.integers(-64, 4160), st.integers(-64, 4160))
def test_world_units_are_shifts_of_tile_units(tile: tuple[TileMatrixSet, int, int, int], across: int, down: int):
    """A tile unit goes to the coordinate system, to world units and back without loss, at every zoom."""
    grid, z, x, y = tile
    west, _, _, north = grid.bounds(z, x, y)
    unit = grid.tile_m(z) / (1 << EXTENT_BITS)
    place = np.array([[west + across * unit, north - down * unit]])
    world = grid.to_world(place)
    assert grid.unit_bits(z) >= 0
    assert grid.to_tile(world, z, x, y).tolist() == [[across, down]]
    assert grid.from_world(world) == pytest.approx(place, abs=0.01)


@BOTH
def test_world_units_fit_into_32_bits(grid: TileMatrixSet):
    """The corners of a set are 0 and at most 2^32 world units, which are a centimetre or finer."""
    west, south, east, north = grid.extent
    corners = grid.to_world(np.array([[west, north], [east, south]]))
    assert corners[0].tolist() == [0, 0]
    assert corners[1].max() <= 1 << 32
    assert grid.tile_m(0) / (1 << grid.world_bits) < 0.01
