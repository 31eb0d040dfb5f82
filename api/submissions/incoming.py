"""What a submission says, whatever form it came in: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from api.cases.receive import Person
from bopsgis.boundary import Boundary
from bopsgis.planning.calendar import Calendar
from bopsgis.planning.deadlines import received_date

__all__ = ["ExpectedDocument", "Incoming", "Kind", "received_on"]

_LONDON = ZoneInfo("Europe/London")
OPENS, CLOSES = time(9), time(17)
"""Business hours in which something sent counts as received on the same day."""


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


def received_on(at: datetime, calendar: Calendar) -> date:
    """The day on which something that came at `at` counts as received, by the clock in England.

    Before business hours it is that day, if it is a working day; after them the next working day.
    """
    local = at.astimezone(UTC).astimezone(_LONDON)
    if local.time() < OPENS:
        return received_date(local.date() - timedelta(days=1), within_hours=False, calendar=calendar)
    return received_date(local.date(), within_hours=local.time() < CLOSES, calendar=calendar)
