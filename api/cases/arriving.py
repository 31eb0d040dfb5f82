"""What is found out of an application before its case is opened, however it came: constraints, place, what it lacks.

All of it is done before the unit of work, so that the locks on case numbers and the audit are held for as short a
time as can be.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from api.accounts.tables import CouncilRow
from api.cases.acting import Moment
from api.cases.constraints import Check, screen_case
from api.cases.receive import NewCase, receive
from api.cases.tables import CaseRow
from api.core.access import Access
from api.core.db import Database, Work
from api.councils.service import requirements_of, settings_of
from bopsgis.boundary import Boundary
from bopsgis.errors import StoreError
from bopsgis.planning import validation
from bopsgis.planning.application_types import application_type
from bopsgis.planning.validation import Requirement, Sent
from bopsgis.planning.when import Application
from constraints.model import ConstraintReport

__all__ = ["AreasAt", "Eyes", "Found", "Lacking", "enter", "lacking", "look_at", "open_case", "requirements_for"]

_log = logging.getLogger("bopsgis.cases")

AreasAt = Callable[[Boundary, date], Mapping[str, str]]
"""How a site's areas of administration are found: `ward` and `parish`, by name, as far as they are known."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """What looks at a site: the check against the constraints, and the finder of ward and parish."""

    check: Check
    areas: AreasAt


@dataclass(frozen=True, slots=True)
class Found:
    """What the constraint data say of a site. Without a report, nothing is known of it."""

    report: ConstraintReport | None = None
    areas: Mapping[str, str] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lacking:
    """What an application has to come with and does not, in words."""

    missing: tuple[str, ...] = ()
    possibly: tuple[str, ...] = ()
    """What it lacks if a constraint that is not known affects the site."""
    notes: tuple[str, ...] = ()


def look_at(site: Boundary | None, eyes: Eyes, on: date) -> Found:
    """Check the site, and find its ward and parish.

    A constraint store that cannot be asked does not keep an application out: it is noted, and all stays not known.
    """
    if site is None:
        return Found(notes=("There is no site boundary, so no constraints were checked.",))
    try:
        return Found(eyes.check(site, on), eyes.areas(site, on))
    except StoreError as error:
        _log.warning("constraints of an application could not be checked: %s", error.code)
        return Found(notes=("The constraint data could not be asked; the site is to be checked later.",))


def lacking(
    new: NewCase,
    found: Found,
    council_code: str,
    passed: Collection[str],
    tags: Collection[str],
    requirements: Sequence[Requirement],
) -> Lacking:
    """What is missing, by the type, the site and the constraints found there.

    `passed` are the checks that the form passes by itself, `tags` those of all documents that came or are listed.
    """
    inside, notes = _in_council(new.site, council_code, found.report)
    placed = ({"boundary"} if new.site else set()) | ({"boundary_in_council"} if inside else set())
    statuses = {} if found.report is None else {one.dataset: one.status.value for one in found.report.findings}
    area = None if new.site is None else new.site.area_m2
    application = Application(application_type(new.application_type), area, new.eia, statuses, new.received_on)
    lacks = validation.missing(application, Sent(frozenset(passed) | placed, tags), requirements)
    return Lacking(
        missing=tuple(one.sentence for one in lacks if not one.depends_on),
        possibly=tuple(one.sentence for one in lacks if one.depends_on),
        notes=notes,
    )


def _in_council(site: Boundary | None, code: str, report: ConstraintReport | None) -> tuple[bool, tuple[str, ...]]:
    """Whether the site lies in this council's area; what cannot be told is not held against the applicant."""
    if site is None or report is None:
        return site is not None, ()
    if not report.councils:
        return True, ("No council's boundary was found at the site, so that it is not known whether it is this one's.",)
    return code in report.councils, ()


def requirements_for(database: Database, access: Access) -> tuple[Requirement, ...]:
    """What the council asks applications to come with."""
    with database.reading(access) as work:
        return requirements_of(settings_of(work))


def open_case(work: Work, new: NewCase, found: Found, moment: Moment) -> CaseRow:
    """Open the case, with what was found on its site. Ward and parish come from the site where they are known."""
    areas = found.areas or {}
    row = receive(
        work, replace(new, ward=areas.get("ward") or new.ward, parish=areas.get("parish") or new.parish), moment
    )
    report = found.report
    if report is not None:
        screen_case(work, row, lambda _site, _on: report, moment)
    return row


def enter(
    database: Database,
    access: Access,
    council: CouncilRow,
    new: NewCase,
    passed: Collection[str],
    eyes: Eyes,
    moment: Moment,
) -> str:
    """Open a case for an application that an officer enters by hand; its reference.

    `passed` are the checks that the officer says the paper form passes; documents are added afterwards, and each
    takes off the list what it meets.
    """
    found = look_at(new.site, eyes, moment.on)
    settled = {"fee"} if new.fee.account.settled else set()
    lacks = lacking(
        new, found, council.code, {"description", *passed, *settled}, (), requirements_for(database, access)
    )
    with database.unit_of_work(access) as work:
        return open_case(work, replace(new, missing=lacks.missing), found, moment).reference
