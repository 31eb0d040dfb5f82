"""The register's feeds, read back with other programs' readers."""

from __future__ import annotations

import io
from datetime import date
from xml.etree import ElementTree as ET

import geopandas
import pytest
from icalendar import Calendar
from support.casework import NOON, OFFICER
from support.registers import CANARIES, SITES, Register

from api.cases import store
from api.consultations.periods import end_of, keep_period

ATOM = "{http://www.w3.org/2005/Atom}"


def test_atom_has_each_case_with_its_place(register: Register) -> None:
    """The list's filters count; entries link to the service's own address and say where the site is."""
    answer = register.browser.get("/applications.atom?q=mill", headers={"host": "localhost"})
    feed = ET.fromstring(answer.content)  # noqa: S314  # our own bytes
    assert answer.headers["content-type"].startswith("application/atom+xml")
    entries = feed.findall(f"{ATOM}entry")
    assert {entry.findtext(f"{ATOM}id") for entry in entries} == {
        f"https://planning.example/applications/{register.references[address]}"
        for address in ("1 Mill Lane", "2 Mill Lane")
    }
    places = [entry.findtext("{http://www.georss.org/georss}point") for entry in entries]
    for place in places:
        assert place is not None
        latitude, longitude = (float(part) for part in place.split())
        assert 51 < latitude < 53
        assert -3 < longitude < 0


def test_geojson_has_the_sites(register: Register) -> None:
    """GDAL reads every published site, in its place, with no field beyond the register's."""
    answer = register.browser.get("/applications.geojson")
    frame = geopandas.read_file(io.BytesIO(answer.content)).set_index("address").to_crs(27700)
    assert set(frame.index) == set(SITES)
    for address, site in SITES.items():
        # GDAL turns back with its own transformation, a few metres beside OSTN15 where it has no grid.
        assert frame.geometry[address].centroid.distance(site.centroid) < 10
        assert frame.geometry[address].area == pytest.approx(site.area, rel=0.01)
    assert not any(canary in answer.text for canary in CANARIES)


def test_the_calendar_has_the_last_days_for_comments(register: Register) -> None:
    """Only periods that run are in it, each as a whole day."""
    with register.database.unit_of_work(OFFICER) as work:
        row = store.lock(work, register.references["1 Mill Lane"])
        began = date(2026, 6, 1)
        keep_period(work, row, "site_notice", 1, began, end_of("site_notice", began, eia=False))
        old = store.lock(work, register.references["2 Mill Lane"])
        keep_period(work, old, "site_notice", 2, date(2026, 1, 5), end_of("site_notice", date(2026, 1, 5), eia=False))
    answer = register.browser.get("/applications.ics")
    events = Calendar.from_ical(answer.text).walk("VEVENT")
    assert [(str(event["summary"]), event["dtstart"].dt) for event in events] == [
        ("Last day for comments: 1 Mill Lane", date(2026, 6, 21))
    ]
    assert NOON.on < events[0]["dtstart"].dt


def test_a_wrong_filter_is_a_clear_400(register: Register) -> None:
    """A program gets a problem and not a page of something else."""
    for ending in ("atom", "geojson", "ics"):
        answer = register.browser.get(f"/applications.{ending}?received-from=31/2/2026", headers={"accept": "*/*"})
        assert answer.status_code == 400
