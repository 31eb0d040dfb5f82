"""A case from the day it is sent in to its decision, through pages alone, by three roles: with and without scripts."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page
from support.case_on_pages import (
    answer_comment,
    comment,
    decide,
    make_valid,
    recommend,
    review,
    send_letters,
    take_conditions,
    turn_to,
    weigh,
    write_section,
)
from support.documents import a_pdf
from support.visitor import Visitor

from api.core import clock
from api.maps.places import Places
from api.sample.load import officers
from bopsgis.planning.calendar import england
from bopsgis.planning.case import Role
from bopsgis.types import Uprn

pytestmark = pytest.mark.browser

ADDRESS, UPRN = "31 Temple Terrace, Thistleford", "990040028827"
OFFICERS = (Role.ASSESSOR, Role.REVIEWER, Role.ADMINISTRATOR)
PAPERS = {"Location plan": "locationPlan", "Proposed plans": "elevations.proposed"}
PDF = "application/pdf"
SECTIONS = 5
"""Four sections that the case officer writes, and the recommendation."""


@pytest.fixture(scope="module")
def office(root: Path, sample_home: Path) -> Iterator[Any]:
    """The service over the sample town with an empty database, three officers, and a clock that can be moved."""
    sys.path.insert(0, str(root / "docs" / "examples"))
    own_server = importlib.import_module("own_server").own_server  # a script's neighbour, not a package
    with own_server(sample_home, "") as running:
        yield running
    sys.path.pop(0)


class Roles:
    """Three officers and somebody from the public, each in a browser of their own."""

    def __init__(self, opened: Callable[..., Page], *, scripts: bool) -> None:
        self.opened, self.scripts = opened, scripts
        self.public = Visitor(opened("/applications", scripts=scripts), scripts=scripts)
        self.assessor, self.reviewer, self.administrator = (self._sign_in(role) for role in OFFICERS)

    def _sign_in(self, role: Role) -> Visitor:
        one = next(officer for officer in officers() if officer.role is role)
        visitor = Visitor(self.opened("/sign-in", scripts=self.scripts), scripts=self.scripts)
        visitor.fill("Email address", one.email)
        visitor.fill("Password", one.password)
        visitor.press("Sign in")
        return visitor

    def come_back(self, path: str) -> None:
        """On another day: sessions do not last so long, so officers sign in anew, and open the case."""
        self.assessor, self.reviewer, self.administrator = (self._sign_in(role) for role in OFFICERS)
        for officer in (self.assessor, self.reviewer, self.administrator):
            officer.open(path)


def enter(officer: Visitor, site: str) -> str:
    """An application that came on paper is typed in; the path of its case."""
    officer.follow("Cases")
    officer.follow("Enter an application")
    page = officer.page
    page.locator("#type").select_option("pp.full.householder")
    for name, text in (("proposal", "A rear extension"), ("address", ADDRESS), ("uprn", UPRN)):
        page.locator(f"#{name}").fill(text)
    officer.day("received", clock.today())
    page.locator("#applicant-name").fill("Ada Applicant")
    page.get_by_label("Paste or type the boundary").check()
    page.locator("#site").fill(site)
    officer.press("Enter the application")
    officer.see(ADDRESS, "Received")
    return urlsplit(page.url).path


def file_papers(officer: Visitor) -> None:
    """Two drawings are added, each with what it is, and the decision notice is to name them."""
    for number, (title, tag) in enumerate(PAPERS.items(), 1):
        turn_to(officer, "Documents")
        officer.press("Add a document")
        officer.page.locator("#file").set_input_files({"name": "plan.pdf", "mimeType": PDF, "buffer": a_pdf(number)})
        officer.page.locator("#title").fill(title)
        officer.page.locator("#numbers").fill(f"A-{number}")
        officer.page.locator("#tag-1").select_option(tag)
        officer.press("Add the document")
        officer.follow(re.compile(f"^Change ?: {title}$"))
        officer.choose("Name it in the decision notice")
        officer.press("Save")
        officer.see(title, "In the decision notice")


def settle(officer: Visitor) -> None:
    """What is still required is settled with a reason, one thing after the other."""
    turn_to(officer, "Validation")
    left = re.compile("^It has come, or is not needed")
    while officer.page.get_by_role("link", name=left).count():
        officer.follow(left, officer.page.get_by_role("listitem").filter(has_text="is not needed").first)
        officer.page.locator("#reason").fill("It came with the paper form.")
        officer.press("Settle it")


def publicise(officer: Visitor, on: date) -> None:
    """Neighbours are chosen and written to, and a notice is put up on the site."""
    turn_to(officer, "Neighbours")
    officer.press("Choose neighbours")
    officer.choose("Within a distance")
    officer.page.locator("#distance").fill("20")
    officer.press("Choose")
    officer.see("Neighbours have been put on the list.")
    send_letters(officer)
    turn_to(officer, "Publicity")
    officer.press("Ask for a notice")
    officer.choose("Site notice")
    officer.press("Ask for it")
    officer.follow(re.compile("^Say when it was given"))
    officer.day("given_on", on)
    officer.press("Save")
    officer.see("The notice has been confirmed.", "All that is required has been given.")


def ask_a_consultee(officer: Visitor, on: date) -> None:
    """Somebody whom nothing calls for is put on the list, asked, and answers."""
    turn_to(officer, "Consultees")
    officer.follow("Put somebody else on the list")
    officer.page.locator("#organisation").fill("Tree officer")
    officer.page.locator("#email").fill("trees@council.example")
    officer.press("Put it on the list")
    officer.follow(re.compile("^Ask"))
    officer.press("Ask")
    officer.follow(re.compile("^Write down an answer"))
    officer.choose("No objection")
    officer.day("received_on", on)
    officer.press("Keep the answer")
    officer.see("The answer has been kept.")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_case_goes_from_submission_to_decision(
    watched: Callable[[str], AbstractContextManager[Callable[..., Page]]],
    office: Any,
    sample_home: Path,
    *,
    scripts: bool,
) -> None:
    """Assessor, reviewer, administrator and a neighbour take a case all the way by links, buttons and fields alone."""
    office.move_to(england().add_working_days(clock.today(), 1))  # what is sent in on a free day comes on the next
    site = Places(sample_home / "sample-town" / "places.gpkg").site_of(Uprn(UPRN)).geometry.wkt
    with watched(office.address) as opened:
        roles = Roles(opened, scripts=scripts)
        case = enter(roles.assessor, site)
        give(roles.administrator, case)
        file_papers(roles.assessor)
        settle(roles.assessor)
        make_valid(roles.assessor)
        publicise(roles.assessor, clock.today())
        ask_a_consultee(roles.assessor, clock.today())
        roles.public.open(case.replace("/cases/", "/applications/"))
        comment(roles.public, "It takes my light. Call 01632 960123.")
        office.move_to(clock.today() + timedelta(days=35))
        roles.come_back(case)
        answer_comment(roles.assessor, "It takes my light.")
        assess(roles.assessor)
        assert roles.assessor.page.get_by_role("button", name="Decide", exact=True).count() == 0
        roles.reviewer.open(case)
        assert review(roles.reviewer) == SECTIONS
        decide(roles.reviewer)
        roles.public.open(case.replace("/cases/", "/applications/"))
        roles.public.see("Granted", "It takes my light.")
        roles.public.follow("Decision notice (web page)")
        roles.public.see("Time limit", ADDRESS)


def give(administrator: Visitor, case: str) -> None:
    """The administrator gives the case to the assessor."""
    administrator.open(case)
    administrator.follow(re.compile("^Change"))
    administrator.choose("Sample Assessor")
    administrator.press("Give the case")
    administrator.see("The case has been given to the officer.")


def assess(officer: Visitor) -> None:
    """All that a householder's case asks for, and the recommendation."""
    write_section(officer, "Summary of works", "A single-storey extension of brick at the rear.")
    write_section(officer, "Site and surroundings", "A house in a street of such houses.")
    weigh(officer)
    take_conditions(officer)
    recommend(officer)
    turn_to(officer, "Review and decision")
