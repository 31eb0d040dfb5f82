"""The site boundary on a case's pages: shown first, refused with a place, changed, and asked of the applicant."""

from __future__ import annotations

import shapely
from support.office import SITE, Office

from api.cases.constraints import site_of

CHANGE = "validation/boundary/change"
ASK = "validation/requests/boundary_change/ask"
LARGER = "POLYGON((430000 280000,430030 280000,430030 280030,430000 280030,430000 280000))"
CROSSED = "POLYGON((430000 280000,430020 280000,430000 280030,430020 280030,430000 280000))"


def test_a_boundary_is_shown_refused_and_changed(office: Office) -> None:
    """The form starts with what is there; looking changes nothing; a fault has its place; a reason is needed."""
    page = office.see(office.assessor, CHANGE)
    assert "POLYGON ((430000 280000, 430000 280030," in page
    shown = office.send(office.assessor, CHANGE, {"site": LARGER, "look": "1"})
    assert shown.status_code == 200
    for words in ("The site boundary given: 900 m²", "No boundary of a council is loaded.", "Not known"):
        assert words in shown.text
    for extra in ({}, {"look": "1"}):
        refused = office.send(office.assessor, CHANGE, {"site": CROSSED, "reason": "Wrong.", **extra})
        assert refused.status_code == 422
        assert "Where the fault is: number 1 on the map" in refused.text
        assert '"at": [430010.0, 280015.0]' in refused.text
    silent = office.send(office.assessor, CHANGE, {"site": LARGER})
    assert silent.status_code == 422
    assert "Say why the boundary is changed" in silent.text
    assert office.row(site_of).geometry.equals(SITE)
    after = office.do(office.assessor, CHANGE, {"site": LARGER, "reason": "The drive belongs to it."})
    assert "As a location plan" in after
    assert office.row(site_of).geometry.equals(shapely.from_wkt(LARGER))


def test_a_boundary_comes_in_any_way(office: Office) -> None:
    """A circle round a place and grid references do as well; text called a PDF and two ways at once do not."""
    upload = office.send(office.assessor, CHANGE, {"site": "", "reason": "Survey."}, file=LARGER.encode())
    assert upload.status_code in {400, 422}
    assert "There is a problem" in upload.text
    circle = {"site-route": "grid", "site-grid": "SP 30010 80015", "site-radius": "20", "reason": "Roughly."}
    office.do(office.assessor, CHANGE, circle)
    assert office.row(site_of).area_m2 > 1_200
    corners = "SP 30000 80000\nSP 30030 80000\nSP 30030 80030"
    office.do(office.assessor, CHANGE, {"site-route": "text", "site": corners, "reason": "Measured."})
    assert office.row(site_of).area_m2 == 450
    both = office.send(office.assessor, CHANGE, {"site-grid": "SP 30010 80015", "reason": "Both."})
    assert "Give the site boundary in one way only" in both.text


def test_the_applicant_is_asked_about_a_boundary(office: Office) -> None:
    """The request holds the boundary that was drawn, and the case keeps its own."""
    office.do(office.assessor, ASK, {"site": LARGER, "reason": "The drive belongs to it."})
    assert "Agree to another site boundary" in office.see(office.assessor, "validation/requests")
    assert office.row(site_of).geometry.equals(SITE)
