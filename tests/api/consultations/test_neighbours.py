"""Neighbours by distance and by shared boundary: against plain shapely on the sample town, and on a drawn street."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy import select
from support.consulting import OFFICER, VALID_ON, a_case, at

from api.cases import store
from api.consultations import neighbours
from api.consultations.addresses import CouncilAddresses, PlacesFile, has_addresses, load_addresses
from api.consultations.tables import AddressPointRow
from api.core.access import Access
from api.core.audit import trail
from api.core.db import Database
from bopsgis.boundary import from_geometry
from bopsgis.errors import FormatRefused, InputRefused, NotFound
from bopsgis.planning.case import Role

SITE = shapely.box(430000, 280000, 430010, 280030)


def places(path: Path) -> Path:
    """A street: four plots beside each other, the third with two flats, and two plots across a 10 m road.

    The site is plot B. The drawn boundary of C is 0.3 m off; E and F lie across the road.
    """
    plots = {
        "A": shapely.box(429990, 280000, 430000, 280030),
        "B": SITE,
        "C": shapely.box(430010.3, 280000, 430020, 280030),
        "D": shapely.box(430020, 280000, 430030, 280030),
        "E": shapely.box(430000, 279960, 430010, 279990),
        "F": shapely.box(430010, 279960, 430020, 279990),
    }
    addresses = [
        ("1", "1 Example Street", "A"),
        ("2", "2 Example Street", "B"),
        ("31", "Flat 1, 3 Example Street", "C"),
        ("32", "Flat 2, 3 Example Street", "C"),
        ("4", "4 Example Street", "D"),
        ("5", "5 Example Street", "E"),
        ("6", "5, EXAMPLE STREET", "F"),
    ]
    columns = {
        "uprn": [a[0] for a in addresses],
        "address": [a[1] for a in addresses],
        "parcel": [a[2] for a in addresses],
    }
    points = [plots[parcel].centroid for _, _, parcel in addresses]
    geopandas.GeoDataFrame(columns, geometry=points, crs=27700).to_file(path, layer="addresses")
    frame = geopandas.GeoDataFrame({"parcel": list(plots)}, geometry=list(plots.values()), crs=27700)
    frame.to_file(path, layer="parcels")
    return path


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> PlacesFile:
    """The street as a file."""
    return PlacesFile(places(tmp_path_factory.mktemp("street") / "places.gpkg"))


def uprns(choice: neighbours.Choice) -> list[str]:
    """The UPRNs of the neighbours."""
    return [candidate.address.uprn for candidate in choice.neighbours]


def test_a_shared_boundary_holds_through_drawing_faults_and_not_across_the_road(street: PlacesFile) -> None:
    """Both sides are neighbours, one 0.3 m off too; the next but one and the other side of the road are not."""
    assert sorted(uprns(neighbours.by_shared_boundary(street, SITE, ()))) == ["1", "31", "32"]
    assert uprns(neighbours.by_shared_boundary(street, SITE, (), 0.0)) == ["1"]
    with pytest.raises(InputRefused):
        neighbours.by_shared_boundary(street, SITE, (), 12.0)


def test_a_distance_is_measured_from_the_site_boundary(street: PlacesFile) -> None:
    """Nearest first, with the distance; the point just inside counts and just outside does not."""
    choice = neighbours.by_distance(street, SITE, (), 15.0)
    assert [(c.address.uprn, c.distance_m) for c in choice.neighbours] == [
        ("1", 5.0),
        ("31", 5.15),
        ("32", 5.15),
        ("4", 15.0),
    ]
    assert uprns(neighbours.by_distance(street, SITE, (), 14.99)) == ["1", "31", "32"]
    assert [one.uprn for one in choice.own] == ["2"]
    for wrong in (0.0, -1.0, 501.0, float("nan")):
        with pytest.raises(InputRefused):
            neighbours.by_distance(street, SITE, (), wrong)


def test_other_flats_in_the_building_are_neighbours_of_one_flat(street: PlacesFile) -> None:
    """A garden of flat 1 has flat 2 as a neighbour; without a UPRN all of the land's addresses are its own."""
    garden = shapely.box(430011, 280001, 430015, 280010)
    assert "32" in uprns(neighbours.by_shared_boundary(street, garden, {"31"}))
    choice = neighbours.by_distance(street, garden, (), 20.0)
    assert {one.uprn for one in choice.own} == {"31", "32"}


def test_choosing_keeps_what_was_found_and_what_an_officer_took_off(database: Database, street: PlacesFile) -> None:
    """UPRN, point, distance and rule are kept; the same address twice is one; a removed one stays removed."""
    reference = a_case(database, site=from_geometry(SITE), uprns=("2",))
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        first = neighbours.choose(work, row, street, at(VALID_ON))
        assert sorted(str(one.uprn) for one in first.added) == ["1", "31", "32"]
        one = next(added for added in first.added if added.uprn == "1")
        assert (one.how, one.distance_m) == ("shared_boundary", 5.0)
        assert one.point is not None
        assert to_shape(one.point).equals(shapely.Point(429995, 280015))
        neighbours.remove(work, row, one.id, "Empty land", at(VALID_ON))
        second = neighbours.choose(work, row, street, at(VALID_ON), distance_m=100.0)
        assert sorted(str(added.uprn) for added in second.added) == ["4", "5"]
        assert second.known == 4
        assert [own.uprn for own in second.own] == ["2"]
        assert "1" not in {listed.uprn for listed in neighbours.neighbours_of(work, row)}
        back = neighbours.add_by_hand(work, row, "1  example street", "Somebody lives there", at(VALID_ON))
        assert back.id == one.id
        with pytest.raises(InputRefused):
            neighbours.add_by_hand(work, row, "1 Example Street", "", at(VALID_ON))
        with pytest.raises(InputRefused):
            neighbours.remove(work, row, one.id, " ", at(VALID_ON))
        acts = [event.act for event in trail(work, row.id)]
        assert acts.count("choose_neighbours") == 2
        assert {"add_neighbour", "remove_neighbour"} <= set(acts)


def test_single_addresses_are_picked(database: Database, street: PlacesFile) -> None:
    """Offered is what is near and not listed; what was taken off comes back; what is far, own or listed is refused."""
    reference = a_case(database, site=from_geometry(SITE), uprns=["2"])
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        neighbours.choose(work, row, street, at(VALID_ON))
        listed = {one.uprn for one in neighbours.neighbours_of(work, row)}
        offered = [one.address.uprn for one in neighbours.unlisted(work, row, street)]
        assert listed == {"1", "31", "32"}
        assert set(offered) == {"4", "5", "6"} - listed
        first = neighbours.neighbours_of(work, row)[0]
        neighbours.remove(work, row, first.id, "A shed.", at(VALID_ON))
        picked = neighbours.pick(work, row, street, [str(first.uprn), "4"], at(VALID_ON))
        assert {one.uprn for one in picked} == {first.uprn, "4"}
        assert all(one.point is not None and one.removed_because is None for one in picked)
        assert len(neighbours.neighbours_of(work, row)) == len(listed) + 1
        for wrong in ((), ("2",), ("4",), ("999",)):
            with pytest.raises(InputRefused):
                neighbours.pick(work, row, street, wrong, at(VALID_ON))


def test_a_council_s_own_table_answers_as_the_file_does(database: Database, street: PlacesFile) -> None:
    """Loaded into the database, twice, the same addresses come back; another council sees none of them."""
    with database.unit_of_work(OFFICER) as work:
        assert not has_addresses(work)
        for _ in range(2):
            assert load_addresses(work, street.path) == (7, 6)
        own = CouncilAddresses(work)
        assert len(work.session.scalars(select(AddressPointRow.id)).all()) == 7
        for distance in (5.0, 15.0, 100.0):
            assert neighbours.by_distance(own, SITE, {"2"}, distance) == neighbours.by_distance(
                street, SITE, {"2"}, distance
            )
        assert neighbours.by_shared_boundary(own, SITE, ()) == neighbours.by_shared_boundary(street, SITE, ())
    with database.reading(Access(council_id=2, actor="B", roles=frozenset({Role.ASSESSOR}))) as work:
        assert not has_addresses(work)
        assert CouncilAddresses(work).parcels_near(SITE, 100.0) == {}


def test_a_file_of_another_shape_is_refused(database: Database, tmp_path: Path, street: PlacesFile) -> None:
    """A missing layer, a missing column and another coordinate system are named; a missing file is not there."""
    degrees, bare = tmp_path / "degrees.gpkg", tmp_path / "bare.gpkg"
    rows: Any = geopandas.read_file(street.path, layer="addresses")
    rows.to_crs(4326).to_file(degrees, layer="addresses")
    rows[["uprn", "geometry"]].to_file(bare, layer="addresses")
    with database.unit_of_work(OFFICER) as work:
        for path, says in ((degrees, "EPSG:27700"), (bare, "address, parcel")):
            with pytest.raises(FormatRefused, match=says):
                load_addresses(work, path)
    with pytest.raises(NotFound):
        PlacesFile(tmp_path / "none.gpkg").addresses_near(SITE, 10.0)


def test_neighbours_in_the_sample_town_are_those_of_plain_shapely(sample_town: Path) -> None:
    """For 25 plots all over the town both rules give what comparing every address and parcel gives."""
    path = sample_town / "places.gpkg"
    addresses, parcels = (geopandas.read_file(path, layer=layer) for layer in ("addresses", "parcels"))
    roads = geopandas.read_file(sample_town / "base" / "road_areas.geojson").set_crs(27700, allow_override=True)
    source = PlacesFile(path)
    lived_on = parcels[parcels["parcel"].isin(addresses["parcel"])]
    compared = 0
    for row in lived_on.iloc[:: len(lived_on) // 25].itertuples():
        own = set(addresses.loc[addresses["parcel"] == row.parcel, "uprn"])
        others = addresses[~addresses["uprn"].isin(own)]
        near = set(others.loc[others.distance(row.geometry) <= 40.0, "uprn"])
        assert set(uprns(neighbours.by_distance(source, row.geometry, own, 40.0))) == near
        touching = parcels[parcels.distance(row.geometry) <= neighbours.TOUCH_M]
        beside = set(others.loc[others["parcel"].isin(touching["parcel"]), "uprn"])
        chosen = neighbours.by_shared_boundary(source, row.geometry, own)
        assert set(uprns(chosen)) == beside
        gaps = touching.geometry.map(lambda shape, site=row.geometry: shapely.shortest_line(shape, site))
        assert not any(roads.intersection(line).length.max() > neighbours.TOUCH_M for line in gaps)
        compared += len(near) + len(beside)
    assert compared > 100
