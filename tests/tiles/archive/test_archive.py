from __future__ import annotations

import gzip
import io
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import (
    Compression,
    Entry,
    TileType,
    deserialize_directory,
    serialize_directory,
    tileid_to_zxy,
    zxy_to_tileid,
)
from pmtiles.writer import Writer

from bopsgis.errors import FormatRefused, NotFound
from tiles.archive import Header, open_archive, tile_id, tile_place, write
from tiles.archive.directory import Directory
from tiles.hilbert import hilbert_index, hilbert_place

PLACES = st.integers(0, 26).flatmap(lambda z: st.tuples(st.just(z), st.integers(0, 2**z - 1), st.integers(0, 2**z - 1)))


def town(tiles: int = 20_000) -> dict[tuple[int, int, int], bytes]:
    """A square of tiles at one zoom with contents of which many are equal, and a few tiles above."""
    chance = random.Random(7)  # noqa: S311  # tiles to tell apart, not secrets
    made = {(z, 0, 0): f"top {z}".encode() for z in range(3)}
    for number in range(tiles):
        x, y = 8_000 + number % 200, 5_000 + number // 200
        made[14, x, y] = b"sea" * 50 if chance.random() < 0.6 else f"tile {x} {y}".encode() * 3
    return made


def placed(made: dict[tuple[int, int, int], bytes]) -> list[tuple[int, int, int, bytes]]:
    """Tiles in the order in which they were made, which is not that of an archive."""
    return [(*place, data) for place, data in made.items()]


@given(PLACES)
def test_numbers_of_tiles_are_those_of_the_reference(place: tuple[int, int, int]) -> None:
    """A tile's number is the one that the PMTiles authors' package gives, and leads back to the tile."""
    number = tile_id(*place)
    assert number == zxy_to_tileid(*place)
    assert tile_place(number) == tileid_to_zxy(number) == place


@given(st.integers(1, 31), st.lists(st.integers(0, 2**62 - 1), min_size=1, max_size=20))
def test_the_curve_goes_both_ways(order: int, places: list[int]) -> None:
    """Place and number on the Hilbert curve undo each other at every order, and agree with tile numbers."""
    index = np.array(places, np.uint64) & np.uint64(4**order - 1)
    x, y = hilbert_place(index, order)
    assert (hilbert_index(x, y, order) == index).all()
    if order <= 26:
        offset = (4**order - 1) // 3
        assert [tile_id(order, int(a), int(b)) - offset for a, b in zip(x, y, strict=True)] == index.tolist()


ENTRIES = st.lists(
    st.tuples(st.integers(1, 2**40), st.integers(0, 2**20), st.integers(0, 2**31), st.integers(0, 2**40)), max_size=30
)


@given(ENTRIES)
def test_directories_are_those_of_the_reference(rows: list[tuple[int, int, int, int]]) -> None:
    """A directory is written and read as the PMTiles authors' package does it."""
    ids = np.cumsum([step for step, *_ in rows]).tolist()
    directory = Directory(ids, [row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows])
    theirs = [Entry(tile, row[3], row[2], row[1]) for tile, row in zip(ids, rows, strict=True)]
    data = directory.to_bytes()
    assert data == gzip.decompress(serialize_directory(theirs))
    assert Directory.from_bytes(data) == directory
    assert [entry.offset for entry in deserialize_directory(gzip.compress(data))] == directory.offsets


def test_the_authors_reader_reads_what_is_written(tmp_path: Path) -> None:
    """Every tile, header and metadata come out of the PMTiles package as they went in; equal tiles lie there once."""
    made = town()
    header = write(tmp_path / "town.pmtiles", placed(made), {"name": "Town", "vector_layers": [{"id": "a"}]})
    with (tmp_path / "town.pmtiles").open("rb") as stream:
        source = MmapSource(stream)
        theirs = {place: gzip.decompress(data) for place, data in all_tiles(source)}
        reader = Reader(source)
        assert reader.metadata() == {"name": "Town", "vector_layers": [{"id": "a"}]}
        told = reader.header()
    assert theirs == made
    assert (told["min_zoom"], told["max_zoom"], told["clustered"]) == (0, 14, True)
    assert told["addressed_tiles_count"] == len(made)
    assert told["tile_contents_count"] == header.tile_contents == len(set(made.values()))
    assert told["root_offset"] + told["root_length"] <= 16_384
    assert told["leaf_directory_length"] > 0


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Our reader gives every tile through root and leaves, nothing for others, and lists them in the curve's order."""
    made = town()
    write(tmp_path / "town.pmtiles", placed(made), {})
    archive = open_archive(tmp_path / "town.pmtiles")
    listed = list(archive.places())
    assert listed == sorted(made, key=lambda place: tile_id(*place))
    for place in listed[::7]:
        data = archive.tile(*place)
        assert data is not None
        assert gzip.decompress(data) == made[place]
    assert archive.tile(14, 0, 0) is None
    assert archive.tile(3, 0, 0) is None
    assert archive.tile(15, 0, 0) is None
    with pytest.raises(ValueError, match="no tile 14"):
        archive.tile(14, 2**14, 0)


def test_tiles_lie_in_the_order_of_the_curve(tmp_path: Path) -> None:
    """Whatever order tiles come in, the archive is the same to the byte, and its tiles lie along the curve."""
    made = placed(town(3_000))
    write(tmp_path / "one.pmtiles", made, {})
    write(tmp_path / "other.pmtiles", sorted(made, key=lambda tile: tile_id(*tile[:3])), {})
    assert (tmp_path / "one.pmtiles").read_bytes() == (tmp_path / "other.pmtiles").read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["one.pmtiles", "other.pmtiles"]


def test_the_authors_archives_are_read(tmp_path: Path) -> None:
    """An archive that the PMTiles package wrote reads the same here."""
    made = town(6_000)
    stream = io.BytesIO()
    writer = Writer(stream)
    for place in sorted(made, key=lambda place: tile_id(*place)):
        writer.write_tile(zxy_to_tileid(*place), made[place])
    told = {"tile_type": TileType.MVT, "tile_compression": Compression.NONE, "min_zoom": 0, "max_zoom": 14}
    told |= dict.fromkeys(("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7", "center_zoom"), 0)
    told |= {"center_lon_e7": 0, "center_lat_e7": 0}
    writer.finalize(told, {"name": "theirs"})
    (tmp_path / "theirs.pmtiles").write_bytes(stream.getvalue())
    archive = open_archive(tmp_path / "theirs.pmtiles")
    assert archive.metadata["name"] == "theirs"
    assert {place: archive.tile(*place) for place in archive.places()} == made


def test_an_interrupted_export_leaves_the_old_archive(tmp_path: Path) -> None:
    """Where tiles stop coming, the archive that was there stays, and nothing else is left behind."""
    path = tmp_path / "town.pmtiles"
    write(path, placed(town(10)), {})
    before = path.read_bytes()

    def failing():
        yield 0, 0, 0, b"tile"
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        write(path, failing(), {})
    with pytest.raises(ValueError, match="comes twice"):
        write(path, [(1, 0, 0, b"a"), (1, 0, 0, b"b")], {})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_slices_are_bytes_of_the_file(tmp_path: Path) -> None:
    """Ranges for HTTP are the file's own bytes, shorter at its end; the version changes with the content."""
    write(tmp_path / "a.pmtiles", placed(town(10)), {})
    write(tmp_path / "b.pmtiles", placed(town(11)), {})
    archive, other = open_archive(tmp_path / "a.pmtiles"), open_archive(tmp_path / "b.pmtiles")
    whole = (tmp_path / "a.pmtiles").read_bytes()
    assert archive.size == len(whole)
    assert archive.slice(0, 127) == whole[:127]
    assert archive.slice(len(whole) - 5, len(whole) + 50) == whole[-5:]
    assert archive.slice(len(whole), len(whole) + 50) == b""
    assert archive.version == open_archive(tmp_path / "a.pmtiles").version != other.version


def test_an_empty_archive_is_an_archive(tmp_path: Path) -> None:
    """No tiles at all make an archive that opens and has none; empty tiles are no tiles."""
    write(tmp_path / "none.pmtiles", [(3, 1, 1, b"")], {"name": "none"})
    archive = open_archive(tmp_path / "none.pmtiles")
    assert archive.tile(0, 0, 0) is None
    assert list(archive.places()) == []


@settings(max_examples=40)
@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 255))
def test_rubbish_is_refused(tmp_path_factory: pytest.TempPathFactory, rubbish: bytes, at: int, value: int) -> None:
    """Bytes that are no archive, and an archive with a byte changed or cut short, are refused or read, no more."""
    folder = tmp_path_factory.mktemp("rubbish")
    write(folder / "good.pmtiles", placed(town(5)), {})
    good = bytearray((folder / "good.pmtiles").read_bytes())
    good[at % len(good)] = value
    for data in (rubbish, bytes(good), bytes(good[:at])):
        (folder / "bad.pmtiles").write_bytes(data)
        try:
            archive = open_archive(folder / "bad.pmtiles")
            assert len([archive.tile(0, 0, 0), archive.tile(14, 8_000, 5_000)]) == 2
        except FormatRefused as error:
            assert error.message  # noqa: PT017  # either answer is right


def test_what_is_no_archive_is_named(tmp_path: Path) -> None:
    """A missing file, another version and an endless directory each get their own words."""
    with pytest.raises(NotFound):
        open_archive(tmp_path / "missing.pmtiles")
    write(tmp_path / "good.pmtiles", placed(town(5)), {})
    good = bytearray((tmp_path / "good.pmtiles").read_bytes())
    good[7] = 2
    (tmp_path / "two.pmtiles").write_bytes(good)
    with pytest.raises(FormatRefused, match="version 2"):
        open_archive(tmp_path / "two.pmtiles")
    root = gzip.compress(Directory([0], [0], [60], [0]).to_bytes())
    header = Header(127, len(root), 0, 0, 127, len(root), 127, 0, 0, 0, 0, True, 2, 2, 1, 0, 5, (0, 0, 0, 0), 0, (0, 0))
    loop = Directory([0], [0], [len(root)], [0])
    packed = gzip.compress(loop.to_bytes(), mtime=0)
    assert len(packed) == len(root)
    (tmp_path / "loop.pmtiles").write_bytes(header.to_bytes() + packed)
    with pytest.raises(FormatRefused, match="too deep"):
        open_archive(tmp_path / "loop.pmtiles").tile(0, 0, 0)
