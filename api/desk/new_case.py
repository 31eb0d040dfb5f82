"""An application that came on paper: the form in which an officer enters it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from api.cases.receive import NewCase, NewFee, Person
from api.cases.routes import PLANNING_BEGAN
from api.core.incoming import SubmittedForm
from api.core.page_forms import Answers, attempt
from api.maps.case_search import type_choices
from api.maps.places import parse_uprn
from api.maps.site_view import NAMES
from bopsgis.boundary import Boundary
from bopsgis.planning.fees import pence_of
from bopsgis.types import Uprn

__all__ = ["FIELDS", "PEOPLE", "read_new_case"]

PEOPLE = {"applicant": "Applicant", "agent": "Agent"}
_PARTS = ("name", "company", "phone", "address")
"""Of a person, beside the address of mail."""
FIELDS = (
    *("type", "proposal", "received-day", "received-month", "received-year", "address", "postcode", "uprn"),
    *(*NAMES.all, "alternative", "eia", "declared", "certificate"),
    *("fee-due", "fee-paid", "fee-reference", "fee-exemption"),
    *(f"{role}-{part}" for role in PEOPLE for part in (*_PARTS, "email")),
)


def read_new_case(
    form: SubmittedForm, answers: Answers, site: Boundary | None, today: date
) -> tuple[NewCase, frozenset[str]]:
    """What was entered, with the site that was given, and the checks that the paper form passes by the officer's word.

    What cannot be used is among the errors of `answers`; the case is of no use then.
    """
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
    whole = replace(
        new,
        uprns=(uprn,) if uprn else (),
        people={role: person for role, person in people.items() if person is not None},
        site=site,
        fee=_fee(answers),
    )
    ticks = {"form": "declared", "certificate": "certificate"}
    return whole, frozenset(check for check, field in ticks.items() if field in form.fields)


def _fee(answers: Answers) -> NewFee:
    """The fee as far as it is known; money has a reference of its own or none."""
    return NewFee(
        due=_pence(answers, "fee-due"),
        exemption=answers.text("fee-exemption", longest=500),
        paid=_pence(answers, "fee-paid") or 0,
        reference=answers.text("fee-reference"),
    )


def _pence(answers: Answers, field: str) -> int | None:
    ask = "Enter an amount in pounds, such as 258.00"
    pounds = answers.number(field, ask=ask, least=0, most=10_000_000, required=False)
    return None if pounds is None else attempt(lambda: pence_of(pounds), answers, field)


def _person(answers: Answers, role: str, words: str) -> Person | None:
    given = {part: answers.text(f"{role}-{part}", longest=500 if part == "address" else 200) for part in _PARTS}
    given["email"] = answers.email(f"{role}-email")
    if not any(given.values()):
        return None
    if not given["name"]:
        answers.fault(f"{role}-name", f"Enter the name of the {words.lower()}")
    return Person(**given)


def _uprn(answers: Answers) -> Uprn | None:
    given = answers.text("uprn")
    return attempt(lambda: parse_uprn(given), answers, "uprn") if given else None
