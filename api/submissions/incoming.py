"""What a submission says, whatever form it came in: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from api.cases.receive import NewCase, NewFee, Person
from bopsgis.boundary import Boundary

__all__ = ["ExpectedDocument", "Incoming", "Kind"]


class Kind(StrEnum):
    """The form that a submission comes in."""

    APPLICATION = "application"
    PROTOTYPE = "prototypeApplication"
    PRE_APPLICATION = "preApplication"
    ENFORCEMENT = "enforcement"
    PLANNING_PORTAL = "planning-portal"


@dataclass(frozen=True, slots=True)
class ExpectedDocument:
    """A document that the sender lists, by its file name or address, with its tags."""

    name: str
    tags: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A submission that was read. `application_type` is empty for a report of a breach."""

    kind: Kind
    schema_version: str
    sender_reference: str
    raw: bytes
    application_type: str
    proposal: str
    address: str
    postcode: str | None = None
    uprns: tuple[str, ...] = ()
    ward: str | None = None
    site: Boundary | None = None
    people: Mapping[str, Person] = field(default_factory=dict)
    """By role: `applicant` and `agent`, or `complainant`."""
    passed: frozenset[str] = frozenset()
    """The checks of `bopsgis.planning.validation` that it passes by itself."""
    documents: tuple[ExpectedDocument, ...] = ()
    designations: Mapping[str, bool] = field(default_factory=dict)
    """Open Digital Planning designation values -> whether the sender says that they affect the site."""
    notes: tuple[str, ...] = ()
    fee: NewFee = field(default_factory=NewFee)

    def new_case(self, received_on: date) -> NewCase:
        """The application as a case that could be opened. What it lacks is not known yet."""
        return NewCase(
            application_type=self.application_type,
            received_on=received_on,
            proposal=self.proposal,
            address=self.address,
            postcode=self.postcode,
            uprns=self.uprns,
            ward=self.ward,
            site=self.site,
            people=self.people,
            alternative_reference=self.sender_reference,
            fee=self.fee,
        )
