"""Consultees: proposed, asked, answering; nothing public before it is redacted. On both stores."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from support.consulting import OFFICER, VALID_ON, a_case, at, finding

from api.accounts.secrets import hash_of
from api.cases import constraints, store
from api.consultations import consultees
from api.consultations import store as consultations
from api.consultations.contacts import ContactDetails, keep_contact
from api.consultations.tables import ConsultationRow
from api.core.access import Access
from api.core.audit import trail
from api.core.db import Database
from api.core.outbox import MessageRow
from api.worker.wording import letter_of
from bopsgis.errors import InputRefused, NotAllowed, NotFound
from bopsgis.planning.case import Role

DAY = date(2025, 12, 5)
LISTED = finding("listed-building", "present", "LB1", consultee="Historic England")
TREES = finding("tree-preservation-zone", "near", "T1")


def contact(database: Database, organisation: str, *datasets: str) -> int:
    """Put a contact into the address book; its id."""
    email = f"{organisation.split(maxsplit=1)[0].lower()}@example.org"
    with database.unit_of_work(OFFICER) as work:
        return keep_contact(work, ContactDetails(organisation, email, datasets=datasets), at(DAY)).id


def asked(database: Database, reference: str) -> tuple[int, str]:
    """Put a consultee on the case and ask it; its id and the secret of its link."""
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        consultee = consultees.add_consultee(
            work, row, at(DAY), contact_id=None, organisation="Historic England", email="He@example.org"
        )
        consultees.consult(work, row, consultee.id, at(DAY))
        message = work.session.scalars(select(MessageRow).order_by(MessageRow.id.desc())).first()
        assert message is not None
        return consultee.id, message.payload["secret"]


def test_consultees_are_proposed_from_constraints_and_the_address_book(database: Database) -> None:
    """A rule's body comes with its contact, a linked contact by itself; a dismissed constraint drops both."""
    reference = a_case(database, [LISTED, TREES])
    historic, trees = contact(database, "Historic England"), contact(database, "Tree officer", "tree-preservation-zone")
    contact(database, "Somebody else", "flood-risk-zone")
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        found = {one.consultee.who: one for one in consultees.proposals(work, row)}
        assert [c.id for c in found["Historic England"].contacts] == [historic]
        assert "listed-building: Consult." in found["Historic England"].consultee.reasons
        assert [c.id for c in found["Tree officer"].contacts] == [trees]
        assert "Somebody else" not in found
        constraints.override(work, row, "tree-preservation-zone", "T1", "dismissed", "Felled", at(DAY))
        constraints.override(work, row, "listed-building", "", "dismissed", "Next door", at(DAY))
        found = {one.consultee.who: one for one in consultees.proposals(work, row) if not one.consultee.depends_on}
        assert not {"Historic England", "Tree officer"} & set(found)


def test_the_address_book_is_kept_by_officers_without_doubles(database: Database) -> None:
    """A second like it, an unknown dataset and the public are refused; a change is in the audit's reach."""
    first = contact(database, "Tree officer", "tree-preservation-zone")
    with pytest.raises(InputRefused):
        contact(database, "Tree officer")
    with pytest.raises(NotFound):
        contact(database, "Second officer", "tree-preservation-zoen")
    with database.unit_of_work(OFFICER) as work:
        changed = keep_contact(work, ContactDetails("Tree officer", "new@example.org", active=False), at(DAY), first)
        assert (changed.id, changed.email, changed.active) == (first, "new@example.org", False)
    with database.unit_of_work(Access.public(1)) as work, pytest.raises(NotAllowed):
        keep_contact(work, ContactDetails("X", "x@example.org"), at(DAY))


def test_consulting_sends_a_link_whose_secret_is_not_kept(database: Database) -> None:
    """The mail has the link; the row has only its hash; the period counts towards the decision."""
    reference = a_case(database)
    consultee_id, secret = asked(database, reference)
    with database.reading(OFFICER) as work:
        row = store.get(work, reference)
        (kept,) = consultations.consultations(work, consultations.consultee(work, row, consultee_id))
        assert kept.token_hash == hash_of(secret)
        assert kept.ends_on == date(2025, 12, 27)
        assert row.earliest_decision == date(2025, 12, 28)
        assert row.status == "in_consultation"
        assert all(secret not in event.detail_json for event in trail(work, row.id))
        (message,) = work.session.scalars(select(MessageRow))
        mail = letter_of(message, {"address": "https://cases.example", "council": "A"})
        assert f"https://cases.example/consultations/{reference}/{secret}" in mail.text
        assert "27 December 2025" in mail.text
        assert mail.to == ("he@example.org",)


def test_a_link_ends_and_is_ended_by_the_next(database: Database) -> None:
    """It opens its own case until 14 days after the last day; asking again needs a reason and ends it."""
    reference, other = a_case(database), a_case(database)
    consultee_id, secret = asked(database, reference)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        last = datetime(2026, 1, 10, 23, 59, tzinfo=UTC)
        assert consultations.consultation_by_hash(work, row, hash_of(secret), last)
        with pytest.raises(NotFound):
            consultations.consultation_by_hash(work, row, hash_of(secret), last + timedelta(minutes=1))
        with pytest.raises(NotFound):
            consultations.consultation_by_hash(work, store.get(work, other), hash_of(secret), at(DAY).at)
        with pytest.raises(InputRefused, match="again"):
            consultees.consult(work, row, consultee_id, at(date(2026, 1, 5)))
        again = consultees.consult(work, row, consultee_id, at(date(2026, 1, 5)), reason="New plans", response_days=10)
        assert again.ends_on == date(2026, 1, 14)
        assert row.earliest_decision == date(2026, 1, 15)
        with pytest.raises(NotFound):
            consultations.consultation_by_hash(work, row, hash_of(secret), at(date(2026, 1, 5)).at)
        assert len(work.session.scalars(select(ConsultationRow)).all()) == 2


def test_responses_are_kept_and_only_the_redacted_copy_is_public(database: Database) -> None:
    """Two answers are kept; the register shows organisation and redacted text, once published."""
    reference = a_case(database)
    consultee_id, _ = asked(database, reference)
    body = Access(1, "consultee Historic England", roles=frozenset({Role.CONSULTEE}))
    with database.unit_of_work(body) as work:
        row = store.lock(work, reference)
        consultees.record_response(work, row, consultee_id, "objection", "CANARY Jane 0113 496 0000", DAY, at(DAY))
        with pytest.raises(InputRefused):
            consultees.record_response(work, row, consultee_id, "objection", "  ", DAY, at(DAY))
        with pytest.raises(InputRefused):
            consultees.record_response(work, row, consultee_id, "no_objection", "", DAY + timedelta(days=1), at(DAY))
        kept = consultees.record_response(work, row, consultee_id, "no_objection", "", DAY, at(DAY))
        with pytest.raises(NotAllowed):
            consultees.publish_response(work, row, kept.id, "text", at(DAY))
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        first, second = consultations.responses(work, row)
        assert (first.verdict, second.verdict) == ("objection", "no_objection")
        assert consultees.public_responses(work, row) == []
        consultees.publish_response(work, row, first.id, "They object.", at(DAY))
        shown = [{"organisation": "Historic England", "published_response": "They object."}]
        assert consultees.public_responses(work, row) == shown
        consultees.publish_response(work, row, first.id, None, at(DAY))
        assert consultees.public_responses(work, row) == []
        assert [event.act for event in trail(work, row.id)].count("record_response") == 2


def test_a_consultee_is_on_the_list_once(database: Database) -> None:
    """The same organisation and address twice is refused, and so is one without an address."""
    reference = a_case(database)
    asked(database, reference)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        for email in ("HE@example.org ", " "):
            with pytest.raises(InputRefused):
                consultees.add_consultee(
                    work, row, at(VALID_ON), contact_id=None, organisation="Historic England", email=email
                )
