from __future__ import annotations

import json
from contextlib import suppress

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tile_features import Drawn, drawn, features_of

from bopsgis.errors import FormatRefused, InputRefused
from tiles.features import LINE, POINT, POLYGON
from tiles.grid import NATIONAL_GRID
from tiles.mvt import decode, encode_layer, encode_tile
from tiles.mvt.wire import field, varint

GEOMETRY = field(4, bytes([9, 50, 34]))
POINT_FEATURE = field(2, b"\x18\1" + GEOMETRY)
TOWN = [
    Drawn(POINT, 1, [(False, [(1024, 2048)])], {"name": "pump", "depth": np.float32(1.5)}),
    Drawn(LINE, 2, [(False, [(0, 0), (4096, 4096)])], {}),
    Drawn(POLYGON, 3, [(True, [(0, 0), (0, 80), (80, 80), (80, 0)]), (False, [(20, 20), (20, 40), (40, 40)])], {}),
]


def layer_of(*fields: bytes, version: bytes = b"\x78\2", name: bytes = b"\x0a\1a") -> bytes:
    """A tile of one layer, with these fields besides version and name."""
    return field(3, version + name + b"".join(fields))


def with_geometry(kind: int, *numbers: int) -> bytes:
    """A tile of one feature of this kind with these commands and steps."""
    return layer_of(field(2, b"\x18" + bytes([kind]) + field(4, b"".join(map(varint, numbers)))))


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=60))
def test_lenient_reading_never_fails(data: bytes):
    """Any bytes give some layers or none; strict reading refuses in words or agrees with itself."""
    assert isinstance(decode(data, strict=False), tuple)
    assert isinstance(decode(field(3, data), strict=False), tuple)
    assert isinstance(decode(field(3, field(2, data)), strict=False), tuple)
    with suppress(FormatRefused):
        assert decode(data) is not None


@settings(deadline=None, max_examples=150)
@given(st.lists(drawn(), min_size=1, max_size=5), st.data())
def test_a_damaged_tile_is_read_or_refused(features: list[Drawn], data: st.DataObject):
    """A tile with a byte changed, or cut short, is refused with a sentence or read; leniently it is always read."""
    whole = bytearray(encode_layer("layer", features_of(features)) or b"\x1a\0")
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = data.draw(st.integers(0, 255))
    damaged = bytes(whole[: data.draw(st.integers(at, len(whole)))])
    assert isinstance(decode(damaged, strict=False), tuple)
    with suppress(FormatRefused):
        assert decode(damaged) is not None


@pytest.mark.parametrize(
    "tile",
    [
        b"\x18\1",
        layer_of(POINT_FEATURE) + layer_of(POINT_FEATURE),
        layer_of(POINT_FEATURE, version=b"\x78\3"),
        layer_of(POINT_FEATURE, version=b""),
        layer_of(POINT_FEATURE, name=b""),
        layer_of(POINT_FEATURE, name=b"\x0a\1\xff"),
        layer_of(POINT_FEATURE, b"\x28\0"),
        layer_of(field(2, b"\x18\1\x18\1" + GEOMETRY)),
        layer_of(field(2, b"\x18\1" + GEOMETRY + field(2, bytes([0, 0, 0, 0]))), field(3, b"k"), field(4, b"\x28\1")),
        layer_of(field(2, b"\x18\1" + GEOMETRY + field(2, bytes([0]))), field(3, b"k"), field(4, b"\x28\1")),
        layer_of(field(4, b"\x28\1\x38\1")),
        layer_of(field(4, b"")),
        with_geometry(POINT, 1),
        with_geometry(POINT, 9, 0, 0, 9, 2, 2),
        with_geometry(POINT, 9, 1 << 32, 0),
        with_geometry(POINT, 13, 0, 0),
        with_geometry(LINE, 9, 0, 0),
        with_geometry(LINE, 17, 0, 0, 2, 2, 10, 4, 4),
        with_geometry(LINE, 9, 0, 0, 10, 0, 0),
        with_geometry(POLYGON, 9, 0, 0, 10, 4, 4, 15),
        with_geometry(POLYGON, 9, 0, 0, 18, 4, 0, 0, 4),
        with_geometry(POLYGON, 9, 0, 0, 18, 0, 4, 4, 0, 15),
    ],
    ids=range(22),
)
def test_rules_of_the_specification_are_kept(tile: bytes):
    """Each of these breaks one rule: strict reading refuses it, lenient reading does not fail."""
    with pytest.raises(FormatRefused):
        decode(tile)
    assert isinstance(decode(tile, strict=False), tuple)


def test_counts_are_not_believed():
    """A length or a count of thousands of millions costs nothing: it is compared with the bytes that are there."""
    huge = varint((1 << 29) - 1 << 3 | 1)
    tile = layer_of(field(2, b"\x18\1" + field(4, huge + b"\x02\x02")))
    with pytest.raises(FormatRefused, match="1 points are left"):
        decode(tile)
    assert decode(tile, strict=False)[0].features[0].parts[0].tolist() == [[1, 1]]
    with pytest.raises(FormatRefused, match="claims"):
        decode(b"\x1a" + varint(1 << 62))
    assert decode(b"\x1a" + varint(1 << 62), strict=False) == ()


def test_version_1_may_wind_its_rings_the_other_way():
    """Leniently, the first ring is the outer one whichever way it goes, and rings that go the same way are too."""
    tile = with_geometry(POLYGON, 9, 0, 0, 18, 0, 40, 40, 0, 15, 9, 20, 19, 18, 0, 4, 4, 0, 15)
    feature = decode(tile, strict=False)[0].features[0]
    assert feature.exterior == (True, True)


def test_a_layer_becomes_shapes_on_the_map():
    """Decoded geometry is shapely's, in tile units or in the coordinates of the tile, and GeoJSON that json writes."""
    layer = decode(encode_tile([encode_layer("town", features_of(TOWN))]))[0]
    point, line, polygon = layer.geometries()
    assert (point.wkt, line.geom_type) == ("POINT (1024 2048)", "LineString")
    assert polygon.area == 80 * 80 - 200
    bounds = NATIONAL_GRID.bounds(0, 1, 3)
    placed = layer.geometries(bounds)
    west, south, east, north = bounds
    assert shapely.get_coordinates(placed[0]).tolist() == [[west + (east - west) / 4, (north + south) / 2]]
    assert shapely.get_coordinates(placed[1]).tolist() == [[west, north], [east, south]]
    collection = json.loads(json.dumps(layer.geojson(bounds)))
    assert collection["features"][0]["properties"] == {"name": "pump", "depth": 1.5}
    assert [feature["id"] for feature in collection["features"]] == [1, 2, 3]


def test_what_the_encoder_cannot_write_is_refused():
    """A decoded line may leave 32 bits step by step: it can be looked at, and not be written again."""
    layer = decode(with_geometry(LINE, 9, (1 << 32) - 2, 0, 10, 2, 2))[0]
    assert layer.features[0].parts[0].tolist() == [[(1 << 31) - 1, 0], [1 << 31, 1]]
    with pytest.raises(InputRefused):
        layer.tile_features()
