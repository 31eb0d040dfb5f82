"""The council's address book of consultees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.cases.acting import Moment
from api.consultations import store
from api.consultations.tables import ContactRow
from api.core import audit
from api.core.db import Work
from bopsgis.errors import InputRefused, NotAllowed
from bopsgis.planning.case import Role
from constraints.catalogue import dataset

__all__ = ["EDITORS", "ContactDetails", "keep_contact"]

EDITORS = frozenset({Role.ASSESSOR, Role.REVIEWER, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """An entry of the address book; `datasets` are the constraints that it is consulted for."""

    organisation: str
    email: str
    name: str = ""
    internal: bool = False
    datasets: Sequence[str] = ()
    active: bool = True


def keep_contact(work: Work, details: ContactDetails, moment: Moment, contact_id: int | None = None) -> ContactRow:
    """Add an entry, or change the one with this id.

    Raises NotFound for an unknown dataset or entry, InputRefused where there is one like it already.
    """
    if not work.access.roles & EDITORS:
        raise NotAllowed("The address book is for officers of the council.", code="wrong_role")
    slugs = sorted({dataset(slug).slug for slug in details.datasets})
    organisation, email = details.organisation.strip(), details.email.strip().lower()
    alike = [one for one in store.contacts(work) if (one.organisation, one.email) == (organisation, email)]
    if any(one.id != contact_id for one in alike):
        raise InputRefused("This contact is in the address book already.", code="contact_listed")
    if contact_id is None:
        kept = ContactRow(council_id=work.access.council_id)
        work.session.add(kept)
    else:
        kept = store.contact(work, contact_id)
    kept.organisation, kept.email, kept.name = organisation, email, details.name.strip()
    kept.internal, kept.datasets, kept.active = details.internal, slugs, details.active
    work.session.flush()
    told = {"contact": kept.id, "organisation": organisation, "datasets": slugs, "active": details.active}
    audit.record(work, "keep_contact", moment.at, case_id=None, detail=told)
    return kept
