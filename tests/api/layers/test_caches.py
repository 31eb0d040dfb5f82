"""What keeps tiles, and that no tile is ever of two versions of the data."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from support.redis_server import program, redis_server
from support.tile_places import tile_at

from api.layers.cache import File, Memory, Redis
from api.layers.designations import Editions
from api.layers.flight import Flights
from api.layers.layer import CONSTRAINTS, Layer
from api.layers.packed import Packed
from bopsgis.errors import StoreMissing
from constraints.store import Store, build, open_store, remove_source
from tiles.grid import NATIONAL_GRID
from tiles.mvt import decode
from tiles.snapshot import Answer


def packed(number: int, size: int = 1_000) -> Packed:
    """A tile of so many bytes that cannot be made smaller by much."""
    return Packed(bytes([number]) * 16, bytes(size), number, truncated=bool(number % 2))


def test_a_tile_is_read_as_it_was_written() -> None:
    """Packing loses nothing; bytes of another writing are not taken for a tile."""
    tile = Packed.of(Answer(b"tile" * 100, ("1",), 1, 2, truncated=True))
    assert Packed.read(tile.written()) == tile
    assert tile.plain() == b"tile" * 100
    assert Packed.of(Answer(b"", (), 0, 0, truncated=False)).plain() == b""
    assert Packed.read(b"\x09" + tile.written()[1:]) is None
    assert Packed.read(b"\x01short") is None


def test_memory_stays_within_its_bytes() -> None:
    """The tile not asked for longest goes first; a tile larger than everything is not kept."""
    memory = Memory(3 * 1_400)
    for number in range(3):
        memory.put(str(number), packed(number))
    assert memory.get("0") is not None
    memory.put("3", packed(3))
    assert [memory.get(str(number)) is not None for number in range(4)] == [True, False, True, True]
    memory.put("0", packed(4, 10))
    memory.put("large", packed(5, 100_000))
    assert memory.get("large") is None
    assert memory.bytes == 0


def test_the_file_keeps_tiles_and_loses_the_older_half(tmp_path: Path) -> None:
    """What was kept is there when the file is opened again; beyond its size it shrinks; a damaged file is no harm."""
    path = tmp_path / "tiles" / "cache.db"
    kept = File(path, 10_000)
    kept.put("a", packed(1))
    kept.close()
    again = File(path, 10_000)
    assert again.get("a") == packed(1)
    for number in range(12):
        again.put(str(number), packed(number))
    assert again.get("a") is None
    assert again.get("11") == packed(11)
    again.close()
    path.write_bytes(b"this is no database" * 1000)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    damaged = File(path, 10_000)
    damaged.put("a", packed(1))
    assert damaged.get("a") is None
    damaged.close()


def test_redis_keeps_tiles_and_may_go_away() -> None:
    """Two processes share what Redis keeps; when it is gone nothing is kept and nothing fails."""
    started = program()
    if started is None:
        pytest.skip("no Redis is installed (Debian: redis-server)")
    with redis_server(started) as (url, process):
        one, other = Redis(url, 60), Redis(url, 60)
        one.put("a", packed(7))
        assert other.get("a") == packed(7)
        assert other.get("b") is None
        process.kill()
        process.wait()
        assert other.get("a") is None
        other.put("c", packed(1))
        assert other.get("c") is None
        one.close()
        other.close()


def test_one_flight_for_all() -> None:
    """While a thing is being made whoever asks gets that one; afterwards, and after a failure, it is made again."""
    go, made = Event(), []
    with ThreadPoolExecutor(2) as pool:
        flights: Flights[int] = Flights(pool)

        def work() -> int:
            go.wait(10)
            made.append(1)
            return len(made)

        first = [flights.begin("a", work) for _ in range(50)]
        assert len(set(map(id, first))) == 1
        go.set()
        assert first[0].result() == 1
        assert flights.begin("b", lambda: 1 // 0).exception() is not None
        assert flights.begin("b", work).result() == 2


@pytest.fixture
def own_store(sample_store: Path, tmp_path: Path) -> Path:
    """A copy of the sample town's store that may be changed."""
    return Path(shutil.copytree(sample_store, tmp_path / "store"))


def test_a_dataset_that_is_replaced_gives_the_old_tiles_or_the_new(own_store: Path, tmp_path: Path) -> None:
    """M08: until the new layers are all there, all tiles are the old ones; then all are new, with one change of tag."""
    held = {"store": open_store(own_store)}

    def current() -> Store:
        return held["store"]

    editions = Editions(current, tmp_path / "layers")
    old = editions.newest()
    tile = tile_at(NATIONAL_GRID, 8)

    def drawn(layer: Layer) -> tuple[set[str], bytes]:
        data = layer.draw(NATIONAL_GRID, tile).data
        return {each.name for each in decode(data)}, Packed.of(layer.draw(NATIONAL_GRID, tile)).digest

    names, tag = drawn(old.layers[CONSTRAINTS])
    assert "conservation-area" in names
    for entry in held["store"].sources:
        if entry.info.dataset == "conservation-area":
            remove_source(own_store, "conservation-area", entry.info.name)
    build(own_store)
    held["store"] = open_store(own_store)
    seen = [editions.begin() for _ in range(3)]
    assert all(each is old for each in seen)
    making = editions._building[held["store"].version]
    new = making.result()
    assert editions.newest() is new
    assert editions.opened() == (new, old)
    assert "conservation-area" not in new.layers
    assert drawn(new.layers[CONSTRAINTS])[0] == names - {"conservation-area"}
    assert drawn(new.layers[CONSTRAINTS])[1] != tag
    assert drawn(old.layers[CONSTRAINTS]) == (names, tag)
    assert new.layers[CONSTRAINTS].key(NATIONAL_GRID, tile) != old.layers[CONSTRAINTS].key(NATIONAL_GRID, tile)
    editions.close()
    again = Editions(current, tmp_path / "layers")
    assert drawn(again.newest().layers[CONSTRAINTS]) == drawn(new.layers[CONSTRAINTS])
    again.close()


def test_without_a_store_there_are_no_layers_and_no_harm(tmp_path: Path) -> None:
    """Layers that cannot be made are asked for again: nothing is left half made."""
    editions = Editions(lambda: open_store(tmp_path / "store"), tmp_path / "layers")
    for _ in range(2):
        with pytest.raises(StoreMissing):
            editions.newest()
    editions.start()
    editions.close()
