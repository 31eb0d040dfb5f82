from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.layers_to_draw import CENTRE, areas, plots, points

from bopsgis.crs import to_national_grid
from bopsgis.errors import InputRefused, NotFound, StoreDamaged, StoreError, StoreMissing
from bopsgis.files import exclusive
from bopsgis.types import BBox
from tiles.grid import MATRIX_SETS, NATIONAL_GRID, WEB_MERCATOR, Tile, TileMatrixSet
from tiles.levels import Policy, like, world_of
from tiles.mvt import columns_of, decode
from tiles.snapshot import (
    Answer,
    Edits,
    LayerSource,
    Snapshot,
    build,
    dirty_tiles,
    in_memory,
    open_snapshot,
    tile_of,
    verify,
)
from tiles.snapshot.batch import zoom_of

BUFFER = 64


def around(matrix_set: TileMatrixSet, z: int, easting: float = CENTRE[0], northing: float = CENTRE[1]):
    """The tile of a zoom in which a place lies."""
    x, y = (world_of(np.array([[easting, northing]]), matrix_set)[0] >> (matrix_set.world_bits - z)).tolist()
    return z, int(x), int(y)


def shown(answer: Answer, layer: str) -> dict[int, tuple[dict[str, object], shapely.Geometry]]:
    """Attributes and geometry by id, from the bytes of a tile that keeps every rule of the specification."""
    for each in decode(answer.data, strict=True):
        if each.name == layer:
            drawn = each.geometries()
            return {
                f.id: (dict(f.properties), g) for f, g in zip(each.features, drawn, strict=True) if f.id is not None
            }
    return {}


@pytest.fixture(scope="module")
def two() -> list[Snapshot]:
    """Points and areas, in memory."""
    return [in_memory(points()), in_memory(areas())]


@pytest.mark.parametrize(
    ("name", "z"),
    [
        (name, z)
        for name in MATRIX_SETS
        for z in (3, 6, 9, 11, 13, 14, 16)
        if (name, z) != ("NationalGrid", 14) and (name, z) != ("NationalGrid", 16)
    ],
)
def test_tiles_show_what_a_plain_cut_shows(two: list[Snapshot], name: str, z: int):
    """At full detail a tile has the features that plain intersection finds, with their attributes and their extent."""
    matrix_set, layer = MATRIX_SETS[name], areas()
    z, x, y = around(matrix_set, z)
    found = shown(two[1].tile(matrix_set, z, x, y), "areas")
    box = shapely.box(-BUFFER, -BUFFER, 4096 + BUFFER, 4096 + BUFFER)
    world = shapely.transform(layer.geometry, lambda xy: world_of(xy, matrix_set).astype(float))
    units = shapely.transform(world, lambda xy: xy / 2.0 ** matrix_set.unit_bits(z) - (x * 4096, y * 4096))
    plain = shapely.intersection(units, box)
    names = two[1].policy.full_from <= z + (7 if matrix_set is NATIONAL_GRID else 0)
    least = 4 if names else 16 * 16
    expected = set(np.flatnonzero(shapely.area(plain) > least * 20).tolist())
    assert expected <= set(found) <= set(np.flatnonzero(shapely.intersects(units, box.buffer(1))).tolist())
    if not names:
        assert all(set(properties) == {"kind"} for properties, _ in found.values())
        return
    for i, (properties, geometry) in found.items():
        assert properties == {"kind": "flood" if i % 2 else "heath", "note": i}
        assert geometry.is_valid
        assert box.covers(geometry)
        assert shapely.area(shapely.symmetric_difference(geometry, plain[i])) <= plain[i].length + 4


SHAPES = st.lists(st.tuples(st.floats(-900, 900), st.floats(-900, 900)), min_size=3, max_size=30)


@settings(max_examples=60)
@given(st.lists(SHAPES, min_size=1, max_size=5), st.integers(9, 17))
def test_any_area_becomes_valid_tiles(stars: list[list[tuple[float, float]]], z: int):
    """Whatever areas a layer has, tiles around them are valid, stay in the buffer, and have the areas' extent."""
    hulls = [shapely.MultiPoint(star).convex_hull for star in stars]
    rough = [hull.difference(shapely.LineString(star).buffer(2)) for hull, star in zip(hulls, stars, strict=True)]
    kept = [part for shape in rough for part in shapely.get_parts(shape) if part.area > 1]
    moved = shapely.transform(np.array(kept, object), lambda xy: xy + CENTRE)
    snapshot = in_memory(LayerSource("areas", moved, np.arange(len(kept), dtype=np.uint64)), [WEB_MERCATOR])
    z, x, y = around(WEB_MERCATOR, z)
    box = shapely.box(-BUFFER, -BUFFER, 4096 + BUFFER, 4096 + BUFFER)
    for across, down in itertools.product((x - 1, x), (y, y + 1)):
        answer = snapshot.tile(WEB_MERCATOR, z, across, down)
        for _, geometry in shown(answer, "areas").values():
            assert geometry.is_valid
            assert geometry.area > 0
            assert box.covers(geometry)


def test_edges_of_tiles_join(two: list[Snapshot]):
    """What two neighbours draw on the strip that both have is the same to a unit: nothing breaks at the seam."""
    for z in (8, 12, 14, 16):
        _, x, y = around(WEB_MERCATOR, z)
        left = shown(two[1].tile(WEB_MERCATOR, z, x, y), "areas")
        right = shown(two[1].tile(WEB_MERCATOR, z, x + 1, y), "areas")
        strip = shapely.box(4096 - BUFFER + 2, 0, 4096 + BUFFER - 2, 4096)
        for i in set(left) | set(right):
            one = shapely.intersection(left[i][1], strip) if i in left else shapely.Polygon()
            moved = (
                shapely.transform(right[i][1], lambda xy: xy + np.array([4096, 0])) if i in right else shapely.Polygon()
            )
            other = shapely.intersection(moved, strip)
            assert shapely.area(shapely.symmetric_difference(one, other)) <= 4 * BUFFER


def test_points_near_a_seam_are_in_both_tiles():
    """A point within the buffer of a seam is drawn by the tiles on both sides, others by one only; squares likewise."""
    z, x, y = around(WEB_MERCATOR, 15)
    _, south, east, north = WEB_MERCATOR.bounds(z, x, y)
    unit = WEB_MERCATOR.tile_m(z) / 4096
    middle = (south + north) / 2
    places = [(east - 100 * unit, middle), (east - 40 * unit, middle), (east + 40 * unit, middle), (east, middle)]
    eastings, northings = to_national_grid(*np.array(places).T, 3857)
    layer = LayerSource("p", shapely.points(eastings, northings), np.arange(4, dtype=np.uint64))
    snapshot = in_memory(layer, [WEB_MERCATOR])
    assert set(shown(snapshot.tile(WEB_MERCATOR, z, x, y), "p")) == {0, 1, 2, 3}
    assert set(shown(snapshot.tile(WEB_MERCATOR, z, x + 1, y), "p")) == {1, 2, 3}
    left, right = (shown(snapshot.tile(WEB_MERCATOR, 8, (x >> 7) + side, y >> 7), "p") for side in (0, 1))
    assert sum(properties.get("point_count", 1) for properties, _ in (left or right).values()) == 4


def test_points_from_afar_are_counted(two: list[Snapshot]):
    """Below the zoom of squares every point is counted once over all tiles; attributes stay where all agree."""
    for z in (5, 8, 10):
        total = 0
        for tile in _tiles(two[0], z):
            for properties, geometry in shown(two[0].tile(WEB_MERCATOR, *tile), "points").values():
                assert set(properties) <= {"grade", "point_count"}
                if 0 <= geometry.x < 4096 and 0 <= geometry.y < 4096:
                    total += properties.get("point_count", 1)
        assert total == 3_000


def _tiles(snapshot: Snapshot, z: int) -> list[Tile]:
    bounds = snapshot.bounds(WEB_MERCATOR)
    assert bounds is not None
    return WEB_MERCATOR.covers(bounds, z).tiles()


@pytest.mark.parametrize("name", MATRIX_SETS)
def test_small_areas_are_points_from_afar(name: str):
    """At every low zoom each plot is drawn with its shape or counted once in a point; near, each has its shape."""
    matrix_set, layer = MATRIX_SETS[name], plots()
    snapshot = in_memory(layer)
    for zoom in (7, 10, 11, 12, 14):
        counted, whole = 0, set()
        for _, answer in zoom_of([snapshot], matrix_set, zoom - like(matrix_set, 0)).answers():
            assert not answer.truncated
            for number, (properties, shape) in shown(answer, "points").items():
                west, north = shape.bounds[:2]
                if shape.geom_type != "Point":
                    whole.add(number)
                elif 0 <= west < 4096 and 0 <= north < 4096:
                    counted += int(properties.get("point_count", 1))
                assert zoom < 12 or "point_count" not in properties
        assert counted + len(whole) == len(layer.ids)
        assert (counted == 0) is (zoom == 14)
        assert whole or zoom == 7


def test_a_built_snapshot_is_the_same_as_one_in_memory(tmp_path: Path, two: list[Snapshot]):
    """What is read from disk gives the same tiles; the version follows from the contents and nothing else."""
    version = build(tmp_path / "areas", areas())
    opened = open_snapshot(tmp_path / "areas")
    assert verify(tmp_path / "areas") == []
    assert version == opened.version == two[1].version == build(tmp_path / "again", areas())
    assert version != build(tmp_path / "again", areas(seed=3))
    assert (opened.name, len(opened), opened.columns) == ("areas", 1_500, ("kind", "note"))
    assert opened.fields() == {"kind": "String", "note": "Number"}
    for z in (6, 10, 13, 15):
        tile = around(WEB_MERCATOR, z)
        assert opened.tile(WEB_MERCATOR, *tile) == two[1].tile(WEB_MERCATOR, *tile)


def test_a_new_version_does_not_touch_the_old_one(tmp_path: Path):
    """Whoever has a version open gets its tiles after the next is built; a build that cannot begin changes nothing."""
    tile = around(WEB_MERCATOR, 12)
    build(tmp_path, areas())
    old = open_snapshot(tmp_path)
    before = old.tile(WEB_MERCATOR, *tile)
    with exclusive(tmp_path), pytest.raises(StoreError, match="Another process"):
        build(tmp_path, areas(seed=3))
    assert open_snapshot(tmp_path).version == old.version
    versions = [build(tmp_path, areas(seed=seed)) for seed in (3, 4)]
    assert old.tile(WEB_MERCATOR, *tile) == before
    assert open_snapshot(tmp_path).tile(WEB_MERCATOR, *tile).data != before.data
    assert sorted(path.name for path in (tmp_path / "versions").iterdir()) == sorted(versions)


def test_damage_is_noticed(tmp_path: Path):
    """A snapshot that is missing, cut short, of another format or changed in one byte is said to be so."""
    with pytest.raises(StoreMissing):
        open_snapshot(tmp_path / "none")
    version = build(tmp_path / "good", points(50))
    files = {
        name: (tmp_path / "good" / "versions" / version / name).read_bytes() for name in ("manifest.json", "arrays.bin")
    }
    for name, change in (
        ("arrays.bin", lambda data: data[:-1]),
        ("manifest.json", lambda data: data[:-9]),
        ("manifest.json", lambda data: data.replace(b'"format":2', b'"format":7')),
    ):
        shutil.rmtree(tmp_path / "bad", ignore_errors=True)
        shutil.copytree(tmp_path / "good", tmp_path / "bad")
        (tmp_path / "bad" / "versions" / version / name).write_bytes(change(files[name]))
        with pytest.raises(StoreDamaged):
            open_snapshot(tmp_path / "bad")
        assert len(verify(tmp_path / "bad")) == 1
    flipped = bytearray(files["arrays.bin"])
    flipped[200] ^= 1
    shutil.rmtree(tmp_path / "bad")
    shutil.copytree(tmp_path / "good", tmp_path / "bad")
    (tmp_path / "bad" / "versions" / version / "arrays.bin").write_bytes(flipped)
    assert verify(tmp_path / "bad") == ["The file arrays.bin does not match its checksum."]


def test_what_cannot_be_drawn_is_refused(two: list[Snapshot]):
    """Ids that come twice, arrays of different lengths, collections, places far away and tiles that are none."""
    one = shapely.points([CENTRE, CENTRE])
    with pytest.raises(InputRefused, match="comes twice"):
        in_memory(LayerSource("p", one, np.array([1, 1], np.uint64)))
    with pytest.raises(InputRefused, match="lengths"):
        in_memory(LayerSource("p", one, np.array([1], np.uint64)))
    with pytest.raises(InputRefused, match="does not have: grade"):
        in_memory(LayerSource("p", one, np.array([1, 2], np.uint64), {}, Policy(style=("grade",))))
    with pytest.raises(InputRefused, match="collections"):
        in_memory(LayerSource("p", np.array([shapely.GeometryCollection([*one])]), np.array([1], np.uint64)))
    with pytest.raises(InputRefused, match="area"):
        in_memory(LayerSource("p", shapely.points([(9e6, 0)]), np.array([1], np.uint64)))
    with pytest.raises(NotFound):
        two[0].tile(WEB_MERCATOR, 3, 8, 0)
    with pytest.raises(NotFound, match="no tiles in NationalGrid"):
        in_memory(points(10), [WEB_MERCATOR]).tile(NATIONAL_GRID, 0, 1, 1)
    with pytest.raises(InputRefused, match="same name"):
        tile_of([two[0], two[0]], WEB_MERCATOR, 0, 0, 0)


def test_a_layer_of_nothing_has_empty_tiles():
    """A layer without features, or with empty geometry only, gives empty tiles and no bounds."""
    for geometry in (np.empty(0, object), np.array([shapely.Point(), shapely.Polygon()])):
        snapshot = in_memory(LayerSource("none", geometry, np.arange(len(geometry), dtype=np.uint64)))
        assert snapshot.bounds(WEB_MERCATOR) is None
        for z in (0, 6, 14):
            assert snapshot.tile(WEB_MERCATOR, *around(WEB_MERCATOR, z)) == Answer(
                b"", (snapshot.version,), 0, 0, False
            )


@pytest.mark.parametrize("make", [points, plots])
@pytest.mark.parametrize("name", MATRIX_SETS)
def test_an_edit_shows_in_the_next_tile(name: str, make: Callable[[], LayerSource]):
    """After changes, additions and removals every tile shows what a new build shows; tiles not dirty stay the same."""
    matrix_set, base = MATRIX_SETS[name], make()
    before = in_memory(base)
    moved = shapely.points([(CENTRE[0] + 900.0, CENTRE[1] - 700.0), CENTRE])
    if make is plots:
        moved = shapely.buffer(moved, (60, 900))
    columns = columns_of({"grade": ["II", "new"], "name": ["moved", None]})
    edits = Edits(moved, np.array([base.ids[10], 7], np.uint64), columns, base.ids[[20, 30]])
    edited = before.edited(edits)
    assert edited.version.startswith(before.version + "+")
    left = np.setdiff1d(np.arange(len(base.ids)), [10, 20, 30])
    kept = {key: [column.values[c] for c in column.codes[left]] for key, column in base.columns.items()}
    whole = columns_of({key: kept[key] + [["II", "new"], ["moved", None]][key == "name"] for key in kept})
    geometry, ids = np.concatenate([base.geometry[left], moved]), np.concatenate([base.ids[left], edits.ids])
    rebuilt = in_memory(LayerSource("points", geometry, ids, whole, base.policy))
    boxes = [BBox(*shape.bounds) for shape in [*base.geometry[[10, 20, 30]], *moved]]
    zooms = range(5, 16) if matrix_set is WEB_MERCATOR else range(9)
    dirty = dirty_tiles(matrix_set, boxes, zooms, clusters=True)
    seen = 0
    for z in zooms:
        for tile in {around(matrix_set, z, box.west, box.south) for box in boxes}:
            seen += 1
            now, after = (_told(snapshot.tile(matrix_set, *tile)) for snapshot in (edited, rebuilt))
            assert now == after
            z_, x, y = tile
            aside = (z_, x, y + 1)
            if aside not in dirty and matrix_set.contains(*aside):
                assert edited.tile(matrix_set, *aside).data == before.tile(matrix_set, *aside).data
    assert seen > 20
    assert len(dirty_tiles(matrix_set, boxes[:1], zooms, clusters=True)) < 100


def _told(answer: Answer) -> list[tuple[str, str]]:
    """What a tile says, whatever order it says it in, and by which of its points a square is known."""
    return sorted(
        (geometry.wkt, repr(sorted(properties.items()))) for properties, geometry in shown(answer, "points").values()
    )


def test_edits_of_areas_replace_and_remove(two: list[Snapshot]):
    """An area that moved is gone from its old place and drawn at the new one, at every zoom; edits do not add up."""
    layer = areas()
    largest = int(np.argmax(shapely.area(layer.geometry)))
    box = shapely.box(CENTRE[0], CENTRE[1], CENTRE[0] + 5_000, CENTRE[1] + 5_000)
    edited = two[1].edited(Edits(np.array([box]), np.array([largest], np.uint64), columns_of({"kind": ["moved"]})))
    gone = two[1].edited(Edits(np.empty(0, object), np.empty(0, np.uint64), {}, np.array([largest], np.uint64)))
    centre = box.centroid
    for z in (6, 9, 12, 14):
        tile = around(WEB_MERCATOR, z, centre.x, centre.y)
        found = shown(edited.tile(WEB_MERCATOR, *tile), "areas")
        assert found[largest][0] == {"kind": "moved"}
        assert largest not in shown(gone.tile(WEB_MERCATOR, *tile), "areas")
        again = edited.edited(Edits(np.empty(0, object), np.empty(0, np.uint64)))
        assert again.tile(WEB_MERCATOR, *tile).data == two[1].tile(WEB_MERCATOR, *tile).data


def test_the_budget_is_kept_by_rule():
    """A tile too full loses attributes first, then small areas, then points go into squares; it says so each time."""
    crowd = Policy(style=("grade",), cluster_below=0, low_bytes=60_000)
    many = in_memory(points(20_000, crowd), [WEB_MERCATOR])
    tile = around(WEB_MERCATOR, 6)
    answer = many.tile(WEB_MERCATOR, *tile)
    assert len(answer.data) <= 60_000
    assert (answer.truncated, answer.dropped) == (True, 0)
    counted = [properties.get("point_count", 1) for properties, _ in shown(answer, "points").values()]
    roomy = in_memory(points(20_000, Policy(cluster_below=0, low_bytes=10**7)), [WEB_MERCATOR])
    places = [geometry for _, geometry in shown(roomy.tile(WEB_MERCATOR, *tile), "points").values()]
    assert sum(counted) == sum(0 <= place.x < 4096 and 0 <= place.y < 4096 for place in places) > 10_000
    low = Policy(style=("kind",), low_bytes=4_000)
    source = areas()
    few = in_memory(LayerSource("areas", source.geometry, source.ids, source.columns, low), [WEB_MERCATOR])
    whole = in_memory(source, [WEB_MERCATOR]).tile(WEB_MERCATOR, *around(WEB_MERCATOR, 8))
    cut = few.tile(WEB_MERCATOR, *around(WEB_MERCATOR, 8))
    assert not whole.truncated
    assert len(cut.data) <= 4_000 < len(whole.data)
    assert cut.truncated
    assert cut.features + cut.dropped == whole.features
    drawn, all_drawn = shown(cut, "areas"), shown(whole, "areas")
    sizes = {i: max(g.bounds[2] - g.bounds[0], g.bounds[3] - g.bounds[1]) for i, (_, g) in all_drawn.items()}
    assert min(sizes[i] for i in drawn) >= max(size for i, size in sizes.items() if i not in drawn) - 1e-9


def test_layers_share_a_tile_and_its_budget(two: list[Snapshot]):
    """A tile of several layers has each of them under its name, and only the attributes that may be shown."""
    tile = around(WEB_MERCATOR, 14)
    answer = tile_of(two, WEB_MERCATOR, *tile, columns={"points": ["grade"]})
    assert answer.versions == tuple(snapshot.version for snapshot in two)
    assert [layer.name for layer in decode(answer.data)] == ["points", "areas"]
    assert all(set(properties) == {"grade"} for properties, _ in shown(answer, "points").values())
    assert shown(answer, "areas") == shown(two[1].tile(WEB_MERCATOR, *tile), "areas")
    assert answer.features == len(shown(answer, "points")) + len(shown(answer, "areas"))


def test_large_shapes_look_the_same_from_any_direction():
    """A coast of many points gives the same bytes whether its surroundings were cut for this tile or one above."""
    turn = np.linspace(0, 2 * np.pi, 30_000, endpoint=False)
    far = 9_000 + 900 * np.sin(90 * turn) + 200 * np.cos(2_000 * turn)
    coast = shapely.Polygon(np.column_stack([far * np.cos(turn), far * np.sin(turn)]) + CENTRE)
    layer = LayerSource("coast", np.array([coast]), np.array([1], np.uint64))
    warm = in_memory(layer, [WEB_MERCATOR])
    on_coast = (CENTRE[0] + far[0], CENTRE[1])
    tiles = [around(WEB_MERCATOR, z, *on_coast) for z in (18, 13, 17, 14, 16, 15, 20, 19)]
    for tile in [*tiles, *reversed(tiles)]:
        cold = in_memory(layer, [WEB_MERCATOR]) if tile[0] in (14, 17) else warm
        answer = cold.tile(WEB_MERCATOR, *tile)
        assert answer.data == warm.tile(WEB_MERCATOR, *tile).data
        assert list(shown(answer, "coast")) == [1]
