from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from api.core import clock
from api.maps.basemap import BaseMap, parse_box
from api.maps.examples import read_examples, site_text
from api.maps.forms import read_date
from api.maps.places import Places, parse_uprn
from api.maps.service import SiteChecks
from api.maps.views import map_data, report_view
from bopsgis import boundary
from bopsgis.errors import InputRefused, NotFound, StoreMissing
from bopsgis.types import BBox

BUSY = "POLYGON ((441740 244600, 441940 244600, 441940 244800, 441740 244800, 441740 244600))"


@pytest.fixture(scope="module")
def places(sample_town: Path) -> Places:
    """The addresses of the sample town."""
    return Places(sample_town / "places.gpkg")


def test_shapes_are_not_outlined_where_they_were_cut(sample_store: Path) -> None:
    """An area that goes on beyond the drawing has no line where it was cut, and its own boundary elsewhere."""
    report = SiteChecks(sample_store).check(boundary.read(BUSY), clock.today())
    drawn = json.loads(map_data(report, report_view(report)))["hits"]["features"]
    box = report.site.bbox.grown(100)
    edge = shapely.box(box.west, box.south, box.east, box.north).boundary
    cut = [each for each in drawn if shapely.intersection(_shape(each["geometry"]).boundary, edge).length > 1]
    assert cut
    for each in cut:
        outline = _shape(each["properties"]["outline"])
        assert shapely.intersection(outline, edge).length == 0
        own = _shape(each["geometry"]).boundary
        assert outline.length == pytest.approx(own.length - shapely.intersection(own, edge).length, abs=0.1)


def _shape(geometry: object) -> shapely.Geometry:
    return shapely.from_geojson(json.dumps(geometry))


def test_every_address_has_the_parcel_it_stands_on(places: Places) -> None:
    """The site of a UPRN is the parcel that holds the address's point."""
    for address in places.search("high street", 100)[::7]:
        site = places.site_of(address.uprn)
        assert shapely.intersects_xy(site.geometry.buffer(0.5), address.at.easting, address.at.northing)


def test_numbers_are_whole_words_and_names_may_be_begun(places: Places) -> None:
    """`1 northf` finds number 1 Northfield Road and not number 11; a postcode is found with and without its space."""
    found = places.search("1 northf", 100)
    assert found
    assert all(address.text.startswith("1 Northf") or ", 1 Northf" in address.text for address in found)
    postcode = found[0].postcode
    assert places.search(postcode, 100) == places.search(postcode.replace(" ", "").lower(), 100) != ()


def test_unknown_uprns_and_missing_files_are_said(places: Places, tmp_path: Path) -> None:
    """A UPRN that is not there, and addresses that are not there, are two different answers."""
    with pytest.raises(NotFound, match="no address with the UPRN 5"):
        places.site_of("5")
    with pytest.raises(NotFound, match="no addresses here"):
        Places(tmp_path / "none.gpkg").site_of("5")


@given(st.text(max_size=20))
def test_only_digits_are_a_uprn(text: str) -> None:
    """Whatever the text, it is a number of up to 12 ASCII digits or it is refused."""
    try:
        uprn = parse_uprn(text)
    except InputRefused:
        return
    assert uprn.isascii()
    assert 0 < int(uprn) < 10**12


@given(st.dates() | st.text(max_size=12))
def test_only_real_past_dates_are_read(value: object) -> None:
    """Whatever the text, it is a date from 1947 to today or it is refused."""
    text = str(value)
    try:
        read = read_date(text, clock.today())
    except InputRefused:
        return
    assert read.isoformat() == text or (text == "" and read == clock.today())


def test_the_text_of_a_site_is_the_site(sample_town: Path) -> None:
    """A site written into a link and read again has the same hash."""
    for example in read_examples(sample_town / "sites.geojson"):
        site = boundary.read(example.site_text, crs=27700)
        assert boundary.read(site_text(site), crs=27700).sha256 == site.sha256


def test_a_box_gives_what_meets_it(sample_town: Path) -> None:
    """The features of a box are those that meet it, and boxes side by side leave nothing out."""
    base = BaseMap(sample_town / "base")
    assert base.extent is not None
    whole = json.loads(base.geojson("buildings", BBox(441000, 244000, 442000, 245000), 10**6))["features"]
    halves = [
        json.loads(base.geojson("buildings", box, 10**6))["features"]
        for box in (BBox(441000, 244000, 441500, 245000), BBox(441500, 244000, 442000, 245000))
    ]
    assert {each["id"] for each in whole} == {each["id"] for half in halves for each in half}
    assert len(whole) > 500


def test_a_box_reads_as_it_is_written() -> None:
    """Four numbers make a box of metres on the national grid."""
    assert parse_box("441000,244000,442000,245000", 20_000) == BBox(441000, 244000, 442000, 245000)


def test_the_store_is_followed_as_it_is_rebuilt(sample_store: Path, tmp_path: Path) -> None:
    """Checks of a folder without a store say so, and work as soon as there is one."""
    folder = tmp_path / "store"
    checks = SiteChecks(folder)
    with pytest.raises(StoreMissing):
        checks.store()
    folder.symlink_to(sample_store)
    assert checks.store() is checks.store()
