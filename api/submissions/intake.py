"""Taking a submission: its case with number, site and people, what it lacks, and where the constraints differ.

The site is checked before the unit of work begins, so that the locks on case numbers and the audit are held
for as short a time as can be.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from geoalchemy2.shape import from_shape

from api.accounts.tables import CouncilRow
from api.cases.acting import Moment
from api.cases.arriving import Eyes, Found, Lacking, lacking, look_at, open_case
from api.cases.tables import CaseRow
from api.core import audit
from api.core.access import Access
from api.core.db import Database, Work, multipolygon
from api.councils.service import received_on, settings_of
from api.documents import service as documents
from api.documents.filing import Filed
from api.documents.service import Details
from api.documents.settings import DocumentSettings
from api.submissions import store
from api.submissions.differences import differences_between
from api.submissions.incoming import Incoming, Kind
from api.submissions.tables import EnforcementReportRow, ExpectedDocumentRow, SubmissionRow
from bopsgis.errors import InputRefused
from bopsgis.planning.calendar import england
from bopsgis.planning.case import Role
from bopsgis.planning.validation import Requirement
from constraints import render
from constraints.model import ConstraintReport

__all__ = ["Attached", "Findings", "Sending", "Taken", "look_into", "previous", "take"]


@dataclass(frozen=True, slots=True)
class Sending:
    """Who sends, and under which key; `body` is all that was sent, to tell two sendings apart."""

    access: Access
    body: bytes
    key: str | None = None

    @property
    def body_sha256(self) -> str:
        """SHA-256 of what was sent."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Attached:
    """Files that came with the submission and lie in the storage already."""

    files: Sequence[tuple[Filed, Details]] = ()
    settings: DocumentSettings = field(default_factory=DocumentSettings)


@dataclass(frozen=True, slots=True)
class Findings:
    """What can be said of a submission before anything is kept."""

    found: Found = field(default_factory=Found)
    lacks: Lacking = field(default_factory=Lacking)
    differences: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to a submission; `again` where it had been sent before under the same key."""

    answer: Mapping[str, Any]
    again: bool


def look_into(
    incoming: Incoming,
    council: CouncilRow,
    eyes: Eyes,
    moment: Moment,
    tags: Sequence[str],
    requirements: Sequence[Requirement],
) -> Findings:
    """Check the site, compare with what the sender found, and list what is missing. Keeps nothing.

    `tags` are those of all documents that came or are listed, `requirements` what the council asks for.
    """
    found = look_at(incoming.site, eyes, moment.on)
    differences = () if found.report is None else tuple(differences_between(incoming.designations, found.report))
    if incoming.kind is Kind.ENFORCEMENT:
        return Findings(found, Lacking(), differences, found.notes)
    lacks = lacking(incoming.new_case(moment.on), found, council.code, incoming.passed, tags, requirements)
    return Findings(found, lacks, differences, (*incoming.notes, *found.notes, *lacks.notes))


def previous(work: Work, sending: Sending) -> Taken | None:
    """What was answered before under this key. Raises InputRefused where something else was sent under it."""
    if sending.key is None:
        return None
    row = store.key_of(work, store.sender_of(sending.access), sending.key)
    if row is None:
        return None
    if row.body_sha256 != sending.body_sha256:
        raise InputRefused(
            "This Idempotency-Key was used for another submission.",
            code="idempotency_key_reused",
            hint="Take a new key for each new submission.",
        )
    return Taken(store.of_key(work, row).answer, again=True)


def take(
    database: Database,
    sending: Sending,
    incoming: Incoming,
    findings: Findings,
    moment: Moment,
    attached: Attached | None = None,
) -> Taken:
    """Keep a submission with all that follows from it, in one unit of work.

    Sent again under the same key, even at the same time, it is kept once and answered alike.
    """
    with database.unit_of_work(sending.access) as work:
        sender = store.sender_of(sending.access)
        if sending.key is not None and not store.claim(work, sender, sending.key, sending.body_sha256):
            before = previous(work, sending)
            if before is not None:
                return before
        row = _keep(work, sending, incoming, findings, moment)
        if incoming.kind is Kind.ENFORCEMENT:
            reference = None
            _keep_report(work, row, incoming, findings.found.report)
        else:
            case = _open_case(work, row, incoming, findings, moment)
            reference = case.reference
            _add_documents(work, case, attached or Attached(), moment)
        # Last but for the answer: whoever opens a case takes its number before the audit's lock, here as elsewhere.
        told = {"submission": row.public_id, "kind": row.kind, "sha256": row.raw_sha256}
        audit.record(work, "take_submission", moment.at, case_id=None, detail=told)
        row.answer = _answer(row, reference, incoming, findings)
        work.session.flush()
        if sending.key is not None:
            key = store.key_of(work, sender, sending.key)
            if key is not None:
                key.submission_id = row.id
        return Taken(row.answer, again=False)


def _keep(work: Work, sending: Sending, incoming: Incoming, findings: Findings, moment: Moment) -> SubmissionRow:
    row = SubmissionRow(
        council_id=sending.access.council_id,
        public_id=uuid.uuid4().hex,
        kind=incoming.kind.value,
        schema_version=incoming.schema_version,
        sender=sending.access.actor,
        sender_reference=incoming.sender_reference,
        raw=incoming.raw.decode(),
        raw_sha256=hashlib.sha256(incoming.raw).hexdigest(),
        received_at=moment.at,
        received_on=received_on(moment.at, england(), settings_of(work).business_hours),
        state="recorded" if incoming.kind is Kind.ENFORCEMENT else "case_opened",
        differences=[dict(one) for one in findings.differences],
    )
    work.session.add(row)
    work.session.flush()
    return row


def _open_case(work: Work, row: SubmissionRow, incoming: Incoming, findings: Findings, moment: Moment) -> CaseRow:
    new = replace(incoming.new_case(row.received_on), missing=findings.lacks.missing)
    case = open_case(work, new, findings.found, moment)
    row.case_id = case.id
    for one in incoming.documents:
        work.session.add(
            ExpectedDocumentRow(
                council_id=row.council_id,
                case_id=case.id,
                submission_id=row.id,
                name=one.name,
                tags=list(one.tags),
                description=one.description,
            )
        )
    return case


def _add_documents(work: Work, case: CaseRow, attached: Attached, moment: Moment) -> None:
    """Add the files in the applicant's name: who may send an application may send what belongs to it."""
    for_applicant = Work(work.session, replace(work.access, roles=frozenset({Role.APPLICANT})))
    for filed, details in attached.files:
        documents.add(for_applicant, case, filed, details, moment, attached.settings)


def _keep_report(work: Work, row: SubmissionRow, incoming: Incoming, found: ConstraintReport | None) -> None:
    geometry = None if incoming.site is None else multipolygon(incoming.site.geometry)
    complainant = incoming.people.get("complainant")
    work.session.add(
        EnforcementReportRow(
            council_id=row.council_id,
            submission_id=row.id,
            received_on=row.received_on,
            description=incoming.proposal,
            address=incoming.address,
            postcode=incoming.postcode,
            uprns=list(incoming.uprns),
            site=None if geometry is None else from_shape(geometry, srid=27700, extended=True),
            report=None if found is None else json.loads(render.json(found)),
            reported_by={}
            if complainant is None
            else {"name": complainant.name, "email": complainant.email, "phone": complainant.phone},
        )
    )


def _answer(row: SubmissionRow, reference: str | None, incoming: Incoming, findings: Findings) -> dict[str, Any]:
    """What the sender is told, as JSON: kept, so that the same sending gets the same answer."""
    report = findings.found.report
    return {
        "submission": row.public_id,
        "kind": row.kind,
        "state": row.state,
        "reference": reference,
        "application_type": incoming.application_type or None,
        "received_on": row.received_on.isoformat(),
        "screening": None if report is None else report.identity,
        "missing": list(findings.lacks.missing),
        "possibly_missing": list(findings.lacks.possibly),
        "differences": [dict(one) for one in findings.differences],
        "expected_documents": [{"name": one.name, "tags": list(one.tags)} for one in incoming.documents],
        "notes": list(findings.notes),
    }
