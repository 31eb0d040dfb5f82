"""An application that came on paper: the form in which an officer enters it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from api.cases.receive import NewCase, Person
from api.cases.routes import PLANNING_BEGAN
from api.core.incoming import SubmittedForm
from api.core.page_forms import Answers, attempt
from api.maps.case_search import type_choices
from api.maps.places import Places, parse_uprn
from bopsgis import boundary
from bopsgis.boundary import Boundary
from bopsgis.errors import NotFound
from bopsgis.types import Uprn

__all__ = ["FIELDS", "PEOPLE", "read_new_case"]

PEOPLE = {"applicant": "Applicant", "agent": "Agent"}
_PARTS = ("name", "company", "email", "phone", "address")
FIELDS = (
    *("type", "proposal", "received-day", "received-month", "received-year", "address", "postcode", "uprn"),
    *("alternative", "parcel", "site", "file", "eia"),
    *(f"{role}-{part}" for role in PEOPLE for part in _PARTS),
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def read_new_case(form: SubmittedForm, answers: Answers, places: Places, today: date) -> NewCase:
    """What was entered. What cannot be used is among the errors of `answers`; the case is of no use then."""
    form.only(*FIELDS)
    codes = [code for code, _ in type_choices()]
    new = NewCase(
        application_type=answers.choice("type", codes, ask="Select a type of application"),
        received_on=answers.day("received", "The day of receipt", earliest=PLANNING_BEGAN, latest=today) or today,
        proposal=answers.text("proposal", ask="Enter what is proposed", longest=5_000),
        address=answers.text("address", ask="Enter the address of the site", longest=500),
        postcode=answers.text("postcode", longest=10) or None,
        alternative_reference=answers.text("alternative", longest=100) or None,
        eia="eia" in form.fields,
    )
    people = {role: _person(answers, role, words) for role, words in PEOPLE.items()}
    uprn = _uprn(answers)
    return replace(
        new,
        uprns=(uprn,) if uprn else (),
        people={role: person for role, person in people.items() if person is not None},
        site=_site(form, answers, places, uprn),
    )


def _person(answers: Answers, role: str, words: str) -> Person | None:
    given = {part: answers.text(f"{role}-{part}", longest=500 if part == "address" else 200) for part in _PARTS}
    if not any(given.values()):
        return None
    if not given["name"]:
        answers.fault(f"{role}-name", f"Enter the name of the {words.lower()}")
    if given["email"] and not _EMAIL.fullmatch(given["email"]):
        answers.fault(f"{role}-email", "Enter an email address such as name@example.org")
    return Person(**given)


def _uprn(answers: Answers) -> Uprn | None:
    given = answers.text("uprn")
    return attempt(lambda: parse_uprn(given), answers, "uprn") if given else None


def _site(form: SubmittedForm, answers: Answers, places: Places, uprn: Uprn | None) -> Boundary | None:
    """The site boundary: drawn elsewhere and put in, or the land parcel of the address; none is drawn later."""
    file, text = form.files.get("file"), answers.text("site", longest=200_000)
    parcel = "parcel" in form.fields
    if sum((file is not None, bool(text), parcel)) > 1:
        answers.fault("site", "Give the site boundary in one way only")
        return None
    if file is not None:
        return attempt(lambda: boundary.read(file[1], name=file[0]), answers, "file")
    if text:
        return attempt(lambda: boundary.read(text), answers, "site")
    if parcel and uprn is None:
        answers.fault("uprn", "Enter the UPRN whose land parcel is the site")
        return None
    if parcel and uprn is not None and not places.available:
        answers.fault("uprn", "There are no land parcels here. Put the site boundary in as text or a file")
        return None
    return _parcel(answers, places, uprn) if parcel and uprn is not None else None


def _parcel(answers: Answers, places: Places, uprn: Uprn) -> Boundary | None:
    try:
        return places.site_of(uprn)
    except NotFound as error:
        answers.fault("uprn", error.message)
        return None
