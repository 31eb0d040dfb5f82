from __future__ import annotations

import sys

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tiles.draw import drawing, prepare
from tiles.grid import WEB_MERCATOR
from tiles.levels import Policy, shapes_of, world_of
from tiles.levels.canonical import canonical
from tiles.mvt.clean import doubled_areas
from tiles.snapshot import LayerSource, Snapshot, in_memory

CENTRE = (451_000.0, 262_000.0)
MODULE = "tiles.draw.compiled"
TENTHS = st.integers(-9_000, 9_000).map(lambda tenths: tenths / 10)
PLACES = st.tuples(TENTHS, TENTHS)


def both_ways(snapshot: Snapshot, z: int, x: int, y: int) -> tuple[bytes, bytes]:
    """A tile drawn by compiled code and by numpy and GEOS."""
    assert prepare()
    assert drawing() is not None
    compiled = snapshot.tile(WEB_MERCATOR, z, x, y).data
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, MODULE)
        assert drawing() is None
        return compiled, snapshot.tile(WEB_MERCATOR, z, x, y).data


@st.composite
def shapes(draw: st.DrawFn) -> shapely.Geometry:
    """Areas with bays, holes and several parts, lines, and points alone and together."""
    places = draw(st.lists(PLACES, min_size=3, max_size=24))
    hull = shapely.MultiPoint(places).convex_hull
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return shapely.MultiPoint(places) if len(places) % 2 else shapely.Point(places[0])
    if kind == 1 or hull.area < 10:
        return shapely.LineString([*places, (0.0, 1_000.0)])
    rough = hull.difference(shapely.LineString(places).buffer(draw(st.floats(0.5, 90)), quad_segs=3))
    area = rough if rough.area > 1 else hull
    return shapely.reverse(area) if kind == 2 else area


@settings(max_examples=60)
@given(st.lists(shapes(), min_size=1, max_size=5), st.sampled_from((11, 12, 13, 14, 15, 16, 17)))
def test_compiled_code_draws_the_same_bytes(some: list[shapely.Geometry], z: int):
    """Whatever a layer has, its tiles are the same to the last byte with compiled code and without."""
    moved = shapely.transform(np.array(some, object), lambda xy: xy + CENTRE)
    layer = LayerSource("some", moved, np.arange(len(some), dtype=np.uint64), {}, Policy(cluster_below=0))
    snapshot = in_memory(layer, [WEB_MERCATOR])
    x, y = (world_of(np.array([CENTRE]), WEB_MERCATOR)[0] >> (WEB_MERCATOR.world_bits - z)).tolist()
    for across, down in ((x, y), (x - 1, y)):
        compiled, plain = both_ways(snapshot, z, across, down)
        assert compiled == plain


@pytest.mark.parametrize("start", [0, 5, 11])
@pytest.mark.parametrize("turned", [False, True])
def test_an_area_is_written_in_one_way(start: int, *, turned: bool):
    """Where its rings begin, which way they run and how its parts come makes no difference to what is written."""
    discs = np.rint(shapely.get_coordinates(shapely.Point(0, 0).buffer(1_000, quad_segs=4)))[:-1]

    def ring(size: float, x: float) -> np.ndarray:
        xy = np.rint(np.roll(discs * size, start, axis=0) + np.array([x, 70]))
        return xy[::-1] if turned else xy

    parts = [shapely.Polygon(ring(0.5, x), [ring(0.1, x - 200), ring(0.1, x + 200)][::-1]) for x in (0, 2_000)]
    one = canonical(shapes_of(np.array([shapely.MultiPolygon(parts[:: -1 if turned else 1])])))
    assert one.exterior.tolist() == [True, False, False] * 2
    assert one.coords[one.offsets[:-1], 0].tolist() == [-500, -300, 100, 1_500, 1_700, 2_100]
    assert (np.sign(doubled_areas(one.coords.astype(np.int64), one.offsets)) == np.where(one.exterior, 1, -1)).all()


def test_neighbours_above_never_turn_an_area_inside_out():
    """A long area that reaches into a tile by a corner does not fill it, whatever tile was drawn before."""
    turn = np.linspace(0, 2 * np.pi, 700, endpoint=False)
    far = 3_000 + 500 * np.sin(40 * turn)
    ring = np.column_stack([far * np.cos(turn), 0.2 * far * np.sin(turn)]) + CENTRE
    for area in (shapely.Polygon(ring), shapely.Polygon(ring[::-1])):
        snapshot = in_memory(LayerSource("a", np.array([area]), np.array([1], np.uint64)), [WEB_MERCATOR])
        for z in (14, 16):
            for place in ring[::100]:
                x, y = (world_of(place[None], WEB_MERCATOR)[0] >> (WEB_MERCATOR.world_bits - z)).tolist()
                compiled, plain = both_ways(snapshot, z, x, y)
                assert compiled == plain
