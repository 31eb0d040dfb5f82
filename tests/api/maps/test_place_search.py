"""What somebody means by a place: a street by its name, or parts of names."""

from __future__ import annotations

import geopandas
import pytest
import shapely

from api.maps.place_search import find_place
from api.maps.places import Places
from bopsgis.errors import InputRefused

ROWS = [
    ("100001", "1 Mill Lane, Anytown", "Mill Lane", "AB1 2CD", "P1", 440_000, 240_000),
    ("100002", "2 Mill Lane, Anytown", "Mill Lane", "AB1 2CD", "P1", 440_010, 240_000),
    ("100003", "9 Mill Lane, Anytown", "Mill Lane", "AB1 2CD", "P1", 440_100, 240_000),
    ("100004", "1 Mill Lane South, Anytown", "Mill Lane South", "AB1 2CE", "P1", 441_000, 241_000),
    ("100005", "1 Saint Mary's Row, Anytown", "Saint Mary's Row", "AB1 2CF", "P1", 442_000, 242_000),
]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Three streets."""
    path = tmp_path_factory.mktemp("places") / "places.gpkg"
    columns = ("uprn", "address", "street", "postcode", "parcel")
    frame = geopandas.GeoDataFrame(
        {name: [row[n] for row in ROWS] for n, name in enumerate(columns)},
        geometry=[shapely.Point(row[5], row[6]) for row in ROWS],
        crs=27700,
    )
    frame.to_file(path, layer="addresses")
    plots = geopandas.GeoDataFrame({"parcel": ["P1"]}, geometry=[shapely.box(0, 0, 10, 10)], crs=27700)
    plots.to_file(path, layer="parcels")
    return Places(path)


@pytest.mark.parametrize("text", ["Mill Lane", "mill  LANE"])
def test_a_street_is_one_place(places: Places, text: str) -> None:
    """The whole name of a street is the street, at an address in its middle, however many addresses it has."""
    (found,) = find_place(text, places)
    assert (found.words, found.asked) == ("Mill Lane (the street)", "Mill Lane")
    assert (found.at.easting, found.at.northing) == (440_010, 240_000)


def test_an_apostrophe_does_not_matter(places: Places) -> None:
    """A name is found as people type it, without its apostrophe, and finds itself again."""
    (found,) = find_place("saint marys row", places)
    assert find_place(found.asked, places) == (found,)


def test_a_part_of_a_name_offers_streets_before_addresses(places: Places) -> None:
    """What fits several is a choice: the streets first, then the addresses; a house number means no street."""
    found = find_place("mill", places)
    assert [one.words for one in found[:2]] == ["Mill Lane (the street)", "Mill Lane South (the street)"]
    assert len(found) == 6
    assert [one.words for one in find_place("9 mill lane", places)] == ["9 Mill Lane, Anytown"]
    with pytest.raises(InputRefused, match="no such place"):
        find_place("Weaver Street", places)
