from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tile_features import Drawn, drawn, expected_parts, features_of, properties_of

from bopsgis.errors import InputRefused
from tiles.features import LINE, POINT, POLYGON, Column, TileFeatures
from tiles.mvt import Dictionary, columns_of, decode, encode_layer, encode_tile

KERNELS = pytest.mark.parametrize("kernel", ["numpy", "compiled"])
SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
lists = st.lists(drawn(), max_size=12)


def one(kind: int, *parts: list[tuple[int, int]], outer: tuple[bool, ...] | None = None, **properties: object) -> Drawn:
    """A feature of number 7 whose parts each begin a polygon, where nothing else is said."""
    begins = outer or (kind == POLYGON,) * len(parts)
    return Drawn(kind, 7, list(zip(begins, parts, strict=True)), properties)


def geometry_numbers(layer: bytes, kind: int) -> list[int]:
    """Numbers of the geometry of a layer's one feature: in the examples, each is one byte."""
    at = layer.index(bytes([0x18, kind, 0x22]))
    return list(layer[at + 4 : layer.rindex(b"\x28\x80\x20")])


@KERNELS
@pytest.mark.parametrize(
    ("feature", "numbers"),
    [
        (one(POINT, [(25, 17)]), [9, 50, 34]),
        (one(POINT, [(5, 7), (3, 2)]), [17, 10, 14, 3, 9]),
        (one(LINE, [(2, 2), (2, 10), (10, 10)]), [9, 4, 4, 18, 0, 16, 16, 0]),
        (
            one(LINE, [(2, 2), (2, 10), (10, 10)], [(1, 1), (3, 5)]),
            [9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8],
        ),
        (one(POLYGON, [(3, 6), (8, 12), (20, 34)]), [9, 6, 12, 18, 10, 12, 24, 44, 15]),
        (
            one(
                POLYGON,
                SQUARE,
                [(11, 11), (20, 11), (20, 20), (11, 20)],
                [(13, 13), (13, 17), (17, 17), (17, 13)],
                outer=(True, True, False),
            ),
            [
                *(9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15),
                *(9, 22, 2, 26, 18, 0, 0, 18, 17, 0, 15),
                *(9, 4, 13, 26, 0, 8, 8, 0, 0, 7, 15),
            ],
        ),
    ],
    ids=["point", "multipoint", "line", "multiline", "polygon", "multipolygon"],
)
def test_the_examples_of_the_specification(kernel: str, feature: Drawn, numbers: list[int]):
    """The six examples of section 4.3.5 of the specification become the commands that stand there."""
    assert geometry_numbers(encode_layer("layer", features_of([feature]), kernel=kernel), feature.kind) == numbers


@settings(deadline=None, max_examples=150)
@given(lists, st.booleans(), st.booleans())
def test_compiled_code_writes_the_same_bytes(features: list[Drawn], ids: bool, tuples: bool):  # noqa: FBT001  # drawn by Hypothesis
    """Whatever the features, both encoders write the same bytes, and so does a repetition."""
    arrays = features_of(features, ids=ids, tuples=tuples)
    written = encode_layer("layer", arrays, kernel="numpy")
    assert encode_layer("layer", arrays, kernel="compiled") == written
    assert encode_layer("layer", arrays, kernel="numpy") == written


@settings(deadline=None, max_examples=100)
@given(lists, st.booleans())
def test_what_is_written_is_what_the_specification_leaves(features: list[Drawn], tuples: bool):  # noqa: FBT001  # drawn by Hypothesis
    """Read strictly, a tile holds every feature with its id, its values in their types, and its geometry cleaned."""
    layers = decode(encode_layer("layer", features_of(features, tuples=tuples), kernel="numpy"))
    left = [(feature, parts) for feature in features if (parts := expected_parts(feature))]
    found = layers[0].features if layers else ()
    assert len(layers) == (1 if left else 0)
    assert [(feature.id, feature.kind) for feature in found] == [(feature.id, feature.kind) for feature, _ in left]
    for read, (feature, parts) in zip(found, left, strict=True):
        shown = {key: (type(value), repr(value)) for key, value in read.properties.items()}
        assert shown == properties_of(feature)
        assert read.exterior == tuple(outer for outer, _ in parts)
        assert [[tuple(point) for point in part] for part in read.parts] == [points for _, points in parts]


@settings(deadline=None, max_examples=60)
@given(lists)
def test_somebody_elses_decoder_reads_the_same(features: list[Drawn]):
    """mapbox-vector-tile finds the same ids, values and numbers of points."""
    written = encode_tile([encode_layer("layer", features_of(features))])
    read = mapbox_vector_tile.decode(written, default_options={"y_coord_down": True}).get("layer", {"features": []})
    left = [feature for feature in features if expected_parts(feature)]
    assert [feature["id"] for feature in read["features"]] == [feature.id for feature in left]
    for found, feature in zip(read["features"], left, strict=True):
        assert found["properties"] == {key: value for key, value in feature.properties.items() if value is not None}
        points = shapely.get_num_coordinates(shapely.geometry.shape(found["geometry"]))
        closings = sum(feature.kind == POLYGON for _ in expected_parts(feature))
        assert points == sum(len(part) for _, part in expected_parts(feature)) + closings


@KERNELS
def test_every_kind_of_value_keeps_its_type(kernel: str):
    """The seven types of a tile, each as itself: whole numbers to the ends of 64 bits, and no two taken for one."""
    given_values = ("1", np.float32(1), 1.0, np.int64(-1), np.uint64(1), 1, True, -(1 << 63), (1 << 64) - 1, -0.0, 0.0)
    codes = np.arange(len(given_values), dtype=np.int32)
    points = [one(POINT, [(at, at)]) for at in range(len(given_values))]
    features = replace(features_of(points), columns={"value": Column(codes, given_values)})
    layer = encode_layer("values", features, kernel=kernel)
    kinds = [b"\x0a\x011", b"\x15\0\0\x80\x3f", b"\x19\0\0\0\0\0\0\xf0\x3f", b"\x20" + b"\xff" * 9 + b"\1", b"\x28\1"]
    assert all(bytes([0x22, len(kind)]) + kind in layer for kind in kinds)
    read = [feature.properties["value"] for feature in decode(layer)[0].features]
    plain = [int(value) if isinstance(value, np.int64 | np.uint64) else value for value in given_values]
    assert [(type(value), repr(value)) for value in read] == [(type(value), repr(value)) for value in plain]


def test_values_stand_in_a_tile_once():
    """A value that two columns have is written once, whether they share a dictionary or not; unused ones are not."""
    features = [one(POINT, [(1, 1)], a="twice", b="twice"), one(POINT, [], a="never", b="never")]
    for tuples in (False, True):
        layer = encode_layer("layer", features_of(features, tuples=tuples))
        assert layer.count(b"twice") == 1
        assert b"never" not in layer
    without = encode_layer("layer", features_of([one(POINT, [(1, 1)], a=None, b=float("nan"))]))
    assert b"\x1a\x01" not in without[2:]  # no key: all features lack both


def test_columns_are_made_of_what_tables_hold():
    """Numbers of numpy, dates and decimals become values that a tile has; None and NaN become none; order is kept."""
    moment = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    column = columns_of(
        {
            "a": [
                np.int8(3),
                np.bool_(True),
                np.float64(2.5),
                date(2026, 11, 22),
                moment,
                Decimal("1.5"),
                None,
                np.nan,
                3,
            ]
        }
    )["a"]
    assert column.codes.tolist() == [0, 1, 2, 3, 4, 5, -1, -1, 0]
    assert list(column.values) == [3, True, 2.5, "2026-11-22", "2026-11-22T09:30:00+00:00", 1.5]
    assert column.values[1:3] == [True, 2.5]
    assert [type(value) for value in column.values[:3]] == [int, bool, float]
    with pytest.raises(InputRefused, match="list"):
        columns_of({"a": [[1, 2]]})
    for outside in (1 << 64, -(1 << 63) - 1):
        with pytest.raises(InputRefused, match="64 bits"):
            columns_of({"a": [outside]})
    with pytest.raises(InputRefused, match="bytes"):
        Dictionary.of([b"raw"])


@given(
    st.lists(st.one_of(st.booleans(), st.integers(-(1 << 63), (1 << 64) - 1), st.text(), st.floats(allow_nan=False)))
)
def test_a_dictionary_gives_its_values_back(values: list[bool | int | str | float]):
    """A dictionary is a sequence of the values that it was made of, though it keeps only their bytes."""
    dictionary = Dictionary.of(values)
    assert [(type(value), repr(value)) for value in dictionary] == [(type(value), repr(value)) for value in values]
    assert len(dictionary) == len(values)
    with pytest.raises(IndexError):
        dictionary[len(values)]


@KERNELS
def test_layers_without_features_leave_no_trace(kernel: str):
    """A layer whose features all fall away, or that has none, is no bytes at all."""
    assert encode_layer("layer", features_of([]), kernel=kernel) == b""
    flat = [one(POLYGON, [(0, 0), (5, 5), (0, 0)]), one(LINE, [(1, 1), (1, 1)])]
    assert encode_layer("layer", features_of(flat), kernel=kernel) == b""
    assert decode(encode_tile([b"", encode_layer("layer", features_of([one(POINT, [(1, 1)])]))]))[0].name == "layer"


def square() -> TileFeatures:
    """One feature that nothing is wrong with."""
    return features_of([one(POLYGON, SQUARE, name="a")])


@pytest.mark.parametrize(
    "wrong",
    [
        replace(square(), kind=np.array([4], np.uint8)),
        replace(square(), kind=np.array([1, 1], np.uint8)),
        replace(square(), parts=np.array([0, 2])),
        replace(square(), parts=np.array([], np.int64)),
        replace(square(), offsets=np.array([1, 4])),
        replace(square(), exterior=np.array([True, True])),
        replace(square(), ids=np.array([1, 2], np.uint64)),
        replace(square(), coords=np.full((4, 2), 1 << 30, np.int32)),
        replace(square(), columns={"a": Column(np.array([1], np.int32), ("only",))}),
        replace(square(), columns={"a": Column(np.array([0, 0], np.int32), ("only",))}),
        features_of([Drawn(POINT, 1, [(False, [(0, 0)]), (False, [(1, 1)])], {})]),
    ],
    ids=range(11),
)
@KERNELS
def test_arrays_that_do_not_fit_together_are_refused(kernel: str, wrong: TileFeatures):
    """Compiled code looks at no bounds, so every inconsistency is found before it runs."""
    with pytest.raises(InputRefused):
        encode_layer("layer", wrong, kernel=kernel)


def test_arrays_of_a_file_are_taken_as_they_are(tmp_path: Path):
    """Arrays that lie in a read-only file, or have wider types, give the same bytes."""
    features = square()
    np.save(tmp_path / "coords.npy", features.coords)
    mapped = replace(features, coords=np.load(tmp_path / "coords.npy", mmap_mode="r"))
    other = replace(features, coords=features.coords.astype(np.int64), kind=features.kind.astype(np.int64))
    for kernel in ("numpy", "compiled"):
        assert encode_layer("layer", mapped, kernel=kernel) == encode_layer("layer", features)
        assert encode_layer("layer", other, kernel=kernel) == encode_layer("layer", features)


@pytest.mark.parametrize("extent", [0, -1, 1 << 32])
def test_a_tile_has_a_width(extent: int):
    """An extent that is no width of a tile is refused."""
    with pytest.raises(InputRefused, match="wide"):
        encode_layer("layer", square(), extent=extent)
