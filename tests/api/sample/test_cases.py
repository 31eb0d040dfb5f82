"""The sample cases: all there, all sound, all fictional."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import numpy as np
import pypdfium2  # type: ignore[import-untyped]  # published without types
import pytest
import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy import func, select

from api.accounts.sessions import sign_in
from api.accounts.tables import OfficerRow
from api.cases.tables import CaseRow, PartyRow, ScreeningRow
from api.consultations.tables import ConsulteeRow, NeighbourRow, RepresentationRow, ResponseRow
from api.core import audit
from api.core.access import Access
from api.decisions.tables import AppealRow, CommitteeMeetingRow, DecisionNoticeRow
from api.documents.settings import DocumentSettings
from api.documents.storage import open_storage
from api.documents.tables import DocumentRow
from api.requests.tables import RequestRow
from api.sample.load import load, officers, stamp_of
from bopsgis.planning.calendar import england
from bopsgis.planning.case import CaseStatus, Decision, Role
from bopsgis.planning.lifecycle import UNDECIDED
from constraints.progress import silent
from constraints.store import open_store

pytestmark = pytest.mark.slow


def _cases(loaded: Any) -> list[CaseRow]:
    return list(loaded.work.session.scalars(select(CaseRow).order_by(CaseRow.id)))


def _site(case: CaseRow) -> Any:
    assert case.site is not None
    return to_shape(case.site)


def _rows(loaded: Any, table: Any) -> list[Any]:
    return list(loaded.work.session.scalars(select(table)))


def test_every_type_and_status_is_there(loaded: Any) -> None:
    """35 cases: each status, each decision that their types know, each kind of application that the demo promises."""
    cases = _cases(loaded)
    types = {case.application_type for case in cases}
    assert len(cases) == 35
    assert {case.status for case in cases} == {status.value for status in CaseStatus}
    assert {case.decision for case in cases} == {None, *(decision.value for decision in Decision)}
    assert types >= {"pp.full.householder", "pp.full.minor", "pp.full.major", "ldc.existing", "ldc.proposed"}
    assert types >= {"pa.part1.classA", "listed", "wtt.consent", "wtt.notice", "advertConsent", "preApp"}


def test_numbers_follow_the_days_of_receipt(loaded: Any) -> None:
    """Case numbers are without gap in each year and in the order in which applications came."""
    cases = _cases(loaded)
    received = [case.received_on for case in cases]
    assert received == sorted(received)
    for year in {case.year for case in cases}:
        numbers = [case.number for case in cases if case.year == year]
        assert numbers == list(range(1, len(numbers) + 1))


def test_sites_are_valid_and_in_the_council(loaded: Any) -> None:
    """Every site is a valid polygon within the council, but for the one that lies across its border on purpose."""
    store = open_store(loaded.settings.store)
    index = store.datasets.index("local-planning-authority")
    councils = (store.feature_dataset == index).nonzero()[0].tolist()
    council = next(
        store.feature_geometry(np.array([feature]))[0]
        for feature in councils
        if store.feature(feature).reference == "local-authority:XTH"
    )
    outside = []
    for case in _cases(loaded):
        site = _site(case)
        assert shapely.is_valid(site)
        assert 50.0 < site.area < 100_000.0
        if site.difference(council).area > 0.01:
            outside.append(case.proposal)
    assert outside == ["Detached garage at the end of the garden"]


def test_sites_do_not_overlap_but_for_one_pair(loaded: Any) -> None:
    """Cases lie on land of their own; two are on the same land on purpose, for the site's history."""
    cases = _cases(loaded)
    shapes = [_site(case) for case in cases]
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = {
        (cases[a].application_type, cases[b].application_type) for a, b in zip(first, second, strict=True) if a < b
    }
    assert pairs == {("pp.full.householder.retro", "ldc.proposed")}


def test_every_site_was_checked(loaded: Any) -> None:
    """Each case keeps the report of the day of its receipt, and what it was chosen for is in it."""
    reports = {one.case_id: one for one in _rows(loaded, ScreeningRow)}
    for case in _cases(loaded):
        assert reports[case.id].site_sha256 == case.site_sha256
        found = {one["dataset"]: one["status"] for one in reports[case.id].report["findings"]}
        if case.application_type == "wtt.notice":
            assert found["conservation-area"] == "present"
        if case.proposal.startswith("T1 beech"):
            assert found["tree"] == "present"


def test_deadlines_run_from_overdue_to_comfortable(loaded: Any, today: date) -> None:
    """Of the cases under way some are late, some are due within a fortnight, some have more than a month."""
    left = [
        (case.determination_deadline - today).days
        for case in _cases(loaded)
        if case.determination_deadline is not None and case.status in UNDECIDED
    ]
    assert min(left) < 0
    assert any(0 <= days <= 14 for days in left)
    assert max(left) > 30


def test_the_audit_chain_holds(loaded: Any, today: date) -> None:
    """Every event follows from the one before, in the order of time, on working days before the day of making."""
    work = loaded.work
    assert list(audit.verify(work.session, work.access.council_id)) == []
    events = [one for one in _rows(loaded, audit.AuditEvent) if one.case_id is not None]
    moments = [one.at for one in sorted(events, key=lambda one: one.sequence)]
    assert moments == sorted(moments)
    assert all(england().is_working_day(at.date()) and at.date() < today for at in moments)


def test_decided_cases_have_their_notice(loaded: Any) -> None:
    """A case has a decision notice exactly when it is decided; the notice is a PDF that opens."""
    notices = {one.case_id: one for one in _rows(loaded, DecisionNoticeRow)}
    assert set(notices) == {case.id for case in _cases(loaded) if case.decision is not None}
    for notice in notices.values():
        with pypdfium2.PdfDocument(notice.pdf) as pdf:
            assert len(pdf) >= 1


def test_documents_open(loaded: Any) -> None:
    """Every document lies in the storage as the PDF that was filed, each case with a location plan first."""
    storage = open_storage(DocumentSettings(), loaded.settings.home)
    documents = _rows(loaded, DocumentRow)
    assert {one.case_id for one in documents if "locationPlan" in one.tags} == {case.id for case in _cases(loaded)}
    for one in documents:
        data = storage.read(one.storage_key)
        assert len(data) == one.size
        with pypdfium2.PdfDocument(data) as pdf:
            assert len(pdf) == one.pages == 1


def test_every_noun_has_something_to_show(loaded: Any, today: date) -> None:
    """Neighbours, consultees, answers, redacted and open representations, requests, meetings and appeals are there."""
    said = _rows(loaded, RepresentationRow)
    assert any(one.published_at is None for one in said)
    assert any("Personal information removed" in (one.redacted_text or "") for one in said)
    assert {one.verdict for one in _rows(loaded, ResponseRow)} == {"no_objection", "amendments_needed", "objection"}
    assert len(_rows(loaded, NeighbourRow)) > 50
    assert len(_rows(loaded, ConsulteeRow)) > 30
    assert {one.state for one in _rows(loaded, RequestRow)} >= {"open", "answered"}
    assert max(one.meets_on for one in _rows(loaded, CommitteeMeetingRow)) > today
    assert {one.outcome for one in _rows(loaded, AppealRow)} == {None, "dismissed"}


def test_nobody_in_it_is_real(loaded: Any) -> None:
    """Names are plainly invented, addresses of mail end in .example, telephone numbers are of the range for fiction."""
    people = [(one.name, one.email) for table in (PartyRow, OfficerRow) for one in _rows(loaded, table)]
    said = _rows(loaded, RepresentationRow)
    for name, email in [*people, *((one.name, one.email) for one in said)]:
        assert re.fullmatch(r"(Applicant|Agent|Neighbour|Sample) [A-Z][a-z]+(-[a-z]+)?", name)
        assert email.endswith(".example")
    for one in said:
        assert all(number.startswith("01632 96") for number in re.findall(r"\d{4,5} ?\d{5,6}", one.text))
    assert {one.email.rpartition(".")[2] for one in _rows(loaded, ConsulteeRow)} == {"example"}


def test_officers_can_sign_in(loaded: Any) -> None:
    """The three officers that the demo prints get in with their passwords, one for each role."""
    assert {one.role for one in officers()} == {Role.ASSESSOR, Role.REVIEWER, Role.ADMINISTRATOR}
    access = Access.public(loaded.work.access.council_id)
    moment = loaded.work.session.scalar(select(func.max(audit.AuditEvent.at)))
    for one in officers():
        session = loaded.database.unit_of_work(access)
        with session as work:
            assert sign_in(work, one.email, one.password, moment + timedelta(days=1))
            work.session.rollback()


def test_making_them_twice_changes_nothing(loaded: Any, today: date) -> None:
    """Where the stamp is, a second run does nothing and says so."""
    made = stamp_of(loaded.database)
    assert made is not None
    assert made[1] == today
    assert load(loaded.database, loaded.settings, today + timedelta(days=3), silent) == 0
    assert stamp_of(loaded.database) == made
    with loaded.database.reading(loaded.work.access) as work:
        assert work.session.scalar(select(func.count()).select_from(CaseRow)) == 35
