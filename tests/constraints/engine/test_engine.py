from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import shapely
from benchmarks.england import designations, sites
from benchmarks.stores import account_of, info_of, make_store, records_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.affinity import translate

from bopsgis.types import BBox
from constraints.engine import clipped_geometry, overlap_geometry, overlaps, relate
from constraints.engine import overlap as overlap_module
from constraints.engine.kernel import compiled_for, prepare
from constraints.store import Store, build, open_store, write_source

ORIGINS = [(0.0, 0.0), (533_000.0, 178_000.0), (82_672.3, 5_186.7), (655_000.1, 1_214_000.9)]
KERNELS = ("numpy", "compiled")

MEMORY = Path("/dev/shm")  # noqa: S108  # a disk in memory spares the real one thousands of small writes

Shapes = NDArray[np.object_]


def array_of(shapes: list[Any]) -> Shapes:
    """Shapes as an object array."""
    made = np.empty(len(shapes), object)
    made[:] = shapes
    return made


@contextmanager
def opened(datasets: Mapping[str, Shapes], max_edges: int = 32) -> Iterator[Store]:
    """A store of these shapes, open, cut into pieces of so many edges."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        for slug, geometry in datasets.items():
            write_source(Path(folder), info_of(slug), records_of(geometry), [], account_of(len(geometry)))
        build(Path(folder), max_edges=max_edges)
        yield open_store(Path(folder))


# Whole numbers on a small grid make shared edges, touching corners and vertices on edges the rule, not the exception.
grid = st.integers(0, 12).map(float)
free = st.floats(0, 12, allow_nan=False).map(lambda value: round(value, 3))


def _valid_polygon(points: list[tuple[float, float]]) -> shapely.Polygon | None:
    made = shapely.make_valid(shapely.Polygon(points), method="structure", keep_collapsed=False)
    return made if made.geom_type in ("Polygon", "MultiPolygon") and made.area > 1e-3 else None


def polygons(coordinate: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    """Valid areas with holes and parts as chance makes them."""
    corner = st.tuples(coordinate, coordinate)
    ring = st.lists(corner, min_size=3, max_size=9)
    simple = ring.map(_valid_polygon).filter(lambda made: made is not None)
    pair = st.tuples(simple, simple)
    holed = pair.map(lambda two: two[0].difference(two[1])).filter(
        lambda made: made.geom_type in ("Polygon", "MultiPolygon") and made.area > 1e-3
    )
    return st.one_of(simple, holed)


def lines(coordinate: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    """Lines that may cross and repeat themselves."""
    corner = st.tuples(coordinate, coordinate)
    return st.lists(corner, min_size=2, max_size=6).map(shapely.LineString).filter(lambda line: line.length > 1e-3)


def points(coordinate: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    """Single points and groups of them."""
    corner = st.tuples(coordinate, coordinate)
    many = st.lists(corner, min_size=1, max_size=3).map(shapely.MultiPoint)
    return st.one_of(corner.map(shapely.Point), many)


scene = st.sampled_from([grid, free]).flatmap(
    lambda coordinate: st.tuples(
        st.lists(st.one_of(polygons(coordinate), lines(coordinate), points(coordinate)), min_size=1, max_size=6),
        st.lists(polygons(coordinate), min_size=1, max_size=4),
        st.sampled_from(ORIGINS),
        st.sampled_from([1.0, 37.0]),
        st.sampled_from([3, 32]),
    )
)


def placed(shapes: list[Any], origin: tuple[float, float], scale: float) -> Shapes:
    """Shapes enlarged and set down at a place on the national grid; those that rounding broke are left out."""
    made = shapely.transform(array_of(shapes), lambda xy: xy * scale + np.array(origin))
    return made[shapely.is_valid(made)]


@settings(max_examples=60)
@given(scene)
def test_overlaps_agree_with_shapely(scenery: tuple[Any, ...]):
    """Pairs, areas and lengths are those of shapely's intersection, on shapes made to touch and coincide."""
    shapes, boundaries, origin, scale, max_edges = scenery
    features, asked = placed(shapes, origin, scale), placed(boundaries, origin, scale)
    if not len(features) or not len(asked):
        return
    with opened({"sssi": features}, max_edges) as store:
        found = {kernel: overlaps(store, asked, as_at=None, kernel=kernel) for kernel in KERNELS}
    shared = shapely.intersection(asked[:, None], features[None, :])
    is_point = shapely.get_dimensions(features) == 0
    is_line = shapely.get_dimensions(features) == 1
    area = shapely.area(shared) * ~is_point
    length = np.where(is_line, shapely.length(shared), 0.0)
    met = found["numpy"]
    told_area, told_length = np.zeros_like(area), np.zeros_like(length)
    told_area[met.site, met.feature], told_length[met.site, met.feature] = met.area_m2, met.length_m
    assert np.abs(told_area - area).max() < 2e-6
    assert np.abs(told_length - length).max() < 1e-5
    told = np.zeros(area.shape, bool)
    told[met.site, met.feature] = True
    near = shapely.distance(asked[:, None], features[None, :]) < 1e-6
    assert (told[:, is_point] == near[:, is_point]).all()
    for name in ("site", "feature", "area_m2", "length_m"):
        assert np.array_equal(getattr(met, name), getattr(found["compiled"], name)), name


@settings(max_examples=40)
@given(scene, st.sampled_from([0.0, 1.0, 7.5, 400.0]))
def test_relate_agrees_with_shapely(scenery: tuple[Any, ...], reach: float):
    """Every feature within reach is told with shapely's distance, and no other, the same by both kernels."""
    shapes, boundaries, origin, scale, max_edges = scenery
    features, asked = placed(shapes, origin, scale), placed(boundaries, origin, scale)
    if not len(features) or not len(asked):
        return
    with opened({"sssi": features}, max_edges) as store:
        found, compiled = (relate(store, asked, {"sssi": reach}, as_at=None, kernel=kernel) for kernel in KERNELS)
    distance = shapely.distance(asked[:, None], features[None, :])
    told = np.full(distance.shape, np.inf)
    told[found.site, found.feature] = found.distance_m
    clear = np.abs(distance - reach) > 2e-6
    assert ((distance <= reach) == np.isfinite(told))[clear].all()
    both = np.isfinite(told)
    assert np.abs(told - distance)[both].max(initial=0.0) < 2e-6
    for name in ("site", "feature", "area_m2", "length_m", "distance_m"):
        assert np.array_equal(getattr(found, name), getattr(compiled, name)), name


@settings(max_examples=40)
@given(scene)
def test_overlap_geometry_agrees_with_shapely(scenery: tuple[Any, ...]):
    """The shape of an overlap is shapely's, area for area, without the lines and points of mere touch."""
    shapes, boundaries, origin, scale, max_edges = scenery
    features, asked = placed(shapes, origin, scale), placed(boundaries, origin, scale)
    if not len(features) or not len(asked):
        return
    with opened({"sssi": features}, max_edges) as store:
        shared = overlap_geometry(store, asked[0], np.arange(len(features)))
    for one, feature in zip(shared, features, strict=True):
        exact = asked[0].intersection(feature)
        if shapely.get_dimensions(feature) == 2:
            assert shapely.get_dimensions(one) == 2
            assert abs(one.area - exact.area) < 2e-6
            assert one.difference(exact).area < 2e-6


@pytest.fixture(scope="module")
def england(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Shapes, Shapes]:
    """A thousandth of the synthetic England: its store, its designations as numbered there, and 300 sites."""
    data = designations(0.001)
    root = tmp_path_factory.mktemp("england")
    make_store(root, data)
    return open_store(root), np.concatenate([data[slug] for slug in sorted(data)]), sites(300, data)


def test_large_features_are_measured_like_small_ones(england: tuple[Store, Shapes, Shapes]):
    """National parks and regions of a hundred thousand vertices give shapely's hits and areas, with each kernel."""
    store, features, asked = england
    tree = shapely.STRtree(features)
    site, feature = tree.query(asked, "intersects")
    area = shapely.area(shapely.intersection(asked[site], features[feature]))
    kept = (area > 1e-3) | (shapely.get_dimensions(features[feature]) == 0)
    exact = {(int(i), int(j)): float(a) for i, j, a in zip(site[kept], feature[kept], area[kept], strict=True)}
    for kernel in KERNELS:
        met = overlaps(store, asked, as_at=None, kernel=kernel)
        small = (met.area_m2 <= 1e-3) & (shapely.get_dimensions(features[met.feature]) > 0)
        told = {
            (int(i), int(j)): float(a)
            for i, j, a in zip(met.site[~small], met.feature[~small], met.area_m2[~small], strict=True)
        }
        assert told.keys() == exact.keys()
        assert max(abs(told[pair] - exact[pair]) for pair in exact) < 1e-6


def test_one_site_at_a_time_gives_what_many_give(england: tuple[Store, Shapes, Shapes]):
    """Answers do not depend on which other sites are asked, not in the last bit."""
    store, _, asked = england
    reach = dict.fromkeys(store.datasets, 40.0)
    whole = relate(store, asked[:60], reach, as_at=None)
    for number in range(60):
        alone = relate(store, asked[number : number + 1], reach, as_at=None)
        rows = whole.site == number
        assert np.array_equal(alone.feature, whole.feature[rows])
        assert np.array_equal(alone.area_m2, whole.area_m2[rows])
        assert np.array_equal(alone.distance_m, whole.distance_m[rows])


def test_both_kernels_look_as_far_as_each_dataset_reaches(england: tuple[Store, Shapes, Shapes]):
    """Short reaches, far ones and datasets that are not asked give the same pairs and distances, to the last bit."""
    store, _, asked = england
    reach = {slug: (0.0, 30.0, 400.0, 2_500.0)[number % 4] for number, slug in enumerate(store.datasets) if number % 7}
    found, compiled = (relate(store, asked, reach, as_at=None, kernel=kernel) for kernel in KERNELS)
    assert (found.distance_m > 400.0).any()
    assert (found.area_m2 > 0.0).any()
    for name in ("site", "feature", "area_m2", "length_m", "distance_m"):
        assert np.array_equal(getattr(found, name), getattr(compiled, name)), name


def test_both_kernels_agree_in_crowded_places_and_for_wide_sites():
    """Thousands of designations in a few cells, and sites of every width in one question, to the last bit."""
    random = np.random.default_rng(7)
    corner = random.uniform(0.0, 90.0, (3_000, 2))
    squares = shapely.box(*corner.T, *(corner + random.uniform(0.1, 6.0, (3_000, 2))).T)
    dots = shapely.points(random.uniform(0.0, 90.0, (3_000, 2)))
    ways = array_of([shapely.LineString([(0.0, y), (90.0, y + 3.0)]) for y in range(0, 90, 30)])
    start = random.uniform(-40.0, 60.0, (70, 2))
    side = np.where(np.arange(70) % 9 == 0, 300.0, random.uniform(5.0, 40.0, 70))[:, None]
    asked = shapely.box(*start.T, *(start + side).T)
    with opened({"sssi": squares, "tree": dots, "brownfield-land": ways}) as store:
        found, compiled = (overlaps(store, asked, as_at=None, kernel=kernel) for kernel in KERNELS)
        alone = [overlaps(store, asked[i : i + 1], as_at=None, kernel="compiled") for i in range(70)]
    assert len(found) > 40_000
    assert (found.length_m > 0.0).any()
    for name in ("site", "feature", "area_m2", "length_m"):
        assert np.array_equal(getattr(found, name), getattr(compiled, name)), name
    assert np.array_equal(np.concatenate([one.area_m2 for one in alone]), found.area_m2)


def test_more_sites_than_the_compiled_kernel_takes_at_once(england: tuple[Store, Shapes, Shapes]):
    """Sites that are asked in several parts are told with their own numbers."""
    store, _, asked = england
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlap_module, "_COMPILED_SITES", 70)
        parts = overlaps(store, asked, as_at=None, kernel="compiled")
    whole = overlaps(store, asked, as_at=None, kernel="compiled")
    for name in ("site", "feature", "area_m2", "length_m"):
        assert np.array_equal(getattr(parts, name), getattr(whole, name)), name


def test_a_service_makes_the_compiled_kernel_ready(england: tuple[Store, Shapes, Shapes]):
    """Once made ready, the compiled kernel answers single sites too."""
    assert prepare(england[0].arrays)
    assert compiled_for(1, "auto") is not None
    assert compiled_for(1, "numpy") is None


def test_large_overlaps_are_put_together_from_pieces(england: tuple[Store, Shapes, Shapes]):
    """A box on the border of each large feature gives the same shape as cutting the whole feature."""
    store, features, _ = england
    large = np.flatnonzero(shapely.get_num_coordinates(features) > 12_000)
    assert len(large) > 5
    for number in large:
        east, north = shapely.get_coordinates(features[number])[1234]
        box = BBox(east - 150, north - 90, east + 150, north + 90)
        cut = clipped_geometry(store, np.array([number]), box)[0]
        exact = shapely.box(box.west, box.south, box.east, box.north).intersection(features[number])
        assert cut.symmetric_difference(exact).area < 1e-5


def test_whole_metres_of_translation_change_nothing():
    """A scene moved by whole metres gives the same pairs and, to a square millimetre, the same areas."""
    features = [shapely.Point(50, 50).buffer(40, quad_segs=20), shapely.box(0, 0, 30, 10)]
    asked = array_of([shapely.box(20, 5, 60, 45)])
    told = []
    for east, north in ORIGINS[:2]:
        moved = array_of([translate(shape, east, north) for shape in features])
        boundary = array_of([translate(shape, east, north) for shape in asked])
        with opened({"sssi": moved}) as store:
            told.append(overlaps(store, boundary, as_at=None))
    assert np.array_equal(told[0].feature, told[1].feature)
    assert np.allclose(told[0].area_m2, told[1].area_m2, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("as_at", "expected"),
    [(date(1999, 12, 31), [3]), (date(2000, 1, 1), [0, 1, 3]), (date(2010, 1, 1), [0, 3]), (None, [0, 1, 2, 3])],
)
def test_only_what_is_in_force_is_told(tmp_path: Path, as_at: date | None, expected: list[int]):
    """In force from its first day until the day before its end; unknown days count as in force."""
    records = records_of(array_of([shapely.box(0, 0, 10, 10)] * 4))
    days = {"start_date": ["2000-01-01", "2000-01-01", "2030-01-01", "NaT"], "end_date": ["NaT", "2010-01-01", "NaT"]}
    days["end_date"].append("NaT")
    dated = {name: np.array(column, "datetime64[D]") for name, column in days.items()}
    write_source(tmp_path, info_of("sssi"), replace(records, **dated), [], account_of(4))
    build(tmp_path)
    store, asked = open_store(tmp_path), array_of([shapely.box(5, 5, 15, 15)])
    for kernel in KERNELS:
        assert overlaps(store, asked, as_at=as_at, kernel=kernel).feature.tolist() == expected
    assert relate(store, asked, {"sssi": 5.0}, as_at=as_at).feature.tolist() == expected


def test_only_the_datasets_named_are_asked():
    """A dataset without a reach is left out; a name that the store does not know is ignored."""
    square = array_of([shapely.box(0, 0, 10, 10)])
    with opened({"sssi": square, "tree": square}) as store:
        found = relate(store, square, {"tree": 0.0, "nowhere": 9.0}, as_at=None)
    assert found.feature.tolist() == [1]


@pytest.mark.parametrize("wrong", [shapely.Point(0, 0), shapely.Polygon(), shapely.LineString([(0, 0), (1, 1)])])
def test_what_is_no_area_is_no_site(wrong: shapely.Geometry):
    """Points, lines and empty shapes are refused as sites."""
    with opened({"sssi": array_of([shapely.box(0, 0, 1, 1)])}) as store, pytest.raises(ValueError, match="boundary"):
        overlaps(store, array_of([wrong]), as_at=None)


def test_no_sites_give_no_pairs():
    """An empty list of sites is answered with nothing, by each kernel."""
    with opened({"sssi": array_of([shapely.box(0, 0, 1, 1)])}) as store:
        for kernel in KERNELS:
            assert len(overlaps(store, array_of([]), as_at=None, kernel=kernel)) == 0
            assert len(relate(store, array_of([]), {"sssi": 300.0}, as_at=None, kernel=kernel)) == 0


def test_an_overlay_that_goes_wrong_is_seen_and_put_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where GEOS gives back the whole designation, its area gives it away and the pieces answer instead."""
    area = shapely.MultiPolygon([shapely.box(0, 0, 100, 100), shapely.box(200, 0, 201, 1)])
    site = shapely.box(90, 0, 110, 50)
    with opened({"conservation-area": array_of([area])}) as store:
        right = overlap_geometry(store, site, np.array([0]))[0]
        monkeypatch.setattr(shapely, "intersection", lambda _site, whole: whole)
        mended = overlap_geometry(store, site, np.array([0]))[0]
    assert mended.equals(right)
    assert right.area == pytest.approx(500.0)
