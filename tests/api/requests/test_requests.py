"""Requests to applicants, on both stores."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy import select
from support.casework import nothing_found

from api.cases import service as cases
from api.cases import store as case_store
from api.cases.acting import Moment
from api.cases.receive import NewCase, Person, receive
from api.core.access import Access
from api.core.db import Database
from api.core.outbox import MessageRow
from api.requests import service, store
from api.requests.service import Answer
from bopsgis.boundary import from_geometry
from bopsgis.errors import ActRefused, InputRefused, NotFound
from bopsgis.planning.case import Role
from bopsgis.planning.requests import request_kinds

OFFICER = Access(council_id=1, actor="A. Officer", roles=frozenset({Role.ASSESSOR}))
APPLICANT = Access(council_id=1, actor="applicant", roles=frozenset({Role.APPLICANT}))
JOB = Access.system(1, "deemed acceptance")
SQUARE = shapely.box(430000, 280000, 430020, 280030)
MOVED = {"type": "Polygon", "coordinates": [[[430000, 280000], [430025, 280000], [430025, 280030], [430000, 280000]]]}
REFERENCE = "26-00001-HAPP"


def on(day: date) -> Moment:
    """Noon of a day."""
    return Moment(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), day)


TODAY = on(date(2026, 6, 1))


def a_case(database: Database, *, valid: bool) -> None:
    """A case, valid or just received."""
    with database.unit_of_work(OFFICER) as work:
        people = {"applicant": Person("A. Applicant", email="a@example.org")}
        site = from_geometry(SQUARE)
        new = NewCase(
            "pp.full.householder", date(2026, 5, 28), "An extension", "1 Example Street", site=site, people=people
        )
        row = receive(work, new, TODAY)
        if valid:
            cases.validate(work, row, date(2026, 5, 29), TODAY)


def ask(database: Database, kind: str, moment: Moment = TODAY, **details: Any) -> None:
    """Ask for something on the case."""
    with database.unit_of_work(OFFICER) as work:
        service.ask_for(work, case_store.lock(work, REFERENCE), kind, "It is needed.", details, moment)


def secrets_sent(database: Database) -> list[str]:
    """The secrets of the links that went into the outbox, oldest first."""
    with database.reading(OFFICER) as work:
        messages = work.session.scalars(select(MessageRow).order_by(MessageRow.id)).all()
        return [message.payload["secret"] for message in messages if "secret" in message.payload]


def answer(database: Database, token: str, moment: Moment = TODAY, **said: Any) -> None:
    """Answer through a link."""
    with database.unit_of_work(APPLICANT) as work:
        service.answer_by_link(work, token, Answer(**said), nothing_found, moment)


def test_requests_wait_for_the_application_to_be_marked_invalid(database: Database) -> None:
    """Nothing goes out before; then everything does, and the case cannot be valid until it is answered."""
    a_case(database, valid=False)
    ask(database, "additional_document", document="a location plan")
    ask(database, "fee_change", suggestion="Pay the householder fee.")
    assert secrets_sent(database) == []
    with database.unit_of_work(OFFICER) as work:
        row = service.invalidate(work, case_store.lock(work, REFERENCE), TODAY)
        assert (row.status, row.open_requests) == ("invalid", 2)
        with pytest.raises(ActRefused, match="2 requests"):
            cases.resubmit(work, row, TODAY)
    first, second = secrets_sent(database)
    answer(database, first, documents=("17",))
    answer(database, second, text="Paid today.")
    with database.unit_of_work(OFFICER) as work:
        row = cases.resubmit(work, case_store.lock(work, REFERENCE), TODAY)
        assert cases.validate(work, row, date(2026, 6, 1), TODAY).status == "valid"


def test_an_agreed_description_and_boundary_become_the_case_s(database: Database) -> None:
    """Yes carries the change out, keeps what was before, and the old boundary stays in the history."""
    a_case(database, valid=True)
    ask(database, "description_change", proposal="A two-storey extension")
    ask(database, "boundary_change", site=MOVED)
    for token in secrets_sent(database):
        answer(database, token, accepted=True)
    with database.reading(OFFICER) as work:
        row = case_store.get(work, REFERENCE)
        assert row.proposal == "A two-storey extension"
        assert row.site is not None
        assert to_shape(row.site).area == pytest.approx(375)
        assert len(case_store.boundary_versions(work, row)) == 2
        described, bounded = store.of_case(work, row)
        assert described.before == {"proposal": "An extension"}
        assert bounded.before["site"]["type"] == "MultiPolygon"


def test_no_leaves_the_case_as_it_is_and_needs_a_reason(database: Database) -> None:
    """A refusal without words is refused; with words it closes the request and changes nothing."""
    a_case(database, valid=True)
    ask(database, "time_extension", until="2026-09-01")
    (token,) = secrets_sent(database)
    with pytest.raises(InputRefused, match="why you do not agree"):
        answer(database, token, accepted=False)
    answer(database, token, accepted=False, text="We need a decision.")
    with database.reading(OFFICER) as work:
        assert case_store.get(work, REFERENCE).determination_deadline == date(2026, 7, 24)


def test_an_agreed_extension_sets_the_deadline(database: Database) -> None:
    """The agreed date is the deadline, and an open request for it holds nothing up."""
    a_case(database, valid=True)
    ask(database, "time_extension", until="2026-09-01")
    with database.reading(OFFICER) as work:
        assert case_store.get(work, REFERENCE).open_requests == 0
    answer(database, secrets_sent(database)[0], accepted=True)
    with database.reading(OFFICER) as work:
        row = case_store.get(work, REFERENCE)
        assert (row.determination_deadline, row.extended_to) == (date(2026, 9, 1), date(2026, 9, 1))


def test_silence_means_yes_only_after_the_day_that_was_shown(database: Database) -> None:
    """On the due day nothing happens; the day after the change is made and marked as deemed."""
    a_case(database, valid=True)
    ask(database, "description_change", proposal="A porch")
    ask(database, "heads_of_terms", terms="A contribution")
    with database.reading(OFFICER) as work:
        asked = store.of_case(work, case_store.get(work, REFERENCE))[0]
        due_on, change = asked.due_on, asked.id
    assert due_on == date(2026, 6, 8)
    with database.unit_of_work(JOB) as work:
        assert service.accept_by_silence(work, change, nothing_found, on(due_on)) is None
    for first in (True, False):
        with database.unit_of_work(JOB) as work:
            accepted = service.accept_by_silence(work, change, nothing_found, on(due_on + timedelta(days=1)))
            assert (accepted is not None and (accepted.kind, accepted.deemed) == ("description_change", True)) is first
    with database.reading(OFFICER) as work:
        assert case_store.get(work, REFERENCE).proposal == "A porch"


def test_a_link_works_once_and_not_for_ever(database: Database) -> None:
    """Answered, cancelled, expired and invented links all open nothing."""
    a_case(database, valid=True)
    ask(database, "description_change", proposal="A porch")
    (used,) = secrets_sent(database)
    answer(database, used, accepted=True)
    ask(database, "description_change", proposal="A larger porch")
    cancelled = secrets_sent(database)[-1]
    with database.unit_of_work(OFFICER) as work:
        row = case_store.lock(work, REFERENCE)
        service.cancel(work, row, store.of_case(work, row)[-1], "Asked by mistake.", TODAY)
    ask(database, "description_change", proposal="A third porch")
    expired = secrets_sent(database)[-1]
    for token, moment in ((used, TODAY), (cancelled, TODAY), ("x" * 43, TODAY), (expired, on(date(2026, 9, 1)))):
        with pytest.raises(NotFound, match="not valid"):
            answer(database, token, moment, accepted=True)


def test_what_does_not_fit_is_not_asked(database: Database) -> None:
    """Missing details, a second request of a kind that stands alone, and a fee on a valid case are refused."""
    a_case(database, valid=True)
    for kind, details in (
        ("description_change", {}),
        ("description_change", {"proposal": "x", "other": "y"}),
        ("fee_change", {"suggestion": "x"}),
        ("time_extension", {"until": "2026-07-24"}),
        ("time_extension", {"until": "soon"}),
        ("boundary_change", {"site": {"type": "Point", "coordinates": [430000, 280000]}}),
    ):
        with pytest.raises(InputRefused):
            ask(database, kind, **details)
    ask(database, "description_change", proposal="x")
    with pytest.raises(InputRefused, match="asked already"):
        ask(database, "description_change", proposal="y")


def test_there_are_ten_kinds_and_silence_speaks_for_three() -> None:
    """The table has the ten kinds; only boundary, description and pre-commencement conditions are deemed."""
    assert len(request_kinds()) == 10
    assert {key for key, kind in request_kinds().items() if kind.deemed} == {
        *("boundary_change", "description_change", "pre_commencement_condition"),
    }
