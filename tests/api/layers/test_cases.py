"""Cases in tiles: an edit shows in the next tile, and nothing shows that may not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mapbox_vector_tile
import pytest
import shapely
from fastapi import FastAPI
from fastapi.testclient import TestClient
from geoalchemy2.shape import from_shape
from support.casework import NOON, OFFICER, signed_in
from support.registers import CANARIES, SITES, add_case
from support.tile_places import MILL_LANE, address_at, tile_at

from api.cases import store
from api.core import audit
from api.core.db import Database
from api.core.settings import Settings
from api.layers import cases as module
from api.layers.cases import CaseLayer
from api.layers.filters import filtered
from api.layers.layer import CASES, OFFICERS, Layer
from api.main import create_app
from bopsgis.planning.case import Role
from tiles.grid import NATIONAL_GRID, WEB_MERCATOR, TileMatrixSet

Z = 11


def shown(layer: Layer, place: tuple[float, float] = MILL_LANE) -> dict[str, dict[str, Any]]:
    """Attributes of the cases in the tile at a place, by reference, as a foreign decoder reads them."""
    data = layer.draw(NATIONAL_GRID, tile_at(NATIONAL_GRID, Z, place)).data
    read = mapbox_vector_tile.decode(data) if data else {}
    return {
        each["properties"]["reference"]: each["properties"] for each in read.get(CASES, {"features": []})["features"]
    }


def edit(database: Database, reference: str, **values: Any) -> None:
    """Change a case as every act does: with an entry in the audit, in one transaction."""
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        for name, value in values.items():
            setattr(row, name, value)
        audit.record(work, "test", NOON.at, case_id=row.id, detail={})


def test_every_change_shows_in_the_next_tile(database: Database) -> None:
    """Cases that come, move, change and leave the register: each is in the next layer asked for, with a new key."""
    layer = CaseLayer(database, 1, public=True)
    first = add_case(database, "1 Mill Lane", SITES["1 Mill Lane"])
    hidden = add_case(database, "2 Mill Lane", SITES["2 Mill Lane"], valid=False)
    far = (445_100.0, 245_150.0)
    before = layer.current()
    assert set(shown(before)) == {first}
    assert layer.current() is before
    add_case(database, "Far Farm", SITES["Far Farm"])
    after = layer.current()
    assert len(shown(after, far)) == 1
    here, there = tile_at(NATIONAL_GRID, Z), tile_at(NATIONAL_GRID, Z, far)
    assert after.key(NATIONAL_GRID, there) != before.key(NATIONAL_GRID, there)
    assert after.key(NATIONAL_GRID, here) == before.key(NATIONAL_GRID, here)
    assert shown(before, far) == {}
    edit(database, first, ward="Renamed")
    assert shown(layer.current())[first]["ward"] == "Renamed"
    edit(database, first, site=from_shape(shapely.MultiPolygon([SITES["Far Farm"].buffer(5)]), 27700, extended=True))
    assert first not in shown(layer.current())
    assert first in shown(layer.current(), far)
    edit(database, first, published_at=None)
    assert first not in shown(layer.current(), far)
    assert hidden not in shown(layer.current())
    assert set(shown(CaseLayer(database, 1, public=False).current())) == {hidden}
    assert set(shown(CaseLayer(database, 2, public=False).current())) == set()
    layer.close()


def test_no_case_is_out_of_sight_from_afar(database: Database) -> None:
    """At every low zoom of both sets each site is a point, or counted in one, from the first tile and after an edit."""
    layer = CaseLayer(database, 1, public=True)
    add_case(database, "1 Mill Lane", SITES["1 Mill Lane"])

    def counted(grid: TileMatrixSet, z: int) -> list[int]:
        read = mapbox_vector_tile.decode(layer.current().draw(grid, tile_at(grid, z, MILL_LANE)).data)
        features = read[CASES]["features"]
        assert {each["geometry"]["type"] for each in features} == {"Point"}
        return [each["properties"].get("point_count", 1) for each in features]

    afar = [(WEB_MERCATOR, z) for z in (5, 8, 11, 12)] + [(NATIONAL_GRID, z) for z in (0, 2, 4, 5)]
    assert [sum(counted(*each)) for each in afar] == [1] * 8
    add_case(database, "3 Mill Lane", SITES["1 Mill Lane"])
    assert [counted(*each) for each in afar] == [[2], [2], [2], [1, 1]] * 2
    layer.close()


def test_a_layer_made_anew_goes_on_from_there(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """After many edits the layer is made anew in the background; what it shows stays the same, and edits go on."""
    monkeypatch.setattr(module, "_FEW", 0)
    layer = CaseLayer(database, 1, public=True)
    assert shown(layer.current()) == {}
    first = add_case(database, "1 Mill Lane", SITES["1 Mill Lane"])
    edited = shown(layer.current())
    assert set(edited) == {first}
    rebuilding = layer._rebuilding
    assert rebuilding is not None
    rebuilding.result()
    edit(database, first, ward="Later")
    again = layer.current()
    assert shown(again)[first] == edited[first] | {"ward": "Later"}
    assert len(again.snapshots[0]) == 1
    layer.close()


def test_a_filter_over_edited_cases(database: Database) -> None:
    """A filter looks at cases as they are now: what was edited to fit is there, what no longer fits is not."""
    layer = CaseLayer(database, 1, public=True)
    first = add_case(database, "1 Mill Lane", SITES["1 Mill Lane"])
    second = add_case(database, "2 Mill Lane", SITES["2 Mill Lane"])
    layer.current()
    edit(database, first, ward="Other")
    third = add_case(database, "3 Mill Lane", SITES["1 Mill Lane"])
    assert set(shown(filtered(layer.current(), "ward = 'Mill'", "cql2-text"))) == {second, third}
    assert set(shown(filtered(layer.current(), "ward = 'Other'", "cql2-text"))) == {first}
    assert set(shown(filtered(layer.current(), "received_on < '2020-01-01'", "cql2-text"))) == set()
    layer.close()


@pytest.fixture
def served(database: Database, tmp_path: Any) -> Iterator[FastAPI]:
    """The whole application over cases, published and not."""
    for address, site in SITES.items():
        add_case(database, address, site, valid=address != "2 Mill Lane")
    app = create_app(Settings(home=tmp_path, database=database.url, council="a"))
    yield app
    app.state.tiles.close()
    app.state.database.dispose()


def test_private_layers_stay_private(served: FastAPI) -> None:
    """M09: what is not on the register, and whom it concerns, is in no public tile; officers' tiles are for officers.

    That holds also after an officer has put the tile into the cache.
    """
    public = TestClient(served, base_url="http://localhost")
    officer = signed_in(served, Role.ASSESSOR)
    path = address_at(OFFICERS, Z, MILL_LANE)
    assert public.get(path).status_code == 401
    answer = officer.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "Cookie" in answer.headers["vary"]
    assert "access-control-allow-origin" not in answer.headers
    assert b"2 Mill Lane" in answer.content
    for given in ({}, {"If-None-Match": answer.headers["etag"]}):
        assert public.get(path, headers=given).status_code == 401
    assert officer.get(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
    assert public.get("/tiles/officers/tilejson.json").status_code == 404
    assert public.get("/ogc/collections/officers/tiles").status_code == 404
    assert public.get(f"/ogc/collections/officers/tiles/NationalGrid/{Z}/0/0").status_code == 404
    tile = public.get(address_at(CASES, Z, MILL_LANE))
    assert tile.headers["cache-control"] == "public, no-cache"
    assert b"1 Mill Lane" in tile.content
    assert b"2 Mill Lane" not in tile.content
    for canary in (*CANARIES, "Quixote"):
        assert canary.encode() not in tile.content + answer.content
